/* What a model does not know of level and drift, from the errors it would have made before.
 *
 * Forecasts are made at earlier cuts of the same log with sampling noise only, and compared with
 * what the log already knows. How far they were off beyond that noise says how unsure the next one
 * is: intervals that know only sampling noise cover far too little. */
#ifndef FSIM_ANALYSIS_FIT_PAST_ERRORS_H
#define FSIM_ANALYSIS_FIT_PAST_ERRORS_H

#include "analysis/fit/forecast.h"

typedef struct fsim_past_errors {
  size_t n;          /* past forecasts */
  double pace_sigma; /* for fsim_model_text_options */
  double odds_sigma;
  double arrivals_sigma;
} fsim_past_errors;

/* Looks back from the end of the log. Models are fitted as `as_fitted` says, but for segments,
 * which hardly move totals, and from the `recent_weeks` before each cut (0: all); seed and threads
 * of the simulations. */
int fsim_past_errors_of(const fsim_log *log, size_t funnels, const fsim_fit_options *as_fitted,
                        int recent_weeks, bool values_known, uint64_t seed, int threads,
                        fsim_report *report, fsim_past_errors *errors);

#endif
