/* What the spread of an outcome comes from when several inputs vary at once over all their ranges:
 * Sobol's indices of a scenario's levers and uncertain numbers (sobol.h), with chance told apart.
 */
#ifndef FSIM_ANALYSIS_DECIDE_GLOBAL_H
#define FSIM_ANALYSIS_DECIDE_GLOBAL_H

#include <stdio.h>

#include "analysis/decide/inputs.h"
#include "analysis/decide/measure.h"
#include "analysis/decide/sobol.h"

typedef struct fsim_global_options {
  fsim_inputs_options inputs;
  const char *const *metrics; /* none: value or wins */
  size_t n_metrics;
  double confidence; /* 0: the scenario's */
  uint32_t base;     /* rows of points, each of inputs + 2 points; 0: a usual number */
  bool pairs;        /* also interactions of pairs and Shapley effects: twice the points */
  int threads;       /* 0: all cores */
  /* NULL, or told on some thread, one at a time, how many of the points are done. */
  void (*progress)(void *context, size_t done, size_t of);
  void *context;
} fsim_global_options;

typedef struct fsim_global {
  const fsim_variant *variant; /* not owned */
  fsim_inputs inputs;
  fsim_sobol_design design;
  char **names; /* [n_measures] */
  size_t n_measures;
  fsim_measure *measures; /* [n_measures], of the scenario as it is */
  fsim_sobol *sobol;      /* [n_measures] */
  double confidence;      /* of each interval by itself */
} fsim_global;

/* Free the result also after an error. */
int fsim_global_make(const fsim_variant *variant, const fsim_global_options *options,
                     fsim_report *report, fsim_global **global);
void fsim_global_free(fsim_global *global);

/* Runs that it takes, each of one replication. */
size_t fsim_global_runs(const fsim_global *global);

/* What moves a measure most, in plain words; the caller frees. NULL: no memory. */
char *fsim_global_sentence(const fsim_global *global, size_t measure);

int fsim_global_text(const fsim_global *global, FILE *out, fsim_report *report);
int fsim_global_json(const fsim_global *global, FILE *out, fsim_report *report);

#endif
