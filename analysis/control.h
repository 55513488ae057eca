/* Control variates: an interval narrowed by what is known beforehand.
 *
 * Where other outputs of the same units have known means, the part of a metric that goes with them
 * is no error: the mean is adjusted by regression on their deviations, the interval is t with
 * n - q - 1 degrees of freedom (Lavenberg & Welch, Management Science 27, 1981), from the jackknife
 * of the regression, which stays right where outputs are not jointly normal (Nelson, Operations
 * Research 38, 1990; queues bend the dependence). Controls are chosen before the metric is seen,
 * else coverage breaks; and they are few, as each costs a degree of freedom: (n - 2) / (n - q - 2)
 * of the variance. */
#ifndef FSIM_ANALYSIS_CONTROL_H
#define FSIM_ANALYSIS_CONTROL_H

#include "analysis/interval.h"

#define FSIM_MOST_CONTROLS 5
/* So many units for every control. */
#define FSIM_UNITS_A_CONTROL 10

/* Mean of y[n], given q controls less their known means: x[q][n]. None when units are too few, or
 * memory is out. Controls that do not vary, or repeat others, add nothing. */
fsim_interval fsim_controlled_mean(const double *y, const double *x, size_t n, size_t q,
                                   double confidence);
/* E[top] / E[bottom], both adjusted by the same controls; the error by the delta method. None as
 * well when the bottom is not far from 0 in units of its error (FSIM_RATIO_UNSTEADY), or units are
 * below FSIM_RATIO_FEW. */
fsim_interval fsim_controlled_ratio(const double *top, const double *bottom, const double *x,
                                    size_t n, size_t q, double confidence);

/* By what share the second interval is narrower than the first; negative: it is wider; NAN: a limit
 * of either is not known. */
double fsim_narrower_by(const fsim_interval *plain, const fsim_interval *narrowed);

#endif
