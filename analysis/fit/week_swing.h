/* How much single weeks swing: all cases of a week leave faster or slower together, by holidays,
 * mailings, quarter ends that nobody wrote down.
 *
 * Forecasts of a week's wins that know only chance are too sure of them; the scenario's `paces`
 * gives every week a factor with this spread. */
#ifndef FSIM_ANALYSIS_FIT_WEEK_SWING_H
#define FSIM_ANALYSIS_FIT_WEEK_SWING_H

#include "analysis/fit/week_wins.h"

/* What is believed of the swing of an export that says nothing, as a coefficient of variation, and
 * how many weeks without chance it counts as. */
#define FSIM_SWING_PRIOR 0.15
#define FSIM_SWING_PRIOR_WEEKS 3.0

/* A change of seen over expected wins over two or three weeks has twice the variance of the factor
 * and what chance gives, whatever slow drift there is (differences: von Neumann, Annals of
 * Mathematical Statistics 12, 1941; chance as in a negative binomial count). Pooled with a prior.
 * Weeks that are quiet do not count. */
fsim_week_swing fsim_week_swing_of(const fsim_week_wins *wins, const fsim_quiet_weeks *quiet);

#endif
