#include "sim/engine/recount_teams.h"

#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/model/hours.h"
#include "sim/record/team_counts.h"

#define VALUE(type, rows, id, row) (((const type *)(rows)->column[id])[row])

/* A queue grows or shrinks, a place is taken or freed. */
typedef struct step {
  int32_t t, queued, busy;
} step;

typedef struct steps {
  step *step;
  size_t n, room;
} steps;

typedef struct tally {
  const fsim_scenario *scenario;
  const fsim_trajectory *rows;
  fsim_recorder *recorder;
  fsim_report *report;
  steps *teams;         /* [n_teams] */
  size_t lead, journey; /* rows that the present visit belongs to */
  size_t profile;
} tally;

static int add(tally *t, size_t team, int32_t from, int32_t to, int32_t queued, int32_t busy) {
  steps *s = &t->teams[team];
  if (from < 0) from = 0;
  if (from >= to) return FSIM_OK;
  void *items = s->step;
  if (fsim_grow(&items, &s->room, s->n + 2, sizeof *s->step) != 0) return fsim_no_memory(t->report);
  s->step = items;
  s->step[s->n++] = (step){from, queued, busy};
  s->step[s->n++] = (step){to, -queued, -busy};
  return FSIM_OK;
}

/* The stage's law for a profile as far as teams go; changes on dates must not alter that. */
static int work_of(const tally *t, size_t stage, const fsim_stage_law **law) {
  const fsim_scenario *s = t->scenario;
  *law = fsim_stage_law_of(s, 0, t->profile, stage);
  for (size_t v = 1; v < s->n_versions; v++) {
    const fsim_stage_law *other = fsim_stage_law_of(s, v, t->profile, stage);
    if (other->work.set == (*law)->work.set &&
        (!other->work.set || (other->work.team == (*law)->work.team &&
                              other->work.occupies_stage == (*law)->work.occupies_stage)))
      continue;
    return fsim_bad_input(t->report, FSIM_NOWHERE,
                          "the team of stage %s.%s changes on a date: its counts cannot be made "
                          "again from rows; read the stored ones",
                          s->funnels[s->stages[stage].funnel].name, s->stages[stage].name);
  }
  return FSIM_OK;
}

static bool has_wait(const fsim_stage_law *law, size_t n_exits) {
  for (size_t e = 0; e < n_exits; e++) {
    double lowest, highest;
    fsim_support(law->waits[e], &lowest, &highest);
    if (highest >= 0.5) return true;
  }
  return false;
}

/* The visit under way of a deal that was open at the start. */
static bool is_deal(const tally *t, size_t row) {
  uint16_t stream = VALUE(uint16_t, t->rows, FSIM_LEAD_STREAM, t->lead);
  if (!t->scenario->streams[stream].pipeline) return false;
  if (VALUE(uint16_t, t->rows, FSIM_VISIT_JOURNEY, row) != 0) return false;
  return row == 0 || VALUE(uint32_t, t->rows, FSIM_VISIT_LEAD, row - 1) !=
                         VALUE(uint32_t, t->rows, FSIM_VISIT_LEAD, row);
}

static int count_work(tally *t, size_t row, size_t stage, const fsim_stage_law *law) {
  int32_t enter = VALUE(int32_t, t->rows, FSIM_VISIT_T_ENTER, row);
  int32_t queue = VALUE(int32_t, t->rows, FSIM_VISIT_QUEUE, row);
  int32_t work = VALUE(int32_t, t->rows, FSIM_VISIT_WORK, row);
  int32_t wait = VALUE(int32_t, t->rows, FSIM_VISIT_WAIT, row);
  size_t team = law->work.team;
  int32_t began = enter + queue, freed = began + work + (law->work.occupies_stage ? wait : 0);
  if (is_deal(t, row) && has_wait(law, t->scenario->stages[stage].n_exits))
    return law->work.occupies_stage ? add(t, team, enter, freed, 0, 1) : FSIM_OK;
  uint8_t fate = (uint8_t)fsim_team_fate_of(
      (fsim_reason)VALUE(uint8_t, t->rows, FSIM_VISIT_REASON, row), work, wait);
  fsim_record_team_visits(t->recorder, &(fsim_team_visits){.team = team,
                                                           .profile = t->profile,
                                                           .n = 1,
                                                           .enter = &enter,
                                                           .queue = &queue,
                                                           .fate = &fate});
  int status = add(t, team, enter, began, 1, 0);
  return status == FSIM_OK ? add(t, team, began, freed, 0, 1) : status;
}

/* Moves on to the lead and the journey of a visit; both are there. */
static void find(tally *t, size_t row) {
  uint32_t lead = VALUE(uint32_t, t->rows, FSIM_VISIT_LEAD, row);
  uint16_t journey = VALUE(uint16_t, t->rows, FSIM_VISIT_JOURNEY, row);
  while (VALUE(uint32_t, t->rows, FSIM_LEAD_LEAD, t->lead) < lead) t->lead++;
  while (t->journey + 1 < t->rows->rows[FSIM_JOURNEYS] &&
         (VALUE(uint32_t, t->rows, FSIM_JOURNEY_LEAD, t->journey) != lead ||
          VALUE(uint16_t, t->rows, FSIM_JOURNEY_JOURNEY, t->journey) != journey))
    t->journey++;
  t->profile = 0;
  for (size_t a = 0; a < t->scenario->n_attributes; a++)
    t->profile = t->profile * t->scenario->attributes[a].n_values + t->rows->attribute[a][t->lead];
}

static int count_visit(tally *t, size_t row) {
  find(t, row);
  size_t stage = VALUE(uint16_t, t->rows, FSIM_VISIT_STAGE, row);
  uint16_t outcome = VALUE(uint16_t, t->rows, FSIM_JOURNEY_OUTCOME, t->journey);
  if (outcome < t->scenario->n_outcomes &&
      VALUE(int32_t, t->rows, FSIM_JOURNEY_T_START, t->journey) >= t->scenario->warm_up_s)
    fsim_record_parts(t->recorder, outcome, stage, VALUE(int32_t, t->rows, FSIM_VISIT_QUEUE, row),
                      VALUE(int32_t, t->rows, FSIM_VISIT_WORK, row),
                      VALUE(int32_t, t->rows, FSIM_VISIT_WAIT, row));
  const fsim_stage_law *law;
  int status = work_of(t, stage, &law);
  return status == FSIM_OK && law->work.set ? count_work(t, row, stage, law) : status;
}

/* ---- the state of a team as time goes by ---- */

static int by_time(const void *a, const void *b) {
  const step *x = a, *y = b;
  return (x->t > y->t) - (x->t < y->t);
}

static int add_hours(tally *t, size_t team) {
  const fsim_team *of = &t->scenario->teams[team];
  int status = FSIM_OK;
  for (size_t i = 0; of->open != NULL && i < of->n_open && status == FSIM_OK; i++)
    status = add(t, team, of->open[i].from_s, of->open[i].to_s, 0, 0);
  return status == FSIM_OK ? add(t, team, 0, t->scenario->horizon_s, 0, 0) : status;
}

static int count_time(tally *t, size_t team) {
  const fsim_team *of = &t->scenario->teams[team];
  steps *s = &t->teams[team];
  int64_t queued = 0, busy = 0;
  int status = add_hours(t, team);
  if (status != FSIM_OK) return status;
  qsort(s->step, s->n, sizeof *s->step, by_time);
  for (size_t i = 0; i < s->n; i++) {
    int32_t from = s->step[i].t;
    queued += s->step[i].queued;
    busy += s->step[i].busy;
    if (i + 1 == s->n || s->step[i + 1].t == from) continue;
    bool open = fsim_team_opens(of, from) == from;
    fsim_record_team_time(t->recorder, team, from, s->step[i + 1].t, (uint32_t)queued,
                          open ? (uint32_t)busy : 0);
  }
  return FSIM_OK;
}

int fsim_recount_teams(const fsim_trajectory *rows, fsim_recorder *recorder, fsim_report *report) {
  tally t = {.scenario = recorder->scenario, .rows = rows, .recorder = recorder, .report = report};
  size_t n_teams = recorder->shape->dim[FSIM_DIM_TEAM];
  int status = FSIM_OK;
  if (n_teams == 0) return status;
  t.teams = fsim_zeroed(n_teams, sizeof *t.teams);
  if (t.teams == NULL) return fsim_no_memory(report);
  for (size_t row = 0; row < rows->rows[FSIM_VISITS] && status == FSIM_OK; row++)
    status = count_visit(&t, row);
  for (size_t team = 0; team < n_teams && status == FSIM_OK; team++) status = count_time(&t, team);
  for (size_t team = 0; team < n_teams; team++) free(t.teams[team].step);
  free(t.teams);
  return status;
}
