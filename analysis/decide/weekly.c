#include "analysis/decide/weekly.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/dates.h"
#include "analysis/decide/target.h"
#include "analysis/groups.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

#define CENTS 0.01
#define HOUR_S 3600.0
/* Of sums of scaled counts: far below a cent, far above the rounding of doubles. */
#define ROUNDING 1e-12

/* What is counted of a group, in every replication. */
typedef enum tally { WON, WON_SO_FAR, VALUE, VALUE_SO_FAR, OPEN, N_TALLIES } tally;

typedef struct count {
  fsim_weekly *weekly;
  fsim_series *series;
  fsim_report *report;
  fsim_week_span span;
  size_t n;        /* replications */
  double *tallies; /* [n_groups][N_TALLIES][n] */
  double *hours;   /* [n] */
  double *work;    /* [n] */
  fsim_target_goal goal;
  fsim_measure measure; /* of the goal */
  double *reached;      /* [n]: of the measure, so far */
} count;

static double *tally_of(const count *c, size_t group, tally what) {
  return c->tallies + (group * N_TALLIES + what) * c->n;
}

/* ---- the target ---- */

static int refuse_target(const char *text, fsim_report *report) {
  return fsim_bad_input(report, FSIM_NOWHERE,
                        "--target %s: by week a target is a number in all from the first week on, "
                        "such as 'won >= 40' or 'value >= 60,000'; funnelsim plan takes rates and "
                        "other metrics",
                        text);
}

static int read_target(count *c, const char *text) {
  const fsim_series_source *source = c->weekly->source;
  if (text == NULL) return FSIM_OK;
  int status = fsim_goal_parse(text, c->report, &c->goal);
  if (status != FSIM_OK) return status;
  const char *number = strrchr(text, '=');
  if (number[strcspn(number, "/pd%")] != '\0') return refuse_target(text, c->report);
  status =
      fsim_measure_make(source->scenario, source->shape, c->goal.metric, c->report, &c->measure);
  if (status == FSIM_OK && !fsim_has_dates(&c->measure)) return refuse_target(text, c->report);
  return status;
}

/* Adds what the week brings of the target's measure, and counts who has reached it. */
static int add_target(count *c, size_t week, fsim_interval *reached) {
  const fsim_series_source *source = c->weekly->source;
  double scale;
  fsim_measure of_week = {0};
  *reached = fsim_interval_none();
  if (c->goal.metric == NULL) return FSIM_OK;
  fsim_cells array = fsim_weekly_array(source->scenario, &c->measure, &scale);
  int status = fsim_measure_of_week(source->shape, &c->measure, array, week, &of_week, c->report);
  for (size_t i = 0; i < of_week.n_top && status == FSIM_OK; i++)
    status =
        fsim_series_add_cell(c->series, array, of_week.top[i].cell, scale, c->reached, c->report);
  fsim_measure_free(&of_week);
  size_t yes = 0;
  const double slack = ROUNDING * fabs(c->goal.value);
  for (size_t r = 0; r < c->n; r++)
    yes += c->goal.at_least ? c->reached[r] >= c->goal.value - slack
                            : c->reached[r] <= c->goal.value + slack;
  *reached = fsim_share_of_runs(yes, c->n, source->scenario->uncertain, c->weekly->confidence);
  return status;
}

/* ---- a week ---- */

static bool is_told(const count *c, size_t funnel) {
  return c->weekly->funnel == SIZE_MAX || c->weekly->funnel == funnel;
}

/* Adds one cell of every group to a tally of each: cells of an array in their order. */
static int add_groups(count *c, fsim_cells array, fsim_spot spot, double scale, tally what) {
  int status = FSIM_OK;
  for (size_t g = 0; g < c->weekly->n_groups && status == FSIM_OK; g++) {
    spot.at[FSIM_DIM_GROUP] = c->weekly->groups[g];
    status = fsim_series_add(c->series, array, &spot, scale, tally_of(c, g, what), c->report);
  }
  return status;
}

/* Journeys in progress: those that have started, less those that have ended. */
static int add_open(count *c, size_t week) {
  const fsim_scenario *scenario = c->weekly->source->scenario;
  fsim_spot spot = {{0}};
  spot.at[FSIM_DIM_WEEK] = week;
  int status = FSIM_OK;
  for (size_t f = 0; f < scenario->n_funnels && status == FSIM_OK; f++) {
    if (!is_told(c, f)) continue;
    spot.at[FSIM_DIM_FUNNEL] = f;
    status = add_groups(c, FSIM_WEEK_STARTED, spot, 1, OPEN);
  }
  for (size_t o = 0; o < scenario->n_outcomes && status == FSIM_OK; o++) {
    if (!is_told(c, scenario->outcomes[o].funnel)) continue;
    spot.at[FSIM_DIM_OUTCOME] = o;
    status = add_groups(c, FSIM_WEEK_ENDED, spot, -1, OPEN);
  }
  return status;
}

static int add_wins(count *c, size_t week, fsim_cells array, double scale, tally now, tally all) {
  const fsim_scenario *scenario = c->weekly->source->scenario;
  fsim_spot spot = {{0}};
  spot.at[FSIM_DIM_WEEK] = week;
  int status = FSIM_OK;
  for (size_t g = 0; g < c->weekly->n_groups; g++)
    memset(tally_of(c, g, now), 0, c->n * sizeof(double));
  for (size_t o = 0; o < scenario->n_outcomes && status == FSIM_OK; o++) {
    if (!scenario->outcomes[o].win || !is_told(c, scenario->outcomes[o].funnel)) continue;
    spot.at[FSIM_DIM_OUTCOME] = o;
    status = add_groups(c, array, spot, scale, now);
  }
  for (size_t g = 0; g < c->weekly->n_groups && status == FSIM_OK; g++)
    for (size_t r = 0; r < c->n; r++) tally_of(c, g, all)[r] += tally_of(c, g, now)[r];
  return status;
}

static int tell_hours(count *c, size_t week, fsim_week_record *record) {
  fsim_spot spot = {{0}};
  spot.at[FSIM_DIM_WEEK] = week;
  int status = FSIM_OK;
  for (size_t t = 0; t < c->weekly->n_teams && status == FSIM_OK; t++) {
    spot.at[FSIM_DIM_TEAM] = t;
    memset(c->hours, 0, c->n * sizeof *c->hours);
    status = fsim_series_add(c->series, FSIM_WEEK_BUSY, &spot, 1 / HOUR_S, c->hours, c->report);
    fsim_estimate_values(c->weekly->source, FSIM_PROGRESS_MEAN, c->hours, c->work,
                         c->weekly->confidence, &record->hours[t]);
  }
  return status;
}

/* As estimates of a total are made: counts with their rule of three, money and others without. */
static void tell_group(count *c, size_t group, fsim_week_figures *figures) {
  const struct {
    tally what;
    fsim_metric_id like;
    fsim_estimate *into;
  } told[] = {{WON, FSIM_TOTAL_WON, &figures->won},
              {WON_SO_FAR, FSIM_TOTAL_WON, &figures->won_so_far},
              {VALUE, FSIM_PER_WEEK_WON_VALUE, &figures->value},
              {VALUE_SO_FAR, FSIM_PER_WEEK_WON_VALUE, &figures->value_so_far},
              {OPEN, FSIM_PROGRESS_MEAN, &figures->open}};
  for (size_t i = 0; i < sizeof told / sizeof *told; i++)
    fsim_estimate_values(c->weekly->source, told[i].like, tally_of(c, group, told[i].what), c->work,
                         c->weekly->confidence, told[i].into);
}

static int add_record(count *c, size_t week) {
  fsim_weekly *weekly = c->weekly;
  const fsim_scenario *scenario = weekly->source->scenario;
  fsim_week_record *record = &weekly->weeks[weekly->n_weeks++];
  record->from = scenario->start_days + 7 * (int32_t)week;
  record->to = fsim_end_of_week(scenario, week);
  record->figures = fsim_zeroed(weekly->n_groups, sizeof *record->figures);
  record->hours = fsim_zeroed(weekly->n_teams, sizeof *record->hours);
  if (record->figures == NULL || record->hours == NULL) return fsim_no_memory(c->report);
  int status = add_wins(c, week, FSIM_WEEK_ENDED, 1, WON, WON_SO_FAR);
  if (status == FSIM_OK) status = add_wins(c, week, FSIM_WEEK_VALUE, CENTS, VALUE, VALUE_SO_FAR);
  if (status == FSIM_OK) status = tell_hours(c, week, record);
  if (status == FSIM_OK) status = add_target(c, week, &record->reached);
  for (size_t g = 0; g < weekly->n_groups && status == FSIM_OK; g++)
    tell_group(c, g, &record->figures[g]);
  return status;
}

static int count_weeks(count *c) {
  int status = FSIM_OK;
  for (size_t w = 0; w < c->span.first + c->span.n && status == FSIM_OK; w++) {
    status = add_open(c, w);
    if (status == FSIM_OK && w >= c->span.first) status = add_record(c, w);
  }
  return status;
}

/* ---- all of it ---- */

static int choose_attribute(fsim_weekly *weekly, const char *by, fsim_report *report) {
  const fsim_scenario *scenario = weekly->source->scenario;
  if (by != NULL) return fsim_attribute_called(scenario, by, report, &weekly->attribute);
  for (size_t a = 0; a < scenario->n_attributes; a++)
    if (strcmp(scenario->attributes[a].name, FSIM_DEAL_ATTRIBUTE) == 0) weekly->attribute = a;
  return FSIM_OK;
}

static int choose_funnel(fsim_weekly *weekly, const char *name, fsim_report *report) {
  const fsim_scenario *scenario = weekly->source->scenario;
  weekly->funnel = SIZE_MAX;
  for (size_t f = 0; f < scenario->n_funnels && name != NULL; f++)
    if (strcmp(scenario->funnels[f].name, name) == 0) weekly->funnel = f;
  if (name == NULL || weekly->funnel != SIZE_MAX) return FSIM_OK;
  fsim_text names = {0};
  for (size_t f = 0; f < scenario->n_funnels; f++)
    fsim_text_append(&names, "%s%s", f ? ", " : "", scenario->funnels[f].name);
  int status = names.failed ? fsim_no_memory(report)
                            : fsim_bad_input(report, FSIM_NOWHERE,
                                             "--funnel %s: the file has no such funnel; it has %s",
                                             name, names.text);
  free(names.text);
  return status;
}

static int fill(fsim_weekly *weekly, const fsim_weekly_options *options, fsim_report *report) {
  const fsim_series_source *source = weekly->source;
  count c = {.weekly = weekly,
             .report = report,
             .span = fsim_weeks_of(source->scenario),
             .n = source->replications};
  int status = choose_attribute(weekly, options->by, report);
  if (status == FSIM_OK) status = choose_funnel(weekly, options->funnel, report);
  if (status == FSIM_OK)
    status = fsim_groups_of(source->scenario, weekly->attribute, report, &weekly->groups,
                            &weekly->n_groups);
  if (status == FSIM_OK) status = read_target(&c, options->target);
  if (status == FSIM_OK) status = fsim_series_new(source, 0, report, &c.series);
  if (status == FSIM_OK) {
    weekly->weeks = fsim_zeroed(c.span.n, sizeof *weekly->weeks);
    c.tallies = fsim_zeroed(c.n * (weekly->n_groups * N_TALLIES + 3), sizeof *c.tallies);
    if (weekly->weeks == NULL || c.tallies == NULL) status = fsim_no_memory(report);
  }
  if (status == FSIM_OK) {
    c.hours = tally_of(&c, weekly->n_groups, 0);
    c.work = c.hours + c.n;
    c.reached = c.work + c.n;
    status = count_weeks(&c);
  }
  free(c.tallies);
  fsim_series_free(c.series);
  fsim_measure_free(&c.measure);
  fsim_goal_free(&c.goal);
  return status;
}

int fsim_weekly_make(const fsim_series_source *source, const fsim_weekly_options *options,
                     fsim_report *report, fsim_weekly **weekly) {
  *weekly = NULL;
  fsim_weekly *made = fsim_zeroed(1, sizeof *made);
  if (made == NULL) return fsim_no_memory(report);
  made->source = source;
  made->target = options->target;
  made->confidence = options->confidence > 0 ? options->confidence : source->scenario->confidence;
  made->n_teams = source->shape->dim[FSIM_DIM_TEAM];
  int status = fill(made, options, report);
  if (status != FSIM_OK) {
    fsim_weekly_free(made);
    return status;
  }
  *weekly = made;
  return FSIM_OK;
}

void fsim_weekly_free(fsim_weekly *weekly) {
  if (weekly == NULL) return;
  for (size_t w = 0; w < weekly->n_weeks; w++) {
    free(weekly->weeks[w].figures);
    free(weekly->weeks[w].hours);
  }
  free(weekly->weeks);
  free(weekly->groups);
  free(weekly);
}
