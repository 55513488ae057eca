/* A forecast by week on 80 columns: a table for each thing told, a line a week. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/said.h"
#include "analysis/decide/weekly.h"
#include "analysis/grid.h"
#include "analysis/groups.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

/* How numbers are shown. */
typedef struct unit {
  double scale;
  bool whole; /* a count: its quantiles are whole, whatever lies between two order statistics */
} unit;

static const unit count = {1, true}, plain = {1, false}, percent = {100, false};

typedef struct page {
  const fsim_weekly *weekly;
  const fsim_scenario *scenario;
  fsim_printed to;
} page;

static void title(page *p, const char *text) {
  if (fputc('\n', p->to.out) == EOF) p->to.failed = true;
  fsim_paragraph(&p->to, "%s", text);
}

static void print_grid(page *p, fsim_grid *grid) {
  if (fsim_grid_print(grid, p->to.out) != 0) p->to.failed = true;
}

/* The last day of the week. */
static char *name_week(const fsim_week_record *week, char *buffer, size_t size) {
  return fsim_format_date(week->to - 1, buffer, size);
}

static fsim_cell_text quantile(const fsim_interval *q, unit u) {
  fsim_cell_text cell;
  if (!u.whole || !isfinite(q->estimate)) return fsim_say_number(q->estimate, u.scale);
  fsim_format_rounded(round(q->estimate), 1, cell.text, sizeof cell.text);
  char *point = strchr(cell.text, '.');
  if (point != NULL) *point = '\0';
  return cell;
}

/* "3.1 (1 to 6)" */
static fsim_cell_text mean_and_range(const fsim_estimate *e, unit u) {
  fsim_cell_text mean = fsim_say_mean(&e->mean, u.scale), range = fsim_say_range(e, u.scale), cell;
  if (u.whole && e->p10.n > 1) {
    fsim_cell_text low = quantile(&e->p10, u), high = quantile(&e->p90, u);
    snprintf(range.text, sizeof range.text, "%.20s to %.20s", low.text, high.text);
  }
  snprintf(cell.text, sizeof cell.text, "%.16s (%.44s)", mean.text, range.text);
  return cell;
}

/* ---- all leads ---- */

enum { NOW_COLUMNS = 5, ALL_COLUMNS = 8 };

/* p10, p50, p90, mean and its error of one estimate, and the quantiles of another (NULL: none). */
typedef const fsim_estimate *pick(const fsim_week_record *week);

static const fsim_estimate *pick_won(const fsim_week_record *week) {
  return &week->figures[0].won;
}
static const fsim_estimate *pick_won_so_far(const fsim_week_record *week) {
  return &week->figures[0].won_so_far;
}
static const fsim_estimate *pick_value(const fsim_week_record *week) {
  return &week->figures[0].value;
}
static const fsim_estimate *pick_value_so_far(const fsim_week_record *week) {
  return &week->figures[0].value_so_far;
}
static const fsim_estimate *pick_open(const fsim_week_record *week) {
  return &week->figures[0].open;
}

static void print_all(page *p, const char *name, pick *of, pick *so_far, unit u) {
  fsim_grid grid = {.columns = so_far == NULL ? NOW_COLUMNS : ALL_COLUMNS};
  static const char *const heads[ALL_COLUMNS] = {"p10",       "p50",         "p90", "mean",
                                                 "its error", "so far: p10", "p50", "p90"};
  fsim_cell_text cells[ALL_COLUMNS];
  for (size_t i = 0; i < ALL_COLUMNS; i++) cells[i] = fsim_cell_of(heads[i]);
  title(p, name);
  fsim_grid_add(&grid, "week to", cells);
  for (size_t w = 0; w < p->weekly->n_weeks; w++) {
    const fsim_week_record *week = &p->weekly->weeks[w];
    const fsim_estimate *e = of(week), *all = so_far == NULL ? e : so_far(week);
    const fsim_cell_text row[ALL_COLUMNS] = {quantile(&e->p10, u),
                                             quantile(&e->p50, u),
                                             quantile(&e->p90, u),
                                             fsim_say_mean(&e->mean, u.scale),
                                             fsim_say_error(&e->mean, u.scale),
                                             quantile(&all->p10, u),
                                             quantile(&all->p50, u),
                                             quantile(&all->p90, u)};
    char date[32];
    fsim_grid_add(&grid, name_week(week, date, sizeof date), row);
  }
  print_grid(p, &grid);
}

/* ---- by the values of the attribute, and by team ---- */

enum { SIDE_BY_SIDE = 3 };

typedef enum part { BY_WON, BY_VALUE, BY_OPEN, BY_TEAM } part;

static const fsim_estimate *part_of(const fsim_week_record *week, part what, size_t column) {
  const fsim_week_figures *figures = &week->figures[what == BY_TEAM ? 0 : column + 1];
  switch (what) {
    case BY_WON:
      return &figures->won;
    case BY_VALUE:
      return &figures->value;
    case BY_OPEN:
      return &figures->open;
    default:
      return &week->hours[column];
  }
}

static const char *name_of(const page *p, part what, size_t column) {
  return what == BY_TEAM ? p->scenario->teams[column].name
                         : fsim_group_name(p->scenario, p->weekly->groups[column + 1]);
}

/* As many columns side by side as 80 columns hold, then the next ones below. */
static void print_parts(page *p, const char *name, part what, size_t n, unit u) {
  for (size_t first = 0; first < n; first += SIDE_BY_SIDE) {
    fsim_grid grid = {.columns = n - first < SIDE_BY_SIDE ? n - first : SIDE_BY_SIDE};
    fsim_cell_text cells[SIDE_BY_SIDE];
    for (size_t i = 0; i < grid.columns; i++) cells[i] = fsim_cell_of(name_of(p, what, first + i));
    title(p, name);
    fsim_grid_add(&grid, "week to", cells);
    for (size_t w = 0; w < p->weekly->n_weeks; w++) {
      const fsim_week_record *week = &p->weekly->weeks[w];
      char date[32];
      for (size_t i = 0; i < grid.columns; i++)
        cells[i] = mean_and_range(part_of(week, what, first + i), u);
      fsim_grid_add(&grid, name_week(week, date, sizeof date), cells);
    }
    print_grid(p, &grid);
  }
}

/* ---- the target ---- */

static void print_target(page *p) {
  const fsim_weekly *weekly = p->weekly;
  if (weekly->target == NULL) return;
  fsim_grid grid = {.columns = 2};
  fsim_cell_text cells[2] = {fsim_cell_of("probability, %"), fsim_cell_of("its error")};
  char name[256];
  snprintf(name, sizeof name, "Probability of %s by then", weekly->target);
  title(p, name);
  fsim_grid_add(&grid, "week to", cells);
  for (size_t w = 0; w < weekly->n_weeks; w++) {
    const fsim_week_record *week = &weekly->weeks[w];
    char date[32];
    cells[0] = fsim_say_mean(&week->reached, percent.scale);
    cells[1] = fsim_say_error(&week->reached, percent.scale);
    fsim_grid_add(&grid, name_week(week, date, sizeof date), cells);
  }
  print_grid(p, &grid);
}

/* ---- the page ---- */

static bool has_wins(const fsim_scenario *scenario, size_t funnel) {
  for (size_t o = 0; o < scenario->n_outcomes; o++)
    if (scenario->outcomes[o].win && (size_t)scenario->outcomes[o].funnel == funnel) return true;
  return false;
}

/* A lead that became a deal is a win of its own funnel: who reads on must know. */
static void say_whose_wins(page *p) {
  const fsim_scenario *scenario = p->scenario;
  fsim_text names = {0};
  size_t n = 0;
  if (p->weekly->funnel != SIZE_MAX) {
    fsim_paragraph(&p->to, "Only of funnel %s.", scenario->funnels[p->weekly->funnel].name);
    return;
  }
  for (size_t f = 0; f < scenario->n_funnels; f++) {
    if (!has_wins(scenario, f)) continue;
    fsim_text_append(&names, "%s%s", n > 0 ? " + " : "", scenario->funnels[f].name);
    n++;
  }
  if (n > 1 && !names.failed)
    fsim_paragraph(&p->to,
                   "Wins, value and journeys of all funnels are added up: %s. --funnel NAME tells "
                   "those of one.",
                   names.text);
  if (names.failed) p->to.failed = true;
  free(names.text);
}

static void print_intro(page *p) {
  const fsim_weekly *weekly = p->weekly;
  const fsim_week_record *last = &weekly->weeks[weekly->n_weeks - 1];
  char from[32], to[32];
  fsim_format_date(weekly->weeks[0].from, from, sizeof from);
  const fsim_estimate *won = &last->figures[0].won_so_far;
  fsim_cell_text low = quantile(&won->p10, count), middle = quantile(&won->p50, count),
                 high = quantile(&won->p90, count);
  fsim_paragraph(&p->to, "%s: %u replications, %zu weeks from %s", p->scenario->name,
                 weekly->source->replications, weekly->n_weeks, from);
  fsim_paragraph(
      &p->to,
      "Won by %s: %s in the middle one of all runs, %s to %s in eight of ten. p10, p50 and "
      "p90 are of single runs: what one future may bring. A mean's error is told at %.4g %% "
      "confidence.",
      name_week(last, to, sizeof to), middle.text, low.text, high.text, 100 * weekly->confidence);
  say_whose_wins(p);
  const char *few = fsim_say_few(weekly->confidence, fsim_series_units(weekly->source));
  if (few != NULL) fsim_paragraph(&p->to, "%s", few);
}

/* Money in thousands where that keeps columns short: "EUR", "thousand EUR". */
static unit money_of(const page *p, char *name, size_t size) {
  double most = 0;
  for (size_t w = 0; w < p->weekly->n_weeks; w++)
    most = fmax(most, p->weekly->weeks[w].figures[0].value_so_far.p90.estimate);
  const bool large = most >= 1e6, named = p->scenario->currency[0] != '\0';
  snprintf(name, size, "%s%s%s%s", large || named ? ", " : "", large ? "thousand" : "",
           large && named ? " "
           : large        ? "s"
                          : "",
           p->scenario->currency);
  return (unit){large ? 1e-3 : 1, false};
}

static void print_tables(page *p) {
  const fsim_weekly *weekly = p->weekly;
  const fsim_week_record *last = &weekly->weeks[weekly->n_weeks - 1];
  const char *by =
      p->scenario->n_attributes > 0 ? p->scenario->attributes[weekly->attribute].name : "";
  const bool money = last->figures[0].value_so_far.mean.estimate > 0;
  char currency[64];
  const unit units = money_of(p, currency, sizeof currency);
  const size_t values = weekly->n_groups - 1;
  char name[256];
  print_all(p, "Wins", pick_won, pick_won_so_far, count);
  snprintf(name, sizeof name, "Wins by %s: mean (p10 to p90)", by);
  print_parts(p, name, BY_WON, values, count);
  if (money) {
    snprintf(name, sizeof name, "Value of the wins%s", currency);
    print_all(p, name, pick_value, pick_value_so_far, units);
    snprintf(name, sizeof name, "Value by %s%s: mean (p10 to p90)", by, currency);
    print_parts(p, name, BY_VALUE, values, units);
  }
  print_target(p);
  print_all(p, "Journeys in progress at the end of the week", pick_open, NULL, count);
  snprintf(name, sizeof name, "In progress by %s: mean (p10 to p90)", by);
  print_parts(p, name, BY_OPEN, values, count);
  print_parts(p, "Hours of work of teams: mean (p10 to p90)", BY_TEAM, weekly->n_teams, plain);
}

int fsim_weekly_text(const fsim_weekly *weekly, FILE *out, fsim_report *report) {
  page p = {.weekly = weekly, .scenario = weekly->source->scenario, .to.out = out};
  if (weekly->n_weeks == 0) {
    fsim_paragraph(&p.to, "%s: no week begins after the warm-up and before the horizon",
                   p.scenario->name);
  } else {
    print_intro(&p);
    print_tables(&p);
  }
  return p.to.failed ? fsim_failure(report, FSIM_NOWHERE, "the forecast could not be written")
                     : FSIM_OK;
}
