#include "analysis/fit/backtest.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/naive.h"
#include "analysis/fit/past_errors.h"
#include "analysis/fit/scores.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"

#define WEEK INT64_C(604800)

const char *fsim_method_name(fsim_method method) {
  static const char *const names[] = {"model", "recent weeks", "chain ladder"};
  return names[method];
}

const char *fsim_scored_name(fsim_scored target) {
  return target == FSIM_SCORED_OPEN ? "open deals" : "all wins";
}

void fsim_backtest_free(fsim_backtest *backtest) {
  for (size_t c = 0; c < backtest->n_cuts; c++) {
    fsim_backtest_cut *cut = &backtest->cuts[c];
    for (int t = 0; t < FSIM_SCORED_KINDS; t++) {
      free(cut->seen[t]);
      for (int m = 0; m < FSIM_METHODS; m++) free(cut->futures[m][t]);
    }
  }
  free(backtest->cuts);
  *backtest = (fsim_backtest){0};
}

/* ---- one cut ---- */

static int count_seen(const fsim_log *log, size_t funnels, fsim_backtest_cut *cut,
                      fsim_report *report) {
  for (int t = 0; t < FSIM_SCORED_KINDS; t++) {
    cut->seen[t] = fsim_zeroed(cut->weeks, sizeof *cut->seen[t]);
    if (cut->seen[t] == NULL) return fsim_no_memory(report);
  }
  for (size_t c = 0; c < log->n_cases; c++) {
    const fsim_case *which = &log->cases[c];
    if (!fsim_log_counts_win(log, funnels, which) || which->closed < cut->cut) continue;
    size_t week = (size_t)((which->closed - cut->cut) / WEEK);
    if (week >= cut->weeks) continue;
    cut->seen[FSIM_SCORED_ALL][week] += 1;
    if (fsim_log_known_since(log, funnels, which) < cut->cut)
      cut->seen[FSIM_SCORED_OPEN][week] += 1;
  }
  return FSIM_OK;
}

static int forecast_with_model(const fsim_log *then, size_t funnels, const fsim_backtest_options *o,
                               fsim_report *report, fsim_backtest_cut *cut) {
  const fsim_fit_options fit = {
      .since = o->recent_weeks > 0 ? cut->cut - o->recent_weeks * WEEK : FSIM_NO_TIME,
      .calendar = true,
      .laws = o->laws,
      .teams = o->teams,
      .segments = o->segments};
  fsim_past_errors errors;
  int status = fsim_past_errors_of(then, funnels, &fit, o->recent_weeks, o->values_known, o->seed,
                                   o->threads, report, &errors);
  if (status != FSIM_OK) return status;
  fsim_fitted_set fitted = {0};
  fsim_model_text text = {0};
  fsim_forecast forecast = {0};
  status = fsim_estimate_set(then, funnels, &fit, report, &fitted);
  fsim_model_text_options write = {.scenario = "backtest",
                                   .weeks = (int)cut->weeks,
                                   .replications = o->replications,
                                   .seed = o->seed,
                                   .pace_sigma = errors.pace_sigma,
                                   .odds_sigma = errors.odds_sigma,
                                   .arrivals_sigma = errors.arrivals_sigma};
  if (status == FSIM_OK) status = fsim_write_model_text(then, &fitted, &write, report, &text);
  if (status == FSIM_OK)
    status = fsim_forecast_run(then, &text, &fitted, &write, o->threads, report, &forecast);
  if (status == FSIM_OK) {
    cut->futures[FSIM_METHOD_MODEL][FSIM_SCORED_OPEN] = forecast.open;
    cut->futures[FSIM_METHOD_MODEL][FSIM_SCORED_ALL] = forecast.all;
    forecast.open = forecast.all = NULL;
    cut->n_futures[FSIM_METHOD_MODEL] = forecast.n;
    cut->n_past = errors.n;
    cut->pace_sigma = write.pace_sigma;
    cut->odds_sigma = write.odds_sigma;
    cut->arrivals_sigma = write.arrivals_sigma;
  }
  fsim_forecast_free(&forecast);
  fsim_model_text_free(&text);
  fsim_fitted_set_free(&fitted);
  return status;
}

static int forecast_naively(const fsim_log *then, size_t funnels, const fsim_backtest_options *o,
                            fsim_report *report, fsim_backtest_cut *cut) {
  const int recent = o->recent_weeks > 0 ? o->recent_weeks : 12;
  int status = fsim_recent_weeks(then, funnels, recent, cut->weeks, report,
                                 &cut->futures[FSIM_METHOD_RECENT][FSIM_SCORED_ALL],
                                 &cut->n_futures[FSIM_METHOD_RECENT]);
  if (status == FSIM_OK)
    status = fsim_chain_ladder(then, funnels, recent, cut->weeks, report,
                               &cut->futures[FSIM_METHOD_LADDER][FSIM_SCORED_OPEN],
                               &cut->futures[FSIM_METHOD_LADDER][FSIM_SCORED_ALL],
                               &cut->n_futures[FSIM_METHOD_LADDER]);
  return status;
}

static int run_cut(const fsim_log *log, size_t funnels, const fsim_backtest_options *o,
                   fsim_report *report, fsim_backtest_cut *cut) {
  char date[32];
  fsim_format_date((int32_t)(cut->cut / 86400), date, sizeof date);
  if (cut->cut <= log->begin + 2 * WEEK)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "--cut %s: the log knows less than two weeks before that day", date);
  if (cut->cut + WEEK > log->end)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "--cut %s: the log ends within a week of that day; there is nothing to "
                          "compare with",
                          date);
  cut->weeks = (size_t)((log->end - cut->cut) / WEEK);
  if (cut->weeks > (size_t)o->weeks) cut->weeks = (size_t)o->weeks;
  fsim_log *then = NULL;
  int status = fsim_log_until(log, cut->cut, o->values_known, report, &then);
  if (status == FSIM_OK) status = count_seen(log, funnels, cut, report);
  if (status == FSIM_OK) status = forecast_with_model(then, funnels, o, report, cut);
  if (status == FSIM_OK) status = forecast_naively(then, funnels, o, report, cut);
  fsim_log_free(then);
  return status;
}

/* ---- scores ---- */

static const double levels[3] = {0.5, 0.8, 0.95};

static void score_week(fsim_backtest_score *score, const double *sorted, size_t n, double seen) {
  score->n++;
  score->crps += fsim_crps_fair(sorted, n, seen);
  score->interval_score += fsim_interval_score(sorted, n, 0.8, seen);
  for (int l = 0; l < 3; l++) score->covered[l] += fsim_covers(sorted, n, levels[l], seen);
  int tenth = (int)(10 * fsim_mid_pit(sorted, n, seen));
  score->pit[tenth > 9 ? 9 : tenth] += 1;
}

/* Adds the weeks of a cut; *mean_crps gets the cut's own mean. */
static int score_cut(const fsim_backtest_cut *cut, int m, int t, fsim_report *report,
                     fsim_backtest_score *score, double sums[2], double *mean_crps) {
  const size_t n = cut->n_futures[m];
  double *sorted = fsim_zeroed(n, sizeof *sorted);
  if (sorted == NULL) return fsim_no_memory(report);
  const double before = score->crps;
  for (size_t k = 0; k < cut->weeks; k++) {
    for (size_t r = 0; r < n; r++) {
      sorted[r] = cut->futures[m][t][r * cut->weeks + k];
      sums[0] += sorted[r] / (double)n;
    }
    sums[1] += cut->seen[t][k];
    gsl_sort(sorted, 1, n);
    score_week(score, sorted, n, cut->seen[t][k]);
  }
  *mean_crps = (score->crps - before) / (double)cut->weeks;
  free(sorted);
  return FSIM_OK;
}

static void finish_score(fsim_backtest_score *score, const double sums[2]) {
  const double n = (double)score->n;
  score->crps /= n;
  score->interval_score /= n;
  for (int l = 0; l < 3; l++) score->covered[l] /= n;
  for (int i = 0; i < 10; i++) score->pit[i] /= n;
  score->bias = sums[1] > 0 ? sums[0] / sums[1] - 1 : NAN;
}

/* Cuts whose horizons overlap: the most that one horizon reaches into. */
static size_t overlapping(const fsim_backtest *b) {
  size_t most = 0;
  for (size_t i = 0; i < b->n_cuts; i++) {
    size_t n = 0;
    for (size_t j = i + 1; j < b->n_cuts; j++)
      n += b->cuts[j].cut < b->cuts[i].cut + (int64_t)b->cuts[i].weeks * WEEK;
    if (n > most) most = n;
  }
  return most;
}

static int score_all(fsim_backtest *b, fsim_report *report) {
  double *loss = fsim_zeroed(b->n_cuts * FSIM_METHODS, sizeof *loss);
  if (loss == NULL) return fsim_no_memory(report);
  int status = FSIM_OK;
  for (int t = 0; t < FSIM_SCORED_KINDS; t++) {
    for (int m = 0; m < FSIM_METHODS && status == FSIM_OK; m++) {
      double sums[2] = {0};
      if (b->cuts[0].futures[m][t] == NULL) continue;
      for (size_t c = 0; c < b->n_cuts && status == FSIM_OK; c++)
        status = score_cut(&b->cuts[c], m, t, report, &b->score[m][t], sums,
                           &loss[(size_t)m * b->n_cuts + c]);
      if (status != FSIM_OK) break;
      finish_score(&b->score[m][t], sums);
      fsim_diebold_mariano(loss, loss + (size_t)m * b->n_cuts, b->n_cuts, overlapping(b),
                           &b->gain[m][t], &b->gain_error[m][t]);
    }
  }
  free(loss);
  return status;
}

int fsim_backtest_run(const fsim_log *log, size_t funnels, const fsim_backtest_options *options,
                      fsim_report *report, fsim_backtest *backtest) {
  const bool leads = !log->orders && funnels == FSIM_ALL_FUNNELS && log->n_funnels > 1;
  *backtest = (fsim_backtest){.n_cuts = options->n_cuts,
                              .weeks = (size_t)options->weeks,
                              .known = log->orders ? "customers known"
                                       : leads     ? "deals and leads known"
                                                   : "deals open"};
  backtest->cuts = fsim_zeroed(options->n_cuts, sizeof *backtest->cuts);
  if (backtest->cuts == NULL) return fsim_no_memory(report);
  int status = FSIM_OK;
  for (size_t c = 0; c < options->n_cuts && status == FSIM_OK; c++) {
    backtest->cuts[c].cut = options->cuts[c];
    status = run_cut(log, funnels, options, report, &backtest->cuts[c]);
    if (options->progress) options->progress(options->context, c + 1, options->n_cuts);
  }
  return status == FSIM_OK ? score_all(backtest, report) : status;
}
