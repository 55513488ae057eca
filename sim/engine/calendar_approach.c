/* The way of new leads to the first team: many together, since nobody stands in their way.
 *
 * A block of leads goes through its journeys until one of a lead has come to a stage with work
 * (block.h). Only such leads get a slot in the calendar: with the journey that came there, and with
 * what links will start. All others are over, and are counted already. */
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/calendar.h"

bool fsim_calendar_may_approach(const fsim_calendar *c, size_t stream) {
  const fsim_stream *s = &c->scenario->streams[stream];
  bool crosses = c->scope != NULL && c->scope->standing; /* then links end the run's journeys */
  return !c->keep_rows && !s->pipeline && !crosses &&
         !c->plan->stage_works[c->scenario->funnels[s->into].entry];
}

static int make_block(fsim_calendar *c) {
  if (c->approach == NULL) c->approach = fsim_block_new(&c->laws->approach);
  if (c->approach != NULL) c->approach->paces = &c->paces;
  if (c->slot_of_lead == NULL)
    c->slot_of_lead = fsim_zeroed(c->laws->approach.block_leads, sizeof *c->slot_of_lead);
  return c->approach == NULL || c->slot_of_lead == NULL ? fsim_no_memory(c->report) : FSIM_OK;
}

/* ---- leads that go on ---- */

/* What the calendar must know of the lead in a slot of the block. */
static void describe(fsim_calendar *c, size_t slot, uint32_t to) {
  const fsim_block *b = c->approach;
  fsim_lead_store *s = &c->leads;
  size_t n_funnels = c->scenario->n_funnels, n_changes = c->scenario->n_changes;
  s->number[to] = b->number[slot];
  s->arrive[to] = b->arrive[slot];
  s->profile[to] = b->profile[slot];
  s->stream[to] = (uint16_t)b->part->stream;
  s->kept[to] = false;
  s->journeys[to] = b->journeys[slot];
  for (size_t f = 0; f < n_funnels; f++)
    s->ordinal[to * n_funnels + f] = b->ordinal[f * b->capacity + slot];
  for (size_t k = 0; k < n_changes; k++)
    s->reach[to * n_changes + k] = b->reach[k * b->capacity + slot];
}

/* Leads of which a journey came to a team get slots. */
static int give_slots(fsim_calendar *c) {
  const fsim_block *b = c->approach;
  uint32_t first = FSIM_NONE, n = 0;
  for (size_t slot = 0; slot < b->n_leads; slot++) {
    if (!b->gone[slot]) continue;
    if (n % FSIM_LEAD_CHUNK == 0) {
      uint32_t chunk = fsim_calendar_chunk(c);
      if (chunk == FSIM_NONE) return c->status;
      first = chunk * FSIM_LEAD_CHUNK;
    }
    uint32_t to = first + n++ % FSIM_LEAD_CHUNK;
    c->slot_of_lead[slot] = to;
    describe(c, slot, to);
  }
  return FSIM_OK;
}

/* All journeys of the leads that got slots are in. */
static void release_chunks(fsim_calendar *c) {
  const fsim_block *b = c->approach;
  uint32_t n = 0;
  for (size_t slot = 0; slot < b->n_leads; slot++)
    if (b->gone[slot] && n++ % FSIM_LEAD_CHUNK == 0)
      fsim_calendar_release_lead(c, c->slot_of_lead[slot]);
}

/* ---- their journeys ---- */

static int take_over(fsim_calendar *c, const fsim_handed *h) {
  const fsim_block *b = c->approach;
  fsim_course as = {.slot = c->slot_of_lead[b->j_slot[h->journey]],
                    .number = b->j_number[h->journey],
                    .ordinal = b->j_ordinal[h->journey],
                    .funnel = h->funnel,
                    .start = b->j_start[h->journey]};
  uint32_t course = fsim_calendar_course(c, &as);
  if (course == FSIM_NONE) return c->status;
  c->courses[course].cents = h->cents;
  c->leads.alive[as.slot / FSIM_LEAD_CHUNK]++;
  c->course_of[h->journey] = course;
  return FSIM_OK;
}

static int take_over_all(fsim_calendar *c) {
  const fsim_block *b = c->approach;
  void *items = c->course_of;
  if (fsim_grow(&items, &c->course_of_capacity, b->n_journeys, sizeof *c->course_of) != 0)
    return fsim_no_memory(c->report);
  c->course_of = items;
  memset(c->course_of, 0xff, b->n_journeys * sizeof *c->course_of); /* FSIM_NONE */
  int status = FSIM_OK;
  for (size_t i = 0; i < b->n_handed && status == FSIM_OK; i++)
    status = take_over(c, &b->handed[i]);
  return status;
}

/* A visit that has been counted: its parts are, when the journey ends. */
static int add_past(fsim_calendar *c, uint32_t course, uint16_t stage, int32_t stay) {
  fsim_course *j = &c->courses[course];
  fsim_past_visit *visit;
  uint32_t at = fsim_tally_visit(c->tally, j->last_visit, &visit);
  if (at == FSIM_NO_VISIT) return fsim_no_memory(c->report);
  visit->stage = stage;
  visit->stay = stay;
  visit->queue = visit->work = 0;
  if (j->first_visit == FSIM_NO_VISIT) j->first_visit = at;
  j->last_visit = at;
  if (c->visits_stride > 0)
    c->visits[course * c->visits_stride + stage - c->scenario->funnels[j->funnel].first_stage]++;
  return FSIM_OK;
}

/* Where the time of journeys went that are over; of the others it is kept. */
static int pass_on_visits(fsim_calendar *c) {
  const fsim_block *b = c->approach;
  int status = FSIM_OK;
  for (size_t i = 0; i < b->n_rows && status == FSIM_OK; i++) {
    uint32_t j = b->r_journey[i];
    if (c->course_of[j] != FSIM_NONE) {
      status = add_past(c, c->course_of[j], b->r_stage[i], b->r_stay[i]);
    } else if (b->j_outcome[j] < c->scenario->n_outcomes &&
               b->j_start[j] >= c->scenario->warm_up_s) {
      fsim_parts_row parts = fsim_parts_of(c->recorder, b->j_outcome[j]);
      fsim_add_parts(&parts, b->r_stage[i], 0, 0, b->r_stay[i]);
    }
  }
  return status;
}

/* ---- what happens next ---- */

static int plan_starts(fsim_calendar *c) {
  const fsim_block *b = c->approach;
  for (size_t slot = 0; slot < b->n_leads; slot++) {
    if (!b->gone[slot]) continue;
    for (uint32_t p = b->pending[slot]; p != FSIM_NO_PENDING; p = b->pendings[p].next) {
      const fsim_pending *start = &b->pendings[p];
      int status =
          fsim_calendar_plan_start(c, c->slot_of_lead[slot], start->parent, start->link, start->t);
      if (status != FSIM_OK) return status;
    }
  }
  return FSIM_OK;
}

static int come(fsim_calendar *c) {
  const fsim_block *b = c->approach;
  c->loading = true;
  int status = FSIM_OK;
  for (size_t i = 0; i < b->n_handed && status == FSIM_OK; i++)
    status = fsim_calendar_come(c, c->course_of[b->handed[i].journey], b->handed[i].stage,
                                b->handed[i].t);
  return status == FSIM_OK ? fsim_calendar_flush(c, c->events.end) : status;
}

int fsim_calendar_approach(fsim_calendar *c, size_t stream) {
  int status = make_block(c);
  if (status != FSIM_OK) return status;
  fsim_block *b = c->approach;
  c->approach_part = (fsim_part){.replication = c->replication, .stream = stream};
  fsim_block_begin(b, &c->approach_part, c->recorder, false, c->report);
  b->keep_outcomes = b->keep_stays = c->recorder->shape->dim[FSIM_DIM_PASSED] > 0;
  status = fsim_block_fill(b, &c->arrivals[stream], SIZE_MAX, 1);
  if (status != FSIM_OK || b->n_leads == 0) return status;
  status = fsim_block_run(b);
  if (status == FSIM_OK) status = give_slots(c);
  if (status == FSIM_OK) status = take_over_all(c);
  if (status == FSIM_OK) status = pass_on_visits(c);
  if (status == FSIM_OK) status = plan_starts(c);
  if (status == FSIM_OK) status = come(c);
  if (status != FSIM_OK) return status;
  release_chunks(c);
  if (b->n_leads < b->capacity) return FSIM_OK;
  return fsim_calendar_load_next(c, stream, b->arrive[b->slot_of[b->n_leads - 1]]);
}
