#include "analysis/decide/dates.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/quantile.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"

enum { EVERY = 4 };

fsim_week_span fsim_weeks_of(const fsim_scenario *scenario) {
  size_t first = (size_t)ceil(scenario->warm_up_s / FSIM_WEEK);
  size_t end = (size_t)ceil(scenario->horizon_s / FSIM_WEEK);
  return (fsim_week_span){first, end > first ? end - first : 0};
}

int32_t fsim_end_of_week(const fsim_scenario *scenario, size_t week) {
  int32_t days = 7 * (int32_t)(week + 1), all = (int32_t)ceil(scenario->horizon_s / FSIM_DAY);
  return scenario->start_days + (days < all ? days : all);
}

bool fsim_has_dates(const fsim_measure *measure) {
  for (size_t i = 0; i < measure->n_top; i++)
    if (measure->top[i].array != FSIM_ENDED && measure->top[i].array != FSIM_VALUE) return false;
  return !measure->ratio && measure->n_top > 0;
}

int fsim_measure_of_week(const fsim_shape *shape, const fsim_measure *of, fsim_cells array,
                         size_t week, fsim_measure *made, fsim_report *report) {
  size_t in_week = fsim_array_cells(shape, array) / shape->dim[FSIM_DIM_WEEK];
  made->top = fsim_zeroed(of->n_top, sizeof *made->top);
  if (made->top == NULL) return fsim_no_memory(report);
  made->n_top = of->n_top;
  made->scale = 1;
  for (size_t i = 0; i < of->n_top; i++)
    made->top[i] = (fsim_metric_cell){array, week * in_week + of->top[i].cell};
  return FSIM_OK;
}

fsim_cells fsim_weekly_array(const fsim_scenario *scenario, const fsim_measure *of, double *scale) {
  *scale = of->scale * fsim_window_s(scenario) / FSIM_WEEK;
  return of->top[0].array == FSIM_VALUE ? FSIM_WEEK_VALUE : FSIM_WEEK_ENDED;
}

/* measures[2 * weeks.n]: of every week the journeys of the leads that arrived in it, then what the
 * journeys that ended in it bring. */
static int make_measures(const fsim_variant *variant, const fsim_measure *of, fsim_week_span weeks,
                         fsim_measure *measures, fsim_report *report) {
  int status = FSIM_OK;
  double total;
  fsim_cells ended = fsim_weekly_array(variant->scenario, of, &total);
  for (size_t w = 0; w < weeks.n && status == FSIM_OK; w++) {
    status = fsim_measure_of_week(variant->shape, of, FSIM_COHORT, weeks.first + w, &measures[w],
                                  report);
    if (status == FSIM_OK)
      status = fsim_measure_of_week(variant->shape, of, ended, weeks.first + w,
                                    &measures[weeks.n + w], report);
    measures[weeks.n + w].scale = total;
  }
  return status;
}

/* total[n]: of weeks 0 … w, replication by replication. */
static void put_totals(const fsim_outputs *outputs, fsim_week_span weeks, size_t w, double *total) {
  const double *ended = fsim_outputs_top(outputs, weeks.n + w);
  for (uint32_t r = 0; r < outputs->replications; r++) total[r] += ended[r];
}

static void add_date(fsim_dates *d, const fsim_outputs *outputs, int32_t day, const double *total,
                     double *sorted, double confidence) {
  uint32_t n = outputs->replications;
  size_t reached = 0;
  for (uint32_t r = 0; r < n; r++) {
    sorted[r] = total[r];
    reached += total[r] >= d->wanted;
  }
  fsim_sort(sorted, n);
  d->dates[d->n_dates++] =
      (fsim_by_date){.day = day,
                     .p10 = fsim_quantile_of(sorted, n, 0.1),
                     .p50 = fsim_quantile_of(sorted, n, 0.5),
                     .p90 = fsim_quantile_of(sorted, n, 0.9),
                     .counts = NAN,
                     .reached = fsim_share_of_runs(reached, n, outputs->uncertain, confidence)};
}

/* The first week by whose end a share of all runs have reached it. */
static void note_reached(fsim_dates *d, const fsim_outputs *outputs, int32_t day,
                         const double *total) {
  size_t reached = 0;
  for (uint32_t r = 0; r < outputs->replications; r++) reached += total[r] >= d->wanted;
  double share = (double)reached / outputs->replications;
  int32_t *days[] = {&d->reached_p10, &d->reached_p50, &d->reached_p90};
  const double shares[] = {0.1, 0.5, 0.9};
  for (int k = 0; k < 3; k++)
    if (share >= shares[k] && *days[k] == INT32_MAX) *days[k] = day;
}

static int tell(fsim_dates *d, const fsim_scenario *scenario, const fsim_outputs *outputs,
                fsim_week_span weeks, double confidence, fsim_report *report) {
  uint32_t n = outputs->replications;
  d->dates = fsim_zeroed(weeks.n, sizeof *d->dates);
  double *total = fsim_zeroed(2 * (size_t)n, sizeof *total);
  if (d->dates == NULL || total == NULL) {
    free(total);
    return fsim_no_memory(report);
  }
  for (size_t w = 0; w < weeks.n; w++) {
    int32_t day = fsim_end_of_week(scenario, weeks.first + w);
    put_totals(outputs, weeks, w, total);
    note_reached(d, outputs, day, total);
    if ((w + 1) % EVERY == 0 || w + 1 == weeks.n)
      add_date(d, outputs, day, total, total + n, confidence);
  }
  free(total);
  return FSIM_OK;
}

/* ---- which leads still count ---- */

/* Simulated on for so many weeks at least; twice as long where leads then still bring a hundredth
 * more; at most so often. */
enum { BEYOND = 13, MOST_TIMES = 4, BEYOND_REPLICATIONS = 50 };

/* brought[weeks.n]: by the leads of each week, on average; returns the sum. */
static double put_brought(const fsim_outputs *outputs, uint32_t n, fsim_week_span weeks,
                          double *brought) {
  double sum = 0;
  for (size_t w = 0; w < weeks.n; w++) {
    const double *y = fsim_outputs_top(outputs, w);
    brought[w] = 0;
    for (uint32_t r = 0; r < n; r++) brought[w] += y[r] / n;
    sum += brought[w];
  }
  return sum;
}

/* What the same leads have brought so long after the horizon. */
static int run_beyond(const fsim_variant *variant, const fsim_measure *of, fsim_week_span weeks,
                      double beyond_s, uint32_t n, int threads, fsim_report *report,
                      double *brought, double *sum) {
  char set[64];
  const char *sets[] = {set};
  snprintf(set, sizeof set, "horizon=%.0f s", variant->scenario->horizon_s + beyond_s);
  fsim_variant longer;
  fsim_outputs outputs = {0};
  fsim_outputs_options options = {.threads = threads};
  fsim_measure *measures = fsim_zeroed(weeks.n, sizeof *measures);
  int status = fsim_variant_derive(variant, variant->name, sets, 1, report, &longer);
  if (status == FSIM_OK && measures == NULL) status = fsim_no_memory(report);
  for (size_t w = 0; w < weeks.n && status == FSIM_OK; w++)
    status =
        fsim_measure_of_week(longer.shape, of, FSIM_COHORT, weeks.first + w, &measures[w], report);
  if (status == FSIM_OK)
    status = fsim_outputs_run(&longer, measures, weeks.n, n, &options, report, &outputs);
  if (status == FSIM_OK) *sum = put_brought(&outputs, n, weeks, brought);
  for (size_t w = 0; measures != NULL && w < weeks.n; w++) fsim_measure_free(&measures[w]);
  free(measures);
  fsim_outputs_free(&outputs);
  fsim_variant_free(&longer);
  return status;
}

static void put_counts(fsim_dates *d, const fsim_scenario *scenario, fsim_week_span weeks,
                       const double *in_time, const double *in_the_end) {
  size_t date = 0;
  for (size_t w = 0; w < weeks.n; w++) {
    int32_t day = fsim_end_of_week(scenario, weeks.first + w);
    double share = in_the_end[w] > 0 ? in_time[w] / in_the_end[w] : NAN;
    if (share >= 0.5) d->half_counts = day;
    if (share >= 0.05) d->still_counts = day;
    if (d->dates[date].day == day) d->dates[date++].counts = share;
  }
}

static int find_counts(fsim_dates *d, const fsim_variant *variant, const fsim_measure *of,
                       const fsim_outputs *outputs, fsim_week_span weeks, int threads,
                       fsim_report *report) {
  uint32_t n = outputs->replications < BEYOND_REPLICATIONS ? outputs->replications
                                                           : (uint32_t)BEYOND_REPLICATIONS;
  double *in_time = fsim_zeroed(2 * weeks.n, sizeof *in_time), *in_the_end = in_time + weeks.n;
  if (in_time == NULL) return fsim_no_memory(report);
  double now = put_brought(outputs, n, weeks, in_time), before = 0, sum = now;
  double beyond_s = fmax(BEYOND * FSIM_WEEK, fsim_window_s(variant->scenario) / 2);
  int status = FSIM_OK;
  for (int k = 0; k < MOST_TIMES && status == FSIM_OK && sum > 1.01 * before; k++) {
    before = sum;
    if (variant->scenario->horizon_s + beyond_s > FSIM_LONGEST_HORIZON_S) break;
    status = run_beyond(variant, of, weeks, beyond_s, n, threads, report, in_the_end, &sum);
    beyond_s *= 2;
  }
  if (status == FSIM_OK && sum > 0) {
    d->all_count = now / sum;
    put_counts(d, variant->scenario, weeks, in_time, in_the_end);
  }
  free(in_time);
  return status;
}

int fsim_dates_make(const fsim_variant *variant, const fsim_measure *measure, double wanted,
                    double confidence, uint32_t replications, int threads, fsim_report *report,
                    fsim_dates *dates) {
  *dates = (fsim_dates){.wanted = wanted,
                        .reached_p10 = INT32_MAX,
                        .reached_p50 = INT32_MAX,
                        .reached_p90 = INT32_MAX,
                        .half_counts = INT32_MIN,
                        .still_counts = INT32_MIN,
                        .all_count = NAN};
  fsim_week_span weeks = fsim_weeks_of(variant->scenario);
  if (weeks.n == 0) return FSIM_OK;
  fsim_measure *measures = fsim_zeroed(2 * weeks.n, sizeof *measures);
  fsim_outputs outputs = {0};
  fsim_outputs_options options = {.threads = threads};
  int status = measures == NULL ? fsim_no_memory(report) : FSIM_OK;
  if (status == FSIM_OK) status = make_measures(variant, measure, weeks, measures, report);
  if (status == FSIM_OK)
    status =
        fsim_outputs_run(variant, measures, 2 * weeks.n, replications, &options, report, &outputs);
  if (status == FSIM_OK)
    status = tell(dates, variant->scenario, &outputs, weeks, confidence, report);
  if (status == FSIM_OK)
    status = find_counts(dates, variant, measure, &outputs, weeks, threads, report);
  for (size_t i = 0; measures != NULL && i < 2 * weeks.n; i++) fsim_measure_free(&measures[i]);
  free(measures);
  fsim_outputs_free(&outputs);
  return status;
}

void fsim_dates_free(fsim_dates *dates) {
  free(dates->dates);
  *dates = (fsim_dates){0};
}
