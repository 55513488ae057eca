/* The engine for teams that serve first come, first served, and that nobody comes back to. */
#include "sim/engine/stagewise.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"

static const char *unfit(const fsim_scenario *scenario) {
  return fsim_stage_units_make(scenario, NULL);
}

static void release(void *shared) {
  fsim_stagewise *e = shared;
  if (e == NULL) return;
  fsim_engine_calendar.work->release(e->calendar);
  fsim_arrival_laws_free(e->independent.arrivals);
  fsim_loops_free(&e->independent.loops);
  fsim_stage_units_free(&e->units);
  free(e->stream_rank);
  free(e);
}

static int prepare(const fsim_plan *plan, size_t block_leads, fsim_report *report, void **shared) {
  *shared = NULL;
  fsim_stagewise *e = fsim_zeroed(1, sizeof *e);
  if (e == NULL) return fsim_no_memory(report);
  e->independent.plan = plan;
  e->independent.scenario = plan->scenario;
  e->stream_rank = fsim_rank_streams(plan->scenario);
  int status = FSIM_OK;
  if (e->stream_rank == NULL || fsim_loops_make(plan, &e->independent.loops) != 0 ||
      fsim_stage_units_make(plan->scenario, &e->units) != NULL)
    status = fsim_no_memory(report);
  if (status == FSIM_OK)
    status = fsim_arrival_laws_make(plan->scenario, report, &e->independent.arrivals);
  if (status == FSIM_OK)
    status = fsim_engine_calendar.work->prepare(plan, block_leads, report, &e->calendar);
  if (status != FSIM_OK) {
    release(e);
    return status;
  }
  *shared = e;
  return FSIM_OK;
}

static void worker_free(void *worker) {
  fsim_stagewise_worker *w = worker;
  if (w == NULL) return;
  fsim_cohorts_free(w);
  fsim_team_line_free(&w->line);
  if (w->calendar != NULL) fsim_engine_calendar.work->worker_free(w->calendar);
  free(w);
}

static void *worker_new(const void *shared) {
  const fsim_stagewise *e = shared;
  const fsim_scenario *s = e->independent.scenario;
  fsim_stagewise_worker *w = fsim_zeroed(1, sizeof *w);
  if (w == NULL) return NULL;
  w->engine = e;
  w->n_cohorts = s->n_streams * s->n_profiles;
  w->cohorts = fsim_zeroed(w->n_cohorts, sizeof *w->cohorts);
  if (w->cohorts == NULL) {
    worker_free(w);
    return NULL;
  }
  return w;
}

static int run_stages(fsim_stagewise_worker *w) {
  int32_t horizon = w->engine->independent.scenario->horizon_s;
  int status = fsim_cohorts_enter(w);
  for (size_t u = 0; u < w->engine->units.n && status == FSIM_OK; u++) {
    const fsim_stage_unit *unit = &w->engine->units.unit[u];
    status =
        unit->team == FSIM_NO_UNIT_TEAM ? fsim_cohorts_pass(w, unit) : fsim_cohorts_serve(w, unit);
  }
  if (status != FSIM_OK) return status;
  for (size_t t = 0; t < w->recorder->shape->dim[FSIM_DIM_TEAM]; t++) {
    bool served = false;
    for (size_t u = 0; u < w->engine->units.n; u++) served |= w->engine->units.unit[u].team == t;
    if (!served) fsim_record_team_time(w->recorder, t, 0, horizon, 0, 0);
  }
  return fsim_cohorts_finish(w);
}

/* Rows are put in order by the calendar, which gives the same ones. */
static int run_with_rows(fsim_stagewise_worker *w, fsim_trajectory *rows, double share) {
  const fsim_engine_work *calendar = fsim_engine_calendar.work;
  if (w->calendar == NULL) w->calendar = calendar->worker_new(w->engine->calendar);
  if (w->calendar == NULL) return fsim_no_memory(w->report);
  return calendar->replicate(w->engine->calendar, w->calendar, w->replication, w->recorder, rows,
                             share, w->report);
}

static int replicate(const void *shared, void *worker, uint32_t replication,
                     fsim_recorder *recorder, fsim_trajectory *rows, double share,
                     fsim_report *report) {
  (void)shared;
  fsim_stagewise_worker *w = worker;
  w->recorder = recorder;
  w->report = report;
  w->replication = replication;
  return rows != NULL ? run_with_rows(w, rows, share) : run_stages(w);
}

static const fsim_engine_work work = {
    .prepare = prepare,
    .release = release,
    .worker_new = worker_new,
    .worker_free = worker_free,
    .replicate = replicate,
};

const fsim_engine fsim_engine_stagewise = {
    .name = "stagewise",
    .help = "teams first come, first served: a whole cohort, stage after stage",
    .unfit = unfit,
    .work = &work,
};
