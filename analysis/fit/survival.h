/* Cumulative incidence without a law: Aalen-Johansen with delayed entry. */
#ifndef FSIM_ANALYSIS_FIT_SURVIVAL_H
#define FSIM_ANALYSIS_FIT_SURVIVAL_H

#include "analysis/fit/laws.h"

/* Steps at the distinct ages at which stays ended. At an age, ends come before censorings and
 * after entries into observation (Aalen & Johansen, Scandinavian Journal of Statistics 5, 1978). */
typedef struct fsim_incidence_curve {
  size_t n, n_exits;
  double *age;       /* [n], rising */
  double *at_risk;   /* [n] weighted number under observation just before */
  double *open;      /* [n] share still open after this age */
  double *incidence; /* [n * n_exits] share that has left by this exit up to and at this age */
} fsim_incidence_curve;

int fsim_incidence_of(const fsim_stays *stays, fsim_report *report, fsim_incidence_curve **curve);
void fsim_incidence_curve_free(fsim_incidence_curve *curve);
/* Aalen's variance of an exit's incidence at a step; takes time in proportion to the step. */
double fsim_incidence_variance(const fsim_incidence_curve *curve, size_t step, size_t exit);
/* The step that holds at an age, or SIZE_MAX before the first. */
size_t fsim_incidence_at(const fsim_incidence_curve *curve, double age);

#endif
