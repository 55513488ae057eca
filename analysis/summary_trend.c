/* Whether a team's queue grows without end. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/summary_parts.h"
#include "analysis/trend.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"

/* mean[weeks] of all replications; weekly[replications][weeks] of each. */
static int read_weeks(fsim_series *series, size_t team, size_t first, size_t weeks, double *weekly,
                      double *mean, double *y, fsim_report *report) {
  size_t n = fsim_series_source_of(series)->replications;
  int status = FSIM_OK;
  for (size_t w = 0; w < weeks && status == FSIM_OK; w++) {
    fsim_spot spot = {{0}};
    spot.at[FSIM_DIM_TEAM] = team;
    spot.at[FSIM_DIM_WEEK] = first + w;
    memset(y, 0, n * sizeof *y);
    status = fsim_series_add(series, FSIM_WEEK_QUEUED, &spot, 1 / FSIM_WEEK, y, report);
    mean[w] = 0;
    for (size_t r = 0; r < n; r++) {
      weekly[r * weeks + w] = y[r];
      mean[w] += y[r] / (double)n;
    }
  }
  return status;
}

/* The last week in which the queue was no longer than in the first quarter on average. */
static size_t onset(const double *mean, size_t weeks) {
  double usual = 0;
  size_t last = 0;
  for (size_t w = 0; w < weeks / 4; w++) usual += mean[w] / (double)(weeks / 4);
  for (size_t w = 0; w < weeks; w++)
    if (mean[w] <= usual) last = w;
  return last;
}

int fsim_queue_trend(fsim_summary *summary, fsim_series *series, fsim_team_record *record,
                     fsim_report *report) {
  const fsim_scenario *scenario = summary->source->scenario;
  size_t n = summary->source->replications;
  size_t first = (size_t)ceil(scenario->warm_up_s / FSIM_WEEK);
  size_t end = (size_t)(scenario->horizon_s / FSIM_WEEK), weeks = end > first ? end - first : 0;
  if (weeks < FSIM_TREND_WEEKS || summary->units < 2) return FSIM_OK;
  double *memory = fsim_zeroed(n * weeks + weeks + n, sizeof *memory);
  if (memory == NULL) return fsim_no_memory(report);
  double *weekly = memory, *mean = weekly + n * weeks, *y = mean + weeks;
  int status = read_weeks(series, record->team, first, weeks, weekly, mean, y, report);
  if (status == FSIM_OK) {
    record->grows = fsim_grows_without_end(weekly, mean, n, weeks, scenario->uncertain ? 2 : 1, y);
    record->grows_from_week = first + onset(mean, weeks);
  }
  free(memory);
  return status;
}
