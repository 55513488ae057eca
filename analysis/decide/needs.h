/* The classical table of a plan: from the target back through every stage, as a spreadsheet does
 * it.
 *
 * What comes to a stage and what the target's metric is on average make the stage's conversion;
 * the target divided by it is what must come there. Each segment keeps its part of the target. */
#ifndef FSIM_ANALYSIS_DECIDE_NEEDS_H
#define FSIM_ANALYSIS_DECIDE_NEEDS_H

#include "analysis/decide/outputs.h"

typedef struct fsim_need {
  size_t stage, group; /* group 0: all leads, then the values of the segment */
  double now, needed;  /* visits a week */
  double yields;       /* of the metric for every visit; NAN: nothing comes there, or the metric is
                          of some leads only and the group is of others */
} fsim_need;

/* Of the stages of the metric's funnel and of all funnels that lead to it, or of all where the
 * metric is of none. `target`: of the metric, as it is measured. The caller frees *needs. */
int fsim_needs_make(const fsim_variant *variant, const char *metric, double target,
                    uint32_t replications, int threads, fsim_report *report, fsim_need **needs,
                    size_t *n);

#endif
