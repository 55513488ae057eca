#include "analysis/fit/week_wins.h"

#include <stdlib.h>

#include "sim/base/array.h"

void fsim_week_wins_free(fsim_week_wins *wins) {
  free(wins->seen);
  free(wins->expected);
  *wins = (fsim_week_wins){0};
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

typedef struct counting {
  fsim_week_wins *all;
  const fsim_hazard *hazard;
  const fsim_week_pace *pace;
  const bool *wins; /* [n_exits] of the stage under way */
} counting;

/* Time at risk is that of the stage's pace; the calendar's is expected at. */
static void add_time(void *context, size_t piece, int64_t at, double seconds) {
  const counting *c = context;
  const fsim_hazard *h = c->hazard;
  const size_t week = fsim_log_week(&c->all->weeks, at);
  const size_t month = (size_t)fsim_month_of_quarter(at);
  double *to = week == SIZE_MAX ? &c->all->expected_before : &c->all->expected[week];
  const double runs = week == SIZE_MAX || c->pace == NULL ? 1 : c->pace->factor[week];
  for (size_t x = 0; x < h->n_exits; x++) {
    if (c->wins[x])
      *to += seconds / runs * h->rate[piece * h->n_exits + x] * h->factor[month * h->n_exits + x];
  }
}

static int add_stage(const fsim_log *log, const fsim_fitted_funnel *f, size_t s,
                     fsim_report *report, fsim_week_wins *all) {
  const fsim_stage_stays *stays = &f->stays.stage[s];
  const fsim_hazard *hazard = &f->stage[s].hazard;
  bool *wins = fsim_zeroed(stays->n_exits, sizeof *wins);
  if (wins == NULL) return fsim_no_memory(report);
  for (size_t x = 0; x < stays->n_exits; x++) wins[x] = is_win(log, f, s, x);
  counting c = {all, hazard, stays->pace, wins};
  for (size_t i = 0; i < stays->n; i++) {
    const fsim_dated_stay *stay = &stays->stay[i];
    fsim_hazard_walk(stays, stay, f->stays.by_day, hazard->from, hazard->n_pieces, fsim_next_day,
                     add_time, &c);
    if (stay->exit == FSIM_NONE || !wins[stay->exit]) continue;
    const size_t week = fsim_log_week(&all->weeks, stay->to);
    *(week == SIZE_MAX ? &all->seen_before : &all->seen[week]) += 1;
  }
  free(wins);
  return FSIM_OK;
}

int fsim_week_wins_of(const fsim_log *log, const fsim_fitted_funnel *funnel, size_t n,
                      fsim_report *report, fsim_week_wins *wins) {
  *wins = (fsim_week_wins){.weeks = fsim_log_weeks_of(log->begin, log->end)};
  wins->seen = fsim_zeroed(wins->weeks.n, sizeof *wins->seen);
  wins->expected = fsim_zeroed(wins->weeks.n, sizeof *wins->expected);
  int status = wins->seen && wins->expected ? FSIM_OK : fsim_no_memory(report);
  for (size_t f = 0; f < n; f++) {
    for (size_t s = 0; s < funnel[f].n_stages && status == FSIM_OK; s++) {
      if (fsim_stage_swings(log, &funnel[f], s))
        status = add_stage(log, &funnel[f], s, report, wins);
    }
  }
  return status;
}
