/* Time-outs: deals that a system closes at a fixed age, seen as a spike of one exit. */
#ifndef FSIM_ANALYSIS_FIT_EXPIRE_H
#define FSIM_ANALYSIS_FIT_EXPIRE_H

#include "analysis/fit/stays.h"

/* A stage has a time-out when one of its exits, `may_expire`, has a window of ages that is at most
 * an eighth as wide as it is old and at most two days wide (three with dates only), and
 * - at least 20 stays left by that exit within it,
 * - these are nine in ten of all that were under observation at its beginning, but for those that
 *   left otherwise or were last seen open within it, and the lower limit of that share (Clopper &
 *   Pearson 1934, one-sided 99 %) is above three quarters,
 * - the rate of leaving by that exit is at least five times that of all ages before it, and
 * - some stay left otherwise before it.
 * The window with most ends counts; its median end is the age of the time-out. 0: none. */
typedef struct fsim_time_out {
  int64_t after; /* seconds; 0: none */
  int64_t from;  /* where the window begins */
  size_t exit;
  size_t n; /* stays that it ended */
} fsim_time_out;

int fsim_find_time_out(const fsim_stage_stays *stage, const bool *may_expire, bool by_day,
                       fsim_report *report, fsim_time_out *found);

/* Makes it a rule of the stage: stays that it ended are marked `expired` and were under observation
 * until then without leaving; what happened to others at higher ages is cut off, as the rule
 * leaves no one there. */
void fsim_stays_expire(fsim_stage_stays *stage, const fsim_time_out *rule);

#endif
