/* Replications small enough for one thread each. */
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/runner.h"

#define PLACES_PER_THREAD 3

/* What one unit of work leaves behind until it is delivered. */
typedef struct outcome {
  int64_t *record[2]; /* of the replications of the unit */
  fsim_trajectory *rows[2];
  uint32_t first, n; /* replications */
} outcome;

typedef struct whole {
  fsim_runner *r;
  fsim_turnstile turnstile;
  outcome *outcomes; /* [places] */
  uint32_t unit, end;
  uint64_t tickets;
} whole;

static int make_outcomes(whole *w) {
  size_t places = w->turnstile.places;
  w->outcomes = fsim_zeroed(places, sizeof *w->outcomes);
  if (w->outcomes == NULL) return -1;
  for (size_t p = 0; p < places; p++) {
    for (uint32_t k = 0; k < w->unit; k++) {
      w->outcomes[p].record[k] = fsim_zeroed(w->r->shape->n_cells, sizeof(int64_t));
      w->outcomes[p].rows[k] = fsim_trajectory_new(w->r->central->n_attributes);
      if (w->outcomes[p].record[k] == NULL || w->outcomes[p].rows[k] == NULL) return -1;
    }
  }
  return 0;
}

static void free_outcomes(whole *w) {
  for (size_t p = 0; w->outcomes != NULL && p < w->turnstile.places; p++) {
    for (int k = 0; k < 2; k++) {
      free(w->outcomes[p].record[k]);
      fsim_trajectory_free(w->outcomes[p].rows[k]);
    }
  }
  free(w->outcomes);
}

static int run_replication(whole *w, fsim_thread *thread, const fsim_realised *realised,
                           uint32_t replication, fsim_trajectory *rows) {
  fsim_runner *r = w->r;
  uint32_t lead = 0;
  bool keep = fsim_runner_keeps(r, replication);
  if (r->engine->work->replicate != NULL)
    return r->engine->work->replicate(realised->shared, thread->worker, replication,
                                      thread->recorder, keep ? rows : NULL, r->options->keep.share,
                                      r->report);
  for (size_t s = 0; s < realised->scenario->n_streams; s++) {
    fsim_part part = {.replication = replication, .stream = s, .most = UINT32_MAX, .lead = lead};
    int status = r->engine->work->run(realised->shared, thread->worker, &part, thread->recorder,
                                      keep ? rows : NULL, r->options->keep.share, r->report);
    if (status != FSIM_OK) return status;
    lead += part.n_leads;
  }
  return FSIM_OK;
}

static int realise(whole *w, fsim_thread *thread, uint32_t replication,
                   const fsim_realised **realised) {
  fsim_runner *r = w->r;
  *realised = r->central->uncertain ? &thread->realised : &r->shared;
  if (!r->central->uncertain)
    return thread->worker != NULL ? FSIM_OK : fsim_runner_worker(r, thread, *realised);
  if (thread->worker != NULL) r->engine->work->worker_free(thread->worker);
  thread->worker = NULL;
  int status = fsim_realise(&thread->realised, r->engine, r->source, r->central, replication / 2,
                            r->tuning->block_leads, r->report);
  return status != FSIM_OK ? status : fsim_runner_worker(r, thread, *realised);
}

/* A unit: one replication, or two with the same uncertain numbers. Its histograms add up to one
 * entry of the pool; its records are told apart. */
static int run_unit(whole *w, fsim_thread *thread, uint64_t ticket) {
  fsim_runner *r = w->r;
  const fsim_shape *shape = r->shape;
  outcome *o = &w->outcomes[ticket % w->turnstile.places];
  const fsim_realised *realised;
  uint32_t first = r->options->first + (uint32_t)ticket * w->unit;
  o->first = first;
  o->n = w->end - first < w->unit ? w->end - first : w->unit;
  int status = realise(w, thread, first, &realised);
  uint32_t *histograms = NULL;
  if (status == FSIM_OK && o->n > 1) {
    histograms = fsim_zeroed(shape->n_histograms, FSIM_TIME_CLASSES * sizeof *histograms);
    if (histograms == NULL) return fsim_no_memory(r->report);
  }
  for (uint32_t k = 0; k < o->n && status == FSIM_OK; k++) {
    fsim_recorder_clear(thread->recorder);
    fsim_trajectory_clear(o->rows[k]);
    o->rows[k]->replication = first + k;
    status = run_replication(w, thread, realised, first + k, o->rows[k]);
    if (status != FSIM_OK) break;
    fsim_recorder_finish(thread->recorder);
    memcpy(o->record[k], thread->recorder->cells, shape->n_cells * sizeof(int64_t));
    atomic_fetch_add(&r->visits, thread->recorder->visits);
    for (size_t i = 0; histograms != NULL && i < shape->n_histograms * FSIM_TIME_CLASSES; i++)
      histograms[i] += thread->recorder->histograms[i];
  }
  if (status == FSIM_OK && histograms != NULL) fsim_pool_add(thread->pool, histograms);
  if (status == FSIM_OK && histograms == NULL)
    fsim_pool_add_recorder(thread->pool, thread->recorder);
  free(histograms);
  return status;
}

static int deliver(void *context, uint64_t ticket) {
  whole *w = context;
  fsim_runner *r = w->r;
  outcome *o = &w->outcomes[ticket % w->turnstile.places];
  for (uint32_t k = 0; k < o->n; k++) {
    int status = FSIM_OK;
    if (fsim_runner_keeps(r, o->first + k))
      status = r->sink->take(r->sink->self, o->rows[k], r->report);
    if (status == FSIM_OK)
      status = r->sink->finish(r->sink->self, o->first + k, o->record[k], r->report);
    if (status != FSIM_OK) return status;
    r->done = o->first + k + 1;
  }
  return FSIM_OK;
}

static void fail(whole *w, int status) {
  pthread_mutex_lock(&w->turnstile.lock);
  if (w->turnstile.status == FSIM_OK) w->turnstile.status = status;
  pthread_mutex_unlock(&w->turnstile.lock);
}

/* Until it is time to commit, to stop, or all is done. */
static void work_on(whole *w, int number) {
  fsim_runner *r = w->r;
  while (!fsim_turnstile_empty(&w->turnstile, w->tickets)) {
    bool due = fsim_clock_now() - r->committed >= FSIM_COMMIT_EVERY_S;
    if (due || fsim_runner_stopped(r)) break;
    if (number == 0) {
      int status = fsim_runner_tend(r);
      if (status != FSIM_OK) fail(w, status);
    }
    uint64_t ticket;
    if (!fsim_turnstile_enter(&w->turnstile, w->tickets, &ticket)) {
      fsim_runner_help(r);
      continue;
    }
    int status = run_unit(w, &r->thread[number], ticket);
    fsim_turnstile_leave(&w->turnstile, ticket, status, deliver, w);
  }
}

int fsim_run_whole(fsim_runner *r) {
  whole w = {.r = r, .unit = fsim_runner_unit(r), .end = r->options->end};
  uint32_t n = w.end > r->options->first ? w.end - r->options->first : 0;
  w.tickets = ((uint64_t)n + w.unit - 1) / w.unit;
  if (fsim_turnstile_init(&w.turnstile, (size_t)r->threads * PLACES_PER_THREAD) != 0)
    return fsim_no_memory(r->report);
  int status = make_outcomes(&w) != 0 ? fsim_no_memory(r->report) : FSIM_OK;
  bool more = true;
  while (status == FSIM_OK && more) {
#pragma omp parallel num_threads(r->threads)
    work_on(&w, omp_get_thread_num());
    status = w.turnstile.status;
    if (status == FSIM_OK) status = fsim_runner_commit(r);
    more = !fsim_turnstile_empty(&w.turnstile, w.tickets) && !fsim_runner_stopped(r);
  }
  free_outcomes(&w);
  fsim_turnstile_destroy(&w.turnstile);
  return status;
}
