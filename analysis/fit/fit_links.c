/* What follows a win: at once, or by way of a funnel of waits. */
#include <math.h>
#include <stdlib.h>

#include "analysis/fit/fitted_set.h"
#include "sim/base/array.h"

#define MOST_FOLLOWERS 3
#define FEWEST 5

static int add_link(fsim_fitted_set *set, fsim_fitted_link link, fsim_report *report) {
  fsim_fitted_link *grown = realloc(set->link, (set->n_links + 1) * sizeof *grown);
  if (grown == NULL) return fsim_no_memory(report);
  set->link = grown;
  grown[set->n_links++] = link;
  return FSIM_OK;
}

static size_t first_win(const fsim_log_funnel *of) {
  size_t o = 0;
  while (o < of->outcomes.n && !of->wins[o]) o++;
  return o;
}

/* An order is followed by the wait for the next one; after the last kind of wait by another of it.
 */
static int link_orders(const fsim_log *log, fsim_fitted_set *set, fsim_report *report) {
  int status = FSIM_OK;
  for (size_t f = 0; f < set->n && status == FSIM_OK; f++) {
    const fsim_fitted_link link = {.from = f,
                                   .to = f + 1 < set->n ? f + 1 : f,
                                   .outcome = first_win(&log->funnels[set->funnel[f].stays.funnel]),
                                   .probability = 1};
    status = add_link(set, link, report);
  }
  return status;
}

/* ---- leads and their deals ---- */

/* Which of the set is that funnel of the log; SIZE_MAX: none. */
static size_t number_in(const fsim_fitted_set *set, int32_t funnel) {
  for (size_t f = 0; f < set->n; f++) {
    if (set->funnel[f].stays.funnel == (size_t)funnel) return f;
  }
  return SIZE_MAX;
}

static int link_waits(const fsim_log *log, size_t f, fsim_fitted_set *set, fsim_report *report) {
  const fsim_log_funnel *of = &log->funnels[set->funnel[f].stays.funnel];
  const size_t from = number_in(set, of->wait_from), to = number_in(set, of->wait_to);
  if (from == SIZE_MAX || to == SIZE_MAX) return FSIM_OK;
  const fsim_log_funnel *first = &log->funnels[of->wait_from];
  int status = FSIM_OK;
  for (size_t o = 0; o < first->outcomes.n && status == FSIM_OK; o++) {
    if (first->wins[o])
      status = add_link(
          set, (fsim_fitted_link){.from = from, .to = f, .outcome = o, .probability = 1}, report);
  }
  return status == FSIM_OK
             ? add_link(set,
                        (fsim_fitted_link){
                            .from = f, .to = to, .outcome = of->outcomes.n - 1, .probability = 1},
                        report)
             : status;
}

/* How many of the wins of the first funnel brought at least so many cases of the last one. */
static int count_followed(const fsim_log *log, size_t from, size_t to, size_t outcome,
                          fsim_report *report, size_t *wins, size_t followed[MOST_FOLLOWERS]) {
  size_t *n = fsim_zeroed(log->n_cases, sizeof *n);
  if (n == NULL) return fsim_no_memory(report);
  for (size_t c = 0; c < log->n_cases; c++) {
    const fsim_case *which = &log->cases[c];
    if ((size_t)which->funnel == to && which->parent != FSIM_NONE) n[which->parent]++;
  }
  for (size_t c = 0; c < log->n_cases; c++) {
    const fsim_case *which = &log->cases[c];
    if ((size_t)which->funnel != from || which->outcome != (int32_t)outcome) continue;
    ++*wins;
    for (size_t k = 0; k < MOST_FOLLOWERS; k++) followed[k] += n[c] > k;
  }
  free(n);
  return FSIM_OK;
}

/* Cases that follow at once have no funnel of waits. */
static int link_at_once(const fsim_log *log, size_t number, fsim_fitted_set *set,
                        fsim_report *report) {
  const size_t last = set->n - 1, from = set->funnel[0].stays.funnel;
  int status = FSIM_OK;
  for (size_t o = 0; o < log->funnels[from].outcomes.n && status == FSIM_OK; o++) {
    size_t wins = 0, followed[MOST_FOLLOWERS] = {0};
    if (!log->funnels[from].wins[o]) continue;
    status = count_followed(log, from, set->funnel[last].stays.funnel, o, report, &wins, followed);
    const size_t n = followed[number - 1];
    if (status != FSIM_OK || n < (number > 1 ? FEWEST : 1)) continue;
    const double p = (double)n / (double)wins;
    const fsim_fitted_link link = {.from = 0,
                                   .to = last,
                                   .outcome = o,
                                   .n = wins,
                                   .followed = n,
                                   .probability = p,
                                   .probability_error = sqrt(p * (1 - p) / (double)wins)};
    status = add_link(set, link, report);
  }
  return status;
}

int fsim_estimate_links(const fsim_log *log, fsim_report *report, fsim_fitted_set *set) {
  if (set->funnels != FSIM_ALL_FUNNELS || set->n < 2) return FSIM_OK;
  if (log->orders) return link_orders(log, set, report);
  bool waited[MOST_FOLLOWERS + 1] = {false};
  int status = FSIM_OK;
  for (size_t f = 0; f < set->n && status == FSIM_OK; f++) {
    const fsim_log_funnel *of = &log->funnels[set->funnel[f].stays.funnel];
    if (of->wait_from == FSIM_NONE) continue;
    waited[of->wait_number] = true;
    status = link_waits(log, f, set, report);
  }
  for (size_t number = 1; number <= MOST_FOLLOWERS && status == FSIM_OK; number++) {
    if (!waited[number]) status = link_at_once(log, number, set, report);
  }
  return status;
}
