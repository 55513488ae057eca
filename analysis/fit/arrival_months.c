/* Months in which more or fewer cases come. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/fit/arrivals.h"
#include "analysis/fit/hazard.h"
#include "analysis/fit/wander.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"

#define DAY INT64_C(86400)
/* A year tells the months of a quarter, two years those of a year: each is seen twice at least. */
#define QUARTERS_FROM 12
#define YEARS_FROM 24
/* A logarithm of fewer cases is no normal variable. */
#define LEAST_CASES 10

void fsim_month_contrasts(int64_t from, int64_t to, size_t period, double *x) {
  double share[FSIM_YEAR_MONTHS] = {0};
  for (int64_t t = from; t < to; t += DAY) {
    int year, month, day;
    fsim_date_from_days((int32_t)(t / DAY), &year, &month, &day);
    share[(size_t)(month - 1) % period] += (double)DAY / (double)(to - from);
  }
  for (size_t j = 0; j + 1 < period; j++) x[j] = share[j] - share[period - 1];
}

static double exposure(const double weekday[7], int64_t from, int64_t to) {
  double sum = 0;
  for (int64_t t = from; t < to; t += DAY) sum += weekday[fsim_weekday((int32_t)(t / DAY))];
  return sum;
}

/* ---- the series ---- */

typedef struct series {
  size_t n, period;
  int64_t *from; /* [n + 1] */
  double *count, *y, *x;
  size_t k; /* regressors: growth, and months that differ from their mean, which sum to zero */
} series;

static void free_series(series *s) {
  free(s->from);
  free(s->count);
  free(s->y);
  free(s->x);
}

static int make_series(int64_t begin, int64_t end, fsim_report *report, series *s) {
  const int64_t first = fsim_next_month(begin - 1);
  for (int64_t t = first; t < end && fsim_next_month(t) <= end; t = fsim_next_month(t)) s->n++;
  if (s->n < QUARTERS_FROM) return FSIM_OK;
  s->period = s->n < YEARS_FROM ? FSIM_QUARTER_MONTHS : FSIM_YEAR_MONTHS;
  s->k = s->period;
  s->from = fsim_zeroed(s->n + 1, sizeof *s->from);
  s->count = fsim_zeroed(s->n, sizeof *s->count);
  s->y = fsim_zeroed(s->n, sizeof *s->y);
  s->x = fsim_zeroed(s->n * s->k, sizeof *s->x);
  if (!s->from || !s->count || !s->y || !s->x) return fsim_no_memory(report);
  s->from[0] = first;
  for (size_t m = 0; m < s->n; m++) s->from[m + 1] = fsim_next_month(s->from[m]);
  return FSIM_OK;
}

/* False: too few. */
static bool count_months(const fsim_log *log, size_t funnel, series *s) {
  double all = 0;
  size_t m = 0;
  for (size_t c = 0; c < log->n_cases; c++) { /* by created */
    const fsim_case *which = &log->cases[c];
    if (!fsim_arrives(which, funnel, s->from[0], s->from[s->n])) continue;
    while (which->created >= s->from[m + 1]) m++;
    s->count[m] += 1;
    all += 1;
  }
  return all >= LEAST_CASES * (double)s->n;
}

/* Half a case of a mean month more makes the logarithm's mean that of the mean (Anscombe,
 * Biometrika 35, 1948); the same to each day, so that even arrivals stay even. */
static void fill_series(const double weekday[7], series *s) {
  const double half = 0.5 * (double)s->n / exposure(weekday, s->from[0], s->from[s->n]);
  for (size_t i = 0; i < s->n; i++) {
    double *x = s->x + i * s->k;
    s->y[i] = log(s->count[i] / exposure(weekday, s->from[i], s->from[i + 1]) + half);
    x[0] = (double)i;
    fsim_month_contrasts(s->from[i], s->from[i + 1], s->period, x + 1);
  }
}

/* ---- the factors ---- */

/* The month's effect and its variance; the last one's are those of minus the sum. */
static double effect(const fsim_wander *fit, size_t j, size_t period, double *variance) {
  if (j + 1 < period) {
    *variance = fit->covariance[1 + j][1 + j];
    return fit->slope[1 + j];
  }
  double sum = 0;
  *variance = 0;
  for (size_t a = 1; a < period; a++) {
    sum -= fit->slope[a];
    for (size_t b = 1; b < period; b++) *variance += fit->covariance[a][b];
  }
  return sum;
}

/* Each month is drawn towards all by how much months differ beyond their errors, whose own doubt
 * widens the limits (Morris, JASA 78, 1983, 47-55: 1.18 of his parametric empirical Bayes). */
static void draw_together(const fsim_wander *fit, fsim_arrival_months *months) {
  const size_t n = months->period;
  double own[FSIM_YEAR_MONTHS], variance[FSIM_YEAR_MONTHS], squares = 0, errors = 0, level = 0;
  for (size_t j = 0; j < n; j++) {
    own[j] = effect(fit, j, n, &variance[j]);
    squares += own[j] * own[j];
    errors += variance[j];
  }
  const double spread = fmax(squares - errors, 0) / (double)(n - 1);
  const double wide = gsl_cdf_tdist_Pinv(0.975, fit->freedom);
  for (size_t m = 0; m < FSIM_YEAR_MONTHS; m++) {
    const size_t j = m % n;
    const double kept = spread / (spread + variance[j]), lost = 1 - kept;
    const double doubt = 2 / fmax((double)n - 3, 1) * lost * lost * own[j] * own[j];
    const double deviation = sqrt(kept * variance[j] + doubt);
    months->factor[m] = exp(kept * own[j]);
    months->low[m] = exp(kept * own[j] - wide * deviation);
    months->high[m] = exp(kept * own[j] + wide * deviation);
    months->error += deviation * deviation / FSIM_YEAR_MONTHS;
    level += months->factor[m] / FSIM_YEAR_MONTHS;
  }
  months->error = sqrt(months->error);
  for (size_t m = 0; m < FSIM_YEAR_MONTHS; m++) {
    months->factor[m] /= level;
    months->low[m] /= level;
    months->high[m] /= level;
  }
}

int fsim_arrival_months_of(const fsim_log *log, size_t funnel, int64_t begin,
                           const double weekday[7], fsim_report *report,
                           fsim_arrival_months *months) {
  *months = (fsim_arrival_months){0};
  for (size_t m = 0; m < FSIM_YEAR_MONTHS; m++)
    months->factor[m] = months->low[m] = months->high[m] = 1;
  series s = {0};
  int status = make_series(begin, log->end, report, &s);
  if (status == FSIM_OK && s.k > 0 && count_months(log, funnel, &s)) {
    fsim_wander fit;
    fill_series(weekday, &s);
    status = fsim_wander_fit(s.y, s.x, s.n, s.k, 1, FSIM_FLAT_RATIO, report, &fit);
    months->n_months = s.n;
    months->period = s.period;
    months->p = fit.p;
    months->differ = status == FSIM_OK && fit.p < FSIM_MONTHS_LEVEL;
    if (months->differ) draw_together(&fit, months);
  }
  free_series(&s);
  return status;
}
