/* A target such as "basic.won >= 40 / month": a measure, a direction, and a number in the measure's
 * own units. */
#ifndef FSIM_ANALYSIS_DECIDE_TARGET_H
#define FSIM_ANALYSIS_DECIDE_TARGET_H

#include "analysis/decide/outputs.h"

typedef struct fsim_target_goal {
  char *metric;
  bool at_least;    /* >=, else <= */
  double value;     /* in the measure's units: per week, days, a share */
  bool per_time;    /* the number was given per week, month, … */
  bool percent;     /* or in percent */
  const char *text; /* as given; not owned */
} fsim_target_goal;

/* "METRIC >= NUMBER [/ w | / month | / quarter | / year | d | %]". Free with fsim_goal_free also
 * after an error. */
int fsim_goal_parse(const char *text, fsim_report *report, fsim_target_goal *goal);
void fsim_goal_free(fsim_target_goal *goal);

/* How often a sample of replications reached it: Wilson, pairs as units where numbers are
 * uncertain. */
fsim_interval fsim_goal_reached(const fsim_outputs *outputs, const fsim_measure *measure, size_t m,
                                const fsim_target_goal *goal, double confidence);

#endif
