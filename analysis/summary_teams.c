/* The teams of a summary: how busy, how long their queues, who gave up, what they cost. */
#include <stdlib.h>

#include "analysis/summary_parts.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/model/hours.h"

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
  summary->n_teams++;
  return FSIM_OK;
}

int fsim_summary_teams(fsim_summary *summary, fsim_series *series, fsim_report *report) {
  size_t n = summary->source->shape->dim[FSIM_DIM_TEAM];
  summary->teams = fsim_zeroed(n, sizeof *summary->teams);
  int status = summary->teams == NULL ? fsim_no_memory(report) : FSIM_OK;
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
