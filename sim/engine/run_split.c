/* Replications so large that all threads work on one: ranges of its leads, or, where leads meet,
 * the components of the network. */
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/arrivals.h"
#include "sim/engine/runner.h"

#define PART_LEADS 65536
#define PLACES_PER_THREAD 3

typedef struct split {
  fsim_runner *r;
  fsim_arrival_laws *laws; /* of the present realisation */
  uint32_t replication;
  uint32_t part_leads;
  bool by_component; /* a part is one of them */
  fsim_part *parts;
  size_t n_parts, capacity;
  fsim_turnstile turnstile;
  fsim_trajectory **rows; /* [places] */
  uint32_t *histograms;   /* of the unit so far: one or two replications */
} split;

static int add_part(split *w, size_t stream, uint32_t first, int64_t gaps) {
  void *items = w->parts;
  if (fsim_grow(&items, &w->capacity, w->n_parts + 1, sizeof *w->parts) != 0)
    return fsim_no_memory(w->r->report);
  w->parts = items;
  w->parts[w->n_parts++] = (fsim_part){.replication = w->replication,
                                       .stream = stream,
                                       .first = first,
                                       .most = w->part_leads,
                                       .gaps = gaps};
  return FSIM_OK;
}

/* Leads from the last part's first on: counted one by one, because the horizon cuts it. */
static uint32_t count_last(const fsim_part *part, fsim_arrivals *arrivals) {
  int32_t t[FSIM_MOST_ARRIVALS];
  uint32_t n = 0;
  fsim_arrivals_seek(arrivals, part->first, part->gaps);
  for (size_t came = FSIM_MOST_ARRIVALS; came == FSIM_MOST_ARRIVALS; n += (uint32_t)came)
    came = fsim_arrivals_next(arrivals, t, FSIM_MOST_ARRIVALS);
  return n;
}

/* Cuts a stream into parts. The sums of gaps of all ranges are made by all threads, as many ranges
 * at a time as the horizon is expected to take; then added up. */
static int cut_stream(split *w, size_t stream, uint32_t *lead) {
  fsim_arrivals arrivals = {0};
  size_t first_part = w->n_parts;
  int status = fsim_arrivals_open(&arrivals, w->laws, w->replication, stream, w->r->report);
  double expected = arrivals.stream->given != NULL ? (double)arrivals.n : arrivals.total;
  bool drawn = arrivals.stream->given == NULL && arrivals.stream->spacing == FSIM_POISSON;
  int64_t gaps = 0;
  uint32_t first = 0;
  bool more = expected > 0;
  while (status == FSIM_OK && more) {
    size_t ahead = (size_t)(expected / w->part_leads) + 2;
    int64_t *sum = fsim_zeroed(ahead, sizeof *sum);
    if (sum == NULL) {
      status = fsim_no_memory(w->r->report);
      break;
    }
    if (drawn) {
#pragma omp parallel for num_threads(w->r->threads) schedule(dynamic)
      for (size_t k = 0; k < ahead; k++)
        sum[k] = fsim_arrivals_gaps(&arrivals, first + (uint32_t)k * w->part_leads, w->part_leads);
    }
    for (size_t k = 0; k < ahead && more && status == FSIM_OK; k++) {
      status = add_part(w, stream, first, gaps);
      gaps += sum[k];
      first += w->part_leads;
      more = drawn ? (double)gaps < arrivals.total * 1073741824.0 : (double)first < expected;
    }
    free(sum);
  }
  for (size_t p = first_part; p < w->n_parts; p++) w->parts[p].lead = *lead + w->parts[p].first;
  if (status == FSIM_OK && w->n_parts > first_part) {
    const fsim_part *last = &w->parts[w->n_parts - 1];
    *lead += last->first + count_last(last, &arrivals);
  }
  fsim_arrivals_close(&arrivals);
  return status;
}

static int deliver(void *context, uint64_t ticket) {
  split *w = context;
  fsim_runner *r = w->r;
  if (!fsim_runner_keeps(r, w->replication)) return FSIM_OK;
  return r->sink->take(r->sink->self, w->rows[ticket % w->turnstile.places], r->report);
}

static int run_part(split *w, fsim_thread *thread, const fsim_realised *realised, uint64_t ticket) {
  fsim_runner *r = w->r;
  fsim_trajectory *rows = w->rows[ticket % w->turnstile.places];
  uint64_t before = thread->recorder->visits;
  int status;
  fsim_trajectory_clear(rows);
  rows->replication = w->replication;
  if (w->by_component) {
    status = r->engine->work->count(realised->shared, thread->worker, w->replication, ticket,
                                    thread->recorder, r->report);
  } else {
    status = r->engine->work->run(
        realised->shared, thread->worker, &w->parts[ticket], thread->recorder,
        fsim_runner_keeps(r, w->replication) ? rows : NULL, r->options->keep.share, r->report);
  }
  atomic_fetch_add(&r->visits, thread->recorder->visits - before);
  return status;
}

static void work_on(split *w, const fsim_realised *realised, int number) {
  fsim_runner *r = w->r;
  fsim_thread *thread = &r->thread[number];
  while (!fsim_turnstile_empty(&w->turnstile, w->n_parts)) {
    int status = number == 0 ? fsim_runner_tend(r) : FSIM_OK;
    uint64_t ticket;
    if (!fsim_turnstile_enter(&w->turnstile, w->n_parts, &ticket)) {
      fsim_runner_help(r);
      continue;
    }
    if (status == FSIM_OK) status = run_part(w, thread, realised, ticket);
    fsim_turnstile_leave(&w->turnstile, ticket, status, deliver, w);
  }
}

static int cut(split *w) {
  uint32_t lead = 0;
  w->n_parts = 0;
  w->turnstile.next = w->turnstile.delivered = 0;
  memset(w->turnstile.ready, 0, w->turnstile.places * sizeof *w->turnstile.ready);
  if (w->by_component) {
    w->n_parts = w->r->engine->work->components(w->r->central);
    return w->n_parts > 0 ? FSIM_OK : fsim_no_memory(w->r->report);
  }
  for (size_t s = 0; s < w->r->central->n_streams; s++) {
    int status = cut_stream(w, s, &lead);
    if (status != FSIM_OK) return status;
  }
  return FSIM_OK;
}

/* One replication by all threads, each counting what it does; then the counts are added up. */
static int run_replication(split *w, const fsim_realised *realised) {
  fsim_runner *r = w->r;
  int status = cut(w);
  if (status != FSIM_OK) return status;
  for (int t = 0; t < r->threads; t++) fsim_recorder_clear(r->thread[t].recorder);
#pragma omp parallel num_threads(r->threads)
  work_on(w, realised, omp_get_thread_num());
  if (w->turnstile.status != FSIM_OK) return w->turnstile.status;
  fsim_recorder *all = r->thread[0].recorder;
  fsim_recorder_finish(all);
  for (int t = 1; t < r->threads; t++) {
    fsim_recorder_finish(r->thread[t].recorder);
    fsim_recorder_add(all, r->thread[t].recorder);
  }
  for (size_t i = 0; i < r->shape->n_histograms * FSIM_TIME_CLASSES; i++)
    w->histograms[i] += all->histograms[i];
  return r->sink->finish(r->sink->self, w->replication, all->cells, r->report);
}

static int realise(split *w, uint32_t replication) {
  fsim_runner *r = w->r;
  int status = FSIM_OK;
  if (r->central->uncertain) {
    for (int t = 0; t < r->threads; t++) {
      if (r->thread[t].worker != NULL) r->engine->work->worker_free(r->thread[t].worker);
      r->thread[t].worker = NULL;
    }
    status = fsim_realise(&r->shared, r->engine, r->source, r->central, replication / 2,
                          r->tuning->block_leads, r->report);
  } else if (w->laws != NULL) {
    return FSIM_OK;
  }
  fsim_arrival_laws_free(w->laws);
  w->laws = NULL;
  if (status == FSIM_OK)
    status = fsim_arrival_laws_make(r->shared.scenario, r->shared.cache, r->report, &w->laws);
  for (int t = 0; t < r->threads && status == FSIM_OK; t++)
    status = fsim_runner_worker(r, &r->thread[t], &r->shared);
  return status;
}

static int run_unit(split *w, uint32_t first) {
  fsim_runner *r = w->r;
  uint32_t end = first + fsim_runner_unit(r);
  if (end > r->options->end) end = r->options->end;
  memset(w->histograms, 0, r->shape->n_histograms * FSIM_TIME_CLASSES * sizeof *w->histograms);
  int status = realise(w, first);
  for (uint32_t k = first; k < end && status == FSIM_OK; k++) {
    w->replication = k;
    status = run_replication(w, &r->shared);
  }
  if (status != FSIM_OK) return status;
  fsim_pool_add(r->thread[0].pool, w->histograms);
  r->done = end;
  return FSIM_OK;
}

static int make(split *w) {
  fsim_runner *r = w->r;
  if (fsim_turnstile_init(&w->turnstile, (size_t)r->threads * PLACES_PER_THREAD) != 0) return -1;
  w->rows = fsim_zeroed(w->turnstile.places, sizeof *w->rows);
  w->histograms = fsim_zeroed(r->shape->n_histograms, FSIM_TIME_CLASSES * sizeof *w->histograms);
  if (w->rows == NULL || w->histograms == NULL) return -1;
  for (size_t p = 0; p < w->turnstile.places; p++) {
    w->rows[p] = fsim_trajectory_new(r->central->n_attributes);
    if (w->rows[p] == NULL) return -1;
  }
  return 0;
}

int fsim_run_split(fsim_runner *r) {
  split w = {.r = r,
             .part_leads = r->tuning->part_leads > 0 ? r->tuning->part_leads : PART_LEADS,
             .by_component = r->engine->work->count != NULL};
  int status = make(&w) != 0 ? fsim_no_memory(r->report) : FSIM_OK;
  uint32_t unit = fsim_runner_unit(r);
  while (status == FSIM_OK && r->done < r->options->end && !fsim_runner_stopped(r)) {
    status = run_unit(&w, r->done - r->done % unit);
    bool last = r->done >= r->options->end || fsim_runner_stopped(r);
    if (status == FSIM_OK && (last || fsim_clock_now() - r->committed >= FSIM_COMMIT_EVERY_S))
      status = fsim_runner_commit(r);
  }
  fsim_arrival_laws_free(w.laws);
  for (size_t p = 0; w.rows != NULL && p < w.turnstile.places; p++) fsim_trajectory_free(w.rows[p]);
  free(w.rows);
  free(w.histograms);
  free(w.parts);
  fsim_turnstile_destroy(&w.turnstile);
  return status;
}
