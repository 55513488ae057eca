/* The clock of one exit of a race, from rates of leaving: an empirical law. Private to this folder.
 *
 * A piece of age is cut into steps. In each, the clocks ring one after the other, exit by exit, and
 * each rings with the probability that makes the shares of all exits right in spite of those that
 * rang before it: so the race gives back the fitted incidence exactly. The order turns round from
 * step to step: a case whose age lies within a step has missed the clocks that rang before, and
 * these must not always be the same exit's. */
#ifndef FSIM_ANALYSIS_FIT_CLOCK_H
#define FSIM_ANALYSIS_FIT_CLOCK_H

#include "analysis/fit/hazard.h"

typedef struct fsim_clock {
  size_t n;
  double *age;    /* seconds, rising; owned */
  double *weight; /* probability of ringing then; owned */
  double never;   /* 1 - their sum */
} fsim_clock;

/* `month`: of the quarter, whose factors hold all the time; -1: no factors. */
int fsim_clock_of(const fsim_hazard *hazard, size_t exit, int month, fsim_report *report,
                  fsim_clock *clock);
/* When stays left by this exit, as far as was seen: the weights are shares of all that enter. */
int fsim_wait_of(const fsim_hazard *hazard, size_t exit, fsim_report *report, fsim_clock *wait);
void fsim_clock_free(fsim_clock *clock);

#endif
