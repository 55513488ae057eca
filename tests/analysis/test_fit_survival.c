/* Cumulative incidence against exact answers, by hand and from the oracles. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <math.h>

#include "analysis/fit/survival.h"
#include "tests/oracle.h"

#define assert_near(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

static fsim_incidence_curve *curve_of(const fsim_stay *stay, size_t n, size_t n_exits) {
  fsim_report *report = fsim_report_new();
  const fsim_stays stays = {stay, n, n_exits, 0};
  fsim_incidence_curve *curve = NULL;
  assert_int_equal(fsim_incidence_of(&stays, report, &curve), FSIM_OK);
  fsim_report_free(report);
  return curve;
}

static double incidence(const fsim_incidence_curve *c, double age, size_t exit) {
  size_t at = fsim_incidence_at(c, age);
  return at == SIZE_MAX ? 0 : c->incidence[at * c->n_exits + exit];
}

/* Five stays: ends at 1 (exit 0), 2 (exit 1), 3 (exit 0), open at 2 and 4. At 1: 5 at risk; at 2:
 * 4; at 3: 2 (the one open at 2 was at risk at 2). */
static void counts_open_stays_as_at_risk_while_they_were_seen(void **state) {
  (void)state;
  const fsim_stay stay[] = {{0, 3, 0, 1}, {0, 1, 0, 1}, {0, 4, -1, 1}, {0, 2, 1, 1}, {0, 2, -1, 1}};
  fsim_incidence_curve *c = curve_of(stay, 5, 2);
  assert_int_equal(c->n, 3);
  assert_near(incidence(c, 0.5, 0), 0, 0);
  assert_near(incidence(c, 1, 0), 0.2, 1e-15);
  assert_near(incidence(c, 2.5, 1), 0.8 * 0.25, 1e-15);
  assert_near(incidence(c, 9, 0), 0.2 + 0.6 * 0.5, 1e-15);
  assert_near(c->open[2], 0.3, 1e-15);
  fsim_incidence_curve_free(c);
}

/* A stay seen only from age 2 on is not at risk at 1: it cannot make early ends look rare. */
static void leaves_out_of_the_risk_what_was_not_yet_seen(void **state) {
  (void)state;
  const fsim_stay stay[] = {{0, 1, 0, 1}, {0, 3, 0, 1}, {2, 3, -1, 1}};
  fsim_incidence_curve *c = curve_of(stay, 3, 1);
  assert_near(incidence(c, 1, 0), 0.5, 1e-15);
  assert_near(incidence(c, 3, 0), 0.5 + 0.5 * 0.5, 1e-15);
  fsim_incidence_curve_free(c);
}

/* A weight of two is two stays. */
static void weighs(void **state) {
  (void)state;
  const fsim_stay heavy[] = {{0, 1, 0, 2}, {0, 2, 1, 1}, {0, 3, -1, 1}};
  const fsim_stay twice[] = {{0, 1, 0, 1}, {0, 1, 0, 1}, {0, 2, 1, 1}, {0, 3, -1, 1}};
  fsim_incidence_curve *a = curve_of(heavy, 3, 2), *b = curve_of(twice, 4, 2);
  assert_int_equal(a->n, b->n);
  for (size_t i = 0; i < a->n * 2; i++) {
    assert_near(a->incidence[i], b->incidence[i], 1e-15);
    assert_near(fsim_incidence_variance(a, i / 2, i % 2), fsim_incidence_variance(b, i / 2, i % 2),
                1e-15);
  }
  fsim_incidence_curve_free(a);
  fsim_incidence_curve_free(b);
}

/* Without competing ends and censoring the incidence is a binomial share, and Aalen's variance its
 * variance up to the n - 1. */
static void has_the_binomial_variance_without_censoring(void **state) {
  (void)state;
  fsim_stay stay[100];
  for (int i = 0; i < 100; i++) stay[i] = (fsim_stay){0, i < 30 ? 1 : 2, i < 30 ? 0 : 1, 1};
  fsim_incidence_curve *c = curve_of(stay, 100, 2);
  assert_near(fsim_incidence_variance(c, 0, 0), 0.3 * 0.7 / 99, 1e-12);
  fsim_incidence_curve_free(c);
}

static void gives_the_oracle_of_competing_risks(void **state) {
  (void)state;
  json_t *file, *oracle = fsim_oracle("competing-risks-p", &file);
  if (oracle == NULL) skip();
  json_t *data = json_object_get(json_object_get(oracle, "parameters"), "data");
  const size_t n = json_array_size(data);
  fsim_stay *stay = calloc(n, sizeof *stay);
  for (size_t i = 0; i < n; i++) {
    json_t *row = json_array_get(data, i);
    int end = (int)json_integer_value(json_array_get(row, 1));
    stay[i] = (fsim_stay){0, json_number_value(json_array_get(row, 0)), end - 1, 1};
  }
  fsim_incidence_curve *c = curve_of(stay, n, 2);
  static const int ages[] = {5, 10, 20};
  for (size_t a = 0; a < 3; a++) {
    char path[96];
    snprintf(path, sizeof path, "exact/cumulative_incidence/%d/won", ages[a]);
    assert_near(incidence(c, ages[a], 0), fsim_oracle_number(oracle, path), 1e-9);
    snprintf(path, sizeof path, "exact/cumulative_incidence/%d/lost", ages[a]);
    assert_near(incidence(c, ages[a], 1), fsim_oracle_number(oracle, path), 1e-9);
    snprintf(path, sizeof path, "exact/cumulative_incidence/%d/open", ages[a]);
    assert_near(c->open[fsim_incidence_at(c, ages[a])], fsim_oracle_number(oracle, path), 1e-9);
    snprintf(path, sizeof path, "exact/standard_error_won_aalen/%d", ages[a]);
    double error = fsim_oracle_number(oracle, path);
    assert_near(sqrt(fsim_incidence_variance(c, fsim_incidence_at(c, ages[a]), 0)), error,
                0.02 * error);
  }
  fsim_incidence_curve_free(c);
  free(stay);
  json_decref(file);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_open_stays_as_at_risk_while_they_were_seen),
      cmocka_unit_test(leaves_out_of_the_risk_what_was_not_yet_seen),
      cmocka_unit_test(weighs),
      cmocka_unit_test(has_the_binomial_variance_without_censoring),
      cmocka_unit_test(gives_the_oracle_of_competing_risks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
