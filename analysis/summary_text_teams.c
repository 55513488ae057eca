/* All tables about teams. */
#include "analysis/summary_page.h"

static void load(fsim_page *p) {
  enum { N = 5 };
  fsim_page_title(p,
                  "Teams: share of open hours in which places are busy, visits that came, and what "
                  "the people cost, busy or not, in %s",
                  p->scenario->currency);
  fsim_grid grid = {.columns = N};
  const fsim_cell_text header[N] = {fsim_cell_of("busy %"), fsim_cell_of("error of the mean"),
                                    fsim_cell_of("came / w"), fsim_cell_of("gave up %"),
                                    fsim_cell_of("cost / w")};
  fsim_grid_add(&grid, "team", header);
  for (size_t i = 0; i < p->summary->n_teams; i++) {
    const fsim_team_record *t = &p->summary->teams[i];
    const fsim_cell_text cells[N] = {
        fsim_say_mean(&t->utilisation.mean, 100), fsim_say_error(&t->utilisation.mean, 100),
        fsim_say_mean(&t->joined_per_week.mean, 1), fsim_say_mean(&t->abandoned_share.mean, 100),
        t->cost_per_week > 0 ? fsim_say_number(t->cost_per_week, 1) : fsim_page_blank()};
    fsim_grid_add(&grid, p->scenario->teams[t->team].name, cells);
  }
  fsim_page_grid(p, &grid);
}

static void queues(fsim_page *p) {
  enum { N = 5 };
  fsim_page_title(p,
                  "Queues: visits in it on average, days in it of those whose work began (p50, p90 "
                  "of visits)");
  fsim_grid grid = {.columns = N};
  const fsim_cell_text header[N] = {fsim_cell_of("in queue"), fsim_cell_of("days"),
                                    fsim_cell_of("error of the mean"), fsim_cell_of("p50"),
                                    fsim_cell_of("p90")};
  fsim_grid_add(&grid, "team", header);
  for (size_t i = 0; i < p->summary->n_teams; i++) {
    const fsim_team_record *t = &p->summary->teams[i];
    const fsim_cell_text cells[N] = {
        fsim_say_mean(&t->queue_length.mean, 1), fsim_say_mean(&t->queue_days.mean, 1),
        fsim_say_error(&t->queue_days.mean, 1), fsim_page_quantile(&t->queue_days.p50, 1),
        fsim_page_quantile(&t->queue_days.p90, 1)};
    fsim_grid_add(&grid, p->scenario->teams[t->team].name, cells);
  }
  fsim_page_grid(p, &grid);
}

void fsim_page_teams(fsim_page *p) {
  if (p->summary->n_teams == 0) return;
  load(p);
  queues(p);
}
