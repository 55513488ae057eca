/* What the files of segments share. Private to this folder. */
#ifndef FSIM_ANALYSIS_FIT_SEGMENTS_PARTS_H
#define FSIM_ANALYSIS_FIT_SEGMENTS_PARTS_H

#include "analysis/fit/likelihood.h"
#include "analysis/fit/segments.h"

/* A stage while it is looked at: its stays as laws want them, with the exits that were seen often
 * enough; what left by another one was last seen then. */
typedef struct fsim_segment_work {
  const fsim_segment_stage *stage;
  bool by_day;
  fsim_stays stays;
  fsim_stay *stay;                 /* [stays.n], owned */
  size_t *which;                   /* [stays.n] the case, owned */
  int32_t *value[FSIM_MOST_TERMS]; /* [stays.n] of each term, owned */
} fsim_segment_work;

/* Laws with factors: exp(effect) on the odds of classes and on waits, ages then divided by unit. */
void fsim_apply_effects(const fsim_stage_segments *s, const fsim_exit_law *laws, double never,
                        const double *effect, double unit, fsim_exit_law *out, double *out_never);

/* By rates: adds to slope[n_effects] that of the log-likelihood of the i-th stay, which is what
 * happened less what was to be expected at its age and month, given effect[n_effects]. */
void fsim_rate_slopes(const fsim_stage_segments *s, const fsim_segment_work *work, size_t i,
                      const double *effect, double *slope);
/* What stays with the same values show: ends, and seconds at risk times the factors of months. */
typedef struct fsim_rate_cell {
  double *ends;    /* [n_effects] */
  double *at_risk; /* [pieces * exits of the stage] */
} fsim_rate_cell;

/* Zeroed; free it also after an error. */
int fsim_rate_cell_make(const fsim_stage_segments *s, const fsim_segment_work *work,
                        fsim_report *report, fsim_rate_cell *cell);
void fsim_rate_cell_free(fsim_rate_cell *cell);
void fsim_rate_cell_add(const fsim_stage_segments *s, const fsim_segment_work *work, size_t stay,
                        fsim_rate_cell *cell);
/* Poisson log-likelihood of the ends, but for what the effects do not move. */
double fsim_rate_cell_likelihood(const fsim_stage_segments *s, const fsim_hazard *rates,
                                 const fsim_rate_cell *cell, const double *effect);

/* Fits the factors of all terms and the common laws or rates. */
int fsim_fit_effects(const fsim_segment_work *work, fsim_stage_segments *s, fsim_report *report);

#endif
