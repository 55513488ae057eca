#include "analysis/fit/week_frailty.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/fit/week_swing.h"
#include "sim/base/array.h"

#define ROUNDS 8
#define CLOSE 2e-3
/* Below this no weeks are told apart. */
#define LEAST_CV 0.01
/* A quiet week has a factor of its own, which nothing draws towards 1: half a win (Jeffreys' prior
 * of a Poisson rate) keeps it above 0. */
#define QUIET_NU 0.5

/* New cases of each week, also those that follow others. */
static void count_begun(const fsim_log *log, size_t funnel, const fsim_log_weeks *weeks,
                        double *begun) {
  for (size_t c = 0; c < log->n_cases; c++) {
    const fsim_case *which = &log->cases[c];
    const size_t week = fsim_log_week(weeks, which->created);
    if ((size_t)which->funnel == funnel && which->seen_from <= which->created && week != SIZE_MAX)
      begun[week] += 1;
  }
}

/* The factor on all rates at which the likelihood of the counts is highest: a step of EM moves the
 * common level only by nu / (nu + E) of what is missing (ECME: Liu & Rubin, Biometrika 81, 1994).
 * Quiet weeks say nothing of it. */
static double level_of(const fsim_week_wins *w, const fsim_quiet_weeks *quiet, double nu) {
  double level = 1;
  for (int round = 0; round < 50; round++) {
    double seen = w->seen_before, expected = level * w->expected_before;
    for (size_t k = 0; k < w->weeks.n; k++) {
      if (fsim_week_is_quiet(quiet, k)) continue;
      const double mean = level * w->expected[k], weight = nu / (nu + mean);
      seen += weight * w->seen[k];
      expected += weight * mean;
    }
    if (!(seen > 0) || !(expected > 0)) return 1;
    level *= seen / expected;
    if (fabs(seen / expected - 1) < CLOSE / 10) break;
  }
  return level;
}

/* Sets the factors; returns how much the one that moved most did. */
static double set_factors(const fsim_week_wins *w, const fsim_fitted_funnel *f) {
  const double nu = 1 / pow(fmax(f->swing.cv, LEAST_CV), 2);
  const double level = level_of(w, &f->quiet, nu);
  double moved = 0;
  for (size_t k = 0; k < w->weeks.n; k++) {
    const int64_t begin = w->weeks.first + (int64_t)k * FSIM_WEEK_S;
    const fsim_quiet_span *quiet = fsim_quiet_span_at(&f->quiet, begin);
    const double mean = level * w->expected[k], own = quiet != NULL ? QUIET_NU : nu;
    const bool before = begin < f->stays.begin; /* what is fitted: nothing is seen of it */
    double factor = before ? 1 : (own + w->seen[k]) / (own + mean);
    if (quiet != NULL && before) factor = fmax(quiet->wins, 0.05);
    moved = fmax(moved, fabs(factor - f->pace->factor[k]));
    f->pace->factor[k] = factor;
    f->quiet_pace->factor[k] = quiet != NULL ? factor : 1;
  }
  fsim_week_pace_sum(f->pace);
  fsim_week_pace_sum(f->quiet_pace);
  return moved;
}

static int refit(const fsim_log *log, fsim_fitted_funnel *f, fsim_report *report) {
  int status = FSIM_OK;
  for (size_t s = 0; s < f->n_stages && status == FSIM_OK; s++) {
    fsim_stage_stays *stays = &f->stays.stage[s];
    if (f->stage[s].is_work) continue;
    stays->pace = fsim_stage_swings(log, f, s) ? f->pace : f->quiet.n > 0 ? f->quiet_pace : NULL;
    if (stays->pace != NULL)
      status = fsim_hazard_refit(stays, f->stays.by_day, report, &f->stage[s].hazard);
  }
  return status;
}

static int find_quiet(const fsim_log *log, const fsim_week_wins *wins, fsim_fitted_funnel *f,
                      fsim_report *report) {
  double *begun = fsim_zeroed(wins->weeks.n, sizeof *begun);
  if (begun == NULL) return fsim_no_memory(report);
  count_begun(log, f->stays.funnel, &wins->weeks, begun);
  const int status =
      fsim_quiet_weeks_of(&wins->weeks, wins->seen, wins->expected, begun, report, &f->quiet);
  free(begun);
  return status;
}

/* *moved gets how much the factor that moved most did. */
static int one_round(const fsim_log *log, bool find, fsim_report *report, fsim_fitted_funnel *f,
                     double *moved) {
  fsim_week_wins wins;
  int status = fsim_week_wins_of(log, f, 1, report, &wins);
  if (status == FSIM_OK && find) status = find_quiet(log, &wins, f, report);
  if (status == FSIM_OK) {
    if (find) f->swing = fsim_week_swing_of(&wins, &f->quiet);
    *moved = set_factors(&wins, f);
    status = refit(log, f, report);
  }
  fsim_week_wins_free(&wins);
  return status;
}

static int go_round(const fsim_log *log, bool find, fsim_report *report, fsim_fitted_funnel *f) {
  int status = FSIM_OK;
  double moved = INFINITY;
  for (int round = 0; round < ROUNDS && moved > CLOSE && status == FSIM_OK; round++)
    status = one_round(log, find, report, f, &moved);
  return status;
}

int fsim_find_weeks(const fsim_log *log, fsim_report *report, fsim_fitted_funnel *f) {
  const fsim_log_weeks weeks = fsim_log_weeks_of(log->begin, log->end);
  f->pace = fsim_week_pace_new(&weeks, report);
  f->quiet_pace = f->pace == NULL ? NULL : fsim_week_pace_new(&weeks, report);
  return f->quiet_pace == NULL ? FSIM_FAILED : go_round(log, true, report, f);
}

int fsim_fit_week_pace(const fsim_log *log, fsim_report *report, fsim_fitted_funnel *f) {
  return go_round(log, false, report, f);
}
