/* Sums over replications that quantiles and their intervals need, in memory that does not grow.
 *
 * The pooled ecdf of a time over all replications gives its quantile; its interval is Woodruff's
 * (1952): the interval of the ratio F(q) = sum C_r / sum n_r over replications r, whose
 * delta-method variance needs sum C_r^2, sum C_r n_r and sum n_r^2 only (C_r: times below a class
 * in unit r). A unit is a replication, or a pair of replications where numbers are uncertain. All
 * integers, so sums may be taken in any order. */
#ifndef FSIM_RECORD_POOL_H
#define FSIM_RECORD_POOL_H

#include "sim/record/recorder.h"

typedef struct fsim_sum128 { /* unsigned, high * 2^64 + low */
  uint64_t low, high;
} fsim_sum128;

typedef struct fsim_pool {
  size_t n_histograms;
  uint64_t units;
  uint64_t *count;       /* [n_histograms][FSIM_TIME_CLASSES] pooled */
  fsim_sum128 *below_sq; /* [n_histograms][FSIM_COARSE_CLASSES] sum C_r(start of class)^2 */
  fsim_sum128 *below_n;  /* the same, sum C_r n_r */
  fsim_sum128 *n_sq;     /* [n_histograms] sum n_r^2 */
} fsim_pool;

fsim_pool *fsim_pool_new(size_t n_histograms);
void fsim_pool_free(fsim_pool *pool);
/* One unit's histograms: [n_histograms][FSIM_TIME_CLASSES]. */
void fsim_pool_add(fsim_pool *pool, const uint32_t *histograms);
/* The same from a finished recorder, which knows where its histograms are 0. */
void fsim_pool_add_recorder(fsim_pool *pool, const fsim_recorder *recorder);
void fsim_pool_merge(fsim_pool *into, const fsim_pool *from);
/* Sum as the nearest double. */
double fsim_sum128_value(fsim_sum128 sum);

#endif
