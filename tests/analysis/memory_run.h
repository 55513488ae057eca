/* Simulations kept in memory and summarised, for tests against exact answers. Include after
 * cmocka.h. */
#ifndef FSIM_TESTS_ANALYSIS_MEMORY_RUN_H
#define FSIM_TESTS_ANALYSIS_MEMORY_RUN_H

#include <stdlib.h>
#include <string.h>

#include "analysis/summary.h"
#include "sim/base/array.h"
#include "sim/engine/engine.h"

/* A run kept in memory. */
typedef struct run {
  fsim_report *report;
  fsim_source *source;
  fsim_scenario *scenario;
  fsim_shape *shape;
  int64_t *records;
  fsim_pool *pool;
  fsim_series_source series;
  fsim_summary *summary;
} run;

static inline int take(void *self, const fsim_trajectory *part, fsim_report *report) {
  (void)self;
  (void)part;
  (void)report;
  return FSIM_OK;
}

static inline int finish(void *self, uint32_t replication, const int64_t *record,
                         fsim_report *report) {
  run *r = self;
  (void)report;
  memcpy(r->records + (size_t)replication * r->shape->n_cells, record,
         r->shape->n_cells * sizeof *record);
  return FSIM_OK;
}

static inline bool help(void *self) {
  (void)self;
  return false;
}

static inline int tend(void *self, fsim_report *report) {
  (void)self;
  (void)report;
  return FSIM_OK;
}

static inline int commit(void *self, uint32_t done, const fsim_pool *pool, fsim_report *report) {
  run *r = self;
  (void)done;
  fsim_pool_free(r->pool);
  r->pool = fsim_pool_new(pool->n_histograms);
  if (r->pool == NULL) return fsim_no_memory(report);
  fsim_pool_merge(r->pool, pool);
  return FSIM_OK;
}

static inline int read_run(void *self, fsim_cells array, uint32_t first, uint32_t n,
                           int64_t *values, fsim_report *report) {
  const run *r = self;
  size_t cells = fsim_array_cells(r->shape, array);
  (void)report;
  for (uint32_t i = 0; i < n; i++) {
    memcpy(values + i * cells,
           r->records + (size_t)(first + i) * r->shape->n_cells + r->shape->offset[array],
           cells * sizeof *values);
  }
  return FSIM_OK;
}

static inline void expect_fine(int status, const fsim_report *report) {
  const fsim_message *m;
  for (size_t i = 0; status != FSIM_OK && (m = fsim_report_message(report, i)) != NULL; i++) {
    print_message("%d:%d: %s\n", m->line, m->column, m->text);
  }
  assert_int_equal(status, FSIM_OK);
}

/* With one CSV file that the scenario names. */
static inline void simulate_with(run *r, const char *yaml, const char *file, const char *csv,
                                 uint32_t replications) {
  memset(r, 0, sizeof *r);
  r->report = fsim_report_new();
  const size_t length = csv == NULL ? 0 : strlen(csv);
  expect_fine(fsim_source_parse("test.yaml", yaml, strlen(yaml), &file, &csv, &length, csv != NULL,
                                NULL, 0, r->report, &r->source),
              r->report);
  expect_fine(fsim_source_realise(r->source, FSIM_CENTRAL, r->report, &r->scenario), r->report);
  expect_fine(fsim_shape_make(r->scenario, r->report, &r->shape), r->report);
  r->records = fsim_zeroed((size_t)replications * r->shape->n_cells, sizeof *r->records);
  assert_non_null(r->records);
  fsim_run_options options = {.threads = 1, .keep = {0, 1}, .end = replications};
  fsim_sink sink = {r, take, finish, help, tend, commit};
  fsim_run_result result;
  expect_fine(fsim_run(r->source, r->scenario, r->shape, &options, &sink, r->report, &result),
              r->report);
  assert_int_equal(result.done, replications);
  r->series = (fsim_series_source){r, r->scenario, r->shape, r->pool, replications, read_run};
  fsim_summary_options summary = {NULL, 0};
  expect_fine(fsim_summary_make(&r->series, &summary, r->report, &r->summary), r->report);
}

static inline void simulate(run *r, const char *yaml, uint32_t replications) {
  simulate_with(r, yaml, NULL, NULL, replications);
}

static inline void end(run *r) {
  fsim_summary_free(r->summary);
  fsim_pool_free(r->pool);
  free(r->records);
  fsim_shape_free(r->shape);
  fsim_scenario_free(r->scenario);
  fsim_source_free(r->source);
  fsim_report_free(r->report);
}

#endif
