/* The classical table of a plan: how many must come to each stage for a target on average. */
#ifndef FSIM_ANALYSIS_DECIDE_NEEDS_H
#define FSIM_ANALYSIS_DECIDE_NEEDS_H

#include "analysis/decide/outputs.h"

typedef struct fsim_need {
  size_t stage, group; /* group 0: all leads, then the values of the segment */
  double now, needed;  /* visits a week */
} fsim_need;

/* Of the stages of the metric's funnel, or of all funnels when the metric is of none: what comes to
 * them now, and `stretch` times that. The caller frees *needs. */
int fsim_needs_make(const fsim_variant *variant, const char *metric, double stretch,
                    uint32_t replications, int threads, fsim_report *report, fsim_need **needs,
                    size_t *n);

#endif
