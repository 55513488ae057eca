/* The cohorts of a replication: who they are, their visits without work, their end. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/stagewise.h"

/* ---- leads ---- */

static int lead_room(fsim_stagewise_worker *w, size_t n) {
  void *arrive = w->arrive, *profile = w->profile;
  size_t a = w->lead_capacity, p = a;
  int failed = fsim_grow(&arrive, &a, n, sizeof *w->arrive);
  w->arrive = arrive;
  failed = failed || fsim_grow(&profile, &p, n, sizeof *w->profile);
  w->profile = profile;
  if (failed) return fsim_no_memory(w->report);
  w->lead_capacity = a;
  return FSIM_OK;
}

/* A block with room for n leads of the cohort. */
static int make_block(fsim_stagewise_worker *w, fsim_cohort *c, size_t n) {
  if (c->block != NULL && n <= c->engine.block_leads) return FSIM_OK;
  fsim_block_free(c->block);
  c->engine = w->engine->independent;
  c->engine.block_leads = n + n / 8 + 64;
  if (c->engine.block_leads < FSIM_COHORT_ROWS) c->engine.block_leads = FSIM_COHORT_ROWS;
  c->block = fsim_block_new_alike(&c->engine, c->stream, c->profile, c->funnel, FSIM_COHORT_ROWS);
  if (c->block != NULL) c->block->paces = &w->paces;
  if (c->first_visit == NULL)
    c->first_visit = fsim_zeroed(c->engine.scenario->n_stages, sizeof *c->first_visit);
  return c->block == NULL || c->first_visit == NULL ? fsim_no_memory(w->report) : FSIM_OK;
}

/* All leads of a stream, when they come and what they are, to be dealt out. */
static int draw_mixed(fsim_stagewise_worker *w, size_t stream, fsim_arrivals *arrivals, size_t *n) {
  const fsim_scenario *s = w->engine->independent.scenario;
  double u[FSIM_MOST_ARRIVALS];
  uint32_t number[FSIM_MOST_ARRIVALS];
  int status = FSIM_OK;
  for (size_t came = FSIM_MOST_ARRIVALS; came == FSIM_MOST_ARRIVALS; *n += came) {
    status = lead_room(w, *n + FSIM_MOST_ARRIVALS);
    if (status != FSIM_OK) return status;
    came = fsim_arrivals_next(arrivals, w->arrive + *n, FSIM_MOST_ARRIVALS);
    fsim_count_up(number, (uint32_t)*n, came);
    fsim_draw_profiles(s, w->replication, stream, number, w->profile + *n, u, came);
  }
  return status;
}

/* More leads than there is room for: the n that came move. */
static int make_more_room(fsim_stagewise_worker *w, fsim_cohort *c, size_t n) {
  fsim_block *full = c->block;
  c->block = NULL;
  int status = make_block(w, c, 2 * n + FSIM_MOST_ARRIVALS);
  if (status == FSIM_OK) memcpy(c->block->j_start, full->j_start, n * sizeof *full->j_start);
  fsim_block_free(full);
  return status;
}

/* Where all leads are alike, they are drawn where they stay. */
static int draw_alike(fsim_stagewise_worker *w, size_t stream, fsim_arrivals *arrivals, size_t *n) {
  fsim_cohort *c = &w->cohorts[stream];
  bool given = arrivals->stream->given != NULL;
  double expected = given ? (double)arrivals->n : arrivals->total;
  int status = make_block(w, c, (size_t)(expected + 8 * sqrt(expected)) + FSIM_MOST_ARRIVALS);
  for (size_t came = FSIM_MOST_ARRIVALS; status == FSIM_OK && came == FSIM_MOST_ARRIVALS;) {
    came = fsim_arrivals_next(arrivals, c->block->j_start + *n, FSIM_MOST_ARRIVALS);
    *n += came;
    if (*n + FSIM_MOST_ARRIVALS > c->engine.block_leads) status = make_more_room(w, c, *n);
  }
  return status;
}

/* All leads of a stream: when they come and what they are. */
static int draw_leads(fsim_stagewise_worker *w, size_t stream, size_t *n) {
  fsim_arrivals arrivals = {0};
  int status = fsim_arrivals_open(&arrivals, w->engine->independent.arrivals, w->replication,
                                  stream, w->report);
  *n = 0;
  if (status == FSIM_OK) fsim_arrivals_seek(&arrivals, 0, 0);
  if (status == FSIM_OK)
    status = w->engine->independent.scenario->n_profiles == 1 ? draw_alike(w, stream, &arrivals, n)
                                                              : draw_mixed(w, stream, &arrivals, n);
  fsim_arrivals_close(&arrivals);
  return status;
}

/* Must it be remembered how journeys of the funnel end? */
static bool outcomes_wanted(const fsim_stagewise_worker *w, size_t funnel) {
  const fsim_scenario *s = w->engine->independent.scenario;
  for (size_t u = 0; u < w->engine->units.n; u++) {
    const fsim_stage_unit *unit = &w->engine->units.unit[u];
    for (size_t k = 0; k < unit->n_stages && !unit->ends_at_once; k++)
      if (s->stages[unit->stage[k]].funnel == funnel) return true;
  }
  return false;
}

/* No lead is in yet; none has a journey, and none will have two. */
static int open_cohort(fsim_stagewise_worker *w, fsim_cohort *c) {
  int status = make_block(w, c, c->n_leads);
  if (status != FSIM_OK) return status;
  fsim_block *b = c->block;
  c->part = (fsim_part){.replication = w->replication, .stream = c->stream, .most = UINT32_MAX};
  c->n_visits = 0;
  memset(c->first_visit, 0xff, c->engine.scenario->n_stages * sizeof *c->first_visit);
  fsim_block_begin(b, &c->part, w->recorder, false, w->report);
  b->keep_outcomes = outcomes_wanted(w, b->funnel_now);
  b->n_leads = b->n_journeys = b->n_pendings = b->n_rows = b->in_progress = 0;
  b->visit_seconds = b->journey_seconds = 0;
  for (size_t l = 0; l < c->engine.scenario->n_links; l++) b->starts[l].n = 0;
  for (size_t k = 0; k < c->engine.loops.most_stages; k++) b->inbox[k].n = 0;
  return FSIM_OK;
}

/* All leads of a stream, each to its cohort. */
static void deal_out(const fsim_stagewise_worker *w, fsim_cohort *cohorts, size_t n) {
  for (size_t i = 0; i < n; i++) {
    fsim_block *b = cohorts[w->profile[i]].block;
    size_t slot = b->n_leads++;
    b->number[slot] = (uint32_t)i;
    b->j_start[slot] = w->arrive[i];
  }
}

size_t fsim_cohort_let_in(fsim_cohort *c) {
  size_t left = c->n_leads - c->block->n_journeys,
         n = left < FSIM_PIECE_ROWS ? left : FSIM_PIECE_ROWS;
  if (n > 0) fsim_block_enter(c->block, n);
  return n;
}

/* Those whose entry stage is not worked off before all others are let in before anything else. */
static bool let_in_later(const fsim_stagewise_worker *w, size_t stream) {
  const fsim_scenario *s = w->engine->independent.scenario;
  uint16_t entry = (uint16_t)s->funnels[s->streams[stream].into].entry;
  for (size_t u = 0; u < w->engine->units.n; u++) {
    const fsim_stage_unit *unit = &w->engine->units.unit[u];
    for (size_t k = 0; k < unit->n_stages; k++)
      if (unit->stage[k] == entry) return unit->first;
  }
  return false;
}

/* Laws change on dates: who is reached by the changes. */
static void tell_changes(fsim_cohort *c, bool counted) {
  if (counted) fsim_count_up(c->block->number, 0, c->n_leads);
  fsim_draw_reach(c->block, c->n_leads);
}

static int enter_stream(fsim_stagewise_worker *w, size_t stream) {
  size_t n, n_profiles = w->engine->independent.scenario->n_profiles;
  fsim_cohort *cohorts = w->cohorts + stream * n_profiles;
  for (size_t p = 0; p < n_profiles; p++) cohorts[p].n_leads = 0;
  if (!fsim_stagewise_counts(w, w->engine->independent.scenario->streams[stream].into) ||
      !fsim_scope_has_stream(w->scope, stream))
    return FSIM_OK;
  int status = draw_leads(w, stream, &n);
  if (status != FSIM_OK) return status;
  if (n_profiles == 1) cohorts[0].n_leads = n;
  for (size_t i = 0; n_profiles > 1 && i < n; i++) cohorts[w->profile[i]].n_leads++;
  for (size_t p = 0; p < n_profiles && status == FSIM_OK; p++) {
    if (cohorts[p].n_leads > 0) status = open_cohort(w, &cohorts[p]);
  }
  if (status != FSIM_OK) return status;
  if (n_profiles > 1) deal_out(w, cohorts, n);
  for (size_t p = 0; p < n_profiles && w->engine->independent.scenario->n_versions > 1; p++)
    if (cohorts[p].n_leads > 0) tell_changes(&cohorts[p], n_profiles == 1);
  for (size_t p = 0; p < n_profiles && !let_in_later(w, stream); p++)
    while (cohorts[p].n_leads > 0 && fsim_cohort_let_in(&cohorts[p]) > 0) continue;
  return FSIM_OK;
}

int fsim_cohorts_enter(fsim_stagewise_worker *w) {
  int status = FSIM_OK;
  for (size_t k = w->n_roots; k < w->n_cohorts; k++) w->cohorts[k].n_leads = 0;
  for (size_t s = 0; s < w->engine->independent.scenario->n_streams && status == FSIM_OK; s++)
    status = enter_stream(w, s);
  return status;
}

/* ---- whom links bring ---- */

/* The next cohort from k on whose leads a link may bring to that of `c`; NULL: none. */
static const fsim_cohort *next_source(const fsim_stagewise_worker *w, const fsim_cohort *c,
                                      size_t *k) {
  for (; *k < w->n_cohorts; (*k)++) {
    const fsim_cohort *from = &w->cohorts[*k];
    if (from->stream == c->stream && from->profile == c->profile && from->n_leads > 0)
      return &w->cohorts[(*k)++];
  }
  return NULL;
}

static size_t count_starts(const fsim_stagewise_worker *w, const fsim_cohort *c) {
  const fsim_plan *plan = w->engine->independent.plan;
  size_t n = 0, k = 0;
  for (const fsim_cohort *from; (from = next_source(w, c, &k)) != NULL;)
    for (size_t l = 0; l < plan->scenario->n_links; l++)
      if (plan->links[l].to == c->funnel) n += from->block->starts[l].n;
  return n;
}

static void take_starts(const fsim_stagewise_worker *w, fsim_cohort *c) {
  const fsim_plan *plan = w->engine->independent.plan;
  fsim_block *b = c->block;
  size_t n = 0, k = 0;
  for (const fsim_cohort *from; (from = next_source(w, c, &k)) != NULL;) {
    for (size_t l = 0; l < plan->scenario->n_links; l++) {
      const fsim_starts *s = &from->block->starts[l];
      if (plan->links[l].to != c->funnel || s->n == 0 || from == c) continue;
      memcpy(b->j_start + n, s->t, s->n * sizeof *s->t);
      memcpy(b->arrive + n, s->arrive, s->n * sizeof *s->arrive);
      memcpy(b->number + n, s->lead, s->n * sizeof *s->lead);
      for (size_t i = n; i < n + s->n; i++) b->link_of[i] = (uint16_t)l;
      n += s->n;
    }
  }
}

static int follow(fsim_stagewise_worker *w, fsim_cohort *c) {
  size_t n = count_starts(w, c);
  if (n == 0) return FSIM_OK;
  c->n_leads = n;
  int status = open_cohort(w, c);
  if (status != FSIM_OK) return status;
  take_starts(w, c);
  if (w->engine->independent.scenario->n_versions > 1) tell_changes(c, false);
  while (fsim_cohort_let_in(c) > 0) continue;
  return FSIM_OK;
}

int fsim_cohorts_follow(fsim_stagewise_worker *w, const fsim_stage_unit *unit) {
  const fsim_scenario *s = w->engine->independent.scenario;
  int status = FSIM_OK;
  for (size_t i = w->n_roots; i < w->n_cohorts; i++)
    for (size_t k = 0; k < unit->n_stages && status == FSIM_OK; k++)
      if (unit->stage[k] == s->funnels[w->cohorts[i].funnel].entry)
        status = follow(w, &w->cohorts[i]);
  return status;
}

void fsim_cohorts_free(fsim_stagewise_worker *w) {
  for (size_t i = 0; w->cohorts != NULL && i < w->n_cohorts; i++) {
    fsim_block_free(w->cohorts[i].block);
    free(w->cohorts[i].stay);
    free(w->cohorts[i].queue);
    free(w->cohorts[i].work);
    free(w->cohorts[i].first_visit);
  }
  free(w->cohorts);
  free(w->arrive);
  free(w->profile);
}

/* ---- visits ---- */

fsim_inbox *fsim_cohort_inbox(fsim_cohort *c, size_t stage) {
  if (c->n_leads == 0) return NULL;
  const fsim_scenario *s = c->engine.scenario;
  size_t funnel = s->stages[stage].funnel;
  if (c->block->funnel_now != funnel) return NULL;
  return &c->block->inbox[stage - s->funnels[funnel].first_stage];
}

int fsim_cohort_room(fsim_stagewise_worker *w, fsim_cohort *c, size_t stage, size_t n) {
  void *stay = c->stay, *queue = c->queue, *work = c->work;
  size_t s = c->capacity, q = s, k = s, need = c->n_visits + n;
  int failed = fsim_grow(&stay, &s, need, sizeof *c->stay);
  c->stay = stay;
  failed = failed || fsim_grow(&queue, &q, need, sizeof *c->queue);
  c->queue = queue;
  failed = failed || fsim_grow(&work, &k, need, sizeof *c->work);
  c->work = work;
  if (failed) return fsim_no_memory(w->report);
  c->capacity = s;
  c->first_visit[stage] = c->n_visits;
  c->n_visits = need;
  return FSIM_OK;
}

void fsim_law_rows_begin(fsim_cohort *c, size_t stage, const fsim_inbox *in) {
  fsim_block *b = c->block;
  for (size_t i = 0; b->plan->stage_varies[stage] && i < in->n; i++)
    b->law[i] = fsim_law_at(b, stage, in->journey[i], in->t[i]);
}

/* Laws that are taken are struck out in block->law. */
bool fsim_law_rows_next(fsim_stagewise_worker *w, fsim_cohort *c, size_t stage,
                        const fsim_inbox *in, fsim_law_rows *rows) {
  fsim_block *b = c->block;
  if (!b->plan->stage_varies[stage]) {
    if (rows->law != NULL || in->n == 0) return false;
    *rows = (fsim_law_rows){fsim_law_at(b, stage, 0, 0), *in, NULL};
    return true;
  }
  fsim_inbox *to = &b->some;
  to->n = 0;
  rows->law = NULL;
  for (size_t i = 0; i < in->n; i++) {
    if (rows->law == NULL) rows->law = b->law[i];
    if (b->law[i] == NULL || b->law[i] != rows->law) continue;
    b->law[i] = NULL;
    to->journey[to->n] = in->journey[i];
    to->lead[to->n] = in->lead[i];
    to->t[to->n] = in->t[i];
    w->law_row[to->n++] = (uint32_t)i;
  }
  rows->in = *to;
  rows->row = w->law_row;
  return to->n > 0;
}

static int pass_rows(fsim_stagewise_worker *w, fsim_cohort *c, const fsim_stage_unit *unit,
                     const fsim_inbox *some, size_t visit) {
  size_t stage = unit->stage[0];
  uint16_t pace = fsim_pace_of(c->block->plan, stage);
  int status = FSIM_OK;
  fsim_law_rows_begin(c, stage, some);
  for (fsim_law_rows rows = {0};
       status == FSIM_OK && fsim_law_rows_next(w, c, stage, some, &rows);) {
    status = fsim_draw_stage(c->block, stage, rows.law, &rows.in);
    fsim_pace_waits(&w->paces, pace, rows.in.t, c->block->stay, rows.in.n);
    if (status == FSIM_OK) status = fsim_cohort_settle(w, c, unit, stage, &rows, NULL, visit);
  }
  return status;
}

static int pass_cohort(fsim_stagewise_worker *w, fsim_cohort *c, const fsim_stage_unit *unit) {
  fsim_inbox *in = fsim_cohort_inbox(c, unit->stage[0]);
  size_t all = unit->first ? c->n_leads : in->n;
  int status = unit->ends_at_once ? FSIM_OK : fsim_cohort_room(w, c, unit->stage[0], all);
  for (size_t i = 0; i < all && status == FSIM_OK;) {
    if (unit->first) {
      in->n = 0; /* whom it held have gone on */
      fsim_cohort_let_in(c);
    }
    size_t from = unit->first ? 0 : i, n = in->n - from;
    if (n > FSIM_COHORT_ROWS) n = FSIM_COHORT_ROWS;
    fsim_inbox some = {in->journey + from, in->lead + from, in->t + from, n};
    status = pass_rows(w, c, unit, &some, c->first_visit[unit->stage[0]] + i);
    i += n;
  }
  return status;
}

int fsim_cohorts_pass(fsim_stagewise_worker *w, const fsim_stage_unit *unit) {
  int status = FSIM_OK;
  for (size_t i = 0; i < w->n_cohorts && status == FSIM_OK; i++)
    if (fsim_cohort_inbox(&w->cohorts[i], unit->stage[0]) != NULL)
      status = pass_cohort(w, &w->cohorts[i], unit);
  return status;
}

/* ---- the end ---- */

int fsim_cohorts_finish(fsim_stagewise_worker *w) {
  int status = FSIM_OK;
  for (size_t i = 0; i < w->n_cohorts && status == FSIM_OK; i++)
    if (w->cohorts[i].n_leads > 0) status = fsim_block_finish(w->cohorts[i].block);
  return status == FSIM_OK ? fsim_cohorts_count_parts(w) : status;
}
