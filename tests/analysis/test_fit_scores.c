/* Scores of forecasts against the oracle and against answers by hand. */
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
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <math.h>

#include "analysis/fit/scores.h"
#include "tests/oracle.h"

#define assert_near(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

static void scores_small_ensembles_by_hand(void **state) {
  (void)state;
  const double sorted[] = {1, 2, 4};
  /* mean |x - 2| = 1; pairs: |1-2| + |1-4| + |2-4| = 6: 6/9 for the ensemble, 6/6 for the fair. */
  assert_near(fsim_crps(sorted, 3, 2), 1 - 6.0 / 9, 1e-15);
  assert_near(fsim_crps_fair(sorted, 3, 2), 1 - 1, 1e-15);
  assert_near(fsim_mid_pit(sorted, 3, 2), 0.5, 1e-15);
  assert_near(fsim_mid_pit(sorted, 3, 3), 2.0 / 3, 1e-15);
  assert_true(fsim_covers(sorted, 3, 0.5, 1.5));
  assert_false(fsim_covers(sorted, 3, 0.5, 1.4));
  assert_near(fsim_interval_score(sorted, 3, 0.5, 1), 1.5 + 4 * 0.5, 1e-12);
}

static void gives_the_oracle_of_scores(void **state) {
  (void)state;
  json_t *file, *oracle = fsim_oracle("scores-p", &file);
  if (oracle == NULL) skip();
  json_t *parameters = json_object_get(oracle, "parameters"),
         *exact = json_object_get(oracle, "exact");
  json_t *ensembles = json_object_get(parameters, "ensembles");
  for (size_t i = 0; i < json_array_size(ensembles); i++) {
    double sorted[64];
    json_t *each = json_array_get(ensembles, i);
    const size_t n = json_array_size(each);
    for (size_t k = 0; k < n; k++) sorted[k] = json_number_value(json_array_get(each, k));
    gsl_sort(sorted, 1, n);
    double seen = json_number_value(json_array_get(json_object_get(parameters, "observed"), i));
    assert_near(fsim_crps(sorted, n, seen),
                json_number_value(json_array_get(json_object_get(exact, "crps"), i)), 1e-9);
    assert_near(fsim_crps_fair(sorted, n, seen),
                json_number_value(json_array_get(json_object_get(exact, "crps_fair"), i)), 1e-9);
    assert_near(fsim_mid_pit(sorted, n, seen),
                json_number_value(json_array_get(json_object_get(exact, "pit"), i)), 1e-9);
    assert_int_equal(fsim_covers(sorted, n, 0.8, seen),
                     json_is_true(json_array_get(json_object_get(exact, "covered_80"), i)));
  }
  json_decref(file);
}

/* The fair score of an ensemble of any size has the same mean as that of the law itself. */
static void is_fair_to_small_ensembles(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  double sum = 0, squares = 0;
  const int n = 20000;
  for (int i = 0; i < n; i++) {
    double x[4];
    for (int k = 0; k < 4; k++) x[k] = gsl_ran_gaussian(rng, 1);
    gsl_sort(x, 1, 4);
    double score = fsim_crps_fair(x, 4, gsl_ran_gaussian(rng, 1));
    sum += score;
    squares += score * score;
  }
  double mean = sum / n, error = sqrt((squares / n - mean * mean) / n);
  assert_true(fabs(mean - 1 / sqrt(M_PI)) < 4 * error); /* E CRPS of N(0,1) by itself */
  gsl_rng_free(rng);
}

/* Without overlap the error is that of a mean of independent differences. */
static void tells_how_sure_a_difference_is(void **state) {
  (void)state;
  const double a[] = {3, 1, 4, 1, 5, 9}, b[] = {2, 1, 2, 2, 3, 3};
  double difference, error;
  fsim_diebold_mariano(a, b, 6, 0, &difference, &error);
  assert_near(difference, 10.0 / 6, 1e-12);
  double squares = 0;
  for (int i = 0; i < 6; i++) squares += pow(a[i] - b[i] - difference, 2);
  assert_near(error, sqrt(squares / 6 / 5), 1e-12);
  fsim_diebold_mariano(a, b, 2, 0, &difference, &error);
  assert_true(isnan(error));
}

/* 8 of 10: 44.4 to 97.5 % (tables of Clopper and Pearson). */
static void limits_a_share_exactly(void **state) {
  (void)state;
  double low, high;
  fsim_share_limits(8, 10, 0.95, &low, &high);
  assert_near(low, 0.4439045, 1e-6);
  assert_near(high, 0.9747893, 1e-6);
  fsim_share_limits(0, 10, 0.95, &low, &high);
  assert_near(low, 0, 0);
  assert_near(high, 0.3084971, 1e-6);
}

/* Where the exact inverse does not converge, limits are still there, and close to the normal ones.
 */
static void limits_a_share_of_very_many(void **state) {
  (void)state;
  static const double counts[][2] = {{23397, 115620}, {23400, 120450}, {24000, 120000},
                                     {23000, 119000}, {500, 1e6},      {999999, 1e6}};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    const double k = counts[i][0], n = counts[i][1], p = k / n, error = sqrt(p * (1 - p) / n);
    double low, high;
    fsim_share_limits(k, n, 0.95, &low, &high);
    assert_true(isfinite(low) && isfinite(high) && low < p && p < high);
    assert_true(k > n - 2 || fabs(low - (p - 1.96 * error)) < 0.2 * error);
    assert_true(k > n - 2 || fabs(high - (p + 1.96 * error)) < 0.2 * error);
  }
  for (double k = 23000; k < 24000; k += 7) { /* with every count */
    double low, high;
    fsim_share_limits(k, 118000, 0.95, &low, &high);
    assert_true(low < k / 118000 && k / 118000 < high);
  }
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(scores_small_ensembles_by_hand),
      cmocka_unit_test(gives_the_oracle_of_scores),
      cmocka_unit_test(is_fair_to_small_ensembles),
      cmocka_unit_test(tells_how_sure_a_difference_is),
      cmocka_unit_test(limits_a_share_exactly),
      cmocka_unit_test(limits_a_share_of_very_many),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
