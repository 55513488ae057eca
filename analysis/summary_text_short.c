/* A screenful: what a planner asks first. */
#include <math.h>

#include "analysis/duration.h"
#include "analysis/summary_page.h"

static void funnels(fsim_page *p) {
  enum { N = 6 };
  const fsim_summary *s = p->summary;
  fsim_grid grid = {.columns = N};
  const fsim_cell_text header[N] = {fsim_cell_of("won / w"),       fsim_cell_of("error of mean"),
                                    fsim_cell_of("range p10-p90"), fsim_cell_of("conv. %"),
                                    fsim_cell_of("days to win"),   fsim_cell_of("open")};
  fsim_page_title(p, "Funnels");
  fsim_grid_add(&grid, "funnel", header);
  for (size_t f = 0; f < s->n_funnels; f++) {
    const fsim_funnel_record *r = &s->funnels[f];
    const fsim_cell_text cells[N] = {
        fsim_say_mean(&r->won_per_week.mean, 1), fsim_say_error(&r->won_per_week.mean, 1),
        fsim_say_range(&r->won_per_week, 1),     fsim_page_mean(&r->conversion.corrected, 100),
        fsim_page_mean(&r->win_days.mean, 1),    fsim_page_mean(&r->wip.mean, 1)};
    fsim_page_row(p, &grid, p->scenario->funnels[r->funnel].name, r->group, cells);
  }
  fsim_page_grid(p, &grid);
  fsim_page_say(
      p,
      "conv., days to win: wins of all that entered and their mean time, corrected for those "
      "still open (of wins within %.0f days). open: journeys in progress, on average.",
      floor(fsim_most_days(p->summary->source->shape)));
}

static void money(fsim_page *p) {
  enum { N = 5 };
  const fsim_summary *s = p->summary;
  bool spent = fsim_page_has_cost(s), people = s->funnels[0].all_cost_per_win.n > 0;
  if (!fsim_page_has_value(s) && !spent) return;
  fsim_grid grid = {.columns = N};
  const fsim_cell_text header[N] = {
      fsim_cell_of("value / w"), fsim_cell_of("error of mean"), fsim_cell_of("value / win"),
      fsim_cell_of(spent ? "leads / win" : ""), fsim_cell_of(people ? "all cost / win" : "")};
  char currency[80];
  fsim_page_title(p, "Money%s", fsim_page_currency(p, currency, sizeof currency));
  fsim_grid_add(&grid, "funnel", header);
  for (size_t f = 0; f < s->n_funnels; f += s->n_groups) {
    const fsim_funnel_record *r = &s->funnels[f];
    bool valued = r->value_per_week.mean.estimate > 0;
    const fsim_cell_text cells[N] = {
        valued ? fsim_say_mean(&r->value_per_week.mean, 1) : fsim_page_blank(),
        valued ? fsim_say_error(&r->value_per_week.mean, 1) : fsim_page_blank(),
        valued ? fsim_page_mean(&r->value_per_win.mean, 1) : fsim_page_blank(),
        spent ? fsim_page_mean(&r->cost_per_win.mean, 1) : fsim_page_blank(),
        people ? fsim_page_mean(&r->all_cost_per_win, 1) : fsim_page_blank()};
    fsim_grid_add(&grid, p->scenario->funnels[r->funnel].name, cells);
  }
  fsim_page_grid(p, &grid);
  if (!spent) return;
  fsim_cell_text mean = fsim_say_mean(&s->spent_per_week[0].mean, 1);
  fsim_page_say(p,
                "leads / win: all leads together (%s %s a week), set against each funnel's wins%s.",
                mean.text, p->scenario->currency, people ? "; all cost: with the people" : "");
}

static void teams(fsim_page *p) {
  enum { N = 7 };
  const fsim_summary *s = p->summary;
  if (s->n_teams == 0) return;
  fsim_grid grid = {.columns = N};
  const fsim_cell_text header[N] = {fsim_cell_of("busy %"),    fsim_cell_of("in queue"),
                                    fsim_cell_of("wait, d"),   fsim_cell_of("p90, d"),
                                    fsim_cell_of("gave up %"), fsim_cell_of("cost / w"),
                                    fsim_cell_of("held up by")};
  fsim_page_title(p, "Teams: busy of open hours, visits in the queue, wait of those served");
  fsim_grid_add(&grid, "team", header);
  for (size_t i = 0; i < s->n_teams; i++) {
    const fsim_team_record *t = &s->teams[i];
    const fsim_cell_text cells[N] = {
        fsim_page_mean(&t->utilisation.mean, 100),
        fsim_page_mean(&t->queue_length.mean, 1),
        fsim_page_mean(&t->queue_days.mean, 1),
        fsim_page_quantile(&t->queue_days.p90, 1),
        fsim_page_mean(&t->abandoned_share.mean, 100),
        t->cost_per_week > 0 ? fsim_say_number(t->cost_per_week, 1) : fsim_page_blank(),
        fsim_cell_of(t->limit)};
    fsim_grid_add(&grid, p->scenario->teams[t->team].name, cells);
  }
  fsim_page_grid(p, &grid);
}

/* Share of the visits of a stage that end the journey without a win. */
static double lost_here(const fsim_page *p, const fsim_stage_record *stage) {
  double lost = 0;
  for (size_t e = 0; e < stage->n_exits; e++) {
    const fsim_exit_record *exit = &p->summary->exits[stage->first_exit + e];
    if (exit->loses && isfinite(exit->share.mean.estimate)) lost += exit->share.mean.estimate;
  }
  return lost;
}

static void stages(fsim_page *p) {
  enum { N = 6 };
  const fsim_summary *s = p->summary;
  bool worked = s->n_teams > 0;
  fsim_grid grid = {.columns = N};
  const fsim_cell_text header[N] = {
      fsim_cell_of("in / w"), fsim_cell_of("days"),
      fsim_cell_of("p90"),    fsim_cell_of(worked ? "of it queue" : ""),
      fsim_cell_of("inside"), fsim_cell_of("lost here %")};
  fsim_page_title(p, "Stages: visits a week, days in it, visits inside on average");
  fsim_grid_add(&grid, "stage", header);
  for (size_t i = 0; i < s->n_stages; i++) {
    const fsim_stage_record *r = &s->stages[i];
    if (r->group != 0) continue;
    char name[256];
    fsim_page_stage(p, r->stage, name, sizeof name);
    bool queues = worked && r->queue_days.mean.estimate > 0;
    const fsim_cell_text cells[N] = {
        fsim_page_mean(&r->entered_per_week.mean, 1),
        fsim_page_mean(&r->time_days.mean, 1),
        fsim_page_quantile(&r->time_days.p90, 1),
        queues ? fsim_page_mean(&r->queue_days.mean, 1) : fsim_page_blank(),
        fsim_page_mean(&r->wip.mean, 1),
        r->time_days.mean.n > 0 ? fsim_say_number(lost_here(p, r), 100) : fsim_page_blank()};
    fsim_grid_add(&grid, name, cells);
  }
  fsim_page_grid(p, &grid);
}

void fsim_page_short(fsim_page *p) {
  funnels(p);
  money(p);
  fsim_page_narrowed(p);
  teams(p);
  stages(p);
  fsim_page_title(p,
                  "Error of the mean: %.4g %% sure, narrower with more replications. Range: p10 to "
                  "p90 of single replications, as wide however many are run. --full shows all "
                  "tables, --by ATTRIBUTE other groups, --json and --csv every number.",
                  100 * p->summary->confidence);
}
