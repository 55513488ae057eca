/* True derivatives and elasticities: what a lever does at the point, not over a practical step.
 *
 * Exact where the measure is (central differences of exact answers, 0.1 %, without noise).
 * Otherwise central differences of 1 % under common random numbers, whose bias is of the order of
 * the square of that (L'Ecuyer & Perron, Operations Research 42, 1994), checked by those of 2 %:
 * where both differ by more than two standard errors the measure is curved there, and only the step
 * is a fair description; or score functions (score.h) where they are sharper. Pathwise estimators
 * are not used: most measures here are counts within a horizon, of which they are 0. */
#ifndef FSIM_ANALYSIS_DECIDE_SLOPES_H
#define FSIM_ANALYSIS_DECIDE_SLOPES_H

#include "analysis/decide/plans.h"
#include "analysis/decide/steps.h"

extern const char fsim_by_exact[], fsim_by_score[], fsim_by_central[], fsim_by_step[];

typedef struct fsim_slope {
  fsim_interval slope;      /* of the measure by the log of the lever; none: not known */
  fsim_interval elasticity; /* the same as a share of the measure */
  const char *method;       /* one of the above; fsim_by_step: neither is known */
  bool curved;
  const char *no_score; /* static text: why the score function was no candidate; NULL: it was */
} fsim_slope;

typedef struct fsim_slopes_options {
  fsim_plans_options plans;
  size_t n_central;  /* the first so many levers are moved by 1 % and 2 % */
  double confidence; /* of each interval */
  bool exact;        /* the first measure is computed: all levers have exact slopes */
} fsim_slopes_options;

/* Of the first measure, slopes[n] of the levers of steps[n]. `base`: the plan as it is, run by the
 * same options. Whole numbers have none. */
int fsim_slopes_make(const fsim_variant *variant, const fsim_step *steps, size_t n,
                     const fsim_plan_job *base, const fsim_slopes_options *options,
                     fsim_report *report, fsim_slope *slopes);

/* Of changes of a measure by a lever that changed by `relative` of itself: the ratio of means
 * (jackknife: Quenouille 1956; Tukey 1958), since the base varies too. change[units], base[units],
 * which is overwritten. */
fsim_interval fsim_elasticity(const double *change, double *base, size_t units, double relative,
                              double confidence);

#endif
