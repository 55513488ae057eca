#include "analysis/export/walk.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/quantity.h"

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

static bool has_work(const fsim_scenario *scenario, uint16_t stage) {
  return fsim_stage_law_of(scenario, 0, 0, stage)->work.set;
}

static int32_t known(int64_t time, int32_t until) {
  return time < until ? (int32_t)time : INT32_MAX;
}

static fsim_known_visit visit_at(const walking *w, size_t row) {
  const fsim_trajectory *rows = w->request->rows;
  const fsim_scenario *scenario = w->request->scenario;
  const uint16_t stage = u16(rows, FSIM_VISIT_STAGE, row);
  const int64_t entered = i32(rows, FSIM_VISIT_T_ENTER, row);
  const int64_t started = entered + i32(rows, FSIM_VISIT_QUEUE, row);
  const int64_t worked = started + i32(rows, FSIM_VISIT_WORK, row);
  const int64_t left = worked + i32(rows, FSIM_VISIT_WAIT, row);
  const char *exit = target_name(scenario, u16(rows, FSIM_VISIT_EXIT, row));
  fsim_known_visit visit = {.stage = &scenario->stages[stage],
                            .entered = (int32_t)entered,
                            .left = exit == NULL ? INT32_MAX : known(left, w->request->until),
                            .started = INT32_MAX,
                            .worked = INT32_MAX,
                            .has_work = has_work(scenario, stage)};
  visit.exit = visit.left == INT32_MAX ? NULL : exit;
  if (visit.has_work) {
    visit.started = known(started, w->request->until);
    visit.worked = known(worked, w->request->until);
  }
  return visit;
}

/* Visits from *row on that belong to the journey and had begun. */
static int read_visits(walking *w, uint32_t lead, uint16_t journey, size_t *row, size_t *n,
                       fsim_report *report) {
  const fsim_trajectory *rows = w->request->rows;
  *n = 0;
  for (; *row < rows->rows[FSIM_VISITS]; ++*row) {
    if (u32(rows, FSIM_VISIT_LEAD, *row) != lead || u16(rows, FSIM_VISIT_JOURNEY, *row) != journey)
      break;
    if (i32(rows, FSIM_VISIT_T_ENTER, *row) >= w->request->until) continue;
    void *items = w->visit;
    if (fsim_grow(&items, &w->room, *n + 1, sizeof *w->visit)) return fsim_no_memory(report);
    w->visit = items;
    w->visit[(*n)++] = visit_at(w, *row);
  }
  return FSIM_OK;
}

static fsim_known_journey journey_at(const fsim_export_request *request, size_t row) {
  const fsim_trajectory *rows = request->rows;
  const fsim_scenario *scenario = request->scenario;
  const uint16_t outcome = u16(rows, FSIM_JOURNEY_OUTCOME, row);
  fsim_known_journey journey = {.row = row,
                                .funnel = &scenario->funnels[u16(rows, FSIM_JOURNEY_FUNNEL, row)],
                                .started = i32(rows, FSIM_JOURNEY_T_START, row),
                                .ended = INT32_MAX};
  if (outcome < scenario->n_outcomes)
    journey.ended = known(i32(rows, FSIM_JOURNEY_T_END, row), request->until);
  if (journey.ended != INT32_MAX) journey.outcome = &scenario->outcomes[outcome];
  journey.value = ((const double *)rows->column[FSIM_JOURNEY_VALUE])[row];
  return journey;
}

int fsim_walk_journeys(const fsim_export_request *request, fsim_see_journey see, void *context,
                       fsim_report *report) {
  const fsim_trajectory *rows = request->rows;
  walking w = {.request = request};
  size_t lead_row = 0, visit_row = 0;
  int status = FSIM_OK;
  for (size_t j = 0; j < rows->rows[FSIM_JOURNEYS] && status == FSIM_OK; j++) {
    const uint32_t lead = u32(rows, FSIM_JOURNEY_LEAD, j);
    while (u32(rows, FSIM_LEAD_LEAD, lead_row) != lead) lead_row++;
    fsim_known_journey journey = journey_at(request, j);
    journey.lead_row = lead_row;
    status = read_visits(&w, lead, u16(rows, FSIM_JOURNEY_JOURNEY, j), &visit_row,
                         &journey.n_visits, report);
    journey.visit = w.visit;
    const size_t funnel = (size_t)(journey.funnel - request->scenario->funnels);
    bool wanted = request->funnels == NULL || request->funnels[funnel];
    if (status == FSIM_OK && wanted && journey.started < request->until)
      status = see(context, &journey);
  }
  free(w.visit);
  return status;
}

/* ---- fields ---- */

void fsim_write_field(const char *text, FILE *out) {
  if (strpbrk(text, ",\"\n\r") == NULL) {
    fputs(text, out);
    return;
  }
  fputc('"', out);
  for (const char *c = text; *c != '\0'; c++) {
    if (*c == '"') fputc('"', out);
    fputc(*c, out);
  }
  fputc('"', out);
}

void fsim_write_lead_id(const fsim_export_request *request, size_t lead_row, FILE *out) {
  const fsim_trajectory *rows = request->rows;
  fprintf(out, "%s-%u", request->scenario->streams[u16(rows, FSIM_LEAD_STREAM, lead_row)].name,
          u32(rows, FSIM_LEAD_NUMBER, lead_row));
}

void fsim_write_case_id(const fsim_export_request *request, const fsim_known_journey *journey,
                        FILE *out) {
  fsim_write_lead_id(request, journey->lead_row, out);
  fprintf(out, ".%u", u16(request->rows, FSIM_JOURNEY_JOURNEY, journey->row) + 1u);
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
