/* Values of attributes in a stage whose rates differ between the months of a quarter. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "analysis/fit/segments.h"
#include "sim/base/quantity.h"

#define DAY 86400.0
enum { VALUES = 3, MOST = 1200, ATTRIBUTES = 4, EXITS = 2 };

/* A year of cases in one stage: a clock for each of two exits, whose rates a day are these times
 * the month's factor times the value's. */
static const double rate_a_day[EXITS] = {0.04, 0.02};
static const double month_factor[3][EXITS] = {{0.3, 1}, {0.7, 1}, {2.4, 1}};

typedef struct made {
  fsim_log log;
  fsim_case cases[MOST];
  int16_t level[ATTRIBUTES * MOST];
  fsim_dated_stay stay[MOST];
  fsim_stay_exit exit[EXITS];
  fsim_stage_stays stays;
  fsim_fitted_attribute attribute[ATTRIBUTES];
  int16_t value_of[VALUES];
} made;

/* When it leaves, day by day, and by which exit. */
static int64_t leave(gsl_rng *rng, int64_t entered, int64_t end, const double *factor,
                     int32_t *exit) {
  *exit = FSIM_NONE;
  for (int64_t at = entered; at < end;) {
    const size_t month = (size_t)fsim_month_of_quarter(at);
    const int64_t until = fsim_next_day(at) < end ? fsim_next_day(at) : end;
    double rate[EXITS], all = 0;
    for (size_t x = 0; x < EXITS; x++)
      all += rate[x] = rate_a_day[x] / DAY * month_factor[month][x] * factor[x];
    const double wait = gsl_ran_exponential(rng, 1 / all);
    if (wait < (double)(until - at)) {
      *exit = gsl_rng_uniform(rng) * all >= rate[0];
      return at + (int64_t)wait;
    }
    at = until;
  }
  return end;
}

/* Factors of attribute a's values on the rates of the exits: factor[a][v][x]. */
typedef double effects[ATTRIBUTES][VALUES][EXITS];

static void draw(gsl_rng *rng, const double *share, const effects factor, size_t n, made *m) {
  memset(m, 0, sizeof *m);
  const int64_t start = fsim_days_from_date(2026, 1, 1) * (int64_t)DAY;
  const int64_t end = start + 365 * (int64_t)DAY;
  for (int v = 0; v < VALUES; v++) m->value_of[v] = (int16_t)v;
  for (size_t i = 0; i < n; i++) {
    double own[EXITS] = {1, 1};
    for (size_t a = 0; a < ATTRIBUTES; a++) {
      const double u = gsl_rng_uniform(rng);
      const int v = u < share[0] ? 0 : u < share[0] + share[1] ? 1 : 2;
      m->level[ATTRIBUTES * i + a] = (int16_t)v;
      for (size_t x = 0; x < EXITS; x++) own[x] *= factor[a][v][x];
    }
    fsim_dated_stay *stay = &m->stay[i];
    *stay = (fsim_dated_stay){.which_case = i};
    stay->entered = stay->from = start + (int64_t)(gsl_rng_uniform(rng) * 365 * DAY);
    stay->to = leave(rng, stay->entered, end, own, &stay->exit);
  }
  m->log =
      (fsim_log){.cases = m->cases, .n_cases = n, .level = m->level, .n_attributes = ATTRIBUTES};
  for (int32_t x = 0; x < EXITS; x++) m->exit[x] = (fsim_stay_exit){true, x};
  m->stays = (fsim_stage_stays){.exit = m->exit, .n_exits = EXITS, .stay = m->stay, .n = n};
  for (size_t a = 0; a < ATTRIBUTES; a++)
    m->attribute[a] =
        (fsim_fitted_attribute){.of_log = a, .n_values = VALUES, .value_of = m->value_of};
}

static void look(made *m, size_t n_attributes, double level, fsim_report *report,
                 fsim_stage_segments *s) {
  fsim_fitted_attributes attributes = {.attribute = m->attribute, .n = n_attributes};
  double p[ATTRIBUTES] = {1, 1, 1, 1};
  fsim_hazard rates;
  assert_int_equal(fsim_hazard_fit(&m->stays, false, true, report, &rates), FSIM_OK);
  const fsim_segment_stage stage = {.stays = &m->stays, .never_exit = 1, .rates = &rates};
  assert_int_equal(fsim_segments_of(&m->log, &attributes, &stage, 1, false, level, p, report, s),
                   FSIM_OK);
  fsim_hazard_free(&rates);
}

/* A binomial count that is as it should be but for one chance in ten thousand on either side. */
static void check_count(unsigned count, double chance, unsigned n, const char *what) {
  if (gsl_cdf_binomial_P(count, chance, n) < 1e-4 ||
      (count > 0 && gsl_cdf_binomial_Q(count - 1, chance, n) < 1e-4))
    fail_msg("%s: %u of %u where %.1f are to be expected", what, count, n, chance * n);
}

#define SAME          \
  {                   \
    {1, 1}, {1, 1}, { \
      1, 1            \
    }                 \
  }

/* Two of four attributes' tests, and as many with p = 1 (of values): half of the level is used. */
static void stages_with_months_are_not_split_by_chance(void **state) {
  (void)state;
  enum { SEEDS = 200 };
  static const double share[] = {0.7, 0.25, 0.05};
  static const effects same = {SAME, SAME, SAME, SAME};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  fsim_report *report = fsim_report_new();
  unsigned split = 0;
  for (unsigned seed = 0; seed < SEEDS; seed++) {
    static made m;
    fsim_stage_segments s;
    gsl_rng_set(rng, 1000 + seed);
    draw(rng, share, same, 300, &m);
    look(&m, 2, 0.2, report, &s);
    split += s.n_terms > 0;
    fsim_stage_segments_free(&s);
  }
  print_message("split by chance: %u of %d\n", split, SEEDS);
  check_count(split, 0.1, SEEDS, "split");
  fsim_report_free(report);
  gsl_rng_free(rng);
}

/* Value 1 is that of nine in ten cases of the months that close most, and of one in ten others: it
 * goes with more wins, and the month says why. */
static void what_only_tells_the_month_makes_no_difference(void **state) {
  (void)state;
  enum { SEEDS = 200 };
  static const double share[] = {1, 0, 0};
  static const effects same = {SAME, SAME, SAME, SAME};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  fsim_report *report = fsim_report_new();
  unsigned split = 0;
  for (unsigned seed = 0; seed < SEEDS; seed++) {
    static made m;
    fsim_stage_segments s;
    gsl_rng_set(rng, 3000 + seed);
    draw(rng, share, same, 700, &m);
    for (size_t i = 0; i < m.stays.n; i++) {
      const bool closing = fsim_month_of_quarter(m.stay[i].entered) == 2;
      m.level[ATTRIBUTES * i] = gsl_rng_uniform(rng) < (closing ? 0.9 : 0.1);
    }
    look(&m, 1, 0.2, report, &s);
    split += s.n_terms > 0;
    fsim_stage_segments_free(&s);
  }
  print_message("split by what tells the month: %u of %d\n", split, SEEDS);
  assert_true(gsl_cdf_binomial_Q(split, 0.1, SEEDS) > 1e-4);
  fsim_report_free(report);
  gsl_rng_free(rng);
}

/* Value 1 against value 0. That months differ is the same for both and must not matter. */
static void factors_of_rates_are_recovered_within_their_intervals(void **state) {
  (void)state;
  enum { SEEDS = 120 };
  static const double share[] = {0.6, 0.4, 0};
  static const effects factor = {{{1, 1}, {1.8, 0.6}, {1, 1}}, SAME, SAME, SAME};
  const double right[EXITS] = {log(1.8), log(0.6)};
  unsigned covered[EXITS] = {0}, found = 0;
  double sum[EXITS] = {0};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  fsim_report *report = fsim_report_new();
  for (unsigned seed = 0; seed < SEEDS; seed++) {
    static made m;
    fsim_stage_segments s;
    gsl_rng_set(rng, 5000 + seed);
    draw(rng, share, factor, 700, &m);
    look(&m, 2, FSIM_SPLIT_LEVEL, report, &s);
    const bool right_one = s.n_terms >= 1 && s.term[0].attribute == 0;
    found += right_one;
    for (size_t j = 0; j < EXITS && right_one; j++) {
      const double *e = s.term[0].effect, *d = s.term[0].error;
      const double off = e[EXITS + j] - e[j] - right[j];
      sum[j] += off;
      covered[j] += fabs(off) < 1.96 * hypot(d[j], d[EXITS + j]);
    }
    fsim_stage_segments_free(&s);
  }
  print_message("found %u, covered %u %u of %d; off by %.3f %.3f\n", found, covered[0], covered[1],
                SEEDS, sum[0] / found, sum[1] / found);
  check_count(found, 0.999, SEEDS, "found");
  for (size_t j = 0; j < EXITS; j++) check_count(covered[j], 0.95, found, "covered");
  fsim_report_free(report);
  gsl_rng_free(rng);
}

/* Three attributes differ, the fourth does not. */
static void a_stage_is_split_by_as_many_attributes_as_differ(void **state) {
  (void)state;
  enum { SEEDS = 40 };
  static const double share[] = {0.5, 0.5, 0};
  static const effects factor = {
      {{1, 1}, {2.2, 1}, {1, 1}}, {{1, 1}, {1, 2.6}, {1, 1}}, {{1, 1}, {0.5, 0.5}, {1, 1}}, SAME};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  fsim_report *report = fsim_report_new();
  unsigned three = 0, wrong = 0;
  for (unsigned seed = 0; seed < SEEDS; seed++) {
    static made m;
    fsim_stage_segments s;
    gsl_rng_set(rng, 9000 + seed);
    draw(rng, share, factor, MOST, &m);
    look(&m, ATTRIBUTES, FSIM_SPLIT_LEVEL, report, &s);
    three += s.n_terms == 3;
    for (size_t t = 0; t < s.n_terms; t++) wrong += s.term[t].attribute == 3;
    fsim_stage_segments_free(&s);
  }
  print_message("by three: %u of %d; by what does not differ: %u\n", three, SEEDS, wrong);
  check_count(wrong, FSIM_SPLIT_LEVEL, SEEDS, "wrong");
  assert_true(three >= SEEDS * 9 / 10);
  fsim_report_free(report);
  gsl_rng_free(rng);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(stages_with_months_are_not_split_by_chance),
      cmocka_unit_test(what_only_tells_the_month_makes_no_difference),
      cmocka_unit_test(factors_of_rates_are_recovered_within_their_intervals),
      cmocka_unit_test(a_stage_is_split_by_as_many_attributes_as_differ),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
