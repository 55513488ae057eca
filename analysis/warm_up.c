#include "analysis/warm_up.h"

#include <stdlib.h>

#include "analysis/records.h"
#include "analysis/trend.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"

enum { DAY_S = 86400, SMOOTH = 7 };

typedef struct path {
  const fsim_scenario *s;
  const fsim_shape *shape;
  uint32_t replications;
  size_t days, weeks;
  int64_t *change; /* [n_funnels][days + 1] started less ended on each day, of all replications */
  double *queued;  /* [n_teams][replications][weeks] mean length of the queue */
} path;

static size_t day_of(const path *p, int32_t t) {
  return t < 0 ? 0 : (size_t)t / DAY_S < p->days ? (size_t)t / DAY_S : p->days;
}

static int take_part(void *self, const fsim_trajectory *part, fsim_report *report) {
  path *p = self;
  const uint16_t *funnel = part->column[FSIM_JOURNEY_FUNNEL];
  const uint16_t *outcome = part->column[FSIM_JOURNEY_OUTCOME];
  const int32_t *start = part->column[FSIM_JOURNEY_T_START];
  const int32_t *end = part->column[FSIM_JOURNEY_T_END];
  (void)report;
  for (size_t i = 0; i < part->rows[FSIM_JOURNEYS]; i++) {
    int64_t *change = p->change + funnel[i] * (p->days + 1);
    change[day_of(p, start[i])]++;
    if (outcome[i] < p->s->n_outcomes) change[day_of(p, end[i])]--;
  }
  return FSIM_OK;
}

static int see_record(void *self, uint32_t replication, const int64_t *record,
                      fsim_report *report) {
  path *p = self;
  (void)report;
  for (size_t t = 0; t < p->shape->dim[FSIM_DIM_TEAM]; t++)
    for (size_t w = 0; w < p->weeks; w++)
      p->queued[(t * p->replications + replication) * p->weeks + w] =
          (double)record[fsim_cell(p->shape, FSIM_WEEK_QUEUED, w, t, 0)] / FSIM_WEEK;
  return FSIM_OK;
}

/* The mean of each day and the six after it. */
static void smooth(double *y, size_t *n) {
  if (*n < SMOOTH) {
    *n = 0;
    return;
  }
  for (size_t i = 0; i + SMOOTH <= *n; i++) {
    double sum = 0;
    for (size_t k = 0; k < SMOOTH; k++) sum += y[i + k];
    y[i] = sum / SMOOTH;
  }
  *n -= SMOOTH - 1;
}

/* A path that moves tells of the cut; false: too few days. */
static bool look(const path *p, double *y, size_t funnel, fsim_settling *settling) {
  fsim_warm_up cut;
  size_t n = p->days;
  smooth(y, &n);
  if (!fsim_mser5(y, n, &cut)) return false;
  settling->too_short |= cut.too_short;
  if (cut.cut <= settling->days) return true;
  settling->days = cut.cut;
  settling->funnel = funnel;
  return true;
}

static bool look_at_all(const path *p, double *y, fsim_settling *settling) {
  bool enough = true;
  for (size_t f = 0; f < p->s->n_funnels && enough; f++) {
    int64_t inside = 0;
    for (size_t d = 0; d < p->days; d++) {
      inside += p->change[f * (p->days + 1) + d];
      y[d] = (double)inside / p->replications;
    }
    enough = look(p, y, f, settling);
  }
  return enough;
}

/* Overload: what is seen then depends on how long the run is. */
static bool look_at_queues(const path *p, double *scratch, fsim_settling *settling) {
  size_t n = p->replications, of = p->s->uncertain ? 2 : 1;
  for (size_t t = 0; t < p->shape->dim[FSIM_DIM_TEAM] && !settling->grows; t++) {
    const double *weekly = p->queued + t * n * p->weeks;
    double *mean = scratch, *slopes = scratch + p->weeks;
    for (size_t w = 0; w < p->weeks; w++) {
      mean[w] = 0;
      for (size_t r = 0; r < n; r++) mean[w] += weekly[r * p->weeks + w] / (double)n;
    }
    settling->grows = fsim_grows_without_end(weekly, mean, n, p->weeks, of, slopes);
    settling->team = t;
  }
  return settling->grows;
}

static int simulate(path *p, const fsim_source *source, const fsim_run_options *options,
                    fsim_report *report, fsim_run_result *result) {
  fsim_run_options own = *options;
  own.keep = (fsim_keep){UINT32_MAX, 1};
  own.first = 0;
  own.end = p->replications;
  own.pool = NULL;
  own.without_times = true;
  fsim_sink sink = fsim_sink_of_records(p, see_record);
  sink.take = take_part;
  return fsim_run(source, p->s, p->shape, &own, &sink, report, result);
}

int fsim_settling_find(const fsim_source *source, const fsim_scenario *scenario,
                       const fsim_shape *shape, uint32_t replications,
                       const fsim_run_options *options, fsim_report *report,
                       fsim_settling *settling) {
  uint32_t n = replications < FSIM_LEAST_FOR_WARM_UP  ? FSIM_LEAST_FOR_WARM_UP
               : replications > FSIM_MOST_FOR_WARM_UP ? FSIM_MOST_FOR_WARM_UP
                                                      : replications + replications % 2;
  path p = {.s = scenario,
            .shape = shape,
            .replications = n,
            .days = (size_t)scenario->horizon_s / DAY_S,
            .weeks = (size_t)(scenario->horizon_s / FSIM_WEEK)};
  *settling = (fsim_settling){.replications = n};
  p.change = fsim_zeroed(scenario->n_funnels * (p.days + 1), sizeof *p.change);
  p.queued = fsim_zeroed(shape->dim[FSIM_DIM_TEAM] * n * p.weeks, sizeof *p.queued);
  double *scratch = fsim_zeroed(p.days + p.weeks + n, sizeof *scratch);
  fsim_run_result result = {0};
  int status = p.change && p.queued && scratch ? FSIM_OK : fsim_no_memory(report);
  if (status == FSIM_OK) status = simulate(&p, source, options, report, &result);
  if (status == FSIM_OK && result.done == n) {
    settling->enough_days = look_at_all(&p, scratch, settling);
    look_at_queues(&p, scratch, settling);
  }
  free(p.change);
  free(p.queued);
  free(scratch);
  return status;
}
