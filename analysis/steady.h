/* Warm-up and batch means of one series: when a run is read as a steady state.
 *
 * The scenario's own warm_up stays primary; these say whether it was long enough. Give the mean
 * path over replications, never single paths: cutting each path by its own rule biases the mean. */
#ifndef FSIM_ANALYSIS_STEADY_H
#define FSIM_ANALYSIS_STEADY_H

#include "analysis/interval.h"

typedef struct fsim_warm_up {
  size_t cut;       /* observations to leave out */
  double mean;      /* of the rest */
  double statistic; /* MSER at the cut */
  bool too_short;   /* the cut lies in the last quarter of what was searched, or beyond 40 % */
} fsim_warm_up;

/* MSER-5 (White, Simulation 69, 1997; White, Cobb & Spratt 2000): batches of five, the cut that
 * minimises the squared error of the mean of the rest, searched in the first half. False when there
 * are fewer than four batches. */
bool fsim_mser5(const double *series, size_t n, fsim_warm_up *result);

/* Mean of a stationary series by `batches` equal batches, the remainder left out; t(batches - 1).
 * *lag1 is the correlation of neighbouring batches, near 0 when batches are long enough (Schmeiser,
 * Operations Research 30, 1982). None when there are fewer than two batches or too few values. */
fsim_interval fsim_batch_means(const double *series, size_t n, size_t batches, double confidence,
                               double *lag1);

#endif
