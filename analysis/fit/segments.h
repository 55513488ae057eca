/* Where cases with different attribute values leave a stage differently, and by how much.
 *
 * In a split stage a case of value v leaves by the common laws, with the odds of its exits
 * multiplied and its waits scaled by factors of v; where the stage has rates of leaving and no
 * laws, as with months that differ, these rates are multiplied (proportional hazards of competing
 * exits: Cox, JRSS B 34, 1972; with constant pieces Holford, Biometrics 36, 1980). A stage is split
 * by an attribute only when the difference is no chance, all stages and attributes together;
 * factors of values with few cases are drawn towards 1, by how much values are seen to differ
 * (empirical Bayes). */
#ifndef FSIM_ANALYSIS_FIT_SEGMENTS_H
#define FSIM_ANALYSIS_FIT_SEGMENTS_H

#include "analysis/fit/attributes.h"
#include "analysis/fit/hazard.h"
#include "analysis/fit/laws.h"
#include "analysis/fit/stays.h"

#define FSIM_MOST_TERMS FSIM_MOST_SCENARIO_ATTRIBUTES /* attributes that split one stage */
#define FSIM_SPLIT_LEVEL 0.01 /* of logs without differences, so many are split */

/* One attribute that splits a stage. Effects are logarithms of factors, see fsim_stage_segments. */
typedef struct fsim_segment_term {
  size_t attribute; /* of fsim_fitted_attributes */
  size_t n_values;
  size_t *n;      /* [n_values] stays in the stage */
  double *raw;    /* [n_values * n_effects] as the value's own cases have it */
  double *effect; /* [n_values * n_effects] drawn towards 0 */
  double *error;  /* [n_values * n_effects] standard deviation of what is left unknown of it */
  double p;       /* chance that such a difference comes of nothing, adjusted for all tests */
} fsim_segment_term;

/* Effects, by laws: log odds factors of the classes 1 .. n_classes - 1, then log factors of the
 * waits of the exits. By rates: log factors of the exits' rates. A class is an exit; a share that
 * never leaves belongs to the exit that takes it, or is the last class. Exits that were hardly seen
 * are not among them: their odds and waits are common. */
typedef struct fsim_stage_segments {
  fsim_stage_fit *laws; /* common, of the exits below; what is not split has the factors 1 */
  double *rate;         /* common, of all pieces and exits of the stage, in place of laws */
  size_t n_exits;
  size_t *exit_of;    /* [n_exits] of the stage */
  size_t never_class; /* of the share that never leaves */
  size_t n_classes, n_effects;
  fsim_segment_term term[FSIM_MOST_TERMS];
  size_t n_terms;
} fsim_stage_segments;

/* One stage to be looked at. */
typedef struct fsim_segment_stage {
  const fsim_stage_stays *stays; /* n 0: the stage is left alone */
  size_t never_exit; /* of the stage: the one that takes the share that never leaves; SIZE_MAX */
  const fsim_stage_fit *laws; /* of all its exits, where they are fitted already; NULL */
  const fsim_hazard *rates;   /* not NULL: the stage is told by these, and no laws are fitted */
} fsim_segment_stage;

/* Looks at all stages of a funnel together, and splits in a share `level` of the logs in which
 * nothing differs. segments[n_stages] are zeroed first; those of stages
 * that are not split stay so. `p_values`, [attributes->n], are further tests that count as well
 * (those of values): they become adjusted ones. The attributes get their p. Free each with
 * fsim_stage_segments_free also after an error. */
int fsim_segments_of(const fsim_log *log, fsim_fitted_attributes *attributes,
                     const fsim_segment_stage *stages, size_t n_stages, bool by_day, double level,
                     double *p_values, fsim_report *report, fsim_stage_segments *segments);
void fsim_stage_segments_free(fsim_stage_segments *segments);

#endif
