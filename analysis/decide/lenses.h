/* Other ways to see a bottleneck than by what a step gives: how busy a team is, where time goes,
 * where journeys are lost. They often name another place, which planners should know. */
#ifndef FSIM_ANALYSIS_DECIDE_LENSES_H
#define FSIM_ANALYSIS_DECIDE_LENSES_H

#include "analysis/decide/outputs.h"

typedef struct fsim_lens {
  size_t team;        /* that works in the stage; SIZE_MAX: none */
  double utilisation; /* of that team; NAN without one */
  double queue_share; /* of the time that journeys spend in the funnel, in this stage's queue */
  double loss;        /* share of the stage's visits that end the journey without a win */
  double lost;        /* such journeys in the window, a week */
} fsim_lens;

/* lenses[n_stages], by a run of `replications`; the caller frees. */
int fsim_lenses_make(const fsim_variant *variant, uint32_t replications, int threads,
                     fsim_report *report, fsim_lens **lenses);

/* What a lever's path is about; SIZE_MAX: nothing of the kind. */
void fsim_lever_belongs(const fsim_scenario *scenario, const char *path, size_t *stage,
                        size_t *team, size_t *stream);

/* A sentence or two when the busiest team, the longest queue or the greatest loss is elsewhere than
 * the stage or team of the lever with most effect (SIZE_MAX: none); NULL when all agree or memory
 * is out. The caller frees. */
char *fsim_lenses_dissent(const fsim_scenario *scenario, const fsim_lens *lenses, size_t stage,
                          size_t team);

#endif
