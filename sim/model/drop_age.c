/* The age at which a deal's probability of winning has fallen too low. */
#include "sim/model/drop_age.h"

#include <math.h>
#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/model/chain.h"
#include "sim/model/stage_numbers.h"

#define STEPS 24       /* between two times at which a law bends */
#define NOBODY 1e-9    /* share still open below which no rule is sought */
#define PRECISION 0.01 /* seconds */

static double win_at(const fsim_stage_view *v, fsim_target target) {
  if (!target.is_outcome) return v->win_from[target.index - v->first_stage];
  return v->scenario->outcomes[target.index].win ? 1 : 0;
}

/* P(win, and still open at this age); the stage's own drop rule is left out. */
static int win_and_open(const fsim_stage_view *v, double age_s, fsim_report *report, double *win) {
  const fsim_stage_law *law = v->law;
  double end = law->expire.set ? law->expire.after_s : INFINITY;
  *win = 0;
  if (!(age_s < end)) return FSIM_OK;
  for (size_t k = 0; k < v->stage->n_exits; k++) {
    double p, worth = win_at(v, v->stage->exits[k].target);
    if (!(worth > 0)) continue;
    int status = fsim_stage_exit_between(v->stage, law, k, age_s, end, report, &p);
    if (status != FSIM_OK) return status;
    *win += p * worth;
  }
  if (law->expire.set) *win += fsim_stage_open(v->stage, law, end) * win_at(v, law->expire.to);
  return FSIM_OK;
}

int fsim_win_by_age(const fsim_stage_view *v, double age_s, fsim_report *report, double *p) {
  double at =
      age_s > 0 ? age_s : -1; /* at age 0 all are open, also where waits of 0 s end at once */
  double open = fsim_stage_open(v->stage, v->law, at);
  int status = win_and_open(v, at, report, p);
  *p = open > 0 ? *p / open : 0;
  if (*p > 1) *p = 1;
  return status;
}

/* Ages at which the probability is looked at, and what is won after each of them. */
typedef struct grid {
  double *age, *won; /* [n]; won: P(win, after age[i] and before the end), of all visits */
  size_t n;
} grid;

/* Between two times at which a law bends; fewer where there are many of them. */
static size_t steps_of(const fsim_times *times) {
  return times->n <= 50 ? STEPS : 50 * STEPS / times->n + 1;
}

static int make_grid(const fsim_times *times, double last, fsim_report *report, grid *g) {
  size_t steps = steps_of(times);
  g->age = fsim_zeroed(2 * ((times->n + 1) * steps + 1), sizeof *g->age);
  if (g->age == NULL) return fsim_no_memory(report);
  g->won = g->age + (times->n + 1) * steps + 1;
  g->age[g->n++] = -1; /* at age 0 all are open, also where waits of 0 s end at once */
  double before = 0;
  for (size_t i = 0; i <= times->n; i++) {
    double to = i < times->n && times->time[i] < last ? times->time[i] : last;
    for (size_t k = 1; k <= steps && before < to; k++)
      g->age[g->n++] = before + (to - before) * (double)k / (double)steps;
    if (before < to) before = to;
  }
  return FSIM_OK;
}

/* One pass from the last age back: races have no closed form, and every piece is integrated once.
 */
static int fill_grid(const fsim_stage_view *v, fsim_report *report, grid *g) {
  double *piece = fsim_zeroed(g->n, sizeof *piece);
  if (piece == NULL) return fsim_no_memory(report);
  int status = win_and_open(v, g->age[g->n - 1], report, &g->won[g->n - 1]);
  for (size_t k = 0; k < v->stage->n_exits && status == FSIM_OK; k++) {
    double worth = win_at(v, v->stage->exits[k].target);
    if (!(worth > 0)) continue;
    status = fsim_stage_exit_pieces(v->stage, v->law, k, g->age, g->n, report, piece);
    for (size_t i = 0; i + 1 < g->n; i++) g->won[i] += worth * piece[i];
  }
  for (size_t i = g->n - 1; i-- > 0;) g->won[i] += g->won[i + 1];
  free(piece);
  return status;
}

static double share_won(const fsim_stage_view *v, double won, double age_s) {
  double open = fsim_stage_open(v->stage, v->law, age_s);
  double p = open > 0 ? won / open : 0;
  return p > 1 ? 1 : p;
}

/* Narrows down from where in the piece before age[i] the probability is below. */
static int narrow(const fsim_stage_view *v, const grid *g, size_t i, double below,
                  fsim_report *report, double *age_s) {
  double low = i > 1 ? g->age[i - 1] : 0, high = g->age[i];
  while (high - low > PRECISION) {
    double middle = 0.5 * (low + high), won = g->won[i];
    for (size_t k = 0; k < v->stage->n_exits; k++) {
      double p, worth = win_at(v, v->stage->exits[k].target);
      if (!(worth > 0)) continue;
      int status = fsim_stage_exit_between(v->stage, v->law, k, middle, g->age[i], report, &p);
      if (status != FSIM_OK) return status;
      won += p * worth;
    }
    if (share_won(v, won, middle) < below)
      high = middle;
    else
      low = middle;
  }
  *age_s = high;
  return FSIM_OK;
}

/* The first age at which the probability is below; INFINITY: none. */
static int search(const fsim_stage_view *v, const fsim_times *times, double last, double below,
                  fsim_report *report, double *age_s) {
  grid g = {0};
  *age_s = INFINITY;
  int status = make_grid(times, last, report, &g);
  if (status == FSIM_OK) status = fill_grid(v, report, &g);
  for (size_t i = 0; i < g.n && status == FSIM_OK; i++) {
    if (i > 0 && !(fsim_stage_open(v->stage, v->law, g.age[i]) > NOBODY)) break;
    if (!(share_won(v, g.won[i], g.age[i]) < below)) continue;
    if (i == 0)
      *age_s = 0;
    else
      status = narrow(v, &g, i, below, report, age_s);
    break;
  }
  free(g.age);
  return status;
}

int fsim_drop_age(const fsim_stage_view *v, double below, fsim_report *report, double *age_s) {
  fsim_times times;
  fsim_times_of(v->stage, v->law, &times);
  double end = v->law->expire.set ? nextafter(v->law->expire.after_s, 0) : INFINITY;
  double last = fsim_stage_open_until(v->stage, v->law, end, NOBODY);
  int status =
      times.failed ? fsim_no_memory(report) : search(v, &times, last, below, report, age_s);
  free(times.time);
  return status;
}

static fsim_stage_view view_of(const fsim_scenario *s, const fsim_chain *chain, size_t stage) {
  size_t first = s->funnels[chain->funnel].first_stage;
  return (fsim_stage_view){s, &s->stages[first + stage],
                           fsim_stage_law_of(s, chain->version, chain->profile, first + stage),
                           chain->win_from, first};
}

int fsim_chain_win_by_age(const fsim_scenario *scenario, const fsim_chain *chain, size_t stage,
                          double age_s, double *probability) {
  const fsim_stage_view v = view_of(scenario, chain, stage);
  return fsim_win_by_age(&v, age_s, NULL, probability);
}

int fsim_chain_drop_age(const fsim_scenario *scenario, const fsim_chain *chain, size_t stage,
                        double below, double *age_s, double *open_share, double *forgone_wins) {
  const fsim_stage_view v = view_of(scenario, chain, stage);
  double all, lost;
  *open_share = *forgone_wins = 0;
  int status = fsim_drop_age(&v, below, NULL, age_s);
  if (status != FSIM_OK || !isfinite(*age_s)) return status;
  double at = *age_s > 0 ? *age_s : -1;
  *open_share = fsim_stage_open(v.stage, v.law, at);
  status = win_and_open(&v, -1, NULL, &all);
  if (status == FSIM_OK) status = win_and_open(&v, at, NULL, &lost);
  if (v.law->drop.set) lost -= *open_share * win_at(&v, v.law->drop.to);
  *forgone_wins = all > 0 ? lost / all : 0;
  return status;
}
