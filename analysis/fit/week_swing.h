/* How much single weeks swing: all cases of a week leave faster or slower together, by holidays,
 * mailings, quarter ends that nobody wrote down.
 *
 * Forecasts of a week's wins that know only chance are too sure of them; the scenario's `paces`
 * gives every week a factor with this spread. */
#ifndef FSIM_ANALYSIS_FIT_WEEK_SWING_H
#define FSIM_ANALYSIS_FIT_WEEK_SWING_H

#include "analysis/fit/estimate.h"

/* Wins of a week against those expected at its rates by age and month, for all n funnels
 * together. A change from a week to the next has twice the variance of the factor and what chance
 * gives, whatever slow drift there is (successive differences: von Neumann, Annals of Mathematical
 * Statistics 12, 1941; chance as in a negative binomial count). Pooled with a prior. */
int fsim_week_swing_of(const fsim_log *log, const fsim_fitted_funnel *funnel, size_t n,
                       fsim_report *report, fsim_week_swing *swing);

/* Whether a case can be won from this stage after a wait that the week's factor acts on. */
bool fsim_stage_swings(const fsim_log *log, const fsim_fitted_funnel *funnel, size_t stage);

#endif
