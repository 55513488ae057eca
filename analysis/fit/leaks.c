#include "analysis/fit/leaks.h"

#include <stdlib.h>

#include "analysis/fit/leak_values.h"
#include "sim/base/array.h"

#define FEWEST 20 /* cases on each side; fewer prove nothing */

typedef struct sides {
  double n[2], filled[2]; /* others, those in question */
} sides;

static double share(const sides *s, int side) {
  return s->filled[side] / s->n[side];
}

bool fsim_filled_much_more(double filled, double n, double other_filled, double other_n) {
  return n >= FEWEST && other_n >= FEWEST && 2 * filled >= n &&
         10 * other_filled * n < filled * other_n;
}

static bool tells(const sides *s) {
  return fsim_filled_much_more(s->filled[1], s->n[1], s->filled[0], s->n[0]);
}

/* Of one funnel: leads have no attributes of deals, whatever becomes of them. */
static void count(const fsim_log *log, size_t funnel, size_t attribute, sides *won, sides *ended) {
  *won = *ended = (sides){0};
  for (size_t c = 0; c < log->n_cases; c++) {
    const fsim_case *which = &log->cases[c];
    if (which->funnel != (int32_t)funnel) continue;
    bool is_ended = which->outcome != FSIM_NONE;
    bool is_won = is_ended && log->funnels[which->funnel].wins[which->outcome];
    double filled = log->level[c * log->n_attributes + attribute] != 0;
    won->n[is_won] += 1;
    won->filled[is_won] += filled;
    ended->n[is_ended] += 1;
    ended->filled[is_ended] += filled;
  }
}

/* Whether nearly every value of it goes with wins only, or with other ends only. */
static int parts_wins(const fsim_log *log, size_t attribute, fsim_report *report, bool *parts) {
  const size_t n = log->attributes[attribute].levels.n;
  size_t *ended = fsim_zeroed(n, sizeof *ended), *won = fsim_zeroed(n, sizeof *won);
  size_t wins_only = 0, others_only = 0, mixed = 0;
  int status = ended != NULL && won != NULL ? FSIM_OK : fsim_no_memory(report);
  for (size_t c = 0; c < log->n_cases && status == FSIM_OK; c++) {
    const fsim_case *which = &log->cases[c];
    const size_t level = (size_t)log->level[c * log->n_attributes + attribute];
    if (which->outcome == FSIM_NONE) continue;
    ended[level]++;
    won[level] += log->funnels[which->funnel].wins[which->outcome];
  }
  for (size_t l = 0; l < n && status == FSIM_OK; l++) {
    if (ended[l] == 0) continue;
    const double rate = (double)won[l] / (double)ended[l];
    size_t *side = rate >= 0.99 ? &wins_only : rate <= 0.01 ? &others_only : &mixed;
    *side += ended[l];
  }
  *parts = wins_only >= FEWEST && others_only >= FEWEST && mixed * 100 <= wins_only + others_only;
  free(ended);
  free(won);
  return status;
}

/* A value that comes or goes with the end. */
static int refuse_state_value(const fsim_log *log, size_t a, const fsim_mapping *mapping,
                              fsim_report *report) {
  fsim_state_value v;
  int status = fsim_find_state_value(log, a, report, &v);
  if (status != FSIM_OK || v.level == SIZE_MAX) return status;
  const char *name = mapping->attributes[a].name;
  return fsim_bad_input(
      report, mapping->attributes[a].place,
      "%s is %s for %zu of %zu open cases and %zu of %zu ended ones, and %s often for young "
      "cases: it changes while they are open or with their end, so it was not known at the start; "
      "leave it out (or write {column: %s, leak: allow})",
      name, log->attributes[a].levels.name[v.level], v.open_with_it, v.open, v.ended_with_it,
      v.ended, v.only_open ? "more" : "less", mapping->attributes[a].column);
}

int fsim_refuse_leaks(const fsim_log *log, const fsim_mapping *mapping, fsim_report *report) {
  int status = FSIM_OK;
  for (size_t a = 0; a < log->n_attributes; a++) {
    sides won, ended;
    if (mapping->attributes[a].leak_allowed) continue;
    const sides *s = NULL;
    for (size_t f = 0; f < log->n_funnels && s == NULL; f++) {
      count(log, f, a, &won, &ended);
      s = tells(&won) ? &won : tells(&ended) ? &ended : NULL;
    }
    bool parts = false;
    if (s == NULL && parts_wins(log, a, report, &parts)) return FSIM_FAILED;
    if (parts)
      status = fsim_bad_input(
          report, mapping->attributes[a].place,
          "the values of %s go with wins only or with other ends only: it is written down when "
          "deals "
          "end, so open ones cannot have it; leave it out (or write {column: %s, leak: allow})",
          mapping->attributes[a].name, mapping->attributes[a].column);
    if (s == NULL && !parts && status == FSIM_OK)
      status = refuse_state_value(log, a, mapping, report);
    if (s == NULL) continue;
    status = fsim_bad_input(
        report, mapping->attributes[a].place,
        "%s is filled in for %.0f %% of the cases that %s and %.0f %% of the others: it tells the "
        "outcome, so open cases cannot have it; leave it out (or write {column: %s, leak: allow})",
        mapping->attributes[a].name, 100 * share(s, 1), s == &won ? "were won" : "ended",
        100 * share(s, 0), mapping->attributes[a].column);
  }
  return status;
}
