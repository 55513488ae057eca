/* Growth and months of arrivals: told where they are, in one log of a hundred where they are not,
 * and written so that the weeks to come have them. */
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

#include "analysis/fit/drift.h"
#include "analysis/fit/forecast.h"
#include "fit_files.h"
#include "made_arrivals.h"

static const fsim_quiet_weeks no_quiet;
#define LOGS 400
#define TWO_YEARS 109 /* weeks, with 24 whole months whatever day they begin on */

/* Two years of months that differ by a quarter, mean 1. */
static const double seasons[12] = {1.3, 1.25, 1.1, 1, 0.95, 0.85, 0.7, 0.75, 1, 1.1, 1.15, 0.85};

typedef struct told {
  unsigned growth, months;            /* logs in which they are found */
  unsigned growth_held;               /* whose limits hold the growth */
  double limits_held, limits_squared; /* shares of a log's months whose limits hold the factor */
  double sum, squares;                /* of the growth that is seen */
  double level, level_squares;        /* errors of the level's logarithm */
  unsigned level_held;                /* by 1.96 of its errors */
  unsigned end_held;                  /* the level when growth ends, by what is written */
} told;

/* Logs begin in all months. */
static told tell(made_arrivals of, unsigned logs, unsigned seed) {
  told t = {0};
  fsim_report *report = fsim_report_new();
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, seed);
  for (unsigned i = 0; i < logs; i++) {
    of.begin_day = 20089 + (int)(i % 12) * 30;
    const fsim_log log = made_log(rng, &of);
    fsim_arrivals a;
    assert_int_equal(fsim_arrivals_of(&log, 0, log.end - 12 * WEEK, &no_quiet, report, &a),
                     FSIM_OK);
    assert_true(a.trend.n_weeks > 0 && a.months.n_months >= 12);
    t.growth += a.trend.found;
    t.growth_held += a.trend.low <= of.growth && of.growth <= a.trend.high;
    t.sum += a.trend.seen;
    t.squares += a.trend.seen * a.trend.seen;
    t.months += a.months.differ;
    double held = 0;
    for (int m = 0; m < 12 && a.months.differ; m++)
      held += a.months.low[m] <= of.month[m] && of.month[m] <= a.months.high[m];
    t.limits_held += held / 12;
    t.limits_squared += held * held / 144;
    const double level = of.per_day * exp(of.growth * 7 * of.weeks / FSIM_MONTH_DAYS);
    const double off = log1p(a.per_day / level - 1);
    t.level += off;
    t.level_squares += off * off;
    t.level_held += fabs(off) < 1.96 * fsim_level_error(&a);
    const double grown = (a.trend.per_day - of.growth / FSIM_MONTH_DAYS) * a.trend.span_days;
    t.end_held += fabs(off + grown) < 1.96 * hypot(fsim_level_error(&a), fsim_growth_error(&a));
  }
  gsl_rng_free(rng);
  fsim_report_free(report);
  return t;
}

static double error_of_mean(double sum, double squares, double n) {
  return sqrt(fmax(squares - sum * sum / n, 0) / (n - 1) / n);
}

/* Poisson, wild weeks, levels that move by a tenth and a fifth from month to month, a season that
 * less than two years cannot tell, a level that is one and a half times as high once. Limits here
 * and below: one in a thousand of the binomial law. */
static void levels_that_wander_are_no_growth_and_no_months(void **state) {
  (void)state;
  static const made_arrivals levels[] = {
      {.weeks = TWO_YEARS, .per_day = 6},
      {.weeks = TWO_YEARS, .per_day = 6, .week_cv = 0.3},
      {.weeks = TWO_YEARS, .per_day = 6, .wander = 0.1},
      {.weeks = TWO_YEARS, .per_day = 6, .wander = 0.2, .week_cv = 0.1},
      {.weeks = 57, .per_day = 20, .wander = 0.1},
      {.weeks = 57, .per_day = 20, .wander = 0.2},
      {.weeks = 79,
       .per_day = 20,
       .month = {1.3, 1.2, 1.1, 1, 0.9, 0.8, 0.7, 0.8, 0.9, 1, 1.1, 1.2}},
      {.weeks = 57, .per_day = 20, .month = {1, 1, 1, 1, 1, 1, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5}},
  };
  unsigned wanders = 0;
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
    const told t = tell(levels[i], LOGS, 1);
    if (gsl_cdf_binomial_Q(t.growth, 0.01, LOGS) < 0.001 ||
        gsl_cdf_binomial_Q(t.months, 0.01, LOGS) < 0.001)
      fail_msg("%zu: growth in %u, months in %u of %d", i, t.growth, t.months, LOGS);
    if (levels[i].wander > 0) wanders += t.growth;
    assert_true(gsl_cdf_binomial_P(t.growth_held, 0.95, LOGS) > 0.001);
  }
  assert_true(wanders > 0); /* the test is not blind */
}

/* Five in a hundred a month for two years: always told, without bias, and the level is that of the
 * last day, not of the middle of the last weeks (a lag of 7 %). */
static void growth_is_told_with_the_level_of_the_last_day(void **state) {
  (void)state;
  const double growth = log(1.05);
  const told t = tell((made_arrivals){.weeks = TWO_YEARS, .per_day = 6, .growth = growth}, LOGS, 2);
  assert_true(gsl_cdf_binomial_P(t.growth, 0.97, LOGS) > 0.001);
  assert_true(gsl_cdf_binomial_P(t.growth_held, 0.95, LOGS) > 0.001);
  assert_true(gsl_cdf_binomial_P(t.level_held, 0.95, LOGS) > 0.001);
  assert_true(gsl_cdf_binomial_P(t.end_held, 0.95, LOGS) > 0.001);
  print_message("held: growth %u, level %u, level in the end %u of %d\n", t.growth_held,
                t.level_held, t.end_held, LOGS);
  const double bias = t.sum / LOGS - growth, error = error_of_mean(t.sum, t.squares, LOGS);
  if (fabs(bias) > 4 * error) fail_msg("off by %.5f, give or take %.5f", bias, error);
  /* What little growth is lost by drawing it towards 0 lags: a twentieth of those 7 %. */
  assert_true(fabs(t.level / LOGS) < 0.0035 + 4 * error_of_mean(t.level, t.level_squares, LOGS));
}

/* Limits hold the factors as often as they say. */
static void months_are_told_with_their_limits(void **state) {
  (void)state;
  made_arrivals of = {.weeks = 157, .per_day = 10, .growth = 0.02};
  memcpy(of.month, seasons, sizeof seasons);
  for (int wanders = 0; wanders < 2; wanders++) {
    of.wander = wanders * 0.05;
    const told t = tell(of, LOGS / 2, 3);
    assert_true(gsl_cdf_binomial_P(t.months, 0.95, LOGS / 2) > 0.001);
    const double held = t.limits_held / LOGS * 2;
    const double error = error_of_mean(t.limits_held, t.limits_squared, LOGS / 2);
    if (held < 0.95 - 4 * error || held > 0.99)
      fail_msg("limits hold %.3f, give or take %.3f", held, error);
    assert_true(gsl_cdf_binomial_P(t.growth_held, 0.95, LOGS / 2) > 0.001);
  }
}

/* A year tells months of the quarter only. */
static void a_year_tells_months_of_the_quarter(void **state) {
  (void)state;
  made_arrivals of = {.weeks = 57, .per_day = 10};
  for (int m = 0; m < 12; m++) of.month[m] = (const double[]){0.85, 0.95, 1.2}[m % 3];
  fsim_report *report = fsim_report_new();
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 5);
  of.begin_day = 20089;
  const fsim_log log = made_log(rng, &of);
  fsim_arrivals a;
  assert_int_equal(fsim_arrivals_of(&log, 0, FSIM_NO_TIME, &no_quiet, report, &a), FSIM_OK);
  assert_true(a.months.differ && a.months.period == 3);
  double mean = 0;
  for (int m = 0; m < 12; m++) {
    assert_true(a.months.factor[m] == a.months.factor[m % 3]);
    assert_true(a.months.low[m] < of.month[m] && of.month[m] < a.months.high[m]);
    mean += a.months.factor[m] / 12;
  }
  assert_true(fabs(mean - 1) < 1e-12);
  gsl_rng_free(rng);
  fsim_report_free(report);
}

/* Thirty weeks have neither, whatever is in them: the level is the mean of the last twelve. */
static void short_logs_have_neither(void **state) {
  (void)state;
  fsim_report *report = fsim_report_new();
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 6);
  for (int weeks = 12; weeks <= 30; weeks += 6) {
    made_arrivals of = {
        .begin_day = 20089, .weeks = weeks, .per_day = 60, .growth = 0.3, .weekday = {2, 1, 1, 1}};
    const fsim_log log = made_log(rng, &of);
    fsim_arrivals a;
    assert_int_equal(fsim_arrivals_of(&log, 0, log.end - 12 * WEEK, &no_quiet, report, &a),
                     FSIM_OK);
    assert_true(a.trend.n_weeks == 0 && a.months.n_months == 0);
    assert_true(!a.trend.found && !a.months.differ && a.trend.per_day == 0);
    assert_true(fsim_arrivals_weight(&a, log.begin, log.begin + WEEK, log.end) == 1);
    size_t last = 0; /* far above 200 a week, where trimmed means are plain */
    double week[12] = {0}, sum = 0, low = INFINITY, high = 0;
    for (size_t c = 0; c < log.n_cases; c++) {
      if (log.cases[c].created < log.end - 12 * WEEK) continue;
      week[(log.cases[c].created - log.end + 12 * WEEK) / WEEK] += 1;
      last++;
    }
    assert_true(last > 12 * 200);
    for (int w = 0; w < 12; w++) {
      sum += week[w];
      low = fmin(low, week[w]);
      high = fmax(high, week[w]);
    }
    assert_true(fabs(a.per_day - (sum - low - high) / 70) < 1e-9);
  }
  gsl_rng_free(rng);
  fsim_report_free(report);
}

/* A clock that brings five cases a day has no months and no growth. */
static void even_arrivals_have_neither(void **state) {
  (void)state;
  fsim_report *report = fsim_report_new();
  size_t n = 0;
  for (int64_t d = 0; d < 800; d++) {
    for (int64_t k = 0; k < 5; k++) {
      const int64_t at = (20089 + d) * DAY + k * 3600;
      made_case[n++] = (fsim_case){.created = at, .seen_from = at, .parent = FSIM_NONE};
    }
  }
  const fsim_log log = {
      .cases = made_case, .n_cases = n, .begin = 20089 * DAY, .end = (20089 + 800) * DAY};
  fsim_arrivals a;
  assert_int_equal(fsim_arrivals_of(&log, 0, log.end - 12 * WEEK, &no_quiet, report, &a), FSIM_OK);
  assert_true(a.months.n_months == 25 || a.months.n_months == 26);
  assert_true(a.trend.n_weeks > 100 && !a.months.differ && !a.trend.found);
  assert_true(fabs(a.per_day - 5) <
              0.05); /* what trimming takes off Poisson counts is given back */
  fsim_report_free(report);
}

/* ---- from a table of deals to the weeks to come ---- */

static const char mapping[] =
    "kind: deals\n"
    "columns: {case: id, created: created, closed: closed, status: status}\n"
    "outcomes: {won: {from: [won], counts_as: win}, lost: {from: [lost]}}\n"
    "ignore: [open]\n";

static void write_deals(const fsim_log *made, fsim_text *csv) {
  fsim_text_append(csv, "id,created,closed,status\n");
  for (size_t c = 0; c < made->n_cases; c++) {
    const int64_t created = made->cases[c].created, closed = created + 5 * DAY;
    char from[40], to[40];
    fsim_format_instant(0, created, from, sizeof from);
    fsim_format_instant(0, closed, to, sizeof to);
    const bool open = closed >= made->end;
    fsim_text_append(csv, "%zu,%s,%s,%s\n", c, from, open ? "" : to,
                     open    ? "open"
                     : c % 3 ? "lost"
                             : "won");
  }
}

/* Drift of arrivals is told where months and growth are not known of, and not beside them; the
 * new cases of each week to come are those of the truth, within what the scenario is unsure by. */
static void the_weeks_to_come_have_months_and_growth(void **state) {
  (void)state;
  const double growth = log(1.03);
  made_arrivals of = {.begin_day = 19358, /* 2023-01-01 */
                      .weeks = 131,
                      .per_day = 8,
                      .growth = growth,
                      .weekday = {1.3, 1.3, 1.2, 1.2, 1.1, 0.5, 0.4}};
  memcpy(of.month, seasons, sizeof seasons);
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 7);
  const fsim_log made = made_log(rng, &of);
  fsim_text csv = {0};
  write_deals(&made, &csv);
  char map[512];
  char end[32];
  snprintf(map, sizeof map, "%send: %s\n", mapping,
           fsim_format_date((int32_t)(made.end / DAY), end, sizeof end));
  const char *file = fit_file("growth.map.yaml", map), *deals = fit_file("growth.csv", csv.text);
  fsim_report *report = fsim_report_new();
  fsim_log *log = fit_read(&deals, 1, file, NULL, FSIM_OK, NULL);
  fsim_fitted_set set = {0};
  fsim_model_text text = {0};
  fsim_forecast forecast = {0};
  const fsim_fit_options fit = {.since = log->end - 12 * WEEK};
  const fsim_model_text_options write = {
      .scenario = "growth", .weeks = 30, .replications = 400, .seed = 1};
  assert_int_equal(fsim_estimate_set(log, 0, &fit, report, &set), FSIM_OK);
  const fsim_arrivals *a = &set.funnel[0].arrivals, steady = {0};
  assert_true(a->months.differ && a->months.period == 12 && a->trend.found);
  for (int with = 0; with < 2; with++) {
    fsim_drift drift;
    assert_int_equal(fsim_drift_of(log, 0, with ? a : &steady, report, &drift), FSIM_OK);
    bool arrivals = false;
    for (size_t i = 0; i < fsim_drift_found(&drift); i++)
      arrivals = arrivals || drift.test[i].stage == FSIM_NONE;
    assert_true(arrivals == !with);
    fsim_drift_free(&drift);
  }
  assert_int_equal(fsim_write_model_text(log, &set, &write, report, &text), FSIM_OK);
  assert_int_equal(fsim_forecast_run(log, &text, &set, &write, 2, report, &forecast), FSIM_OK);
  for (size_t w = 0; w < forecast.weeks; w++) {
    double mean = 0, truth = 0;
    for (uint32_t r = 0; r < forecast.n; r++)
      mean += forecast.begun[r * forecast.weeks + w] / forecast.n;
    for (int d = 0; d < 7; d++) {
      int year, month, day;
      const int after = (int)w * 7 + d, date = (int)(log->end / DAY) + after;
      fsim_date_from_days(date, &year, &month, &day);
      const double grown = fmin(after, a->trend.span_days);
      truth += of.per_day * of.weekday[fsim_weekday(date)] * of.month[month - 1] *
               exp(growth * (7 * of.weeks + grown) / FSIM_MONTH_DAYS);
    }
    const double unsure = hypot(fsim_level_error(a), fsim_growth_error(a));
    const double chance = 1 / sqrt(truth * forecast.n);
    if (fabs(log1p(mean / truth - 1)) > 2.6 * hypot(unsure, chance))
      fail_msg("week %zu: %.1f, not %.1f, give or take %.0f %%", w, mean, truth, 100 * unsure);
    assert_true(unsure < 0.2); /* months alone move by more */
  }
  fsim_forecast_free(&forecast);
  fsim_model_text_free(&text);
  fsim_fitted_set_free(&set);
  fsim_log_free(log);
  fsim_report_free(report);
  gsl_rng_free(rng);
  free(csv.text);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(levels_that_wander_are_no_growth_and_no_months),
      cmocka_unit_test(growth_is_told_with_the_level_of_the_last_day),
      cmocka_unit_test(months_are_told_with_their_limits),
      cmocka_unit_test(a_year_tells_months_of_the_quarter),
      cmocka_unit_test(short_logs_have_neither),
      cmocka_unit_test(even_arrivals_have_neither),
      cmocka_unit_test(the_weeks_to_come_have_months_and_growth),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
