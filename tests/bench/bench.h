/* What the speed programs share: the clock, a scenario from text, a sink that keeps nothing. */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sim/engine/work.h"

static inline double bench_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct bench_scenario {
  fsim_report *report;
  fsim_source *source;
  fsim_scenario *scenario;
  fsim_shape *shape;
} bench_scenario;

static inline int bench_open(bench_scenario *b, const char *yaml) {
  *b = (bench_scenario){.report = fsim_report_new()};
  int status = fsim_source_parse("bench.yaml", yaml, strlen(yaml), NULL, NULL, NULL, 0, NULL, 0,
                                 b->report, &b->source);
  if (status == FSIM_OK)
    status = fsim_source_realise(b->source, FSIM_CENTRAL, b->report, &b->scenario);
  if (status == FSIM_OK) status = fsim_shape_make(b->scenario, b->report, &b->shape);
  return status;
}

/* Says what went wrong, if anything did. */
static inline void bench_close(bench_scenario *b) {
  if (fsim_report_message(b->report, 0) != NULL)
    fprintf(stderr, "%s\n", fsim_report_message(b->report, 0)->text);
  fsim_shape_free(b->shape);
  fsim_scenario_free(b->scenario);
  fsim_source_free(b->source);
  fsim_report_free(b->report);
}

static inline int bench_no_rows(void *self, const fsim_trajectory *part, fsim_report *report) {
  (void)self, (void)part, (void)report;
  return FSIM_OK;
}

static inline int bench_no_record(void *self, uint32_t replication, const int64_t *record,
                                  fsim_report *report) {
  (void)self, (void)replication, (void)record, (void)report;
  return FSIM_OK;
}

static inline bool bench_no_help(void *self) {
  (void)self;
  return false;
}

static inline int bench_no_tend(void *self, fsim_report *report) {
  (void)self, (void)report;
  return FSIM_OK;
}

static inline int bench_no_commit(void *self, uint32_t done, const fsim_pool *pool,
                                  fsim_report *report) {
  (void)self, (void)done, (void)pool, (void)report;
  return FSIM_OK;
}

/* Runs replications on one engine; *rate is visits a second. */
static inline int bench_run(const bench_scenario *b, const char *engine, uint32_t replications,
                            int threads, uint32_t keep, double *rate) {
  fsim_sink sink = {NULL,          bench_no_rows, bench_no_record,
                    bench_no_help, bench_no_tend, bench_no_commit};
  fsim_run_options options = {
      .threads = threads, .end = replications, .engine = engine, .keep = {keep, 1}};
  fsim_run_result result = {0};
  int status = fsim_run(b->source, b->scenario, b->shape, &options, &sink, b->report, &result);
  *rate = status == FSIM_OK ? (double)result.visits / result.seconds : 0;
  return status;
}

#endif
