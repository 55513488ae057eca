#include "analysis/fit/leaks.h"

#include <math.h>

#define FEWEST 20 /* cases on each side; fewer prove nothing */

typedef struct sides {
  double n[2], filled[2]; /* others, those in question */
} sides;

static double share(const sides *s, int side) {
  return s->filled[side] / s->n[side];
}

/* Ten times as often filled in, and for at least half of them. */
static bool tells(const sides *s) {
  return s->n[0] >= FEWEST && s->n[1] >= FEWEST && share(s, 1) >= 0.5 &&
         share(s, 0) < share(s, 1) / 10;
}

static void count(const fsim_log *log, size_t attribute, sides *won, sides *ended) {
  for (size_t c = 0; c < log->n_cases; c++) {
    const fsim_case *which = &log->cases[c];
    bool is_ended = which->outcome != FSIM_NONE;
    bool is_won = is_ended && log->funnels[which->funnel].wins[which->outcome];
    double filled = log->level[c * log->n_attributes + attribute] != 0;
    won->n[is_won] += 1;
    won->filled[is_won] += filled;
    ended->n[is_ended] += 1;
    ended->filled[is_ended] += filled;
  }
}

int fsim_refuse_leaks(const fsim_log *log, const fsim_mapping *mapping, fsim_report *report) {
  int status = FSIM_OK;
  for (size_t a = 0; a < log->n_attributes; a++) {
    sides won = {0}, ended = {0};
    if (mapping->attributes[a].leak_allowed) continue;
    count(log, a, &won, &ended);
    const sides *s = tells(&won) ? &won : tells(&ended) ? &ended : NULL;
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
