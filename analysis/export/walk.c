#include "analysis/export/walk.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/export/work.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/record/team_counts.h"

typedef struct walking {
  const fsim_export_request *request;
  fsim_known_visit *visit;
  size_t room;
} walking;

static uint32_t u32(const fsim_trajectory *rows, fsim_column_id column, size_t row) {
  return ((const uint32_t *)rows->column[column])[row];
}

static uint16_t u16(const fsim_trajectory *rows, fsim_column_id column, size_t row) {
  return ((const uint16_t *)rows->column[column])[row];
}

static int32_t i32(const fsim_trajectory *rows, fsim_column_id column, size_t row) {
  return ((const int32_t *)rows->column[column])[row];
}

static const char *target_name(const fsim_scenario *scenario, uint16_t target) {
  if (target < scenario->n_stages) return scenario->stages[target].name;
  size_t outcome = target - scenario->n_stages;
  return outcome < scenario->n_outcomes ? scenario->outcomes[outcome].name : NULL;
}

static int32_t known(int64_t time, int32_t until) {
  return time < until ? (int32_t)time : INT32_MAX;
}

static int damaged(const fsim_export_request *request, const char *table, size_t row,
                   fsim_report *report) {
  return fsim_failure(report, FSIM_NOWHERE,
                      "replication %u: row %zu of %s is damaged or of another scenario; copy the "
                      "file again, or repeat the run",
                      (unsigned)request->rows->replication, row, table);
}

static fsim_known_visit visit_at(const walking *w, size_t lead_row, size_t row) {
  const fsim_trajectory *rows = w->request->rows;
  const fsim_scenario *scenario = w->request->scenario;
  const fsim_reason reason = (fsim_reason)((const uint8_t *)rows->column[FSIM_VISIT_REASON])[row];
  const int32_t work = i32(rows, FSIM_VISIT_WORK, row), wait = i32(rows, FSIM_VISIT_WAIT, row);
  const int64_t entered = i32(rows, FSIM_VISIT_T_ENTER, row);
  const int64_t started = entered + i32(rows, FSIM_VISIT_QUEUE, row);
  const int64_t worked = started + work, left = worked + wait;
  const char *exit = target_name(scenario, u16(rows, FSIM_VISIT_EXIT, row));
  const fsim_known_work by = fsim_work_of_visit(w->request, lead_row, row);
  fsim_known_visit visit = {.stage = &scenario->stages[u16(rows, FSIM_VISIT_STAGE, row)],
                            .entered = (int32_t)entered,
                            .left = exit == NULL ? INT32_MAX : known(left, w->request->until),
                            .started = INT32_MAX,
                            .worked = INT32_MAX,
                            .at_a_team = by.at_a_team,
                            .team = by.team};
  visit.exit = visit.left == INT32_MAX ? NULL : exit;
  /* Who gave up or was taken out of the queue never had work, though its row has a time for it. */
  if (visit.at_a_team && fsim_team_fate_of(reason, work, wait) == FSIM_TEAM_SERVED) {
    visit.started = known(started, w->request->until);
    visit.worked = known(worked, w->request->until);
  }
  return visit;
}

/* Visits from *row on that belong to the journey and had begun. */
static int read_visits(walking *w, fsim_known_journey *journey, size_t *row, fsim_report *report) {
  const fsim_trajectory *rows = w->request->rows;
  const uint32_t lead = u32(rows, FSIM_JOURNEY_LEAD, journey->row);
  const uint16_t ordinal = u16(rows, FSIM_JOURNEY_JOURNEY, journey->row);
  for (; *row < rows->rows[FSIM_VISITS]; ++*row) {
    if (u32(rows, FSIM_VISIT_LEAD, *row) != lead || u16(rows, FSIM_VISIT_JOURNEY, *row) != ordinal)
      break;
    if (u16(rows, FSIM_VISIT_STAGE, *row) >= w->request->scenario->n_stages)
      return damaged(w->request, "visits", *row, report);
    if (i32(rows, FSIM_VISIT_T_ENTER, *row) >= w->request->until) continue;
    void *items = w->visit;
    if (fsim_grow(&items, &w->room, journey->n_visits + 1, sizeof *w->visit))
      return fsim_no_memory(report);
    w->visit = items;
    w->visit[journey->n_visits++] = visit_at(w, journey->lead_row, *row);
  }
  journey->visit = w->visit;
  return FSIM_OK;
}

int fsim_check_lead(const fsim_export_request *request, size_t lead_row, fsim_report *report) {
  const fsim_scenario *s = request->scenario;
  bool fine = u16(request->rows, FSIM_LEAD_STREAM, lead_row) < s->n_streams;
  for (size_t a = 0; a < s->n_attributes; a++)
    fine = fine && request->rows->attribute[a][lead_row] < s->attributes[a].n_values;
  return fine ? FSIM_OK : damaged(request, "leads", lead_row, report);
}

/* Moves on to the lead of a journey. */
static int find_lead(const fsim_export_request *request, size_t journey, size_t *lead_row,
                     fsim_report *report) {
  const fsim_trajectory *rows = request->rows;
  const size_t n = rows->rows[FSIM_LEADS];
  const uint32_t lead = u32(rows, FSIM_JOURNEY_LEAD, journey);
  while (*lead_row < n && u32(rows, FSIM_LEAD_LEAD, *lead_row) < lead) ++*lead_row;
  const bool found = *lead_row < n && u32(rows, FSIM_LEAD_LEAD, *lead_row) == lead &&
                     u16(rows, FSIM_JOURNEY_FUNNEL, journey) < request->scenario->n_funnels;
  return found ? fsim_check_lead(request, *lead_row, report)
               : damaged(request, "journeys", journey, report);
}

static fsim_known_journey journey_at(const fsim_export_request *request, size_t lead_row,
                                     size_t row) {
  const fsim_trajectory *rows = request->rows;
  const fsim_scenario *scenario = request->scenario;
  const uint16_t outcome = u16(rows, FSIM_JOURNEY_OUTCOME, row);
  const size_t funnel = u16(rows, FSIM_JOURNEY_FUNNEL, row);
  const size_t profile = fsim_profile_of_lead(request, lead_row);
  fsim_known_journey journey = {.row = row,
                                .lead_row = lead_row,
                                .funnel = &scenario->funnels[funnel],
                                .started = i32(rows, FSIM_JOURNEY_T_START, row),
                                .ended = INT32_MAX};
  if (outcome < scenario->n_outcomes)
    journey.ended = known(i32(rows, FSIM_JOURNEY_T_END, row), request->until);
  if (journey.ended != INT32_MAX) journey.outcome = &scenario->outcomes[outcome];
  journey.value = ((const double *)rows->column[FSIM_JOURNEY_VALUE])[row];
  const fsim_distribution *const *values = scenario->versions[0].values;
  journey.has_value = journey.value > 0 || values[profile * scenario->n_funnels + funnel] != NULL;
  return journey;
}

int fsim_walk_journeys(const fsim_export_request *request, fsim_see_journey see, void *context,
                       fsim_report *report) {
  const fsim_trajectory *rows = request->rows;
  walking w = {.request = request};
  size_t lead_row = 0, visit_row = 0;
  int status = FSIM_OK;
  for (size_t j = 0; j < rows->rows[FSIM_JOURNEYS] && status == FSIM_OK; j++) {
    status = find_lead(request, j, &lead_row, report);
    if (status != FSIM_OK) break;
    fsim_known_journey journey = journey_at(request, lead_row, j);
    status = read_visits(&w, &journey, &visit_row, report);
    const size_t funnel = (size_t)(journey.funnel - request->scenario->funnels);
    const bool wanted = request->funnels == NULL || request->funnels[funnel];
    if (status == FSIM_OK && wanted && journey.started < request->until)
      status = see(context, &journey);
  }
  if (status == FSIM_OK && visit_row < rows->rows[FSIM_VISITS])
    status = damaged(request, "visits", visit_row, report);
  free(w.visit);
  return status;
}

/* ---- fields ---- */

static const char *stream_name(const fsim_export_request *request, size_t lead_row) {
  return request->scenario->streams[u16(request->rows, FSIM_LEAD_STREAM, lead_row)].name;
}

void fsim_write_lead_id(const fsim_export_request *request, size_t lead_row, fsim_write_text *write,
                        FILE *out) {
  char tail[16];
  snprintf(tail, sizeof tail, "-%" PRIu32, u32(request->rows, FSIM_LEAD_NUMBER, lead_row));
  write(stream_name(request, lead_row), tail, out);
}

void fsim_write_case_id(const fsim_export_request *request, const fsim_known_journey *journey,
                        fsim_write_text *write, FILE *out) {
  char tail[24];
  snprintf(tail, sizeof tail, "-%" PRIu32 ".%u",
           u32(request->rows, FSIM_LEAD_NUMBER, journey->lead_row),
           u16(request->rows, FSIM_JOURNEY_JOURNEY, journey->row) + 1u);
  write(stream_name(request, journey->lead_row), tail, out);
}

void fsim_write_time(const fsim_export_request *request, int32_t t, FILE *out) {
  char text[40];
  fsim_format_instant(request->scenario->start_days, t, text, sizeof text);
  char *blank = strchr(text, ' ');
  if (blank != NULL) *blank = 'T';
  fputs(text, out);
}

const char *fsim_attribute_of(const fsim_export_request *request, size_t lead_row,
                              size_t attribute) {
  return request->scenario->attributes[attribute]
      .values[request->rows->attribute[attribute][lead_row]];
}
