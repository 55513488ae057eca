/* The rows of a replication on a calendar, put into (lead, journey, visit) order. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/tally_parts.h"

int fsim_heaps_make(fsim_heaps *heaps, size_t kinds) {
  heaps->n_touched = 0;
  heaps->first = fsim_zeroed(kinds, sizeof *heaps->first);
  heaps->touched = fsim_zeroed(kinds, sizeof *heaps->touched);
  if (heaps->first == NULL || heaps->touched == NULL) return -1;
  memset(heaps->first, 0xff, kinds * sizeof *heaps->first);
  return 0;
}

void fsim_heaps_free(fsim_heaps *heaps) {
  free(heaps->first);
  free(heaps->touched);
}

static int by_lead(const void *a, const void *b) {
  const fsim_past_lead *x = a, *y = b;
  if (x->stream != y->stream) return x->stream < y->stream ? -1 : 1;
  return x->number < y->number ? -1 : x->number > y->number;
}

static int by_journey(const void *a, const void *b) {
  const fsim_past_journey *x = a, *y = b;
  if (x->stream != y->stream) return x->stream < y->stream ? -1 : 1;
  if (x->number_of_lead != y->number_of_lead) return x->number_of_lead < y->number_of_lead ? -1 : 1;
  return x->number < y->number ? -1 : x->number > y->number;
}

#define COLUMN(type, id) ((type *)rows->column[id])

static void put_lead(const fsim_tally *t, const fsim_past_lead *lead, uint32_t number,
                     fsim_trajectory *rows) {
  size_t row = rows->rows[FSIM_LEADS]++;
  COLUMN(uint32_t, FSIM_LEAD_REPLICATION)[row] = rows->replication;
  COLUMN(uint32_t, FSIM_LEAD_LEAD)[row] = number;
  COLUMN(uint16_t, FSIM_LEAD_STREAM)[row] = lead->stream;
  COLUMN(uint32_t, FSIM_LEAD_NUMBER)[row] = lead->number;
  COLUMN(int32_t, FSIM_LEAD_T_ARRIVE)[row] = lead->arrive;
  for (size_t a = 0; a < rows->n_attributes; a++)
    rows->attribute[a][row] = (uint8_t)fsim_profile_value(t->scenario, lead->profile, a);
}

static void put_journey(const fsim_past_journey *j, uint32_t lead, fsim_trajectory *rows) {
  size_t row = rows->rows[FSIM_JOURNEYS]++;
  COLUMN(uint32_t, FSIM_JOURNEY_REPLICATION)[row] = rows->replication;
  COLUMN(uint32_t, FSIM_JOURNEY_LEAD)[row] = lead;
  COLUMN(uint16_t, FSIM_JOURNEY_JOURNEY)[row] = j->number;
  COLUMN(uint16_t, FSIM_JOURNEY_PARENT)[row] = j->parent;
  COLUMN(uint16_t, FSIM_JOURNEY_FUNNEL)[row] = j->funnel;
  COLUMN(int32_t, FSIM_JOURNEY_T_START)[row] = j->start;
  COLUMN(int32_t, FSIM_JOURNEY_T_END)[row] = j->end;
  COLUMN(uint16_t, FSIM_JOURNEY_OUTCOME)[row] = j->outcome;
  COLUMN(double, FSIM_JOURNEY_VALUE)[row] = (double)j->cents / 100;
}

static uint16_t code_of(const fsim_scenario *scenario, fsim_target target) {
  return (uint16_t)(target.is_outcome ? scenario->n_stages + target.index : target.index);
}

static void put_visit(const fsim_scenario *s, const fsim_past_visit *v, uint32_t lead,
                      uint16_t journey, fsim_trajectory *rows) {
  size_t row = rows->rows[FSIM_VISITS]++;
  uint16_t exit = v->reason == FSIM_STILL_OPEN ? (uint16_t)(s->n_stages + s->n_outcomes)
                                               : code_of(s, v->target);
  bool drawn = v->reason == FSIM_BY_EXIT || v->reason == FSIM_STILL_OPEN;
  COLUMN(uint32_t, FSIM_VISIT_REPLICATION)[row] = rows->replication;
  COLUMN(uint32_t, FSIM_VISIT_LEAD)[row] = lead;
  COLUMN(uint16_t, FSIM_VISIT_JOURNEY)[row] = journey;
  COLUMN(uint16_t, FSIM_VISIT_STAGE)[row] = v->stage;
  COLUMN(uint16_t, FSIM_VISIT_VISIT)[row] = v->visit;
  COLUMN(int32_t, FSIM_VISIT_T_ENTER)[row] = v->enter;
  COLUMN(int32_t, FSIM_VISIT_QUEUE)[row] = v->queue;
  COLUMN(int32_t, FSIM_VISIT_WORK)[row] = v->work;
  COLUMN(int32_t, FSIM_VISIT_WAIT)[row] = v->stay - v->queue - v->work;
  COLUMN(uint16_t, FSIM_VISIT_EXIT)[row] = exit;
  COLUMN(uint8_t, FSIM_VISIT_REASON)[row] = v->reason;
  COLUMN(uint16_t, FSIM_VISIT_WOULD_EXIT)
  [row] = drawn ? exit : code_of(s, s->stages[v->stage].exits[v->exit].target);
}

int fsim_tally_rows(fsim_tally *t, const uint32_t *first_lead, fsim_trajectory *rows) {
  size_t visits = 0;
  for (size_t j = 0; j < t->n_journeys; j++)
    for (uint32_t v = t->journeys[j].first_visit; v != FSIM_NO_VISIT; v = t->visits[v].next)
      visits++;
  if (fsim_trajectory_reserve(rows, FSIM_LEADS, t->n_leads) != 0 ||
      fsim_trajectory_reserve(rows, FSIM_JOURNEYS, t->n_journeys) != 0 ||
      fsim_trajectory_reserve(rows, FSIM_VISITS, visits) != 0)
    return -1;
  qsort(t->leads, t->n_leads, sizeof *t->leads, by_lead);
  qsort(t->journeys, t->n_journeys, sizeof *t->journeys, by_journey);
  for (size_t i = 0; i < t->n_leads; i++)
    put_lead(t, &t->leads[i], first_lead[t->leads[i].stream] + t->leads[i].number, rows);
  for (size_t i = 0; i < t->n_journeys; i++) {
    const fsim_past_journey *j = &t->journeys[i];
    uint32_t lead = first_lead[j->stream] + j->number_of_lead;
    put_journey(j, lead, rows);
    for (uint32_t v = j->first_visit; v != FSIM_NO_VISIT; v = t->visits[v].next)
      put_visit(t->scenario, &t->visits[v], lead, j->number, rows);
  }
  return 0;
}
