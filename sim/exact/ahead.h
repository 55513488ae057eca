/* What journeys still bring: expected outcomes within the window, by where and when they go on.
 *
 * One adjoint solution (I - Q(z))^-1 w a frequency gives, for a journey that enters any node, the
 * outcomes within any time from there (sim/exact/exact.h has the method); those within the window
 * are what comes by the horizon less what comes by the end of the warm-up. Links are followed.
 * Teams are not seen: neither queues nor work take time here. Laws are those before any change, and
 * paces stand at 1: where these matter, what it says is a weight, no expectation. */
#ifndef FSIM_EXACT_AHEAD_H
#define FSIM_EXACT_AHEAD_H

#include "sim/model/scenario.h"

typedef struct fsim_ahead_question {
  const double *weight; /* [n_metrics][n_outcomes]: what an outcome within the window counts */
  size_t n_metrics;
  const fsim_target *from; /* a journey's first entry into a stage; or an outcome: then what follows
                              by links, the outcome itself left out */
  size_t n_from;
  size_t points; /* of the table, a power of two; figures between them are interpolated */
} fsim_ahead_question;

typedef struct fsim_ahead {
  size_t n_from, n_metrics, n; /* points 0 … n */
  double step_s;
  double *expected; /* [n_from][n_metrics][n + 1] of what goes on from there at point k */
} fsim_ahead;

/* For leads of one profile. FSIM_BAD_INPUT where the exact engine has no answer. */
int fsim_ahead_make(const fsim_scenario *scenario, size_t profile,
                    const fsim_ahead_question *question, fsim_report *report, fsim_ahead **ahead);
void fsim_ahead_free(fsim_ahead *ahead);
/* Weights for wins of each funnel, then for their mean value: [2 n_funnels][n_outcomes]. */
void fsim_ahead_worth(const fsim_scenario *scenario, size_t profile, double *weight);
/* At a time of 0 … horizon. */
double fsim_ahead_at(const fsim_ahead *ahead, size_t from, size_t metric, double t_s);

#endif
