/* How well a fitted model would have forecast the past.
 *
 * At each cut the log is taken as it stood then, a model is fitted and simulated, and the weeks
 * that followed are compared with what happened: wins of what was known at the cut (open deals;
 * with leads and their deals, also those of known leads; of orders, those of known customers), and
 * all. Beside it stand naive forecasts made from the same knowledge. */
#ifndef FSIM_ANALYSIS_FIT_BACKTEST_H
#define FSIM_ANALYSIS_FIT_BACKTEST_H

#include "analysis/fit/forecast.h"

typedef enum fsim_scored { FSIM_SCORED_OPEN, FSIM_SCORED_ALL, FSIM_SCORED_KINDS } fsim_scored;

typedef enum fsim_method {
  FSIM_METHOD_MODEL,  /* the fitted scenario, simulated */
  FSIM_METHOD_RECENT, /* the last weeks, as likely as each other */
  FSIM_METHOD_LADDER, /* wins by age of the cohort in the last weeks (chain ladder, additive) */
  FSIM_METHODS
} fsim_method;

typedef struct fsim_backtest_options {
  const int64_t *cuts; /* [n_cuts] midnights, rising */
  size_t n_cuts;
  int weeks;        /* horizon */
  int recent_weeks; /* fitted on what was observed in the last so many weeks; 0: all */
  bool laws;        /* waits by laws where these fit */
  bool teams;       /* where work is recorded */
  bool segments;    /* values of attributes told apart where they differ */
  int replications;
  uint64_t seed;
  int threads;
  bool values_known; /* values of open deals are known before they win */
  void (*progress)(void *context, size_t done, size_t of);
  void *context;
} fsim_backtest_options;

/* Scores of a method and target, averaged over all weeks of all cuts. */
typedef struct fsim_backtest_score {
  size_t n; /* weeks scored; 0: the method does not forecast this */
  double crps, interval_score;
  double covered[3]; /* shares of weeks inside the central 50, 80 and 95 % */
  double bias;       /* mean forecast / mean seen - 1 */
  double pit[10];    /* share of weeks with the mid-PIT in each tenth */
} fsim_backtest_score;

typedef struct fsim_backtest_cut {
  int64_t cut;
  size_t weeks;                                     /* of the horizon that the log covers */
  double *seen[FSIM_SCORED_KINDS];                  /* [weeks] */
  double *futures[FSIM_METHODS][FSIM_SCORED_KINDS]; /* [n][weeks]; NULL: none */
  size_t n_futures[FSIM_METHODS];
  double pace_sigma, odds_sigma, arrivals_sigma; /* as used */
  size_t n_past;                                 /* past forecasts that these rest on */
} fsim_backtest_cut;

typedef struct fsim_backtest {
  fsim_backtest_cut *cuts;
  size_t n_cuts;
  size_t weeks;      /* of the horizon that was asked for */
  const char *known; /* what FSIM_SCORED_OPEN is of: "deals open", "customers known" at the cut */
  fsim_backtest_score score[FSIM_METHODS][FSIM_SCORED_KINDS];
  /* CRPS of the model less that of the method, with the error of that difference. */
  double gain[FSIM_METHODS][FSIM_SCORED_KINDS], gain_error[FSIM_METHODS][FSIM_SCORED_KINDS];
} fsim_backtest;

/* FSIM_BAD_INPUT when a cut leaves nothing to fit or nothing to compare. Free with
 * fsim_backtest_free also after an error. */
int fsim_backtest_run(const fsim_log *log, size_t funnels, const fsim_backtest_options *options,
                      fsim_report *report, fsim_backtest *backtest);
void fsim_backtest_free(fsim_backtest *backtest);

const char *fsim_method_name(fsim_method method);
const char *fsim_scored_name(fsim_scored target);

#endif
