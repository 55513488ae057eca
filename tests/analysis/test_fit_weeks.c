/* Exports in which all decisions of a week are made sooner or later together: how much is
 * recovered, and the forecast's single weeks hold as often as their intervals say. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <math.h>

#include "analysis/fit/fitted_set.h"
#include "analysis/fit/forecast.h"
#include "analysis/fit/scores.h"
#include "fit_made.h"

#define END (100 * DAY)
#define WEEK (7 * DAY)
#define WEEKS 4
#define ALL_WEEKS 19 /* the export ends within the fifteenth: weeks are counted from there */
#define LOGS 40

typedef struct made_log {
  fsim_text csv;
  double seen[WEEKS]; /* wins after the export's end */
} made_log;

/* Time runs by the week's factor; weeks begin two days before the first, so that one ends with the
 * export. */
static double after(const double *factor, double t, double wait) {
  const double shift = 15 * WEEK - END;
  for (;;) {
    const size_t week = (size_t)((t + shift) / WEEK);
    const double f = week < ALL_WEEKS ? factor[week] : 1;
    const double end = ((double)week + 1) * WEEK - shift;
    if (week >= ALL_WEEKS || wait <= (end - t) * f) return t + wait / f;
    wait -= (end - t) * f;
    t = end;
  }
}

/* Some 190 wins a week; half of all deals are won. */
static void make_log(gsl_rng *rng, double cv, made_log *log) {
  double factor[ALL_WEEKS];
  for (size_t k = 0; k < ALL_WEEKS; k++)
    factor[k] = cv > 0 ? gsl_ran_gamma(rng, 1 / (cv * cv), cv * cv) : 1;
  *log = (made_log){0};
  fsim_text_append(&log->csv, "id,created,closed,status\n");
  size_t id = 0;
  for (double t = 0; t < END + WEEKS * WEEK; t += gsl_ran_exponential(rng, DAY / 60)) {
    const double end = after(factor, t, gsl_ran_exponential(rng, 25 * DAY));
    const bool won = gsl_rng_uniform(rng) < 0.5;
    if (t < END) append_deal(&log->csv, id++, t, end - t, won ? "won" : "lost", END);
    if (won && end >= END && end < END + WEEKS * WEEK) log->seen[(size_t)((end - END) / WEEK)] += 1;
  }
}

typedef struct fitted_log {
  fsim_report *report;
  fsim_log *log;
  fsim_fitted_set set;
} fitted_log;

static void fit_log(const made_log *made, fitted_log *f) {
  assert_false(made->csv.failed);
  f->report = fsim_report_new();
  const char *map = fit_file("weeks.map.yaml", made_mapping);
  const char *deals = fit_file("weeks.csv", made->csv.text);
  f->log = fit_read(&deals, 1, map, NULL, FSIM_OK, NULL);
  const fsim_fit_options options = {.since = FSIM_NO_TIME};
  assert_int_equal(fsim_estimate_set(f->log, 0, &options, f->report, &f->set), FSIM_OK);
}

static void free_log(fitted_log *f, made_log *made) {
  fsim_fitted_set_free(&f->set);
  fsim_log_free(f->log);
  fsim_report_free(f->report);
  free(made->csv.text);
}

/* Shares of the weeks inside the central 50 and 80 %, added up over logs, and their squares. */
typedef struct coverage {
  double sum[2], squares[2];
} coverage;

static void cover(const fitted_log *f, const made_log *made, unsigned seed, coverage *c) {
  fsim_model_text text = {0};
  fsim_forecast forecast = {0};
  const fsim_model_text_options write = {
      .scenario = "weeks", .weeks = WEEKS, .replications = 100, .seed = seed};
  assert_int_equal(fsim_write_model_text(f->log, &f->set, &write, f->report, &text), FSIM_OK);
  assert_non_null(strstr(text.scenario, "\npaces:\n"));
  assert_int_equal(fsim_forecast_run(f->log, &text, &f->set, &write, 2, f->report, &forecast),
                   FSIM_OK);
  double held[2] = {0};
  for (size_t k = 0; k < WEEKS; k++) {
    double week[100];
    for (size_t r = 0; r < 100; r++) week[r] = forecast.all[r * WEEKS + k];
    gsl_sort(week, 1, 100);
    held[0] += fsim_covers(week, 100, 0.5, made->seen[k]) / (double)WEEKS;
    held[1] += fsim_covers(week, 100, 0.8, made->seen[k]) / (double)WEEKS;
  }
  for (int l = 0; l < 2; l++) {
    c->sum[l] += held[l];
    c->squares[l] += held[l] * held[l];
  }
  fsim_forecast_free(&forecast);
  fsim_model_text_free(&text);
}

/* Deviations of the mean share of weeks that are held from `level`, in standard errors: weeks of
 * one log share its errors, so logs are what counts. */
static double deviation(const coverage *c, int l, double level) {
  const double mean = c->sum[l] / LOGS;
  return (mean - level) / sqrt((c->squares[l] / LOGS - mean * mean) / (LOGS - 1));
}

/* The square of the spread is recovered on average. Quantiles of a hundred futures lie about a
 * hundredth within those of the law, so the share to be held is taken a hundredth lower. */
static void a_swing_is_found_and_forecast(void **state) {
  (void)state;
  const double cv = 0.3;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 11);
  double sum = 0, squares = 0;
  coverage covered = {0};
  for (unsigned i = 0; i < LOGS; i++) {
    made_log made;
    fitted_log f;
    make_log(rng, cv, &made);
    fit_log(&made, &f);
    const fsim_week_swing *swing = &f.set.funnel[0].swing;
    assert_int_equal(swing->n_weeks, 14);
    assert_true(swing->cv <= 0.6);
    sum += swing->seen * swing->seen;
    squares += pow(swing->seen, 4);
    cover(&f, &made, i, &covered);
    free_log(&f, &made);
  }
  print_message("weeks held: %.3f, %.3f\n", covered.sum[0] / LOGS, covered.sum[1] / LOGS);
  const double mean = sum / LOGS, error = sqrt((squares / LOGS - mean * mean) / (LOGS - 1));
  assert_true(fabs(mean - cv * cv) < 4 * error);
  assert_true(deviation(&covered, 0, 0.49) > -3.1); /* one in a thousand */
  assert_true(deviation(&covered, 1, 0.79) > -3.1);
  assert_true(deviation(&covered, 0, 0.6) < 3.1); /* nor much too wide */
  gsl_rng_free(rng);
}

/* Without one the estimate is 0 at least every other time, as a difference without bias is. */
static void chance_is_no_swing(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 12);
  unsigned none = 0;
  for (unsigned i = 0; i < LOGS; i++) {
    made_log made;
    fitted_log f;
    make_log(rng, 0, &made);
    fit_log(&made, &f);
    none += f.set.funnel[0].swing.seen <= 0;
    assert_true(f.set.funnel[0].swing.cv < 0.15);
    free_log(&f, &made);
  }
  assert_true(gsl_cdf_binomial_P(none, 0.5, LOGS) > 0.001);
  gsl_rng_free(rng);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_swing_is_found_and_forecast),
      cmocka_unit_test(chance_is_no_swing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
