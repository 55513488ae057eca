/* Whether a team's queue grows without end. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/summary_parts.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"

/* One false alarm in a thousand queues that do not grow. */
#define SURE 0.998
/* And it must have grown in earnest over the second half of the window. */
#define GREATER 1.5
enum { LEAST_WEEKS = 8 };

/* Slope of y over 0 … n - 1, least squares. */
static double slope_of(const double *y, size_t n) {
  double middle = 0.5 * (double)(n - 1), top = 0, bottom = 0;
  for (size_t i = 0; i < n; i++) {
    double x = (double)i - middle;
    top += x * y[i];
    bottom += x * x;
  }
  return top / bottom;
}

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

static double average(const double *y, size_t from, size_t to) {
  double sum = 0;
  for (size_t i = from; i < to; i++) sum += y[i];
  return sum / (double)(to - from);
}

/* The last week in which the queue was no longer than in the first quarter on average. */
static size_t onset(const double *mean, size_t weeks) {
  double usual = average(mean, 0, weeks / 4);
  size_t last = 0;
  for (size_t w = 0; w < weeks; w++)
    if (mean[w] <= usual) last = w;
  return last;
}

/* Both halves of the window must rise: replications are independent, so the mean of their slopes
 * has a t interval (Law, Simulation Modeling and Analysis, 2015, ch. 9), whatever the correlation
 * of the weeks. A queue that only fills up to where it stays rises in the first half alone. */
static bool rises(const double *weekly, size_t n, size_t weeks, size_t of, double *slopes) {
  for (size_t half = 0; half < 2; half++) {
    size_t from = half * (weeks / 2);
    for (size_t r = 0; r < n; r++) slopes[r] = slope_of(weekly + r * weeks + from, weeks / 2);
    for (size_t u = 0; of == 2 && u < n / 2; u++)
      slopes[u] = 0.5 * (slopes[2 * u] + slopes[2 * u + 1]);
    fsim_interval slope = fsim_interval_mean(slopes, n / of, SURE);
    if (!(slope.low > 0)) return false;
  }
  return true;
}

int fsim_queue_trend(fsim_summary *summary, fsim_series *series, fsim_team_record *record,
                     fsim_report *report) {
  const fsim_scenario *scenario = summary->source->scenario;
  size_t n = summary->source->replications;
  size_t first = (size_t)ceil(scenario->warm_up_s / FSIM_WEEK);
  size_t end = (size_t)(scenario->horizon_s / FSIM_WEEK), weeks = end > first ? end - first : 0;
  if (weeks < LEAST_WEEKS || summary->units < 2) return FSIM_OK;
  double *memory = fsim_zeroed(n * weeks + weeks + n, sizeof *memory);
  if (memory == NULL) return fsim_no_memory(report);
  double *weekly = memory, *mean = weekly + n * weeks, *y = mean + weeks;
  int status = read_weeks(series, record->team, first, weeks, weekly, mean, y, report);
  if (status == FSIM_OK && rises(weekly, n, weeks, scenario->uncertain ? 2 : 1, y)) {
    double early = average(mean, 0, weeks / 4), late = average(mean, weeks - weeks / 4, weeks);
    record->grows = late > GREATER * early && late > early + 1;
    record->grows_from_week = first + onset(mean, weeks);
  }
  free(memory);
  return status;
}
