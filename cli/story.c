#include "cli/story.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/terminal.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"
#include "sim/engine/engine.h"

typedef struct story {
  const fsim_scenario *scenario;
  const fsim_trajectory *rows;
  FILE *out;
  const double *mean_pace; /* [visits]: what the wait would have been; NAN: the same */
} story;

typedef enum event_kind { JOURNEY_STARTS, VISIT_BEGINS, JOURNEY_ENDS } event_kind;

typedef struct event {
  int32_t t;
  size_t journey; /* row */
  event_kind kind;
  size_t visit; /* row, of a visit */
} event;

static uint16_t u16(const story *s, fsim_column_id column, size_t row) {
  return ((const uint16_t *)s->rows->column[column])[row];
}

static int32_t i32(const story *s, fsim_column_id column, size_t row) {
  return ((const int32_t *)s->rows->column[column])[row];
}

/* By time; what happens in the same second in the order in which it follows. */
static int compare_events(const void *left, const void *right) {
  const event *a = left, *b = right;
  if (a->t != b->t) return a->t < b->t ? -1 : 1;
  if (a->journey != b->journey) return a->journey < b->journey ? -1 : 1;
  if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
  return a->visit < b->visit ? -1 : a->visit > b->visit;
}

static size_t journey_row(const story *s, uint16_t journey) {
  size_t row = 0;
  while (row + 1 < s->rows->rows[FSIM_JOURNEYS] && u16(s, FSIM_JOURNEY_JOURNEY, row) != journey)
    row++;
  return row;
}

static size_t gather_events(const story *s, event *events) {
  size_t n = 0;
  for (size_t j = 0; j < s->rows->rows[FSIM_JOURNEYS]; j++) {
    events[n++] = (event){i32(s, FSIM_JOURNEY_T_START, j), j, JOURNEY_STARTS, 0};
    events[n++] = (event){i32(s, FSIM_JOURNEY_T_END, j), j, JOURNEY_ENDS, 0};
  }
  for (size_t v = 0; v < s->rows->rows[FSIM_VISITS]; v++)
    events[n++] = (event){i32(s, FSIM_VISIT_T_ENTER, v),
                          journey_row(s, u16(s, FSIM_VISIT_JOURNEY, v)), VISIT_BEGINS, v};
  qsort(events, n, sizeof *events, compare_events);
  return n;
}

/* ---- words ---- */

/* What an exit's code stands for: stages, then outcomes, then "open". */
static const char *exit_name(const fsim_scenario *scenario, uint16_t code) {
  if (code < scenario->n_stages) return scenario->stages[code].name;
  size_t outcome = code - scenario->n_stages;
  return outcome < scenario->n_outcomes ? scenario->outcomes[outcome].name : "open";
}

static void put_date(const story *s, int32_t t) {
  char date[32];
  fprintf(s->out, "%s  ", fsim_format_instant(s->scenario->start_days, t, date, sizeof date));
}

static const char *funnel_of(const story *s, size_t journey) {
  return s->scenario->funnels[u16(s, FSIM_JOURNEY_FUNNEL, journey)].name;
}

static void tell_arrival(const story *s) {
  const fsim_scenario *scenario = s->scenario;
  const fsim_stream *stream = &scenario->streams[u16(s, FSIM_LEAD_STREAM, 0)];
  uint32_t number = ((const uint32_t *)s->rows->column[FSIM_LEAD_NUMBER])[0];
  put_date(s, i32(s, FSIM_LEAD_T_ARRIVE, 0));
  fprintf(s->out, "%s/%u %s:", stream->name, number,
          stream->pipeline ? "is open at the start" : "arrives");
  for (size_t a = 0; a < scenario->n_attributes; a++)
    fprintf(s->out, "%s %s %s", a > 0 ? "," : "", scenario->attributes[a].name,
            scenario->attributes[a].values[s->rows->attribute[a][0]]);
  fputc('\n', s->out);
}

static void tell_start(const story *s, const event *e) {
  uint16_t journey = u16(s, FSIM_JOURNEY_JOURNEY, e->journey);
  uint16_t parent = u16(s, FSIM_JOURNEY_PARENT, e->journey);
  double value = ((const double *)s->rows->column[FSIM_JOURNEY_VALUE])[e->journey];
  put_date(s, e->t);
  fprintf(s->out, "journey %u: enters %s", journey, funnel_of(s, e->journey));
  if (parent != journey) {
    size_t row = journey_row(s, parent);
    uint16_t outcome = u16(s, FSIM_JOURNEY_OUTCOME, row);
    fprintf(s->out, ", linked from %s", funnel_of(s, row));
    if (outcome < s->scenario->n_outcomes)
      fprintf(s->out, ".%s", s->scenario->outcomes[outcome].name);
    fprintf(s->out, " of journey %u", parent);
  }
  if (value > 0) {
    char amount[64];
    fsim_format_rounded(value, 0.5, amount, sizeof amount);
    const char *currency = s->scenario->currency ? s->scenario->currency : "";
    fprintf(s->out, ", worth %s%s%s", amount, *currency ? " " : "", currency);
  }
  fputc('\n', s->out);
}

/* "3.2 d", "3.2 d (2 h in the queue, 25 min work, 3 d wait)" where somebody worked, or "3.2 d (2.9
 * d at the mean pace)". */
static void tell_time(const story *s, size_t visit, fsim_text *line) {
  int32_t queue = i32(s, FSIM_VISIT_QUEUE, visit), work = i32(s, FSIM_VISIT_WORK, visit),
          wait = i32(s, FSIM_VISIT_WAIT, visit);
  char all[32], part[32];
  fsim_format_duration((double)queue + work + wait, all, sizeof all);
  fsim_text_append(line, "%s", all);
  if (!isnan(s->mean_pace[visit]))
    fsim_text_append(line, " (%s at the mean pace)",
                     fsim_format_duration(s->mean_pace[visit], part, sizeof part));
  if (queue == 0 && work == 0) return;
  fsim_text_append(line, " (%s in the queue, ", fsim_format_duration(queue, part, sizeof part));
  fsim_text_append(line, "%s work, ", fsim_format_duration(work, part, sizeof part));
  fsim_text_append(line, "%s wait)", fsim_format_duration(wait, part, sizeof part));
}

/* Why it moved on, and what the rule that moved it cut short. */
static void tell_reason(const story *s, size_t visit, fsim_text *line) {
  fsim_reason reason = (fsim_reason)((const uint8_t *)s->rows->column[FSIM_VISIT_REASON])[visit];
  const char *to = exit_name(s->scenario, u16(s, FSIM_VISIT_EXIT, visit));
  const char *would = exit_name(s->scenario, u16(s, FSIM_VISIT_WOULD_EXIT, visit));
  switch (reason) {
    case FSIM_BY_EXIT:
      fsim_text_append(line, ", then %s", to);
      break;
    case FSIM_BY_EXPIRE:
      fsim_text_append(line, ", then %s: expired, would have gone to %s", to, would);
      break;
    case FSIM_BY_DROP:
      fsim_text_append(line, ", then %s: dropped, would have gone to %s", to, would);
      break;
    case FSIM_BY_LIMIT:
      fsim_text_append(line, ", then %s: %s has had its max_visits", to, would);
      break;
    case FSIM_BY_ABANDON:
      fsim_text_append(line, ", then %s: gave up in the queue, would have gone to %s", to, would);
      break;
    case FSIM_STILL_OPEN:
      fsim_text_append(line, " so far: still open at the horizon");
      break;
  }
}

static int tell_visit(const story *s, const event *e, fsim_report *report) {
  const fsim_stage *stage = &s->scenario->stages[u16(s, FSIM_VISIT_STAGE, e->visit)];
  uint16_t again = u16(s, FSIM_VISIT_VISIT, e->visit);
  fsim_text line = {0};
  fsim_text_append(&line, "  %s.%s", s->scenario->funnels[stage->funnel].name, stage->name);
  if (again > 0) fsim_text_append(&line, " (visit %u)", again + 1u);
  fsim_text_append(&line, ": ");
  tell_time(s, e->visit, &line);
  tell_reason(s, e->visit, &line);
  if (!line.failed) {
    put_date(s, e->t);
    fprintf(s->out, "%s\n", line.text);
  }
  free(line.text);
  return line.failed ? fsim_no_memory(report) : FSIM_OK;
}

static void tell_end(const story *s, const event *e) {
  uint16_t outcome = u16(s, FSIM_JOURNEY_OUTCOME, e->journey);
  bool open = outcome >= s->scenario->n_outcomes;
  char time[32];
  fsim_format_duration((double)e->t - i32(s, FSIM_JOURNEY_T_START, e->journey), time, sizeof time);
  put_date(s, e->t);
  fprintf(s->out, "journey %u: %s.%s after %s%s\n", u16(s, FSIM_JOURNEY_JOURNEY, e->journey),
          funnel_of(s, e->journey), open ? "open" : s->scenario->outcomes[outcome].name, time,
          open ? ", the horizon comes first" : "");
}

int fsim_story_print(const fsim_scenario *scenario, const fsim_trajectory *rows, FILE *out,
                     fsim_report *report) {
  double *mean_pace = fsim_zeroed(rows->rows[FSIM_VISITS], sizeof *mean_pace);
  story s = {scenario, rows, out, mean_pace};
  size_t most = 2 * rows->rows[FSIM_JOURNEYS] + rows->rows[FSIM_VISITS];
  event *events = fsim_zeroed(most, sizeof *events);
  int status = events && mean_pace ? FSIM_OK : fsim_no_memory(report);
  if (status == FSIM_OK) status = fsim_waits_at_mean_pace(scenario, rows, report, mean_pace);
  size_t n = status == FSIM_OK ? gather_events(&s, events) : 0;
  if (status == FSIM_OK && rows->rows[FSIM_LEADS] > 0) tell_arrival(&s);
  for (size_t i = 0; i < n && status == FSIM_OK; i++) {
    if (events[i].kind == JOURNEY_STARTS)
      tell_start(&s, &events[i]);
    else if (events[i].kind == JOURNEY_ENDS)
      tell_end(&s, &events[i]);
    else
      status = tell_visit(&s, &events[i], report);
  }
  free(events);
  free(mean_pace);
  if (status == FSIM_OK && ferror(out))
    status = fsim_failure(report, FSIM_NOWHERE, "the story could not be written");
  return status;
}
