#include "analysis/fit/log_builder.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/log_builder_parts.h"
#include "analysis/fit/log_parts.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

#define MOST_LEVELS 1000 /* of an attribute; more are not categories */
#define MOST_UNKNOWN 12  /* names that are listed */
#define UNKNOWN "unknown"
#define FEWEST_CHANGES 2 /* of expected dates; fewer may be mistakes */

int fsim_log_builder_new(const fsim_mapping *mapping, fsim_report *report,
                         fsim_log_builder **builder) {
  fsim_log_builder *b = fsim_zeroed(1, sizeof *b);
  *builder = b;
  if (b == NULL) return fsim_no_memory(report);
  b->mapping = mapping;
  b->report = report;
  b->last_seen = INT64_MIN;
  b->log = fsim_zeroed(1, sizeof *b->log);
  if (b->log == NULL) return fsim_no_memory(report);
  b->log->attributes = fsim_zeroed(mapping->n_attributes, sizeof *b->log->attributes);
  if (b->log->attributes == NULL) return fsim_no_memory(report);
  int status = FSIM_OK;
  for (size_t a = 0; a < mapping->n_attributes && status == FSIM_OK; a++) {
    const char *name = mapping->attributes[a].name;
    fsim_log_attribute *to = &b->log->attributes[b->log->n_attributes++];
    to->name = fsim_copy_text(name, strlen(name));
    status = to->name ? fsim_name_list_add(&to->levels, UNKNOWN, report) : fsim_no_memory(report);
  }
  return status;
}

void fsim_log_builder_free(fsim_log_builder *b) {
  if (b == NULL) return;
  fsim_log_free(b->log);
  free(b->slot);
  free(b->event);
  free(b->work);
  free(b);
}

int fsim_builder_funnel(fsim_log_builder *b, const char *name, const fsim_meaning *stages,
                        size_t n_stages, const fsim_meaning *outcomes, size_t n_outcomes,
                        size_t *funnel) {
  fsim_log *log = b->log;
  void *items = log->funnels;
  if (fsim_grow(&items, &b->funnel_room, log->n_funnels + 1, sizeof *log->funnels))
    return fsim_no_memory(b->report);
  log->funnels = items;
  *funnel = log->n_funnels++;
  fsim_log_funnel *f = &log->funnels[*funnel];
  *f = (fsim_log_funnel){.name = fsim_copy_text(name, strlen(name)),
                         .wait_from = FSIM_NONE,
                         .wait_to = FSIM_NONE,
                         .wins = fsim_zeroed(n_outcomes, sizeof *f->wins)};
  if (f->name == NULL || f->wins == NULL) return fsim_no_memory(b->report);
  int status = FSIM_OK;
  for (size_t s = 0; s < n_stages && status == FSIM_OK; s++)
    status = fsim_name_list_add(&f->stages, stages[s].name, b->report);
  for (size_t o = 0; o < n_outcomes && status == FSIM_OK; o++) {
    status = fsim_name_list_add(&f->outcomes, outcomes[o].name, b->report);
    f->wins[o] = outcomes[o].win;
  }
  return status;
}

/* ---- cases by id ---- */

static size_t home(const fsim_log_builder *b, size_t funnel, const char *id) {
  return (size_t)fsim_hash_mix(fsim_hash_name(id), funnel) & (b->n_slots - 1);
}

/* The slot of that case, or the empty one where it belongs. */
static size_t slot_of(const fsim_log_builder *b, size_t funnel, const char *id) {
  size_t at = home(b, funnel, id);
  for (; b->slot[at] != 0; at = (at + 1) & (b->n_slots - 1)) {
    const fsim_case *c = &b->log->cases[b->slot[at] - 1];
    if (c->funnel == (int32_t)funnel && strcmp(b->log->ids + c->id, id) == 0) break;
  }
  return at;
}

static int widen(fsim_log_builder *b) {
  if (2 * (b->log->n_cases + 1) <= b->n_slots) return FSIM_OK;
  size_t *before = b->slot, n = b->n_slots;
  b->n_slots = n ? 2 * n : 1024;
  b->slot = fsim_zeroed(b->n_slots, sizeof *b->slot);
  if (b->slot == NULL) {
    b->slot = before;
    b->n_slots = n;
    return fsim_no_memory(b->report);
  }
  for (size_t c = 0; c < b->log->n_cases; c++) {
    const fsim_case *each = &b->log->cases[c];
    b->slot[slot_of(b, (size_t)each->funnel, b->log->ids + each->id)] = c + 1;
  }
  free(before);
  return FSIM_OK;
}

size_t fsim_builder_find(const fsim_log_builder *b, size_t funnel, const char *id) {
  if (b->n_slots == 0) return SIZE_MAX;
  size_t at = b->slot[slot_of(b, funnel, id)];
  return at == 0 ? SIZE_MAX : at - 1;
}

static int grow_cases(fsim_log_builder *b, size_t id_length) {
  fsim_log *log = b->log;
  void *cases = log->cases, *ids = log->ids, *level = log->level;
  int failed = fsim_grow(&cases, &b->case_room, log->n_cases + 1, sizeof *log->cases);
  log->cases = cases;
  failed |= fsim_grow(&ids, &b->id_room, log->ids_length + id_length + 1, 1);
  log->ids = ids;
  failed |= fsim_grow(&level, &b->level_room, (log->n_cases + 1) * log->n_attributes + 1,
                      sizeof *log->level);
  log->level = level;
  return failed ? fsim_no_memory(b->report) : FSIM_OK;
}

int fsim_builder_case(fsim_log_builder *b, size_t funnel, const char *id, int64_t line,
                      size_t *which, bool *fresh) {
  fsim_log *log = b->log;
  size_t length = strlen(id);
  *fresh = false;
  *which = 0;
  int status = widen(b);
  if (status != FSIM_OK) return status;
  size_t at = slot_of(b, funnel, id);
  if (b->slot[at] != 0) {
    *which = b->slot[at] - 1;
    return FSIM_OK;
  }
  status = grow_cases(b, length);
  if (status != FSIM_OK) return status;
  *fresh = true;
  *which = log->n_cases;
  log->cases[log->n_cases] = (fsim_case){.funnel = (int32_t)funnel,
                                         .outcome = FSIM_NONE,
                                         .parent = FSIM_NONE,
                                         .created = FSIM_NO_TIME,
                                         .closed = FSIM_NEVER,
                                         .value = FSIM_NO_VALUE,
                                         .expected = FSIM_NO_TIME,
                                         .expected_since = FSIM_NEVER,
                                         .id = log->ids_length,
                                         .line = (int32_t)line,
                                         .file = b->file};
  for (size_t a = 0; a < log->n_attributes; a++)
    log->level[log->n_cases * log->n_attributes + a] = 0;
  memcpy(log->ids + log->ids_length, id, length + 1);
  log->ids_length += length + 1;
  b->slot[at] = ++log->n_cases;
  return FSIM_OK;
}

void fsim_builder_created(fsim_log_builder *b, size_t which, int64_t time) {
  fsim_case *c = &b->log->cases[which];
  if (c->created == FSIM_NO_TIME || time < c->created) c->created = time;
}

int64_t fsim_builder_creation(const fsim_log_builder *b, size_t which, bool *by_day) {
  const fsim_case *c = &b->log->cases[which];
  *by_day = (b->created_by_day >> c->funnel & 1) != 0;
  return c->created;
}

bool fsim_builder_has_parent(const fsim_log_builder *b, size_t which) {
  return b->log->cases[which].parent != FSIM_NONE;
}

void fsim_builder_value(fsim_log_builder *b, size_t which, double value) {
  b->log->cases[which].value = value;
}

void fsim_builder_expected(fsim_log_builder *b, size_t which, int64_t expected, int64_t since) {
  fsim_case *c = &b->log->cases[which];
  if (expected != FSIM_NO_TIME) {
    b->n_expected++;
    b->n_expected_changes += c->expected != FSIM_NO_TIME && c->expected != expected;
  }
  if (since < c->expected_since || (since == c->expected_since && c->expected == FSIM_NO_TIME)) {
    c->expected = expected;
    c->expected_since = since;
  }
}

bool fsim_builder_expected_changes(const fsim_log_builder *b) {
  return b->n_expected_changes > FEWEST_CHANGES && 100 * b->n_expected_changes > b->n_expected;
}

void fsim_builder_parent(fsim_log_builder *b, size_t which, size_t parent) {
  b->log->cases[which].parent = (int64_t)parent;
}

void fsim_builder_inherit(fsim_log_builder *b, size_t which, size_t from, size_t attribute) {
  fsim_log *log = b->log;
  log->level[which * log->n_attributes + attribute] =
      log->level[from * log->n_attributes + attribute];
}

int fsim_builder_level(fsim_log_builder *b, size_t which, size_t attribute, const char *value) {
  fsim_log *log = b->log;
  int16_t *level = &log->level[which * log->n_attributes + attribute];
  if (*value == '\0' || *level != 0) return FSIM_OK;
  fsim_name_list *levels = &log->attributes[attribute].levels;
  int32_t found = fsim_name_list_find(levels, value);
  if (found == FSIM_NONE && levels->n >= MOST_LEVELS)
    return fsim_builder_finding(b, "an attribute with more than a thousand values",
                                "the case counts as unknown there", log->cases[which].line,
                                FSIM_THIS_FILE, "%s: %s", log->attributes[attribute].name, value);
  if (found == FSIM_NONE) {
    found = (int32_t)levels->n;
    int status = fsim_name_list_add(levels, value, b->report);
    if (status != FSIM_OK) return status;
  }
  *level = (int16_t)found;
  return FSIM_OK;
}

/* ---- events ---- */

static int add_event(fsim_log_builder *b, size_t which, int32_t what, int64_t time, int64_t line) {
  void *items = b->event;
  if (fsim_grow(&items, &b->event_room, b->n_events + 1, sizeof *b->event))
    return fsim_no_memory(b->report);
  b->event = items;
  if (which > UINT32_MAX)
    return fsim_bad_input(b->report, FSIM_NOWHERE, "more than four thousand million cases");
  b->event[b->n_events++] = (fsim_log_event){.time = time,
                                             .line = (int32_t)line,
                                             .file = (int16_t)b->file,
                                             .which = (uint32_t)which,
                                             .what = what};
  return FSIM_OK;
}

int fsim_builder_entered(fsim_log_builder *b, size_t which, int32_t stage, int64_t time,
                         int64_t line) {
  return add_event(b, which, stage, time, line);
}

int fsim_builder_ended(fsim_log_builder *b, size_t which, int32_t outcome, int64_t time,
                       int64_t line) {
  return add_event(b, which, ~outcome, time, line);
}

void fsim_builder_by_day(fsim_log_builder *b) {
  if (b->n_events > 0) b->event[b->n_events - 1].by_day = true;
}

void fsim_builder_created_by_day(fsim_log_builder *b, size_t funnel) {
  b->created_by_day |= 1U << funnel;
}

void fsim_builder_row_text(fsim_log_builder *b, uint64_t hash) {
  if (b->n_events > 0) b->event[b->n_events - 1].text = hash | 1;
}

static int number_of(fsim_log_builder *b, fsim_name_list *names, const char *name, int32_t *n) {
  *n = FSIM_NONE;
  if (name == NULL || *name == '\0') return FSIM_OK;
  *n = fsim_name_list_find(names, name);
  if (*n != FSIM_NONE) return FSIM_OK;
  *n = (int32_t)names->n;
  return fsim_name_list_add(names, name, b->report);
}

int fsim_builder_work(fsim_log_builder *b, size_t which, const char *activity, int32_t stage,
                      const char *resource, fsim_work_step step, int64_t time) {
  void *items = b->work;
  if (fsim_grow(&items, &b->work_room, b->n_work + 1, sizeof *b->work))
    return fsim_no_memory(b->report);
  b->work = items;
  fsim_work_event *w = &b->work[b->n_work++];
  *w = (fsim_work_event){.which = which, .time = time, .stage = stage, .step = step};
  int status = number_of(b, &b->log->activities, activity, &w->activity);
  return status == FSIM_OK ? number_of(b, &b->log->resources, resource, &w->resource) : status;
}

static void exchange(fsim_log *log, size_t left, size_t right) {
  fsim_case *a = &log->cases[left], *b = &log->cases[right];
  const fsim_case before = *a;
  a->created = b->created;
  a->value = b->value;
  a->line = b->line;
  a->file = b->file;
  b->created = before.created;
  b->value = before.value;
  b->line = before.line;
  b->file = before.file;
  for (size_t i = 0; i < log->n_attributes; i++) {
    int16_t *x = &log->level[left * log->n_attributes + i];
    int16_t *y = &log->level[right * log->n_attributes + i];
    const int16_t level = *x;
    *x = *y;
    *y = level;
  }
}

bool fsim_builder_sift(fsim_log_builder *b, size_t which) {
  const fsim_case *cases = b->log->cases;
  bool moved = false;
  for (;;) {
    if (cases[which].parent == FSIM_NONE) return moved;
    const size_t parent = (size_t)cases[which].parent;
    if (cases[parent].created <= cases[which].created) return moved;
    exchange(b->log, parent, which);
    which = parent;
    moved = true;
  }
}

int fsim_builder_end_all(fsim_log_builder *b, int32_t outcome) {
  int status = FSIM_OK;
  for (size_t c = 0; c < b->log->n_cases && status == FSIM_OK; c++) {
    const fsim_case *which = &b->log->cases[c];
    status = fsim_builder_ended(b, c, outcome, which->created, which->line);
  }
  return status;
}

/* ---- what was wrong ---- */

int fsim_builder_file(fsim_log_builder *b, const char *path) {
  b->file = (int32_t)b->log->files.n;
  return fsim_name_list_add(&b->log->files, path, b->report);
}

int fsim_builder_unknown(fsim_log_builder *b, const char *name) {
  fsim_name_list *names = &b->log->unknown;
  if (names->n >= MOST_UNKNOWN || fsim_name_list_find(names, name) != FSIM_NONE) return FSIM_OK;
  return fsim_name_list_add(names, name, b->report);
}

int fsim_builder_finding(fsim_log_builder *b, const char *kind, const char *done, int64_t line,
                         int32_t file, const char *format, ...) {
  fsim_log *log = b->log;
  size_t at = 0;
  while (at < log->n_findings && strcmp(log->findings[at].kind, kind) != 0) at++;
  if (at == log->n_findings) {
    void *items = log->findings;
    if (fsim_grow(&items, &b->finding_room, at + 1, sizeof *log->findings))
      return fsim_no_memory(b->report);
    log->findings = items;
    log->findings[log->n_findings++] = (fsim_finding){.kind = kind, .done = done};
  }
  fsim_finding *finding = &log->findings[at];
  if (finding->count < sizeof finding->example / sizeof *finding->example) {
    va_list list;
    va_start(list, format);
    finding->example[finding->count].line = line;
    finding->example[finding->count].file = file == FSIM_THIS_FILE ? b->file : file;
    vsnprintf(finding->example[finding->count].text, sizeof finding->example[0].text, format, list);
    va_end(list);
  }
  finding->count++;
  if (strcmp(done, FSIM_ROW_LEFT_OUT) == 0) b->row_left_out = true;
  return FSIM_OK;
}

bool fsim_builder_wants_example(const fsim_log_builder *b, const char *kind) {
  for (size_t f = 0; f < b->log->n_findings; f++) {
    if (strcmp(b->log->findings[f].kind, kind) == 0) return b->log->findings[f].count < 3;
  }
  return true;
}

void fsim_builder_row(fsim_log_builder *b) {
  b->log->n_rows++;
  b->row_left_out = false;
}

void fsim_builder_row_done(fsim_log_builder *b) {
  b->log->n_used += !b->row_left_out;
}

int fsim_builder_leave_out(fsim_log_builder *b, size_t rows, const char *kind, int64_t line,
                           const char *what) {
  const bool present = b->row_left_out; /* they are not the row that is being read */
  int status = FSIM_OK;
  for (size_t i = 0; i < rows && status == FSIM_OK; i++)
    status = fsim_builder_finding(b, kind, FSIM_ROW_LEFT_OUT, line + (int64_t)i, FSIM_THIS_FILE,
                                  "%s", what);
  b->row_left_out = present;
  b->log->n_used -= (int64_t)rows;
  return status;
}

void fsim_builder_has_clock(fsim_log_builder *b) {
  b->has_clock = true;
}

void fsim_builder_seen(fsim_log_builder *b, int64_t time) {
  if (time > b->last_seen) b->last_seen = time;
}
