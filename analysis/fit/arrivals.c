#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/fit/estimate.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"

#define DAY INT64_C(86400)
#define WEEK INT64_C(604800)
/* Weekday factors need this many cases; below it all days are alike. */
#define CASES_FOR_WEEKDAYS 100

static bool arrives(const fsim_case *c, size_t funnel, int64_t since, int64_t end) {
  return c->funnel == (int32_t)funnel && c->parent == FSIM_NONE && c->created >= since &&
         c->created < end && c->seen_from <= c->created;
}

static double mean_of(const double *x, size_t n) {
  double total = 0;
  for (size_t i = 0; i < n; i++) total += x[i];
  return total / (double)n;
}

/* Spread of weekly counts that Poisson does not explain (moments; Cox 1983). */
static double beyond_poisson(const double *count, size_t n) {
  double mean = mean_of(count, n), squares = 0;
  if (n < 4 || mean <= 0) return 0;
  for (size_t i = 0; i < n; i++) squares += (count[i] - mean) * (count[i] - mean);
  double extra = squares / (double)(n - 1) - mean;
  return extra > 0 ? sqrt(extra) / mean : 0;
}

static int compare_counts(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

/* What the mean of n counts of Poisson without the `trim` highest and lowest is expected to be: of
 * those left, the number above k is that of all counts above k, less `trim`, within its bounds. */
static double expected_trimmed(double mean, size_t n, size_t trim) {
  const double left = (double)(n - 2 * trim);
  double sum = 0;
  for (unsigned k = 0;; k++) {
    const double above = gsl_cdf_poisson_Q(k, mean);
    double middle = 0;
    for (size_t many = trim + 1; many <= n; many++)
      middle += fmin((double)(many - trim), left) *
                gsl_ran_binomial_pdf((unsigned)many, above, (unsigned)n);
    sum += middle / left;
    if ((double)k > mean && middle < 1e-9) return sum;
  }
}

/* Above so many a week, what trimming takes off is less than a thousandth. */
#define MANY_A_WEEK 200

/* Mean without the tenth of weeks that are highest and lowest, at least one of six: a campaign or a
 * holiday is no level (trimmed mean; Tukey & McLaughlin, Sankhya A 25, 1963). Few cases a week have
 * high weeks by chance: what trimming takes off counts of Poisson is given back. Sorts the counts.
 */
static double trimmed_mean(double *count, size_t n) {
  size_t trim = n < 6 ? 0 : n < 20 ? 1 : n / 10;
  const double mean = mean_of(count, n);
  qsort(count, n, sizeof *count, compare_counts);
  const double trimmed = mean_of(count + trim, n - 2 * trim);
  return trim == 0 || mean > MANY_A_WEEK ? trimmed
                                         : trimmed + mean - expected_trimmed(mean, n, trim);
}

static bool weekdays_differ(const double *day, double cases) {
  double statistic = 0, expected = cases / 7;
  for (size_t d = 0; d < 7; d++) statistic += (day[d] - expected) * (day[d] - expected) / expected;
  return statistic > 22.5; /* chi-squared with 6 degrees of freedom, one in a thousand */
}

/* Whether new cases stopped coming: the last weeks have none, where twenty are to be expected (one
 * in half a thousand million of Poisson's) from the weeks before. */
static bool has_ended(const double *count, size_t n) {
  size_t last = n;
  while (last > 0 && !(count[last - 1] > 0)) last--;
  return last > 0 && mean_of(count, last) * (double)(n - last) > 20;
}

int fsim_arrivals_of(const fsim_log *log, size_t funnel, int64_t since, fsim_report *report,
                     fsim_arrivals *arrivals) {
  *arrivals = (fsim_arrivals){0};
  if (since == FSIM_NO_TIME || since < log->begin) since = log->begin;
  const int64_t end = log->end;
  const size_t complete = end > since ? (size_t)((end - since) / WEEK) : 0;
  const size_t n = complete > 0 ? complete : 1;
  if (end <= since) return FSIM_OK;
  double *count = fsim_zeroed(n, sizeof *count);
  if (count == NULL) return fsim_no_memory(report);
  double day[7] = {0}, cases = 0;
  const int64_t first = complete > 0 ? end - (int64_t)n * WEEK : since;
  for (size_t c = 0; c < log->n_cases; c++) {
    if (!arrives(&log->cases[c], funnel, first, end)) continue;
    int64_t created = log->cases[c].created;
    count[(created - first) / WEEK] += 1;
    day[fsim_weekday((int32_t)(created / DAY))] += 1;
    cases += 1;
  }
  if (cases > 0 && !has_ended(count, n)) {
    arrivals->n_weeks = n;
    arrivals->week_cv = beyond_poisson(count, n);
    arrivals->weekdays_differ = cases >= CASES_FOR_WEEKDAYS && weekdays_differ(day, cases);
    for (size_t d = 0; d < 7; d++)
      arrivals->weekday[d] = arrivals->weekdays_differ ? day[d] / cases * 7 : 1;
    arrivals->per_day = trimmed_mean(count, n) / 7;
    arrivals->part_of_week = complete == 0;
    if (arrivals->part_of_week)
      arrivals->per_day = cases / fmax((double)(end - since) / (double)DAY, 1);
  }
  free(count);
  return FSIM_OK;
}
