/* Stored rows through the same counting as the engine's: the proof that aggregates and trajectories
 * agree. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/recount_teams.h"
#include "sim/engine/work.h"

typedef struct recount {
  const fsim_scenario *scenario;
  const fsim_shape *shape;
  const fsim_trajectory *rows;
  fsim_recorder *recorder;
  fsim_report *report;
  size_t lead; /* row of the lead that the present journey or visit belongs to */
} recount;

#define VALUE(type, r, id, row) (((const type *)(r)->rows->column[id])[row])

static int broken(const recount *r, const char *table, size_t row, const char *what) {
  return fsim_failure(
      r->report, FSIM_NOWHERE,
      "replication %u: row %zu of %s %s: the rows are damaged or of another scenario",
      (unsigned)r->rows->replication, row, table, what);
}

static size_t profile_of(const recount *r, size_t lead) {
  size_t profile = 0;
  for (size_t a = 0; a < r->scenario->n_attributes; a++)
    profile = profile * r->scenario->attributes[a].n_values + r->rows->attribute[a][lead];
  return profile;
}

static int check_lead(const recount *r, size_t row) {
  if (VALUE(uint16_t, r, FSIM_LEAD_STREAM, row) >= r->scenario->n_streams)
    return broken(r, "leads", row, "has an unknown stream");
  for (size_t a = 0; a < r->scenario->n_attributes; a++) {
    if (r->rows->attribute[a][row] >= r->scenario->attributes[a].n_values)
      return broken(r, "leads", row, "has an unknown attribute value");
  }
  return FSIM_OK;
}

static int count_leads(recount *r) {
  for (size_t row = 0; row < r->rows->rows[FSIM_LEADS]; row++) {
    int status = check_lead(r, row);
    if (status != FSIM_OK) return status;
    fsim_record_leads(r->recorder, VALUE(uint16_t, r, FSIM_LEAD_STREAM, row), profile_of(r, row),
                      &VALUE(int32_t, r, FSIM_LEAD_T_ARRIVE, row), 1);
  }
  return FSIM_OK;
}

/* Rows come lead by lead in all tables: moves on to the lead of this row. */
static int find_lead(recount *r, uint32_t lead, const char *table, size_t row) {
  while (r->lead < r->rows->rows[FSIM_LEADS] && VALUE(uint32_t, r, FSIM_LEAD_LEAD, r->lead) < lead)
    r->lead++;
  if (r->lead < r->rows->rows[FSIM_LEADS] && VALUE(uint32_t, r, FSIM_LEAD_LEAD, r->lead) == lead)
    return FSIM_OK;
  return broken(r, table, row, "belongs to no lead");
}

static int count_journey(recount *r, size_t row) {
  size_t funnel = VALUE(uint16_t, r, FSIM_JOURNEY_FUNNEL, row);
  size_t outcome = VALUE(uint16_t, r, FSIM_JOURNEY_OUTCOME, row);
  if (funnel >= r->scenario->n_funnels || outcome > r->scenario->n_outcomes)
    return broken(r, "journeys", row, "has an unknown funnel or outcome");
  int64_t cents = (int64_t)floor(VALUE(double, r, FSIM_JOURNEY_VALUE, row) * 100 + 0.5);
  fsim_journey_batch batch = {.profile = profile_of(r, r->lead),
                              .n = 1,
                              .arrive = &VALUE(int32_t, r, FSIM_LEAD_T_ARRIVE, r->lead),
                              .start = &VALUE(int32_t, r, FSIM_JOURNEY_T_START, row),
                              .end = &VALUE(int32_t, r, FSIM_JOURNEY_T_END, row),
                              .cents = cents == 0 ? NULL : &cents};
  fsim_record_starts(r->recorder, funnel, batch.profile, batch.start, 1);
  if (outcome == r->scenario->n_outcomes) {
    fsim_record_open(r->recorder, funnel, &batch);
    return FSIM_OK;
  }
  if (*batch.end < 0 || *batch.end >= r->scenario->horizon_s)
    return broken(r, "journeys", row, "ends outside of the horizon");
  fsim_record_ends(r->recorder, outcome, &batch);
  return FSIM_OK;
}

static int count_journeys(recount *r) {
  r->lead = 0;
  for (size_t row = 0; row < r->rows->rows[FSIM_JOURNEYS]; row++) {
    int status = find_lead(r, VALUE(uint32_t, r, FSIM_JOURNEY_LEAD, row), "journeys", row);
    if (status == FSIM_OK) status = count_journey(r, row);
    if (status != FSIM_OK) return status;
  }
  return FSIM_OK;
}

/* Exits are told apart by where they lead, which no two exits of a stage share. */
static size_t exit_to(const fsim_scenario *scenario, size_t stage, size_t code) {
  const fsim_stage *s = &scenario->stages[stage];
  for (size_t e = 0; e < s->n_exits; e++) {
    fsim_target target = s->exits[e].target;
    if (target.index + (target.is_outcome ? scenario->n_stages : 0) == code) return e;
  }
  return s->n_exits;
}

static int count_exit(recount *r, size_t row, size_t stage, size_t profile, int32_t stay) {
  fsim_reason reason = (fsim_reason)VALUE(uint8_t, r, FSIM_VISIT_REASON, row);
  const int32_t *enter = &VALUE(int32_t, r, FSIM_VISIT_T_ENTER, row);
  size_t n_exits = r->scenario->stages[stage].n_exits;
  if (reason == FSIM_STILL_OPEN) return FSIM_OK;
  size_t taken = exit_to(r->scenario, stage, VALUE(uint16_t, r, FSIM_VISIT_EXIT, row));
  size_t would = exit_to(r->scenario, stage, VALUE(uint16_t, r, FSIM_VISIT_WOULD_EXIT, row));
  if (reason > FSIM_STILL_OPEN || (reason == FSIM_BY_EXIT && taken == n_exits))
    return broken(r, "visits", row, "has an unknown exit or reason");
  fsim_record_exits(r->recorder, FSIM_EXITED, fsim_exit_slot(r->shape, stage, reason, taken),
                    profile, enter, 1);
  if (reason != FSIM_BY_EXIT && would < n_exits)
    fsim_record_exits(r->recorder, FSIM_WOULD_EXIT,
                      fsim_exit_slot(r->shape, stage, FSIM_BY_EXIT, would), profile, enter, 1);
  int32_t leave = *enter + stay;
  if (fsim_is_rule(reason)) fsim_record_ruled(r->recorder, stage, profile, &leave, 1);
  return FSIM_OK;
}

static int count_visit(recount *r, size_t row) {
  size_t stage = VALUE(uint16_t, r, FSIM_VISIT_STAGE, row), profile = profile_of(r, r->lead);
  if (stage >= r->scenario->n_stages) return broken(r, "visits", row, "has an unknown stage");
  const int32_t *queue = &VALUE(int32_t, r, FSIM_VISIT_QUEUE, row);
  const int32_t *work = &VALUE(int32_t, r, FSIM_VISIT_WORK, row);
  const int32_t *enter = &VALUE(int32_t, r, FSIM_VISIT_T_ENTER, row);
  int64_t whole = (int64_t)*queue + *work + VALUE(int32_t, r, FSIM_VISIT_WAIT, row);
  if (whole < 0 || *enter + whole > r->scenario->horizon_s)
    return broken(r, "visits", row, "lasts less than nothing or beyond the horizon");
  int32_t stay = (int32_t)whole;
  fsim_record_visits(r->recorder, &(fsim_visit_batch){.stage = stage,
                                                      .profile = profile,
                                                      .n = 1,
                                                      .enter = enter,
                                                      .queue = queue,
                                                      .work = work,
                                                      .stay = &stay});
  return count_exit(r, row, stage, profile, stay);
}

static int count_visits(recount *r) {
  r->lead = 0;
  for (size_t row = 0; row < r->rows->rows[FSIM_VISITS]; row++) {
    int status = find_lead(r, VALUE(uint32_t, r, FSIM_VISIT_LEAD, row), "visits", row);
    if (status == FSIM_OK) status = count_visit(r, row);
    if (status != FSIM_OK) return status;
  }
  return FSIM_OK;
}

int fsim_recount(const fsim_scenario *scenario, const fsim_shape *shape,
                 const fsim_trajectory *rows, int64_t *record, uint32_t *histograms,
                 fsim_report *report) {
  recount r = {.scenario = scenario,
               .shape = shape,
               .rows = rows,
               .recorder = fsim_recorder_new(scenario, shape),
               .report = report};
  if (r.recorder == NULL) return fsim_no_memory(report);
  int status = count_leads(&r);
  if (status == FSIM_OK) status = count_journeys(&r);
  if (status == FSIM_OK) status = count_visits(&r);
  if (status == FSIM_OK) status = fsim_recount_teams(rows, r.recorder, report);
  if (status == FSIM_OK) {
    fsim_recorder_finish(r.recorder);
    memcpy(record, r.recorder->cells, shape->n_cells * sizeof *record);
    memcpy(histograms, r.recorder->histograms,
           shape->n_histograms * FSIM_TIME_CLASSES * sizeof *histograms);
  }
  fsim_recorder_free(r.recorder);
  return status;
}
