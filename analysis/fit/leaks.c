#include "analysis/fit/leaks.h"

#include <stdlib.h>

#include "analysis/fit/leak_values.h"
#include "analysis/fit/log_parts.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

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
static int tell_state_value(const fsim_log *log, size_t a, fsim_report *report, fsim_text *why) {
  fsim_state_value v;
  int status = fsim_find_state_value(log, a, report, &v);
  if (status != FSIM_OK || v.level == SIZE_MAX) return status;
  fsim_text_append(
      why,
      "is %s for %zu of %zu open cases and %zu of %zu ended ones, and %s often for young cases: it "
      "changes while they are open or with their end, so it was not known at the start",
      log->attributes[a].levels.name[v.level], v.open_with_it, v.open, v.ended_with_it, v.ended,
      v.only_open ? "more" : "less");
  return FSIM_OK;
}

/* Why an attribute cannot be used, as what follows its name; empty when it can. */
static int tell(const fsim_log *log, size_t a, fsim_report *report, fsim_text *why) {
  sides won, ended;
  const sides *s = NULL;
  for (size_t f = 0; f < log->n_funnels && s == NULL; f++) {
    count(log, f, a, &won, &ended);
    s = tells(&won) ? &won : tells(&ended) ? &ended : NULL;
  }
  bool parts = false;
  int status = s == NULL ? parts_wins(log, a, report, &parts) : FSIM_OK;
  if (s != NULL)
    fsim_text_append(why,
                     "is filled in for %.0f %% of the cases that %s and %.0f %% of the others: it "
                     "tells the outcome, so open cases cannot have it",
                     100 * share(s, 1), s == &won ? "were won" : "ended", 100 * share(s, 0));
  else if (status == FSIM_OK && parts)
    fsim_text_append(why,
                     "has values that go with wins only or with other ends only: it is written "
                     "down when deals end, so open ones cannot have it");
  else if (status == FSIM_OK)
    status = tell_state_value(log, a, report, why);
  return status == FSIM_OK && why->failed ? fsim_no_memory(report) : status;
}

int fsim_refuse_leaks(const fsim_log *log, const fsim_mapping *mapping, fsim_report *report,
                      fsim_read_doubts *doubts) {
  int refused = FSIM_OK;
  for (size_t a = 0; a < log->n_attributes; a++) {
    const fsim_mapped_attribute *each = &mapping->attributes[a];
    fsim_text why = {0};
    if (each->leak_allowed) continue;
    int status = tell(log, a, report, &why);
    if (status == FSIM_OK && why.length > 0 && doubts != NULL) {
      status = fsim_name_list_add(&doubts->attributes, each->column, report);
      if (status == FSIM_OK) status = fsim_name_list_add(&doubts->why, why.text, report);
    } else if (status == FSIM_OK && why.length > 0) {
      refused = fsim_bad_input(report, each->place,
                               "%s %s; leave it out (or write {column: %s, leak: allow})",
                               each->name, why.text, each->column);
    }
    free(why.text);
    if (status != FSIM_OK) return status;
  }
  return refused;
}
