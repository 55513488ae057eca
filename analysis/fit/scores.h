/* How good a forecast was: simulated futures against what happened. */
#ifndef FSIM_ANALYSIS_FIT_SCORES_H
#define FSIM_ANALYSIS_FIT_SCORES_H

#include <stdbool.h>
#include <stddef.h>

/* All take the futures sorted, n >= 2 of them, and what was seen. */

/* Continuous ranked probability score of the ensemble as it is (Gneiting & Raftery, JASA 102, 2007,
 * eq. 20): in the units of the forecast, less is better, |error| for a single value. */
double fsim_crps(const double *sorted, size_t n, double seen);
/* The same, unbiased for the distribution that the ensemble was drawn from (Ferro, Quarterly
 * Journal of the Royal Meteorological Society 140, 2014): independent of the number of futures. */
double fsim_crps_fair(const double *sorted, size_t n, double seen);
/* Share of futures below what was seen, those equal counted half (Czado, Gneiting & Held,
 * Biometrics 65, 2009): even over 0 to 1 when the forecast is calibrated. */
double fsim_mid_pit(const double *sorted, size_t n, double seen);
/* Whether the central `level` (0.8: from p10 to p90, interpolated) holds what was seen. */
bool fsim_covers(const double *sorted, size_t n, double level, double seen);
/* Width of the central interval, and for a miss 2 / (1 - level) times the distance to it (Gneiting
 * & Raftery 2007, eq. 43). */
double fsim_interval_score(const double *sorted, size_t n, double level, double seen);

/* Diebold and Mariano's comparison of two forecasts (Journal of Business & Economic Statistics 13,
 * 1995) over origins in time order whose horizons overlap by `lags`: mean difference of the losses
 * (a minus b) and its standard error with Bartlett weights (Newey & West 1987), enlarged for few
 * origins (Harvey, Leybourne & Newbold 1997). error is NAN for fewer than three origins. */
void fsim_diebold_mariano(const double *loss_a, const double *loss_b, size_t n, size_t lags,
                          double *difference, double *error);

/* Exact limits for a share: k of n, two-sided confidence (Clopper & Pearson 1934). */
void fsim_share_limits(double k, double n, double confidence, double *low, double *high);

#endif
