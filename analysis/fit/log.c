#include "analysis/fit/log.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/fit/expected.h"
#include "analysis/fit/log_parts.h"
#include "analysis/fit/planned.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

void fsim_name_list_free(fsim_name_list *names) {
  for (size_t i = 0; i < names->n; i++) free(names->name[i]);
  free(names->name);
  *names = (fsim_name_list){0};
}

int fsim_name_list_add(fsim_name_list *names, const char *name, fsim_report *report) {
  void *items = names->name;
  if (fsim_grow(&items, &names->capacity, names->n + 1, sizeof *names->name))
    return fsim_no_memory(report);
  names->name = items;
  names->name[names->n] = fsim_copy_text(name, strlen(name));
  if (names->name[names->n] == NULL) return fsim_no_memory(report);
  names->n++;
  return FSIM_OK;
}

int32_t fsim_name_list_find(const fsim_name_list *names, const char *name) {
  for (size_t i = 0; i < names->n; i++) {
    if (strcmp(names->name[i], name) == 0) return (int32_t)i;
  }
  return FSIM_NONE;
}

void fsim_log_funnels_free(fsim_log *log) {
  for (size_t f = 0; f < log->n_funnels; f++) {
    free(log->funnels[f].name);
    fsim_name_list_free(&log->funnels[f].stages);
    fsim_name_list_free(&log->funnels[f].outcomes);
    free(log->funnels[f].wins);
  }
  free(log->funnels);
  log->funnels = NULL;
  log->n_funnels = 0;
}

void fsim_log_free(fsim_log *log) {
  if (log == NULL) return;
  fsim_log_funnels_free(log);
  for (size_t a = 0; a < log->n_attributes; a++) {
    free(log->attributes[a].name);
    fsim_name_list_free(&log->attributes[a].levels);
  }
  fsim_name_list_free(&log->resources);
  fsim_name_list_free(&log->activities);
  fsim_name_list_free(&log->files);
  fsim_name_list_free(&log->unknown);
  free(log->attributes);
  free(log->cases);
  free(log->level);
  free(log->visits);
  free(log->work);
  free(log->ids);
  free(log->findings);
  free(log);
}

const char *fsim_case_id(const fsim_log *log, const fsim_case *which) {
  return log->ids + which->id;
}

const char *fsim_example_file(const fsim_log *log, const fsim_finding *finding, size_t example) {
  return log->files.n > 1 ? log->files.name[finding->example[example].file] : NULL;
}

int fsim_log_check_wins(const fsim_log *log, fsim_report *report) {
  for (size_t c = 0; c < log->n_cases; c++) {
    const fsim_case *which = &log->cases[c];
    if (which->outcome != FSIM_NONE && log->funnels[which->funnel].wins[which->outcome])
      return FSIM_OK;
  }
  if (log->unknown.n == 0) {
    fsim_warn(report, FSIM_NOWHERE,
              "not one of the %zu cases ended in an outcome that counts as win: every forecast of "
              "wins will be 0; check \"from\" and \"counts_as: win\" of the mapping's outcomes",
              log->n_cases);
    return FSIM_OK;
  }
  fsim_text names = {0};
  for (size_t i = 0; i < log->unknown.n; i++)
    fsim_text_append(&names, "%s\"%s\"", i > 0 ? ", " : "", log->unknown.name[i]);
  int status =
      names.failed
          ? fsim_no_memory(report)
          : fsim_bad_input(report, FSIM_NOWHERE,
                           "not one of the %zu cases ended in an outcome that counts as win, and "
                           "the mapping does not know %s; name what means won in the outcome that "
                           "counts as win (won: {from: [...], counts_as: win}), the others in "
                           "other outcomes or in ignore",
                           log->n_cases, names.text);
  free(names.text);
  return status;
}

/* ---- what a forecast is of ---- */

bool fsim_log_counts(const fsim_log *log, size_t funnels, const fsim_case *which) {
  if (funnels != FSIM_ALL_FUNNELS) return (size_t)which->funnel == funnels;
  return log->orders || (size_t)which->funnel + 1 == log->n_funnels;
}

bool fsim_log_counts_win(const fsim_log *log, size_t funnels, const fsim_case *which) {
  return fsim_log_counts(log, funnels, which) && which->outcome != FSIM_NONE &&
         log->funnels[which->funnel].wins[which->outcome];
}

int64_t fsim_log_known_since(const fsim_log *log, size_t funnels, const fsim_case *which) {
  const bool all = log->orders || funnels == FSIM_ALL_FUNNELS;
  while (all && which->parent != FSIM_NONE) which = &log->cases[which->parent];
  return which->created;
}

/* ---- as it stood at a cut ---- */

static int compare_work(const void *left, const void *right) {
  const fsim_log_work *a = left, *b = right;
  const int64_t x[] = {a->started != FSIM_NO_TIME ? a->started : a->scheduled,
                       (int64_t)a->which_case,
                       a->stage,
                       a->scheduled,
                       a->completed,
                       a->activity};
  const int64_t y[] = {b->started != FSIM_NO_TIME ? b->started : b->scheduled,
                       (int64_t)b->which_case,
                       b->stage,
                       b->scheduled,
                       b->completed,
                       b->activity};
  for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
    if (x[i] != y[i]) return x[i] < y[i] ? -1 : 1;
  }
  return 0;
}

void fsim_sort_work(fsim_log *log) {
  if (log->n_work > 0) qsort(log->work, log->n_work, sizeof *log->work, compare_work);
}

static int copy_names(const fsim_name_list *from, fsim_name_list *to, fsim_report *report) {
  int status = FSIM_OK;
  for (size_t i = 0; i < from->n && status == FSIM_OK; i++)
    status = fsim_name_list_add(to, from->name[i], report);
  return status;
}

static int copy_funnels(const fsim_log *log, fsim_log *out, fsim_report *report) {
  out->funnels = fsim_zeroed(log->n_funnels, sizeof *out->funnels);
  if (out->funnels == NULL) return fsim_no_memory(report);
  int status = FSIM_OK;
  for (size_t f = 0; f < log->n_funnels && status == FSIM_OK; f++) {
    const fsim_log_funnel *from = &log->funnels[f];
    fsim_log_funnel *to = &out->funnels[out->n_funnels++];
    to->name = fsim_copy_text(from->name, strlen(from->name));
    to->wins = fsim_zeroed(from->outcomes.n, sizeof *to->wins);
    if (to->name == NULL || to->wins == NULL) return fsim_no_memory(report);
    memcpy(to->wins, from->wins, from->outcomes.n * sizeof *to->wins);
    to->wait_from = from->wait_from;
    to->wait_to = from->wait_to;
    to->wait_number = from->wait_number;
    status = copy_names(&from->stages, &to->stages, report);
    if (status == FSIM_OK) status = copy_names(&from->outcomes, &to->outcomes, report);
  }
  return status;
}

static int copy_attributes(const fsim_log *log, fsim_log *out, fsim_report *report) {
  out->attributes = fsim_zeroed(log->n_attributes, sizeof *out->attributes);
  if (out->attributes == NULL) return fsim_no_memory(report);
  int status = FSIM_OK;
  for (size_t a = 0; a < log->n_attributes && status == FSIM_OK; a++) {
    const char *name = log->attributes[a].name;
    fsim_log_attribute *to = &out->attributes[out->n_attributes++];
    to->name = fsim_copy_text(name, strlen(name));
    if (to->name == NULL) return fsim_no_memory(report);
    status = copy_names(&log->attributes[a].levels, &to->levels, report);
  }
  return status;
}

static int make_room(const fsim_log *log, fsim_log *out, fsim_report *report) {
  out->cases = fsim_zeroed(log->n_cases, sizeof *out->cases);
  out->level = fsim_zeroed(log->n_cases * log->n_attributes, sizeof *out->level);
  out->visits = fsim_zeroed(log->n_visits, sizeof *out->visits);
  out->work = fsim_zeroed(log->n_work, sizeof *out->work);
  out->ids = fsim_zeroed(log->ids_length, 1);
  if (!out->cases || !out->level || !out->visits || !out->work || !out->ids)
    return fsim_no_memory(report);
  memcpy(out->ids, log->ids, log->ids_length);
  out->ids_length = log->ids_length;
  return FSIM_OK;
}

static void keep_visits(const fsim_log *log, const fsim_case *from, int64_t cut, fsim_log *out,
                        fsim_case *to) {
  to->first_visit = out->n_visits;
  to->n_visits = 0;
  if (from->first_entry >= cut) {
    to->first_entry = FSIM_NEVER;
    return;
  }
  for (size_t v = 0; v < from->n_visits; v++) {
    fsim_log_visit visit = log->visits[from->first_visit + v];
    if (visit.entered >= cut) break;
    if (visit.left >= cut) visit.left = FSIM_NEVER;
    out->visits[out->n_visits++] = visit;
    to->n_visits++;
  }
}

static void keep_cases(const fsim_log *log, int64_t cut, bool values_known, fsim_log *out,
                       int64_t *number_of) {
  for (size_t c = 0; c < log->n_cases; c++) number_of[c] = FSIM_NONE;
  for (size_t c = 0; c < log->n_cases; c++) {
    const fsim_case *from = &log->cases[c];
    if (from->created >= cut || from->seen_from >= cut) continue;
    number_of[c] = (int64_t)out->n_cases;
    fsim_case *to = &out->cases[out->n_cases];
    *to = *from;
    if (from->closed >= cut) {
      to->outcome = FSIM_NONE;
      to->closed = FSIM_NEVER;
      if (!values_known || log->values_at_win) to->value = FSIM_NO_VALUE;
    }
    if (from->expected_since >= cut) to->expected = FSIM_NO_TIME;
    keep_visits(log, from, cut, out, to);
    memcpy(out->level + out->n_cases * log->n_attributes, log->level + c * log->n_attributes,
           log->n_attributes * sizeof *out->level);
    out->n_cases++;
  }
  for (size_t c = 0; c < out->n_cases; c++) {
    fsim_case *to = &out->cases[c];
    if (to->parent != FSIM_NONE) to->parent = number_of[to->parent];
  }
}

static void keep_work(const fsim_log *log, int64_t cut, const int64_t *number_of, fsim_log *out) {
  for (size_t w = 0; w < log->n_work; w++) {
    fsim_log_work work = log->work[w];
    if (number_of[work.which_case] == FSIM_NONE) continue;
    work.which_case = (size_t)number_of[work.which_case];
    if (work.started != FSIM_NO_TIME && work.started >= cut) work.started = FSIM_NO_TIME;
    if (work.completed != FSIM_NO_TIME && work.completed >= cut) work.completed = FSIM_NEVER;
    bool scheduled = work.scheduled != FSIM_NO_TIME && work.scheduled < cut;
    bool known = work.started != FSIM_NO_TIME ||
                 (work.completed != FSIM_NO_TIME && work.completed != FSIM_NEVER);
    if (!known) work.resource = FSIM_NONE;
    if (scheduled || known) out->work[out->n_work++] = work;
  }
  fsim_sort_work(out);
}

int fsim_log_until(const fsim_log *log, int64_t cut, bool values_known, fsim_report *report,
                   fsim_log **out) {
  *out = fsim_zeroed(1, sizeof **out);
  int64_t *number_of = fsim_zeroed(log->n_cases, sizeof *number_of);
  int status = *out && number_of ? FSIM_OK : fsim_no_memory(report);
  if (status == FSIM_OK) status = copy_funnels(log, *out, report);
  if (status == FSIM_OK) status = copy_attributes(log, *out, report);
  if (status == FSIM_OK) status = copy_names(&log->resources, &(*out)->resources, report);
  if (status == FSIM_OK) status = copy_names(&log->activities, &(*out)->activities, report);
  if (status == FSIM_OK) status = make_room(log, *out, report);
  if (status == FSIM_OK) {
    keep_cases(log, cut, values_known, *out, number_of);
    keep_work(log, cut, number_of, *out);
    (*out)->begin = log->begin;
    (*out)->end = cut < log->end ? cut : log->end;
    (*out)->by_day = log->by_day;
    (*out)->complete_from_begin = log->complete_from_begin;
    (*out)->orders = log->orders;
    (*out)->values_at_win = log->values_at_win;
    (*out)->n_rows = log->n_rows;
    (*out)->n_used = log->n_used;
    (*out)->has_planned = log->has_planned;
    (*out)->planned_by_data = log->planned_by_data;
    if (log->has_planned && log->planned_by_data) status = fsim_drop_doubtful(*out, report);
    if (log->has_planned && status == FSIM_OK) status = fsim_group_planned(*out, report);
  }
  if (status != FSIM_OK) {
    fsim_log_free(*out);
    *out = NULL;
  }
  free(number_of);
  return status;
}
