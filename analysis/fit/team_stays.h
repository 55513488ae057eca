/* Stays in queues and work, read off a log, and the log with stages for them. Private to this
 * folder.
 */
#ifndef FSIM_ANALYSIS_FIT_TEAM_STAYS_H
#define FSIM_ANALYSIS_FIT_TEAM_STAYS_H

#include "analysis/fit/teams.h"

typedef struct fsim_work_stays {
  fsim_work_stay *stay; /* by case, then by joined */
  size_t n;
} fsim_work_stays;

/* Of all stages of a funnel. Free stays->stay also after an error. */
int fsim_work_stays_of(const fsim_log *log, size_t funnel, fsim_report *report,
                       fsim_work_stays *stays);

/* A copy of the log in which stays of the stages has_work are spent in STAGE-work. work_stage
 * [stages] gets their numbers. */
int fsim_log_with_work(const fsim_log *log, size_t funnel, const fsim_work_stays *stays,
                       const bool *has_work, int32_t *work_stage, fsim_report *report,
                       fsim_log **out);

#endif
