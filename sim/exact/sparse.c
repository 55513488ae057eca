#include "sim/exact/sparse.h"

#include <stdlib.h>

#include "sim/base/array.h"

/* What elimination fills; numbers the entries. */
static void fill(fsim_sparse *q, bool *filled) {
  size_t n = q->n;
  for (size_t k = 0; k < n; k++) {
    filled[k * n + k] = true;
    for (size_t i = k + 1; i < n; i++) {
      if (!filled[i * n + k]) continue;
      for (size_t j = k + 1; j < n; j++) filled[i * n + j] |= filled[k * n + j];
    }
  }
  for (size_t i = 0; i < n * n; i++) q->at[i] = filled[i] ? (uint32_t)q->n_entries++ : UINT32_MAX;
}

bool fsim_sparse_make(size_t n, bool *filled, fsim_sparse *sparse) {
  fsim_sparse *q = sparse;
  *q = (fsim_sparse){.n = n};
  q->at = fsim_zeroed(n * n, sizeof *q->at);
  q->first_lower = fsim_zeroed(n + 1, sizeof *q->first_lower);
  q->first_upper = fsim_zeroed(n + 1, sizeof *q->first_upper);
  if (!q->at || !q->first_lower || !q->first_upper) return false;
  fill(q, filled);
  q->lower = fsim_zeroed(q->n_entries, sizeof *q->lower);
  q->upper = fsim_zeroed(q->n_entries, sizeof *q->upper);
  if (!q->lower || !q->upper) return false;
  for (size_t k = 0; k < n; k++) {
    size_t l = q->first_lower[k], u = q->first_upper[k];
    for (size_t i = k + 1; i < n; i++) {
      if (q->at[i * n + k] != UINT32_MAX) q->lower[l++] = (uint32_t)i;
      if (q->at[k * n + i] != UINT32_MAX) q->upper[u++] = (uint32_t)i;
    }
    q->first_lower[k + 1] = l;
    q->first_upper[k + 1] = u;
  }
  return true;
}

void fsim_sparse_free(fsim_sparse *sparse) {
  free(sparse->at);
  free(sparse->first_lower);
  free(sparse->first_upper);
  free(sparse->lower);
  free(sparse->upper);
  *sparse = (fsim_sparse){0};
}

/* The diagonal is left inverted, for the solutions. */
void fsim_sparse_factorise(const fsim_sparse *q, fsim_complex *entries) {
  for (size_t k = 0; k < q->n; k++) {
    const uint32_t *row_k = &q->at[k * q->n];
    fsim_complex pivot = entries[row_k[k]] = 1 / entries[row_k[k]];
    for (size_t l = q->first_lower[k]; l < q->first_lower[k + 1]; l++) {
      const uint32_t *row = &q->at[q->lower[l] * q->n];
      fsim_complex factor = entries[row[k]] = fsim_product(entries[row[k]], pivot);
      for (size_t u = q->first_upper[k]; u < q->first_upper[k + 1]; u++)
        entries[row[q->upper[u]]] -= fsim_product(factor, entries[row_k[q->upper[u]]]);
    }
  }
}

void fsim_sparse_solve(const fsim_sparse *q, const fsim_complex *entries, fsim_complex *x) {
  for (size_t k = 0; k < q->n; k++) {
    for (size_t l = q->first_lower[k]; l < q->first_lower[k + 1]; l++)
      x[q->lower[l]] -= fsim_product(entries[q->at[q->lower[l] * q->n + k]], x[k]);
  }
  for (size_t k = q->n; k-- > 0;) {
    for (size_t u = q->first_upper[k]; u < q->first_upper[k + 1]; u++)
      x[k] -= fsim_product(entries[q->at[k * q->n + q->upper[u]]], x[q->upper[u]]);
    x[k] = fsim_product(x[k], entries[q->at[k * q->n + k]]);
  }
}

void fsim_sparse_solve_left(const fsim_sparse *q, const fsim_complex *entries, fsim_complex *x) {
  for (size_t k = 0; k < q->n; k++) {
    x[k] = fsim_product(x[k], entries[q->at[k * q->n + k]]);
    for (size_t u = q->first_upper[k]; u < q->first_upper[k + 1]; u++)
      x[q->upper[u]] -= fsim_product(entries[q->at[k * q->n + q->upper[u]]], x[k]);
  }
  for (size_t k = q->n; k-- > 0;) {
    for (size_t l = q->first_lower[k]; l < q->first_lower[k + 1]; l++)
      x[k] -= fsim_product(entries[q->at[q->lower[l] * q->n + k]], x[q->lower[l]]);
  }
}
