/* Interactions of pairs and Shapley effects, from further points of a Sobol design (sobol.h).
 *
 * BA is B with an input's column from A, and a row's walk goes from A to B one input after the
 * other, in an order of its own; chance cancels as there, by products between two worlds:
 *
 *   pair      E[(Y1(AB_j) - Y1(A)) (Y2(BA_i) - Y2(B))]            after Saltelli, CPC 145, 2002
 *   Shapley   E[(Y1(A) - (Y1(W) + Y1(W')) / 2) (Y2(W) - Y2(W'))]  Goda, Reliability Engineering &
 *             System Safety 206, 2021; W, W' before and behind the input's step of the walk
 *
 * The first is the interaction itself: closed indices and first orders cancel in the differences.
 * Shapley effects divide the variance among the inputs so that they add up (Owen 2014). */
#ifndef FSIM_ANALYSIS_DECIDE_SOBOL_PAIRS_H
#define FSIM_ANALYSIS_DECIDE_SOBOL_PAIRS_H

#include "analysis/decide/sobol.h"

/* Points of a row behind A, B and AB: BA of every input, then the inner points of the walk that are
 * none of these. */
size_t fsim_sobol_pair_points(size_t inputs);
/* Puts them behind the others: u[fsim_sobol_pair_points][inputs] of row `row` of all. */
void fsim_sobol_pair_spread(const fsim_sobol_design *design, size_t row, const double *a,
                            const double *b, double *u);

/* second[inputs][inputs] and shapley[inputs] as shares of the variance; y as in sobol.h, `mean` its
 * mean. FSIM_FAILED: memory. */
int fsim_sobol_pair_estimate(const fsim_sobol_design *design, const double *y, double mean,
                             double confidence, fsim_report *report, fsim_interval *second,
                             fsim_interval *shapley);

#endif
