/* What was estimated, in words. */
#ifndef FSIM_ANALYSIS_FIT_FIT_PRINT_H
#define FSIM_ANALYSIS_FIT_FIT_PRINT_H

#include <stdio.h>

#include "analysis/fit/fit_report.h"

/* made[set->n], one report a funnel. Per stage: stays, how they end and after what time, open and
 * stale deals; the win rate as the CRM has it, of closed deals only, and corrected for those still
 * open; arrivals; what is unsure. */
int fsim_fit_print(const fsim_fit_report *made, const fsim_fitted_set *set, FILE *out,
                   fsim_report *report);

/* Teams that were found, and stages whose work is no team's. */
void fsim_teams_print(const fsim_log *log, size_t funnel, const fsim_fitted_teams *teams,
                      FILE *out);

#endif
