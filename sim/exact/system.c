#include "sim/exact/system.h"

#include <stdlib.h>

#include "sim/base/array.h"

bool fsim_system_make(const fsim_network *net, const fsim_exact_grid *grid, fsim_system *system) {
  size_t n = net->n_nodes;
  *system = (fsim_system){.net = net, .grid = *grid};
  bool *filled = fsim_zeroed(n * n, sizeof *filled);
  if (!filled) return false;
  for (size_t t = 0; t < net->n_terms; t++)
    filled[net->terms[t].from * n + net->terms[t].to] = true;
  bool enough = fsim_sparse_make(n, filled, &system->sparse);
  free(filled);
  if (enough) system->entries = fsim_zeroed(system->sparse.n_entries, sizeof *system->entries);
  return system->entries != NULL;
}

void fsim_system_free(fsim_system *system) {
  fsim_sparse_free(&system->sparse);
  free(system->entries);
  *system = (fsim_system){0};
}

void fsim_system_set(fsim_system *x, size_t f) {
  size_t n = x->net->n_nodes;
  for (size_t i = 0; i < x->sparse.n_entries; i++) x->entries[i] = 0;
  for (size_t i = 0; i < n; i++) x->entries[x->sparse.at[i * n + i]] = 1;
  for (size_t t = 0; t < x->net->n_terms; t++) {
    const fsim_exact_term *term = &x->net->terms[t];
    x->entries[x->sparse.at[term->from * n + term->to]] -=
        term->share * fsim_spectrum_at(&x->grid, x->net->waits[term->wait].spectrum, f);
  }
  fsim_sparse_factorise(&x->sparse, x->entries);
}
