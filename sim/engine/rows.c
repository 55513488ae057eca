/* The rows of a block, put into (lead, journey, visit) order. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/block.h"

/* Leads in order of number; their journeys in order of start. place[j] is a journey's row among
 * those kept, UINT32_MAX when its lead is not. */
typedef struct order {
  uint32_t *place;       /* [n_journeys] */
  uint32_t *first_visit; /* [journeys kept + 1] */
  uint32_t *first;       /* by slot: row of its first journey */
  size_t leads, journeys, visits;
} order;

static int make_order(const fsim_block *b, order *o) {
  o->place = fsim_zeroed(b->n_journeys, sizeof *o->place);
  o->first_visit = fsim_zeroed(b->n_journeys + 1, sizeof *o->first_visit);
  o->first = fsim_zeroed(b->n_leads, sizeof *o->first);
  if (o->place == NULL || o->first_visit == NULL || o->first == NULL)
    return fsim_no_memory(b->report);
  for (size_t k = 0; k < b->n_leads; k++) {
    size_t slot = b->slot_of[k];
    if (!b->kept[slot]) continue;
    o->first[slot] = (uint32_t)o->journeys;
    o->journeys += b->journeys[slot];
    o->leads++;
  }
  for (size_t j = 0; j < b->n_journeys; j++)
    o->place[j] = b->kept[b->j_slot[j]] ? o->first[b->j_slot[j]] + b->j_number[j] : UINT32_MAX;
  for (size_t r = 0; r < b->n_rows; r++) {
    uint32_t place = o->place[b->r_journey[r]];
    if (place != UINT32_MAX) o->first_visit[place + 1]++;
  }
  for (size_t j = 0; j < o->journeys; j++) o->first_visit[j + 1] += o->first_visit[j];
  o->visits = o->first_visit[o->journeys];
  return FSIM_OK;
}

#define COLUMN(type, id) type *id##_column = (type *)rows->column[id] + base

static void put_leads(const fsim_block *b, uint32_t lead, fsim_trajectory *rows) {
  size_t base = rows->rows[FSIM_LEADS], row = 0;
  COLUMN(uint32_t, FSIM_LEAD_REPLICATION);
  COLUMN(uint32_t, FSIM_LEAD_LEAD);
  COLUMN(uint16_t, FSIM_LEAD_STREAM);
  COLUMN(uint32_t, FSIM_LEAD_NUMBER);
  COLUMN(int32_t, FSIM_LEAD_T_ARRIVE);
  for (size_t k = 0; k < b->n_leads; k++) {
    size_t slot = b->slot_of[k];
    if (!b->kept[slot]) continue;
    FSIM_LEAD_REPLICATION_column[row] = b->part->replication;
    FSIM_LEAD_LEAD_column[row] = lead + (uint32_t)k;
    FSIM_LEAD_STREAM_column[row] = (uint16_t)b->part->stream;
    FSIM_LEAD_NUMBER_column[row] = b->number[slot];
    FSIM_LEAD_T_ARRIVE_column[row] = b->arrive[slot];
    for (size_t a = 0; a < rows->n_attributes; a++)
      rows->attribute[a][base + row] =
          (uint8_t)fsim_profile_value(b->scenario, b->profile[slot], a);
    row++;
  }
  rows->rows[FSIM_LEADS] += row;
}

static void put_journeys(const fsim_block *b, const order *o, const uint32_t *lead_of_slot,
                         fsim_trajectory *rows) {
  size_t base = rows->rows[FSIM_JOURNEYS];
  COLUMN(uint32_t, FSIM_JOURNEY_REPLICATION);
  COLUMN(uint32_t, FSIM_JOURNEY_LEAD);
  COLUMN(uint16_t, FSIM_JOURNEY_JOURNEY);
  COLUMN(uint16_t, FSIM_JOURNEY_PARENT);
  COLUMN(uint16_t, FSIM_JOURNEY_FUNNEL);
  COLUMN(int32_t, FSIM_JOURNEY_T_START);
  COLUMN(int32_t, FSIM_JOURNEY_T_END);
  COLUMN(uint16_t, FSIM_JOURNEY_OUTCOME);
  COLUMN(double, FSIM_JOURNEY_VALUE);
  for (size_t j = 0; j < b->n_journeys; j++) {
    uint32_t row = o->place[j];
    if (row == UINT32_MAX) continue;
    FSIM_JOURNEY_REPLICATION_column[row] = b->part->replication;
    FSIM_JOURNEY_LEAD_column[row] = lead_of_slot[b->j_slot[j]];
    FSIM_JOURNEY_JOURNEY_column[row] = b->j_number[j];
    FSIM_JOURNEY_PARENT_column[row] = b->j_parent[j];
    FSIM_JOURNEY_FUNNEL_column[row] = b->j_funnel[j];
    FSIM_JOURNEY_T_START_column[row] = b->j_start[j];
    FSIM_JOURNEY_T_END_column[row] = b->j_end[j];
    FSIM_JOURNEY_OUTCOME_column[row] = b->j_outcome[j];
    FSIM_JOURNEY_VALUE_column[row] = (double)b->j_cents[j] / 100;
  }
  rows->rows[FSIM_JOURNEYS] += o->journeys;
}

/* A counting sort by journey: the visits of one come in order of time already. */
static void put_visits(const fsim_block *b, order *o, const uint32_t *lead_of_slot,
                       fsim_trajectory *rows) {
  size_t base = rows->rows[FSIM_VISITS];
  COLUMN(uint32_t, FSIM_VISIT_REPLICATION);
  COLUMN(uint32_t, FSIM_VISIT_LEAD);
  COLUMN(uint16_t, FSIM_VISIT_JOURNEY);
  COLUMN(uint16_t, FSIM_VISIT_STAGE);
  COLUMN(uint16_t, FSIM_VISIT_VISIT);
  COLUMN(int32_t, FSIM_VISIT_T_ENTER);
  COLUMN(int32_t, FSIM_VISIT_QUEUE);
  COLUMN(int32_t, FSIM_VISIT_WORK);
  COLUMN(int32_t, FSIM_VISIT_WAIT);
  COLUMN(uint16_t, FSIM_VISIT_EXIT);
  COLUMN(uint8_t, FSIM_VISIT_REASON);
  COLUMN(uint16_t, FSIM_VISIT_WOULD_EXIT);
  for (size_t r = 0; r < b->n_rows; r++) {
    uint32_t journey = b->r_journey[r], place = o->place[journey];
    if (place == UINT32_MAX) continue;
    uint32_t row = o->first_visit[place]++;
    FSIM_VISIT_REPLICATION_column[row] = b->part->replication;
    FSIM_VISIT_LEAD_column[row] = lead_of_slot[b->j_slot[journey]];
    FSIM_VISIT_JOURNEY_column[row] = b->j_number[journey];
    FSIM_VISIT_STAGE_column[row] = b->r_stage[r];
    FSIM_VISIT_VISIT_column[row] = b->r_visit[r];
    FSIM_VISIT_T_ENTER_column[row] = b->r_enter[r];
    FSIM_VISIT_QUEUE_column[row] = 0;
    FSIM_VISIT_WORK_column[row] = 0;
    FSIM_VISIT_WAIT_column[row] = b->r_stay[r];
    FSIM_VISIT_EXIT_column[row] = b->r_exit[r];
    FSIM_VISIT_REASON_column[row] = b->r_reason[r];
    FSIM_VISIT_WOULD_EXIT_column[row] = b->r_would[r];
  }
  rows->rows[FSIM_VISITS] += o->visits;
}

int fsim_block_rows(fsim_block *b, uint32_t lead, fsim_trajectory *rows) {
  order o = {0};
  int status = make_order(b, &o);
  if (status != FSIM_OK) goto out;
  if (fsim_trajectory_reserve(rows, FSIM_LEADS, o.leads) != 0 ||
      fsim_trajectory_reserve(rows, FSIM_JOURNEYS, o.journeys) != 0 ||
      fsim_trajectory_reserve(rows, FSIM_VISITS, o.visits) != 0) {
    status = fsim_no_memory(b->report);
    goto out;
  }
  put_leads(b, lead, rows);
  for (size_t k = 0; k < b->n_leads; k++) b->s_lead[b->slot_of[k]] = lead + (uint32_t)k;
  put_journeys(b, &o, b->s_lead, rows);
  put_visits(b, &o, b->s_lead, rows);

out:
  free(o.place);
  free(o.first_visit);
  free(o.first);
  return status;
}
