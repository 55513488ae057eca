#include "analysis/fit/week_swing.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/fit/log_weeks.h"
#include "sim/base/array.h"

/* What is believed of an export that says nothing, and how many weeks without chance it counts as.
 */
#define PRIOR_CV 0.15
#define PRIOR_WEEKS 3.0
/* Successive differences are worth two thirds of as many independent values (von Neumann, Kent,
 * Bellinson & Hart 1941). */
#define EFFICIENCY (2.0 / 3)
#define MOST_CV 0.6

typedef struct weeks {
  fsim_log_weeks all;
  double *seen, *expected; /* [all.n] wins */
  const fsim_hazard *hazard;
  const bool *wins; /* [n_exits] of the stage under way */
} weeks;

static void add_time(void *context, size_t piece, int64_t at, double seconds) {
  weeks *w = context;
  const fsim_hazard *h = w->hazard;
  const size_t week = fsim_log_week(&w->all, at), month = (size_t)fsim_month_of_quarter(at);
  if (week == SIZE_MAX) return;
  for (size_t x = 0; x < h->n_exits; x++) {
    if (w->wins[x])
      w->expected[week] +=
          seconds * h->rate[piece * h->n_exits + x] * h->factor[month * h->n_exits + x];
  }
}

static bool is_win(const fsim_log *log, const fsim_fitted_funnel *f, size_t stage, size_t exit) {
  const fsim_stay_exit *e = &f->stays.stage[stage].exit[exit];
  return e->outcome && log->funnels[f->stays.funnel].wins[e->index] &&
         fsim_fitted_leads_to(f, stage, exit);
}

bool fsim_stage_swings(const fsim_log *log, const fsim_fitted_funnel *f, size_t stage) {
  const fsim_fitted_stage *of = &f->stage[stage];
  if (of->instant || of->is_work || f->stays.stage[stage].n == 0) return false;
  for (size_t x = 0; x < f->stays.stage[stage].n_exits; x++) {
    if (is_win(log, f, stage, x)) return true;
  }
  return false;
}

static int add_stage(const fsim_log *log, const fsim_fitted_funnel *f, size_t s, weeks *w,
                     fsim_report *report) {
  const fsim_stage_stays *stays = &f->stays.stage[s];
  bool *wins = fsim_zeroed(stays->n_exits, sizeof *wins);
  if (wins == NULL) return fsim_no_memory(report);
  for (size_t x = 0; x < stays->n_exits; x++) wins[x] = is_win(log, f, s, x);
  w->wins = wins;
  w->hazard = &f->stage[s].hazard;
  for (size_t i = 0; i < stays->n; i++) {
    const fsim_dated_stay *stay = &stays->stay[i];
    fsim_hazard_walk(stay, f->stays.by_day, w->hazard->from, w->hazard->n_pieces, fsim_next_day,
                     add_time, w);
    const size_t week = fsim_log_week(&w->all, stay->to);
    if (stay->exit != FSIM_NONE && wins[stay->exit] && week != SIZE_MAX) w->seen[week] += 1;
  }
  free(wins);
  return FSIM_OK;
}

static void judge(const weeks *w, fsim_week_swing *swing) {
  const double prior = PRIOR_CV * PRIOR_CV;
  double sum = 0, weight = 0;
  for (size_t k = 1; k < w->all.n; k++) {
    const double before = w->expected[k - 1], now = w->expected[k];
    if (before < 1 || now < 1) continue;
    const double change = w->seen[k] / now - w->seen[k - 1] / before;
    const double chance = (1 / before + 1 / now) / 2;
    /* The square of a difference is known as well as its own variance is small. */
    const double own = EFFICIENCY * pow(prior / (prior + chance), 2);
    sum += own * (change * change / 2 - chance);
    weight += own;
  }
  swing->seen = weight > 0 ? sqrt(fmax(sum / weight, 0)) : NAN;
  swing->cv = sqrt(fmax(PRIOR_WEEKS * prior + sum, 0) / (PRIOR_WEEKS + weight));
  if (swing->cv > MOST_CV) swing->cv = MOST_CV;
}

int fsim_week_swing_of(const fsim_log *log, const fsim_fitted_funnel *funnel, size_t n,
                       fsim_report *report, fsim_week_swing *swing) {
  int64_t begin = log->end;
  for (size_t f = 0; f < n; f++) {
    if (funnel[f].stays.begin < begin) begin = funnel[f].stays.begin;
  }
  weeks w = {.all = fsim_log_weeks_of(begin, log->end)};
  w.seen = fsim_zeroed(w.all.n, sizeof *w.seen);
  w.expected = fsim_zeroed(w.all.n, sizeof *w.expected);
  *swing = (fsim_week_swing){.n_weeks = w.all.n};
  int status = w.seen && w.expected ? FSIM_OK : fsim_no_memory(report);
  for (size_t f = 0; f < n && status == FSIM_OK; f++) {
    for (size_t s = 0; s < funnel[f].n_stages && status == FSIM_OK; s++) {
      if (fsim_stage_swings(log, &funnel[f], s)) status = add_stage(log, &funnel[f], s, &w, report);
    }
  }
  if (status == FSIM_OK) judge(&w, swing);
  free(w.seen);
  free(w.expected);
  return status;
}
