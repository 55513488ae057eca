/* An inverse cdf in cubic pieces. Private to sim/random.
 *
 * With v = min(u, 1 - u), each octave [2^-k-1, 2^-k) of v, k = 1 … 52, on each side of the median
 * is cut into 2^bits equal pieces, so that a piece is found from the exponent and the first bits of
 * v's mantissa, and the rest of the mantissa is the place in the piece. A piece is the cubic
 * through the exact values at its ends and thirds. Where that would be wrong (an atom, a gap or a
 * kink within the piece) it is a hole: the value is then computed from the law. */
#ifndef FSIM_RANDOM_TABLE_H
#define FSIM_RANDOM_TABLE_H

#include "sim/random/sampler.h"

#define FSIM_TABLE_OCTAVES 52
/* Bits of 2^-53 as a double: what the first piece begins with. */
#define FSIM_TABLE_LOWEST ((uint64_t)(1023 - FSIM_TABLE_OCTAVES - 1) << 52)
/* Ends of the range of v. */
#define FSIM_LEAST_TAIL 0x1p-53
#define FSIM_MOST_TAIL (0.5 - 0x1p-54)

typedef struct fsim_table {
  fsim_distribution *law; /* owned; scale 1, shift 0 */
  int bits;               /* pieces to an octave: 2^bits */
  bool holes;
  double *pieces; /* [2 sides][52 << bits][4]: c0 + f (c1 + f (c2 + f c3)), f in [0, 1);
                   * a hole: NaN, the values at both ends, 0 */
} fsim_table;

/* Takes the law over, also when it fails; NULL when memory is out. */
fsim_table *fsim_table_new(fsim_distribution *law);
void fsim_table_free(fsim_table *table);

/* offset + factor * the table's value at each u. */
void fsim_table_values(const fsim_table *table, double factor, double offset, const double *u,
                       double *value, size_t n);
/* The same, rounded to whole seconds. */
void fsim_table_seconds(const fsim_table *table, double factor, double offset, const double *u,
                        int32_t *seconds, size_t n);

/* Rounded to the nearest second and cut to 0 … FSIM_LONGEST_WAIT_S. */
static inline __attribute__((always_inline)) int32_t fsim_whole_seconds(double value) {
  value = value > 0 ? value : 0.0;
  value = value < FSIM_LONGEST_WAIT_S ? value : FSIM_LONGEST_WAIT_S;
  return (int32_t)(value + 0.5);
}

#endif
