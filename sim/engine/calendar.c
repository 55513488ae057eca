/* The engine for scenarios with teams. */
#include "sim/engine/calendar.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/stagewise.h"

#define MOST_LEADS_AHEAD 4e7 /* whose paths may be drawn ahead: they take some 100 bytes each */
#define EVENTS_PER_LEAD 4    /* roughly: it only sets the width of the calendar's buckets */

static const char *unfit(const fsim_scenario *scenario) {
  (void)scenario;
  return NULL;
}

static void release(void *shared) {
  fsim_calendar_laws *laws = shared;
  if (laws == NULL) return;
  fsim_stagewise_free(laws->ahead);
  fsim_arrival_laws_free(laws->arrivals);
  fsim_loops_free(&laws->loops);
  free(laws->stream_rank);
  free(laws);
}

/* Where teams are, and what is drawn does not depend on what happens in their queues. */
static bool may_be_drawn_ahead(const fsim_scenario *s) {
  bool works = false;
  for (size_t i = 0; i < s->n_stages; i++) works |= fsim_stage_law_of(s, 0, 0, i)->work.set;
  return works && fsim_stage_units_make(s, true, NULL) == NULL;
}

static int prepare(const fsim_plan *plan, size_t block_leads, fsim_report *report, void **shared) {
  *shared = NULL;
  fsim_calendar_laws *laws = fsim_zeroed(1, sizeof *laws);
  if (laws == NULL) return fsim_no_memory(report);
  laws->plan = plan;
  laws->scenario = plan->scenario;
  laws->stream_rank = fsim_rank_streams(plan->scenario);
  int status = FSIM_OK;
  if (laws->stream_rank == NULL || fsim_loops_make(plan, &laws->loops) != 0)
    status = fsim_no_memory(report);
  if (status == FSIM_OK)
    status = fsim_arrival_laws_make(plan->scenario, plan->cache, report, &laws->arrivals);
  if (status != FSIM_OK) {
    release(laws);
    return status;
  }
  for (size_t c = 0; c < plan->scenario->n_changes; c++)
    laws->all_changes |= plan->scenario->changes[c].applies_to == FSIM_TO_ALL;
  laws->approach = (fsim_independent){.plan = plan,
                                      .scenario = plan->scenario,
                                      .block_leads = fsim_block_size(plan->scenario, block_leads),
                                      .loops = laws->loops,
                                      .all_changes = laws->all_changes,
                                      .stops = plan->stage_works};
  if (may_be_drawn_ahead(plan->scenario)) {
    status = fsim_stagewise_make(plan, true, report, &laws->ahead);
    if (status != FSIM_OK) {
      release(laws);
      return status;
    }
  }
  *shared = laws;
  return FSIM_OK;
}

static void worker_free(void *worker) {
  fsim_calendar *c = worker;
  if (c == NULL) return;
  for (size_t s = 0; c->keys != NULL && s < c->scenario->n_streams; s++) {
    free(c->keys[s].stage);
    free(c->keys[s].value);
    free(c->keys[s].link);
    free(c->keys[s].change);
  }
  for (size_t s = 0; c->arrivals != NULL && s < c->scenario->n_streams; s++)
    fsim_arrivals_close(&c->arrivals[s]);
  free(c->keys);
  free(c->arrivals);
  fsim_stagewise_worker_free(c->ahead);
  fsim_block_free(c->approach);
  free(c->slot_of_lead);
  free(c->course_of);
  fsim_events_free(&c->events);
  fsim_team_states_free(c);
  fsim_lead_store_free(&c->leads);
  fsim_tally_free(c->tally);
  fsim_draws_free(&c->draws);
  fsim_paces_free(&c->paces);
  free(c->courses);
  free(c->visits);
  free(c->starts);
  free(c->deals);
  free(c->cell);
  free(c->due);
  free(c->touched);
  free(c->urgent);
  free(c->batch);
  free(c->batch_t);
  free(c->reason);
  free(c->n_exits);
  free(c->first_lead);
  free(c);
}

static int make_keys(fsim_calendar *c) {
  const fsim_scenario *s = c->scenario;
  c->keys = fsim_zeroed(s->n_streams, sizeof *c->keys);
  if (c->keys == NULL) return -1;
  for (size_t i = 0; i < s->n_streams; i++) {
    c->keys[i].stage = fsim_zeroed(s->n_stages, sizeof(fsim_key));
    c->keys[i].value = fsim_zeroed(s->n_funnels, sizeof(fsim_key));
    c->keys[i].link = fsim_zeroed(s->n_links, sizeof(fsim_key));
    c->keys[i].change = fsim_zeroed(s->n_changes, sizeof(fsim_key));
    if (!c->keys[i].stage || !c->keys[i].value || !c->keys[i].link || !c->keys[i].change) return -1;
  }
  return 0;
}

static void *worker_new(const void *shared) {
  const fsim_calendar_laws *laws = shared;
  const fsim_scenario *s = laws->scenario;
  fsim_calendar *c = fsim_zeroed(1, sizeof *c);
  if (c == NULL) return NULL;
  c->laws = laws;
  c->plan = laws->plan;
  c->scenario = s;
  c->view = (fsim_leads){
      .plan = c->plan, .change_stride = 1, .lead_stride = s->n_changes, .paces = &c->paces};
  for (size_t f = 0; f < s->n_funnels; f++)
    if (laws->loops.funnel_loops[f]) c->visits_stride = laws->loops.most_stages;
  size_t cells = s->n_streams * s->n_stages * s->n_profiles;
  c->arrivals = fsim_zeroed(s->n_streams, sizeof *c->arrivals);
  c->cell = fsim_zeroed(cells, sizeof *c->cell);
  c->due = fsim_zeroed(cells, sizeof *c->due);
  c->touched = fsim_zeroed(cells, sizeof *c->touched);
  c->batch = fsim_aligned(FSIM_BATCH, sizeof *c->batch);
  c->batch_t = fsim_aligned(FSIM_BATCH, sizeof *c->batch_t);
  c->reason = fsim_aligned(FSIM_BATCH, sizeof *c->reason);
  size_t most_exits = 0;
  for (size_t i = 0; i < s->n_stages; i++)
    if (s->stages[i].n_exits > most_exits) most_exits = s->stages[i].n_exits;
  c->n_exits = fsim_zeroed(2 * (most_exits + 1), sizeof *c->n_exits);
  c->first_lead = fsim_zeroed(s->n_streams + 1, sizeof *c->first_lead);
  bool made = c->arrivals != NULL && c->cell != NULL && c->due != NULL && c->touched != NULL &&
              c->batch != NULL && c->batch_t != NULL && c->first_lead != NULL &&
              c->reason != NULL && c->n_exits != NULL &&
              fsim_draws_make(&c->draws, FSIM_BATCH) == 0 && make_keys(c) == 0 &&
              fsim_team_states_make(c) == 0 && fsim_paces_make(&c->paces, c->plan) == 0;
  if (!made) {
    worker_free(c);
    return NULL;
  }
  memset(c->cell, 0xff, cells * sizeof *c->cell);
  return c;
}

/* Leads that the replication expects. */
static int open_streams(fsim_calendar *c, double *leads) {
  *leads = 0;
  for (size_t s = 0; s < c->scenario->n_streams; s++) {
    fsim_arrivals_close(&c->arrivals[s]);
    int status =
        fsim_arrivals_open(&c->arrivals[s], c->laws->arrivals, c->replication, s, c->report);
    if (status != FSIM_OK) return status;
    fsim_arrivals_seek(&c->arrivals[s], 0, 0);
    *leads +=
        c->scenario->streams[s].given != NULL ? (double)c->arrivals[s].n : c->arrivals[s].total;
    fsim_keys_set(c->plan, c->replication, s, &c->keys[s]);
  }
  return FSIM_OK;
}

static int begin(fsim_calendar *c, double leads) {
  int status = FSIM_OK;
  if (c->events.n_buckets == 0) {
    if (fsim_events_make(&c->events, c->scenario->horizon_s, leads * EVENTS_PER_LEAD) != 0)
      return fsim_no_memory(c->report);
  } else {
    fsim_events_clear(&c->events);
  }
  c->now = 0;
  c->status = FSIM_OK;
  c->loading = false;
  c->earliest = INT32_MAX;
  for (size_t k = 0; k < c->n_touched; k++) c->cell[c->touched[k]] = FSIM_NONE;
  c->n_touched = c->n_urgent = c->n_courses = c->n_starts = c->n_deals = 0;
  c->spare_course = c->spare_start = FSIM_NONE;
  fsim_lead_store_clear(&c->leads);
  fsim_tally_begin(c->tally, c->recorder, c->keep_rows);
  status = fsim_team_states_begin(c);
  for (size_t s = 0; s < c->scenario->n_streams && status == FSIM_OK; s++) {
    fsim_event load = {.major = fsim_event_major(0, FSIM_AT_LOAD, c->laws->stream_rank[s]),
                       .item = (uint32_t)s};
    if (fsim_scope_has_stream(c->scope, s) && fsim_events_add(&c->events, &load) != 0)
      status = fsim_no_memory(c->report);
  }
  if (status == FSIM_OK) status = fsim_calendar_resume(c);
  fsim_event deals = {.major = fsim_event_major(0, FSIM_AT_DEALS, 0)};
  if (status == FSIM_OK && fsim_events_add(&c->events, &deals) != 0)
    status = fsim_no_memory(c->report);
  return status;
}

static int work_off(fsim_calendar *c, const fsim_event *event) {
  c->now = fsim_event_time(event);
  uint16_t order = (uint16_t)(event->major >> 16);
  if (order >= FSIM_AT_TEAMS) return fsim_team_event(c, event);
  if (order == FSIM_AT_DEALS) return fsim_team_line_up(c);
  if (order != FSIM_AT_LOAD) return fsim_calendar_start(c, event->item);
  return fsim_calendar_may_approach(c, event->item) ? fsim_calendar_approach(c, event->item)
                                                    : fsim_calendar_load(c, event->item);
}

static int pass_time(fsim_calendar *c) {
  int status = FSIM_OK, more = 1;
  fsim_event event;
  while (status == FSIM_OK && more > 0) {
    while (status == FSIM_OK && fsim_events_take(&c->events, &event)) {
      status = work_off(c, &event);
      if (status == FSIM_OK && c->n_urgent > 0) status = fsim_calendar_hurry(c);
    }
    if (status == FSIM_OK && c->earliest < fsim_events_next_end(&c->events))
      status = fsim_calendar_flush(c, fsim_events_next_end(&c->events));
    if (status == FSIM_OK) more = fsim_events_turn(&c->events);
  }
  return more < 0 ? fsim_no_memory(c->report) : status;
}

/* Paths drawn ahead, a whole cohort at once: teams decide only when (knot.h). */
static int count_ahead(fsim_calendar *c) {
  if (c->ahead == NULL) c->ahead = fsim_stagewise_worker_new(c->laws->ahead);
  if (c->ahead == NULL) return fsim_no_memory(c->report);
  c->ahead->scope = c->scope;
  return fsim_stagewise_count(c->ahead, c->replication, FSIM_ALL_COMPONENTS, c->recorder,
                              c->report);
}

static int replicate(const void *shared, void *worker, uint32_t replication,
                     fsim_recorder *recorder, fsim_trajectory *rows, double share,
                     fsim_report *report) {
  (void)shared;
  fsim_calendar *c = worker;
  c->recorder = recorder;
  c->report = report;
  c->replication = replication;
  c->keep_rows = rows != NULL;
  c->share = share;
  double leads;
  int status = open_streams(c, &leads);
  if (status != FSIM_OK) return status;
  if (rows == NULL && c->laws->ahead != NULL && leads < MOST_LEADS_AHEAD &&
      (c->scope == NULL || c->scenario->n_links == 0))
    return count_ahead(c);
  if (c->tally == NULL) c->tally = fsim_tally_new(c->plan, recorder->shape);
  if (c->tally == NULL) return fsim_no_memory(report);
  fsim_paces_draw(&c->paces, replication);
  status = begin(c, leads);
  if (status == FSIM_OK) status = pass_time(c);
  if (status == FSIM_OK) status = fsim_calendar_close(c);
  if (status != FSIM_OK) return status;
  fsim_team_states_end(c);
  fsim_tally_finish(c->tally);
  if (c->scope != NULL && c->scope->standing)
    fsim_crossings_sort(&c->scope->crossings[replication - c->scope->first]);
  if (rows == NULL) return FSIM_OK;
  for (size_t s = 0; s < c->scenario->n_streams; s++)
    c->first_lead[s + 1] = c->first_lead[s] + c->arrivals[s].number;
  return fsim_tally_rows(c->tally, c->first_lead, rows) != 0 ? fsim_no_memory(report) : FSIM_OK;
}

static void limit(void *worker, const fsim_scope *scope) {
  fsim_calendar *c = worker;
  c->scope = scope;
}

static const fsim_engine_work work = {
    .prepare = prepare,
    .release = release,
    .worker_new = worker_new,
    .worker_free = worker_free,
    .limit = limit,
    .replicate = replicate,
};

const fsim_engine fsim_engine_calendar = {
    .name = "calendar",
    .help = "teams: a calendar of events for every replication",
    .unfit = unfit,
    .work = &work,
};
