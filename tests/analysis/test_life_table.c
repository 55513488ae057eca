/* Aalen-Johansen: exact answers, derivatives, and the quarter spill-over of FEATURES T6. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <gsl/gsl_cdf.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/life_table.h"

static void assert_near(double a, double b, double tolerance) {
  if (!(fabs(a - b) <= tolerance)) fail_msg("%.12g is not %.12g", a, b);
}

/* By hand: of 6 journeys 2 are won and 1 ends otherwise; of the 3 left 2 are last seen open; the
 * one still at risk is won, and stands for all 3. */
static void open_journeys_leave_the_denominator_when_last_seen(void **state) {
  (void)state;
  const double won[] = {2, 0, 1}, other[] = {1, 0, 0}, open[] = {0, 2, 0};
  fsim_life_table table = {3, won, other, open};
  fsim_incidence incidence = fsim_aalen_johansen(&table, NULL, NULL, NULL, NULL);
  assert_near(incidence.won, 2.0 / 6 + 3.0 / 6 * 1.0 / 1, 1e-12);
  assert_near(incidence.still_open, 0, 1e-12);
  assert_int_equal(incidence.last, 2);
}

static void half_of_those_open_in_a_class_are_at_risk(void **state) {
  (void)state;
  const double won[] = {3}, other[] = {1}, open[] = {4};
  fsim_life_table table = {1, won, other, open};
  fsim_incidence incidence = fsim_aalen_johansen(&table, NULL, NULL, NULL, NULL);
  assert_near(incidence.won, 3.0 / (8 - 2), 1e-12);
  assert_near(incidence.still_open, 1 - 4.0 / 6, 1e-12);
}

static void without_open_journeys_it_is_the_plain_share(void **state) {
  (void)state;
  const double won[] = {3, 1, 0, 2}, other[] = {0, 5, 1, 8}, open[] = {0, 0, 0, 0};
  fsim_life_table table = {4, won, other, open};
  fsim_incidence incidence = fsim_aalen_johansen(&table, NULL, NULL, NULL, NULL);
  assert_near(incidence.won, 6.0 / 20, 1e-12);
  assert_near(incidence.still_open, 0, 1e-12);
}

static void nobody_gives_no_incidence(void **state) {
  (void)state;
  const double none[] = {0, 0};
  double d[3][2];
  fsim_life_table table = {2, none, none, none};
  fsim_incidence incidence = fsim_aalen_johansen(&table, NULL, d[0], d[1], d[2]);
  assert_near(incidence.won, 0, 0);
  assert_near(d[0][1], 0, 0);
}

/* Every derivative against a central difference of the estimate itself. */
static void derivatives_are_those_of_the_estimate(void **state) {
  (void)state;
  enum { N = 5 };
  double counts[3][N] = {{3, 4, 0, 2, 1}, {6, 2, 3, 0, 2}, {1, 2, 5, 0, 3}}, d[3][N];
  fsim_life_table table = {N, counts[0], counts[1], counts[2]};
  fsim_aalen_johansen(&table, NULL, d[0], d[1], d[2]);
  for (int kind = 0; kind < 3; kind++) {
    for (int k = 0; k < N; k++) {
      const double h = 1e-5, kept = counts[kind][k];
      counts[kind][k] = kept + h;
      double above = fsim_aalen_johansen(&table, NULL, NULL, NULL, NULL).won;
      counts[kind][k] = kept - h;
      double below = fsim_aalen_johansen(&table, NULL, NULL, NULL, NULL).won;
      counts[kind][k] = kept;
      if (kept == 0) continue; /* no journey there: nothing has that derivative as its influence */
      assert_near(d[kind][k], (above - below) / (2 * h), 1e-8);
    }
  }
}

/* Influences of all journeys sum to nothing: the estimate does not change when all are doubled. */
static void influences_sum_to_zero(void **state) {
  (void)state;
  const double won[] = {3, 4, 0, 2}, other[] = {6, 2, 3, 0}, open[] = {1, 2, 5, 9};
  double d[3][4], sum = 0;
  fsim_life_table table = {4, won, other, open};
  fsim_aalen_johansen(&table, NULL, d[0], d[1], d[2]);
  for (int k = 0; k < 4; k++) sum += d[0][k] * won[k] + d[1][k] * other[k] + d[2][k] * open[k];
  assert_near(sum, 0, 1e-12);
}

/* ---- the oracle `competing-risks` ---- */

typedef struct deal {
  double age;
  int end;
} deal;

static int by_age(const void *a, const void *b) {
  const deal *x = a, *y = b;
  if (x->age != y->age) return x->age < y->age ? -1 : 1;
  return (x->end == 0) - (y->end == 0); /* events before censorings at a tie */
}

/* A class for each age with an event and one after it for those last seen until the next. */
static size_t classes_of(const deal *deals, size_t n, double up_to, double *list[3], size_t *at) {
  size_t classes = 1;
  double last = -1;
  for (size_t i = 0; i < n && deals[i].age <= up_to; i++) {
    if (deals[i].end == 0) {
      at[i] = classes; /* odd classes hold only open ones … */
      if (classes % 2 == 0) at[i] = ++classes;
    } else if (classes % 2 == 1 || deals[i].age > last) {
      classes += classes % 2 == 1 ? 1 : 2;
      at[i] = classes;
    } else {
      at[i] = classes;
    }
    last = deals[i].age;
    list[deals[i].end == 1 ? 0 : deals[i].end == 2 ? 1 : 2][at[i]] += 1;
  }
  return classes + 1;
}

static void oracle_cumulative_incidence(void **state) {
  (void)state;
  json_t *all = json_load_file(FSIM_SOURCE_DIR "/../shared/oracles/public.json", 0, NULL);
  if (all == NULL) {
    print_message("the oracles are not beside the sources: skipped\n");
    skip();
  }
  json_t *given = json_object_get(all, "competing-risks-p"),
         *exact = json_object_get(given, "exact");
  json_t *data = json_object_get(json_object_get(given, "parameters"), "data");
  enum { MOST = 500 };
  deal deals[MOST];
  size_t n = json_array_size(data);
  assert_true(n > 0 && n < MOST / 2 - 2);
  for (size_t i = 0; i < n; i++) {
    json_t *one = json_array_get(data, i);
    deals[i].age = json_number_value(json_array_get(one, 0));
    deals[i].end = (int)json_integer_value(json_array_get(one, 1));
  }
  qsort(deals, n, sizeof *deals, by_age);
  const char *age;
  json_t *answer;
  json_object_foreach(json_object_get(exact, "cumulative_incidence"), age, answer) {
    double counts[3][MOST] = {{0}}, d[3][MOST], square = 0, up_to = atof(age);
    double *list[3] = {counts[0], counts[1], counts[2]};
    size_t at[MOST], classes = classes_of(deals, n, up_to, list, at), seen = 0;
    while (seen < n && deals[seen].age <= up_to) seen++;
    counts[2][classes] = (double)(n - seen); /* last seen later */
    fsim_life_table table = {classes + 1, counts[0], counts[1], counts[2]};
    fsim_incidence incidence = fsim_aalen_johansen(&table, NULL, d[0], d[1], d[2]);
    assert_near(incidence.won, json_number_value(json_object_get(answer, "won")), 1e-9);
    assert_near(incidence.still_open, json_number_value(json_object_get(answer, "open")), 1e-9);
    for (size_t i = 0; i < n; i++) {
      int kind = i >= seen || deals[i].end == 0 ? 2 : deals[i].end - 1;
      double u = d[kind][i < seen ? at[i] : classes];
      square += u * u;
    }
    /* Infinitesimal jackknife and Aalen's variance agree to small-sample terms. */
    double aalen =
        json_number_value(json_object_get(json_object_get(exact, "standard_error_won_aalen"), age));
    assert_near(sqrt(square), aalen, 0.05 * aalen);
  }
  json_decref(all);
}

/* FEATURES T6: cycle time lognormal of median 75 d and sigma 0.8, arrivals evenly over 90 days. Of
 * the eventual wins 26.46 % land within the quarter, while a lead of its first day lands with 59.01
 * %: the corrected conversion to age 90 d must recover the second from what the first shows. */
static void quarter_spill_over_is_corrected(void **state) {
  (void)state;
  enum { DAYS = 90, LEADS = 4 * DAYS };
  double won[DAYS + 1] = {0}, other[DAYS + 1] = {0}, open[DAYS + 1] = {0}, landed = 0;
  const double mu = log(75.0), sigma = 0.8;
  for (int i = 0; i < LEADS; i++) {
    double seen = DAYS * (i + 0.5) / LEADS, before = 0;
    int whole = (int)seen;
    for (int day = 0; day <= whole; day++) {
      double end = day < whole ? day + 1 : seen, upto = gsl_cdf_lognormal_P(end, mu, sigma);
      won[day] += upto - before;
      before = upto;
    }
    open[whole] += 1 - before;
    landed += before / LEADS;
  }
  assert_near(landed, 0.2646, 0.0001);
  fsim_life_table table = {DAYS + 1, won, other, open};
  assert_near(fsim_aalen_johansen(&table, NULL, NULL, NULL, NULL).won, 0.5901, 0.002);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(open_journeys_leave_the_denominator_when_last_seen),
      cmocka_unit_test(half_of_those_open_in_a_class_are_at_risk),
      cmocka_unit_test(without_open_journeys_it_is_the_plain_share),
      cmocka_unit_test(nobody_gives_no_incidence),
      cmocka_unit_test(derivatives_are_those_of_the_estimate),
      cmocka_unit_test(influences_sum_to_zero),
      cmocka_unit_test(oracle_cumulative_incidence),
      cmocka_unit_test(quarter_spill_over_is_corrected),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
