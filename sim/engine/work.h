/* What an engine does for the runner: parts of replications. Private to this folder. */
#ifndef FSIM_ENGINE_WORK_H
#define FSIM_ENGINE_WORK_H

#include "sim/engine/engine.h"
#include "sim/record/recorder.h"

/* A range of leads of one stream of one replication. */
typedef struct fsim_part {
  uint32_t replication;
  size_t stream;
  uint32_t first;   /* number of the first lead */
  uint32_t most;    /* leads, fewer when the horizon comes first; UINT32_MAX: all that arrive */
  int64_t gaps;     /* of the leads before it (engine/arrivals.h) */
  uint32_t lead;    /* of the replication: the number of this part's first lead */
  uint32_t n_leads; /* set by the engine: how many came */
} fsim_part;

typedef struct fsim_engine_work {
  /* What all threads share for one plan. */
  int (*prepare)(const fsim_plan *plan, size_t block_leads, fsim_report *report, void **shared);
  void (*release)(void *shared);
  /* One thread's memory for one plan; NULL when memory is out. */
  void *(*worker_new)(const void *shared);
  void (*worker_free)(void *worker);
  /* NULL where the engine can only run all: the part of every replication that it is to run. */
  void (*limit)(void *worker, const fsim_scope *scope);
  /* Counts a part; adds its rows to `rows` unless that is NULL; `share` of the leads are kept. */
  int (*run)(const void *shared, void *worker, fsim_part *part, fsim_recorder *recorder,
             fsim_trajectory *rows, double share, fsim_report *report);
  /* NULL, or instead of `run`, where leads meet: counts a whole replication. */
  int (*replicate)(const void *shared, void *worker, uint32_t replication, fsim_recorder *recorder,
                   fsim_trajectory *rows, double share, fsim_report *report);
  /* NULL, or beside `replicate`: into how many components a replication falls whose leads never
   * meet (0 when memory is out); and the counts of one of them. */
  size_t (*components)(const fsim_scenario *scenario);
  int (*count)(const void *shared, void *worker, uint32_t replication, size_t component,
               fsim_recorder *recorder, fsim_report *report);
} fsim_engine_work;

extern const fsim_engine fsim_engine_independent, fsim_engine_stagewise, fsim_engine_calendar;

/* The engine of that name, or for NULL the first that can run the scenario; a message when there is
 * none. */
int fsim_engine_choose(const fsim_scenario *scenario, const char *name, fsim_report *report,
                       const fsim_engine **engine);

/* Sizes that change speed and memory but never a result. */
typedef struct fsim_tuning {
  size_t block_leads;  /* leads simulated together; 0: chosen */
  uint32_t part_leads; /* leads of a part when a replication is split; 0: chosen */
  double large_leads;  /* replications that expect more leads are split; 0: chosen */
} fsim_tuning;

int fsim_run_tuned(const fsim_source *source, const fsim_scenario *central, const fsim_shape *shape,
                   const fsim_run_options *options, const fsim_tuning *tuning,
                   const fsim_sink *sink, fsim_report *report, fsim_run_result *result);

#endif
