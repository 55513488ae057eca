/* Engines and the runner that spreads replications over threads. */
#ifndef FSIM_ENGINE_ENGINE_H
#define FSIM_ENGINE_ENGINE_H

#include "sim/engine/scope.h"
#include "sim/model/source.h"
#include "sim/random/sampler.h"
#include "sim/record/sink.h"

/* Which trajectories are kept. */
typedef struct fsim_keep {
  uint32_t replications; /* of the first so many replications; UINT32_MAX: all; 0: none */
  double share;          /* of these, the leads chosen by key with this probability (1: all) */
} fsim_keep;

typedef struct fsim_progress {
  uint32_t replications_done;
  uint64_t visits_done;
} fsim_progress;

typedef struct fsim_run_options {
  int threads;        /* 0: all cores */
  const char *engine; /* NULL: chosen by the scenario */
  fsim_keep keep;
  uint32_t first;     /* first replication (resume, extend); even when numbers are uncertain */
  uint32_t end;       /* one past the last */
  fsim_pool *pool;    /* NULL, or the sums of the units before `first` */
  bool without_times; /* no quantiles of times are wanted: the sink's pool is empty */
  /* NULL, or tables of laws that are kept from run to run, with `threads` 1. */
  fsim_sampler_cache *cache;
  const fsim_scope *scope; /* NULL, or which part of every replication; not for rows */
  /* NULL, or called about every tenth of a second on the calling thread. */
  void (*progress)(void *context, const fsim_progress *progress);
  void *context;
  const volatile int *stop; /* NULL, or: when it becomes non-zero the run ends after a commit */
} fsim_run_options;

typedef struct fsim_run_result {
  uint32_t done; /* replications committed, counted from 0 */
  uint64_t visits;
  double seconds;
  bool stopped; /* by `stop` */
  const char *engine;
} fsim_run_result;

/* One engine. Adding one means one file and one line in fsim_engines. */
typedef struct fsim_engine {
  const char *name;
  const char *help;
  /* NULL when it can run this scenario, else why not (static text). */
  const char *(*unfit)(const fsim_scenario *scenario);
  /* Its work on one part of a replication; see runner.c. */
  const struct fsim_engine_work *work;
} fsim_engine;

extern const fsim_engine *const fsim_engines[];
extern const size_t fsim_n_engines;

/* Runs replications first … end - 1 of a source. The scenario `central` (fsim_source_realise with
 * FSIM_CENTRAL) gives shape and names; uncertain numbers are realised anew for every pair. */
int fsim_run(const fsim_source *source, const fsim_scenario *central, const fsim_shape *shape,
             const fsim_run_options *options, const fsim_sink *sink, fsim_report *report,
             fsim_run_result *result);

/* Can a run of the scenario be limited to some journeys (scope.h)? Not where all are simulated at
 * once anyway, nor by an engine that follows links from stage to stage. */
bool fsim_scope_fits(const fsim_scenario *scenario);

/* What one replication is expected to hold (for --dry-run and progress), from the chain. */
typedef struct fsim_expected {
  double leads, journeys, visits;
  double valued; /* of the journeys: those that have a value */
  double worked; /* of the visits: those to stages where a team works */
} fsim_expected;
int fsim_expect(const fsim_scenario *scenario, fsim_report *report, fsim_expected *expected);

/* One lead of one replication as it went, for `trace`: its rows in all three tables, the same that
 * a run stores. FSIM_BAD_INPUT when that stream or number does not arrive within the horizon. */
int fsim_replay_lead(const fsim_source *source, uint32_t replication, const char *stream,
                     uint32_t number, fsim_report *report, fsim_trajectory **rows);

/* What the waits of rows of visits would have been at the mean pace, in seconds: mean_pace[visits];
 * NAN for stages without a pace. `scenario` is the realisation that the rows are of. */
int fsim_waits_at_mean_pace(const fsim_scenario *scenario, const fsim_trajectory *rows,
                            fsim_report *report, double *mean_pace);

/* The draws that decide whether a change reaches leads of a stream, by their numbers: it does (at
 * the latest when its ramp is over) when the draw is below the change's share. draw[n] */
void fsim_change_draws(const fsim_scenario *scenario, uint32_t replication, size_t stream,
                       size_t change, const uint32_t *number, double *draw, size_t n);

/* Feeds stored rows of one replication (complete ones) through the same counting as the engine:
 * record (zeroed, shape.n_cells) and histograms (zeroed, n_histograms * FSIM_TIME_CLASSES). */
int fsim_recount(const fsim_scenario *scenario, const fsim_shape *shape,
                 const fsim_trajectory *rows, int64_t *record, uint32_t *histograms,
                 fsim_report *report);

#endif
