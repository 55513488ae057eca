/* Scenarios from short texts, and a sink that keeps what a run delivers, for the engine's tests. */
#ifndef TESTS_ENGINE_BUILD_H
#define TESTS_ENGINE_BUILD_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* needs some of the above */
#include <cmocka.h>

#include "sim/engine/work.h"

typedef struct model {
  fsim_report *report;
  fsim_source *source;
  fsim_scenario *scenario;
  fsim_shape *shape;
} model;

static inline void show_report(const fsim_report *report) {
  const fsim_message *m;
  for (size_t i = 0; (m = fsim_report_message(report, i)) != NULL; i++)
    fprintf(stderr, "%s:%d:%d: %s\n", m->file == NULL ? "" : m->file, m->line, m->column, m->text);
}

static inline model model_make_with(const char *yaml, const char *csv_name, const char *csv) {
  model m = {.report = fsim_report_new()};
  size_t length = csv == NULL ? 0 : strlen(csv);
  int status = fsim_source_parse("test.yaml", yaml, strlen(yaml), &csv_name, &csv, &length,
                                 csv == NULL ? 0 : 1, NULL, 0, m.report, &m.source);
  if (status == FSIM_OK)
    status = fsim_source_realise(m.source, FSIM_CENTRAL, m.report, &m.scenario);
  if (status == FSIM_OK) status = fsim_shape_make(m.scenario, m.report, &m.shape);
  if (status != FSIM_OK) show_report(m.report);
  assert_int_equal(status, FSIM_OK);
  return m;
}

static inline model model_make(const char *yaml) {
  return model_make_with(yaml, NULL, NULL);
}

static inline void model_free(model *m) {
  fsim_shape_free(m->shape);
  fsim_scenario_free(m->scenario);
  fsim_source_free(m->source);
  fsim_report_free(m->report);
  memset(m, 0, sizeof *m);
}

/* Everything that a run delivered. */
typedef struct kept {
  const model *m;
  fsim_trajectory *rows; /* of all replications, one after the other */
  int64_t *records;      /* [replications][n_cells] */
  uint32_t replications, committed;
  fsim_pool *pool;
  fsim_run_result result;
} kept;

static inline int keep_take(void *self, const fsim_trajectory *part, fsim_report *report) {
  kept *k = self;
  for (int t = 0; t < FSIM_N_TABLES; t++) {
    if (fsim_trajectory_reserve(k->rows, (fsim_table)t, part->rows[t]) != 0)
      return fsim_no_memory(report);
    for (int c = 0; c < FSIM_N_COLUMNS; c++) {
      size_t size = fsim_column_size(fsim_columns[c].type);
      if (fsim_columns[c].table != (fsim_table)t || part->rows[t] == 0) continue;
      memcpy((char *)k->rows->column[c] + k->rows->rows[t] * size, part->column[c],
             part->rows[t] * size);
    }
    for (size_t a = 0; t == FSIM_LEADS && part->rows[t] > 0 && a < part->n_attributes; a++)
      memcpy(k->rows->attribute[a] + k->rows->rows[t], part->attribute[a], part->rows[t]);
    k->rows->rows[t] += part->rows[t];
  }
  return FSIM_OK;
}

static inline int keep_finish(void *self, uint32_t replication, const int64_t *record,
                              fsim_report *report) {
  kept *k = self;
  size_t n = k->m->shape->n_cells;
  if (replication != k->replications) return fsim_failure(report, FSIM_NOWHERE, "out of order");
  memcpy(k->records + replication * n, record, n * sizeof *k->records);
  k->replications++;
  return FSIM_OK;
}

static inline bool keep_help(void *self) {
  (void)self;
  return false;
}

static inline int keep_tend(void *self, fsim_report *report) {
  (void)self;
  (void)report;
  return FSIM_OK;
}

static inline int keep_commit(void *self, uint32_t done, const fsim_pool *pool,
                              fsim_report *report) {
  kept *k = self;
  fsim_pool_free(k->pool);
  k->pool = fsim_pool_new(pool->n_histograms);
  if (k->pool == NULL) return fsim_no_memory(report);
  fsim_pool_merge(k->pool, pool);
  k->committed = done;
  return FSIM_OK;
}

typedef struct run_plan {
  uint32_t replications, keep;
  int threads;
  double share;
  fsim_tuning tuning;
  const char *engine; /* NULL: chosen */
} run_plan;

static inline int run_into(const model *m, run_plan plan, kept *k) {
  *k = (kept){.m = m, .rows = fsim_trajectory_new(m->scenario->n_attributes)};
  k->records = calloc(plan.replications * m->shape->n_cells, sizeof *k->records);
  assert_non_null(k->records);
  fsim_run_options options = {.engine = plan.engine,
                              .threads = plan.threads == 0 ? 1 : plan.threads,
                              .keep = {plan.keep, plan.share > 0 ? plan.share : 1},
                              .end = plan.replications};
  fsim_sink sink = {k, keep_take, keep_finish, keep_help, keep_tend, keep_commit};
  return fsim_run_tuned(m->source, m->scenario, m->shape, &options, &plan.tuning, &sink, m->report,
                        &k->result);
}

static inline kept run_model(const model *m, run_plan plan) {
  kept k;
  int status = run_into(m, plan, &k);
  if (status != FSIM_OK) show_report(m->report);
  assert_int_equal(status, FSIM_OK);
  assert_int_equal(k.replications, plan.replications);
  assert_int_equal(k.committed, plan.replications);
  return k;
}

static inline void kept_free(kept *k) {
  fsim_trajectory_free(k->rows);
  fsim_pool_free(k->pool);
  free(k->records);
  memset(k, 0, sizeof *k);
}

static inline int64_t cell(const kept *k, uint32_t replication, fsim_cells array, size_t i,
                           size_t j, size_t l) {
  return k->records[replication * k->m->shape->n_cells + fsim_cell(k->m->shape, array, i, j, l)];
}

static inline size_t stage_named(const model *m, const char *name) {
  for (size_t s = 0; s < m->scenario->n_stages; s++)
    if (strcmp(m->scenario->stages[s].name, name) == 0) return s;
  fail_msg("no stage %s", name);
  return 0;
}

static inline size_t funnel_named(const model *m, const char *name) {
  for (size_t f = 0; f < m->scenario->n_funnels; f++)
    if (strcmp(m->scenario->funnels[f].name, name) == 0) return f;
  fail_msg("no funnel %s", name);
  return 0;
}

/* "won" of the only funnel, or "basic.won". */
static inline size_t outcome_named(const model *m, const char *name) {
  const char *dot = strchr(name, '.');
  for (size_t o = 0; o < m->scenario->n_outcomes; o++) {
    const fsim_outcome *outcome = &m->scenario->outcomes[o];
    const char *funnel = m->scenario->funnels[outcome->funnel].name;
    bool right = dot == NULL || (strlen(funnel) == (size_t)(dot - name) &&
                                 strncmp(funnel, name, strlen(funnel)) == 0);
    if (right && strcmp(outcome->name, dot == NULL ? name : dot + 1) == 0) return o;
  }
  fail_msg("no outcome %s", name);
  return 0;
}

/* Mean and its standard error of x over the replications. */
typedef struct estimate {
  double mean, error, variance;
} estimate;

static inline estimate estimate_of(const double *x, size_t n) {
  double sum = 0, squares = 0;
  for (size_t i = 0; i < n; i++) sum += x[i];
  double mean = sum / (double)n;
  for (size_t i = 0; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
  double variance = squares / (double)(n - 1);
  return (estimate){mean, sqrt(variance / (double)n), variance};
}

/* Of the sum of ratios: sum x / sum y, by the delta method over replications. */
static inline estimate ratio_of(const double *x, const double *y, size_t n) {
  double sx = 0, sy = 0, squares = 0;
  for (size_t i = 0; i < n; i++) {
    sx += x[i];
    sy += y[i];
  }
  double ratio = sx / sy;
  for (size_t i = 0; i < n; i++) squares += (x[i] - ratio * y[i]) * (x[i] - ratio * y[i]);
  double mean = sy / (double)n;
  double error = sqrt(squares / (double)(n - 1) / (double)n) / mean;
  return (estimate){ratio, error, error * error * (double)n};
}

static inline estimate estimate_cell(const kept *k, fsim_cells array, size_t i, size_t j,
                                     size_t l) {
  double *x = malloc(k->replications * sizeof *x);
  for (uint32_t r = 0; r < k->replications; r++) x[r] = (double)cell(k, r, array, i, j, l);
  estimate e = estimate_of(x, k->replications);
  free(x);
  return e;
}

static inline void assert_agrees(estimate e, double exact, const char *what) {
  double z = (e.mean - exact) / e.error;
  if (!(fabs(z) < 4)) fail_msg("%s: %.10g, exact %.10g, z = %.2f", what, e.mean, exact, z);
}

#endif
