#include "analysis/fit/arrivals.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/base/quantity.h"

#define DAY INT64_C(86400)
#define WEEK INT64_C(604800)
/* Weekday factors need this many cases; below it all days are alike. */
#define CASES_FOR_WEEKDAYS 100

static double mean_of(const double *x, size_t n) {
  double total = 0;
  for (size_t i = 0; i < n; i++) total += x[i];
  return total / (double)n;
}

/* Spread of weekly counts, over their weights, that Poisson does not explain (moments; Cox 1983):
 * a count of mean m w has, over w, the variance m / w. */
static double beyond_poisson(const double *count, const double *weight, size_t n) {
  double mean = mean_of(count, n), squares = 0, chance = 0;
  if (n < 4 || mean <= 0) return 0;
  for (size_t i = 0; i < n; i++) {
    squares += (count[i] - mean) * (count[i] - mean);
    chance += mean / weight[i] / (double)n;
  }
  double extra = squares / (double)(n - 1) - chance;
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

int64_t fsim_arrivals_begin(const fsim_log *log, size_t funnel) {
  for (size_t c = 0; c < log->n_cases; c++) { /* by created */
    const int64_t created = log->cases[c].created;
    if (!fsim_arrives(&log->cases[c], funnel, log->begin, log->end)) continue;
    return created - log->begin > WEEK ? created / DAY * DAY : log->begin;
  }
  return FSIM_NO_TIME;
}

double fsim_arrivals_weight(const fsim_arrivals *a, int64_t from, int64_t to, int64_t end) {
  if (!a->months.differ && !a->trend.found) return 1;
  double sum = 0, days = 0;
  for (int64_t t = from; t < to; t += DAY, days++) {
    int year, month, day;
    fsim_date_from_days((int32_t)(t / DAY), &year, &month, &day);
    sum += a->months.factor[month - 1] *
           exp(a->trend.per_day * ((double)(t - end) / (double)DAY + 0.5));
  }
  return days > 0 ? sum / days : 1;
}

/* The weeks that the level is of, each count over what the calendar and growth make of it. */
typedef struct weeks {
  size_t n;
  int64_t first;
  double *count, *weight;
  double day[7], cases;
  const fsim_quiet_weeks *quiet; /* weeks of holidays are no level */
} weeks;

static void count_weeks(const fsim_log *log, size_t funnel, weeks *w) {
  for (size_t c = 0; c < log->n_cases; c++) {
    if (!fsim_arrives(&log->cases[c], funnel, w->first, log->end)) continue;
    int64_t created = log->cases[c].created;
    w->count[(created - w->first) / WEEK] += 1;
    if (fsim_quiet_span_at(w->quiet, created) != NULL) continue;
    w->day[fsim_weekday((int32_t)(created / DAY))] += 1;
    w->cases += 1;
  }
}

static void estimate_level(const fsim_log *log, const weeks *w, fsim_arrivals *a) {
  size_t n = 0;
  for (size_t i = 0; i < w->n; i++) {
    const int64_t from = w->first + (int64_t)i * WEEK;
    if (fsim_quiet_span_at(w->quiet, from) != NULL) continue;
    w->weight[n] = fsim_arrivals_weight(a, from, from + WEEK, log->end);
    w->count[n] = w->count[i] / w->weight[n];
    n++;
  }
  a->n_weeks = n;
  a->week_cv = beyond_poisson(w->count, w->weight, n);
  a->per_day = trimmed_mean(w->count, n) / 7;
}

static int estimate(const fsim_log *log, size_t funnel, const weeks *w, bool complete,
                    fsim_report *report, fsim_arrivals *a) {
  const int64_t begin = fsim_arrivals_begin(log, funnel);
  a->n_weeks = w->n;
  a->weekdays_differ = w->cases >= CASES_FOR_WEEKDAYS && weekdays_differ(w->day, w->cases);
  for (size_t d = 0; d < 7; d++) a->weekday[d] = a->weekdays_differ ? w->day[d] / w->cases * 7 : 1;
  int status = fsim_arrival_months_of(log, funnel, begin, a->weekday, report, &a->months);
  if (status == FSIM_OK)
    status = fsim_arrival_trend_of(log, funnel, begin, &a->months, report, &a->trend);
  if (status != FSIM_OK) return status;
  a->part_of_week = !complete;
  if (complete)
    estimate_level(log, w, a);
  else
    a->per_day = w->cases / fmax((double)(log->end - w->first) / (double)DAY, 1);
  return FSIM_OK;
}

/* Where all weeks are quiet, they are all that is known. */
static bool all_are_quiet(const weeks *w, const fsim_quiet_weeks *quiet) {
  for (size_t i = 0; i < w->n; i++) {
    if (fsim_quiet_span_at(quiet, w->first + (int64_t)i * WEEK) == NULL) return false;
  }
  return true;
}

int fsim_arrivals_of(const fsim_log *log, size_t funnel, int64_t since,
                     const fsim_quiet_weeks *quiet, fsim_report *report, fsim_arrivals *arrivals) {
  static const fsim_quiet_weeks none;
  *arrivals = (fsim_arrivals){.ended = FSIM_NO_TIME};
  if (since == FSIM_NO_TIME || since < log->begin) since = log->begin;
  const int64_t end = log->end;
  if (end <= since) return FSIM_OK;
  const size_t complete = (size_t)((end - since) / WEEK), n = complete > 0 ? complete : 1;
  weeks w = {.n = n,
             .first = complete > 0 ? end - (int64_t)n * WEEK : since,
             .count = fsim_zeroed(n, sizeof *w.count),
             .weight = fsim_zeroed(n, sizeof *w.weight)};
  w.quiet = all_are_quiet(&w, quiet) ? &none : quiet;
  int status = w.count && w.weight ? FSIM_OK : fsim_no_memory(report);
  if (status == FSIM_OK) count_weeks(log, funnel, &w);
  arrivals->ended = fsim_arrivals_end(log, funnel);
  if (status == FSIM_OK && w.cases > 0 && arrivals->ended == FSIM_NO_TIME)
    status = estimate(log, funnel, &w, complete > 0, report, arrivals);
  free(w.count);
  free(w.weight);
  return status;
}

/* How far before the log's end the middle of the weeks lies, from where growth is reckoned. */
static double days_since_middle(const fsim_arrivals *a) {
  return 3.5 * (double)a->n_weeks;
}

double fsim_level_error(const fsim_arrivals *a) {
  if (a->n_weeks == 0 || a->per_day <= 0) return 0;
  const double n = (double)a->n_weeks;
  const double chance = (1 / (7 * a->per_day) + a->week_cv * a->week_cv) / n;
  const double seen = fmin(fmax(7 * n / FSIM_MONTH_DAYS, 1), FSIM_YEAR_MONTHS);
  const double months = a->months.error * a->months.error * (1 + 1 / seen);
  const double growth = a->trend.error * days_since_middle(a);
  return sqrt(chance + months + growth * growth);
}

/* Growth and the level have this doubt in common: t days after the end the level is off by the
 * growth's error times t and the days since the middle of the weeks. The scenario draws the two
 * independently; the growth's error is as much more as makes the sum right half-way, and too wide
 * at the end. */
double fsim_growth_error(const fsim_arrivals *a) {
  const double span = a->trend.span_days;
  return a->trend.error * sqrt(span * (span + 4 * days_since_middle(a)));
}
