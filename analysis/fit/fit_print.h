/* What was estimated, in words. */
#ifndef FSIM_ANALYSIS_FIT_FIT_PRINT_H
#define FSIM_ANALYSIS_FIT_FIT_PRINT_H

#include <stdio.h>

#include "analysis/fit/past_errors.h"

/* Per stage: stays, how they end and after what time, open and stale deals; the win rate as the CRM
 * has it, of closed deals only, and corrected for those still open; arrivals; what is unsure. */
int fsim_fit_print(const fsim_log *log, const fsim_fitted_funnel *fitted,
                   const fsim_past_errors *errors, FILE *out, fsim_report *report);

#endif
