/* Opening hours and how sure they are: limits hold the truth as often as they say. */
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

#include "analysis/fit/hours.h"

#define DAY INT64_C(86400)
#define MONDAY (20458 * DAY) /* 2026-01-05 */
#define OPENS (8 * 3600 + 700)
#define CLOSES (17 * 3600 + 200)
#define MOST 20000

static int compare_times(const void *left, const void *right) {
  const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
  return (a > b) - (a < b);
}

/* Times of weekdays, `rate` a day, spread over the hours; with `fades`, ever fewer to the end. */
static size_t make_times(gsl_rng *rng, int days, double rate, int fades, int64_t *time) {
  size_t n = 0;
  for (int d = 0, worked = 0; worked < days; d++) {
    if (d % 7 > 4) continue;
    worked++;
    const unsigned today = gsl_ran_poisson(rng, rate);
    for (unsigned i = 0; i < today && n < MOST; i++) {
      double u = gsl_rng_uniform(rng);
      if (fades) u = 1 - sqrt(1 - u);
      time[n++] = MONDAY + d * DAY + OPENS + (int64_t)(u * (CLOSES - OPENS));
    }
  }
  qsort(time, n, sizeof *time, compare_times);
  return n;
}

static void find(const int64_t *time, size_t n, fsim_hours *h) {
  fsim_report *report = fsim_report_new();
  assert_int_equal(fsim_hours_of(time, n, report, h), FSIM_OK);
  assert_int_equal(fsim_hours_doubt(time, n, report, h), FSIM_OK);
  fsim_report_free(report);
}

#define SEEDS 1500

/* Limits of 95 % hold that often where work fades out towards the edge, and more often where the
 * day is busy to its end. */
static void limits_hold_the_truth(void **state) {
  (void)state;
  static int64_t time[MOST];
  static const struct {
    int days;
    double rate;
  } seen[] = {{15, 10}, {15, 40}, {25, 10}, {50, 8}, {50, 40}};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  for (size_t k = 0; k < sizeof seen / sizeof *seen; k++) {
    unsigned opened = 0, closed = 0, faded = 0;
    for (unsigned seed = 1; seed <= SEEDS; seed++) {
      gsl_rng_set(rng, seed);
      fsim_hours h;
      find(time, make_times(rng, seen[k].days, seen[k].rate, 0, time), &h);
      opened += h.opens[0].low <= OPENS && OPENS <= h.opens[0].high;
      closed += h.closes[0].low <= CLOSES && CLOSES <= h.closes[0].high;
      find(time, make_times(rng, seen[k].days, seen[k].rate, 1, time), &h);
      faded += h.closes[0].low <= CLOSES && CLOSES <= h.closes[0].high;
    }
    assert_true(gsl_cdf_binomial_P(opened, 0.95, SEEDS) > 1e-4);
    assert_true(gsl_cdf_binomial_P(closed, 0.95, SEEDS) > 1e-4);
    assert_true(gsl_cdf_binomial_P(faded, 0.95, SEEDS) > 1e-4);
    assert_true(faded < SEEDS);
  }
  gsl_rng_free(rng);
}

static void few_days_and_wide_limits_are_unsure(void **state) {
  (void)state;
  static int64_t time[MOST];
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  fsim_hours h;
  gsl_rng_set(rng, 1);
  find(time, make_times(rng, 5, 2000, 0, time), &h); /* close limits, but of five days */
  assert_int_equal(h.opens[0].days, 5);
  assert_true(h.opens[0].high - h.opens[0].low < 1800);
  assert_true(h.opens[0].unsure && h.closes[4].unsure);
  find(time, make_times(rng, 50, 1, 0, time), &h); /* many days, but little on each */
  assert_true(h.opens[0].unsure);
  find(time, make_times(rng, 50, 40, 0, time), &h);
  assert_int_equal(h.opens[2].days, 50);
  assert_in_range(h.opens[2].days_at, 5, 50);
  assert_false(h.opens[2].unsure || h.closes[2].unsure);
  assert_int_equal(h.opens[6].days, 0);            /* Sundays are closed */
  find(time, make_times(rng, 50, 4, 1, time), &h); /* hardly anything happens near the closing */
  assert_true(h.closes[0].unsure);
  gsl_rng_free(rng);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(limits_hold_the_truth),
      cmocka_unit_test(few_days_and_wide_limits_are_unsure),
  };
  return cmocka_run_group_tests_name("fit_hours", tests, NULL, NULL);
}
