/* What fitted rates mean: shares, times, the chance to win. */
#ifndef FSIM_ANALYSIS_FIT_INCIDENCE_H
#define FSIM_ANALYSIS_FIT_INCIDENCE_H

#include "analysis/fit/estimate.h"

/* All with the factors of the months at 1. */
/* Share of all that enter that leave by this exit, and that are never seen to leave. */
double fsim_hazard_share(const fsim_hazard *hazard, size_t exit);
double fsim_hazard_open(const fsim_hazard *hazard);
/* Age by which a share p of those that leave by this exit have left; NAN when none does. */
double fsim_hazard_quantile(const fsim_hazard *hazard, size_t exit, double p);
/* Probability that a case that enters the funnel is ever won: the absorbing chain (GSL's LU). NAN
 * when it cannot be solved. */
double fsim_fitted_win_rate(const fsim_log *log, const fsim_fitted_funnel *fitted);

#endif
