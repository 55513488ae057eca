#include "analysis/fit/backtest_print.h"

#include <errno.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analysis/fit/scores.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

#define FEW_CUTS 12 /* below it, coverage can hardly be judged */

static char *date_of(int64_t time, char *buffer, size_t size) {
  return fsim_format_date((int32_t)(time / 86400), buffer, size);
}

/* ---- words ---- */

static double mean_of_week(const fsim_backtest_cut *cut, int target, size_t week) {
  const size_t n = cut->n_futures[FSIM_METHOD_MODEL];
  double sum = 0;
  for (size_t r = 0; r < n; r++)
    sum += cut->futures[FSIM_METHOD_MODEL][target][r * cut->weeks + week];
  return sum / (double)n;
}

/* Total of the horizon in all futures, sorted; the caller frees. */
static double *totals(const fsim_backtest_cut *cut, int target) {
  const size_t n = cut->n_futures[FSIM_METHOD_MODEL];
  double *total = fsim_zeroed(n, sizeof *total);
  if (total == NULL) return NULL;
  for (size_t r = 0; r < n; r++) {
    for (size_t k = 0; k < cut->weeks; k++)
      total[r] += cut->futures[FSIM_METHOD_MODEL][target][r * cut->weeks + k];
  }
  gsl_sort(total, 1, n);
  return total;
}

static void print_title(const fsim_backtest *b, int target, FILE *out) {
  if (target == FSIM_SCORED_OPEN)
    fprintf(out, "\nWins of %s at the cut", b->known);
  else
    fprintf(out, "\nAll wins");
}

static int print_cuts(const fsim_backtest *b, int target, FILE *out, fsim_report *report) {
  print_title(b, target, out);
  fprintf(out, ", whole horizon of each cut\n");
  fprintf(out, "%-12s %6s %9s %9s   %s\n", "cut", "weeks", "seen", "forecast", "p10 to p90");
  for (size_t c = 0; c < b->n_cuts; c++) {
    const fsim_backtest_cut *cut = &b->cuts[c];
    double *total = totals(cut, target), seen = 0;
    if (total == NULL) return fsim_no_memory(report);
    const size_t n = cut->n_futures[FSIM_METHOD_MODEL];
    for (size_t k = 0; k < cut->weeks; k++) seen += cut->seen[target][k];
    char date[32];
    double low = gsl_stats_quantile_from_sorted_data(total, 1, n, 0.1);
    double high = gsl_stats_quantile_from_sorted_data(total, 1, n, 0.9);
    fprintf(out, "%-12s %6zu %9.0f %9.0f   %.0f to %.0f%s\n", date_of(cut->cut, date, sizeof date),
            cut->weeks, seen, gsl_stats_mean(total, 1, n), low, high,
            seen < low    ? "  (fewer)"
            : seen > high ? "  (more)"
                          : "");
    free(total);
  }
  return FSIM_OK;
}

static void print_scores(const fsim_backtest *b, int target, FILE *out) {
  const fsim_backtest_score *model = &b->score[FSIM_METHOD_MODEL][target];
  print_title(b, target, out);
  fprintf(out, ", week by week: %zu week%s of %zu cut%s\n", model->n, model->n == 1 ? "" : "s",
          b->n_cuts, b->n_cuts == 1 ? "" : "s");
  fprintf(out, "%-14s %7s %18s %7s   %s\n", "method", "CRPS", "in 50 / 80 / 95 %", "bias",
          "CRPS against the model's");
  for (int m = 0; m < FSIM_METHODS; m++) {
    const fsim_backtest_score *s = &b->score[m][target];
    if (s->n == 0) continue;
    fprintf(out, "%-14s %7.2f %6.0f /%3.0f /%3.0f %% %+6.0f %%", fsim_method_name((fsim_method)m),
            s->crps, 100 * s->covered[0], 100 * s->covered[1], 100 * s->covered[2], 100 * s->bias);
    if (m != FSIM_METHOD_MODEL && isfinite(b->gain_error[m][target]))
      fprintf(out, "   %+.1f, give or take %.1f", -b->gain[m][target],
              2 * b->gain_error[m][target]);
    fprintf(out, "\n");
  }
  fprintf(out, "PIT of the model in tenths, %% (10 each when calibrated):");
  for (int i = 0; i < 10; i++) fprintf(out, " %.0f", 100 * model->pit[i]);
  fprintf(out, "\n");
}

/* Whether nothing was won and nothing was to be: bias and coverage mean nothing then. */
static bool nothing_to_win(const fsim_backtest *b, int target) {
  for (size_t c = 0; c < b->n_cuts; c++) {
    const fsim_backtest_cut *cut = &b->cuts[c];
    for (size_t k = 0; k < cut->weeks; k++) {
      if (cut->seen[target][k] > 0 || mean_of_week(cut, target, k) > 0) return false;
    }
  }
  return true;
}

int fsim_backtest_text(const fsim_backtest *backtest, FILE *out, fsim_report *report) {
  int status = FSIM_OK;
  for (int t = 0; t < FSIM_SCORED_KINDS && status == FSIM_OK; t++) {
    if (nothing_to_win(backtest, t)) {
      print_title(backtest, t, out);
      fprintf(out, ": none, and none was forecast.\n");
      continue;
    }
    status = print_cuts(backtest, t, out, report);
    print_scores(backtest, t, out);
  }
  double sigma = 0;
  size_t past = 0, shorter = 0;
  for (size_t c = 0; c < backtest->n_cuts; c++) {
    sigma += backtest->cuts[c].pace_sigma / (double)backtest->n_cuts;
    past += backtest->cuts[c].n_past;
    shorter += backtest->cuts[c].weeks < backtest->weeks;
  }
  if (shorter > 0)
    fprintf(out,
            "\nFewer than the %zu weeks asked for in %zu of %zu cut%s: the export ends there.\n",
            backtest->weeks, shorter, backtest->n_cuts, backtest->n_cuts == 1 ? "" : "s");
  fprintf(out,
          "\nEach cut knows only what was known then. Beyond chance, level and pace were taken to "
          "be unsure by %.0f %% on average, from %zu earlier forecasts inside the known past.\n",
          100 * sigma, past);
  if (backtest->n_cuts == 1)
    fprintf(out, "With 1 cut coverage is known only roughly.\n");
  else if (backtest->n_cuts < FEW_CUTS)
    fprintf(out, "With %zu cuts, whose weeks overlap, coverage is known only roughly.\n",
            backtest->n_cuts);
  fprintf(out, "CRPS: distance between forecast and truth in wins a week, less is better.\n");
  return ferror(out) ? fsim_failure(report, FSIM_NOWHERE, "cannot write the backtest") : status;
}

/* ---- JSON ---- */

static json_t *score_json(const fsim_backtest *b, int m, int t) {
  const fsim_backtest_score *s = &b->score[m][t];
  json_t *pit = json_array();
  for (int i = 0; i < 10; i++) json_array_append_new(pit, json_real(s->pit[i]));
  json_t *record = json_pack(
      "{s:s,s:s,s:I,s:f,s:f,s:f,s:f,s:f,s:o,s:o}", "method", fsim_method_name((fsim_method)m),
      "target", fsim_scored_name((fsim_scored)t), "weeks", (json_int_t)s->n, "crps", s->crps,
      "interval_score_80", s->interval_score, "covered_50", s->covered[0], "covered_80",
      s->covered[1], "covered_95", s->covered[2], "bias",
      isfinite(s->bias) ? json_real(s->bias) : json_null(), "pit", pit);
  if (record != NULL && m != FSIM_METHOD_MODEL && isfinite(b->gain_error[m][t])) {
    json_object_set_new(record, "crps_above_model", json_real(-b->gain[m][t]));
    json_object_set_new(record, "crps_above_model_error", json_real(b->gain_error[m][t]));
  }
  return record;
}

static json_t *week_json(const fsim_backtest_cut *cut, int t, size_t k, double *sorted) {
  const size_t n = cut->n_futures[FSIM_METHOD_MODEL];
  for (size_t r = 0; r < n; r++) sorted[r] = cut->futures[FSIM_METHOD_MODEL][t][r * cut->weeks + k];
  gsl_sort(sorted, 1, n);
  return json_pack(
      "{s:s,s:I,s:f,s:f,s:f,s:f,s:f,s:f,s:f}", "target", fsim_scored_name((fsim_scored)t), "week",
      (json_int_t)k + 1, "seen", cut->seen[t][k], "mean", mean_of_week(cut, t, k), "p10",
      gsl_stats_quantile_from_sorted_data(sorted, 1, n, 0.1), "p50",
      gsl_stats_quantile_from_sorted_data(sorted, 1, n, 0.5), "p90",
      gsl_stats_quantile_from_sorted_data(sorted, 1, n, 0.9), "crps",
      fsim_crps_fair(sorted, n, cut->seen[t][k]), "pit", fsim_mid_pit(sorted, n, cut->seen[t][k]));
}

static json_t *cut_json(const fsim_backtest_cut *cut) {
  char date[32];
  json_t *weeks = json_array();
  double *sorted = fsim_zeroed(cut->n_futures[FSIM_METHOD_MODEL], sizeof *sorted);
  for (int t = 0; t < FSIM_SCORED_KINDS && sorted != NULL; t++) {
    for (size_t k = 0; k < cut->weeks; k++)
      json_array_append_new(weeks, week_json(cut, t, k, sorted));
  }
  free(sorted);
  return json_pack("{s:s,s:I,s:f,s:f,s:f,s:o}", "cut", date_of(cut->cut, date, sizeof date),
                   "past_forecasts", (json_int_t)cut->n_past, "pace_sigma", cut->pace_sigma,
                   "odds_sigma", cut->odds_sigma, "arrivals_sigma", cut->arrivals_sigma, "weeks",
                   weeks);
}

int fsim_backtest_json(const fsim_backtest *backtest, FILE *out, fsim_report *report) {
  json_t *cuts = json_array(), *scores = json_array();
  for (size_t c = 0; c < backtest->n_cuts; c++)
    json_array_append_new(cuts, cut_json(&backtest->cuts[c]));
  for (int t = 0; t < FSIM_SCORED_KINDS; t++) {
    for (int m = 0; m < FSIM_METHODS; m++) {
      if (backtest->score[m][t].n > 0) json_array_append_new(scores, score_json(backtest, m, t));
    }
  }
  json_t *root = json_pack("{s:o,s:o}", "scores", scores, "cuts", cuts);
  if (root == NULL) return fsim_no_memory(report);
  int failed = json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(10));
  json_decref(root);
  if (failed || fputc('\n', out) == EOF)
    return fsim_failure(report, FSIM_NOWHERE, "cannot write the backtest");
  return FSIM_OK;
}

/* ---- paths ---- */

static FILE *open_in(const char *folder, const char *date, const char *what, fsim_report *report) {
  fsim_text path = {0};
  fsim_text_append(&path, "%s/%s-%s.csv", folder, date, what);
  FILE *file = path.failed ? NULL : fopen(path.text, "w");
  if (file == NULL)
    fsim_failure(report, FSIM_NOWHERE, "%s cannot be written: %s", path.failed ? folder : path.text,
                 strerror(errno));
  free(path.text);
  return file;
}

static int close_file(FILE *file, const char *folder, fsim_report *report) {
  int failed = ferror(file);
  failed |= fclose(file);
  return failed ? fsim_failure(report, FSIM_NOWHERE, "%s: cannot be written", folder) : FSIM_OK;
}

static int write_paths(const fsim_backtest_cut *cut, int t, const char *folder,
                       fsim_report *report) {
  char date[32];
  FILE *file = open_in(folder, date_of(cut->cut, date, sizeof date),
                       t == FSIM_SCORED_OPEN ? "open" : "all", report);
  if (file == NULL) return FSIM_FAILED;
  for (size_t k = 0; k < cut->weeks; k++) fprintf(file, "%sp%zu", k ? "," : "", k);
  for (size_t r = 0; r < cut->n_futures[FSIM_METHOD_MODEL]; r++) {
    for (size_t k = 0; k < cut->weeks; k++)
      fprintf(file, "%s%.0f", k ? "," : "\n",
              cut->futures[FSIM_METHOD_MODEL][t][r * cut->weeks + k]);
  }
  fprintf(file, "\n");
  return close_file(file, folder, report);
}

static int write_seen(const fsim_backtest_cut *cut, const char *folder, fsim_report *report) {
  char date[32];
  FILE *file = open_in(folder, date_of(cut->cut, date, sizeof date), "seen", report);
  if (file == NULL) return FSIM_FAILED;
  fprintf(file, "period,wins_inflight,wins_total\n");
  for (size_t k = 0; k < cut->weeks; k++)
    fprintf(file, "%zu,%.0f,%.0f\n", k, cut->seen[FSIM_SCORED_OPEN][k],
            cut->seen[FSIM_SCORED_ALL][k]);
  return close_file(file, folder, report);
}

int fsim_backtest_write(const fsim_backtest *backtest, const char *folder, fsim_report *report) {
  if (mkdir(folder, 0777) != 0 && errno != EEXIST)
    return fsim_failure(report, FSIM_NOWHERE, "%s cannot be made: %s", folder, strerror(errno));
  int status = FSIM_OK;
  for (size_t c = 0; c < backtest->n_cuts && status == FSIM_OK; c++) {
    for (int t = 0; t < FSIM_SCORED_KINDS && status == FSIM_OK; t++)
      status = write_paths(&backtest->cuts[c], t, folder, report);
    if (status == FSIM_OK) status = write_seen(&backtest->cuts[c], folder, report);
  }
  return status;
}
