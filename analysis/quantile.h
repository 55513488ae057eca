/* Quantiles and their intervals: of one number a replication, and of times pooled over all of them.
 *
 * The two are different things. A quantile of Y_r is a part of the range of outcomes, and the Y_r
 * are independent: order statistics. Times of leads of one replication are not: Woodruff. */
#ifndef FSIM_ANALYSIS_QUANTILE_H
#define FSIM_ANALYSIS_QUANTILE_H

#include <stdint.h>

#include "analysis/interval.h"
#include "sim/record/pool.h"

/* Sorts in place, smallest first. */
void fsim_sort(double *y, size_t n);

/* Quantile of sorted values, linear between order statistics (type 7 of Hyndman & Fan 1996). */
double fsim_quantile_of(const double *sorted, size_t n, double p);

/* Ranks (from 1) of the order statistics that enclose the p-quantile, from the binomial; false when
 * no two order statistics of n values do at this confidence (Conover, Practical Nonparametric
 * Statistics, 1999; Wilks 1941). *coverage is the exact probability, never below `confidence`. */
bool fsim_quantile_ranks(size_t n, double p, double confidence, size_t *low, size_t *high,
                         double *coverage);
/* The smallest n from which fsim_quantile_ranks succeeds. */
size_t fsim_quantile_least(double p, double confidence);
/* Interval by order statistics of sorted values; limits NAN below that n. */
fsim_interval fsim_interval_quantile(const double *sorted, size_t n, double p, double confidence);

/* Number of times in a pooled histogram. */
uint64_t fsim_pool_count(const fsim_pool *pool, size_t histogram);
/* Quantile of the pooled times in seconds, with Woodruff's interval (JASA 47, 1952): the interval
 * of the ratio F(q) = sum C_r / sum n_r over units, inverted through the ecdf, widened to the
 * bounds of the classes that its limits fall in. A limit beyond the data is NAN. */
fsim_interval fsim_interval_pooled(const fsim_pool *pool, size_t histogram, double p,
                                   double confidence);

/* A distribution of times: the counts of a pooled histogram, each times the factor of its class of
 * age. */
typedef struct fsim_time_law {
  const uint64_t *count; /* [FSIM_TIME_CLASSES] */
  const double *factor;  /* by class of age; NULL: 1 */
  const uint8_t *age;    /* [FSIM_TIME_CLASSES]: the class of age; not read without factors */
  double total;          /* of counts times factors */
} fsim_time_law;

typedef struct fsim_time_place {
  size_t class;
  double below;  /* sum of the classes below it */
  double within; /* share of the class that lies below the quantile */
} fsim_time_place;

/* The p-quantile in seconds, and where it lies. */
double fsim_time_quantile(const fsim_time_law *law, double p, fsim_time_place *place);
/* Woodruff's limits of the p-quantile, given those of the probability below it, p +- half: the far
 * bounds of the classes that they fall in; a limit beyond the data is left as it is. */
void fsim_time_limits(const fsim_time_law *law, double p, double half, fsim_interval *interval);
/* Standard error, over units, of the pooled ecdf at its p-quantile, which lies in `class`. */
double fsim_pooled_error(const fsim_pool *pool, size_t histogram, size_t class, double p);

#endif
