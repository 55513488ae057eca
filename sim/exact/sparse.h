/* A sparse complex system that is solved at many frequencies: its pattern is worked out once.
 * Private to the exact floor. No pivots: I - Q of a damped chain has a heavy diagonal. */
#ifndef FSIM_EXACT_SPARSE_H
#define FSIM_EXACT_SPARSE_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef double complex fsim_complex;

typedef struct fsim_sparse {
  size_t n, n_entries;
  uint32_t *at;                      /* [n][n]: which entry, UINT32_MAX: always 0 */
  size_t *first_lower, *first_upper; /* [n + 1] into lower (rows of a column), upper */
  uint32_t *lower, *upper;
} fsim_sparse;

/* filled[n * n]: what may differ from 0; the diagonal always. False: memory is out. */
bool fsim_sparse_make(size_t n, bool *filled, fsim_sparse *sparse);
void fsim_sparse_free(fsim_sparse *sparse);
void fsim_sparse_factorise(const fsim_sparse *sparse, fsim_complex *entries);
/* M x = b, and x M = b; in place. */
void fsim_sparse_solve(const fsim_sparse *sparse, const fsim_complex *entries, fsim_complex *x);
void fsim_sparse_solve_left(const fsim_sparse *sparse, const fsim_complex *entries,
                            fsim_complex *x);

/* CMPLX of C11, which not every compiler offers; a complex number is laid out as two reals. */
static inline fsim_complex fsim_complex_of(double real, double imaginary) {
  union {
    double part[2];
    fsim_complex whole;
  } number = {{real, imaginary}};
  return number.whole;
}

/* Without the checks for infinities that the language asks of `*`. */
static inline fsim_complex fsim_product(fsim_complex a, fsim_complex b) {
  return fsim_complex_of(creal(a) * creal(b) - cimag(a) * cimag(b),
                         creal(a) * cimag(b) + cimag(a) * creal(b));
}

#endif
