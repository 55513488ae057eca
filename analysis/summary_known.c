/* Estimates narrowed by what is known beforehand: the leads that were to come, and, without teams,
 * the exact answers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/conditional.h"
#include "analysis/control.h"
#include "analysis/known.h"
#include "analysis/ratio.h"
#include "analysis/summary.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/exact/exact.h"
#include "sim/model/old_deals.h"

typedef struct work {
  fsim_summary *summary;
  const fsim_scenario *s;
  fsim_series *series;
  fsim_known *known;
  fsim_exact *exact; /* NULL: no exact answer */
  size_t n, units;
  double *top, *bottom, *x; /* [replications], [FSIM_MOST_CONTROLS][units] */
  size_t q;
  double *rest; /* [2 n_funnels][groups of the record][replications] wins and value, given all
                   until the last team; NULL: not known */
  bool values;  /* the value is, too */
} work;

static bool in_group(const work *w, size_t profile, size_t group) {
  if (group == 0) return true;
  const uint16_t *groups = w->summary->source->shape->groups_of_profile;
  return groups[profile * w->s->n_attributes + w->summary->attribute] == group;
}

/* Expected wins of a funnel in the window, or their value. */
static double expected(const work *w, size_t funnel, size_t group, bool valued) {
  const fsim_scenario *s = w->s;
  double sum = 0;
  for (size_t p = 0; p < s->n_profiles; p++) {
    double each = valued ? fsim_exact_mean_value(s, p, funnel) : 1;
    if (!in_group(w, p, group)) continue;
    for (size_t o = 0; o < s->n_outcomes; o++)
      if (s->outcomes[o].funnel == funnel && s->outcomes[o].win)
        sum += each * w->exact->windowed[p * s->n_outcomes + o];
  }
  return sum;
}

/* ---- controls of a metric ---- */

static void add_control(work *w, const double *less) {
  memcpy(w->x + w->q++ * w->units, less, w->units * sizeof *less);
}

static void add_arrivals(work *w, fsim_known_kind kind, size_t funnel, size_t at) {
  if (!w->known->any) return;
  w->summary->narrowed[w->summary->n_narrowed].by_arrivals = true;
  add_control(w, fsim_known_of(w->known, kind, funnel, at));
}

/* The wins of a funnel, where their mean is known. */
static int add_wins(work *w, size_t funnel, size_t group, fsim_report *report) {
  if (w->exact == NULL) return FSIM_OK;
  fsim_subject subject = {.funnel = funnel, .group = group};
  double *wins = fsim_zeroed(w->n, sizeof *wins), mean = expected(w, funnel, group, false);
  int status = wins ? fsim_metric_values(w->series, FSIM_TOTAL_WON, &subject, wins, NULL, report)
                    : fsim_no_memory(report);
  if (status == FSIM_OK) {
    fsim_series_fold(w->summary->source, wins);
    for (size_t u = 0; u < w->units; u++) wins[u] -= mean;
    add_control(w, wins);
    w->summary->narrowed[w->summary->n_narrowed].by_wins = true;
  }
  free(wins);
  return status;
}

static int add_controls(work *w, fsim_metric_id metric, size_t funnel, size_t group, size_t at,
                        fsim_report *report) {
  w->q = 0;
  bool worth = metric == FSIM_PER_WEEK_WON_VALUE || metric == FSIM_VALUE_PER_WIN;
  if (metric != FSIM_PER_WEEK_WON_VALUE) add_arrivals(w, FSIM_KNOWN_WINS, funnel, at);
  if (worth) add_arrivals(w, FSIM_KNOWN_VALUE, funnel, at);
  if (metric == FSIM_COST_PER_WIN && w->known->any) add_control(w, fsim_known_spent(w->known, at));
  return add_wins(w, funnel, group, report);
}

/* ---- behind the last team ---- */

static double *rest_of(const work *w, size_t metric, size_t group) {
  size_t groups = w->summary->source->shape->dim[FSIM_DIM_GROUP];
  return w->rest + (metric * groups + group) * w->n;
}

/* Rows that would take long to read are left. */
static int add_rows(work *w, const fsim_conditional *c, const fsim_row_source *rows, uint32_t r,
                    double *sums, fsim_report *report, bool *enough) {
  fsim_trajectory *t = NULL;
  size_t cells = 2 * w->s->n_funnels * w->summary->source->shape->dim[FSIM_DIM_GROUP];
  int status = rows->read(rows->self, r, report, &t);
  *enough = status == FSIM_OK && (double)t->rows[FSIM_VISITS] * (double)w->n <= FSIM_MOST_ROWS;
  memset(sums, 0, cells * sizeof *sums);
  if (*enough) status = fsim_conditional_add(c, t, report, sums);
  for (size_t i = 0; i < cells; i++) w->rest[i * w->n + r] = sums[i];
  fsim_trajectory_free(t);
  return status;
}

static int find_rest(work *w, const fsim_row_source *rows, fsim_report *report) {
  fsim_conditional *c = NULL;
  const char *why_not;
  const fsim_shape *shape = w->summary->source->shape;
  size_t cells = 2 * w->s->n_funnels * shape->dim[FSIM_DIM_GROUP];
  if (rows == NULL || rows->read == NULL || shape->dim[FSIM_DIM_TEAM] == 0) return FSIM_OK;
  int status = fsim_conditional_make(w->s, shape, report, &c, &why_not);
  if (status != FSIM_OK || c == NULL) return status;
  double *sums = fsim_zeroed(cells, sizeof *sums);
  w->rest = fsim_zeroed(cells * w->n, sizeof *w->rest);
  w->values = fsim_conditional_values(c);
  bool enough = true;
  status = sums && w->rest ? FSIM_OK : fsim_no_memory(report);
  for (uint32_t r = 0; r < w->n && status == FSIM_OK && enough; r++)
    status = add_rows(w, c, rows, r, sums, report, &enough);
  if (!enough) {
    free(w->rest);
    w->rest = NULL;
  }
  free(sums);
  fsim_conditional_free(c);
  return status;
}

/* In place of what chance made of it behind the last team; the scale is the metric's. */
static void use_rest(work *w, fsim_metric_id metric, size_t funnel, size_t group) {
  bool won = metric == FSIM_PER_WEEK_WON || metric == FSIM_COST_PER_WIN;
  bool worth = metric == FSIM_PER_WEEK_WON_VALUE || metric == FSIM_VALUE_PER_WIN;
  if (w->rest == NULL || (!won && !(worth && w->values))) return;
  double per_week = 1 / (fsim_window_s(w->s) / FSIM_WEEK);
  const double *wins = rest_of(w, funnel, group),
               *value = rest_of(w, w->s->n_funnels + funnel, group);
  for (size_t r = 0; r < w->n; r++) {
    if (metric == FSIM_PER_WEEK_WON) w->top[r] = wins[r] * per_week;
    if (metric == FSIM_PER_WEEK_WON_VALUE) w->top[r] = value[r] * per_week;
    if (metric == FSIM_VALUE_PER_WIN) w->top[r] = value[r];
    if (metric == FSIM_VALUE_PER_WIN || metric == FSIM_COST_PER_WIN) w->bottom[r] = wins[r];
  }
  w->summary->narrowed[w->summary->n_narrowed].by_rest = true;
}

/* ---- records ---- */

static fsim_interval exactly(const work *w, double value) {
  return (fsim_interval){value, value, value, 0, w->units, "exact"};
}

/* Wins and what they are worth are known without teams. */
static bool known_exactly(const work *w, fsim_metric_id metric, size_t funnel, size_t group,
                          double *value) {
  double weeks = fsim_window_s(w->s) / FSIM_WEEK;
  if (w->exact == NULL) return false;
  if (metric == FSIM_PER_WEEK_WON) {
    *value = expected(w, funnel, group, false) / weeks;
    return true;
  }
  if (metric != FSIM_PER_WEEK_WON_VALUE || fsim_deals_have_values(w->s)) return false;
  *value = expected(w, funnel, group, true) / weeks;
  return true;
}

static void keep(work *w, const fsim_interval *plain, fsim_interval narrowed) {
  fsim_narrowed_record *r = &w->summary->narrowed[w->summary->n_narrowed];
  bool known = isfinite(narrowed.estimate) && plain->estimate > 0;
  if (!known) {
    *r = (fsim_narrowed_record){0};
    return;
  }
  r->interval = narrowed;
  r->narrower = fsim_narrower_by(plain, &narrowed);
  w->summary->n_narrowed++;
}

/* By the controls, if any; without any only where the rest is known. */
static fsim_interval estimate_mean(const work *w, const double *y) {
  double confidence = w->summary->confidence;
  if (w->q > 0) return fsim_controlled_mean(y, w->x, w->units, w->q, confidence);
  return w->rest ? fsim_interval_mean(y, w->units, confidence) : fsim_interval_none();
}

static fsim_interval estimate_ratio(const work *w, const double *top, const double *bottom) {
  double confidence = w->summary->confidence;
  if (w->q > 0) return fsim_controlled_ratio(top, bottom, w->x, w->units, w->q, confidence);
  return w->rest ? fsim_interval_ratio(top, bottom, w->units, confidence) : fsim_interval_none();
}

static int add_metric(work *w, fsim_metric_id metric, size_t funnel, size_t at,
                      const fsim_interval *plain, fsim_report *report) {
  size_t group = w->summary->groups[at];
  fsim_narrowed_record *r = &w->summary->narrowed[w->summary->n_narrowed];
  *r = (fsim_narrowed_record){.funnel = funnel, .group = group, .metric = metric};
  double value;
  if (known_exactly(w, metric, funnel, group, &value)) {
    r->exact = true;
    keep(w, plain, exactly(w, value));
    return FSIM_OK;
  }
  fsim_subject subject = {.funnel = funnel, .group = group};
  int status = add_controls(w, metric, funnel, group, at, report);
  if (status == FSIM_OK)
    status = fsim_metric_values(w->series, metric, &subject, w->top, w->bottom, report);
  if (status != FSIM_OK) return status;
  use_rest(w, metric, funnel, group);
  bool ratio = fsim_metrics[metric].per == FSIM_PER_TERM;
  fsim_series_fold(w->summary->source, w->top);
  if (ratio) fsim_series_fold(w->summary->source, w->bottom);
  keep(w, plain, ratio ? estimate_ratio(w, w->top, w->bottom) : estimate_mean(w, w->top));
  return FSIM_OK;
}

static int add_funnel(work *w, size_t record, size_t at, fsim_report *report) {
  const fsim_funnel_record *f = &w->summary->funnels[record];
  const struct {
    fsim_metric_id metric;
    const fsim_interval *plain;
  } wanted[] = {
      {FSIM_PER_WEEK_WON, &f->won_per_week.mean},
      {FSIM_PER_WEEK_WON_VALUE, &f->value_per_week.mean},
      {FSIM_VALUE_PER_WIN, &f->value_per_win.mean},
      {FSIM_COST_PER_WIN, &f->cost_per_win.mean},
      {FSIM_PROGRESS_MEAN, &f->wip.mean},
  };
  int status = FSIM_OK;
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted && status == FSIM_OK; i++)
    status = add_metric(w, wanted[i].metric, f->funnel, at, wanted[i].plain, report);
  return status;
}

/* The value of all wins, whatever the funnel. */
static int add_value(work *w, fsim_report *report) {
  const fsim_interval *plain = &w->summary->value_per_week.mean;
  fsim_narrowed_record *r = &w->summary->narrowed[w->summary->n_narrowed];
  *r = (fsim_narrowed_record){.funnel = FSIM_ALL_FUNNELS, .metric = FSIM_PER_WEEK_WON_VALUE};
  double sum = 0, value;
  r->exact = true;
  for (size_t f = 0; f < w->s->n_funnels && r->exact; f++) {
    r->exact = known_exactly(w, FSIM_PER_WEEK_WON_VALUE, f, 0, &value);
    sum += r->exact ? value : 0;
  }
  if (r->exact) {
    keep(w, plain, exactly(w, sum));
    return FSIM_OK;
  }
  memset(w->bottom, 0, w->n * sizeof *w->bottom);
  memset(w->x, 0, w->units * sizeof *w->x);
  for (size_t f = 0; f < w->s->n_funnels; f++) {
    fsim_subject subject = {.funnel = f};
    int status =
        fsim_metric_values(w->series, FSIM_PER_WEEK_WON_VALUE, &subject, w->top, NULL, report);
    if (status != FSIM_OK) return status;
    use_rest(w, FSIM_PER_WEEK_WON_VALUE, f, 0);
    for (size_t i = 0; i < w->n; i++) w->bottom[i] += w->top[i];
    const double *less = w->known->any ? fsim_known_of(w->known, FSIM_KNOWN_VALUE, f, 0) : NULL;
    for (size_t u = 0; u < w->units && less; u++) w->x[u] += less[u];
  }
  r->by_arrivals = w->known->any;
  w->q = w->known->any;
  fsim_series_fold(w->summary->source, w->bottom);
  keep(w, plain, estimate_mean(w, w->bottom));
  return FSIM_OK;
}

/* An answer that the exact engine refuses is no mistake. */
static int ask_exact(work *w, fsim_report *report) {
  if (w->s->uncertain) return FSIM_OK;
  fsim_report *own = fsim_report_new();
  if (own == NULL) return fsim_no_memory(report);
  int status = fsim_exact_make(w->s, NULL, own, &w->exact);
  fsim_report_free(own);
  return status == FSIM_FAILED ? fsim_no_memory(report) : FSIM_OK;
}

static int fill(work *w, const fsim_source *text, const fsim_row_source *rows,
                fsim_report *report) {
  fsim_summary *summary = w->summary;
  size_t records = 5 * summary->n_funnels + 1;
  summary->narrowed = fsim_zeroed(records, sizeof *summary->narrowed);
  w->top = fsim_zeroed(w->n, sizeof *w->top);
  w->bottom = fsim_zeroed(w->n, sizeof *w->bottom);
  w->x = fsim_zeroed(FSIM_MOST_CONTROLS * w->units, sizeof *w->x);
  if (!summary->narrowed || !w->top || !w->bottom || !w->x) return fsim_no_memory(report);
  int status = ask_exact(w, report);
  if (status == FSIM_OK) status = fsim_series_new(summary->source, 0, report, &w->series);
  if (status == FSIM_OK)
    status = fsim_known_make(summary->source, text, summary->attribute, summary->n_groups, report,
                             &w->known);
  if (status == FSIM_OK) status = find_rest(w, rows, report);
  if (status == FSIM_OK) status = add_value(w, report);
  for (size_t i = 0; i < summary->n_funnels && status == FSIM_OK; i++)
    status = add_funnel(w, i, i % summary->n_groups, report);
  return status;
}

int fsim_summary_known(fsim_summary *summary, const fsim_source *source,
                       const fsim_row_source *rows, fsim_report *report) {
  work w = {.summary = summary,
            .s = summary->source->scenario,
            .n = summary->source->replications,
            .units = summary->units};
  int status = w.units > 0 ? fill(&w, source, rows, report) : FSIM_OK;
  fsim_known_free(w.known);
  fsim_exact_free(w.exact);
  fsim_series_free(w.series);
  free(w.rest);
  free(w.top);
  free(w.bottom);
  free(w.x);
  return status;
}
