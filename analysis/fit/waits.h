/* Cases that are waits for what comes next, put into a log among its own. Private to this folder.
 */
#ifndef FSIM_ANALYSIS_FIT_WAITS_H
#define FSIM_ANALYSIS_FIT_WAITS_H

#include "analysis/fit/log.h"

typedef struct fsim_wait {
  fsim_case what;
  size_t was;       /* the case of the log that it is; SIZE_MAX: it is new */
  size_t after;     /* the case of the log that it follows; SIZE_MAX: none */
  size_t levels_of; /* the case of the log that has its attributes */
} fsim_wait;

/* The log's cases become these, by the time at which they were created. Sorts `waits`. */
int fsim_replace_cases(fsim_log *log, fsim_wait *waits, size_t n, fsim_report *report);

/* The orders of customers, each a case that is won at once and follows the one before it, become
 * waits: a case begins with an order and is won with the next one; the last one goes on. Those
 * after the first, second and later orders are funnels of their own. */
int fsim_orders_as_waits(fsim_log *log, fsim_report *report);

/* Where deals follow leads only after some time, the time between becomes a case of a funnel of its
 * own, LEADS-next, for each converted lead: it ends when the deal is created. So also those that
 * wait at the end of the log are known, each with its age. */
int fsim_add_waits_between(fsim_log *log, fsim_report *report);

#endif
