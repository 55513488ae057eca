/* Maxima of functions of a few parameters on unbounded scales, and how sharp they are. Private to
 * this folder. */
#ifndef FSIM_ANALYSIS_FIT_MAXIMISE_H
#define FSIM_ANALYSIS_FIT_MAXIMISE_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/report.h"

#define FSIM_MOST_THETA 64

/* Finite everywhere; parameters are on scales where a step of 1e-5 is small. */
typedef struct fsim_climb {
  double (*value)(const double *theta, void *context);
  void *context;
  size_t n;    /* of theta, at most FSIM_MOST_THETA */
  double ends; /* that the value is a sum over: how sharp a maximum is to be expected */
} fsim_climb;

/* By GSL's BFGS with central differences; theta moves up or stays. *steep (may be NULL): it stopped
 * where the slope is not flat. FSIM_FAILED: memory. */
int fsim_climb_by_gradient(const fsim_climb *climb, double *theta, fsim_report *report,
                           bool *steep);
/* By GSL's simplex from steps of this size. */
int fsim_climb_by_simplex(const fsim_climb *climb, double *theta, double size, fsim_report *report);
/* [n * n] inverse of minus the second differences at a maximum; NAN when that is singular. */
int fsim_climb_covariance(const fsim_climb *climb, const double *theta, fsim_report *report,
                          double *covariance);

#endif
