/* How unsure fitted numbers are because so few cases were seen: standard deviations of logarithms,
 * for `uncertain` numbers. What past forecasts were wrong by beyond this comes on top
 * (past_errors.h), and is judged with it already in. Private to this folder. */
#ifndef FSIM_ANALYSIS_FIT_SAMPLING_ERROR_H
#define FSIM_ANALYSIS_FIT_SAMPLING_ERROR_H

#include "analysis/fit/estimate.h"

/* Of a rate from so many ends: that of Jeffreys' posterior, gamma with shape ends + 1/2, which is
 * the trigamma function there (Gelman et al., Bayesian Data Analysis, 2013, 2.6). */
double fsim_rate_error(double ends);

/* Ends by an exit on which the future of the deals in a stage rests: open ones are at ages of which
 * few pieces tell, each with a rate of its own. 1 / sum of w^2 / ends over the pieces, w the share
 * of the coming ends in each; at most all ends by that exit. */
double fsim_effective_ends(const fsim_hazard *hazard, const fsim_stage_stays *stays, size_t exit);

/* Of one exit's clock in a race. Where a share `never` of it does not ring within what was seen,
 * odds of ringing that are off by a factor c move the early rate by c^never, at all ages; where
 * hardly anything is left, times are stretched instead, which takes old deals beyond what was seen.
 * Together they give the early rate its error, beside what past forecasts add. */
typedef struct fsim_clock_error {
  double odds, scale;
} fsim_clock_error;
fsim_clock_error fsim_clock_error_of(double ends, double never, double odds_sigma,
                                     double pace_sigma);

/* The median weight of what never rings, lognormal with sigma, beside weights of 1 - never in all
 * that ring, with which the share that rings has the mean 1 - never: doubt must not change how much
 * is expected. NAN: memory is out. */
double fsim_median_never(double never, double sigma);

/* Of the location of an exit's law (median, mean of a gamma, scale of a Weibull; of a mixture the
 * mean of its parts' log medians), from the inverse information (delta method), at most 1. 0 where
 * that is not known. */
double fsim_law_error(const fsim_stage_fit *fit, size_t exit);

/* Of rates that were seen over weeks that swing together. */
double fsim_swing_error(const fsim_week_swing *swing);

#endif
