#include <stdlib.h>

#include "sim/base/array.h"
#include "tests/teams/state.h"

static int by_row(const void *a, const void *b) {
  const visit_row *x = a, *y = b;
  if (x->lead != y->lead) return x->lead < y->lead ? -1 : 1;
  if (x->number != y->number) return x->number < y->number ? -1 : 1;
  return x->order < y->order ? -1 : x->order > y->order;
}

#define SET(id, type, row, value) ((type *)rows->column[id])[row] = (type)(value)

static void put_lead(const state *s, const lead *who, size_t row, fsim_trajectory *rows) {
  SET(FSIM_LEAD_REPLICATION, uint32_t, row, s->world.replication);
  SET(FSIM_LEAD_LEAD, uint32_t, row, who->row);
  SET(FSIM_LEAD_STREAM, uint16_t, row, who->stream);
  SET(FSIM_LEAD_NUMBER, uint32_t, row, who->number);
  SET(FSIM_LEAD_T_ARRIVE, int32_t, row, who->arrive);
  for (size_t a = 0; a < rows->n_attributes; a++)
    rows->attribute[a][row] = (uint8_t)fsim_profile_value(s->scenario, who->profile, a);
}

static void put_journey(const state *s, const journey *of, size_t row, fsim_trajectory *rows) {
  SET(FSIM_JOURNEY_REPLICATION, uint32_t, row, s->world.replication);
  SET(FSIM_JOURNEY_LEAD, uint32_t, row, s->world.leads[of->lead].row);
  SET(FSIM_JOURNEY_JOURNEY, uint16_t, row, of->number);
  SET(FSIM_JOURNEY_PARENT, uint16_t, row, of->parent);
  SET(FSIM_JOURNEY_FUNNEL, uint16_t, row, of->funnel);
  SET(FSIM_JOURNEY_T_START, int32_t, row, of->start);
  SET(FSIM_JOURNEY_T_END, int32_t, row, of->end);
  SET(FSIM_JOURNEY_OUTCOME, uint16_t, row, of->outcome);
  SET(FSIM_JOURNEY_VALUE, double, row, (double)of->cents / 100);
}

static void put_visit(const state *s, const visit_row *of, size_t row, fsim_trajectory *rows) {
  SET(FSIM_VISIT_REPLICATION, uint32_t, row, s->world.replication);
  SET(FSIM_VISIT_LEAD, uint32_t, row, of->lead);
  SET(FSIM_VISIT_JOURNEY, uint16_t, row, of->number);
  SET(FSIM_VISIT_STAGE, uint16_t, row, of->stage);
  SET(FSIM_VISIT_VISIT, uint16_t, row, of->visit);
  SET(FSIM_VISIT_T_ENTER, int32_t, row, of->enter);
  SET(FSIM_VISIT_QUEUE, int32_t, row, of->queue);
  SET(FSIM_VISIT_WORK, int32_t, row, of->work);
  SET(FSIM_VISIT_WAIT, int32_t, row, of->wait);
  SET(FSIM_VISIT_EXIT, uint16_t, row, of->exit);
  SET(FSIM_VISIT_REASON, uint8_t, row, of->reason);
  SET(FSIM_VISIT_WOULD_EXIT, uint16_t, row, of->would);
}

static size_t put_journeys(const state *s, const lead *who, size_t row, fsim_trajectory *rows) {
  for (size_t j = 0; j < s->n_journeys; j++) {
    const journey *of = &s->journeys[j];
    if (of->lead == who->row) put_journey(s, of, row + of->number, rows);
  }
  return row + who->n_journeys;
}

int tell(state *s, reference *r) {
  r->rows = fsim_trajectory_new(s->scenario->n_attributes);
  r->detail = fsim_zeroed(s->n_rows, sizeof *r->detail);
  if (r->rows == NULL || r->detail == NULL ||
      fsim_trajectory_reserve(r->rows, FSIM_LEADS, s->world.n_leads) != 0 ||
      fsim_trajectory_reserve(r->rows, FSIM_JOURNEYS, s->n_journeys) != 0 ||
      fsim_trajectory_reserve(r->rows, FSIM_VISITS, s->n_rows) != 0)
    return fsim_no_memory(s->report);
  if (s->n_rows > 0) qsort(s->rows, s->n_rows, sizeof *s->rows, by_row);
  size_t row = 0;
  for (size_t i = 0; i < s->world.n_leads; i++) {
    put_lead(s, &s->world.leads[i], i, r->rows);
    row = put_journeys(s, &s->world.leads[i], row, r->rows);
  }
  for (size_t i = 0; i < s->n_rows; i++) {
    put_visit(s, &s->rows[i], i, r->rows);
    r->detail[i] = s->rows[i].detail;
  }
  r->rows->replication = s->world.replication;
  r->rows->rows[FSIM_LEADS] = s->world.n_leads;
  r->rows->rows[FSIM_JOURNEYS] = s->n_journeys;
  r->rows->rows[FSIM_VISITS] = s->n_rows;
  return FSIM_OK;
}
