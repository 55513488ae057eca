#include "analysis/known.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/uncertain.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/exact/ahead.h"
#include "sim/model/chain.h"

enum { POINTS = 256, SAMPLES = 16 /* of a week */ };

typedef struct work {
  const fsim_series_source *source;
  const fsim_scenario *s; /* central */
  size_t attribute, n_values, first_group, n_groups, n_rows, n_metrics, n_weeks;
  bool *by_chance; /* [n_streams] */
  double *kind;    /* [n_profiles] leads expected of each kind; 0: not weighed */
  double *weight;  /* [n_weeks][n_streams][n_values][n_metrics] */
  double *sum;     /* [n_metrics][replications] by group: [n_rows][replications] */
  double *mean;    /* [n_rows] */
} work;

static double *weights_of(const work *w, size_t week, size_t stream, size_t value) {
  return w->weight + ((week * w->s->n_streams + stream) * w->n_values + value) * w->n_metrics;
}

static bool comes_by_chance(const fsim_stream *stream) {
  return !stream->pipeline && stream->n_given == 0 && stream->n_rate > 0 &&
         stream->spacing == FSIM_POISSON;
}

static double share_of(const fsim_scenario *s, const fsim_stream *stream, size_t profile) {
  double share = 1;
  for (size_t a = 0; a < s->n_attributes; a++)
    share *= fsim_stream_share(s, stream, a, fsim_profile_value(s, profile, a));
  return share;
}

/* ---- weights ---- */

/* Leads of each kind; of too many kinds the rare ones are left out. */
static void choose_kinds(work *w) {
  const fsim_scenario *s = w->s;
  for (size_t p = 0; p < s->n_profiles; p++)
    for (size_t i = 0; i < s->n_streams; i++)
      if (w->by_chance[i])
        w->kind[p] += share_of(s, &s->streams[i], p) * fsim_stream_leads(s, &s->streams[i]);
  size_t n = 0;
  for (size_t p = 0; p < s->n_profiles; p++) n += w->kind[p] > 0;
  for (; n > FSIM_MOST_WEIGHED; n--) {
    size_t least = s->n_profiles;
    for (size_t p = 0; p < s->n_profiles; p++)
      if (w->kind[p] > 0 && (least == s->n_profiles || w->kind[p] < w->kind[least])) least = p;
    w->kind[least] = 0;
  }
}

static double week_mean(const work *w, const fsim_ahead *ahead, size_t funnel, size_t metric,
                        size_t week) {
  double from = (double)week * FSIM_WEEK, sum = 0;
  double length = fmin(FSIM_WEEK, w->s->horizon_s - from);
  for (size_t i = 0; i < SAMPLES; i++)
    sum += fsim_ahead_at(ahead, funnel, metric, from + length * ((double)i + 0.5) / SAMPLES);
  return sum / SAMPLES;
}

/* What the leads of one kind bring, into the averages over all kinds of a value. */
static void add_kind(work *w, size_t profile, const fsim_ahead *ahead) {
  const fsim_scenario *s = w->s;
  size_t value = fsim_profile_value(s, profile, w->attribute);
  for (size_t i = 0; i < s->n_streams; i++) {
    const fsim_stream *stream = &s->streams[i];
    double of_value = fsim_stream_share(s, stream, w->attribute, value);
    if (!w->by_chance[i] || !(of_value > 0)) continue;
    double share = share_of(s, stream, profile) / of_value;
    for (size_t week = 0; week < w->n_weeks && share > 0; week++)
      for (size_t m = 0; m + 1 < w->n_metrics; m++)
        weights_of(w, week, i, value)[m] +=
            share * (ahead ? week_mean(w, ahead, stream->into, m, week) : 1);
  }
}

/* Where the exact engine has no answer, leads count alike. */
static int weigh_kind(work *w, size_t profile, double *outcome_weight, fsim_target *entry,
                      fsim_report *report) {
  const fsim_scenario *s = w->s;
  fsim_ahead_worth(s, profile, outcome_weight);
  fsim_ahead_question ask = {outcome_weight, 2 * s->n_funnels, entry, s->n_funnels, POINTS};
  fsim_ahead *ahead = NULL;
  fsim_report *own = fsim_report_new();
  int status = own ? fsim_ahead_make(s, profile, &ask, own, &ahead) : FSIM_FAILED;
  fsim_report_free(own);
  if (status != FSIM_OK && status != FSIM_BAD_INPUT) return fsim_no_memory(report);
  add_kind(w, profile, ahead);
  fsim_ahead_free(ahead);
  return FSIM_OK;
}

static int weigh(work *w, fsim_report *report) {
  const fsim_scenario *s = w->s;
  double *outcome_weight = fsim_zeroed(2 * s->n_funnels * s->n_outcomes, sizeof *outcome_weight);
  fsim_target *entry = fsim_zeroed(s->n_funnels, sizeof *entry);
  int status = outcome_weight && entry ? FSIM_OK : fsim_no_memory(report);
  for (size_t f = 0; status == FSIM_OK && f < s->n_funnels; f++)
    entry[f] = (fsim_target){false, s->funnels[f].entry};
  for (size_t p = 0; status == FSIM_OK && p < s->n_profiles; p++)
    if (w->kind[p] > 0) status = weigh_kind(w, p, outcome_weight, entry, report);
  for (size_t i = 0; status == FSIM_OK && i < s->n_streams; i++) {
    for (size_t week = 0; week < w->n_weeks && w->by_chance[i]; week++)
      for (size_t v = 0; v < w->n_values; v++) {
        bool counts = (double)(week + 1) * FSIM_WEEK > s->warm_up_s;
        weights_of(w, week, i, v)[w->n_metrics - 1] = counts ? s->streams[i].cost : 0;
      }
  }
  free(outcome_weight);
  free(entry);
  return status;
}

/* ---- sums ---- */

/* Adds what `count` leads bring to the rows of all and of their value's group. */
static void add_leads(const work *w, size_t value, double count, const double *weight, double *row,
                      size_t stride) {
  for (size_t m = 0; m < w->n_metrics; m++) {
    row[m * w->n_groups * stride] += count * weight[m];
    if (w->n_groups > 1) row[(m * w->n_groups + 1 + value) * stride] += count * weight[m];
  }
}

static void sum_replication(void *context, uint32_t replication, const int64_t *cells) {
  work *w = context;
  const fsim_scenario *s = w->s;
  size_t groups = w->source->shape->dim[FSIM_DIM_GROUP], n = w->source->replications;
  for (size_t week = 0; week < w->n_weeks; week++) {
    for (size_t i = 0; i < s->n_streams; i++) {
      const int64_t *cell = cells + (week * s->n_streams + i) * groups + w->first_group;
      for (size_t v = 0; v < w->n_values && w->by_chance[i]; v++)
        if (cell[v] > 0)
          add_leads(w, v, (double)cell[v], weights_of(w, week, i, v), w->sum + replication, n);
    }
  }
}

/* Expected sums of a realisation of the scenario. */
static void expect(work *w, const fsim_scenario *s) {
  memset(w->mean, 0, w->n_rows * sizeof *w->mean);
  for (size_t i = 0; i < s->n_streams; i++) {
    const fsim_stream *stream = &s->streams[i];
    double before = 0;
    for (size_t week = 0; week < w->n_weeks && w->by_chance[i]; week++) {
      double until = fmin((double)(week + 1) * FSIM_WEEK, s->horizon_s);
      double leads = fsim_stream_leads_until(stream, until);
      for (size_t v = 0; v < w->n_values; v++)
        add_leads(w, v, (leads - before) * fsim_stream_share(s, stream, w->attribute, v),
                  weights_of(w, week, i, v), w->mean, 1);
      before = leads;
    }
  }
}

/* Whether a rate or a share of the leads is uncertain. */
static int uncertain_streams(const fsim_source *text, fsim_report *report, bool *uncertain) {
  char **paths = NULL;
  size_t n = 0;
  int status = fsim_uncertain_paths(text, report, &paths, &n);
  *uncertain = false;
  for (size_t i = 0; i < n; i++) {
    *uncertain |= strstr(paths[i], "streams.") != NULL;
    free(paths[i]);
  }
  free(paths);
  return status;
}

/* Takes the known means off; units of pairs become the means of two. */
static int centre(work *w, const fsim_source *text, fsim_known *known, fsim_report *report) {
  size_t n = w->source->replications;
  bool each;
  int status = uncertain_streams(text, report, &each);
  expect(w, w->s);
  for (size_t u = 0; status == FSIM_OK && u < known->units; u++) {
    fsim_scenario *drawn = NULL;
    if (each) status = fsim_source_realise(text, u, report, &drawn);
    if (drawn != NULL) expect(w, drawn);
    fsim_scenario_free(drawn);
    for (size_t r = 0; r < w->n_rows; r++) {
      const double *row = w->sum + r * n;
      double value = w->s->uncertain ? (row[2 * u] + row[2 * u + 1]) / 2 : row[u];
      known->less[r * known->units + u] = value - w->mean[r];
    }
  }
  return status;
}

static int fill(work *w, const fsim_source *text, fsim_known *known, fsim_report *report) {
  const fsim_scenario *s = w->s;
  w->by_chance = fsim_zeroed(s->n_streams, sizeof *w->by_chance);
  w->kind = fsim_zeroed(s->n_profiles, sizeof *w->kind);
  w->weight = fsim_zeroed(w->n_weeks * s->n_streams * w->n_values * w->n_metrics, sizeof(double));
  w->sum = fsim_zeroed(w->n_rows * w->source->replications, sizeof *w->sum);
  w->mean = fsim_zeroed(w->n_rows, sizeof *w->mean);
  known->less = fsim_zeroed(w->n_rows * known->units, sizeof *known->less);
  if (!w->by_chance || !w->kind || !w->weight || !w->sum || !w->mean || !known->less)
    return fsim_no_memory(report);
  for (size_t i = 0; i < s->n_streams; i++)
    known->any |= w->by_chance[i] = comes_by_chance(&s->streams[i]);
  if (!known->any) return FSIM_OK;
  choose_kinds(w);
  int status = weigh(w, report);
  if (status == FSIM_OK)
    status = fsim_series_stream(w->source, FSIM_WEEK_ARRIVED, report, sum_replication, w);
  return status == FSIM_OK ? centre(w, text, known, report) : status;
}

int fsim_known_make(const fsim_series_source *source, const fsim_source *text, size_t attribute,
                    size_t n_groups, fsim_report *report, fsim_known **known) {
  const fsim_scenario *s = source->scenario;
  *known = NULL;
  fsim_known *made = fsim_zeroed(1, sizeof *made);
  if (made == NULL) return fsim_no_memory(report);
  *made = (fsim_known){
      .n_funnels = s->n_funnels, .n_groups = n_groups, .units = fsim_series_units(source)};
  work w = {.source = source,
            .s = s,
            .attribute = attribute,
            .n_values = s->attributes[attribute].n_values,
            .first_group = 1,
            .n_groups = n_groups,
            .n_metrics = 2 * s->n_funnels + 1,
            .n_rows = (2 * s->n_funnels + 1) * n_groups,
            .n_weeks = source->shape->dim[FSIM_DIM_WEEK]};
  for (size_t a = 0; a < attribute; a++) w.first_group += s->attributes[a].n_values;
  int status = fill(&w, text, made, report);
  free(w.by_chance);
  free(w.kind);
  free(w.weight);
  free(w.sum);
  free(w.mean);
  if (status == FSIM_OK)
    *known = made;
  else
    fsim_known_free(made);
  return status;
}

void fsim_known_free(fsim_known *known) {
  if (known == NULL) return;
  free(known->less);
  free(known);
}

const double *fsim_known_of(const fsim_known *known, fsim_known_kind kind, size_t funnel,
                            size_t group) {
  size_t row = (kind == FSIM_KNOWN_VALUE ? known->n_funnels : 0) + funnel;
  return known->less + (row * known->n_groups + group) * known->units;
}

const double *fsim_known_spent(const fsim_known *known, size_t group) {
  return known->less + (2 * known->n_funnels * known->n_groups + group) * known->units;
}
