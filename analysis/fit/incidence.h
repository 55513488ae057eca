/* What fitted rates mean: shares, times, the chance to win. */
#ifndef FSIM_ANALYSIS_FIT_INCIDENCE_H
#define FSIM_ANALYSIS_FIT_INCIDENCE_H

#include "analysis/fit/estimate.h"

/* All with the factors of the months at 1. */
/* Share of all that enter that leave by this exit, and that are never seen to leave. */
double fsim_hazard_share(const fsim_hazard *hazard, size_t exit);
double fsim_hazard_open(const fsim_hazard *hazard);
/* Share of all that enter that have left by this exit up to an age. */
double fsim_hazard_incidence(const fsim_hazard *hazard, size_t exit, double age);
/* Age by which a share p of those that leave by this exit have left; NAN when none does. */
double fsim_hazard_quantile(const fsim_hazard *hazard, size_t exit, double p);
/* Probability that a case that enters the funnel is ever won: the absorbing chain (GSL's LU). NAN
 * when it cannot be solved. */
double fsim_fitted_win_rate(const fsim_log *log, const fsim_fitted_funnel *fitted);

/* A share with its 95 % limits; NAN where nothing can be said. */
typedef struct fsim_share_estimate {
  double share, low, high;
} fsim_share_estimate;

/* k of n, with the limits of Clopper & Pearson. */
fsim_share_estimate fsim_counted_share(double k, double n);

/* The win rate as three people would tell it. */
typedef struct fsim_win_rates {
  double n, closed, won;         /* cases */
  fsim_share_estimate of_all;    /* as a CRM says: open cases count as lost (Clopper & Pearson) */
  fsim_share_estimate of_closed; /* quick ends are over-represented (Clopper & Pearson) */
  /* Corrected for those still open. Its limits are those of a jackknife over twenty groups of whole
   * cases, on the scale of log-odds with Student's t (Tukey 1958; Miller, Biometrika 61, 1974), of
   * the chain of Aalen and Johansen's shares. They hold sampling error, no drift. */
  fsim_share_estimate corrected;
} fsim_win_rates;

int fsim_win_rates_of(const fsim_log *log, const fsim_fitted_funnel *fitted, fsim_report *report,
                      fsim_win_rates *rates);

#endif
