/* Growth of arrivals. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/fit/arrivals.h"
#include "analysis/fit/log_weeks.h"
#include "analysis/fit/wander.h"
#include "sim/base/array.h"

#define DAY 86400.0
/* In less time growth cannot be told from a level that wanders. */
#define LEAST_WEEKS 40
/* A logarithm of fewer cases is no normal variable: weeks are put together, up to four. */
#define LEAST_CASES 10
#define MOST_TOGETHER 4
/* Growth goes on for a quarter of the time in which it was seen, half a year at most: nothing in
 * the past tells when it ends, and growth that never ends is what makes forecasts by trends bad
 * (Gardner & McKenzie, Management Science 31, 1985). */
#define SPAN_SHARE 0.25
#define MOST_SPAN (26 * 7.0)

/* Counts of the complete weeks; *together: how many make a step. 0: too few cases. */
static size_t step_of(const double *count, size_t weeks) {
  double all = 0;
  for (size_t w = 0; w < weeks; w++) all += count[w];
  for (size_t step = 1; step <= MOST_TOGETHER; step *= 2) {
    if (all * (double)step >= LEAST_CASES * (double)weeks) return step;
  }
  return 0;
}

/* The steps end with the log. Months that differ are estimated together with growth: taken out
 * before, they would take some of the level's wandering with them. Growth is the last regressor. */
static size_t make_series(const fsim_log_weeks *weeks, const double *count, size_t step,
                          size_t period, double *y, double *x) {
  const size_t n = weeks->n / step, first = weeks->n - n * step, k = period > 0 ? period : 1;
  for (size_t i = 0; i < n; i++) {
    const int64_t from = weeks->first + (int64_t)(first + i * step) * FSIM_WEEK_S;
    double cases = 0;
    for (size_t w = 0; w < step; w++) cases += count[first + i * step + w];
    y[i] = log(cases + 0.5);
    if (period > 0)
      fsim_month_contrasts(from, from + (int64_t)step * FSIM_WEEK_S, period, x + i * k);
    x[i * k + k - 1] = (double)i * (double)step * 7 / FSIM_MONTH_DAYS;
  }
  return n;
}

static void take(const fsim_wander *fit, size_t weeks, fsim_arrival_trend *trend) {
  const size_t last = fit->k - 1;
  const double deviation = sqrt(fit->covariance[last][last]), growth = fit->slope[last];
  const double wide = gsl_cdf_tdist_Pinv(0.975, fit->freedom) * deviation;
  trend->n_weeks = weeks;
  trend->p = fit->p;
  trend->seen = growth;
  trend->low = growth - wide;
  trend->high = growth + wide;
  trend->found = fit->p < FSIM_TREND_LEVEL;
  if (!trend->found) return;
  /* James & Stein's factor of a single mean, as empirical Bayes has it for one. */
  const double kept = fmax(1 - deviation * deviation / (growth * growth), 0);
  trend->per_day = kept * growth / FSIM_MONTH_DAYS;
  trend->error = deviation / FSIM_MONTH_DAYS;
  trend->span_days = fmin(floor(SPAN_SHARE * (double)weeks) * 7, MOST_SPAN);
}

int fsim_arrival_trend_of(const fsim_log *log, size_t funnel, int64_t begin,
                          const fsim_arrival_months *months, fsim_report *report,
                          fsim_arrival_trend *trend) {
  *trend = (fsim_arrival_trend){0};
  const size_t period = months->differ ? months->period : 0, k = period > 0 ? period : 1;
  const fsim_log_weeks weeks = fsim_log_weeks_of(begin, log->end);
  if (weeks.n < LEAST_WEEKS) return FSIM_OK;
  double *count = fsim_zeroed(weeks.n, sizeof *count), *y = fsim_zeroed(weeks.n, sizeof *y);
  double *x = fsim_zeroed(weeks.n * k, sizeof *x);
  int status = count && y && x ? FSIM_OK : fsim_no_memory(report);
  for (size_t c = 0; c < log->n_cases && status == FSIM_OK; c++) {
    const fsim_case *which = &log->cases[c];
    if (fsim_arrives(which, funnel, weeks.first, log->end))
      count[fsim_log_week(&weeks, which->created)] += 1;
  }
  const size_t step = status == FSIM_OK ? step_of(count, weeks.n) : 0;
  if (step > 0) {
    fsim_wander fit;
    const size_t n = make_series(&weeks, count, step, period, y, x);
    status = fsim_wander_fit(y, x, n, k, k - 1, FSIM_HALF_CAUCHY, report, &fit);
    if (status == FSIM_OK) take(&fit, weeks.n, trend);
  }
  free(count);
  free(y);
  free(x);
  return status;
}
