/* A sensitivity on its way. Private to sensitivity.c and lever_effects.c. */
#ifndef FSIM_ANALYSIS_DECIDE_SENSITIVITY_WORK_H
#define FSIM_ANALYSIS_DECIDE_SENSITIVITY_WORK_H

#include "analysis/decide/compare_metrics.h"
#include "analysis/decide/plans.h"
#include "analysis/decide/sensitivity.h"

/* All plans: the base, a step a lever, steps back, a relief a team. */
typedef struct fsim_sensitivity_work {
  fsim_sensitivity *s;
  fsim_step *steps;
  size_t n_steps;
  fsim_plan_job *jobs;
  size_t n_jobs;
  size_t *step_job, *back_job, *relief_job; /* [n_steps], [n_steps] (SIZE_MAX: none), [n_teams] */
  fsim_name_list names;                     /* the measures, then "spent" */
  double *units;   /* [n_steps][replications]: differences of the first measure */
  bool *exact;     /* [names.n]: computed, not simulated */
  size_t *n_units; /* [n_steps]: how many of them; 0: refused, or nothing to divide by */
} fsim_sensitivity_work;

/* Differences of all measures between a plan and the base; the caller frees them. */
int fsim_effect_differences(const fsim_sensitivity_work *work, const fsim_plan_job *job,
                            fsim_difference **made, fsim_report *report);
/* All that is to be said of step i but its rank and its slope. */
int fsim_effect_make(fsim_sensitivity_work *work, size_t i, fsim_report *report);
/* True elasticities in place of those over the step, where there are any. */
int fsim_effect_slopes(fsim_sensitivity_work *work, const fsim_sensitivity_options *options,
                       uint32_t replications, fsim_report *report);

/* The confidence of each interval, so that all hold together. */
static inline double fsim_effect_confidence(const fsim_sensitivity *s) {
  return 1 - (1 - s->confidence) / (double)s->intervals;
}

#endif
