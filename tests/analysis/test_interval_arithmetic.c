/* Exact figures of the procedures: the series and answers of the public oracle
 * `interval-procedures` and values computed by hand. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/interval.h"
#include "analysis/quantile.h"
#include "analysis/ratio.h"
#include "analysis/steady.h"

#define NEAR(a, b) assert_float_equal_at((a), (b), 1e-9, __LINE__)

static void assert_float_equal_at(double a, double b, double relative, int line) {
  if (!(fabs(a - b) <= relative * fmax(1, fabs(b)))) {
    fail_msg("line %d: %.12g is not %.12g", line, a, b);
  }
}

static const double entered[] = {48, 40, 37, 44, 37, 51, 45, 36, 46, 51,
                                 34, 49, 29, 37, 49, 37, 48, 49, 49, 38};
static const double won[] = {16, 7,  9, 18, 8,  17, 12, 10, 17, 18,
                             6,  19, 4, 12, 15, 8,  21, 16, 20, 13};

static void ratio_of_totals_by_delta_jackknife_and_fieller(void **state) {
  (void)state;
  fsim_interval delta = fsim_ratio_delta(won, entered, 20, 0.95);
  NEAR(delta.estimate, 0.311475409836);
  NEAR(delta.standard_error, 0.0178420964775);
  NEAR(fsim_interval_half_width(&delta), 0.0373439371085);
  fsim_interval jackknife = fsim_ratio_jackknife(won, entered, 20, 0.95);
  NEAR(jackknife.estimate, 0.311919523763);
  NEAR(jackknife.standard_error, 0.0178169405137);
  fsim_interval fieller = fsim_ratio_fieller(won, entered, 20, 0.95);
  NEAR(fieller.low, 0.272018350483);
  NEAR(fieller.high, 0.347007705809);
}

static void ratio_procedure_suits_the_sample(void **state) {
  (void)state;
  assert_string_equal(fsim_interval_ratio(won, entered, 20, 0.95).method, "ratio, jackknife");
  double top[40], bottom[40];
  for (size_t i = 0; i < 40; i++) {
    top[i] = won[i % 20];
    bottom[i] = entered[i % 20];
  }
  assert_string_equal(fsim_interval_ratio(top, bottom, 40, 0.95).method, "ratio, delta");
  for (size_t i = 0; i < 40; i++) bottom[i] = i % 10 == 0 ? 5 : 0;
  assert_string_equal(fsim_interval_ratio(top, bottom, 40, 0.95).method, "ratio, Fieller");
}

static void ratio_without_a_denominator_is_not_given(void **state) {
  (void)state;
  const double zero[] = {0, 0, 0}, one[] = {1, 2, 3}, weak[] = {0, 0, 1};
  assert_true(isnan(fsim_interval_ratio(one, zero, 3, 0.95).estimate));
  assert_true(isnan(fsim_interval_ratio(one, zero, 0, 0.95).estimate));
  fsim_interval unbounded = fsim_interval_ratio(one, weak, 3, 0.95);
  assert_true(!isnan(unbounded.estimate));
  assert_true(isnan(unbounded.low) && isnan(unbounded.high));
}

static void mean_is_students_t_where_the_sample_is_not_skewed(void **state) {
  (void)state;
  const double y[] = {1, 2, 3, 4, 5};
  fsim_interval interval = fsim_interval_mean(y, 5, 0.95);
  assert_string_equal(interval.method, "t");
  NEAR(interval.estimate, 3);
  NEAR(interval.high - 3, 2.7764451051977987 * sqrt(2.5 / 5));
  NEAR(3 - interval.low, interval.high - 3);
}

/* Mean 3 and the central moments by hand; the formula is written out apart from the code. */
static void mean_of_a_skewed_sample_leans_to_the_long_tail(void **state) {
  (void)state;
  const double y[] = {0, 0, 1, 3, 11, 0, 0, 1, 3, 11};
  fsim_interval interval = fsim_interval_mean(y, 10, 0.95);
  double s = sqrt(2 * (9 + 9 + 4 + 0 + 64) / 9.0), mu3 = (10.0 / 72) * 2 * (-27 - 27 - 8 + 512);
  double a = mu3 / (6 * sqrt(10.0) * s * s * s), t = 2.2621571627409915;
  assert_string_equal(interval.method, "skewness-corrected t");
  NEAR(interval.low, 3 - (cbrt(1 + 6 * a * (t - a)) - 1) / (2 * a) * s / sqrt(10.0));
  NEAR(interval.high, 3 - (cbrt(1 + 6 * a * (-t - a)) - 1) / (2 * a) * s / sqrt(10.0));
  assert_true(interval.high - 3 > 3 - interval.low);
}

/* Of five units the upper limit is the corrected one, the lower that of t. */
static void few_units_get_the_wider_limits(void **state) {
  (void)state;
  const double y[] = {0, 0, 1, 3, 11};
  fsim_interval interval = fsim_interval_mean(y, 5, 0.95);
  double s = sqrt((9 + 9 + 4 + 0 + 64) / 4.0), mu3 = (5.0 / 12) * (-27 - 27 - 8 + 0 + 512);
  double a = mu3 / (6 * sqrt(5.0) * s * s * s), t = 2.7764451051977987;
  assert_string_equal(interval.method, "t or skewness-corrected t, the wider");
  NEAR(interval.low, 3 - t * s / sqrt(5.0));
  NEAR(interval.high, 3 - (cbrt(1 + 6 * a * (-t - a)) - 1) / (2 * a) * s / sqrt(5.0));
}

static void one_replication_has_no_interval(void **state) {
  (void)state;
  const double y = 4;
  fsim_interval interval = fsim_interval_mean(&y, 1, 0.95);
  NEAR(interval.estimate, 4);
  assert_true(isnan(interval.low) && isnan(interval.high));
  assert_true(isnan(fsim_interval_mean(&y, 0, 0.95).estimate));
}

/* Wilson 1927 for 8 of 20: a textbook value, and its ends at none and all. */
static void wilson_stays_within_zero_and_one(void **state) {
  (void)state;
  fsim_interval interval = fsim_interval_wilson(8, 20, 0.95);
  assert_float_equal_at(interval.low, 0.21880, 1e-4, __LINE__);
  assert_float_equal_at(interval.high, 0.61342, 1e-4, __LINE__);
  NEAR(fsim_interval_wilson(0, 20, 0.95).low, 0);
  NEAR(fsim_interval_wilson(20, 20, 0.95).high, 1);
  assert_true(fsim_interval_wilson(20, 20, 0.95).low > 0.8);
}

static void nothing_seen_gives_the_rule_of_three(void **state) {
  (void)state;
  fsim_interval interval = fsim_interval_none_seen(200, 0.95);
  NEAR(interval.low, 0);
  assert_float_equal_at(interval.high, 3.0 / 200, 2e-3, __LINE__);
}

static void quantile_by_order_statistics_needs_enough_replications(void **state) {
  (void)state;
  size_t low, high;
  double coverage;
  assert_true(fsim_quantile_ranks(100, 0.9, 0.95, &low, &high, &coverage));
  assert_int_equal(low, 84);
  assert_int_equal(high, 96);
  NEAR(coverage, 0.955690107191);
  assert_int_equal(fsim_quantile_least(0.9, 0.95), 36);
  assert_int_equal(fsim_quantile_least(0.5, 0.95), 6);
  const double y[] = {1, 2, 3, 4, 5, 6, 7};
  assert_true(isnan(fsim_interval_quantile(y, 7, 0.9, 0.95).high));
  NEAR(fsim_interval_quantile(y, 7, 0.5, 0.95).low, 1);
}

/* ---- the oracle's own file, where it lies beside the sources ---- */

static double *numbers(const json_t *list, size_t *n) {
  *n = json_array_size(list);
  double *values = calloc(*n, sizeof *values);
  assert_non_null(values);
  for (size_t i = 0; i < *n; i++) values[i] = json_number_value(json_array_get(list, i));
  return values;
}

static json_t *oracle(void) {
  json_t *all = json_load_file(FSIM_SOURCE_DIR "/../shared/oracles/public.json", 0, NULL);
  if (all == NULL) {
    print_message("the oracles are not beside the sources: skipped\n");
    skip();
  }
  return all;
}

static double exact(const json_t *exact_numbers, const char *group, const char *name) {
  return json_number_value(json_object_get(json_object_get(exact_numbers, group), name));
}

static void oracle_mser5_and_batch_means(void **state) {
  (void)state;
  json_t *all = oracle(), *given = json_object_get(all, "interval-procedures-p");
  json_t *answers = json_object_get(given, "exact");
  json_t *parameters = json_object_get(given, "parameters");
  size_t n;
  double *series = numbers(json_object_get(parameters, "series"), &n), lag1;
  fsim_warm_up warm_up;
  assert_true(fsim_mser5(series, n, &warm_up));
  NEAR((double)warm_up.cut, exact(answers, "mser5", "truncate_observations"));
  NEAR(warm_up.mean, exact(answers, "mser5", "truncated_mean"));
  NEAR(warm_up.statistic, exact(answers, "mser5", "statistic"));
  assert_false(warm_up.too_short);
  fsim_interval mean = fsim_batch_means(
      series + warm_up.cut, n - warm_up.cut,
      (size_t)json_integer_value(json_object_get(parameters, "batches")), 0.95, &lag1);
  NEAR(mean.estimate, exact(answers, "batch_means", "mean"));
  NEAR(fsim_interval_half_width(&mean), exact(answers, "batch_means", "half_width_95"));
  NEAR(lag1, exact(answers, "batch_means", "lag1_of_batches"));
  free(series);
  json_decref(all);
}

static void oracle_quantile_and_ratio(void **state) {
  (void)state;
  json_t *all = oracle(), *given = json_object_get(all, "interval-procedures-p");
  json_t *answers = json_object_get(given, "exact");
  json_t *parameters = json_object_get(given, "parameters");
  size_t n, m;
  double *sample = numbers(json_object_get(parameters, "sample"), &n);
  double p = json_number_value(json_object_get(parameters, "quantile"));
  fsim_sort(sample, n);
  fsim_interval q = fsim_interval_quantile(sample, n, p, 0.95);
  json_t *limits = json_object_get(json_object_get(answers, "quantile"), "interval");
  NEAR(q.low, json_number_value(json_array_get(limits, 0)));
  NEAR(q.high, json_number_value(json_array_get(limits, 1)));
  NEAR(q.estimate, exact(answers, "quantile", "type7_estimate"));
  double *bottom = numbers(json_object_get(parameters, "entered"), &n);
  double *top = numbers(json_object_get(parameters, "won"), &m);
  fsim_interval ratio = fsim_ratio_delta(top, bottom, n, 0.95);
  NEAR(ratio.estimate, exact(answers, "ratio", "estimate"));
  NEAR(ratio.standard_error, exact(answers, "ratio", "standard_error_delta"));
  free(sample);
  free(bottom);
  free(top);
  json_decref(all);
}

/* A path that rises to the end has no steady part: MSER cuts all it may and says so. */
static void mser5_says_when_the_run_is_too_short(void **state) {
  (void)state;
  double series[100];
  for (size_t i = 0; i < 100; i++) series[i] = (double)i;
  fsim_warm_up warm_up;
  assert_true(fsim_mser5(series, 100, &warm_up));
  assert_true(warm_up.too_short);
  assert_false(fsim_mser5(series, 19, &warm_up));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ratio_of_totals_by_delta_jackknife_and_fieller),
      cmocka_unit_test(ratio_procedure_suits_the_sample),
      cmocka_unit_test(ratio_without_a_denominator_is_not_given),
      cmocka_unit_test(mean_is_students_t_where_the_sample_is_not_skewed),
      cmocka_unit_test(mean_of_a_skewed_sample_leans_to_the_long_tail),
      cmocka_unit_test(few_units_get_the_wider_limits),
      cmocka_unit_test(one_replication_has_no_interval),
      cmocka_unit_test(wilson_stays_within_zero_and_one),
      cmocka_unit_test(nothing_seen_gives_the_rule_of_three),
      cmocka_unit_test(quantile_by_order_statistics_needs_enough_replications),
      cmocka_unit_test(oracle_mser5_and_batch_means),
      cmocka_unit_test(oracle_quantile_and_ratio),
      cmocka_unit_test(mser5_says_when_the_run_is_too_short),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
