/* The engine for scenarios without teams: leads do not meet, so blocks of them go through their
 * journeys together, stage by stage, drawn and counted over whole columns. */
#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/engine/block.h"

static const char *unfit(const fsim_scenario *scenario) {
  for (size_t v = 0; v < scenario->n_versions; v++) {
    for (size_t p = 0; p < scenario->n_profiles; p++) {
      for (size_t s = 0; s < scenario->n_stages; s++) {
        if (fsim_stage_law_of(scenario, v, p, s)->work.set)
          return "a stage has work that needs a team, and teams' queues are not simulated by it";
      }
    }
  }
  return NULL;
}

static void release(void *shared) {
  fsim_independent *e = shared;
  if (e == NULL) return;
  fsim_arrival_laws_free(e->arrivals);
  fsim_loops_free(&e->loops);
  free(e);
}

static int prepare(const fsim_plan *plan, size_t block_leads, fsim_report *report, void **shared) {
  const fsim_scenario *scenario = plan->scenario;
  *shared = NULL;
  fsim_independent *e = fsim_zeroed(1, sizeof *e);
  if (e == NULL) return fsim_no_memory(report);
  e->plan = plan;
  e->scenario = scenario;
  e->block_leads = fsim_block_size(scenario, block_leads);
  int status = fsim_loops_make(plan, &e->loops) != 0 ? fsim_no_memory(report) : FSIM_OK;
  if (status == FSIM_OK) {
    for (size_t c = 0; c < scenario->n_changes; c++)
      e->all_changes |= scenario->changes[c].applies_to == FSIM_TO_ALL;
    status = fsim_arrival_laws_make(scenario, plan->cache, report, &e->arrivals);
  }
  if (status != FSIM_OK) {
    release(e);
    return status;
  }
  *shared = e;
  return FSIM_OK;
}

typedef struct worker {
  fsim_block *block;
  fsim_paces paces;
} worker;

static void worker_free(void *memory) {
  worker *w = memory;
  if (w == NULL) return;
  fsim_block_free(w->block);
  fsim_paces_free(&w->paces);
  free(w);
}

static void *worker_new(const void *shared) {
  const fsim_independent *e = shared;
  worker *w = fsim_zeroed(1, sizeof *w);
  if (w == NULL) return NULL;
  w->block = fsim_block_new(e);
  if (w->block == NULL || fsim_paces_make(&w->paces, e->plan) != 0) {
    worker_free(w);
    return NULL;
  }
  w->block->paces = &w->paces;
  return w;
}

static int run(const void *shared, void *memory, fsim_part *part, fsim_recorder *recorder,
               fsim_trajectory *rows, double share, fsim_report *report) {
  const fsim_independent *e = shared;
  fsim_block *block = ((worker *)memory)->block;
  fsim_arrivals arrivals = {0};
  int status = fsim_arrivals_open(&arrivals, e->arrivals, part->replication, part->stream, report);
  part->n_leads = 0;
  if (status == FSIM_OK) {
    fsim_arrivals_seek(&arrivals, part->first, part->gaps);
    fsim_block_begin(block, part, recorder, rows != NULL, report);
  }
  while (status == FSIM_OK && part->n_leads < part->most) {
    size_t want = part->most - part->n_leads;
    status = fsim_block_fill(block, &arrivals, want, share);
    if (status != FSIM_OK || block->n_leads == 0) break;
    status = fsim_block_run(block);
    if (status == FSIM_OK && rows != NULL)
      status = fsim_block_rows(block, part->lead + part->n_leads, rows);
    part->n_leads += (uint32_t)block->n_leads;
  }
  fsim_arrivals_close(&arrivals);
  return status;
}

static const fsim_engine_work work = {
    .prepare = prepare,
    .release = release,
    .worker_new = worker_new,
    .worker_free = worker_free,
    .run = run,
};

const fsim_engine fsim_engine_independent = {
    .name = "independent",
    .help = "no teams: leads do not meet; blocks of leads, stage by stage",
    .unfit = unfit,
    .work = &work,
};
