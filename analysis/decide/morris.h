/* Elementary effects: what moving one input through its range does, at many places of the others
 * (Morris, Technometrics 33, 1991; mu* by Campolongo, Cariboni & Saltelli, Environmental Modelling
 * & Software 22, 2007).
 *
 * A trajectory starts at a random point of a grid of four levels and moves every input once by two
 * thirds of its range, in random order: inputs + 1 points for one effect each. Trajectories are
 * independent, so intervals are Student's t over them.
 *
 * Each point is simulated in two worlds (sobol.h says why), and what would be inflated by chance is
 * multiplied across worlds: the square of an effect is E1 E2, its size sign(E1) E2. So chance
 * alone has the size 0 on average; an effect that chance hides is found too small, never too
 * large, and the root of the mean square bounds the size from above without bias. */
#ifndef FSIM_ANALYSIS_DECIDE_MORRIS_H
#define FSIM_ANALYSIS_DECIDE_MORRIS_H

#include <stdint.h>

#include "analysis/interval.h"
#include "sim/base/report.h"

typedef struct fsim_morris_design {
  size_t inputs, trajectories;
  double *at;    /* [trajectories][inputs + 1][inputs]: 0, 1/3, 2/3 or 1 of each range */
  size_t *moved; /* [trajectories][inputs]: which input moves from this point to the next */
} fsim_morris_design;

int fsim_morris_make(size_t inputs, size_t trajectories, uint64_t seed, fsim_report *report,
                     fsim_morris_design *design);
void fsim_morris_free(fsim_morris_design *design);

/* Of an input, over its whole range. */
typedef struct fsim_morris_effect {
  fsim_interval mean;  /* mu: signs cancel */
  fsim_interval size;  /* mu*: mean of the absolute effect */
  fsim_interval sigma; /* how much the effect differs from place to place */
  double least, most;  /* limits at `together`: of the size, of the root of the mean square */
  bool nothing;        /* it changed nothing at any place */
} fsim_morris_effect;

/* y: [trajectories][inputs + 1][2]; moves: [trajectories][inputs], by what share of its range, with
 * sign, the input that moves really moved. Intervals hold at `confidence`, effects[].least
 * and most at `together`. */
int fsim_morris_estimate(const fsim_morris_design *design, const double *y, const double *moves,
                         double confidence, double together, fsim_report *report,
                         fsim_morris_effect *effects);

#endif
