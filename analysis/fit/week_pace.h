/* How fast time runs for the waits of a stage, week by week.
 *
 * A scenario's `paces` let waits run by a factor of each week. What is fitted beside them must be
 * measured by the same clock: ages are the integral of the factors that the weeks of the log had
 * (operational time; Cox & Isham, Point Processes, 1980, 4.2), not days of the calendar. */
#ifndef FSIM_ANALYSIS_FIT_WEEK_PACE_H
#define FSIM_ANALYSIS_FIT_WEEK_PACE_H

#include "analysis/fit/log_weeks.h"
#include "sim/base/report.h"

typedef struct fsim_week_pace {
  fsim_log_weeks weeks; /* before and after them the factor is 1 */
  double *factor;       /* [weeks.n] above 0 */
  double *elapsed;      /* [weeks.n + 1] at the beginning of each week and the end of the last */
} fsim_week_pace;

/* All factors 1; NULL when memory is out, which is reported. */
fsim_week_pace *fsim_week_pace_new(const fsim_log_weeks *weeks, fsim_report *report);
/* To be called after the factors were changed. */
void fsim_week_pace_sum(fsim_week_pace *pace);
void fsim_week_pace_free(fsim_week_pace *pace);

/* Seconds that run between two times. A NULL pace is the calendar's here and below. */
double fsim_pace_time(const fsim_week_pace *pace, int64_t from, int64_t to);
/* The first time after t at which the factor changes; INT64_MAX: none. */
int64_t fsim_pace_next(const fsim_week_pace *pace, int64_t t);

#endif
