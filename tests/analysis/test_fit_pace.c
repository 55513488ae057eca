/* Time by the pace of weeks, and waits that are fitted by it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "analysis/fit/fitted_set.h"
#include "fit_files.h"
#include "sim/base/quantity.h"

#define DAY INT64_C(86400)
#define WEEK (7 * DAY)
#define WEEKS 52
#define BEFORE 8 /* weeks before the export begins, so that it holds deals of any age */
#define PER_DAY 40.0
#define LOGS 12

static void time_runs_by_the_week(void **state) {
  (void)state;
  fsim_report *report = fsim_report_new();
  const fsim_log_weeks weeks = {1000 * WEEK, 3};
  fsim_week_pace *pace = fsim_week_pace_new(&weeks, report);
  assert_non_null(pace);
  const int64_t first = weeks.first;
  assert_true(fsim_pace_time(pace, first - DAY, first + 4 * WEEK) == DAY + 4 * WEEK);
  pace->factor[0] = 0.5;
  pace->factor[2] = 2;
  fsim_week_pace_sum(pace);
  assert_true(fsim_pace_time(pace, first - DAY, first + DAY) == 1.5 * DAY);
  assert_true(fsim_pace_time(pace, first + 6 * DAY, first + 8 * DAY) == 1.5 * DAY);
  assert_true(fsim_pace_time(pace, first + 20 * DAY, first + 3 * WEEK + DAY) == 3 * DAY);
  assert_true(fsim_pace_time(NULL, first, first + DAY) == DAY);
  assert_int_equal(fsim_pace_next(pace, first - DAY), first);
  assert_int_equal(fsim_pace_next(pace, first), first + WEEK);
  assert_int_equal(fsim_pace_next(pace, first + 3 * WEEK - 1), first + 3 * WEEK);
  assert_true(fsim_pace_next(pace, first + 3 * WEEK) == INT64_MAX);
  assert_true(fsim_pace_next(NULL, first) == INT64_MAX);
  fsim_week_pace_free(pace);
  fsim_report_free(report);
}

static const char mapping[] =
    "kind: deals\n"
    "funnel: deals\n"
    "columns: {case: id, created: created, closed: closed, status: status}\n"
    "outcomes: {won: {from: [won], counts_as: win}, lost: {from: [lost]}}\n"
    "ignore: [open]\n"
    "begin: 2026-01-05\n"
    "end: 2027-01-04\n"; /* 52 weeks */

static double after(const double *factor, double t, double wait) {
  for (;;) {
    const size_t week = (size_t)(t / WEEK) < BEFORE + WEEKS ? (size_t)(t / WEEK) : 0;
    const double f = factor[week], end = (floor(t / WEEK) + 1) * WEEK;
    if (wait <= (end - t) * f) return t + wait / f;
    wait -= (end - t) * f;
    t = end;
  }
}

/* Exponential waits of so many days at the mean pace, half of the deals won. Returns the mean of
 * the factors that the weeks of the export happened to have. */
static double make(gsl_rng *rng, double days, double cv, fsim_text *csv) {
  const double begin = BEFORE * WEEK, end = (BEFORE + WEEKS) * WEEK;
  const int32_t start = fsim_days_from_date(2026, 1, 5) - 7 * BEFORE;
  double factor[BEFORE + WEEKS];
  for (size_t w = 0; w < BEFORE + WEEKS; w++)
    factor[w] = cv > 0 ? gsl_ran_gamma(rng, 1 / (cv * cv), cv * cv) : 1;
  size_t id = 0;
  fsim_text_append(csv, "id,created,closed,status\n");
  for (double t = gsl_ran_exponential(rng, DAY / PER_DAY); t < end;
       t += gsl_ran_exponential(rng, DAY / PER_DAY)) {
    const double closed = after(factor, t, gsl_ran_exponential(rng, days * (double)DAY));
    const bool won = gsl_rng_uniform(rng) < 0.5;
    char from[40], to[40];
    if (closed < begin) continue;
    fsim_format_instant(start, (int64_t)t, from, sizeof from);
    fsim_format_instant(start, (int64_t)closed, to, sizeof to);
    fsim_text_append(csv, "%zu,%s,%s,%s\n", id++, from, closed < end ? to : "",
                     closed < end ? (won ? "won" : "lost") : "open");
  }
  double sum = 0;
  for (size_t w = BEFORE; w < BEFORE + WEEKS; w++) sum += factor[w];
  return sum / WEEKS;
}

/* Mean wait at the fitted rates, ends over time at risk, over the truth: that of weeks whose mean
 * pace was 1, which is all that is asked of weeks that happened to be fast. */
static double fitted_wait(gsl_rng *rng, double days, double cv) {
  fsim_text csv = {0};
  const double mean = make(rng, days, cv, &csv);
  assert_false(csv.failed);
  fsim_report *report = fsim_report_new();
  fsim_fitted_set set;
  const char *map = fit_file("pace.map.yaml", mapping), *deals = fit_file("pace.csv", csv.text);
  fsim_log *log = fit_read(&deals, 1, map, NULL, FSIM_OK, NULL);
  const fsim_fit_options options = {.since = FSIM_NO_TIME};
  assert_int_equal(fsim_estimate_set(log, 0, &options, report, &set), FSIM_OK);
  const fsim_fitted_funnel *f = &set.funnel[0];
  size_t s = 0;
  while (f->stays.stage[s].n == 0) s++;
  const fsim_hazard *h = &f->stage[s].hazard;
  double ends = 0, time = 0;
  for (size_t p = 0; p < h->n_pieces; p++) {
    const double both = h->ends[2 * p] + h->ends[2 * p + 1];
    ends += both;
    time += both > 0 ? both / (h->rate[2 * p] + h->rate[2 * p + 1]) : 0;
  }
  fsim_fitted_set_free(&set);
  fsim_log_free(log);
  fsim_report_free(report);
  free(csv.text);
  return mean * time / ends / (days * (double)DAY);
}

/* In standard errors. */
static double error_of_wait(double days, double cv) {
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  double sum = 0, squares = 0;
  for (int i = 0; i < LOGS; i++) {
    const double ratio = fitted_wait(rng, days, cv);
    sum += ratio;
    squares += ratio * ratio;
  }
  gsl_rng_free(rng);
  const double mean = sum / LOGS, error = sqrt((squares / LOGS - mean * mean) / (LOGS - 1));
  print_message("%g d, swing %g: %.4f, error %.4f\n", days, cv, mean, error);
  return (mean - 1) / error;
}

/* One in a thousand, with so many degrees of freedom. As they were seen, waits of two days in weeks
 * that swing by 40 % are 11 % too long, ten errors. */
static void waits_are_those_of_the_mean_pace(void **state) {
  (void)state;
  assert_true(fabs(error_of_wait(2, 0.4)) < 3.8);
  assert_true(fabs(error_of_wait(20, 0.4)) < 3.8);
  assert_true(fabs(error_of_wait(2, 0)) < 3.8);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(time_runs_by_the_week),
      cmocka_unit_test(waits_are_those_of_the_mean_pace),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
