/* The level of arrivals: few a week, campaigns, and logs shorter than a week. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#include "analysis/fit/estimate.h"

#define DAY INT64_C(86400)
#define WEEK (7 * DAY)
#define START (20454 * DAY)
#define MOST 20000

static fsim_case cases[MOST];

static int by_creation(const void *left, const void *right) {
  const fsim_case *a = left, *b = right;
  return (a->created > b->created) - (a->created < b->created);
}

static double level_of(size_t n, int64_t length, fsim_arrivals *a) {
  fsim_report *report = fsim_report_new();
  qsort(cases, n, sizeof *cases, by_creation);
  const fsim_log log = {.cases = cases, .n_cases = n, .begin = START, .end = START + length};
  assert_int_equal(fsim_arrivals_of(&log, 0, FSIM_NO_TIME, &(fsim_quiet_weeks){0}, report, a),
                   FSIM_OK);
  fsim_report_free(report);
  return 7 * a->per_day;
}

static void add_case(size_t *n, int64_t created) {
  assert_true(*n < MOST);
  cases[(*n)++] = (fsim_case){.created = created, .seen_from = created, .parent = FSIM_NONE};
}

static size_t draw_weeks(gsl_rng *rng, double mean, size_t weeks) {
  size_t n = 0;
  for (size_t w = 0; w < weeks; w++) {
    for (unsigned k = gsl_ran_poisson(rng, mean); k > 0; k--)
      add_case(&n, START + (int64_t)w * WEEK + (int64_t)(gsl_rng_uniform(rng) * (double)WEEK));
  }
  return n;
}

/* Trimmed counts of Poisson alone would be a third too few for one case in four weeks. */
static void few_cases_a_week_keep_their_level(void **state) {
  (void)state;
  static const double means[] = {0.25, 1, 2.5, 12, 150};
  static const size_t weeks[] = {12, 52};
  enum { LOGS = 1500 };
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 7);
  for (size_t m = 0; m < 5; m++) {
    for (size_t w = 0; w < 2; w++) {
      const int logs = means[m] > 100 ? LOGS / 30 : LOGS;
      double sum = 0, squares = 0;
      for (int i = 0; i < logs; i++) {
        fsim_arrivals a;
        const double level =
            level_of(draw_weeks(rng, means[m], weeks[w]), (int64_t)weeks[w] * WEEK, &a);
        sum += level;
        squares += level * level;
      }
      const double mean = sum / logs, error = sqrt((squares / logs - mean * mean) / logs);
      if (fabs(mean - means[m]) > 4 * error)
        fail_msg("%.2f a week over %zu weeks: %.4f, give or take %.4f", means[m], weeks[w], mean,
                 error);
    }
  }
  gsl_rng_free(rng);
}

static void a_campaign_is_no_level(void **state) {
  (void)state;
  size_t n = 0;
  fsim_arrivals a;
  for (int64_t w = 0; w < 12; w++) {
    const int64_t many = w == 5 ? 60 : 3;
    for (int64_t k = 0; k < many; k++) add_case(&n, START + w * WEEK + k * 3600);
  }
  const double level = level_of(n, 12 * WEEK, &a);
  assert_true(level > 2.9 && level < 3.6); /* the mean is 7.75 */
}

/* Three cases in two days: a log that has no complete week has a level nevertheless. */
static void less_than_a_week_has_a_level(void **state) {
  (void)state;
  size_t n = 0;
  fsim_arrivals a;
  for (int64_t k = 0; k < 3; k++) add_case(&n, START + k * DAY / 2);
  assert_true(fabs(level_of(n, 2 * DAY, &a) - 10.5) < 1e-9);
  assert_true(a.part_of_week);
  assert_int_equal(a.n_weeks, 1);
  assert_true(fabs(level_of(n, 1 + DAY, &a) - 21) < 0.01);
  assert_true(fabs(level_of(1, 1, &a) - 7) < 1e-9); /* a moment counts as a day */
}

/* One case in months: above zero, so that the scenario can be read. */
static void rare_cases_have_a_level(void **state) {
  (void)state;
  size_t n = 0;
  fsim_arrivals a;
  for (int64_t k = 0; k < 4; k++) add_case(&n, START + k * 25 * WEEK);
  const double level = level_of(n, 100 * WEEK, &a);
  /* All four are trimmed; only eleven or more of a hundred would leave any. */
  assert_true(level > 0.0399 && level <= 0.04);
}

/* An export of what had begun by some day is no business that has stopped; imports every two months
 * go on, and of few cases none is no wonder. */
static void an_end_of_new_cases_is_told(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 11);
  fsim_arrivals a;
  size_t n = draw_weeks(rng, 30, 20);
  level_of(n, 22 * WEEK, &a);
  assert_int_equal(a.ended, (cases[n - 1].created / DAY + 1) * DAY);
  assert_int_equal(a.n_weeks, 0);
  level_of(n, 60 * WEEK, &a); /* also where none came in all of the weeks that are fitted */
  assert_int_equal(a.ended, (cases[n - 1].created / DAY + 1) * DAY);
  level_of(n, 20 * WEEK + 2 * DAY, &a);
  assert_true(a.ended == FSIM_NO_TIME && a.n_weeks == 20);
  n = draw_weeks(rng, 2, 20);
  level_of(n, 25 * WEEK, &a);
  assert_true(a.ended == FSIM_NO_TIME);
  n = 0;
  for (int import = 0; import < 4; import++) {
    for (int i = 0; i < 200; i++) add_case(&n, START + 8 * import * WEEK + i);
  }
  level_of(n, 30 * WEEK, &a); /* six weeks after the last one */
  assert_true(a.ended == FSIM_NO_TIME);
  gsl_rng_free(rng);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(few_cases_a_week_keep_their_level),
      cmocka_unit_test(a_campaign_is_no_level),
      cmocka_unit_test(less_than_a_week_has_a_level),
      cmocka_unit_test(rare_cases_have_a_level),
      cmocka_unit_test(an_end_of_new_cases_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
