/* The best of several plans, with a guaranteed probability of having chosen right.
 *
 * KN (Kim & Nelson, ACM TOMACS 11, 2001): after n0 replications of all plans the variances of their
 * differences are taken; then plans go out one after the other as soon as they are clearly behind,
 * and the others go on. If the best leads the second by `delta`, it is chosen with probability
 * >= 1 - alpha, for normal values and under common random numbers; plans nearer to each other than
 * delta are equally welcome. */
#ifndef FSIM_ANALYSIS_DECIDE_SELECT_H
#define FSIM_ANALYSIS_DECIDE_SELECT_H

#include <stdio.h>

#include "analysis/decide/outputs.h"

typedef struct fsim_selection {
  size_t n;              /* plans */
  double delta, eta, h2; /* KN's constants */
  double *variance;      /* [n][n] of differences, from the first n0 */
  bool *in;              /* [n] still in */
  bool *equal;           /* [n] went out for being equal to the one that is left */
  size_t *out_at;        /* [n] replications at which it went out; 0: still in */
  size_t looked;         /* replications judged so far */
  size_t left;           /* plans still in */
} fsim_selection;

/* values[plan][replication]; larger is better. `n0` >= 2. Free also after an error. */
int fsim_selection_begin(const double *const *values, size_t n, size_t n0, double alpha,
                         double delta, fsim_report *report, fsim_selection *selection);
/* Judges replication after replication up to `to`, of which the plans still in have values; stops
 * when one is left. Plans that are not told apart once chance allows no more lead (after
 * max h2 S^2 / delta^2 replications) have equal means: the first of them is left. */
int fsim_selection_go(fsim_selection *selection, const double *const *values, size_t to,
                      fsim_report *report);
void fsim_selection_free(fsim_selection *selection);

typedef struct fsim_best_options {
  const char *metric; /* no ratio */
  double confidence;  /* 0: the base's */
  double delta;       /* share of the base's mean that matters to the planner */
  fsim_outputs_options run;
} fsim_best_options;

typedef struct fsim_best {
  const fsim_variant *variants; /* not owned */
  size_t n, chosen;
  fsim_measure *measures; /* [n] */
  fsim_outputs *outputs;  /* [n] */
  double confidence, delta;
  bool in_pairs;        /* replications come in pairs: units are pairs */
  fsim_report *remarks; /* warnings: seeds or weeks that differ */
  fsim_selection selection;
} fsim_best;

/* More than so many replications of a plan are not tried. */
#define FSIM_MOST_FOR_BEST 100000

/* Simulates until one plan is left. Result files are FSIM_BAD_INPUT: they cannot be continued; so
 * are plans that cannot be compared (fsim_check_alike). FSIM_FAILED when FSIM_MOST_FOR_BEST
 * replications do not do. */
int fsim_best_find(const fsim_variant *variants, size_t n, const fsim_best_options *options,
                   fsim_report *report, fsim_best **best);
void fsim_best_free(fsim_best *best);
int fsim_best_text(const fsim_best *best, FILE *out, fsim_report *report);
int fsim_best_json(const fsim_best *best, FILE *out, fsim_report *report);

#endif
