#include "analysis/fit/leak_values.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

#include "sim/base/array.h"

/* How many times as often one state must have the value, and how many cases of the other state
 * would then have it. */
#define TIMES_AS_OFTEN 10
#define FEWEST_EXPECTED 20
/* One in a hundred, one-sided. */
#define BEYOND_CHANCE 2.33

/* Cases of one funnel by creation. */
typedef struct dated {
  int64_t created;
  double took; /* until it ended */
  int32_t level;
  bool open;
} dated;

typedef struct level_use {
  size_t first, last; /* places among the cases, of the first and the last one with the level */
  size_t n;
} level_use;

/* They stand by creation in the log. */
static size_t take_cases(const fsim_log *log, int32_t funnel, size_t attribute, dated *to) {
  size_t n = 0;
  for (size_t c = 0; c < log->n_cases; c++) {
    const fsim_case *which = &log->cases[c];
    if (which->funnel != funnel || which->seen_from > which->created) continue;
    const bool open = which->outcome == FSIM_NONE;
    to[n++] = (dated){which->created, open ? 0 : (double)(which->closed - which->created),
                      log->level[c * log->n_attributes + attribute], open};
  }
  return n;
}

/* Median time that ended cases took; `took` has room for all. At least a second. */
static double usual_time(const dated *cases, size_t n, double *took) {
  size_t ended = 0;
  for (size_t i = 0; i < n; i++) {
    if (!cases[i].open) took[ended++] = cases[i].took;
  }
  gsl_sort(took, 1, ended);
  return ended > 0 ? fmax(took[ended / 2], 1) : 1;
}

/* Whether young cases have the level more often, in standard errors: trend of its share along
 * 2^(-age / usual time), about the share of cases of that age that are open (Cochran, Biometrics
 * 10, 1954; Armitage, Biometrics 11, 1955). The first and the last case have the level, since the
 * window is its own, and are left out. */
static double young_excess(const dated *of, size_t n, int32_t level, double usual) {
  double x1 = 0, x2 = 0, y1 = 0, xy = 0;
  for (size_t i = 1; i + 1 < n; i++) {
    const double x = exp2(-(double)(of[n - 1].created - of[i].created) / usual);
    const double y = of[i].level == level;
    x1 += x;
    x2 += x * x;
    y1 += y;
    xy += x * y;
  }
  const double inside = n > 2 ? (double)(n - 2) : 1, share = y1 / inside;
  const double variance = share * (1 - share) * (x2 - x1 * x1 / inside);
  return variance > 0 ? (xy - x1 * share) / sqrt(variance) : 0;
}

static bool is_state(const dated *of, size_t n, int32_t level, double usual,
                     fsim_state_value *found) {
  *found = (fsim_state_value){.level = (size_t)level};
  for (size_t i = 0; i < n; i++) {
    const bool with_it = of[i].level == level;
    *(of[i].open ? &found->open : &found->ended) += 1;
    *(of[i].open ? &found->open_with_it : &found->ended_with_it) += with_it;
  }
  if (found->open == 0 || found->ended == 0) return false;
  const double open = (double)found->open, ended = (double)found->ended;
  const double of_open = (double)found->open_with_it / open;
  const double of_ended = (double)found->ended_with_it / ended;
  found->only_open = of_open > of_ended;
  const double most = fmax(of_open, of_ended), least = fmin(of_open, of_ended);
  if (most < TIMES_AS_OFTEN * least) return false;
  if (most * (found->only_open ? ended : open) < FEWEST_EXPECTED) return false;
  const double excess = young_excess(of, n, level, usual);
  return found->only_open ? excess > BEYOND_CHANCE : excess < -BEYOND_CHANCE;
}

static int find_in_funnel(const dated *cases, size_t n, size_t n_levels, fsim_report *report,
                          fsim_state_value *found) {
  level_use *use = fsim_zeroed(n_levels, sizeof *use);
  double *took = fsim_zeroed(n, sizeof *took);
  if (use == NULL || took == NULL) {
    free(use);
    free(took);
    return fsim_no_memory(report);
  }
  const double usual = usual_time(cases, n, took);
  free(took);
  for (size_t i = 0; i < n; i++) {
    level_use *of = &use[cases[i].level];
    if (of->n++ == 0) of->first = i;
    of->last = i;
  }
  found->level = SIZE_MAX;
  for (size_t l = 0; l < n_levels; l++) {
    fsim_state_value value;
    /* Fewer cannot be ten times as often in one state as in the other with twenty expected. */
    if (use[l].n < FEWEST_EXPECTED) continue;
    if (!is_state(cases + use[l].first, use[l].last - use[l].first + 1, (int32_t)l, usual, &value))
      continue;
    *found = value;
    break;
  }
  free(use);
  return FSIM_OK;
}

int fsim_find_state_value(const fsim_log *log, size_t attribute, fsim_report *report,
                          fsim_state_value *found) {
  *found = (fsim_state_value){.level = SIZE_MAX};
  dated *cases = fsim_zeroed(log->n_cases, sizeof *cases);
  int status = cases != NULL ? FSIM_OK : fsim_no_memory(report);
  for (size_t f = 0; f < log->n_funnels && status == FSIM_OK && found->level == SIZE_MAX; f++) {
    const size_t n = take_cases(log, (int32_t)f, attribute, cases);
    status = find_in_funnel(cases, n, log->attributes[attribute].levels.n, report, found);
  }
  free(cases);
  return status;
}
