/* Sobol's indices of a simulation: which share of the variance of an expected outcome comes from
 * which input, alone (first order) and with all its interactions (total).
 *
 * The outcome of a simulation is its expectation given the inputs plus chance, and chance must not
 * count as an effect of anything. So every point is simulated in two worlds (two keys of the random
 * numbers, the same for all points of a row): within a world common random numbers make the
 * differences between points small, and products are taken across worlds only, where chance is
 * independent and cancels in expectation. Every variance here is thus free of bias by chance.
 *
 *   variance     Cov(Y1, Y2) over points
 *   first order  E[Y1(B) (Y2(AB) - Y2(A))]                Saltelli et al., Computer Physics
 *                                                         Communications 181, 2010
 *   total        E[(Y1(A) - Y1(AB)) (Y2(A) - Y2(AB))] / 2 Jansen, CPC 117, 1999
 *   chance       E[(Y1 - Y2)^2] / 2
 *
 * A product of one row still holds the chance of its two worlds. What the row's points have of it
 * in common is taken off by a control variate, a like product whose mean is known to be 0
 * (Lavenberg & Welch, Management Science 27, 1981): E[Y1(A) Y2(B)] about the mean for the variance,
 * E[(Y1(A) + Y1(AB)) (Y2(AB) - Y2(A))] for the first order.
 *
 * Rows are Sobol points in two times the inputs' dimensions, Owen-scrambled anew for every scramble
 * (Owen 1995), so that scrambles are independent and intervals are Student's t over them, by the
 * jackknife because the indices are ratios (L'Ecuyer, Nakayama, Owen & Tuffin 2023). */
#ifndef FSIM_ANALYSIS_DECIDE_SOBOL_H
#define FSIM_ANALYSIS_DECIDE_SOBOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/interval.h"
#include "sim/base/report.h"

/* GSL's Sobol points have 40 dimensions. */
enum { FSIM_SOBOL_MOST_INPUTS = 20, FSIM_SOBOL_SCRAMBLES = 16 };

typedef struct fsim_sobol_design {
  size_t inputs;
  size_t scrambles, rows; /* rows of each scramble, a power of two */
  bool pairs;             /* points for interactions of pairs and Shapley effects (sobol_pairs.h) */
  uint64_t seed;          /* of the walks of these */
} fsim_sobol_design;

/* At least `base` rows in all. */
fsim_sobol_design fsim_sobol_plan(size_t inputs, size_t base);
/* Points of a row: A, B, then A with the column of each input from B; with pairs also B with that
 * of each from A, and all but three steps of a walk. */
static inline size_t fsim_sobol_points(const fsim_sobol_design *design) {
  size_t d = design->inputs;
  return d + 2 + (design->pairs ? d + (d > 3 ? d - 3 : 0) : 0);
}
static inline size_t fsim_sobol_rows(const fsim_sobol_design *design) {
  return design->scrambles * design->rows;
}
/* *u: [rows in all][points][inputs], each above 0 and below 1; the caller frees. */
int fsim_sobol_make(const fsim_sobol_design *design, uint64_t seed, fsim_report *report,
                    double **u);

typedef struct fsim_sobol {
  size_t inputs;
  fsim_interval *first, *total; /* [inputs] */
  fsim_interval *second;        /* [inputs][inputs] of pairs, or NULL: not asked for */
  fsim_interval *shapley;       /* [inputs], or NULL */
  fsim_interval together;       /* sum of the first orders: what is left are interactions */
  fsim_interval mean;
  fsim_interval variance;     /* of the expectation, by the inputs */
  fsim_interval deviation;    /* its root; low 0 when the variance may be */
  fsim_interval chance;       /* variance of one run at fixed inputs */
  fsim_interval chance_share; /* of the variance of one run */
} fsim_sobol;

/* y: [rows in all][points][2], the outcome in both worlds. Where the inputs change nothing (their
 * variance is not above 0) the indices are none. FSIM_FAILED: memory. Free also after an error. */
int fsim_sobol_estimate(const fsim_sobol_design *design, const double *y, double confidence,
                        fsim_report *report, fsim_sobol *sobol);
/* Inputs by their total index, largest first; the caller frees. NULL: no memory. */
size_t *fsim_sobol_order(const fsim_sobol *sobol);
void fsim_sobol_free(fsim_sobol *sobol);

#endif
