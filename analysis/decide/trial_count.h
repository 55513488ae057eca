/* The counts of an A/B test, week by week, from trajectories as they are simulated. Private to this
 * folder. */
#ifndef FSIM_ANALYSIS_DECIDE_TRIAL_COUNT_H
#define FSIM_ANALYSIS_DECIDE_TRIAL_COUNT_H

#include "analysis/decide/outputs.h"

typedef struct fsim_trial_cell {
  uint32_t leads[2], won[2]; /* of the arm without, with the change; since the start of the test */
} fsim_trial_cell;

typedef struct fsim_trial_counts {
  const fsim_scenario *scenario;
  size_t change, funnel; /* what is tested; whose wins count */
  const bool *stages;    /* [n_stages] those that the change moves */
  int32_t from_s;        /* start of the test */
  size_t n_weeks;
  fsim_trial_cell *cells; /* [replications][n_weeks] */
  double *draw;           /* scratch of a part's leads */
  size_t room;
} fsim_trial_counts;

/* The stages whose laws the change moves: stages[n_stages]; how many. */
size_t fsim_trial_stages(const fsim_scenario *scenario, size_t change, bool *stages);

/* Simulates replications 0 … n - 1 of the variant, whose scenario the counts name, and fills the
 * cells (zeroed by the caller). *done: how many were whole before a stop. */
int fsim_trial_count(const fsim_variant *variant, uint32_t n, const fsim_outputs_options *options,
                     fsim_report *report, fsim_trial_counts *counts, uint32_t *done);

#endif
