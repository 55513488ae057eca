/* Ratio of totals over units: conversion, mean time, value per win.
 *
 * The estimand is E[top] / E[bottom]; the mean of each unit's own ratio would be another one
 * (biased where the bottom varies). */
#ifndef FSIM_ANALYSIS_RATIO_H
#define FSIM_ANALYSIS_RATIO_H

#include "analysis/interval.h"

/* Below so many units the estimate is corrected for bias by the jackknife. */
#define FSIM_RATIO_FEW 30
/* Below this mean(bottom) / SE(bottom) the normal approximation of the ratio fails: Fieller. */
#define FSIM_RATIO_UNSTEADY 10.0

/* Delta method: SE = s_d / (sqrt(n) mean(bottom)) with d = top - ratio bottom; t(n - 1)
 * (Cochran, Sampling Techniques, 1977, ch. 6). Totals of the bottom that are 0: none. */
fsim_interval fsim_ratio_delta(const double *top, const double *bottom, size_t n,
                               double confidence);
/* Delete-one jackknife of estimate and SE (Quenouille 1956; Tukey 1958). */
fsim_interval fsim_ratio_jackknife(const double *top, const double *bottom, size_t n,
                                   double confidence);
/* Fieller's interval (JRSS B 16, 1954); its limits are NAN when the set is not an interval, that is
 * when the bottom is not clearly different from 0. */
fsim_interval fsim_ratio_fieller(const double *top, const double *bottom, size_t n,
                                 double confidence);
/* The right one of the three: delta; jackknife for few units; Fieller for an unsteady bottom. */
fsim_interval fsim_interval_ratio(const double *top, const double *bottom, size_t n,
                                  double confidence);

/* Totals below this effective number of events (or of non-events) get Wilson's interval. */
#define FSIM_SHARE_FEW 20.0
/* A share, 0 <= top <= bottom in every unit: as fsim_interval_ratio while both the events and the
 * others are many. Few: Wilson's interval for the effective sample size p (1 - p) / SE^2, at most
 * the total (Korn & Graubard, Survey Methodology 24, 1998). None, or nothing else: the rule of
 * three, on the total if what happens within a unit is `independent`, else on the units that have
 * any. Always within 0 and 1; n is the total of the bottom. */
fsim_interval fsim_interval_share(const double *top, const double *bottom, size_t n,
                                  bool independent, double confidence);

#endif
