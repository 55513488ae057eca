#include "analysis/fit/fitted_set.h"

#include <stdlib.h>

#include "sim/base/array.h"

void fsim_fitted_set_free(fsim_fitted_set *set) {
  for (size_t f = 0; f < set->n; f++) fsim_fitted_free(&set->funnel[f]);
  for (size_t f = 0; f < set->n && set->teams != NULL; f++) fsim_fitted_teams_free(&set->teams[f]);
  free(set->teams);
  free(set->funnel);
  free(set->link);
  *set = (fsim_fitted_set){0};
}

static bool has_cases(const fsim_log *log, size_t funnel) {
  for (size_t c = 0; c < log->n_cases; c++) {
    if ((size_t)log->cases[c].funnel == funnel) return true;
  }
  return false;
}

/* Which stages are work, and whose. */
static void assign_work(const fsim_fitted_teams *teams, fsim_fitted_funnel *f) {
  for (size_t s = 0; s < teams->n_stages; s++) {
    if (!teams->has_work[s]) continue;
    fsim_fitted_stage *stage = &f->stage[teams->work_stage[s]];
    stage->work = &teams->work[s];
    stage->team = teams->team[teams->work[s].team].name;
  }
}

static int estimate_one(const fsim_log *log, size_t funnel, const fsim_fit_options *options,
                        fsim_report *report, fsim_fitted_teams *teams, fsim_fitted_funnel *f) {
  int status = options->teams ? fsim_teams_of(log, funnel, report, teams) : FSIM_OK;
  fsim_fit_options own = *options;
  if (status != FSIM_OK || teams->log == NULL)
    return status == FSIM_OK ? fsim_estimate(log, funnel, options, report, f) : status;
  own.n_plain_stages = log->funnels[funnel].stages.n;
  status = fsim_estimate(teams->log, funnel, &own, report, f);
  if (status == FSIM_OK) assign_work(teams, f);
  return status;
}

/* All orders of a week swing together, in whichever funnel they are. */
static int swing_of_orders(const fsim_log *log, fsim_report *report, fsim_fitted_set *set) {
  fsim_week_wins wins;
  int status = fsim_week_wins_of(log, set->funnel, set->n, report, &wins);
  for (size_t f = 0; f < set->n && status == FSIM_OK; f++) {
    const size_t n_weeks = set->funnel[f].swing.n_weeks;
    set->funnel[f].swing = fsim_week_swing_of(&wins, &set->funnel[f].quiet);
    set->funnel[f].swing.n_weeks = n_weeks;
  }
  fsim_week_wins_free(&wins);
  return status;
}

int fsim_estimate_set(const fsim_log *log, size_t funnels, const fsim_fit_options *options,
                      fsim_report *report, fsim_fitted_set *set) {
  *set = (fsim_fitted_set){.funnels = funnels};
  set->funnel = fsim_zeroed(log->n_funnels, sizeof *set->funnel);
  set->teams = fsim_zeroed(log->n_funnels, sizeof *set->teams);
  if (set->funnel == NULL || set->teams == NULL) return fsim_no_memory(report);
  int status = FSIM_OK;
  for (size_t f = 0; f < log->n_funnels && status == FSIM_OK; f++) {
    if (funnels == FSIM_ALL_FUNNELS ? !has_cases(log, f) : f != funnels) continue;
    set->n++;
    status =
        estimate_one(log, f, options, report, &set->teams[set->n - 1], &set->funnel[set->n - 1]);
  }
  if (status == FSIM_OK && log->orders) status = swing_of_orders(log, report, set);
  return status == FSIM_OK ? fsim_estimate_links(log, report, set) : status;
}

/* ---- the order of stages ---- */

static bool is_later_part(const fsim_funnel_stays *stays, size_t stage) {
  for (size_t s = 0; s < stays->n_stages; s++) {
    if (stays->stage[s].later_age > 0 && stays->stage[s].later == stage) return true;
  }
  return false;
}

/* The stage or the part of it that stands `*place` behind it; SIZE_MAX, and *place is less by their
 * number, when there are not so many. */
static size_t part_at(const fsim_funnel_stays *stays, size_t stage, size_t *place) {
  for (;; (*place)--) {
    if (*place == 0) return stage;
    if (stays->stage[stage].later_age == 0) break;
    stage = stays->stage[stage].later;
  }
  (*place)--;
  return SIZE_MAX;
}

size_t fsim_fitted_stage_at(const fsim_fitted_funnel *f, size_t place) {
  size_t found = part_at(&f->stays, f->entry, &place);
  for (size_t s = 0; s < f->n_stages && found == SIZE_MAX; s++) {
    if (s != f->entry && !is_later_part(&f->stays, s)) found = part_at(&f->stays, s, &place);
  }
  return found;
}
