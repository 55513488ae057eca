/* Many moved plans of one variant, simulated side by side. Private to this folder.
 *
 * Each plan runs on one thread, plans are spread over the cores: small runs lose nothing to
 * waiting, and results do not depend on it. Journeys that a plan cannot reach (reach.h) are
 * simulated once for all plans that leave the same ones alone; the results have the same bits. */
#ifndef FSIM_ANALYSIS_DECIDE_PLANS_H
#define FSIM_ANALYSIS_DECIDE_PLANS_H

#include "analysis/decide/outputs.h"

typedef struct fsim_plan_job {
  char *set;               /* PATH=STEP; NULL: the variant itself */
  const char *const *also; /* further sets, before it */
  size_t n_also;
  /* out */
  char *refused; /* why the plan cannot be; then nothing below */
  fsim_measure *measures;
  fsim_outputs outputs;
  double team_cost_per_week; /* of all people, in the window */
} fsim_plan_job;

typedef struct fsim_plans_options {
  char *const *names; /* of measures, [n_names]; the variant itself has them all */
  size_t n_names;
  uint32_t replications;
  int threads;
  bool whole;        /* simulate all journeys of every plan, to check that nothing is lost */
  const bool *exact; /* NULL, or [n_names] the measures that are computed (expected.h): all their
                        replications are the expectation; when all are, there are two of them */
  void (*progress)(void *context, size_t done, size_t of);
  void *context;
} fsim_plans_options;

/* A plan that its own numbers forbid (a probability above 1) is refused and the others go on. */
int fsim_plans_run(const fsim_variant *variant, fsim_plan_job *jobs, size_t n,
                   const fsim_plans_options *options, fsim_report *report);
void fsim_plan_jobs_free(fsim_plan_job *jobs, size_t n, size_t n_names);

#endif
