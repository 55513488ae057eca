/* The rows of a knot: drawn ahead, and settled when their times are known. */
#include "sim/engine/knot.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/calendar.h"
#include "sim/engine/pick.h"
#include "sim/engine/stagewise.h"

#define TOLD_ROWS 2048 /* of a queue that are told together */

fsim_knot *fsim_knot_new(const fsim_plan *plan, const fsim_stage_unit *unit, size_t n_cohorts) {
  const fsim_scenario *s = plan->scenario;
  fsim_knot *k = fsim_zeroed(1, sizeof *k);
  if (k == NULL) return NULL;
  k->scenario = s;
  k->unit = unit;
  k->horizon = s->horizon_s;
  k->most_parts = n_cohorts * unit->n_stages;
  k->part = fsim_zeroed(k->most_parts, sizeof *k->part);
  k->team = fsim_zeroed(s->n_teams, sizeof *k->team);
  bool made = k->part != NULL && k->team != NULL;
  for (size_t t = 0; made && t < s->n_teams; t++) {
    fsim_knot_team *team = &k->team[t];
    team->team = &s->teams[t];
    team->bounded = team->team->limit != UINT32_MAX;
    team->always_open = team->team->open == NULL;
    team->order = (uint16_t)(FSIM_AT_TEAMS * (plan->team_rank[t] + 1));
    team->list = fsim_zeroed(team->team->n_classes, sizeof *team->list);
    made = team->list != NULL;
  }
  for (size_t i = 0; made && i < unit->n_stages; i++) {
    const fsim_stage_law *law = fsim_stage_law_of(s, 0, 0, unit->stage[i]);
    if (law->work.set) k->team[law->work.team].here = true;
  }
  if (made) return k;
  fsim_knot_free(k);
  return NULL;
}

void fsim_knot_free(fsim_knot *k) {
  if (k == NULL) return;
  for (size_t t = 0; k->team != NULL && t < k->scenario->n_teams; t++) {
    fsim_knot_team *team = &k->team[t];
    for (size_t c = 0; team->list != NULL && c < team->team->n_classes; c++)
      free(team->list[c].row);
    free(team->list);
    free(team->joined.row);
  }
  for (size_t p = 0; k->part != NULL && p < k->most_parts; p++) free(k->part[p].row_of);
  free(k->part);
  free(k->team);
  free(k->row);
  fsim_events_free(&k->events);
  fsim_queue_time_free(&k->queue_time);
  free(k);
}

/* ---- who comes from outside ---- */

static void describe_part(const fsim_stagewise_worker *w, fsim_knot_part *p, fsim_cohort *c,
                          size_t stage) {
  p->cohort = c;
  p->stage = stage;
  p->law = fsim_law_at(c->block, stage, 0, 0);
  p->team = p->law->work != NULL ? p->law->team : FSIM_NO_UNIT_TEAM;
  p->pace = fsim_pace_of(c->block->plan, stage);
  p->deadline = p->law->deadline_s;
  p->holds = p->law->work != NULL && p->law->holds;
  p->rank = w->engine->stream_rank[c->stream];
  p->class = 0;
  if (p->law->work == NULL) return;
  const uint16_t *class = w->engine->independent.scenario->teams[p->team].class_of_profile;
  if (class != NULL) p->class = class[c->profile];
}

static int find_parts(fsim_stagewise_worker *w, fsim_knot *k) {
  size_t n = 0;
  for (size_t i = 0; i < w->n_cohorts * k->unit->n_stages; i++) {
    fsim_cohort *c = &w->cohorts[i / k->unit->n_stages];
    size_t stage = k->unit->stage[i % k->unit->n_stages];
    fsim_inbox *in = fsim_cohort_inbox(c, stage);
    if (in == NULL) continue;
    fsim_knot_part *p = &k->part[n++];
    describe_part(w, p, c, stage);
    if (fsim_inbox_sort(&w->line.order, in, &c->block->current) != 0)
      return fsim_no_memory(w->report);
    p->outside = in->n;
    p->came = 0;
  }
  k->n_parts = n;
  return FSIM_OK;
}

/* ---- draws ---- */

/* Within a cohort: the inbox of a stage of the knot, to which paths are sent. */
static fsim_inbox *inbox_within(const fsim_knot *k, const fsim_knot_part *from, fsim_target to) {
  if (to.is_outcome) return NULL;
  for (const fsim_knot_part *p = from + 1; p < k->part + k->n_parts && p->cohort == from->cohort;
       p++)
    if (p->stage == to.index) return fsim_cohort_inbox(p->cohort, p->stage);
  return NULL;
}

/* Times of work and patience of the n visits just drawn, in block->clock and block->leave. */
static void draw_work(fsim_block *b, const fsim_knot_part *p, const fsim_inbox *some) {
  const fsim_plan_law *law = p->law;
  size_t n = some->n;
  fsim_uniform_pairs(b->stage_key[p->stage], some->lead, b->fresh ? NULL : b->pass,
                     FSIM_PURPOSE_WORK, b->u, law->patience != NULL ? b->v : NULL, n);
  fsim_sample_seconds(law->work, b->u, b->clock, n);
  if (law->patience != NULL) fsim_sample_seconds(law->patience, b->v, b->leave, n);
  for (size_t i = 0; law->patience == NULL && i < n; i++) b->leave[i] = INT32_MAX;
}

static void fill_rows(fsim_knot_row *row, const fsim_block *b, const fsim_knot_part *p,
                      uint16_t part, const fsim_inbox *some) {
  bool works = p->team != FSIM_NO_UNIT_TEAM;
  for (size_t i = 0; i < some->n; i++) {
    int32_t patience = works ? b->leave[i] : INT32_MAX;
    row[i] = (fsim_knot_row){.next = FSIM_NO_PATH,
                             .lead = some->lead[i],
                             .work = works ? b->clock[i] : 0,
                             .wait = b->stay[i],
                             .limit = patience < p->deadline ? patience : p->deadline,
                             .exit = b->exit[i],
                             .part = part};
  }
}

/* Rows that come from the knot stand behind the others; their t is the row that leads to them. */
static void tie_rows(fsim_knot *k, fsim_knot_part *p, const fsim_inbox *in) {
  for (size_t i = p->outside; i < in->n; i++) {
    uint32_t row = p->first + (uint32_t)i;
    k->row[(uint32_t)in->t[i]].next = row;
    p->row_of[in->journey[i]] = row;
  }
}

static int draw_rows(fsim_knot *k, fsim_knot_part *p, size_t from, size_t n) {
  fsim_block *b = p->cohort->block;
  const fsim_inbox *in = fsim_cohort_inbox(p->cohort, p->stage);
  fsim_inbox some = {in->journey + from, in->lead + from, in->t + from, n};
  int status = fsim_draw_stage(b, p->stage, p->law, &some);
  if (status != FSIM_OK) return status;
  if (p->law->work != NULL) draw_work(b, p, &some);
  uint32_t first = p->first + (uint32_t)from;
  fill_rows(k->row + first, b, p, (uint16_t)(p - k->part), &some);
  fsim_count_up(b->index, first, n);
  for (uint16_t e = 0; e < p->law->n_exits; e++) {
    fsim_inbox *to = inbox_within(k, p, p->law->target[e]);
    if (to == NULL) continue;
    fsim_triple place = {to->journey + to->n, to->lead + to->n, to->t + to->n};
    to->n +=
        fsim_pick_rows(b->exit, e, some.journey, some.lead, (const int32_t *)b->index, place, n);
  }
  return FSIM_OK;
}

static int room_for(fsim_stagewise_worker *w, fsim_knot *k, fsim_knot_part *p) {
  void *rows = k->row, *row_of = p->row_of;
  if (k->n_rows + p->n >= FSIM_NO_PATH ||
      fsim_grow(&rows, &k->row_capacity, k->n_rows + p->n, sizeof *k->row) != 0)
    return fsim_no_memory(w->report);
  k->row = rows;
  if (p->n == p->outside) return FSIM_OK;
  if (fsim_grow(&row_of, &p->capacity, p->cohort->n_leads, sizeof *p->row_of) != 0)
    return fsim_no_memory(w->report);
  p->row_of = row_of;
  return FSIM_OK;
}

static int draw_part(fsim_stagewise_worker *w, fsim_knot *k, fsim_knot_part *p) {
  const fsim_inbox *in = fsim_cohort_inbox(p->cohort, p->stage);
  p->n = in->n;
  int status = room_for(w, k, p);
  if (status != FSIM_OK) return status;
  p->first = (uint32_t)k->n_rows;
  k->n_rows += p->n;
  tie_rows(k, p, in);
  for (size_t i = 0; i < p->n && status == FSIM_OK; i += FSIM_COHORT_ROWS)
    status = draw_rows(k, p, i, p->n - i < FSIM_COHORT_ROWS ? p->n - i : FSIM_COHORT_ROWS);
  return status;
}

/* Afterwards only those who come from outside are in the inboxes. */
static int draw_paths(fsim_stagewise_worker *w, fsim_knot *k) {
  int status = FSIM_OK;
  k->n_rows = 0;
  for (size_t i = 0; i < k->n_parts && status == FSIM_OK; i++)
    status = draw_part(w, k, &k->part[i]);
  for (size_t i = 0; i < k->n_parts && status == FSIM_OK; i++)
    fsim_cohort_inbox(k->part[i].cohort, k->part[i].stage)->n = k->part[i].outside;
  return status;
}

/* ---- after the events ---- */

static int went_astray(const fsim_stagewise_worker *w, const fsim_knot_part *p, uint32_t journey) {
  const fsim_scenario *s = w->engine->independent.scenario;
  const fsim_stage *stage = &s->stages[p->stage];
  char lead[128];
  fsim_block_lead_text(p->cohort->block, journey, lead, sizeof lead);
  return fsim_failure(w->report, FSIM_NOWHERE,
                      "%s: came to stage %s.%s at another time than expected: please report this "
                      "defect",
                      lead, s->funnels[stage->funnel].name, stage->name);
}

static int settle_rows(fsim_stagewise_worker *w, const fsim_knot *k, const fsim_knot_part *p,
                       size_t from, size_t n) {
  fsim_block *b = p->cohort->block;
  const fsim_inbox *in = fsim_cohort_inbox(p->cohort, p->stage);
  fsim_inbox some = {in->journey + from, in->lead + from, in->t + from, n};
  int32_t queue[FSIM_COHORT_ROWS], worked[FSIM_COHORT_ROWS];
  uint8_t fate[FSIM_COHORT_ROWS];
  for (size_t i = 0; i < n; i++) {
    size_t at = from + i < p->outside ? p->first + from + i : p->row_of[some.journey[i]];
    const fsim_knot_row *r = &k->row[at];
    if (r->enter != some.t[i]) return went_astray(w, p, some.journey[i]);
    b->exit[i] = (uint16_t)(r->exit & ((1 << FSIM_FATE_SHIFT) - 1));
    b->stay[i] = r->wait;
    queue[i] = r->queue;
    worked[i] = r->work;
    fate[i] = (uint8_t)(r->exit >> FSIM_FATE_SHIFT);
  }
  size_t visit = p->cohort->first_visit[p->stage] + from;
  fsim_served served = {queue, worked, fate};
  fsim_law_rows rows = {p->law, some, NULL};
  return fsim_cohort_settle(w, p->cohort, k->unit, p->stage, &rows,
                            p->team != FSIM_NO_UNIT_TEAM ? &served : NULL, visit);
}

static int settle_part(fsim_stagewise_worker *w, const fsim_knot *k, const fsim_knot_part *p) {
  size_t n = fsim_cohort_inbox(p->cohort, p->stage)->n;
  int status = fsim_cohort_room(w, p->cohort, p->stage, n);
  for (size_t i = 0; i < n && status == FSIM_OK; i += FSIM_COHORT_ROWS)
    status = settle_rows(w, k, p, i, n - i < FSIM_COHORT_ROWS ? n - i : FSIM_COHORT_ROWS);
  return status;
}

/* How long a team's queue had each length. Only first come, first served do those who are served go
 * in the order in which they came. */
static int tell_queue(fsim_stagewise_worker *w, fsim_knot *k, const fsim_knot_team *team) {
  int32_t enter[TOLD_ROWS], queue[TOLD_ROWS];
  uint8_t fate[TOLD_ROWS];
  bool in_order = team->team->discipline == FSIM_FIFO;
  fsim_queue_time_open(&k->queue_time, k->scenario->warm_up_s, false);
  for (size_t from = 0; from < team->joined.n; from += TOLD_ROWS) {
    size_t n = team->joined.n - from < TOLD_ROWS ? team->joined.n - from : TOLD_ROWS;
    for (size_t i = 0; i < n; i++) {
      const fsim_knot_row *r = &k->row[team->joined.row[from + i]];
      enter[i] = r->enter;
      queue[i] = r->queue;
      fate[i] = in_order ? (uint8_t)(r->exit >> FSIM_FATE_SHIFT) : FSIM_IMPATIENT;
    }
    fsim_line line = {.n = n, .enter = enter, .queue = queue, .fate = fate};
    if (fsim_queue_time_tell(&k->queue_time, &line) != 0) return fsim_no_memory(w->report);
  }
  return fsim_queue_time_close(&k->queue_time, k->horizon, w->recorder, (size_t)(team - k->team)) !=
                 0
             ? fsim_no_memory(w->report)
             : FSIM_OK;
}

int fsim_cohorts_untie(fsim_stagewise_worker *w, fsim_knot *k) {
  int status = find_parts(w, k);
  k->paces = &w->paces;
  if (status == FSIM_OK) status = draw_paths(w, k);
  if (status == FSIM_OK && fsim_knot_pass_time(k) != 0) status = fsim_no_memory(w->report);
  for (size_t i = 0; i < k->n_parts && status == FSIM_OK; i++)
    status = settle_part(w, k, &k->part[i]);
  for (size_t t = 0; t < k->scenario->n_teams && status == FSIM_OK; t++)
    if (k->team[t].here) status = tell_queue(w, k, &k->team[t]);
  return status;
}
