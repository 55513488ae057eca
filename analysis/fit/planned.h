/* The planned length of cases: from their creation to the date on which they are expected to close,
 * as both were known at the creation. Private to this folder.
 *
 * It is the last attribute of a log that has such dates, `planned`, with a few groups of lengths as
 * values, so that it is tested, pooled and written like every other attribute. */
#ifndef FSIM_ANALYSIS_FIT_PLANNED_H
#define FSIM_ANALYSIS_FIT_PLANNED_H

#include "analysis/fit/log.h"

#define FSIM_PLANNED "planned"
#define FSIM_NOT_PLANNED (-1)
#define FSIM_FEWEST_PLANNED 100 /* cases with a date; fewer make no groups */

/* Whole days between the two dates, below 0 where the expected one is the earlier;
 * FSIM_NOT_PLANNED also where none was known. */
int64_t fsim_planned_days(const fsim_case *which);
/* The number of a time's day since 1970-01-01. */
int64_t fsim_day_of(int64_t time);
/* For qsort of int64_t: numbers of days, or times, rising. */
int fsim_compare_days(const void *left, const void *right);

/* Adds the attribute where some case of the last funnel has such a date. Cases of other funnels
 * (leads) have the value "not-yet", those without a date "none". */
int fsim_add_planned(fsim_log *log, fsim_report *report);
/* Forms the groups anew of the cases that the log has now, of nothing else: up to eight with as
 * many cases each, 50 or more, between lengths that a planner would name. With fewer dates than
 * FSIM_FEWEST_PLANNED there is one value only, "none". */
int fsim_group_planned(fsim_log *log, fsim_report *report);

#endif
