/* Regression on a series whose level wanders.
 *
 * Weeks and months of an export are not independent: what is high stays high for a while. A test
 * that takes them as independent finds trends and seasons everywhere (spurious regression: Granger
 * & Newbold, Journal of Econometrics 2, 1974). Here the series is its regressors, a random walk and
 * independent noise (the local level model: Harvey, Forecasting, Structural Time Series Models and
 * the Kalman Filter, 1989). Of how much the level wanders nothing is assumed: for each of many
 * ratios of the walk's variance to that of the noise the regression is exact (generalised least
 * squares of the differences), and results are averaged by the restricted likelihood of the ratio
 * (Harville, JASA 72, 1977) times a prior. */
#ifndef FSIM_ANALYSIS_FIT_WANDER_H
#define FSIM_ANALYSIS_FIT_WANDER_H

#include <stddef.h>

#include "sim/base/report.h"

#define FSIM_MOST_REGRESSORS 12

typedef struct fsim_wander {
  size_t k;
  double slope[FSIM_MOST_REGRESSORS];                            /* means */
  double covariance[FSIM_MOST_REGRESSORS][FSIM_MOST_REGRESSORS]; /* of what they are not known by */
  double p;       /* that all slopes from `first_tested` on are 0 (F test) */
  double freedom; /* residual degrees of freedom of Student's t */
} fsim_wander;

/* Half-Cauchy for the walk's deviation in a step, on the scale of the noise (Gelman, Bayesian
 * Analysis 1, 2006): careful with growth, which a walk imitates. Flat in the ratio's logarithm:
 * careful with months, which noise imitates. */
typedef enum fsim_wander_prior { FSIM_HALF_CAUCHY, FSIM_FLAT_RATIO } fsim_wander_prior;

/* y[n] in time order on x[n * k], k at most FSIM_MOST_REGRESSORS and n at least k + 3; the level is
 * free, so no x is constant. fsim_failure where the differences of x do not tell the slopes. */
int fsim_wander_fit(const double *y, const double *x, size_t n, size_t k, size_t first_tested,
                    fsim_wander_prior prior, fsim_report *report, fsim_wander *fit);

#endif
