/* Laws of waits with competing exits, fitted to censored and left-truncated stays.
 *
 * A stay in a stage ends by one of n exits after a wait, or is still open. DESIGN's semantics draw
 * the exit on entry: exit k has share p_k and its own wait with density f_k, and a share p_0 = 1 -
 * sum p_k may never leave. A closed stay contributes p_k f_k(t) (or its probability between t and
 * t + resolution), an open one p_0 + sum p_k S_k(t), and one that is under observation only from
 * age a is divided by p_0 + sum p_k S_k(a) (Larson & Dinse, Applied Statistics 34, 1985). */
#ifndef FSIM_ANALYSIS_FIT_LAWS_H
#define FSIM_ANALYSIS_FIT_LAWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/report.h"
#include "sim/random/distribution.h"

/* One stay. Ages in seconds (or any one unit: the laws are then in that unit). */
typedef struct fsim_stay {
  double from;  /* under observation from this age; 0 for nearly all */
  double to;    /* its end, or its age when last seen open */
  int32_t exit; /* 0 .. n_exits-1, or -1 while it is open */
  float weight; /* 1 for nearly all; recent stays may weigh more */
} fsim_stay;

typedef struct fsim_stays {
  const fsim_stay *stay;
  size_t n;
  size_t n_exits;
  double resolution; /* ages are rounded down to multiples of this (86400 for dates), 0 = exact */
} fsim_stays;

/* One law of one exit as the likelihood knows it: theta are its free parameters on unbounded
 * scales (logs of scales and shapes, logits of shares). */
typedef enum fsim_law_kind {
  FSIM_LAW_EXPONENTIAL,
  FSIM_LAW_GAMMA,
  FSIM_LAW_WEIBULL,
  FSIM_LAW_LOGNORMAL,
  FSIM_LAW_LOGLOGISTIC,
  FSIM_LAW_KINDS
} fsim_law_kind;

#define FSIM_MOST_LAW_PARTS 2

typedef struct fsim_exit_law {
  double share;   /* p_k */
  size_t n_parts; /* 1, or 2 for a mixture of two laws */
  struct {
    fsim_law_kind kind;
    double weight;       /* sums to 1 over the parts */
    double parameter[2]; /* mean | shape, scale | shape, scale | median, sigma | median, shape */
  } part[FSIM_MOST_LAW_PARTS];
} fsim_exit_law;

typedef struct fsim_stage_fit {
  size_t n_exits;
  fsim_exit_law *exit; /* [n_exits], owned */
  double never;        /* p_0, 0 when not part of the model */
  double log_likelihood;
  size_t n_theta;
  double *theta;      /* [n_theta], owned: logit-shares first, then the laws' in order */
  double *covariance; /* [n_theta * n_theta], owned: inverse observed information */
  double aic, bic;    /* BIC with n = number of stays, see bic_events for n = number of ends */
  double bic_events;
  bool share_identified; /* false: the follow-up is too short to tell a slow law from a share that
                          * never leaves (Maller & Zhou 1996) */
} fsim_stage_fit;

typedef struct fsim_fit_choice {
  bool mixtures_of_two;       /* try them when the plain laws do not fit */
  bool may_never;             /* let a share never leave (needed where old stays stay open) */
  const fsim_law_kind *kinds; /* NULL = all five */
  size_t n_kinds;
} fsim_fit_choice;

/* One given kind of law for each exit; maximum likelihood from several starts. */
int fsim_fit_laws(const fsim_stays *stays, const fsim_law_kind *kind_of_exit, bool may_never,
                  fsim_report *report, fsim_stage_fit **fit);
/* The best by BIC over kinds (and mixtures), searched exit by exit until no change helps. */
int fsim_choose_laws(const fsim_stays *stays, const fsim_fit_choice *choice, fsim_report *report,
                     fsim_stage_fit **fit);
void fsim_stage_fit_free(fsim_stage_fit *fit);

/* Distance between fitted and nonparametric cumulative incidence of each exit, the largest over
 * ages, with the p-value of a parametric bootstrap (fitted parameters make tables wrong).
 * n_boot 0: the distance only, *p NAN. Keyed by `seed`: the same answer every time. */
int fsim_fit_distance(const fsim_stays *stays, const fsim_stage_fit *fit, size_t n_boot,
                      uint64_t seed, fsim_report *report, double *distance, double *p);

/* The wait of one exit as a distribution that the simulator draws from; NULL = memory. */
fsim_distribution *fsim_exit_law_distribution(const fsim_exit_law *law);
/* Parameter names and values as a model file writes them, e.g. "lognormal: {median: 3.2 d, sigma:
 * 0.8}" from seconds. Returns buffer. */
char *fsim_exit_law_text(const fsim_exit_law *law, char *buffer, size_t size);

#endif
