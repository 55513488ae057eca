/* All tables about teams. */
#include <math.h>

#include "analysis/summary_page.h"

static void load(fsim_page *p) {
  enum { N = 5 };
  char currency[80];
  fsim_page_title(p,
                  "Teams: share of open hours in which places are busy, visits that came, and what "
                  "the people cost, busy or not%s",
                  fsim_page_currency(p, currency, sizeof currency));
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
  enum { N = 6 };
  fsim_page_title(p,
                  "Queues: visits in it on average and at most in 90 %% of the time, days in it of "
                  "those whose work began (p50, p90 "
                  "of visits)");
  fsim_grid grid = {.columns = N};
  const fsim_cell_text header[N] = {fsim_cell_of("in queue"), fsim_cell_of("p90"),
                                    fsim_cell_of("days"),     fsim_cell_of("error of the mean"),
                                    fsim_cell_of("p50"),      fsim_cell_of("p90")};
  fsim_grid_add(&grid, "team", header);
  for (size_t i = 0; i < p->summary->n_teams; i++) {
    const fsim_team_record *t = &p->summary->teams[i];
    const fsim_cell_text cells[N] = {
        fsim_say_mean(&t->queue_length.mean, 1),   fsim_say_number(t->queue_length_p90, 1),
        fsim_say_mean(&t->queue_days.mean, 1),     fsim_say_error(&t->queue_days.mean, 1),
        fsim_page_quantile(&t->queue_days.p50, 1), fsim_page_quantile(&t->queue_days.p90, 1)};
    fsim_grid_add(&grid, p->scenario->teams[t->team].name, cells);
  }
  fsim_page_grid(p, &grid);
}

/* Who stands behind the others, and how badly. */
static void classes(fsim_page *p) {
  enum { N = 4 };
  if (p->summary->n_classes == 0) return;
  fsim_page_title(p,
                  "Classes of priority: visits that came, days in the queue of those whose work "
                  "began, and share of those that came whose work did");
  fsim_grid grid = {.columns = N};
  const fsim_cell_text header[N] = {fsim_cell_of("came / w"), fsim_cell_of("days"),
                                    fsim_cell_of("error of the mean"), fsim_cell_of("served %")};
  fsim_grid_add(&grid, "team, class", header);
  for (size_t i = 0; i < p->summary->n_classes; i++) {
    const fsim_class_record *c = &p->summary->classes[i];
    const fsim_team *team = &p->scenario->teams[c->team];
    char name[256];
    snprintf(name, sizeof name, "%s, %s%zu", team->name,
             c->priority + 1 == team->n_classes ? "all others, " : "", c->priority + 1);
    const fsim_cell_text cells[N] = {
        fsim_say_mean(&c->joined_per_week.mean, 1), fsim_page_mean(&c->queue_days.mean, 1),
        fsim_say_error(&c->queue_days.mean, 1), fsim_page_mean(&c->served_share.mean, 100)};
    fsim_grid_add(&grid, name, cells);
  }
  fsim_page_grid(p, &grid);
}

static void waterfall(fsim_page *p) {
  enum { N = 4 };
  if (p->summary->n_parts == 0) return;
  fsim_page_title(p,
                  "Where the days of a journey went, on average, by how it ended: in queues, in "
                  "work, waiting for the customer");
  fsim_grid grid = {.columns = N};
  const fsim_cell_text header[N] = {fsim_cell_of("queue"), fsim_cell_of("work"),
                                    fsim_cell_of("wait"), fsim_cell_of("all")};
  fsim_grid_add(&grid, "funnel, outcome, stage", header);
  size_t last = SIZE_MAX;
  for (size_t i = 0; i < p->summary->n_parts; i++) {
    const fsim_part_record *r = &p->summary->parts[i];
    char name[256];
    if (r->outcome != last) {
      const fsim_cell_text none[N] = {fsim_page_blank(), fsim_page_blank(), fsim_page_blank(),
                                      fsim_page_blank()};
      snprintf(name, sizeof name, "%s %s", p->scenario->funnels[r->funnel].name,
               p->scenario->outcomes[r->outcome].name);
      fsim_grid_add(&grid, name, none);
      last = r->outcome;
    }
    double all =
        r->queue_days.mean.estimate + r->work_days.mean.estimate + r->wait_days.mean.estimate;
    snprintf(name, sizeof name, "  %s", p->scenario->stages[r->stage].name);
    const fsim_cell_text cells[N] = {fsim_say_mean(&r->queue_days.mean, 1),
                                     fsim_say_mean(&r->work_days.mean, 1),
                                     fsim_say_mean(&r->wait_days.mean, 1), fsim_say_number(all, 1)};
    fsim_grid_add(&grid, name, cells);
  }
  fsim_page_grid(p, &grid);
}

void fsim_page_teams(fsim_page *p) {
  if (p->summary->n_teams == 0) return;
  load(p);
  queues(p);
  classes(p);
  waterfall(p);
}

static fsim_interval limits(double estimate, double low, double high) {
  fsim_interval i = fsim_interval_none();
  i.estimate = estimate;
  i.low = low;
  i.high = high;
  return i;
}

/* What a step of each lever gave, when `funnelsim sensitivity` has put it into the file. */
enum { EFFECTS_SHOWN = 15 };

void fsim_page_effects(fsim_page *p, const fsim_stored_effects *e) {
  enum { N = 4 };
  fsim_page_title(p,
                  "Sensitivity: what one step of each lever changes in %s (%s), %.0f replications",
                  e->metric, e->units, e->replications);
  fsim_grid grid = {.columns = N};
  const fsim_cell_text header[N] = {fsim_cell_of("step"), fsim_cell_of("effect"),
                                    fsim_cell_of("interval"), fsim_cell_of("elasticity")};
  fsim_grid_add(&grid, "lever", header);
  for (size_t i = 0; i < e->n && i < EFFECTS_SHOWN; i++) {
    fsim_interval effect = limits(e->effect[i], e->low[i], e->high[i]);
    const fsim_cell_text cells[N] = {
        fsim_cell_of(e->step[i]), fsim_say_mean(&effect, 1), fsim_say_error(&effect, 1),
        isfinite(e->elasticity[i]) ? fsim_say_number(e->elasticity[i], 1) : fsim_page_blank()};
    fsim_grid_add(&grid, e->lever[i], cells);
  }
  fsim_page_grid(p, &grid);
  if (e->n > EFFECTS_SHOWN) fsim_page_say(p, "%zu more levers: --json.", e->n - EFFECTS_SHOWN);
}

/* Where the spread comes from, when `funnelsim sensitivity --global` has put it into the file. */
void fsim_page_indices(fsim_page *p, const fsim_stored_indices *e) {
  enum { N = 4 };
  fsim_page_title(p,
                  "Where the spread of %s comes from when these vary over their ranges (%% of it; "
                  "%.0f runs; chance alone is %.0f %% of the variance of one run)",
                  e->metric, e->runs, 100 * e->chance_share);
  fsim_grid grid = {.columns = N};
  const fsim_cell_text header[N] = {fsim_cell_of("alone"), fsim_cell_of("interval"),
                                    fsim_cell_of("in all"), fsim_cell_of("interval")};
  fsim_grid_add(&grid, "input", header);
  for (size_t i = 0; i < e->n; i++) {
    fsim_interval first = limits(e->first[i], e->first_low[i], e->first_high[i]);
    fsim_interval total = limits(e->total[i], e->total_low[i], e->total_high[i]);
    const fsim_cell_text cells[N] = {fsim_say_mean(&first, 100), fsim_say_error(&first, 100),
                                     fsim_say_mean(&total, 100), fsim_say_error(&total, 100)};
    fsim_grid_add(&grid, e->input[i], cells);
  }
  fsim_page_grid(p, &grid);
}
