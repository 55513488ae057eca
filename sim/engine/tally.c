#include "sim/engine/tally.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/tally_parts.h"

fsim_tally *fsim_tally_new(const fsim_plan *plan, const fsim_shape *shape) {
  const fsim_scenario *s = plan->scenario;
  fsim_tally *t = fsim_zeroed(1, sizeof *t);
  if (t == NULL) return NULL;
  t->scenario = s;
  t->shape = shape;
  size_t endings = s->n_outcomes + s->n_funnels, most_exits = 0;
  for (size_t i = 0; i < s->n_stages; i++) {
    if (s->stages[i].n_exits > most_exits) most_exits = s->stages[i].n_exits;
  }
  t->most_slots = most_exits + 4;
  t->exits = fsim_zeroed(2 * t->most_slots, sizeof *t->exits);
  bool made = fsim_heaps_make(&t->visit_heap, s->n_stages * s->n_profiles) == 0 &&
              fsim_heaps_make(&t->journey_heap, endings * s->n_profiles) == 0 && t->exits != NULL;
  if (!made) {
    fsim_tally_free(t);
    return NULL;
  }
  return t;
}

void fsim_tally_free(fsim_tally *t) {
  if (t == NULL) return;
  fsim_heaps_free(&t->visit_heap);
  fsim_heaps_free(&t->journey_heap);
  free(t->exits);
  free(t->visits);
  free(t->leads);
  free(t->journeys);
  free(t);
}

void fsim_tally_begin(fsim_tally *t, fsim_recorder *recorder, bool rows) {
  t->recorder = recorder;
  t->rows = rows;
  t->n_visits = t->n_leads = t->n_journeys = 0;
  t->spare = FSIM_NO_VISIT;
  t->n_buffered_visits = t->n_buffered_journeys = 0;
}

uint32_t fsim_tally_visit(fsim_tally *t, uint32_t last, fsim_past_visit **visit) {
  uint32_t at = t->spare;
  if (at != FSIM_NO_VISIT) {
    t->spare = t->visits[at].next;
  } else {
    void *items = t->visits;
    if (t->n_visits >= FSIM_NO_VISIT - 1 ||
        fsim_grow(&items, &t->visit_capacity, t->n_visits + 1, sizeof *t->visits) != 0)
      return FSIM_NO_VISIT;
    t->visits = items;
    at = (uint32_t)t->n_visits++;
  }
  *visit = &t->visits[at];
  t->visits[at].next = FSIM_NO_VISIT;
  if (last != FSIM_NO_VISIT) t->visits[last].next = at;
  return at;
}

int fsim_tally_lead(fsim_tally *t, size_t stream, uint32_t number, int32_t arrive,
                    uint16_t profile) {
  void *items = t->leads;
  if (fsim_grow(&items, &t->lead_capacity, t->n_leads + 1, sizeof *t->leads) != 0) return -1;
  t->leads = items;
  t->leads[t->n_leads++] = (fsim_past_lead){number, arrive, (uint16_t)stream, profile};
  return 0;
}

/* ---- counting ---- */

static void hang(fsim_heaps *heaps, size_t cell, uint32_t *next, uint32_t row) {
  if (heaps->first[cell] == FSIM_NO_ROW) heaps->touched[heaps->n_touched++] = (uint32_t)cell;
  next[row] = heaps->first[cell];
  heaps->first[cell] = row;
}

static void count_team(fsim_tally *t, size_t profile, const uint32_t *row, size_t n) {
  int32_t enter[FSIM_TALLY_ROWS], queue[FSIM_TALLY_ROWS];
  uint8_t fate[FSIM_TALLY_ROWS];
  for (size_t i = 0; i < n;) {
    uint16_t team = t->buffered_visit[row[i]].team;
    size_t m = 0;
    for (; i < n && t->buffered_visit[row[i]].team == team; i++, m++) {
      const fsim_past_visit *v = &t->buffered_visit[row[i]];
      enter[m] = v->enter;
      queue[m] = v->queue;
      fate[m] =
          (uint8_t)fsim_team_fate_of((fsim_reason)v->reason, v->work, v->stay - v->queue - v->work);
    }
    if (team == FSIM_NO_TEAM) continue;
    fsim_record_team_visits(t->recorder, &(fsim_team_visits){.team = team,
                                                             .profile = profile,
                                                             .n = m,
                                                             .enter = enter,
                                                             .queue = queue,
                                                             .fate = fate});
  }
}

static void count_exits(fsim_tally *t, size_t stage, size_t profile, const uint32_t *row,
                        size_t n) {
  const fsim_shape *shape = t->shape;
  size_t first = shape->first_exit[stage], slots = shape->first_exit[stage + 1] - first;
  size_t ruled = 0;
  memset(t->exits, 0, 2 * t->most_slots * sizeof *t->exits);
  for (size_t i = 0; i < n; i++) {
    const fsim_past_visit *v = &t->buffered_visit[row[i]];
    ruled += fsim_is_rule((fsim_reason)v->reason) && v->enter + v->stay >= t->scenario->warm_up_s;
    if (v->reason == FSIM_STILL_OPEN || v->enter < t->scenario->warm_up_s) continue;
    t->exits[fsim_exit_slot(shape, stage, (fsim_reason)v->reason, v->exit) - first]++;
    if (v->reason != FSIM_BY_EXIT) t->exits[t->most_slots + v->exit]++;
  }
  fsim_record_ruled(t->recorder, stage, profile, NULL, ruled);
  for (size_t x = 0; x < slots; x++) {
    if (t->exits[x] > 0)
      fsim_record_exits(t->recorder, FSIM_EXITED, first + x, profile, NULL, t->exits[x]);
    if (t->exits[t->most_slots + x] > 0)
      fsim_record_exits(t->recorder, FSIM_WOULD_EXIT, first + x, profile, NULL,
                        t->exits[t->most_slots + x]);
  }
}

static void count_visits(fsim_tally *t, size_t cell) {
  int32_t enter[FSIM_TALLY_ROWS], queue[FSIM_TALLY_ROWS], work[FSIM_TALLY_ROWS],
      stay[FSIM_TALLY_ROWS];
  uint32_t row[FSIM_TALLY_ROWS];
  size_t stage = cell / t->scenario->n_profiles, profile = cell % t->scenario->n_profiles, n = 0;
  bool teams = false;
  for (uint32_t r = t->visit_heap.first[cell]; r != FSIM_NO_ROW; r = t->visit_next[r]) {
    const fsim_past_visit *v = &t->buffered_visit[r];
    row[n] = r;
    enter[n] = v->enter;
    queue[n] = v->queue;
    work[n] = v->work;
    stay[n++] = v->stay;
    teams |= v->team != FSIM_NO_TEAM;
  }
  fsim_record_visits(t->recorder, &(fsim_visit_batch){.stage = stage,
                                                      .profile = profile,
                                                      .n = n,
                                                      .enter = enter,
                                                      .queue = teams ? queue : NULL,
                                                      .work = teams ? work : NULL,
                                                      .stay = stay});
  count_exits(t, stage, profile, row, n);
  if (teams) count_team(t, profile, row, n);
}

static void flush_visits(fsim_tally *t) {
  for (size_t k = 0; k < t->visit_heap.n_touched; k++) {
    count_visits(t, t->visit_heap.touched[k]);
    t->visit_heap.first[t->visit_heap.touched[k]] = FSIM_NO_ROW;
  }
  t->visit_heap.n_touched = 0;
  t->n_buffered_visits = 0;
}

static void count_journeys(fsim_tally *t, size_t cell) {
  int32_t arrive[FSIM_TALLY_ROWS], start[FSIM_TALLY_ROWS], end[FSIM_TALLY_ROWS];
  int64_t cents[FSIM_TALLY_ROWS], any = 0;
  size_t ending = cell / t->scenario->n_profiles, n = 0;
  for (uint32_t r = t->journey_heap.first[cell]; r != FSIM_NO_ROW; r = t->journey_next[r]) {
    const fsim_past_journey *j = &t->buffered_journey[r];
    arrive[n] = j->arrive;
    start[n] = j->start;
    end[n] = j->end;
    cents[n++] = j->cents;
    any |= j->cents;
  }
  fsim_journey_batch batch = {.profile = cell % t->scenario->n_profiles,
                              .n = n,
                              .arrive = arrive,
                              .start = start,
                              .end = end,
                              .cents = any != 0 ? cents : NULL};
  if (ending < t->scenario->n_outcomes) {
    fsim_record_ends(t->recorder, ending, &batch);
  } else {
    fsim_record_open(t->recorder, ending - t->scenario->n_outcomes, &batch);
  }
}

static void flush_journeys(fsim_tally *t) {
  for (size_t k = 0; k < t->journey_heap.n_touched; k++) {
    count_journeys(t, t->journey_heap.touched[k]);
    t->journey_heap.first[t->journey_heap.touched[k]] = FSIM_NO_ROW;
  }
  t->journey_heap.n_touched = 0;
  t->n_buffered_journeys = 0;
}

void fsim_tally_finish(fsim_tally *t) {
  flush_visits(t);
  flush_journeys(t);
}

void fsim_tally_count(fsim_tally *t, const fsim_past_visit *visit, size_t profile) {
  if (t->n_buffered_visits == FSIM_TALLY_ROWS) flush_visits(t);
  uint32_t row = t->n_buffered_visits++;
  fsim_past_visit *to = &t->buffered_visit[row];
  to->enter = visit->enter;
  to->queue = visit->queue;
  to->work = visit->work;
  to->stay = visit->stay;
  to->team = visit->team;
  to->exit = visit->exit;
  to->reason = visit->reason;
  hang(&t->visit_heap, visit->stage * t->scenario->n_profiles + profile, t->visit_next, row);
}

fsim_past_journey *fsim_tally_next_journey(fsim_tally *t) {
  if (t->n_buffered_journeys == FSIM_TALLY_ROWS) flush_journeys(t);
  return &t->buffered_journey[t->n_buffered_journeys];
}

int fsim_tally_journey(fsim_tally *t, bool keep) {
  const fsim_scenario *s = t->scenario;
  uint32_t row = t->n_buffered_journeys++, last = FSIM_NO_VISIT;
  const fsim_past_journey *journey = &t->buffered_journey[row];
  size_t ending = journey->outcome;
  if (ending == s->n_outcomes) ending += journey->funnel;
  hang(&t->journey_heap, ending * s->n_profiles + journey->profile, t->journey_next, row);
  bool parts = t->shape->dim[FSIM_DIM_PASSED] > 0 && journey->outcome < s->n_outcomes &&
               journey->start >= s->warm_up_s;
  fsim_parts_row sums = {0};
  if (parts) sums = fsim_parts_of(t->recorder, journey->outcome);
  for (uint32_t v = journey->first_visit; v != FSIM_NO_VISIT; v = t->visits[v].next) {
    const fsim_past_visit *visit = &t->visits[v];
    if (parts)
      fsim_add_parts(&sums, visit->stage, visit->queue, visit->work,
                     visit->stay - visit->queue - visit->work);
    last = v;
  }
  if (keep && t->rows) {
    void *items = t->journeys;
    if (fsim_grow(&items, &t->journey_capacity, t->n_journeys + 1, sizeof *t->journeys) != 0)
      return -1;
    t->journeys = items;
    t->journeys[t->n_journeys++] = *journey;
  } else if (last != FSIM_NO_VISIT) {
    t->visits[last].next = t->spare;
    t->spare = journey->first_visit;
  }
  return 0;
}
