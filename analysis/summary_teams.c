/* The teams of a summary: how busy, how long their queues, who gave up, what they cost. */
#include <math.h>
#include <stdlib.h>

#include "analysis/summary_parts.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/model/hours.h"

static int add_class(fsim_summary *summary, fsim_series *series, size_t team, size_t priority,
                     fsim_report *report) {
  fsim_class_record *record = &summary->classes[summary->n_classes++];
  fsim_subject subject = {.team = team, .priority = priority};
  *record = (fsim_class_record){.team = team, .priority = priority};
  const fsim_wanted wanted[] = {
      {FSIM_CLASS_QUEUE_DAYS, &record->queue_days},
      {FSIM_CLASS_SERVED_SHARE, &record->served_share},
      {FSIM_CLASS_JOINED_PER_WEEK, &record->joined_per_week},
  };
  return fsim_estimate_all(series, wanted, sizeof wanted / sizeof *wanted, &subject,
                           summary->confidence, report);
}

/* The length that the queue does not exceed in 90 % of the time of all replications. */
static int longest_queues(fsim_summary *summary, fsim_series *series, fsim_team_record *record,
                          fsim_report *report) {
  const fsim_series_source *source = summary->source;
  size_t n = source->replications;
  double time[FSIM_LENGTH_CLASSES] = {0}, all = 0, below = 0;
  double *y = fsim_zeroed(n, sizeof *y);
  int status = y == NULL ? fsim_no_memory(report) : FSIM_OK;
  record->queue_length_p90 = NAN;
  for (size_t c = 0; c < source->shape->dim[FSIM_DIM_LENGTH] && status == FSIM_OK; c++) {
    fsim_spot spot = {{0}};
    spot.at[FSIM_DIM_TEAM] = record->team;
    spot.at[FSIM_DIM_LENGTH] = c;
    for (size_t r = 0; r < n; r++) y[r] = 0;
    status = fsim_series_add(series, FSIM_LENGTH_TIME, &spot, 1, y, report);
    for (size_t r = 0; r < n; r++) time[c] += y[r];
    all += time[c];
  }
  for (size_t c = 0; c < FSIM_LENGTH_CLASSES && status == FSIM_OK && all > 0; c++) {
    below += time[c];
    if (below < 0.9 * all) continue;
    record->queue_length_p90 = fsim_length_class_from(c);
    break;
  }
  free(y);
  return status;
}

/* Above this share of open hours a queue is one of people; below it, one of closed hours. */
#define BUSY 0.8
/* Waits shorter than this hold nothing up. */
#define SHORT_WAIT_DAYS (1.0 / 24)

/* Places are nearly always busy: people. They are not, but leads wait: for opening hours. The queue
 * is full in more than a tenth of the time: its limit. */
static const char *limit_of(const fsim_team *team, const fsim_team_record *record) {
  if (team->limit != UINT32_MAX && record->queue_length_p90 >= team->limit) return "queue limit";
  if (record->utilisation.mean.estimate >= BUSY) return "people";
  bool waits = record->queue_days.mean.estimate > SHORT_WAIT_DAYS;
  if (!waits) return "nothing";
  return team->open != NULL ? "hours" : "people";
}

static int add_team(fsim_summary *summary, fsim_series *series, size_t index, fsim_report *report) {
  const fsim_series_source *source = summary->source;
  const fsim_scenario *scenario = source->scenario;
  const fsim_team *team = &scenario->teams[index];
  fsim_team_record *record = &summary->teams[summary->n_teams];
  fsim_subject subject = {.team = index};
  *record = (fsim_team_record){.team = index};
  const fsim_wanted wanted[] = {
      {FSIM_UTILISATION, &record->utilisation},
      {FSIM_QUEUE_LENGTH, &record->queue_length},
      {FSIM_TEAM_QUEUE_DAYS, &record->queue_days},
      {FSIM_ABANDONED_SHARE, &record->abandoned_share},
      {FSIM_JOINED_PER_WEEK, &record->joined_per_week},
  };
  int status = fsim_estimate_all(series, wanted, sizeof wanted / sizeof *wanted, &subject,
                                 summary->confidence, report);
  if (status != FSIM_OK) return status;
  fsim_estimate_times(source, fsim_histogram_of_team(source->shape, index, 0), summary->confidence,
                      &record->queue_days);
  double people_s = fsim_team_people_time(team, scenario->warm_up_s, scenario->horizon_s);
  record->cost_per_week = people_s * team->cost_per_s / (fsim_window_s(scenario) / FSIM_WEEK);
  status = fsim_queue_trend(summary, series, record, report);
  if (status == FSIM_OK) status = longest_queues(summary, series, record, report);
  record->limit = limit_of(team, record);
  summary->n_teams++;
  for (size_t c = 0; c < team->n_classes && team->n_classes > 1 && status == FSIM_OK; c++)
    status = add_class(summary, series, index, c, report);
  return status;
}

int fsim_summary_teams(fsim_summary *summary, fsim_series *series, fsim_report *report) {
  size_t n = summary->source->shape->dim[FSIM_DIM_TEAM];
  summary->teams = fsim_zeroed(n, sizeof *summary->teams);
  summary->classes =
      fsim_zeroed(n * summary->source->shape->dim[FSIM_DIM_CLASS], sizeof *summary->classes);
  int status =
      summary->teams == NULL || summary->classes == NULL ? fsim_no_memory(report) : FSIM_OK;
  for (size_t t = 0; t < n && status == FSIM_OK; t++) status = add_team(summary, series, t, report);
  return status;
}

const fsim_team_record *fsim_busiest_team(const fsim_summary *summary) {
  const fsim_team_record *busiest = NULL;
  for (size_t t = 0; t < summary->n_teams; t++) {
    const fsim_team_record *one = &summary->teams[t];
    if (!(one->utilisation.mean.estimate > 0)) continue;
    if (busiest == NULL || one->utilisation.mean.estimate > busiest->utilisation.mean.estimate)
      busiest = one;
  }
  return busiest;
}
