/* What the two ways to spread work over threads share. Private to this folder.
 *
 * Small replications are worked on whole, one thread each (a pair of them where numbers are
 * uncertain, so that a pair is realised once); large ones are cut into ranges of leads. Neither
 * changes a bit of the result. */
#ifndef FSIM_ENGINE_RUNNER_H
#define FSIM_ENGINE_RUNNER_H

#include <stdatomic.h>

#include "sim/engine/realise.h"
#include "sim/engine/turnstile.h"

#define FSIM_COMMIT_EVERY_S 1.0

typedef struct fsim_thread {
  fsim_realised realised; /* whole replications of uncertain scenarios: the thread's own */
  void *worker;
  fsim_recorder *recorder;
  fsim_pool *pool;
} fsim_thread;

typedef struct fsim_runner {
  const fsim_source *source;
  const fsim_scenario *central;
  const fsim_shape *shape;
  const fsim_run_options *options;
  const fsim_tuning *tuning;
  const fsim_sink *sink;
  fsim_report *report;
  const fsim_engine *engine;
  int threads;
  fsim_thread *thread;  /* [threads] */
  fsim_realised shared; /* unless threads realise pairs themselves */
  fsim_pool *pool;      /* sums of all committed units */
  atomic_uint done;     /* replications delivered */
  atomic_uint_fast64_t visits;
  double started, committed, told; /* times of the clock */
} fsim_runner;

double fsim_clock_now(void);
bool fsim_runner_stopped(const fsim_runner *runner);
/* Replications of a unit: a pair where numbers are uncertain. */
uint32_t fsim_runner_unit(const fsim_runner *runner);
bool fsim_runner_keeps(const fsim_runner *runner, uint32_t replication);
/* For the calling thread, now and then: lets the sink write, tells progress. */
int fsim_runner_tend(fsim_runner *runner);
/* For a thread without work: does a piece of the sink's, or rests a moment. */
void fsim_runner_help(const fsim_runner *runner);
/* All threads rest: their pools are added up and everything done is committed. */
int fsim_runner_commit(fsim_runner *runner);
/* The worker of a thread for a realisation (made anew for a new one). */
int fsim_runner_worker(fsim_runner *runner, fsim_thread *thread, const fsim_realised *realised);

int fsim_run_whole(fsim_runner *runner);
int fsim_run_split(fsim_runner *runner);

#endif
