/* The cohorts of a replication: who they are, their visits without work, their end. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/stagewise.h"

/* ---- leads ---- */

#define ENTRY_ROWS 2048 /* leads that are let in together */

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

/* All leads of a stream: when they come and what they are. */
static int draw_leads(fsim_stagewise_worker *w, size_t stream, size_t *n) {
  const fsim_scenario *s = w->engine->independent.scenario;
  fsim_arrivals arrivals = {0};
  double u[FSIM_MOST_ARRIVALS];
  uint32_t number[FSIM_MOST_ARRIVALS];
  int status = fsim_arrivals_open(&arrivals, w->engine->independent.arrivals, w->replication,
                                  stream, w->report);
  *n = 0;
  if (status == FSIM_OK) fsim_arrivals_seek(&arrivals, 0, 0);
  for (size_t came = FSIM_MOST_ARRIVALS; status == FSIM_OK && came == FSIM_MOST_ARRIVALS;) {
    status = lead_room(w, *n + FSIM_MOST_ARRIVALS);
    if (status != FSIM_OK) break;
    came = fsim_arrivals_next(&arrivals, w->arrive + *n, FSIM_MOST_ARRIVALS);
    fsim_count_up(number, (uint32_t)*n, came);
    fsim_draw_profiles(s, w->replication, stream, number, w->profile + *n, u, came);
    *n += came;
  }
  fsim_arrivals_close(&arrivals);
  return status;
}

/* A block with room for the cohort's leads. */
static int make_block(fsim_stagewise_worker *w, fsim_cohort *c) {
  if (c->block != NULL && c->n_leads <= c->engine.block_leads) return FSIM_OK;
  fsim_block_free(c->block);
  c->engine = w->engine->independent;
  c->engine.block_leads = c->n_leads + c->n_leads / 8 + 64;
  if (c->engine.block_leads < FSIM_COHORT_ROWS) c->engine.block_leads = FSIM_COHORT_ROWS;
  c->block = fsim_block_new(&c->engine);
  if (c->first_visit == NULL)
    c->first_visit = fsim_zeroed(c->engine.scenario->n_stages, sizeof *c->first_visit);
  return c->block == NULL || c->first_visit == NULL ? fsim_no_memory(w->report) : FSIM_OK;
}

/* No lead is in yet; none has a journey, and none will have two. */
static int open_cohort(fsim_stagewise_worker *w, fsim_cohort *c) {
  int status = make_block(w, c);
  if (status != FSIM_OK) return status;
  fsim_block *b = c->block;
  c->part = (fsim_part){.replication = w->replication, .stream = c->stream, .most = UINT32_MAX};
  c->n_visits = 0;
  memset(c->first_visit, 0xff, c->engine.scenario->n_stages * sizeof *c->first_visit);
  fsim_block_begin(b, &c->part, w->recorder, false, w->report);
  b->keep_outcomes = true;
  b->n_leads = b->n_journeys = b->n_pendings = b->n_rows = b->in_progress = 0;
  for (size_t k = 0; k < c->engine.loops.most_stages; k++) b->inbox[k].n = 0;
  return FSIM_OK;
}

/* Some of all leads of a stream, each to its cohort. */
static void deal_out(fsim_stagewise_worker *w, fsim_cohort *cohorts, size_t all, size_t first,
                     size_t n) {
  if (cohorts[w->profile[first]].n_leads == all) {
    fsim_block *b = cohorts[w->profile[first]].block;
    fsim_count_up(b->number + b->n_leads, (uint32_t)first, n);
    memcpy(b->arrive + b->n_leads, w->arrive + first, n * sizeof *b->arrive);
    memcpy(b->profile + b->n_leads, w->profile + first, n * sizeof *b->profile);
    b->n_leads += n;
    return;
  }
  for (size_t i = first; i < first + n; i++) {
    fsim_block *b = cohorts[w->profile[i]].block;
    size_t slot = b->n_leads++;
    b->number[slot] = (uint32_t)i;
    b->arrive[slot] = w->arrive[i];
    b->profile[slot] = w->profile[i];
  }
}

static int let_in(fsim_cohort *cohorts, size_t n_profiles, size_t least) {
  int status = FSIM_OK;
  for (size_t p = 0; p < n_profiles && status == FSIM_OK; p++)
    if (cohorts[p].n_leads > 0 && cohorts[p].block->n_leads >= cohorts[p].block->n_journeys + least)
      status = fsim_block_enter(cohorts[p].block);
  return status;
}

static int enter_stream(fsim_stagewise_worker *w, size_t stream) {
  size_t n, n_profiles = w->engine->independent.scenario->n_profiles;
  fsim_cohort *cohorts = w->cohorts + stream * n_profiles;
  int status = draw_leads(w, stream, &n);
  if (status != FSIM_OK) return status;
  for (size_t p = 0; p < n_profiles; p++) cohorts[p].n_leads = 0;
  if (n_profiles == 1) cohorts[0].n_leads = n;
  for (size_t i = 0; n_profiles > 1 && i < n; i++) cohorts[w->profile[i]].n_leads++;
  for (size_t p = 0; p < n_profiles && status == FSIM_OK; p++) {
    cohorts[p].stream = stream;
    cohorts[p].profile = p;
    if (cohorts[p].n_leads > 0) status = open_cohort(w, &cohorts[p]);
  }
  for (size_t i = 0; i < n && status == FSIM_OK; i += ENTRY_ROWS) {
    deal_out(w, cohorts, n, i, n - i < ENTRY_ROWS ? n - i : ENTRY_ROWS);
    status = let_in(cohorts, n_profiles, ENTRY_ROWS);
  }
  return status == FSIM_OK ? let_in(cohorts, n_profiles, 1) : status;
}

int fsim_cohorts_enter(fsim_stagewise_worker *w) {
  int status = FSIM_OK;
  for (size_t s = 0; s < w->engine->independent.scenario->n_streams && status == FSIM_OK; s++)
    status = enter_stream(w, s);
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
  fsim_inbox *inbox = &c->block->inbox[stage - s->funnels[funnel].first_stage];
  return inbox->n > 0 ? inbox : NULL;
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

static int pass_cohort(fsim_stagewise_worker *w, fsim_cohort *c, size_t stage) {
  const fsim_inbox *in = fsim_cohort_inbox(c, stage);
  if (in == NULL) return FSIM_OK;
  int status = fsim_cohort_room(w, c, stage, in->n);
  int32_t *stay = c->stay + c->first_visit[stage];
  for (size_t i = 0; i < in->n && status == FSIM_OK; i += FSIM_COHORT_ROWS) {
    size_t n = in->n - i < FSIM_COHORT_ROWS ? in->n - i : FSIM_COHORT_ROWS;
    fsim_inbox some = {in->journey + i, in->lead + i, in->t + i, n};
    status = fsim_visit_stage(c->block, stage, &some);
    memcpy(stay + i, c->block->stay, n * sizeof *stay);
  }
  return status;
}

int fsim_cohorts_pass(fsim_stagewise_worker *w, size_t stage) {
  int status = FSIM_OK;
  for (size_t i = 0; i < w->n_cohorts && status == FSIM_OK; i++)
    status = pass_cohort(w, &w->cohorts[i], stage);
  return status;
}

/* ---- the end ---- */

typedef struct parts {
  int64_t queue, work, stay;
} parts;

/* Where the time of journeys went that started in the window, by how they ended. */
static void count_parts(fsim_stagewise_worker *w, fsim_cohort *c, size_t stage, bool works,
                        parts *sums) {
  const fsim_scenario *s = c->engine.scenario;
  const fsim_inbox *in = fsim_cohort_inbox(c, stage);
  const fsim_funnel *funnel = &s->funnels[s->stages[stage].funnel];
  const uint16_t *outcome = c->block->j_outcome;
  const int32_t *start = c->block->j_start;
  size_t first = c->first_visit[stage];
  if (in == NULL || first == SIZE_MAX) return;
  const int32_t *stay = c->stay + first, *queue = c->queue + first, *work = c->work + first;
  size_t endings = funnel->n_outcomes + 1;
  memset(sums, 0, 2 * endings * sizeof *sums);
  for (size_t i = 0; i < in->n; i++) {
    uint32_t j = in->journey[i];
    size_t end = (size_t)outcome[j] - funnel->first_outcome; /* open ones are far beyond */
    if (start[j] < s->warm_up_s || end >= endings) end = endings - 1;
    parts *sum = &sums[2 * end + (i & 1)]; /* neighbours do not wait for each other */
    sum->stay += stay[i];
    if (!works) continue;
    sum->queue += queue[i];
    sum->work += work[i];
  }
  for (size_t o = 0; o < funnel->n_outcomes; o++) {
    int64_t *cell = &w->recorder->cells[fsim_cell(w->recorder->shape, FSIM_PART_QUEUE,
                                                  funnel->first_outcome + o, stage, 0)];
    size_t size =
        w->recorder->shape->dim[FSIM_DIM_OUTCOME] * w->recorder->shape->dim[FSIM_DIM_PASSED];
    const parts *two = &sums[2 * o];
    int64_t waiting = two[0].queue + two[1].queue, working = two[0].work + two[1].work;
    cell[0] += waiting;
    cell[size] += working;
    cell[2 * size] += two[0].stay + two[1].stay - waiting - working;
  }
}

int fsim_cohorts_finish(fsim_stagewise_worker *w) {
  const fsim_scenario *s = w->engine->independent.scenario;
  parts *sums = fsim_zeroed(2 * (s->n_outcomes + 1), sizeof *sums);
  if (sums == NULL) return fsim_no_memory(w->report);
  int status = FSIM_OK;
  for (size_t i = 0; i < w->n_cohorts && status == FSIM_OK; i++) {
    fsim_cohort *c = &w->cohorts[i];
    if (c->n_leads == 0) continue;
    status = fsim_block_finish(c->block);
    bool parts_wanted = w->recorder->shape->dim[FSIM_DIM_PASSED] > 0;
    for (size_t u = 0; parts_wanted && u < w->engine->units.n; u++) {
      const fsim_stage_unit *unit = &w->engine->units.unit[u];
      for (size_t k = 0; k < unit->n_stages; k++)
        count_parts(w, c, unit->stage[k], unit->team != FSIM_NO_UNIT_TEAM, sums);
    }
  }
  free(sums);
  return status;
}
