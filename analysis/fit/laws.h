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
#include "sim/base/text.h"

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
  double resolution; /* an end came in so long a step after its age (86400 for dates), 0 = exact;
                      * ages may then be below 0 by less than that */
} fsim_stays;

typedef enum fsim_law_kind {
  FSIM_LAW_EXPONENTIAL,
  FSIM_LAW_GAMMA,
  FSIM_LAW_WEIBULL,
  FSIM_LAW_LOGNORMAL,
  FSIM_LAW_LOGLOGISTIC,
  FSIM_LAW_KINDS
} fsim_law_kind;

#define FSIM_MOST_LAW_PARTS 2

/* Which laws an exit has: one, or a mixture of two. */
typedef struct fsim_law_spec {
  size_t n_parts;
  fsim_law_kind kind[FSIM_MOST_LAW_PARTS];
} fsim_law_spec;

typedef struct fsim_exit_law {
  double share; /* p_k */
  size_t n_parts;
  struct {
    fsim_law_kind kind;
    double weight;       /* sums to 1 over the parts */
    double parameter[2]; /* in the order of fsim_law_kind's names in model files */
  } part[FSIM_MOST_LAW_PARTS];
} fsim_exit_law;

typedef struct fsim_stage_fit {
  size_t n_exits;
  fsim_exit_law *exit; /* [n_exits], owned */
  double never;        /* p_0, 0 when not part of the model */
  double log_likelihood;
  size_t n_theta;
  /* [n_theta], owned, on unbounded scales: log(p_k / p_1) of the exits k = 2 …, then log(p_0 / p_1)
   * if a share may never leave, then for each exit, if it has two parts, the logit of the first
   * one's weight, and the logarithms of the parameters of its parts. */
  double *theta;
  double *covariance; /* [n_theta * n_theta], owned: inverse observed information; NAN: singular */
  double aic, bic;    /* BIC with n = number of stays */
  double bic_events;  /* with n = number of ends (Volinsky & Raftery, Biometrics 56, 2000) */
  bool share_identified; /* false: follow-up ends before the laws do, so that a slow law and a share
                          * that never leaves look the same (Maller & Zhou 1996) */
} fsim_stage_fit;

/* Given laws for each exit; maximum likelihood from several starts (GSL's BFGS, then simplex).
 * FSIM_BAD_INPUT when some exit was never seen. Free with fsim_stage_fit_free. */
int fsim_fit_laws(const fsim_stays *stays, const fsim_law_spec *spec_of_exit, bool may_never,
                  fsim_report *report, fsim_stage_fit **fit);

typedef struct fsim_fit_choice {
  bool mixtures_of_two; /* also mixtures of two lognormals */
  bool may_never;       /* also a share that never leaves */
} fsim_fit_choice;

/* The best by BIC. Kinds are tried exit by exit with the other exits as they are. */
int fsim_choose_laws(const fsim_stays *stays, const fsim_fit_choice *choice, fsim_report *report,
                     fsim_stage_fit **fit);
/* Whether a part of a mixture rests on so few ends that it is no law but a handful that happen to
 * be alike. Never so of what fsim_choose_laws gives; laws that are fitted further may become so. */
bool fsim_laws_are_thin(const fsim_stays *stays, const fsim_stage_fit *fit);

int fsim_stage_fit_copy(const fsim_stage_fit *fit, fsim_report *report, fsim_stage_fit **copy);
void fsim_stage_fit_free(fsim_stage_fit *fit);

/* Share of all that enter that has left by this exit by an age. */
double fsim_fit_incidence(const fsim_stage_fit *fit, size_t exit, double age);

/* The largest distance over ages and exits between fitted and nonparametric incidence, as a share
 * of all that enter. With resolution, the steps of days are compared where days end. */
int fsim_fit_distance(const fsim_stays *stays, const fsim_stage_fit *fit, fsim_report *report,
                      double *distance);

/* A wait as a model file writes it, from ages in seconds: "{lognormal: {median: 3.2 d, sigma:
 * 0.8}}", or a mixture of two. */
void fsim_exit_law_append(const fsim_exit_law *law, fsim_text *text);

#endif
