/* Figures of endless time for leads of one profile, and their derivatives by every lever.
 *
 * Without a horizon everything that was begun ends, so the times only matter through their moments:
 * N = (I - Q)^-1 counts visits (Kemeny & Snell 1960), and the first two moments of the time to an
 * outcome follow from it one after another. Three solutions forward and three back give the
 * derivatives by all levers at once (Caswell 2019).
 *
 * Teams' queues, patience and the effect of waiting are left out, as in model/chain.h; work time is
 * counted. Ages of drop rules stand still when a lever moves, and so do the laws of races. */
#ifndef FSIM_EXACT_LONG_RUN_H
#define FSIM_EXACT_LONG_RUN_H

#include "sim/exact/exact.h"

typedef enum fsim_long_run_figure {
  FSIM_LONG_RUN_SHARE,      /* of a funnel's journeys: sum of weight over how they end */
  FSIM_LONG_RUN_VISITS,     /* of a stage, by one journey of its funnel */
  FSIM_LONG_RUN_MEAN,       /* seconds from a journey's start to its end, each counted by weight */
  FSIM_LONG_RUN_VARIANCE,   /* of the same, square seconds */
  FSIM_LONG_RUN_WIN_AT_AGE, /* sum of weight over how a journey ends that is in a stage for the
                               first time, and for that long; `drop` of that stage left out */
  FSIM_LONG_RUN_FLOW        /* sum of weight over journeys that end, per second, of all funnels and
                               through all links, at the streams' mean rates */
} fsim_long_run_figure;

typedef struct fsim_long_run_question {
  fsim_long_run_figure figure;
  size_t funnel;        /* share, mean, variance */
  size_t stage;         /* global: visits, win at age */
  double age_s;         /* win at age: below the deadline of `expire` */
  const double *weight; /* [n_outcomes]; NULL: each win counts 1 */
} fsim_long_run_question;

typedef struct fsim_long_run fsim_long_run;

/* The scenario must outlive it. Refused: paces, and more stages and counted visits than the exact
 * engine takes. */
int fsim_long_run_make(const fsim_scenario *scenario, size_t profile, fsim_report *report,
                       fsim_long_run **long_run);
void fsim_long_run_free(fsim_long_run *long_run);

/* The levers of every answer, in their order. */
size_t fsim_long_run_n_levers(const fsim_long_run *long_run);

/* *answer, and the levers with the answer's derivatives: [n_levers], NULL: not wanted. The answer
 * is NAN where there is nothing to average. FSIM_BAD_INPUT when links lead round for ever. */
int fsim_long_run_ask(fsim_long_run *long_run, const fsim_long_run_question *question,
                      fsim_report *report, double *answer, fsim_exact_lever *levers);

#endif
