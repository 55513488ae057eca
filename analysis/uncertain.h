/* How much of the spread of outcomes comes from each uncertain number by itself, from a run that
 * was not made for it: the numbers that its pairs of replications drew are known by their keys.
 *
 * The mean of a pair is regressed on the Hermite polynomials of degree 1 … 3 in the normal score of
 * every number (a polynomial chaos expansion; Sudret, Reliability Engineering & System Safety 93,
 * 2008). Numbers are independent, so the variance of what a number's polynomials add up to is that
 * of the outcome's expectation given the number: its first-order effect, up to what a cubic cannot
 * follow. It is too large by the variance of the coefficients, which is taken off (HC2; MacKinnon &
 * White, Journal of Econometrics 29, 1985); so chance adds nothing, and an estimate may lie below
 * 0. Intervals: jackknife over pairs of Fisher's z. */
#ifndef FSIM_ANALYSIS_UNCERTAIN_H
#define FSIM_ANALYSIS_UNCERTAIN_H

#include "analysis/interval.h"
#include "sim/model/source.h"

/* The paths of a source's uncertain numbers, also of those in changes on dates; free each and the
 * array, also after an error. */
int fsim_uncertain_paths(const fsim_source *source, fsim_report *report, char ***paths, size_t *n);

/* Highest degree for so many numbers and pairs: ten pairs a coefficient; 0: too few pairs. */
int fsim_first_order_degree(size_t n, size_t pairs);
/* scores: [pairs][n], standard normal; y: 2 * pairs values, pair after pair. share[n]: of the
 * variance of one replication's outcome; none where nothing varies. */
int fsim_first_orders(const double *scores, size_t n, const double *y, size_t pairs, int degree,
                      double confidence, fsim_report *report, fsim_interval *share);

#endif
