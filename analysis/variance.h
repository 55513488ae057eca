/* How much of the spread of outcomes is chance, and how much comes from uncertain numbers.
 *
 * Replications 2k and 2k + 1 share their uncertain numbers and nothing else, so the covariance
 * within pairs is Var(E[Y | numbers]) without bias, and the rest is chance (Sun, Apley & Staum,
 * Operations Research 59, 2011; Ankenman & Nelson 2012). */
#ifndef FSIM_ANALYSIS_VARIANCE_H
#define FSIM_ANALYSIS_VARIANCE_H

#include "analysis/interval.h"

typedef struct fsim_variance_split {
  double total, chance, uncertainty; /* variances; uncertainty may be estimated below 0: then 0 */
  fsim_interval chance_share, uncertainty_share;
} fsim_variance_split;

/* y: 2 * pairs values, pair after pair. The shares' interval is a jackknife over pairs of Fisher's
 * z of the correlation within pairs, in which its distribution is nearly normal (Fisher 1925).
 * Shares are n/a below 3 pairs or when nothing varies. */
fsim_variance_split fsim_split_variance(const double *y, size_t pairs, double confidence);

#endif
