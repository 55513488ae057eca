#include "sim/engine/runner.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/base/array.h"
#include "sim/engine/arrivals.h"

#define TELL_EVERY_S 0.1
/* Leads of a replication above which it is split; fewer where its rows are held in memory. */
#define LARGE_LEADS 1e6
#define LARGE_LEADS_WITH_ROWS 1e5

double fsim_clock_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

bool fsim_runner_stopped(const fsim_runner *r) {
  return r->options->stop != NULL && *r->options->stop != 0;
}

uint32_t fsim_runner_unit(const fsim_runner *r) {
  return r->central->uncertain ? 2 : 1;
}

bool fsim_runner_keeps(const fsim_runner *r, uint32_t replication) {
  return replication < r->options->keep.replications && r->options->keep.share > 0;
}

int fsim_runner_tend(fsim_runner *r) {
  double now = fsim_clock_now();
  if (r->options->progress != NULL && now - r->told >= TELL_EVERY_S) {
    r->told = now;
    r->options->progress(r->options->context, &(fsim_progress){r->done, atomic_load(&r->visits)});
  }
  return r->sink->tend(r->sink->self, r->report);
}

void fsim_runner_help(const fsim_runner *r) {
  if (r->sink->help(r->sink->self)) return;
  nanosleep(&(struct timespec){0, 50000}, NULL);
}

static void clear_pool(fsim_pool *pool) {
  size_t n = pool->n_histograms;
  memset(pool->count, 0, n * FSIM_TIME_CLASSES * sizeof *pool->count);
  memset(pool->below_sq, 0, n * FSIM_COARSE_CLASSES * sizeof *pool->below_sq);
  memset(pool->below_n, 0, n * FSIM_COARSE_CLASSES * sizeof *pool->below_n);
  memset(pool->n_sq, 0, n * sizeof *pool->n_sq);
  pool->units = 0;
}

int fsim_runner_commit(fsim_runner *r) {
  for (int t = 0; t < r->threads; t++) {
    fsim_pool_merge(r->pool, r->thread[t].pool);
    clear_pool(r->thread[t].pool);
  }
  int status = r->sink->commit(r->sink->self, r->done, r->pool, r->report);
  r->committed = fsim_clock_now();
  return status;
}

int fsim_runner_worker(fsim_runner *r, fsim_thread *thread, const fsim_realised *realised) {
  if (thread->worker != NULL) r->engine->work->worker_free(thread->worker);
  thread->worker = r->engine->work->worker_new(realised->shared);
  if (thread->worker == NULL) return fsim_no_memory(r->report);
  if (r->options->scope == NULL) return FSIM_OK;
  if (r->engine->work->limit == NULL)
    return fsim_failure(r->report, FSIM_NOWHERE, "the engine %s can only run all journeys",
                        r->engine->name);
  r->engine->work->limit(thread->worker, r->options->scope);
  return FSIM_OK;
}

static fsim_pool *new_pool(const fsim_runner *r) {
  return fsim_pool_new(r->options->without_times ? 0 : r->shape->n_histograms);
}

static int make_threads(fsim_runner *r) {
  r->thread = fsim_zeroed((size_t)r->threads, sizeof *r->thread);
  if (r->thread == NULL) return fsim_no_memory(r->report);
  for (int t = 0; t < r->threads; t++) {
    r->thread[t].recorder = fsim_recorder_new(r->central, r->shape);
    r->thread[t].pool = new_pool(r);
    if (r->thread[t].recorder == NULL || r->thread[t].pool == NULL)
      return fsim_no_memory(r->report);
  }
  return FSIM_OK;
}

static void free_threads(fsim_runner *r) {
  for (int t = 0; r->thread != NULL && t < r->threads; t++) {
    if (r->thread[t].worker != NULL) r->engine->work->worker_free(r->thread[t].worker);
    fsim_realised_free(&r->thread[t].realised);
    fsim_recorder_free(r->thread[t].recorder);
    fsim_pool_free(r->thread[t].pool);
  }
  free(r->thread);
}

/* Leads meet: only where threads are left over, nobody wants rows, and not all leads may meet. */
static bool falls_apart(const fsim_runner *r) {
  const fsim_engine_work *work = r->engine->work;
  const fsim_run_options *o = r->options;
  uint32_t left = o->end > o->first ? o->end - o->first : 0;
  if (work->count == NULL || left / fsim_runner_unit(r) >= (uint32_t)r->threads) return false;
  if (fsim_runner_keeps(r, o->first)) return false;
  return work->components(r->central) > 1;
}

static int choose_way(const fsim_runner *r, bool *split) {
  double leads, large = r->tuning->large_leads;
  if (!(large > 0)) large = r->options->keep.replications > 0 ? LARGE_LEADS_WITH_ROWS : LARGE_LEADS;
  *split = false;
  if (r->engine->work->replicate != NULL) {
    *split = falls_apart(r);
    return FSIM_OK;
  }
  int status =
      fsim_arrivals_expected(r->central, r->options->cache, r->options->first, r->report, &leads);
  *split = leads > large;
  return status;
}

static int run_all(fsim_runner *r) {
  bool split = false;
  int status = make_threads(r);
  if (status == FSIM_OK) status = choose_way(r, &split);
  r->pool = new_pool(r);
  if (r->pool == NULL) status = fsim_no_memory(r->report);
  if (status != FSIM_OK) return status;
  if (r->options->pool != NULL) fsim_pool_merge(r->pool, r->options->pool);
  if (!r->central->uncertain) {
    r->shared.cache = r->options->cache;
    r->shared.borrowed = r->options->cache != NULL;
    status = fsim_realise(&r->shared, r->engine, r->source, r->central, 0, r->tuning->block_leads,
                          r->report);
    if (status != FSIM_OK) return status;
  }
  return split ? fsim_run_split(r) : fsim_run_whole(r);
}

int fsim_run_tuned(const fsim_source *source, const fsim_scenario *central, const fsim_shape *shape,
                   const fsim_run_options *options, const fsim_tuning *tuning,
                   const fsim_sink *sink, fsim_report *report, fsim_run_result *result) {
  fsim_runner r = {
      .source = source,
      .central = central,
      .shape = shape,
      .options = options,
      .tuning = tuning,
      .sink = sink,
      .report = report,
      .threads = options->threads > 0 ? options->threads : omp_get_num_procs(),
  };
  memset(result, 0, sizeof *result);
  int status = fsim_engine_choose(central, options->engine, report, &r.engine);
  if (status != FSIM_OK) return status;
  atomic_init(&r.visits, 0);
  atomic_init(&r.done, options->first);
  r.started = r.committed = r.told = fsim_clock_now();
  status = run_all(&r);
  result->done = r.done;
  result->visits = atomic_load(&r.visits);
  result->seconds = fsim_clock_now() - r.started;
  result->stopped = status == FSIM_OK && r.done < options->end;
  result->engine = r.engine->name;
  free_threads(&r);
  fsim_realised_free(&r.shared);
  fsim_pool_free(r.pool);
  return status;
}

int fsim_run(const fsim_source *source, const fsim_scenario *central, const fsim_shape *shape,
             const fsim_run_options *options, const fsim_sink *sink, fsim_report *report,
             fsim_run_result *result) {
  return fsim_run_tuned(source, central, shape, options, &(fsim_tuning){0}, sink, report, result);
}
