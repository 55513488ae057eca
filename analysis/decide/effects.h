/* What the factors of many plans do to a metric: main effects with intervals, and how much of the
 * difference between plans they and their pairs explain.
 *
 * A linear model with a step for every further level of a grid factor and a slope from end to end
 * of a range, fitted by least squares in every replication; plans share their random numbers, so
 * the replications' coefficients are independent and their mean has a t interval (Kleijnen, Design
 * and Analysis of Simulation Experiments, 2015, ch. 2 and 4). */
#ifndef FSIM_ANALYSIS_DECIDE_EFFECTS_H
#define FSIM_ANALYSIS_DECIDE_EFFECTS_H

#include <stdbool.h>

#include "analysis/interval.h"
#include "sim/base/report.h"

typedef struct fsim_effect_factor {
  size_t n_levels;     /* of a grid; 0: a range */
  const size_t *level; /* [n_plans] */
  const double *share; /* [n_plans]: 0 … 1 within the range */
} fsim_effect_factor;

/* One column of the model: `level` against the first, or a whole range. */
typedef struct fsim_effect {
  size_t factor, level;
  fsim_interval size; /* in the metric's units */
} fsim_effect;

typedef struct fsim_pair_share {
  size_t a, b; /* factors */
  double
      share; /* of the variation between plans' means, beyond the main effects; chance included */
  bool sure; /* an interaction's interval leaves out 0, all intervals of all pairs together */
} fsim_pair_share;

typedef struct fsim_effects {
  fsim_effect *effects;
  size_t n_effects;
  double main_share; /* of the variation between plans' means that main effects explain */
  fsim_pair_share *pairs;
  size_t n_pairs;
} fsim_effects;

/* units[n_plans]: the metric's values in the units of replication, n_units of each. `confidence`
 * holds for all effects together (Bonferroni). With too few plans for the model there are no
 * effects. Free also after an error. */
int fsim_effects_make(const fsim_effect_factor *factors, size_t n_factors,
                      const double *const *units, size_t n_plans, size_t n_units, double confidence,
                      fsim_report *report, fsim_effects *effects);
void fsim_effects_free(fsim_effects *effects);

#endif
