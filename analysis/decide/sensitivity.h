/* What one practical step of each lever gives: the bottleneck is where it gives most.
 *
 * Every step is a run of its own under exact common random numbers, so its effect is the difference
 * itself, without the truncation of a derivative, valid for every kind of model (whole numbers and
 * rules included); intervals hold for all levers together (Bonferroni). Without teams, measures
 * that the exact engine has are computed instead (expected.h). Elasticities are those at the point
 * where they can be had (slopes.h), else over the step, and say which. */
#ifndef FSIM_ANALYSIS_DECIDE_SENSITIVITY_H
#define FSIM_ANALYSIS_DECIDE_SENSITIVITY_H

#include <stdio.h>

#include "analysis/decide/difference.h"
#include "analysis/decide/lenses.h"
#include "analysis/decide/steps.h"

typedef struct fsim_sensitivity_options {
  fsim_step_options steps;
  const char *const
      *metrics; /* the first is ranked by; none: value and wins, then wins by funnel */
  size_t n_metrics;
  double confidence;     /* 0: the scenario's */
  uint32_t replications; /* 0: the scenario's, at most 50 */
  size_t slopes;         /* true elasticities of the first so many levers (slopes.h); 0: none */
  bool simulate;         /* also what could be computed, to check it */
  int threads;           /* 0: all cores */
  /* NULL, or told on some thread, one at a time, how many of the plans are done. */
  void (*progress)(void *context, size_t done, size_t of);
  void *context;
} fsim_sensitivity_options;

typedef struct fsim_lever_effect {
  char *lever, *kind, *value, *step;
  char *refused;            /* why the lever cannot be moved by that; then nothing below is set */
  double relative;          /* change of the lever as a share of itself; NAN */
  fsim_difference *change;  /* [n_measures] */
  char *step_back;          /* whole numbers: the step the other way, else NULL */
  fsim_difference *back;    /* [n_measures] of it; NULL when there is none or it was refused */
  fsim_interval elasticity; /* of the first measure; none when not known */
  const char *method;       /* of the elasticity (slopes.h): at the point, or over the step */
  fsim_interval slope;      /* of the first measure by the log of the lever; none: not known */
  bool curved;              /* central differences of 1 % and 2 % do not agree */
  const char *no_score;     /* static text: why there is no score function; NULL */
  double first;             /* probability of having the largest effect, of the first measure */
  bool tied;                /* cannot be told apart from the first in rank */
  double cost_per_week;     /* of the step; NAN when no cost is given */
  fsim_interval net;        /* money a week: effect minus cost; none without either */
  fsim_interval
      gain_per_cost;          /* effect on the first measure for one of money, where it costs any */
  size_t stage, team, stream; /* what the lever belongs to; SIZE_MAX: none */
} fsim_lever_effect;

/* The measures with a team that never lets anybody wait for a place: no hiring there gives more. */
typedef struct fsim_relief {
  size_t team;
  fsim_difference *change; /* [n_measures] */
} fsim_relief;

typedef struct fsim_sensitivity {
  const fsim_variant *variant; /* not owned */
  char **names;                /* [n_measures], and those that costs need */
  size_t n_measures, n_names;
  fsim_measure *measures; /* [n_names], of the base */
  uint32_t replications;
  bool exact;                 /* the first measure is computed, without chance */
  bool computed;              /* all are: nothing was simulated but for the lenses */
  fsim_interval *values;      /* [n_measures]: the base's */
  fsim_lever_effect *effects; /* by size of the effect on the first measure; refused ones last */
  size_t n_effects;
  fsim_relief *reliefs;
  size_t n_reliefs;
  fsim_lens *lenses; /* [n_stages] */
  double confidence;
  size_t intervals; /* that hold together */
} fsim_sensitivity;

/* Free the result also after an error. */
int fsim_sensitivity_make(const fsim_variant *variant, const fsim_sensitivity_options *options,
                          fsim_report *report, fsim_sensitivity **sensitivity);
void fsim_sensitivity_free(fsim_sensitivity *sensitivity);

/* The lever with the largest effect that is no rate of a stream, unless all are; NULL when its
 * effect may be chance. */
const fsim_lever_effect *fsim_bottleneck(const fsim_sensitivity *sensitivity);

/* The bottleneck in plain words; the caller frees. NULL: no memory. */
char *fsim_bottleneck_sentence(const fsim_sensitivity *sensitivity);

int fsim_sensitivity_text(const fsim_sensitivity *sensitivity, size_t most, FILE *out,
                          fsim_report *report);
int fsim_sensitivity_json(const fsim_sensitivity *sensitivity, FILE *out, fsim_report *report);

#endif
