/* What the files of segments share. Private to this folder. */
#ifndef FSIM_ANALYSIS_FIT_SEGMENTS_PARTS_H
#define FSIM_ANALYSIS_FIT_SEGMENTS_PARTS_H

#include "analysis/fit/likelihood.h"
#include "analysis/fit/segments.h"

/* A stage while it is looked at: its stays as laws want them, with the exits that were seen often
 * enough; what left by another one was last seen then. */
typedef struct fsim_segment_work {
  fsim_stays stays;
  fsim_stay *stay;                 /* [stays.n], owned */
  size_t *which;                   /* [stays.n] the case, owned */
  int32_t *value[FSIM_MOST_TERMS]; /* [stays.n] of each term, owned */
} fsim_segment_work;

/* Laws with factors: exp(effect) on the odds of classes and on waits, ages then divided by unit. */
void fsim_apply_effects(const fsim_stage_segments *s, const fsim_exit_law *laws, double never,
                        const double *effect, double unit, fsim_exit_law *out, double *out_never);

/* Fits the factors of all terms and the common laws. */
int fsim_fit_effects(const fsim_segment_work *work, fsim_stage_segments *s, fsim_report *report);

#endif
