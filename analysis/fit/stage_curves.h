/* A stage's data beside its model, by age: what a reader must see to believe a fit. */
#ifndef FSIM_ANALYSIS_FIT_STAGE_CURVES_H
#define FSIM_ANALYSIS_FIT_STAGE_CURVES_H

#include "analysis/fit/estimate.h"

/* Share of all that entered that had left by one exit, up to each age of the grid. */
typedef struct fsim_exit_curve {
  double ends;        /* stays seen to end so */
  double *seen;       /* [n] Aalen-Johansen */
  double *low, *high; /* [n] pointwise 95 % limits of it; NAN where nothing is known */
  double *model;      /* [n] what the laws, or without them the rates over all months seen, give */
} fsim_exit_curve;

typedef struct fsim_stage_curves {
  size_t n;        /* ages of the grid */
  double *age;     /* [n] seconds, evenly spaced from 0 */
  double *at_risk; /* [n] stays under observation at that age */
  fsim_exit_curve *exit;
  size_t n_exits;
} fsim_stage_curves;

/* The grid ends where 98 % of the stays that ended had ended. n is 0 when none did. Limits are
 * symmetric in log(-log(1 - share)) (Choudhury, Statistics in Medicine 21, 2002) with Aalen's
 * variance. With dates, an end of day d counts from the end of that day. Free with
 * fsim_stage_curves_free also after an error. */
int fsim_stage_curves_of(const fsim_fitted_funnel *fitted, size_t stage, fsim_report *report,
                         fsim_stage_curves *curves);
void fsim_stage_curves_free(fsim_stage_curves *curves);

#endif
