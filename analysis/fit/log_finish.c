/* From gathered rows to cases with visits in order of time. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/log_builder_parts.h"
#include "analysis/fit/log_parts.h"
#include "analysis/fit/planned.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

#define DAY INT64_C(86400)

typedef struct finishing {
  fsim_log_builder *b;
  fsim_log *log;
  size_t visit_room;
  int64_t end;
} finishing;

/* By time; at one time stages come before outcomes, and earlier lines first. */
static int compare_events(const void *left, const void *right) {
  const fsim_log_event *a = left, *b = right;
  if (a->time != b->time) return a->time < b->time ? -1 : 1;
  if ((a->what < 0) != (b->what < 0)) return a->what < 0 ? 1 : -1;
  if (a->line != b->line) return a->line < b->line ? -1 : 1;
  return (a->what > b->what) - (a->what < b->what);
}

/* ---- one case ---- */

static int add_visit(finishing *f, fsim_case *c, int32_t stage, int64_t time) {
  fsim_log *log = f->log;
  void *items = log->visits;
  if (fsim_grow(&items, &f->visit_room, log->n_visits + 1, sizeof *log->visits))
    return fsim_no_memory(f->b->report);
  log->visits = items;
  if (c->n_visits > 0) log->visits[log->n_visits - 1].left = time;
  log->visits[log->n_visits++] = (fsim_log_visit){stage, time, FSIM_NEVER};
  c->n_visits++;
  return FSIM_OK;
}

static int tell(const finishing *f, const fsim_case *c, const fsim_log_event *event,
                const char *kind, const char *done) {
  return fsim_builder_finding(f->b, kind, done, event->line, event->file, "case %s",
                              fsim_case_id(f->log, c));
}

static int enter(finishing *f, fsim_case *c, const fsim_log_event *event) {
  const fsim_mapping *m = f->b->mapping;
  int32_t now = c->n_visits > 0 ? f->log->visits[f->log->n_visits - 1].stage : FSIM_NONE;
  if (event->what == now) return FSIM_OK; /* still there */
  int status = FSIM_OK;
  if (event->what < now)
    status = tell(f, c, event, "a return to an earlier stage",
                  m->furthest ? "the case stays in the furthest stage (returns: furthest)"
                              : "a loop (returns: loop)");
  if (status != FSIM_OK || (m->furthest && event->what < now)) return status;
  if (event->what > now + 1)
    status = tell(f, c, event, "a stage that is passed over",
                  m->fill_skipped ? "passed through in no time (skipped: fill)"
                                  : "an exit that jumps (skipped: jump)");
  for (int32_t s = now + 1; m->fill_skipped && s < event->what && status == FSIM_OK; s++)
    status = add_visit(f, c, s, event->time);
  return status == FSIM_OK ? add_visit(f, c, event->what, event->time) : status;
}

/* The same row read twice: its events stand side by side, at one time and with one text. */
static bool is_duplicate(const fsim_log_event *event) {
  return event[0].text != 0 && event[0].text == event[-1].text && event[0].what == event[-1].what &&
         event[0].time == event[-1].time;
}

/* What a case does after its end. Without a stage in between, another end is a correction. */
static int take_after_end(finishing *f, fsim_case *c, const fsim_log_event *event) {
  const bool goes_on = event->what >= 0;
  if (f->b->mapping->reopened != FSIM_REOPENED_LAST)
    return tell(f, c, event,
                goes_on ? "a stage entered after the outcome" : "another outcome after the first",
                "what it tells is left out");
  int status =
      tell(f, c, event,
           goes_on ? "a stage entered after the outcome" : "another outcome after the first",
           "the last end counts, until then the case was open (reopened: last)");
  c->outcome = FSIM_NONE;
  c->closed = FSIM_NEVER;
  if (c->n_visits > 0) f->log->visits[f->log->n_visits - 1].left = FSIM_NEVER;
  return status;
}

static int take_event(finishing *f, fsim_case *c, const fsim_log_event *event) {
  int status = FSIM_OK;
  if (event->time >= f->end)
    return tell(f, c, event, "after the end of the export", "what it tells is left out");
  if (c->outcome != FSIM_NONE) {
    if (event->what == ~c->outcome) return FSIM_OK; /* the same end told again */
    status = take_after_end(f, c, event);
    if (status != FSIM_OK || c->outcome != FSIM_NONE) return status;
  }
  if (event->what >= 0) return enter(f, c, event);
  c->outcome = ~event->what;
  c->closed = event->time;
  if (c->n_visits > 0) f->log->visits[f->log->n_visits - 1].left = event->time;
  return FSIM_OK;
}

static int check_row_order(const finishing *f, const fsim_case *c, const fsim_log_event *event,
                           size_t n) {
  for (size_t i = 1; i < n; i++) {
    if (event[i].text == 0 || event[i].time == event[i - 1].time ||
        event[i].file != event[i - 1].file)
      continue;
    if (event[i].line < event[i - 1].line)
      return tell(f, c, &event[i - 1], "cases in whose rows time runs backwards",
                  "their rows are put in order of time");
  }
  return FSIM_OK;
}

/* Duplicates go, the first of them stays. */
static int drop_duplicates(const finishing *f, const fsim_case *c, fsim_log_event *event,
                           size_t *n) {
  size_t kept = *n > 0;
  int status = FSIM_OK;
  for (size_t i = 1; i < *n && status == FSIM_OK; i++) {
    const bool again = is_duplicate(&event[i]);
    if (again) {
      status = tell(f, c, &event[i], "a row that was there before", FSIM_ROW_LEFT_OUT);
      f->log->n_used--;
    } else {
      event[kept++] = event[i];
    }
  }
  *n = kept;
  return status;
}

/* An expected date counts where it was known within a day of the creation: set later, it tells that
 * the case was still there. */
static int settle_expected(finishing *f, fsim_case *c) {
  if (c->expected == FSIM_NO_TIME || c->created == FSIM_NO_TIME) return FSIM_OK;
  if (c->expected_since < c->created) c->expected_since = c->created;
  const bool late = c->expected_since - c->created > DAY;
  const bool past = fsim_planned_days(c) < 0;
  if (late || past || c->expected_since >= f->end) c->expected = FSIM_NO_TIME;
  if (!late && !past) return FSIM_OK;
  return fsim_builder_finding(
      f->b,
      late ? "an expected date that was first set a day or more after the creation"
           : "an expected date before the creation",
      "the case counts as without one", c->line, c->file, "case %s", fsim_case_id(f->log, c));
}

/* Where the case goes on after an end, if that makes a new case of it; n otherwise. */
static size_t find_reopening(const finishing *f, const fsim_log_event *event, size_t n) {
  bool ended = false;
  for (size_t i = 0; i < n && f->b->mapping->reopened == FSIM_REOPENED_NEW; i++) {
    if (ended && event[i].what >= 0 && event[i].time < f->end) return i;
    ended = ended || event[i].what < 0;
  }
  return n;
}

/* A case of the same funnel, lead and attributes that begins with the stage in which another one
 * was reopened: ID/2, then ID/3. */
static int add_reopened(finishing *f, size_t of, size_t number, const fsim_log_event *event,
                        size_t *which) {
  const fsim_case from = f->log->cases[of];
  fsim_text id = {0};
  bool fresh = false;
  fsim_text_append(&id, "%s/%zu", fsim_case_id(f->log, &from), number);
  int status =
      id.failed ? fsim_no_memory(f->b->report)
                : fsim_builder_case(f->b, (size_t)from.funnel, id.text, event->line, which, &fresh);
  free(id.text);
  if (status != FSIM_OK) return status;
  if (!fresh) return add_reopened(f, of, number + 1, event, which); /* another case is named so */
  fsim_case *c = &f->log->cases[*which];
  c->parent = from.parent;
  c->created = event->time;
  c->value = from.value;
  c->file = event->file;
  for (size_t a = 0; a < f->log->n_attributes; a++) fsim_builder_inherit(f->b, *which, of, a);
  return tell(f, c, event, "a case that was reopened after its end",
              "it counts as a new case from then on (reopened: new)");
}

/* A case's first visit begins when the case was created: nothing is known of a time between. */
static int finish_case(finishing *f, size_t which, fsim_log_event *event, size_t n) {
  fsim_case *c = &f->log->cases[which];
  c->first_visit = f->log->n_visits;
  c->first_entry = FSIM_NEVER;
  int status = drop_duplicates(f, c, event, &n);
  if (status == FSIM_OK) status = check_row_order(f, c, event, n);
  int64_t first = n > 0 ? event[0].time : FSIM_NEVER;
  if (c->created == FSIM_NO_TIME && n > 0) c->created = first;
  if (first < c->created && n > 0 && status == FSIM_OK) {
    status = event[0].what >= 0 ? tell(f, c, event, "a stage before the case was created",
                                       "the case begins with it")
                                : tell(f, c, event, "an outcome before the case was created",
                                       "the case begins and ends with it");
    c->created = first;
  }
  for (size_t i = 0; i < n && status == FSIM_OK; i++) status = take_event(f, c, &event[i]);
  if (c->n_visits > 0) {
    c->first_entry = f->log->visits[c->first_visit].entered;
    f->log->visits[c->first_visit].entered = c->created;
  }
  return status == FSIM_OK ? settle_expected(f, c) : status;
}

/* Most cases have a few events, which are nearly in order already. */
static void sort_events(fsim_log_event *event, size_t n) {
  if (n > 32) {
    qsort(event, n, sizeof *event, compare_events);
    return;
  }
  for (size_t i = 1; i < n; i++) {
    const fsim_log_event now = event[i];
    size_t at = i;
    for (; at > 0 && compare_events(&now, &event[at - 1]) < 0; at--) event[at] = event[at - 1];
    event[at] = now;
  }
}

/* Counts the events of each case and lays them side by side. */
static int group_events(fsim_log_builder *b) {
  const size_t n_cases = b->log->n_cases;
  size_t *next = fsim_zeroed(n_cases + 1, sizeof *next);
  fsim_log_event *grouped = fsim_zeroed(b->n_events, sizeof *grouped);
  if (next == NULL || grouped == NULL) {
    free(next);
    free(grouped);
    return fsim_no_memory(b->report);
  }
  for (size_t e = 0; e < b->n_events; e++) next[b->event[e].which + 1]++;
  for (size_t c = 0; c < n_cases; c++) next[c + 1] += next[c];
  for (size_t e = 0; e < b->n_events; e++) grouped[next[b->event[e].which]++] = b->event[e];
  free(next);
  free(b->event);
  b->event = grouped;
  b->event_room = b->n_events;
  return FSIM_OK;
}

/* One case, and those that it becomes when it is reopened. */
static int finish_parts(finishing *f, size_t of, fsim_log_event *event, size_t n) {
  size_t which = of;
  int status = FSIM_OK;
  for (size_t number = 2;; number++) {
    const size_t part = find_reopening(f, event, n);
    status = finish_case(f, which, event, part);
    if (status != FSIM_OK || part == n) return status;
    event += part;
    n -= part;
    status = add_reopened(f, of, number, event, &which);
    if (status != FSIM_OK) return status;
  }
}

static int finish_cases(finishing *f) {
  fsim_log_builder *b = f->b;
  const size_t n_cases = f->log->n_cases; /* reopened ones come behind them */
  int status = group_events(b);
  for (size_t c = 0, e = 0; c < n_cases && status == FSIM_OK; c++) {
    size_t first = e;
    while (e < b->n_events && b->event[e].which == c) e++;
    size_t n = e - first;
    status = fsim_place_days(b, c, b->event + first, &n);
    sort_events(b->event + first, n);
    if (status == FSIM_OK) status = finish_parts(f, c, b->event + first, n);
  }
  return status;
}

/* ---- which cases are kept, and their order ---- */

typedef struct ordered {
  int64_t created, line;
  size_t which;
} ordered;

static int compare_ordered(const void *left, const void *right) {
  const ordered *a = left, *b = right;
  if (a->created != b->created) return a->created < b->created ? -1 : 1;
  if (a->line != b->line) return a->line < b->line ? -1 : 1;
  return (a->which > b->which) - (a->which < b->which);
}

static int choose_cases(finishing *f, ordered *order, size_t *n) {
  int status = FSIM_OK;
  for (size_t c = 0; c < f->log->n_cases && status == FSIM_OK; c++) {
    const fsim_case *which = &f->log->cases[c];
    if (which->created == FSIM_NO_TIME)
      status = fsim_builder_finding(f->b, "a case without any stage, outcome or date",
                                    "the case is left out", which->line, which->file, "case %s",
                                    fsim_case_id(f->log, which));
    else if (which->created >= f->end)
      status = fsim_builder_finding(f->b, "a case created after the end of the export",
                                    "the case is left out", which->line, which->file, "case %s",
                                    fsim_case_id(f->log, which));
    else
      order[(*n)++] = (ordered){which->created, which->line, c};
  }
  qsort(order, *n, sizeof *order, compare_ordered);
  return status;
}

static int reorder(finishing *f, const ordered *order, size_t n, size_t *number_of) {
  fsim_log *log = f->log;
  fsim_case *cases = fsim_zeroed(n, sizeof *cases);
  int16_t *level = fsim_zeroed(n * log->n_attributes, sizeof *level);
  if (cases == NULL || level == NULL) {
    free(cases);
    free(level);
    return fsim_no_memory(f->b->report);
  }
  for (size_t c = 0; c < log->n_cases; c++) number_of[c] = SIZE_MAX;
  for (size_t i = 0; i < n; i++) number_of[order[i].which] = i;
  for (size_t i = 0; i < n; i++) {
    cases[i] = log->cases[order[i].which];
    memcpy(level + i * log->n_attributes, log->level + order[i].which * log->n_attributes,
           log->n_attributes * sizeof *level);
    if (cases[i].parent == FSIM_NONE) continue;
    size_t parent = number_of[cases[i].parent];
    cases[i].parent = parent == SIZE_MAX ? FSIM_NONE : (int64_t)parent;
  }
  free(log->cases);
  free(log->level);
  log->cases = cases;
  log->level = level;
  log->n_cases = n;
  return FSIM_OK;
}

/* ---- work: schedule, start and completion of one activity of one case belong together ---- */

static int compare_work(const void *left, const void *right) {
  const fsim_work_event *a = left, *b = right;
  if (a->which != b->which) return a->which < b->which ? -1 : 1;
  if (a->activity != b->activity) return a->activity < b->activity ? -1 : 1;
  if (a->time != b->time) return a->time < b->time ? -1 : 1;
  return (int)a->step - (int)b->step;
}

/* A step that cannot follow what is known of the present piece begins the next one. */
static bool continues(const fsim_log_work *piece, const fsim_work_event *event) {
  if (event->step == FSIM_WORK_SCHEDULED) return false;
  if (event->step == FSIM_WORK_STARTED)
    return piece->started == FSIM_NO_TIME && piece->completed == FSIM_NEVER;
  return piece->completed == FSIM_NEVER;
}

static int finish_work(finishing *f, const size_t *number_of) {
  fsim_log_builder *b = f->b;
  fsim_log *log = f->log;
  if (b->n_work == 0) return FSIM_OK;
  log->work = fsim_zeroed(b->n_work, sizeof *log->work);
  if (log->work == NULL) return fsim_no_memory(b->report);
  qsort(b->work, b->n_work, sizeof *b->work, compare_work);
  const fsim_work_event *last = NULL;
  for (size_t i = 0; i < b->n_work; i++) {
    const fsim_work_event *event = &b->work[i];
    if (number_of[event->which] == SIZE_MAX || event->time >= f->end) continue;
    fsim_log_work *piece = log->n_work > 0 ? &log->work[log->n_work - 1] : NULL;
    bool same = last != NULL && last->which == event->which && last->activity == event->activity;
    if (!same || piece == NULL || !continues(piece, event)) {
      piece = &log->work[log->n_work++];
      *piece = (fsim_log_work){.which_case = number_of[event->which],
                               .stage = event->stage,
                               .activity = event->activity,
                               .resource = FSIM_NONE,
                               .scheduled = FSIM_NO_TIME,
                               .started = FSIM_NO_TIME,
                               .completed = FSIM_NEVER};
    }
    if (event->step == FSIM_WORK_SCHEDULED) piece->scheduled = event->time;
    if (event->step == FSIM_WORK_STARTED) piece->started = event->time;
    if (event->step == FSIM_WORK_DONE) piece->completed = event->time;
    if (event->step != FSIM_WORK_SCHEDULED && piece->resource == FSIM_NONE)
      piece->resource = event->resource;
    last = event;
  }
  fsim_sort_work(log);
  return FSIM_OK;
}

/* Zeros of deals that are not won are no values where values come with the win. */
static void forget_values(fsim_log *log) {
  for (size_t c = 0; c < log->n_cases; c++) {
    fsim_case *which = &log->cases[c];
    if (which->outcome == FSIM_NONE || !log->funnels[which->funnel].wins[which->outcome])
      which->value = FSIM_NO_VALUE;
  }
}

/* No case at all: the commonest reason, with the first row that shows it. */
static int refuse_empty(const fsim_log_builder *b) {
  const fsim_log *log = b->log;
  const fsim_finding *most = NULL;
  for (size_t f = 0; f < log->n_findings; f++) {
    if (most == NULL || log->findings[f].count > most->count) most = &log->findings[f];
  }
  if (most == NULL)
    return fsim_bad_input(
        b->report, (fsim_place){log->files.n > 0 ? log->files.name[0] : NULL, 0, 0},
        "the export holds no case that can be used (%" PRId64 " rows read)", log->n_rows);
  return fsim_bad_input(
      b->report,
      (fsim_place){log->files.name[most->example[0].file], (int)most->example[0].line, 0},
      "the export holds no case that can be used: %zu of the %" PRId64
      " rows read have %s, such as this one: %s; check the columns that the mapping names",
      most->count, log->n_rows, most->kind, most->example[0].text);
}

int fsim_builder_finish(fsim_log_builder *b, int64_t end, fsim_log **out) {
  fsim_log *log = b->log;
  *out = NULL;
  log->by_day = !b->has_clock;
  int status = fsim_check_times(b);
  fsim_see_days(b);
  if (end == FSIM_NO_TIME) end = b->mapping->end;
  if (end == FSIM_NO_TIME)
    end = b->last_seen == INT64_MIN ? 0 : b->last_seen + (log->by_day ? DAY : 1);
  finishing f = {.b = b, .log = log, .end = end};
  log->end = end;
  if (status == FSIM_OK) status = finish_cases(&f);
  ordered *order = fsim_zeroed(log->n_cases, sizeof *order);
  size_t *number_of = fsim_zeroed(log->n_cases, sizeof *number_of), n = 0;
  if (order == NULL || number_of == NULL) status = fsim_no_memory(b->report);
  if (status == FSIM_OK) status = choose_cases(&f, order, &n);
  if (status == FSIM_OK && n == 0) status = refuse_empty(b);
  if (status == FSIM_OK) status = reorder(&f, order, n, number_of);
  if (status == FSIM_OK) status = finish_work(&f, number_of);
  if (status == FSIM_OK) status = fsim_set_begin(b);
  log->values_at_win = b->mapping->values_at_win;
  if (log->values_at_win) forget_values(log);
  free(order);
  free(number_of);
  if (status != FSIM_OK) return status;
  *out = log;
  b->log = NULL;
  return FSIM_OK;
}
