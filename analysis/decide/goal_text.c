/* A backward plan for a planner, on 80 columns. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/goal_plan.h"
#include "analysis/decide/said.h"
#include "analysis/grid.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

typedef struct page {
  const fsim_goal_plan *plan;
  const fsim_scenario *scenario;
  const char *unit;
  double scale;
  fsim_printed to;
} page;

/* "12 % (8 to 17)" */
static fsim_cell_text say_reached(const fsim_interval *reached) {
  fsim_cell_text cell;
  snprintf(cell.text, sizeof cell.text, "%.0f %% (%.0f to %.0f)", 100 * reached->estimate,
           100 * reached->low, 100 * reached->high);
  return cell;
}

static fsim_cell_text say_at(const fsim_vary *vary, double value) {
  fsim_cell_text cell;
  fsim_vary_text(vary, value, cell.text, sizeof cell.text);
  return cell;
}

/* ---- the answer ---- */

static void say_now(page *p) {
  const fsim_tried *now = &p->plan->tried[0];
  fsim_cell_text mean = fsim_say_mean(&now->mean, p->scale);
  fsim_cell_text reached = say_reached(&now->reached);
  fsim_paragraph(
      &p->to, "As it is: %s is %s %s on average; the target is reached in %s of %u replications.",
      p->plan->goal.metric, mean.text, p->unit, reached.text, p->plan->replications);
}

static void say_interval(page *p, fsim_text *text) {
  const fsim_goal_plan *plan = p->plan;
  if (plan->n_vary != 1) return;
  const fsim_vary *vary = &plan->vary[0];
  fsim_cell_text low = say_at(vary, plan->low), high = say_at(vary, plan->high);
  if (isfinite(plan->low) && isfinite(plan->high))
    fsim_text_append(text, " (between %s and %s, sure to %.4g %%)", low.text, high.text,
                     100 * plan->confidence);
  else if (isfinite(plan->low))
    fsim_text_append(text, " (at least %s; how much at most is beyond the bounds tried)", low.text);
}

/* Of the plans tried with one lever, the one nearest to `value` other than `but`; NULL: none. */
static const fsim_tried *tried_near(const fsim_goal_plan *plan, double value,
                                    const fsim_tried *but) {
  const fsim_tried *nearest = NULL;
  for (size_t i = 0; i < plan->n_tried; i++) {
    const fsim_tried *t = &plan->tried[i];
    if (t == but || t->refused != NULL) continue;
    if (nearest == NULL || fabs(t->at[0] - value) < fabs(nearest->at[0] - value)) nearest = t;
  }
  return nearest;
}

/* Whether going on to a bound still brought something over the last quarter: of the metric at least
 * a twentieth, in proportion, of what the lever moved (an elasticity of 0.05), or of the
 * probability a twentieth of what is missing. */
static bool gains_towards(const fsim_goal_plan *plan, double bound, double other) {
  const fsim_tried *end = tried_near(plan, bound, NULL);
  const fsim_tried *before = tried_near(plan, bound + 0.25 * (other - bound), end);
  if (end == NULL || before == NULL) return true;
  double gain = end->mean.estimate - before->mean.estimate;
  if (!plan->goal.at_least) gain = -gain;
  double moved = fabs(end->at[0] - before->at[0]);
  double likelier = end->reached.estimate - before->reached.estimate;
  return gain * fabs(end->at[0]) > 0.05 * moved * fabs(end->mean.estimate) ||
         likelier > 0.05 * (plan->probability - end->reached.estimate);
}

static bool exhausted(const fsim_goal_plan *plan) {
  const fsim_vary *vary = &plan->vary[0];
  return plan->n_vary == 1 && !gains_towards(plan, vary->low, vary->high) &&
         !gains_towards(plan, vary->high, vary->low);
}

/* A team so busy has little left for more, and its queue is long: a likely reason. */
#define BUSY 0.85

static void say_busiest(page *p) {
  const fsim_goal_plan *plan = p->plan;
  if (plan->busiest == SIZE_MAX) return;
  const char *team = p->scenario->teams[plan->busiest].name;
  if (plan->busy.estimate >= BUSY)
    fsim_paragraph(
        &p->to,
        "Team %s is the busiest there, at work %.0f %% of its open hours: likely it is what "
        "is in the way.",
        team, 100 * plan->busy.estimate);
  else
    fsim_paragraph(
        &p->to,
        "No team is short of time there: %s, the busiest, is at work %.0f %% of its open hours.",
        team, 100 * plan->busy.estimate);
}

static void say_answer(page *p) {
  const fsim_goal_plan *plan = p->plan;
  if (plan->n_vary == 0) return;
  if (plan->answer == SIZE_MAX) {
    const fsim_tried *best = &plan->tried[plan->nearest];
    fsim_cell_text reached = say_reached(&best->reached);
    fsim_text text = {0};
    for (size_t v = 0; v < plan->n_vary; v++) {
      fsim_cell_text at = say_at(&plan->vary[v], best->at[v]);
      fsim_text_append(&text, "%s%s = %s", v > 0 ? ", " : "", plan->vary[v].lever->path, at.text);
    }
    fsim_paragraph(&p->to,
                   "Out of reach within the bounds: the most is %s, with %s. %s another lever "
                   "(funnelsim sensitivity shows which), or ask for less.",
                   reached.text, text.text == NULL ? "" : text.text,
                   exhausted(plan)
                       ? "More of this lever no longer helps, something else is in the way: "
                         "vary"
                       : "Widen the bounds, vary");
    free(text.text);
    say_busiest(p);
    return;
  }
  const fsim_tried *found = &plan->tried[plan->answer];
  fsim_text text = {0};
  for (size_t v = 0; v < plan->n_vary; v++) {
    fsim_cell_text at = say_at(&plan->vary[v], found->at[v]),
                   now = say_at(&plan->vary[v], plan->vary[v].now);
    fsim_text_append(&text, "%s%s = %s, now %s", v > 0 ? "; " : "", plan->vary[v].lever->path,
                     at.text, now.text);
  }
  say_interval(p, &text);
  fsim_cell_text reached = say_reached(&plan->again.reached);
  double more = found->cost_per_week - plan->tried[0].cost_per_week;
  fsim_cell_text cost = fsim_say_number(fabs(more), 1);
  fsim_text_append(&text, ". Then it is reached in %s of fresh replications", reached.text);
  if (fabs(more) > 1e-6 * fabs(found->cost_per_week) && isfinite(more))
    fsim_text_append(&text, ", for %s %s a week %s", cost.text, p->scenario->currency,
                     more > 0 ? "more" : "less");
  const fsim_interval *again = &plan->again.reached;
  const bool doubtful = again->estimate < plan->probability && again->high >= plan->probability;
  fsim_paragraph(&p->to, "%s: %s.",
                 plan->n_vary > 1 ? "The cheapest mix found"
                 : doubtful       ? "Perhaps enough"
                                  : "Enough",
                 text.text == NULL ? "" : text.text);
  if (text.failed) p->to.failed = true;
  free(text.text);
  if (doubtful)
    fsim_paragraph(
        &p->to, "Whether that is the %.4g %% asked for is not sure: take more replications (-n).",
        100 * plan->probability);
  if (again->high < plan->probability)
    fsim_paragraph(&p->to,
                   "That is less than the %.4g %% asked for, which it seemed to reach when it was "
                   "chosen: take more replications (-n).",
                   100 * plan->probability);
}

/* ---- the curve ---- */

static int by_value(const void *a, const void *b) {
  const fsim_tried *const *x = a, *const *y = b;
  for (size_t v = 0; v < FSIM_MOST_VARIED; v++)
    if ((*x)->at[v] != (*y)->at[v]) return (*x)->at[v] < (*y)->at[v] ? -1 : 1;
  return 0;
}

enum { MOST_LINES = 24, COLUMNS = 3 };

static void print_curve(page *p) {
  const fsim_goal_plan *plan = p->plan;
  if (plan->n_vary != 1) return;
  const fsim_tried **order = malloc(plan->n_tried * sizeof *order);
  if (order == NULL) {
    p->to.failed = true;
    return;
  }
  size_t n = 0;
  for (size_t i = 0; i < plan->n_tried; i++)
    if (plan->tried[i].refused == NULL) order[n++] = &plan->tried[i];
  qsort(order, n, sizeof *order, by_value);
  fsim_grid grid = {.columns = COLUMNS};
  const fsim_cell_text header[COLUMNS] = {
      fsim_cell_of("target reached"), fsim_cell_of(plan->goal.metric), fsim_cell_of("cost a week")};
  fsim_grid_add(&grid, plan->vary[0].lever->path, header);
  size_t step = n > MOST_LINES ? (n + MOST_LINES - 1) / MOST_LINES : 1;
  for (size_t i = 0; i < n; i++) {
    bool told = order[i] == &plan->tried[0] || (size_t)(order[i] - plan->tried) == plan->answer;
    if (i % step != 0 && !told) continue;
    fsim_cell_text at = say_at(&plan->vary[0], order[i]->at[0]);
    const fsim_cell_text cells[COLUMNS] = {say_reached(&order[i]->reached),
                                           fsim_say_mean(&order[i]->mean, p->scale),
                                           fsim_say_number(order[i]->cost_per_week, 1)};
    fsim_grid_add(&grid, at.text, cells);
  }
  free(order);
  fsim_gap(&p->to);
  if (fsim_grid_print(&grid, p->to.out) != 0) p->to.failed = true;
}

/* ---- the classical plan ---- */

static void say_classical(page *p) {
  const fsim_goal_plan *plan = p->plan;
  const fsim_tried *classic = &plan->classic;
  char how[512] = "", stretch[40];
  if (classic->refused != NULL) {
    snprintf(how, sizeof how, "It cannot be simulated: %.400s.", classic->refused);
  } else if (isnan(classic->reached.estimate)) {
    snprintf(how, sizeof how, "All leads have dates of their own, so it cannot be simulated.");
  } else {
    fsim_cell_text reached = say_reached(&classic->reached);
    fsim_cell_text mean = fsim_say_mean(&classic->mean, p->scale);
    const char *why = classic->reached.estimate >= 0.7 ? ""
                      : p->scenario->n_teams > 0
                          ? ": an average is missed about every second time, and teams may not "
                            "keep up"
                          : ": an average is missed about every second time";
    snprintf(how, sizeof how,
             "Simulated, that gives %s %s and reaches the target in %s of replications%s.",
             mean.text, p->unit, reached.text, why);
  }
  fsim_paragraph(&p->to,
                 "The classical plan, from the target back by average conversions: x%s of all "
                 "leads. %s",
                 fsim_format_figures(plan->stretch, 3, stretch, sizeof stretch), how);
}

static void print_needs(page *p) {
  enum { NEEDS = 3 };
  const fsim_goal_plan *plan = p->plan;
  bool money = strncmp(plan->measure.units, "currency", 8) == 0;
  fsim_grid grid = {.columns = NEEDS};
  const fsim_cell_text header[NEEDS] = {fsim_cell_of("now a week"),
                                        fsim_cell_of(money ? "a visit brings" : "comes to it, %"),
                                        fsim_cell_of("needed a week")};
  fsim_grid_add(&grid, "stage", header);
  for (size_t i = 0; i < plan->n_needs; i++) {
    const fsim_need *need = &plan->needs[i];
    const fsim_stage *stage = &p->scenario->stages[need->stage];
    char name[256];
    if (need->group == 0)
      snprintf(name, sizeof name, "%s.%s", p->scenario->funnels[stage->funnel].name, stage->name);
    else
      snprintf(name, sizeof name, "  %s", p->scenario->attributes[0].values[need->group - 1]);
    const fsim_cell_text cells[NEEDS] = {fsim_say_number(need->now, 1),
                                         fsim_say_number(need->yields, money ? 1 : 100),
                                         fsim_say_number(need->needed, 1)};
    fsim_grid_add(&grid, name, cells);
  }
  if (fsim_grid_print(&grid, p->to.out) != 0) p->to.failed = true;
}

static void print_classical(page *p) {
  const fsim_goal_plan *plan = p->plan;
  fsim_gap(&p->to);
  if (isnan(plan->stretch)) {
    fsim_paragraph(
        &p->to,
        "There is no classical plan: averages lead back only from so many a week (>=) of "
        "something that there is today.");
    return;
  }
  say_classical(p);
  print_needs(p);
}

/* ---- by a date ---- */

static const char *date_of(int32_t day, char *buffer, size_t size) {
  return fsim_format_date(day, buffer, size);
}

/* Journeys are told to the last one, money is rounded. */
static fsim_cell_text say_wanted(const page *p) {
  fsim_cell_text cell;
  if (strncmp(p->plan->measure.units, "currency", 8) == 0)
    return fsim_say_number(p->plan->dates.wanted, 1);
  snprintf(cell.text, sizeof cell.text, "%.0f", p->plan->dates.wanted);
  return cell;
}

static void say_when(page *p) {
  const fsim_dates *d = &p->plan->dates;
  char early[32], middle[32], late[32];
  const fsim_cell_text wanted = say_wanted(p);
  if (d->reached_p50 == INT32_MAX)
    fsim_paragraph(&p->to, "%s are not reached within the horizon in half of the runs.",
                   wanted.text);
  else if (d->reached_p90 == INT32_MAX)
    fsim_paragraph(&p->to,
                   "%s are reached by %s in half of the runs, and not within the horizon in one of "
                   "ten or more.",
                   wanted.text, date_of(d->reached_p50, middle, sizeof middle));
  else
    fsim_paragraph(
        &p->to,
        "%s are reached by %s in half of the runs, by %s in one of ten, by %s in nine of "
        "ten.",
        wanted.text, date_of(d->reached_p50, middle, sizeof middle),
        date_of(d->reached_p10, early, sizeof early), date_of(d->reached_p90, late, sizeof late));
}

/* Which leads come too late. */
static void say_counts(page *p) {
  const fsim_dates *d = &p->plan->dates;
  char half[32], still[32];
  if (isnan(d->all_count)) return;
  int32_t end = d->dates[d->n_dates - 1].day;
  if (d->half_counts == end) {
    fsim_paragraph(
        &p->to,
        "Of what the leads of the window bring in the end, %.0f %% comes within it; even "
        "those of the last week bring more than half of theirs in time.",
        100 * d->all_count);
    return;
  }
  fsim_paragraph(
      &p->to,
      "Of what the leads of the window bring in the end, %.0f %% comes within it. Those that "
      "arrive "
      "after %s bring less than half of theirs in time, those after %s less than a twentieth.",
      100 * d->all_count,
      d->half_counts > INT32_MIN ? date_of(d->half_counts, half, sizeof half) : "the start",
      d->still_counts > INT32_MIN ? date_of(d->still_counts, still, sizeof still) : "the start");
}

static void print_dates(page *p) {
  enum { DATES = 5 };
  const fsim_dates *d = &p->plan->dates;
  if (d->n_dates == 0) return;
  char wanted[64];
  fsim_gap(&p->to);
  fsim_paragraph(
      &p->to, "How many by a date, as things are: %s since the end of the warm-up, in single runs",
      p->plan->goal.metric);
  fsim_grid grid = {.columns = DATES};
  snprintf(wanted, sizeof wanted, "%.50s reached", say_wanted(p).text);
  const fsim_cell_text header[DATES] = {fsim_cell_of("p10"), fsim_cell_of("p50"),
                                        fsim_cell_of("p90"), fsim_cell_of(wanted),
                                        fsim_cell_of("leads count")};
  fsim_grid_add(&grid, "by", header);
  for (size_t i = 0; i < d->n_dates; i++) {
    char date[32];
    const fsim_by_date *by = &d->dates[i];
    fsim_cell_text counts = fsim_cell_of("n/a");
    if (!isnan(by->counts)) snprintf(counts.text, sizeof counts.text, "%.0f %%", 100 * by->counts);
    const fsim_cell_text cells[DATES] = {fsim_say_number(by->p10, 1), fsim_say_number(by->p50, 1),
                                         fsim_say_number(by->p90, 1), say_reached(&by->reached),
                                         counts};
    fsim_grid_add(&grid, date_of(by->day, date, sizeof date), cells);
  }
  if (fsim_grid_print(&grid, p->to.out) != 0) p->to.failed = true;
  say_when(p);
  say_counts(p);
}

int fsim_goal_plan_text(const fsim_goal_plan *plan, FILE *out, fsim_report *report) {
  char buffer[64];
  const fsim_scenario *scenario = plan->variant->scenario;
  page p = {.plan = plan, .scenario = scenario, .to.out = out};
  p.unit = fsim_measure_unit(&plan->measure, scenario->currency, buffer, sizeof buffer);
  p.scale = fsim_measure_scale(&plan->measure);
  fsim_paragraph(&p.to, "%s: %s, with a probability of at least %.4g %%", plan->variant->name,
                 plan->goal.text, 100 * plan->probability);
  say_now(&p);
  say_answer(&p);
  if (plan->not_monotone)
    fsim_paragraph(
        &p.to,
        "Mind that more of the lever does not always mean more: the table shows where it turns "
        "(funnelsim sensitivity tells what is in the way there).");
  print_curve(&p);
  print_classical(&p);
  print_dates(&p);
  return p.to.failed ? fsim_failure(report, FSIM_NOWHERE, "the plan could not be written")
                     : FSIM_OK;
}
