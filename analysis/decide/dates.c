#include "analysis/decide/dates.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/quantile.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"

enum { EVERY = 4 };

/* Whole weeks after the warm-up. */
typedef struct span {
  size_t first, n;
} span;

static span weeks_of(const fsim_scenario *scenario) {
  size_t first = (size_t)ceil(scenario->warm_up_s / FSIM_WEEK);
  size_t end = (size_t)(scenario->horizon_s / FSIM_WEEK);
  return (span){first, end > first ? end - first : 0};
}

static int32_t end_of_week(const fsim_scenario *scenario, size_t week) {
  return scenario->start_days + 7 * (int32_t)(week + 1);
}

/* Two measures a week: journeys that ended so in it, and those of the leads that arrived in it. */
static int make_measures(const fsim_variant *variant, size_t outcome, span weeks,
                         fsim_measure *measures, fsim_report *report) {
  static const fsim_cells arrays[] = {FSIM_WEEK_ENDED, FSIM_COHORT};
  for (size_t w = 0; w < weeks.n; w++) {
    for (int k = 0; k < 2; k++) {
      fsim_measure *m = &measures[2 * w + (size_t)k];
      fsim_spot spot = {{0}};
      spot.at[FSIM_DIM_WEEK] = weeks.first + w;
      spot.at[FSIM_DIM_OUTCOME] = spot.at[FSIM_DIM_ENDING] = outcome;
      m->top = fsim_zeroed(1, sizeof *m->top);
      if (m->top == NULL) return fsim_no_memory(report);
      m->top[0] = (fsim_metric_cell){arrays[k], fsim_array_cell(variant->shape, arrays[k], &spot)};
      m->n_top = 1;
      m->scale = 1;
    }
  }
  return FSIM_OK;
}

/* total[n]: of weeks 0 … w, replication by replication. */
static void put_totals(const fsim_outputs *outputs, size_t w, double *total) {
  const double *ended = fsim_outputs_top(outputs, 2 * w);
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
  d->dates[d->n_dates++] = (fsim_by_date){
      .day = day,
      .p10 = fsim_quantile_of(sorted, n, 0.1),
      .p50 = fsim_quantile_of(sorted, n, 0.5),
      .p90 = fsim_quantile_of(sorted, n, 0.9),
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

/* What the leads of a week bring on average. */
static double brought(const fsim_outputs *outputs, size_t w) {
  const double *y = fsim_outputs_top(outputs, 2 * w + 1);
  double sum = 0;
  for (uint32_t r = 0; r < outputs->replications; r++) sum += y[r];
  return sum / outputs->replications;
}

static void find_last_weeks(fsim_dates *d, const fsim_scenario *scenario,
                            const fsim_outputs *outputs, span weeks) {
  double usual = 0;
  size_t half = weeks.n / 2;
  for (size_t w = 0; w < half; w++) usual += brought(outputs, w) / (double)half;
  for (size_t w = 0; w < weeks.n && usual > 0; w++) {
    double share = brought(outputs, w) / usual;
    if (share >= 0.5) d->half_counts = end_of_week(scenario, weeks.first + w);
    if (share >= 0.05) d->still_counts = end_of_week(scenario, weeks.first + w);
  }
}

static int tell(fsim_dates *d, const fsim_scenario *scenario, const fsim_outputs *outputs,
                span weeks, fsim_report *report) {
  uint32_t n = outputs->replications;
  d->dates = fsim_zeroed(weeks.n, sizeof *d->dates);
  double *total = fsim_zeroed(2 * (size_t)n, sizeof *total);
  if (d->dates == NULL || total == NULL) {
    free(total);
    return fsim_no_memory(report);
  }
  for (size_t w = 0; w < weeks.n; w++) {
    int32_t day = end_of_week(scenario, weeks.first + w);
    put_totals(outputs, w, total);
    note_reached(d, outputs, day, total);
    if ((w + 1) % EVERY == 0 || w + 1 == weeks.n)
      add_date(d, outputs, day, total, total + n, scenario->confidence);
  }
  find_last_weeks(d, scenario, outputs, weeks);
  free(total);
  return FSIM_OK;
}

int fsim_dates_make(const fsim_variant *variant, size_t outcome, double wanted,
                    uint32_t replications, int threads, fsim_report *report, fsim_dates *dates) {
  *dates = (fsim_dates){.wanted = wanted,
                        .reached_p10 = INT32_MAX,
                        .reached_p50 = INT32_MAX,
                        .reached_p90 = INT32_MAX,
                        .half_counts = INT32_MIN,
                        .still_counts = INT32_MIN};
  span weeks = weeks_of(variant->scenario);
  if (weeks.n == 0) return FSIM_OK;
  fsim_measure *measures = fsim_zeroed(2 * weeks.n, sizeof *measures);
  fsim_outputs outputs = {0};
  fsim_outputs_options options = {.threads = threads};
  int status = measures == NULL ? fsim_no_memory(report) : FSIM_OK;
  if (status == FSIM_OK) status = make_measures(variant, outcome, weeks, measures, report);
  if (status == FSIM_OK)
    status =
        fsim_outputs_run(variant, measures, 2 * weeks.n, replications, &options, report, &outputs);
  if (status == FSIM_OK) status = tell(dates, variant->scenario, &outputs, weeks, report);
  for (size_t i = 0; measures != NULL && i < 2 * weeks.n; i++) fsim_measure_free(&measures[i]);
  free(measures);
  fsim_outputs_free(&outputs);
  return status;
}

void fsim_dates_free(fsim_dates *dates) {
  free(dates->dates);
  *dates = (fsim_dates){0};
}
