/* The equations N (I - Q) = A of a network on its present grid, one frequency at a time. Private to
 * the exact floor. */
#ifndef FSIM_EXACT_SYSTEM_H
#define FSIM_EXACT_SYSTEM_H

#include "sim/exact/network.h"
#include "sim/exact/sparse.h"

typedef struct fsim_system {
  const fsim_network *net; /* not owned; its waits are on the grid */
  fsim_exact_grid grid;
  fsim_sparse sparse;
  fsim_complex *entries; /* of the present frequency, factorised */
} fsim_system;

/* False: memory is out; free it all the same. */
bool fsim_system_make(const fsim_network *network, const fsim_exact_grid *grid,
                      fsim_system *system);
void fsim_system_free(fsim_system *system);
/* Goes to frequency f, 0 … length / 2. */
void fsim_system_set(fsim_system *system, size_t f);

/* One frequency of a spectrum that is packed as GSL does. */
static inline fsim_complex fsim_spectrum_at(const fsim_exact_grid *grid, const double *spectrum,
                                            size_t f) {
  bool real = f == 0 || 2 * f == grid->length;
  return fsim_complex_of(spectrum[f], real ? 0 : spectrum[grid->length - f]);
}

static inline void fsim_spectrum_put(const fsim_exact_grid *grid, double *spectrum, size_t f,
                                     fsim_complex x) {
  spectrum[f] = creal(x);
  if (f != 0 && 2 * f != grid->length) spectrum[grid->length - f] = cimag(x);
}

#endif
