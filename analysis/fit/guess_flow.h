/* How the activities of an event log (or of a history of stages) follow one another: which come
 * early, which end a case, which are work on it. Private to this folder. */
#ifndef FSIM_ANALYSIS_FIT_GUESS_FLOW_H
#define FSIM_ANALYSIS_FIT_GUESS_FLOW_H

#include "analysis/fit/guess_table.h"

typedef struct fsim_guess_activity {
  size_t value; /* of the column's values */
  size_t cases; /* that have it */
  double rank;  /* how many other activities come before it in a case, on average */
  double last;  /* share of its cases in which it is among the last things that happen */
  bool work;    /* is scheduled or started somewhere: work on a case, no stage of it */
  fsim_guess_ending means;
  bool with_next; /* comes within a minute of the next one, in most cases: one stage */
} fsim_guess_activity;

typedef struct fsim_guess_flow {
  fsim_guess_activity activity[FSIM_GUESS_VALUES]; /* in their typical order */
  size_t n;
  size_t n_cases, n_events; /* looked at */
} fsim_guess_flow;

/* `table` has the roles case, activity and time. Looks at a million events at most. */
int fsim_guess_flow_of(fsim_guess_table *table, fsim_report *report, fsim_guess_flow *flow);

#endif
