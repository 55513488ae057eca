#include "analysis/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/groups.h"
#include "analysis/ratio.h"
#include "analysis/summary_parts.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

const char *fsim_summary_group(const fsim_summary *summary, size_t group) {
  return fsim_group_name(summary->source->scenario, group);
}

static int make_lists(fsim_summary *summary, fsim_report *report) {
  const fsim_scenario *scenario = summary->source->scenario;
  size_t groups = summary->n_groups, slots = summary->source->shape->dim[FSIM_DIM_EXIT];
  summary->throughput = fsim_zeroed(scenario->n_outcomes * groups, sizeof *summary->throughput);
  summary->journeys = fsim_zeroed(scenario->n_outcomes * groups, sizeof *summary->journeys);
  summary->funnels = fsim_zeroed(scenario->n_funnels * groups, sizeof *summary->funnels);
  summary->stages = fsim_zeroed(scenario->n_stages * groups, sizeof *summary->stages);
  summary->exits = fsim_zeroed(slots * groups, sizeof *summary->exits);
  summary->variance = fsim_zeroed(scenario->n_outcomes, sizeof *summary->variance);
  summary->rules = fsim_zeroed(scenario->n_stages, sizeof *summary->rules);
  summary->spent_per_week = fsim_zeroed(groups, sizeof *summary->spent_per_week);
  if (summary->throughput == NULL || summary->journeys == NULL || summary->funnels == NULL ||
      summary->stages == NULL || summary->exits == NULL || summary->variance == NULL ||
      summary->rules == NULL || summary->spent_per_week == NULL) {
    return fsim_no_memory(report);
  }
  return FSIM_OK;
}

/* ---- outcomes: throughput, journeys, variance ---- */

static int add_outcome(fsim_summary *summary, fsim_series *series, size_t outcome, size_t group,
                       fsim_report *report) {
  const fsim_series_source *source = summary->source;
  size_t funnel = source->scenario->outcomes[outcome].funnel;
  fsim_subject subject = {.funnel = funnel, .outcome = outcome, .group = group};
  fsim_throughput_record *t = &summary->throughput[summary->n_throughput];
  fsim_journeys_record *j = &summary->journeys[summary->n_journeys];
  double confidence = summary->confidence;
  *t = (fsim_throughput_record){.funnel = funnel, .outcome = outcome, .group = group};
  *j = (fsim_journeys_record){.funnel = funnel, .outcome = outcome, .group = group};
  const fsim_wanted wanted[] = {
      {FSIM_PER_WEEK_ENDED, &t->per_week},       {FSIM_TOTAL_ENDED, &t->total},
      {FSIM_PER_WEEK_VALUE, &t->value_per_week}, {FSIM_SHARE_OF_ENDED, &j->share},
      {FSIM_CYCLE_DAYS, &j->cycle_days},
  };
  int status = fsim_estimate_all(series, wanted, sizeof wanted / sizeof *wanted, &subject,
                                 confidence, report);
  if (status != FSIM_OK) return status;
  fsim_estimate_times(source, fsim_histogram_of_outcome(source->shape, outcome, group), confidence,
                      &j->cycle_days);
  summary->n_throughput++;
  summary->n_journeys++;
  return FSIM_OK;
}

static int add_variance(fsim_summary *summary, fsim_series *series, size_t outcome,
                        fsim_report *report) {
  const fsim_series_source *source = summary->source;
  fsim_variance_record *record = &summary->variance[summary->n_variance];
  size_t n = source->replications;
  fsim_subject subject = {.outcome = outcome, .funnel = source->scenario->outcomes[outcome].funnel};
  double *y = fsim_zeroed(n, sizeof *y);
  if (y == NULL) return fsim_no_memory(report);
  int status = fsim_metric_values(series, FSIM_TOTAL_ENDED, &subject, y, NULL, report);
  *record = (fsim_variance_record){.funnel = subject.funnel, .outcome = outcome};
  record->uncertain = source->scenario->uncertain;
  if (record->uncertain) {
    record->split = fsim_split_variance(y, n / 2, summary->confidence);
  } else {
    double variance = n > 1 ? fsim_moments_of(y, n).variance : NAN;
    fsim_interval all = {1, 1, 1, 0, n, "no number is uncertain"};
    fsim_interval nothing = {0, 0, 0, 0, n, "no number is uncertain"};
    record->split = (fsim_variance_split){variance, variance, 0, all, nothing};
  }
  free(y);
  if (status == FSIM_OK) summary->n_variance++;
  return status;
}

/* ---- funnels ---- */

/* Leads and people together, over the wins of a funnel: what people cost does not vary. */
static int all_costs(fsim_summary *summary, fsim_series *series, size_t funnel, fsim_interval *cost,
                     fsim_report *report) {
  const fsim_series_source *source = summary->source;
  size_t n = source->replications;
  double weeks = fsim_window_s(source->scenario) / FSIM_WEEK;
  double people = weeks * fsim_people_cost_per_week(source->scenario);
  if (!(people > 0) || source->shape->dim[FSIM_DIM_TEAM] == 0) return FSIM_OK;
  double *top = fsim_zeroed(2 * n, sizeof *top), *bottom = top + n;
  if (top == NULL) return fsim_no_memory(report);
  fsim_subject subject = {.funnel = funnel};
  int status = fsim_metric_values(series, FSIM_COST_PER_WIN, &subject, top, bottom, report);
  for (size_t r = 0; r < n; r++) top[r] += people;
  if (status == FSIM_OK) {
    size_t units = fsim_series_fold(source, top);
    fsim_series_fold(source, bottom);
    *cost = fsim_interval_ratio(top, bottom, units, summary->confidence);
    if (cost->low < 0) cost->low = 0;
  }
  free(top);
  return status;
}

static int add_funnel(fsim_summary *summary, fsim_series *series, size_t funnel, size_t group,
                      const fsim_conversion *conversions, fsim_report *report) {
  fsim_funnel_record *record = &summary->funnels[summary->n_funnels];
  fsim_subject subject = {.funnel = funnel, .group = group};
  *record = (fsim_funnel_record){.funnel = funnel, .group = group};
  const fsim_wanted wanted[] = {
      {FSIM_PER_WEEK_STARTED, &record->started_per_week},
      {FSIM_PER_WEEK_WON, &record->won_per_week},
      {FSIM_PROGRESS_MEAN, &record->wip},
      {FSIM_OPEN_SHARE, &record->open_share},
      {FSIM_PER_WEEK_WON_VALUE, &record->value_per_week},
      {FSIM_VALUE_PER_WIN, &record->value_per_win},
      {FSIM_COST_PER_WIN, &record->cost_per_win},
      {FSIM_WON_OF_ENDED, &record->won_of_ended},
      {FSIM_WIN_DAYS, &record->win_days},
  };
  record->conversion = conversions[funnel * summary->source->shape->dim[FSIM_DIM_GROUP] + group];
  int status = fsim_estimate_all(series, wanted, sizeof wanted / sizeof *wanted, &subject,
                                 summary->confidence, report);
  record->all_cost_per_win = fsim_interval_none();
  if (status == FSIM_OK && group == 0)
    status = all_costs(summary, series, funnel, &record->all_cost_per_win, report);
  if (status == FSIM_OK) summary->n_funnels++;
  return status;
}

/* The value of all wins, whatever the funnel. */
static int add_value(fsim_summary *summary, fsim_series *series, fsim_report *report) {
  const fsim_series_source *source = summary->source;
  size_t n = source->replications;
  double *y = fsim_zeroed(3 * n, sizeof *y);
  if (y == NULL) return fsim_no_memory(report);
  int status = FSIM_OK;
  for (size_t f = 0; f < source->scenario->n_funnels && status == FSIM_OK; f++) {
    fsim_subject subject = {.funnel = f};
    status = fsim_metric_values(series, FSIM_PER_WEEK_WON_VALUE, &subject, y + n, NULL, report);
    for (size_t r = 0; r < n; r++) y[r] += y[n + r];
  }
  if (status == FSIM_OK)
    fsim_estimate_values(source, FSIM_PER_WEEK_WON_VALUE, y, y + 2 * n, summary->confidence,
                         &summary->value_per_week);
  free(y);
  return status;
}

static int add_all_funnels(fsim_summary *summary, fsim_series *series, fsim_report *report) {
  const fsim_series_source *source = summary->source;
  size_t n = source->scenario->n_funnels;
  fsim_conversion *conversions =
      fsim_zeroed(n * source->shape->dim[FSIM_DIM_GROUP], sizeof *conversions);
  if (conversions == NULL) return fsim_no_memory(report);
  int status = fsim_conversions(source, summary->confidence, report, conversions);
  for (size_t f = 0; f < n && status == FSIM_OK; f++) {
    for (size_t g = 0; g < summary->n_groups && status == FSIM_OK; g++) {
      status = add_funnel(summary, series, f, summary->groups[g], conversions, report);
    }
  }
  for (size_t g = 0; g < summary->n_groups && status == FSIM_OK; g++) {
    fsim_subject subject = {.group = summary->groups[g]};
    status = fsim_metric_estimate(series, FSIM_PER_WEEK_SPENT, &subject, summary->confidence,
                                  report, &summary->spent_per_week[g]);
  }
  free(conversions);
  return status == FSIM_OK ? add_value(summary, series, report) : status;
}

/* ---- stages ---- */

/* Whether an exit of this name ("lost (expire)") leads to an outcome that is no win. */
static bool loses(const fsim_scenario *scenario, size_t stage, const char *name) {
  const fsim_funnel *funnel = &scenario->funnels[scenario->stages[stage].funnel];
  size_t length = strcspn(name, " ");
  for (size_t o = funnel->first_outcome; o < (size_t)funnel->first_outcome + funnel->n_outcomes;
       o++) {
    const char *outcome = scenario->outcomes[o].name;
    if (strncmp(outcome, name, length) == 0 && outcome[length] == '\0')
      return !scenario->outcomes[o].win;
  }
  return false;
}

/* Name of an exit: what its label says after the stage; NULL: a rule that the stage has not. */
static int exit_name(const fsim_series_source *source, size_t slot, fsim_report *report,
                     char **name) {
  char label[512];
  fsim_dim_label(source->scenario, source->shape, FSIM_DIM_EXIT, slot, label, sizeof label);
  const char *after = strchr(label, '>');
  *name = NULL;
  if (after == NULL) return FSIM_OK;
  *name = fsim_copy_text(after + 1, strlen(after + 1));
  return *name == NULL ? fsim_no_memory(report) : FSIM_OK;
}

static int add_exits(fsim_summary *summary, fsim_series *series, fsim_stage_record *stage,
                     fsim_report *report) {
  const fsim_shape *shape = summary->source->shape;
  stage->first_exit = summary->n_exits;
  for (size_t slot = shape->first_exit[stage->stage]; slot < shape->first_exit[stage->stage + 1];
       slot++) {
    fsim_exit_record *exit = &summary->exits[summary->n_exits];
    int status = exit_name(summary->source, slot, report, &exit->name);
    if (status != FSIM_OK) return status;
    if (exit->name == NULL) continue;
    summary->n_exits++;
    stage->n_exits++;
    exit->slot = slot;
    exit->loses = loses(summary->source->scenario, stage->stage, exit->name);
    fsim_subject subject = {.stage = stage->stage, .exit = slot, .group = stage->group};
    status = fsim_metric_estimate(series, FSIM_EXIT_SHARE, &subject, summary->confidence, report,
                                  &exit->share);
    if (status != FSIM_OK) return status;
  }
  return FSIM_OK;
}

static int add_stage(fsim_summary *summary, fsim_series *series, size_t stage, size_t group,
                     fsim_report *report) {
  const fsim_series_source *source = summary->source;
  fsim_stage_record *record = &summary->stages[summary->n_stages];
  fsim_subject subject = {.stage = stage, .group = group};
  *record = (fsim_stage_record){
      .funnel = source->scenario->stages[stage].funnel, .stage = stage, .group = group};
  const fsim_wanted wanted[] = {
      {FSIM_PER_WEEK_ENTERED, &record->entered_per_week},
      {FSIM_STAGE_DAYS, &record->time_days},
      {FSIM_QUEUE_DAYS, &record->queue_days},
      {FSIM_WORK_DAYS, &record->work_days},
      {FSIM_STAGE_PROGRESS, &record->wip},
  };
  int status = fsim_estimate_all(series, wanted, sizeof wanted / sizeof *wanted, &subject,
                                 summary->confidence, report);
  if (status != FSIM_OK) return status;
  fsim_estimate_times(source, fsim_histogram_of_stage(source->shape, stage, group),
                      summary->confidence, &record->time_days);
  summary->n_stages++;
  return add_exits(summary, series, record, report);
}

int fsim_estimate_all(fsim_series *series, const fsim_wanted *wanted, size_t n,
                      const fsim_subject *subject, double confidence, fsim_report *report) {
  for (size_t i = 0; i < n; i++) {
    int status = fsim_metric_estimate(series, wanted[i].metric, subject, confidence, report,
                                      wanted[i].estimate);
    if (status != FSIM_OK) return status;
  }
  return FSIM_OK;
}

static int fill(fsim_summary *summary, fsim_series *series, fsim_report *report) {
  const fsim_scenario *scenario = summary->source->scenario;
  int status = FSIM_OK;
  for (size_t o = 0; o < scenario->n_outcomes && status == FSIM_OK; o++) {
    for (size_t g = 0; g < summary->n_groups && status == FSIM_OK; g++) {
      status = add_outcome(summary, series, o, summary->groups[g], report);
    }
    if (status == FSIM_OK) status = add_variance(summary, series, o, report);
  }
  if (status == FSIM_OK) status = add_all_funnels(summary, series, report);
  for (size_t s = 0; s < scenario->n_stages && status == FSIM_OK; s++) {
    for (size_t g = 0; g < summary->n_groups && status == FSIM_OK; g++) {
      status = add_stage(summary, series, s, summary->groups[g], report);
    }
  }
  if (status == FSIM_OK) status = fsim_summary_durations(summary, report);
  if (status == FSIM_OK) status = fsim_summary_cohorts(summary, series, report);
  if (status == FSIM_OK) status = fsim_summary_rules(summary, series, report);
  if (status == FSIM_OK) status = fsim_summary_teams(summary, series, report);
  if (status == FSIM_OK) status = fsim_summary_waterfall(summary, series, report);
  return status;
}

int fsim_summary_make(const fsim_series_source *source, const fsim_summary_options *options,
                      fsim_report *report, fsim_summary **summary) {
  *summary = NULL;
  fsim_summary *made = fsim_zeroed(1, sizeof *made);
  if (made == NULL) return fsim_no_memory(report);
  fsim_series *series = NULL;
  made->source = source;
  made->confidence = options->confidence > 0 ? options->confidence : source->scenario->confidence;
  made->window_days = fsim_window_s(source->scenario) / FSIM_DAY;
  made->units = fsim_series_units(source);
  int status = FSIM_OK;
  if (options->by != NULL)
    status = fsim_attribute_called(source->scenario, options->by, report, &made->attribute);
  if (status == FSIM_OK)
    status =
        fsim_groups_of(source->scenario, made->attribute, report, &made->groups, &made->n_groups);
  if (status == FSIM_OK) status = make_lists(made, report);
  if (status == FSIM_OK) status = fsim_series_new(source, 0, report, &series);
  if (status == FSIM_OK) status = fill(made, series, report);
  fsim_series_free(series);
  if (status != FSIM_OK) {
    fsim_summary_free(made);
    return status;
  }
  *summary = made;
  return FSIM_OK;
}

void fsim_summary_free(fsim_summary *summary) {
  if (summary == NULL) return;
  for (size_t e = 0; e < summary->n_exits; e++) free(summary->exits[e].name);
  free(summary->groups);
  free(summary->throughput);
  free(summary->journeys);
  free(summary->funnels);
  free(summary->stages);
  free(summary->exits);
  free(summary->variance);
  for (size_t i = 0; i < summary->n_numbers; i++) free(summary->numbers[i]);
  free(summary->numbers);
  free(summary->number_shares);
  free(summary->cohorts);
  free(summary->rules);
  free(summary->teams);
  free(summary->classes);
  free(summary->parts);
  free(summary->narrowed);
  free(summary->spent_per_week);
  free(summary);
}
