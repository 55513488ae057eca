/* The engine for whole cohorts, stage after stage. */
#include "sim/engine/stagewise.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"

/* ---- cohorts ---- */

void fsim_stagewise_free(fsim_stagewise *e) {
  if (e == NULL) return;
  fsim_arrival_laws_free(e->independent.arrivals);
  fsim_loops_free(&e->independent.loops);
  fsim_stage_units_free(&e->units);
  free(e->stream_rank);
  free(e);
}

int fsim_stagewise_make(const fsim_plan *plan, bool together, fsim_report *report,
                        fsim_stagewise **stagewise) {
  *stagewise = NULL;
  fsim_stagewise *e = fsim_zeroed(1, sizeof *e);
  if (e == NULL) return fsim_no_memory(report);
  e->independent.plan = plan;
  e->independent.scenario = plan->scenario;
  e->stream_rank = fsim_rank_streams(plan->scenario);
  int status = FSIM_OK;
  if (e->stream_rank == NULL || fsim_loops_make(plan, &e->independent.loops) != 0 ||
      fsim_stage_units_make(plan->scenario, together, &e->units) != NULL)
    status = fsim_no_memory(report);
  if (status == FSIM_OK)
    status = fsim_arrival_laws_make(plan->scenario, plan->cache, report, &e->independent.arrivals);
  if (status != FSIM_OK) {
    fsim_stagewise_free(e);
    return status;
  }
  *stagewise = e;
  return FSIM_OK;
}

void fsim_stagewise_worker_free(fsim_stagewise_worker *w) {
  if (w == NULL) return;
  fsim_cohorts_free(w);
  fsim_team_line_free(&w->line);
  fsim_paces_free(&w->paces);
  for (size_t u = 0; w->knots != NULL && u < w->engine->units.n; u++) fsim_knot_free(w->knots[u]);
  free(w->knots);
  free(w);
}

/* Funnels to which links may bring leads that begin in `into`, that one left out. */
static size_t find_followers(const fsim_scenario *s, size_t into, bool *follows) {
  size_t n = 0;
  memset(follows, 0, s->n_funnels * sizeof *follows);
  follows[into] = true;
  for (bool more = true; more;) {
    more = false;
    for (size_t l = 0; l < s->n_links; l++) {
      const fsim_link *link = &s->links[l];
      if (!follows[s->outcomes[link->from].funnel] || follows[link->to]) continue;
      follows[link->to] = more = true;
      n++;
    }
  }
  return n;
}

static void describe_followers(fsim_stagewise_worker *w, size_t stream, const bool *follows,
                               size_t *at) {
  const fsim_scenario *s = w->engine->independent.scenario;
  for (size_t p = 0; p < s->n_profiles; p++)
    for (size_t f = 0; f < s->n_funnels; f++)
      if (follows[f] && f != s->streams[stream].into)
        w->cohorts[(*at)++] = (fsim_cohort){.stream = stream, .profile = p, .funnel = f};
}

static int make_cohorts(fsim_stagewise_worker *w) {
  const fsim_scenario *s = w->engine->independent.scenario;
  bool *follows = fsim_zeroed(s->n_funnels, sizeof *follows);
  if (follows == NULL) return -1;
  w->n_cohorts = w->n_roots = s->n_streams * s->n_profiles;
  for (size_t i = 0; i < s->n_streams; i++)
    w->n_cohorts += s->n_profiles * find_followers(s, s->streams[i].into, follows);
  w->cohorts = fsim_zeroed(w->n_cohorts, sizeof *w->cohorts);
  for (size_t k = 0; w->cohorts != NULL && k < w->n_roots; k++) {
    size_t stream = k / s->n_profiles;
    w->cohorts[k] = (fsim_cohort){
        .stream = stream, .profile = k % s->n_profiles, .funnel = s->streams[stream].into};
  }
  size_t at = w->n_roots;
  for (size_t i = 0; w->cohorts != NULL && i < s->n_streams; i++) {
    find_followers(s, s->streams[i].into, follows);
    describe_followers(w, i, follows, &at);
  }
  free(follows);
  return w->cohorts == NULL ? -1 : 0;
}

fsim_stagewise_worker *fsim_stagewise_worker_new(const fsim_stagewise *e) {
  fsim_stagewise_worker *w = fsim_zeroed(1, sizeof *w);
  if (w == NULL) return NULL;
  w->engine = e;
  w->knots = fsim_zeroed(e->units.n, sizeof(fsim_knot *));
  bool made = make_cohorts(w) == 0 && w->knots != NULL &&
              fsim_paces_make(&w->paces, e->independent.plan) == 0;
  for (size_t u = 0; made && u < e->units.n; u++) {
    if (!e->units.unit[u].knot) continue;
    w->knots[u] = fsim_knot_new(e->independent.plan, &e->units.unit[u], w->n_cohorts);
    made = w->knots[u] != NULL;
  }
  if (made) return w;
  fsim_stagewise_worker_free(w);
  return NULL;
}

static bool is_served(const fsim_stagewise *e, size_t team) {
  const fsim_scenario *s = e->independent.scenario;
  for (size_t i = 0; i < s->n_stages; i++) {
    const fsim_stage_law *law = fsim_stage_law_of(s, 0, 0, i);
    if (law->work.set && law->work.team == team) return true;
  }
  return false;
}

bool fsim_stagewise_counts(const fsim_stagewise_worker *w, size_t funnel) {
  return w->component == FSIM_ALL_COMPONENTS || w->engine->units.component[funnel] == w->component;
}

/* Teams that nobody needs belong to the first component. */
static void record_idle_teams(const fsim_stagewise_worker *w) {
  int32_t horizon = w->engine->independent.scenario->horizon_s;
  if (w->component != 0 && w->component != FSIM_ALL_COMPONENTS) return;
  for (size_t t = 0; t < w->recorder->shape->dim[FSIM_DIM_TEAM]; t++)
    if (!is_served(w->engine, t)) fsim_record_team_time(w->recorder, t, 0, horizon, 0, 0);
}

int fsim_stagewise_count(fsim_stagewise_worker *w, uint32_t replication, size_t component,
                         fsim_recorder *recorder, fsim_report *report) {
  const fsim_scenario *s = w->engine->independent.scenario;
  w->component = component;
  w->recorder = recorder;
  w->report = report;
  w->replication = replication;
  int status = fsim_cohorts_enter(w);
  for (size_t u = 0; u < w->engine->units.n && status == FSIM_OK; u++) {
    const fsim_stage_unit *unit = &w->engine->units.unit[u];
    if (!fsim_stagewise_counts(w, s->stages[unit->stage[0]].funnel)) continue;
    status = fsim_cohorts_follow(w, unit);
    if (status != FSIM_OK) break;
    status = unit->knot                        ? fsim_cohorts_untie(w, w->knots[u])
             : unit->team == FSIM_NO_UNIT_TEAM ? fsim_cohorts_pass(w, unit)
                                               : fsim_cohorts_serve(w, unit);
  }
  if (status != FSIM_OK) return status;
  record_idle_teams(w);
  return fsim_cohorts_finish(w);
}

/* ---- the engine ---- */

/* Rows are put in order by the calendar, which gives the same ones. */
typedef struct laws {
  fsim_stagewise *cohorts;
  void *calendar;
} laws;

typedef struct worker {
  const laws *laws;
  fsim_stagewise_worker *cohorts;
  void *calendar;
} worker;

static const char *unfit(const fsim_scenario *scenario) {
  return fsim_stage_units_make(scenario, false, NULL);
}

static void release(void *shared) {
  laws *l = shared;
  if (l == NULL) return;
  fsim_stagewise_free(l->cohorts);
  fsim_engine_calendar.work->release(l->calendar);
  free(l);
}

static int prepare(const fsim_plan *plan, size_t block_leads, fsim_report *report, void **shared) {
  laws *l = fsim_zeroed(1, sizeof *l);
  *shared = NULL;
  if (l == NULL) return fsim_no_memory(report);
  int status = fsim_stagewise_make(plan, false, report, &l->cohorts);
  if (status == FSIM_OK)
    status = fsim_engine_calendar.work->prepare(plan, block_leads, report, &l->calendar);
  if (status != FSIM_OK) {
    release(l);
    return status;
  }
  *shared = l;
  return FSIM_OK;
}

static void worker_free(void *memory) {
  worker *w = memory;
  if (w == NULL) return;
  fsim_stagewise_worker_free(w->cohorts);
  if (w->calendar != NULL) fsim_engine_calendar.work->worker_free(w->calendar);
  free(w);
}

static void *worker_new(const void *shared) {
  worker *w = fsim_zeroed(1, sizeof *w);
  if (w == NULL) return NULL;
  w->laws = shared;
  w->cohorts = fsim_stagewise_worker_new(w->laws->cohorts);
  if (w->cohorts != NULL) return w;
  free(w);
  return NULL;
}

/* Only without links (fsim_scope_fits), so that only streams are left out. */
static void limit(void *memory, const fsim_scope *scope) {
  worker *w = memory;
  w->cohorts->scope = scope;
}

static int replicate(const void *shared, void *memory, uint32_t replication,
                     fsim_recorder *recorder, fsim_trajectory *rows, double share,
                     fsim_report *report) {
  const laws *l = shared;
  worker *w = memory;
  const fsim_engine_work *calendar = fsim_engine_calendar.work;
  if (rows == NULL)
    return fsim_stagewise_count(w->cohorts, replication, FSIM_ALL_COMPONENTS, recorder, report);
  if (w->calendar == NULL) w->calendar = calendar->worker_new(l->calendar);
  if (w->calendar == NULL) return fsim_no_memory(report);
  return calendar->replicate(l->calendar, w->calendar, replication, recorder, rows, share, report);
}

static size_t components(const fsim_scenario *scenario) {
  fsim_stage_units units = {0};
  if (fsim_stage_units_make(scenario, false, &units) != NULL) return 0;
  size_t n = units.n_components;
  fsim_stage_units_free(&units);
  return n;
}

static int count(const void *shared, void *memory, uint32_t replication, size_t component,
                 fsim_recorder *recorder, fsim_report *report) {
  const worker *w = memory;
  (void)shared;
  return fsim_stagewise_count(w->cohorts, replication, component, recorder, report);
}

static const fsim_engine_work work = {
    .prepare = prepare,
    .release = release,
    .worker_new = worker_new,
    .worker_free = worker_free,
    .limit = limit,
    .replicate = replicate,
    .components = components,
    .count = count,
};

const fsim_engine fsim_engine_stagewise = {
    .name = "stagewise",
    .help = "a whole cohort, stage after stage; teams by events only where they must be",
    .unfit = unfit,
    .work = &work,
};
