/* Which of many inputs matter at all: elementary effects of a scenario's levers and uncertain
 * numbers over their ranges (morris.h). */
#ifndef FSIM_ANALYSIS_DECIDE_SCREENING_H
#define FSIM_ANALYSIS_DECIDE_SCREENING_H

#include <stdio.h>

#include "analysis/decide/global.h"
#include "analysis/decide/morris.h"

/* An input may be left out when its effect is surely below this share of the largest one. */
#define FSIM_SCREEN_SHARE 0.1

typedef struct fsim_screening {
  const fsim_variant *variant; /* not owned */
  fsim_inputs inputs;
  size_t trajectories;
  char **names; /* [n_measures] */
  size_t n_measures;
  fsim_measure *measures;      /* [n_measures], of the scenario as it is */
  fsim_interval *means;        /* [n_measures]: over all points */
  fsim_morris_effect *effects; /* [n_measures][inputs] */
  double confidence;           /* of each interval by itself */
} fsim_screening;

/* options->base: trajectories of inputs + 1 points, 0: a usual number. Without ranges and globs all
 * practical levers take part. Free the result also after an error. */
int fsim_screening_make(const fsim_variant *variant, const fsim_global_options *options,
                        fsim_report *report, fsim_screening **screening);
void fsim_screening_free(fsim_screening *screening);

typedef enum fsim_screen_verdict {
  FSIM_SCREEN_MATTERS,   /* not surely small: its size is surely above 0 */
  FSIM_SCREEN_LEAVE_OUT, /* surely below FSIM_SCREEN_SHARE of the largest */
  FSIM_SCREEN_UNSETTLED  /* neither: more trajectories would tell */
} fsim_screen_verdict;
fsim_screen_verdict fsim_screening_verdict(const fsim_screening *screening, size_t measure,
                                           size_t input);

int fsim_screening_text(const fsim_screening *screening, size_t most, FILE *out,
                        fsim_report *report);
int fsim_screening_json(const fsim_screening *screening, FILE *out, fsim_report *report);

#endif
