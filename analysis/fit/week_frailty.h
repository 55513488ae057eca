/* Which pace the weeks of a log had, and rates at the mean pace.
 *
 * A week's factor is a gamma frailty with mean 1 that all cases of the week share (Nielsen, Gill,
 * Andersen & Sorensen, Scandinavian Journal of Statistics 19, 1992). Given the rates its mean is
 * (nu + N) / (nu + E), N wins seen, E expected at the rates, nu = 1 / cv^2; given the factors,
 * rates are ends / sum of factor * time at risk (EM). Without it, waits would hold the slow weeks
 * for as long as these lasted, and the scenario's pace would slow them down once more. */
#ifndef FSIM_ANALYSIS_FIT_WEEK_FRAILTY_H
#define FSIM_ANALYSIS_FIT_WEEK_FRAILTY_H

#include "analysis/fit/estimate.h"

/* Quiet weeks and swing of a funnel, with factors and rates of all of its log. Stages that cannot
 * be won run slower only in quiet weeks. */
int fsim_find_weeks(const fsim_log *log, fsim_report *report, fsim_fitted_funnel *funnel);
/* Factors and rates anew, from the weeks that are fitted (fsim_stays_since). */
int fsim_fit_week_pace(const fsim_log *log, fsim_report *report, fsim_fitted_funnel *funnel);

#endif
