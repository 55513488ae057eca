/* Dates without a time of day in an export that tells times of day elsewhere: a CRM that writes the
 * second of every change of stage, but only the day on which a deal was closed. Midnight would be
 * before all that happened on that day, and half a day too early on average. */
#include "analysis/fit/log_builder_parts.h"
#include "sim/base/quantity.h"

#define DAY INT64_C(86400)
#define NOON (DAY / 2)

static bool created_by_day(const fsim_log_builder *b, const fsim_case *c) {
  return (b->created_by_day >> c->funnel & 1) != 0 && c->created != FSIM_NO_TIME;
}

static bool same_day(int64_t day, int64_t time) {
  return time >= day && time < day + DAY;
}

static int tell_day(fsim_log_builder *b, const fsim_case *c, int64_t day, int32_t line,
                    int32_t file) {
  char date[32];
  return fsim_builder_finding(
      b, "a date without a time of day, where other columns have times",
      "it counts as noon, but not before what else happened that day", line, file, "%s, case %s",
      fsim_format_date((int32_t)(day / DAY), date, sizeof date), b->log->ids + c->id);
}

/* A day of creation is before all that is known of that day. */
static int place_creation(fsim_log_builder *b, fsim_case *c, const fsim_log_event *event,
                          size_t n) {
  const int64_t day = c->created;
  if (!created_by_day(b, c)) return FSIM_OK;
  c->created = day + NOON;
  for (size_t i = 0; i < n; i++) {
    if (!event[i].by_day && same_day(day, event[i].time) && event[i].time < c->created)
      c->created = event[i].time;
  }
  return tell_day(b, c, day, c->line, c->file);
}

/* Whether another row tells the same end with its time: a history, beside a table of deals. */
static bool told_exactly(const fsim_log_event *event, size_t n, int32_t what) {
  for (size_t i = 0; i < n && what < 0; i++) {
    if (!event[i].by_day && event[i].what == what) return true;
  }
  return false;
}

/* A stage is after the creation of that day, an end also after the stages of that day. */
static int64_t time_on_day(const fsim_case *c, const fsim_log_event *event, size_t n,
                           const fsim_log_event *dated) {
  const int64_t day = dated->time;
  int64_t time = day + NOON;
  if (c->created != FSIM_NO_TIME && same_day(day, c->created) && c->created > time)
    time = c->created;
  for (size_t i = 0; i < n && dated->what < 0; i++) {
    if (!event[i].by_day && event[i].what >= 0 && same_day(day, event[i].time) &&
        event[i].time > time)
      time = event[i].time;
  }
  return time;
}

int fsim_place_days(fsim_log_builder *b, size_t which, fsim_log_event *event, size_t *n) {
  fsim_case *c = &b->log->cases[which];
  if (!b->has_clock) return FSIM_OK;
  int status = place_creation(b, c, event, *n);
  size_t kept = 0;
  for (size_t i = 0; i < *n; i++) { /* dated ends go first: others are still told apart by day */
    if (event[i].by_day && told_exactly(event, *n, event[i].what)) continue;
    event[kept++] = event[i];
  }
  *n = kept;
  for (size_t i = 0; i < kept && status == FSIM_OK; i++) {
    fsim_log_event *dated = &event[i];
    if (!dated->by_day) continue;
    status = tell_day(b, c, dated->time, dated->line, dated->file);
    dated->time = time_on_day(c, event, kept, dated);
  }
  return status;
}

void fsim_see_days(fsim_log_builder *b) {
  for (size_t e = 0; e < b->n_events && b->has_clock; e++) {
    if (b->event[e].by_day) fsim_builder_seen(b, b->event[e].time + NOON);
  }
  for (size_t c = 0; c < b->log->n_cases && b->has_clock; c++) {
    const fsim_case *which = &b->log->cases[c];
    if (created_by_day(b, which)) fsim_builder_seen(b, which->created + NOON);
  }
}
