#include "analysis/metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/quantile.h"
#include "analysis/ratio.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/model/hours.h"

double fsim_window_s(const fsim_scenario *scenario) {
  return (double)scenario->horizon_s - (double)scenario->warm_up_s;
}

double fsim_people_cost_per_week(const fsim_scenario *scenario) {
  double cost = 0;
  for (size_t t = 0; t < scenario->n_teams; t++)
    cost += scenario->teams[t].cost_per_s *
            fsim_team_people_time(&scenario->teams[t], scenario->warm_up_s, scenario->horizon_s);
  return cost / (fsim_window_s(scenario) / FSIM_WEEK);
}

/* What is done with each cell of a term. */
typedef int each_cell(void *context, fsim_cells array, const fsim_spot *spot);

static int each_ending(const fsim_scenario *scenario, fsim_term term, fsim_spot spot, size_t funnel,
                       each_cell *each, void *context) {
  const fsim_funnel *f = &scenario->funnels[funnel];
  int status = FSIM_OK;
  for (size_t i = 0; i < f->n_outcomes && status == FSIM_OK && term.span != FSIM_OPEN; i++) {
    size_t outcome = f->first_outcome + i;
    if (term.span == FSIM_WINS && !scenario->outcomes[outcome].win) continue;
    spot.at[FSIM_DIM_OUTCOME] = spot.at[FSIM_DIM_ENDING] = outcome;
    status = each(context, term.array, &spot);
  }
  if (status != FSIM_OK || (term.span != FSIM_OPEN && term.span != FSIM_FATES)) return status;
  spot.at[FSIM_DIM_ENDING] = scenario->n_outcomes + funnel;
  return each(context, term.array, &spot);
}

static int each_of_range(fsim_term term, fsim_spot spot, fsim_dim dim, size_t from, size_t to,
                         each_cell *each, void *context) {
  int status = FSIM_OK;
  for (size_t i = from; i < to && status == FSIM_OK; i++) {
    spot.at[dim] = i;
    status = each(context, term.array, &spot);
  }
  return status;
}

static int each_of_term(const fsim_scenario *scenario, const fsim_shape *shape, fsim_term term,
                        const fsim_subject *subject, each_cell *each, void *context) {
  fsim_spot spot = {{0}};
  spot.at[FSIM_DIM_FUNNEL] = subject->funnel;
  spot.at[FSIM_DIM_OUTCOME] = spot.at[FSIM_DIM_ENDING] = subject->outcome;
  spot.at[FSIM_DIM_STAGE] = subject->stage;
  spot.at[FSIM_DIM_EXIT] = subject->exit;
  spot.at[FSIM_DIM_GROUP] = subject->group;
  spot.at[FSIM_DIM_TEAM] = subject->team;
  spot.at[FSIM_DIM_CLASS] = subject->priority;
  spot.at[FSIM_DIM_PASSED] = subject->stage;
  switch (term.span) {
    case FSIM_EXITS:
      return each_of_range(term, spot, FSIM_DIM_EXIT, shape->first_exit[subject->stage],
                           shape->first_exit[subject->stage + 1], each, context);
    case FSIM_STREAMS:
      return each_of_range(term, spot, FSIM_DIM_STREAM, 0, scenario->n_streams, each, context);
    case FSIM_ITSELF:
      return each(context, term.array, &spot);
    default:
      return each_ending(scenario, term, spot, subject->funnel, each, context);
  }
}

typedef struct addition {
  fsim_series *series;
  double scale, *y;
  fsim_report *report;
} addition;

static int add_cell(void *context, fsim_cells array, const fsim_spot *spot) {
  addition *a = context;
  return fsim_series_add(a->series, array, spot, a->scale, a->y, a->report);
}

static int add_term(fsim_series *series, fsim_term term, const fsim_subject *subject, double scale,
                    double *y, fsim_report *report) {
  const fsim_series_source *source = fsim_series_source_of(series);
  addition a = {series, scale, y, report};
  memset(y, 0, source->replications * sizeof *y);
  return each_of_term(source->scenario, source->shape, term, subject, add_cell, &a);
}

typedef struct cell_list {
  const fsim_shape *shape;
  fsim_metric_cell *cells;
  size_t n, most;
} cell_list;

static int list_cell(void *context, fsim_cells array, const fsim_spot *spot) {
  cell_list *list = context;
  if (list->n < list->most)
    list->cells[list->n] = (fsim_metric_cell){array, fsim_array_cell(list->shape, array, spot)};
  list->n++;
  return FSIM_OK;
}

size_t fsim_metric_cells(const fsim_scenario *scenario, const fsim_shape *shape, fsim_term term,
                         const fsim_subject *subject, fsim_metric_cell *cells, size_t most) {
  cell_list list = {shape, cells, 0, most};
  each_of_term(scenario, shape, term, subject, list_cell, &list);
  return list.n;
}

double fsim_metric_scale(const fsim_scenario *scenario, const fsim_metric *metric,
                         const fsim_subject *subject) {
  double scale = metric->scale;
  if (metric->per == FSIM_PER_WINDOW_WEEK) scale /= fsim_window_s(scenario) / FSIM_WEEK;
  if (metric->per == FSIM_PER_WINDOW_SECOND) scale /= fsim_window_s(scenario);
  if (metric->per == FSIM_PER_PLACE_SECOND) {
    int64_t places = fsim_team_place_time(&scenario->teams[subject->team], scenario->warm_up_s,
                                          scenario->horizon_s);
    scale = places > 0 ? scale / (double)places : NAN;
  }
  return scale;
}

int fsim_metric_values(fsim_series *series, fsim_metric_id id, const fsim_subject *subject,
                       double *top, double *bottom, fsim_report *report) {
  const fsim_metric *metric = &fsim_metrics[id];
  const fsim_scenario *scenario = fsim_series_source_of(series)->scenario;
  double scale = fsim_metric_scale(scenario, metric, subject);
  int status = add_term(series, metric->top, subject, scale, top, report);
  if (status != FSIM_OK || metric->per != FSIM_PER_TERM) return status;
  return add_term(series, metric->bottom, subject, 1, bottom, report);
}

/* Sorted values of every `step`-th replication that has one; returns how many. */
static size_t pick(const double *y, size_t n, size_t step, double *into) {
  size_t some = 0;
  for (size_t r = 0; r < n; r += step) {
    if (!isnan(y[r])) into[some++] = y[r];
  }
  fsim_sort(into, some);
  return some;
}

/* p10, p50, p90 of all replications. Order statistics need independent values: where pairs share
 * their uncertain numbers the limits come from the first of each pair. NAN: a replication without
 * value. */
static void range_of_outcomes(const fsim_series_source *source, const double *y, double *work,
                              double confidence, fsim_estimate *estimate) {
  fsim_interval *q[] = {&estimate->p10, &estimate->p50, &estimate->p90};
  const double p[] = {0.1, 0.5, 0.9};
  size_t n = source->replications;
  size_t independent = pick(y, n, source->scenario->uncertain ? 2 : 1, work);
  for (int k = 0; k < 3; k++) {
    *q[k] = fsim_interval_quantile(work, independent, p[k], confidence);
  }
  size_t all = pick(y, n, 1, work);
  for (int k = 0; k < 3; k++) q[k]->estimate = fsim_quantile_of(work, all, p[k]);
}

static double sum_of(const double *y, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += y[i];
  return sum;
}

static void clamp(fsim_interval *interval, double most) {
  interval->low = interval->low < 0 ? 0 : interval->low;
  interval->high = interval->high > most ? most : interval->high;
}

static fsim_estimate nothing(void) {
  fsim_interval none = fsim_interval_none();
  return (fsim_estimate){none, false, none, none, none};
}

void fsim_estimate_values(const fsim_series_source *source, fsim_metric_id id, const double *values,
                          double *work, double confidence, fsim_estimate *estimate) {
  const fsim_metric *metric = &fsim_metrics[id];
  size_t n = source->replications;
  *estimate = nothing();
  range_of_outcomes(source, values, work, confidence, estimate);
  memcpy(work, values, n * sizeof *work);
  size_t units = fsim_series_fold(source, work);
  estimate->mean = fsim_interval_mean(work, units, confidence);
  clamp(&estimate->mean, INFINITY);
  if (sum_of(values, n) > 0) return;
  if (metric->count) {
    double window = fsim_window_s(source->scenario) / FSIM_WEEK;
    double exposure = (double)n * (metric->per == FSIM_PER_WINDOW_WEEK ? window : 1);
    estimate->mean = fsim_interval_none_seen(exposure, confidence);
    estimate->mean.n = n;
    /* Where leads depend on each other, a unit that sees any may see many: no rate is a limit. */
    if (!fsim_leads_independent(source->scenario)) {
      estimate->mean.high = NAN;
      estimate->mean.method = "none seen";
    }
  } else {
    estimate->mean.high = NAN; /* nothing happened: nothing says how much it could have been */
  }
}

/* Uses up all three buffers of replications. */
static void estimate_ratio(const fsim_series_source *source, const fsim_metric *metric, double *top,
                           double *bottom, double *ratio, double *work, double confidence,
                           fsim_estimate *estimate) {
  size_t n = source->replications;
  double all_bottom = sum_of(bottom, n);
  for (size_t r = 0; r < n; r++) ratio[r] = bottom[r] > 0 ? top[r] / bottom[r] : NAN;
  range_of_outcomes(source, ratio, work, confidence, estimate);
  size_t units = fsim_series_fold(source, top);
  fsim_series_fold(source, bottom);
  if (metric->share) {
    estimate->mean = fsim_interval_share(top, bottom, units,
                                         fsim_leads_independent(source->scenario), confidence);
    return;
  }
  estimate->mean = fsim_interval_ratio(top, bottom, units, confidence);
  estimate->mean.n = (size_t)all_bottom;
  clamp(&estimate->mean, INFINITY);
}

int fsim_metric_estimate(fsim_series *series, fsim_metric_id id, const fsim_subject *subject,
                         double confidence, fsim_report *report, fsim_estimate *estimate) {
  const fsim_series_source *source = fsim_series_source_of(series);
  const fsim_metric *metric = &fsim_metrics[id];
  size_t n = source->replications;
  *estimate = nothing();
  if (n == 0) return FSIM_OK;
  double *memory = fsim_zeroed(4 * n, sizeof *memory);
  if (memory == NULL) return fsim_no_memory(report);
  double *top = memory, *bottom = memory + n, *work = memory + 2 * n;
  int status = fsim_metric_values(series, id, subject, top, bottom, report);
  if (status == FSIM_OK && metric->per == FSIM_PER_TERM) {
    estimate_ratio(source, metric, top, bottom, work, memory + 3 * n, confidence, estimate);
  } else if (status == FSIM_OK) {
    fsim_estimate_values(source, id, top, work, confidence, estimate);
  }
  free(memory);
  return status;
}

static fsim_interval in_days(fsim_interval seconds) {
  seconds.estimate /= FSIM_DAY;
  seconds.low /= FSIM_DAY;
  seconds.high /= FSIM_DAY;
  return seconds;
}

void fsim_estimate_times(const fsim_series_source *source, size_t histogram, double confidence,
                         fsim_estimate *estimate) {
  fsim_interval *q[] = {&estimate->p10, &estimate->p50, &estimate->p90};
  const double p[] = {0.1, 0.5, 0.9};
  estimate->times = true;
  for (int k = 0; k < 3; k++) {
    *q[k] = fsim_interval_none();
    if (source->pool == NULL) continue;
    *q[k] = in_days(fsim_interval_pooled(source->pool, histogram, p[k], confidence));
  }
}
