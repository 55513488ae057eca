/* Times that cannot be right, and moments at which too much happened at once. */
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/log_builder_parts.h"
#include "analysis/fit/planned.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"

#define DAY INT64_C(86400)
#define FEWEST_TIMES 100
#define MOST_STRAYS 1000       /* one time in so many can be a mistake; more are data */
#define LATE_GAP (366 * DAY)   /* and half of the span of all others */
#define EARLY_GAP (3653 * DAY) /* deals may be old: only dates such as 1900 and 1970 */
#define BURST 20               /* cases changed in one second, or ended in one hour */
#define USUAL 10               /* times as many as in other hours */
#define HOUR INT64_C(3600)

typedef struct moment {
  int64_t time;
  int32_t line, file;
} moment;

static int compare_moments(const void *left, const void *right) {
  const moment *a = left, *b = right;
  if (a->time != b->time) return a->time < b->time ? -1 : 1;
  return (a->line > b->line) - (a->line < b->line);
}

static const char *text_of(int64_t time, char *buffer, size_t size) {
  const int64_t day = fsim_day_of(time);
  return fsim_format_instant((int32_t)day, time - day * DAY, buffer, size);
}

/* The bounds outside of which a few times lie far from all the others. */
static void find_bounds(const moment *m, size_t n, int64_t *first, int64_t *last) {
  *first = INT64_MIN;
  *last = INT64_MAX;
  if (n < FEWEST_TIMES) return;
  const size_t strays = n / MOST_STRAYS + 1;
  const int64_t span = m[n - 1 - strays].time - m[strays].time;
  for (size_t i = 1; i <= strays; i++) {
    const int64_t late = m[n - i].time - m[n - i - 1].time;
    if (late > LATE_GAP && late > span / 2) *last = m[n - i - 1].time;
    if (m[i].time - m[i - 1].time > EARLY_GAP) *first = m[i].time;
  }
}

static int stray(fsim_log_builder *b, int64_t time, int32_t line, int32_t file, size_t which) {
  char text[32];
  return fsim_builder_finding(b, "a time years away from all others (a placeholder, a wrong year)",
                              "what it tells is left out", line, file, "%s, case %s",
                              text_of(time, text, sizeof text),
                              b->log->ids + b->log->cases[which].id);
}

static int drop_strays(fsim_log_builder *b, int64_t first, int64_t last) {
  int status = FSIM_OK;
  for (size_t c = 0; c < b->log->n_cases && status == FSIM_OK; c++) {
    fsim_case *which = &b->log->cases[c];
    if (which->created == FSIM_NO_TIME || (which->created >= first && which->created <= last))
      continue;
    status = stray(b, which->created, which->line, which->file, c);
    which->created = FSIM_NO_TIME;
  }
  size_t kept = 0;
  for (size_t e = 0; e < b->n_events && status == FSIM_OK; e++) {
    const fsim_log_event event = b->event[e];
    if (event.time < first || event.time > last)
      status = stray(b, event.time, event.line, event.file, event.which);
    else
      b->event[kept++] = event;
  }
  if (status == FSIM_OK) b->n_events = kept;
  if (b->last_seen > last) b->last_seen = last;
  return status;
}

static int tell_burst(fsim_log_builder *b, const moment *m, size_t n) {
  char text[32];
  return fsim_builder_finding(
      b, "moments at which twenty or more cases changed in the same second (bulk updates, imports)",
      "kept; waits that end there may tell of the update, not of the customers", m->line, m->file,
      "%zu at %s", n, text_of(m->time, text, sizeof text));
}

/* Midnight is no moment but a date without a time. */
static int tell_bursts(fsim_log_builder *b, const moment *m, size_t n) {
  int status = FSIM_OK;
  for (size_t i = 0; i < n && status == FSIM_OK;) {
    size_t same = 1;
    while (i + same < n && m[i + same].time == m[i].time) same++;
    if (same >= BURST && m[i].time % DAY != 0) status = tell_burst(b, m + i, same);
    i += same;
  }
  return status;
}

/* ---- hours in which many cases ended ---- */

typedef struct hour {
  size_t n, first; /* ends, and the first event of them */
} hour;

/* The next hour with an end, from event *e on in order of time; n is 0 when there is none. */
static hour next_hour(const fsim_log_event *const *end, size_t n_ends, size_t *e) {
  hour h = {0, *e};
  if (*e == n_ends) return h;
  const int64_t which = end[*e]->time / HOUR;
  for (; *e < n_ends && end[*e]->time / HOUR == which; ++*e) h.n++;
  return h;
}

static int compare_ends(const void *left, const void *right) {
  const fsim_log_event *a = *(const fsim_log_event *const *)left;
  const fsim_log_event *b = *(const fsim_log_event *const *)right;
  if (a->time != b->time) return a->time < b->time ? -1 : 1;
  return (a->line > b->line) - (a->line < b->line);
}

/* Somebody closed old deals: twenty or more ends, and ten times as many as other hours have. */
static int tell_cleanings(fsim_log_builder *b) {
  const fsim_log_event **end = fsim_zeroed(b->n_events, sizeof *end);
  if (end == NULL) return fsim_no_memory(b->report);
  size_t n = 0, hours = 0;
  int status = FSIM_OK;
  for (size_t e = 0; e < b->n_events; e++) {
    if (b->event[e].what < 0 && !b->event[e].by_day) end[n++] = &b->event[e];
  }
  if (n > 0) qsort(end, n, sizeof *end, compare_ends);
  for (size_t e = 0; next_hour(end, n, &e).n > 0;) hours++;
  for (size_t e = 0; e < n && status == FSIM_OK;) {
    const hour h = next_hour(end, n, &e);
    if (h.n < BURST || h.n * (hours - 1) < USUAL * (n - h.n)) continue;
    const fsim_log_event *first = end[h.first];
    char text[32];
    status = fsim_builder_finding(
        b, "hours in which twenty or more cases ended, ten times as many as in others (clean-ups)",
        "kept; waits that end there may tell of the clean-up, not of the customers", first->line,
        first->file, "%zu from %s on", h.n, text_of(first->time, text, sizeof text));
  }
  free(end);
  return status;
}

int fsim_check_times(fsim_log_builder *b) {
  const fsim_log *log = b->log;
  moment *m = fsim_zeroed(b->n_events + log->n_cases, sizeof *m);
  if (m == NULL) return fsim_no_memory(b->report);
  size_t n = 0;
  for (size_t e = 0; e < b->n_events; e++)
    m[n++] = (moment){b->event[e].time, b->event[e].line, b->event[e].file};
  if (n > 0) qsort(m, n, sizeof *m, compare_moments);
  int status = b->has_clock ? tell_bursts(b, m, n) : FSIM_OK;
  if (status == FSIM_OK && b->has_clock) status = tell_cleanings(b);
  for (size_t c = 0; c < log->n_cases; c++) {
    if (log->cases[c].created != FSIM_NO_TIME)
      m[n++] = (moment){log->cases[c].created, log->cases[c].line, log->cases[c].file};
  }
  int64_t first = INT64_MIN, last = INT64_MAX;
  if (n > b->n_events) qsort(m, n, sizeof *m, compare_moments);
  if (n > 0) find_bounds(m, n, &first, &last);
  free(m);
  if (status == FSIM_OK && (first > INT64_MIN || last < INT64_MAX))
    status = drop_strays(b, first, last);
  return status;
}
