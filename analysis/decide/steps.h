/* Which levers an analysis moves, and by what practical step.
 *
 * Steps are written as in `set`: "+1 pp", "x0.9", "+1". An exit that gains takes from the others of
 * its stage in proportion. */
#ifndef FSIM_ANALYSIS_DECIDE_STEPS_H
#define FSIM_ANALYSIS_DECIDE_STEPS_H

#include "analysis/decide/variant.h"

typedef struct fsim_step {
  const fsim_lever *lever; /* the variant's source owns it */
  const char *by;          /* "+1 pp" */
  const char *back;        /* the same step the other way, for whole numbers; else NULL */
  double relative; /* change of the lever as a share of its value; NAN when that is no number */
} fsim_step;

typedef struct fsim_step_options {
  const char *const *globs; /* paths of levers, with * and ?; none: every exit, wait, work time,
                               patience, deadline, team size, stream rate and link */
  size_t n_globs;
  const char *const *steps; /* "time=x0.8": another step for a kind of lever, or for a path */
  size_t n_steps;
} fsim_step_options;

/* The steps in the order of the levers; the caller frees the array. FSIM_BAD_INPUT for a glob that
 * no lever fits and for steps that are none. */
int fsim_steps_make(const fsim_variant *variant, const fsim_step_options *options,
                    fsim_report *report, fsim_step **steps, size_t *n);

#endif
