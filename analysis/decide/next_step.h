/* Where the bottleneck moves once it is relieved: the best step is taken, all steps are simulated
 * anew from there, and so on.
 *
 * Greedy, and each round under the same random numbers, so that rounds differ by the steps taken
 * only. Which lever a relieved one uncovers cannot be read off the first ranking: a team behind a
 * bottleneck looks idle until leads reach it. */
#ifndef FSIM_ANALYSIS_DECIDE_NEXT_STEP_H
#define FSIM_ANALYSIS_DECIDE_NEXT_STEP_H

#include "analysis/decide/sensitivity.h"

typedef struct fsim_next_round {
  char *lever, *kind, *value, *step; /* NULL: no step improves the metric by more than chance */
  bool taken;                        /* the last round's step is only named */
  fsim_interval base;                /* the metric before it */
  fsim_interval gain;     /* of the step, with those of all other steps of this round together */
  fsim_interval at_start; /* what the same step would have given in the first round */
  double first;           /* probability of having the largest effect of the round */
  char **tied;            /* other levers that cannot be told apart from it */
  size_t n_tied;
} fsim_next_round;

typedef struct fsim_next {
  const fsim_variant *variant; /* not owned */
  char *name;                  /* of the metric */
  fsim_measure measure;
  uint32_t replications;
  double confidence;
  fsim_next_round *rounds; /* at most steps + 1; the last one's step is not taken */
  size_t n;
} fsim_next;

/* Takes up to `steps` steps. The first metric of the options counts. Free also after an error. */
int fsim_next_make(const fsim_variant *variant, const fsim_sensitivity_options *options,
                   size_t steps, fsim_report *report, fsim_next **next);
void fsim_next_free(fsim_next *next);

int fsim_next_text(const fsim_next *next, FILE *out, fsim_report *report);
int fsim_next_json(const fsim_next *next, FILE *out, fsim_report *report);

#endif
