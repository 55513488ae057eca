/* Drift: told where rates change, in one export of twenty where they do not. */
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
#include <math.h>

#include "analysis/fit/drift.h"
#include "fit_made.h"

#define END (100 * DAY)

/* Without months and growth. */
static const fsim_arrivals steady;

/* Clocks of a win and of a loss, exponential; from `change` on wins come `factor` times as fast. */
static void make_deals(gsl_rng *rng, size_t n, double change, double factor, fsim_text *csv) {
  fsim_text_append(csv, "id,created,closed,status\n");
  for (size_t i = 0; i < n; i++) {
    const double created = gsl_rng_uniform(rng) * END;
    double win = gsl_ran_exponential(rng, 15 * DAY);
    const double before = fmax(change - created, 0), loss = gsl_ran_exponential(rng, 20 * DAY);
    if (win > before) win = before + (win - before) / factor;
    append_deal(csv, i, created, fmin(win, loss), win < loss ? "won" : "lost", END);
  }
}

static void test_drift(const char *csv, fsim_log **log, fsim_drift *drift) {
  fsim_report *report = fsim_report_new();
  const char *map = fit_file("drift.map.yaml", made_mapping), *deals = fit_file("drift.csv", csv);
  *log = fit_read(&deals, 1, map, NULL, FSIM_OK, NULL);
  assert_int_equal(fsim_drift_of(*log, 0, &steady, report, drift), FSIM_OK);
  fsim_report_free(report);
}

#define SEEDS 400

/* Not more false alarms than one in twenty, and the test is not blind: single tests reject at one
 * in twenty as well. Limits: one in a thousand of the binomial law. */
static void false_alarms_are_one_in_twenty(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  unsigned alarms = 0, single = 0, tests = 0;
  for (unsigned seed = 1; seed <= SEEDS; seed++) {
    gsl_rng_set(rng, seed);
    fsim_text csv = {0};
    fsim_log *log;
    fsim_drift drift;
    make_deals(rng, 500, END, 1, &csv);
    test_drift(csv.text, &log, &drift);
    assert_int_equal(drift.n, 3);
    alarms += fsim_drift_found(&drift) > 0;
    for (size_t i = 0; i < drift.n; i++) single += drift.test[i].p < 0.05;
    tests += (unsigned)drift.n;
    fsim_drift_free(&drift);
    fsim_log_free(log);
    free(csv.text);
  }
  gsl_rng_free(rng);
  assert_true(gsl_cdf_binomial_Q(alarms, 0.05, SEEDS) > 0.001);
  assert_true(gsl_cdf_binomial_Q(single, 0.05, tests) > 0.001);
  assert_true(gsl_cdf_binomial_P(single, 0.05, tests) > 0.001);
}

#define YEAR 365
#define RENEWALS 100

/* Two years of contracts that run out after one, give or take two months: the first half of the
 * weeks sees next to none of the ends that the second sees, and nothing has changed. So renewals
 * are not judged; limit of alarms: one in a thousand of the binomial law. */
static void what_only_the_second_half_can_see_is_no_drift(void **state) {
  (void)state;
  static const char mapping[] =
      "kind: deals\ncolumns: {case: id, created: created, closed: closed, status: status}\n"
      "outcomes: {won: [won], lost: [lost]}\nignore: [open]\nbegin: 2026-01-01\n";
  const double end = 2 * YEAR * DAY;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  unsigned alarms = 0;
  for (unsigned seed = 1; seed <= RENEWALS; seed++) {
    gsl_rng_set(rng, seed);
    fsim_text csv = {0};
    fsim_drift drift;
    fsim_report *report = fsim_report_new();
    fsim_text_append(&csv, "id,created,closed,status\n");
    for (size_t i = 0; i < 150; i++) {
      const double created = gsl_rng_uniform(rng) * end;
      append_deal(&csv, i, created, (YEAR + gsl_ran_gaussian(rng, 60)) * DAY,
                  gsl_rng_uniform(rng) < 0.3 ? "lost" : "won", end);
    }
    const char *deals = fit_file("drift-renewals.csv", csv.text);
    fsim_log *log =
        fit_read(&deals, 1, fit_file("drift-renewals.yaml", mapping), NULL, FSIM_OK, NULL);
    assert_int_equal(fsim_drift_of(log, 0, &steady, report, &drift), FSIM_OK);
    assert_true(drift.n_weeks > 95);
    alarms += fsim_drift_found(&drift) > 0;
    for (size_t i = 0; i < drift.n; i++) assert_int_equal(drift.test[i].stage, FSIM_NONE);
    fsim_drift_free(&drift);
    fsim_log_free(log);
    fsim_report_free(report);
    free(csv.text);
  }
  gsl_rng_free(rng);
  assert_true(gsl_cdf_binomial_Q(alarms, 0.05, RENEWALS) > 0.001);
}

/* Wins at half the rate in the second half: told in every export, at the right ratio on average. */
static void a_change_of_rates_is_told(void **state) {
  (void)state;
  enum { N = 40 };
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  double sum = 0, squares = 0;
  for (unsigned seed = 1; seed <= N; seed++) {
    gsl_rng_set(rng, seed);
    fsim_text csv = {0};
    fsim_log *log;
    fsim_drift drift;
    char sentence[256];
    make_deals(rng, 1200, 51 * DAY, 0.5, &csv); /* the second half of 14 weeks, which end at 100 */
    test_drift(csv.text, &log, &drift);
    assert_true(fsim_drift_found(&drift) >= 1);
    fsim_drift_sentence(log, &drift, 0, sentence, sizeof sentence);
    assert_non_null(strstr(sentence, "cases leave open for won "));
    assert_non_null(strstr(sentence, "% less often from 2026-02-21 on"));
    sum += log10(drift.test[0].ratio);
    squares += log10(drift.test[0].ratio) * log10(drift.test[0].ratio);
    fsim_drift_free(&drift);
    fsim_log_free(log);
    free(csv.text);
  }
  gsl_rng_free(rng);
  const double mean = sum / N, error = sqrt((squares - sum * mean) / (N - 1) / N);
  assert_true(fabs(mean - log10(0.5)) < 4 * error);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(false_alarms_are_one_in_twenty),
      cmocka_unit_test(a_change_of_rates_is_told),
      cmocka_unit_test(what_only_the_second_half_can_see_is_no_drift),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
