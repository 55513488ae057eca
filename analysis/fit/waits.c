#include "analysis/fit/waits.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/fit/log_parts.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

#define MOST_FOLLOWERS 3 /* cases that one win brings: further ones are no longer told of */
#define FEWEST 5         /* fewer are told of as if they had none before them */

/* ---- cases in order ---- */

static int compare_waits(const void *left, const void *right) {
  const fsim_wait *a = left, *b = right;
  if (a->what.created != b->what.created) return a->what.created < b->what.created ? -1 : 1;
  if (a->what.funnel != b->what.funnel) return a->what.funnel < b->what.funnel ? -1 : 1;
  if (a->what.line != b->what.line) return a->what.line < b->what.line ? -1 : 1;
  if (a->was != b->was) return a->was < b->was ? -1 : 1;
  return (a->after > b->after) - (a->after < b->after);
}

/* Pieces of work belong to the cases that they belonged to. */
static void renumber_work(fsim_log *log, const size_t *now) {
  for (size_t w = 0; w < log->n_work; w++) log->work[w].which_case = now[log->work[w].which_case];
  fsim_sort_work(log);
}

int fsim_replace_cases(fsim_log *log, fsim_wait *waits, size_t n, fsim_report *report) {
  const size_t row = log->n_attributes;
  fsim_case *cases = fsim_zeroed(n, sizeof *cases);
  int16_t *level = fsim_zeroed(n * row, sizeof *level);
  size_t *now = fsim_zeroed(log->n_cases, sizeof *now);
  int status = cases && level && now ? FSIM_OK : fsim_no_memory(report);
  if (status == FSIM_OK) qsort(waits, n, sizeof *waits, compare_waits);
  for (size_t i = 0; i < n && status == FSIM_OK; i++) {
    cases[i] = waits[i].what;
    memcpy(level + i * row, log->level + waits[i].levels_of * row, row * sizeof *level);
    if (waits[i].was != SIZE_MAX) now[waits[i].was] = i;
  }
  for (size_t i = 0; i < n && status == FSIM_OK; i++)
    cases[i].parent = waits[i].after == SIZE_MAX ? FSIM_NONE : (int64_t)now[waits[i].after];
  if (status == FSIM_OK) renumber_work(log, now);
  free(now);
  if (status != FSIM_OK) {
    free(cases);
    free(level);
    return status;
  }
  free(log->cases);
  free(log->level);
  log->cases = cases;
  log->level = level;
  log->n_cases = n;
  return FSIM_OK;
}

/* ---- waits between leads and deals ---- */

/* When cases of one funnel followed the cases of another. */
typedef struct following {
  size_t *n;     /* [n_cases] how many, so far */
  int64_t *when; /* [n_cases * MOST_FOLLOWERS] */
} following;

static bool is_won(const fsim_log *log, const fsim_case *which) {
  return which->outcome != FSIM_NONE && log->funnels[which->funnel].wins[which->outcome];
}

static int find_followers(const fsim_log *log, size_t to, fsim_report *report, following *f) {
  f->n = fsim_zeroed(log->n_cases, sizeof *f->n);
  f->when = fsim_zeroed(log->n_cases * MOST_FOLLOWERS, sizeof *f->when);
  if (f->n == NULL || f->when == NULL) return fsim_no_memory(report);
  for (size_t c = 0; c < log->n_cases; c++) { /* by created */
    const fsim_case *which = &log->cases[c];
    if ((size_t)which->funnel != to || which->parent == FSIM_NONE) continue;
    const size_t p = (size_t)which->parent;
    if (!is_won(log, &log->cases[p])) continue;
    if (f->n[p] < MOST_FOLLOWERS)
      f->when[p * MOST_FOLLOWERS + f->n[p]] =
          which->created > log->cases[p].closed ? which->created : log->cases[p].closed;
    f->n[p]++;
  }
  return FSIM_OK;
}

/* Whether enough wins have a number-th follower, and some of these later than at once. */
static bool takes_time(const fsim_log *log, const following *f, size_t number) {
  size_t n = 0;
  bool later = false;
  for (size_t c = 0; c < log->n_cases; c++) {
    if (f->n[c] < number) continue;
    n++;
    later = later || f->when[c * MOST_FOLLOWERS + number - 1] > log->cases[c].closed;
  }
  return n >= FEWEST && later;
}

/* The funnel of waits, put before the one that they lead to, so that this stays the last. */
static int insert_funnel(fsim_log *log, size_t from, size_t at, size_t number,
                         fsim_report *report) {
  fsim_log_funnel *grown = realloc(log->funnels, (log->n_funnels + 1) * sizeof *grown);
  if (grown == NULL) return fsim_no_memory(report);
  log->funnels = grown;
  memmove(grown + at + 1, grown + at, (log->n_funnels - at) * sizeof *grown);
  log->n_funnels++;
  fsim_text name = {0};
  fsim_text_append(&name, number > 1 ? "%s-next-%zu" : "%s-next", grown[from].name, number);
  grown[at] = (fsim_log_funnel){.name = name.text,
                                .wins = fsim_zeroed(2, sizeof *grown[at].wins),
                                .wait_from = (int32_t)from,
                                .wait_to = (int32_t)at + 1,
                                .wait_number = (int32_t)number};
  if (name.failed || grown[at].wins == NULL) return fsim_no_memory(report);
  int status = fsim_name_list_add(&grown[at].outcomes, "none", report);
  if (status == FSIM_OK) status = fsim_name_list_add(&grown[at].outcomes, "followed", report);
  for (size_t f = 0; f < at; f++) {
    if (grown[f].wait_to >= (int32_t)at) grown[f].wait_to++;
  }
  return status;
}

static int add_waits(fsim_log *log, const following *f, size_t from, size_t at, size_t number,
                     fsim_report *report) {
  fsim_wait *waits = fsim_zeroed(2 * log->n_cases, sizeof *waits);
  size_t n = 0;
  if (waits == NULL) return fsim_no_memory(report);
  for (size_t c = 0; c < log->n_cases; c++) {
    const fsim_case *which = &log->cases[c];
    const size_t parent = which->parent == FSIM_NONE ? SIZE_MAX : (size_t)which->parent;
    waits[n++] = (fsim_wait){*which, c, parent, c};
    if ((size_t)which->funnel >= at) waits[n - 1].what.funnel++;
    if ((size_t)which->funnel != from || !is_won(log, which)) continue;
    const bool followed = f->n[c] >= number;
    fsim_wait *w = &waits[n++];
    *w = (fsim_wait){*which, SIZE_MAX, c, c};
    w->what.funnel = (int32_t)at;
    w->what.created = w->what.seen_from = which->closed;
    w->what.outcome = followed ? 1 : FSIM_NONE;
    w->what.closed = followed ? f->when[c * MOST_FOLLOWERS + number - 1] : FSIM_NEVER;
    w->what.n_visits = 0;
    w->what.first_entry = FSIM_NEVER;
    w->what.value = FSIM_NO_VALUE;
  }
  int status = fsim_replace_cases(log, waits, n, report);
  free(waits);
  return status;
}

int fsim_add_waits_between(fsim_log *log, fsim_report *report) {
  int status = FSIM_OK;
  for (size_t number = 1; number <= MOST_FOLLOWERS && log->n_funnels > 1; number++) {
    const size_t from = 0, to = log->n_funnels - 1;
    following f = {0};
    status = find_followers(log, to, report, &f);
    const bool takes = status == FSIM_OK && takes_time(log, &f, number);
    /* The cases' numbers are those of before: the funnel comes after them. */
    if (takes) status = add_waits(log, &f, from, to, number, report);
    if (takes && status == FSIM_OK) status = insert_funnel(log, from, to, number, report);
    free(f.n);
    free(f.when);
    if (status != FSIM_OK) return status;
  }
  return status;
}
