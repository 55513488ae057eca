/* All tables about stages: times, exits, rules. */
#include <math.h>

#include "analysis/summary_page.h"

static void times(fsim_page *p) {
  enum { N = 6 };
  fsim_page_title(p,
                  "Stages: visits that began in the window, per week, days in the stage, corrected "
                  "for those still open (p50, p90 of visits), visits inside on average");
  fsim_grid grid = {.columns = N};
  const fsim_cell_text header[N] = {fsim_cell_of("in / w"),        fsim_cell_of("days"),
                                    fsim_cell_of("error of mean"), fsim_cell_of("p50"),
                                    fsim_cell_of("p90"),           fsim_cell_of("inside")};
  fsim_grid_add(&grid, "stage", header);
  for (size_t i = 0; i < p->summary->n_stages; i++) {
    const fsim_stage_record *s = &p->summary->stages[i];
    char name[256];
    fsim_page_stage(p, s->stage, name, sizeof name);
    bool nobody = s->time_days.mean.n == 0;
    const fsim_cell_text cells[N] = {
        fsim_say_mean(&s->entered_per_week.mean, 1),
        fsim_say_mean(&s->time_days.mean, 1),
        nobody ? fsim_page_blank() : fsim_say_error(&s->time_days.mean, 1),
        fsim_page_quantile(&s->time_days.p50, 1),
        fsim_page_quantile(&s->time_days.p90, 1),
        fsim_page_mean(&s->wip.mean, 1)};
    fsim_page_row(p, &grid, name, s->group, cells);
  }
  fsim_page_grid(p, &grid);
}

/* Only where teams work: where the days go. */
static void parts(fsim_page *p) {
  enum { N = 3 };
  if (p->summary->n_teams == 0) return;
  fsim_page_title(p,
                  "Where the days in a stage go: in the queue, in work, waiting for the customer");
  fsim_grid grid = {.columns = N};
  const fsim_cell_text header[N] = {fsim_cell_of("queue"), fsim_cell_of("work"),
                                    fsim_cell_of("wait")};
  fsim_grid_add(&grid, "stage", header);
  for (size_t i = 0; i < p->summary->n_stages; i++) {
    const fsim_stage_record *s = &p->summary->stages[i];
    if (!(s->work_days.mean.estimate > 0) && !(s->queue_days.mean.estimate > 0)) continue;
    char name[256];
    fsim_page_stage(p, s->stage, name, sizeof name);
    double wait = s->of_ended.estimate - s->queue_days.mean.estimate - s->work_days.mean.estimate;
    const fsim_cell_text cells[N] = {fsim_say_mean(&s->queue_days.mean, 1),
                                     fsim_say_mean(&s->work_days.mean, 1),
                                     fsim_say_number(wait, 1)};
    fsim_page_row(p, &grid, name, s->group, cells);
  }
  fsim_page_grid(p, &grid);
}

static void exits(fsim_page *p) {
  enum { N = 2 };
  fsim_page_title(p, "Exits: share of the stage's visits in %%, of those that ended");
  fsim_grid grid = {.columns = N};
  const fsim_cell_text header[N] = {fsim_cell_of("share"), fsim_cell_of("error of the mean")};
  fsim_grid_add(&grid, "stage, exit", header);
  for (size_t i = 0; i < p->summary->n_stages; i++) {
    const fsim_stage_record *s = &p->summary->stages[i];
    if (s->group != 0) continue;
    for (size_t e = 0; e < s->n_exits; e++) {
      const fsim_exit_record *exit = &p->summary->exits[s->first_exit + e];
      if (!(exit->share.mean.estimate > 0)) continue;
      char stage[256], name[512];
      fsim_page_stage(p, s->stage, stage, sizeof stage);
      snprintf(name, sizeof name, "%s to %s", stage, exit->name);
      const fsim_cell_text cells[N] = {fsim_say_mean(&exit->share.mean, 100),
                                       fsim_say_error(&exit->share.mean, 100)};
      fsim_grid_add(&grid, name, cells);
    }
  }
  fsim_page_grid(p, &grid);
}

static void rules(fsim_page *p) {
  enum { N = 4 };
  if (p->summary->n_rules == 0) return;
  char currency[80];
  fsim_page_title(p,
                  "Rules (expiry, drop, patience): visits a week that they ended, how many of "
                  "these journeys would have been "
                  "won, and the value of those wins, forgone a week%s",
                  fsim_page_currency(p, currency, sizeof currency));
  fsim_grid grid = {.columns = N};
  const fsim_cell_text header[N] = {fsim_cell_of("ended / w"), fsim_cell_of("error of mean"),
                                    fsim_cell_of("won else %"), fsim_cell_of("forgone / w")};
  fsim_grid_add(&grid, "stage, rule", header);
  const char *why_not = NULL;
  bool abandons = false;
  for (size_t i = 0; i < p->summary->n_rules; i++) {
    const fsim_rule_record *r = &p->summary->rules[i];
    char stage[256], name[512];
    fsim_page_stage(p, r->stage, stage, sizeof stage);
    snprintf(name, sizeof name, "%s%s%s%s", stage, r->expires ? ", expire" : "",
             r->drops ? ", drop" : "", r->abandons ? ", patience" : "");
    bool known = r->would_win.n > 0;
    const fsim_cell_text cells[N] = {
        fsim_say_mean(&r->ended_per_week.mean, 1), fsim_say_error(&r->ended_per_week.mean, 1),
        known ? fsim_page_mean(&r->would_win, 100) : fsim_page_blank(),
        known ? fsim_page_mean(&r->value_per_week, 1) : fsim_page_blank()};
    fsim_grid_add(&grid, name, cells);
    if (r->why_not != NULL) why_not = r->why_not;
    abandons = abandons || r->abandons;
  }
  fsim_page_grid(p, &grid);
  if (abandons) fsim_page_say(p, "patience: those who gave up in the queue, or found it full.");
  if (p->summary->n_teams > 0)
    fsim_page_say(
        p,
        "What would have been won is told as if they had gone on at once and no queue came "
        "after.");
  if (why_not != NULL)
    fsim_page_say(p, "What would have been won is left out where it is not known: %s.", why_not);
}

void fsim_page_stages(fsim_page *p) {
  times(p);
  parts(p);
  exits(p);
  rules(p);
}
