/* Stages are split where values of attributes differ, not by chance, and by what they differ. */
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

#include "analysis/fit/label_test.h"
#include "analysis/fit/segments.h"

#define DAY 86400.0
enum { VALUES = 3, MOST = 900 };

/* A log of cases in one stage with two exits: lognormal waits to the first, exponential ones to the
 * second, censored at an age that differs from case to case. */
typedef struct made {
  fsim_log log;
  fsim_case cases[MOST];
  int16_t level[2 * MOST];
  fsim_dated_stay stay[MOST];
  fsim_stay_exit exit[2];
  fsim_stage_stays stays;
  fsim_fitted_attribute attribute[2];
  int16_t value_of[VALUES];
  fsim_stage_fit *laws;
} made;

static void draw(gsl_rng *rng, const double *share, const double *odds, const double *scale,
                 size_t n, made *m) {
  memset(m, 0, sizeof *m);
  for (int v = 0; v < VALUES; v++) m->value_of[v] = (int16_t)v;
  for (size_t i = 0; i < n; i++) {
    const double u = gsl_rng_uniform(rng);
    const int v = u < share[0] ? 0 : u < share[0] + share[1] ? 1 : 2;
    const double o = 0.6 / 0.4 * odds[v];
    const bool first = gsl_rng_uniform(rng) < o / (1 + o);
    const double wait = scale[v] * DAY *
                        (first ? gsl_ran_lognormal(rng, log(5), 0.8) : gsl_ran_exponential(rng, 8));
    const double follow_up = (3 + 40 * gsl_rng_uniform(rng)) * DAY;
    m->level[2 * i] = (int16_t)v;
    m->level[2 * i + 1] = (int16_t)gsl_rng_uniform_int(rng, VALUES);
    m->stay[i] = (fsim_dated_stay){.to = (int64_t)fmin(wait, follow_up),
                                   .exit = wait > follow_up ? FSIM_NONE : !first,
                                   .which_case = i};
  }
  m->log = (fsim_log){.cases = m->cases, .n_cases = n, .level = m->level, .n_attributes = 2};
  m->exit[1] = (fsim_stay_exit){true, 1};
  m->exit[0] = (fsim_stay_exit){true, 0};
  m->stays = (fsim_stage_stays){.exit = m->exit, .n_exits = 2, .stay = m->stay, .n = n};
  for (size_t a = 0; a < 2; a++)
    m->attribute[a] =
        (fsim_fitted_attribute){.of_log = a, .n_values = VALUES, .value_of = m->value_of};
}

static void fit_right_laws(made *m, fsim_report *report) {
  static const fsim_law_spec spec[2] = {{1, {FSIM_LAW_LOGNORMAL}}, {1, {FSIM_LAW_EXPONENTIAL}}};
  fsim_stay stay[MOST];
  for (size_t i = 0; i < m->stays.n; i++)
    stay[i] = (fsim_stay){0, (double)m->stay[i].to, m->stay[i].exit, 1};
  const fsim_stays stays = {stay, m->stays.n, 2, 0};
  assert_int_equal(fsim_fit_laws(&stays, spec, false, report, &m->laws), FSIM_OK);
}

static void look(made *m, double level, fsim_report *report, fsim_stage_segments *s) {
  fsim_fitted_attributes attributes = {.attribute = m->attribute, .n = 2};
  double p[2] = {1, 1};
  fit_right_laws(m, report);
  const fsim_segment_stage stage = {.stays = &m->stays, .never_exit = 1, .laws = m->laws};
  assert_int_equal(fsim_segments_of(&m->log, &attributes, &stage, 1, false, level, p, report, s),
                   FSIM_OK);
  fsim_stage_fit_free(m->laws);
}

/* ---- the test by exchange of labels ---- */

/* Against its exact distribution: two labels and one number, all exchanges of which are few. */
static void label_test_measures_by_all_exchanges(void **state) {
  (void)state;
  const double number[6] = {1, 2, 4, 8, 16, 40};
  const int32_t label[6] = {0, 0, 1, 0, 1, 1};
  double mean = 0, squares = 0, seen = 0;
  int n = 0;
  for (int set = 0; set < 64; set++) { /* all ways to give label 0 to three of six */
    double sum = 0;
    int size = 0;
    for (int i = 0; i < 6; i++) {
      size += set >> i & 1;
      sum += (set >> i & 1) * number[i];
    }
    if (size != 3) continue;
    mean += sum;
    squares += sum * sum;
    n++;
  }
  mean /= n;
  for (int i = 0; i < 6; i++) seen += label[i] == 0 ? number[i] : 0;
  const double statistic = (seen - mean) * (seen - mean) / (squares / n - mean * mean);
  const fsim_labelled cases = {number, label, NULL, 6, 1, 2, 1};
  fsim_report *report = fsim_report_new();
  double p = 0;
  assert_int_equal(fsim_label_test(&cases, 1, report, &p), FSIM_OK);
  assert_true(fabs(p - gsl_cdf_chisq_Q(statistic, 1)) < 1e-12);
  fsim_report_free(report);
}

static void adjusted_chances_are_those_of_holm(void **state) {
  (void)state;
  double p[4] = {0.04, 0.01, 0.5, 0.011};
  fsim_report *report = fsim_report_new();
  assert_int_equal(fsim_holm(p, 4, report), FSIM_OK);
  const double right[4] = {0.08, 0.04, 0.5, 0.04};
  for (int i = 0; i < 4; i++) assert_true(fabs(p[i] - right[i]) < 1e-12);
  fsim_report_free(report);
}

/* ---- splits ---- */

/* A binomial count that is as it should be but for one chance in ten thousand on either side. */
static void check_count(unsigned count, double chance, unsigned n, const char *what) {
  if (gsl_cdf_binomial_P(count, chance, n) < 1e-4 ||
      (count > 0 && gsl_cdf_binomial_Q(count - 1, chance, n) < 1e-4))
    fail_msg("%s: %u of %u where %.1f are to be expected", what, count, n, chance * n);
}

/* Two attributes without any effect, with rare values too. Two of the four tests made together are
 * these, the other two have p = 1: half of the level is used. */
static void stages_are_not_split_by_chance(void **state) {
  (void)state;
  enum { SEEDS = 200 };
  static const double share[] = {0.7, 0.25, 0.05}, same[] = {1, 1, 1};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  fsim_report *report = fsim_report_new();
  unsigned split = 0;
  for (unsigned seed = 0; seed < SEEDS; seed++) {
    static made m;
    fsim_stage_segments s;
    gsl_rng_set(rng, 1000 + seed);
    draw(rng, share, same, same, 300, &m);
    look(&m, 0.2, report, &s);
    split += s.n_terms > 0;
    fsim_stage_segments_free(&s);
  }
  print_message("split by chance: %u of %d\n", split, SEEDS);
  check_count(split, 0.1, SEEDS, "split");
  fsim_report_free(report);
  gsl_rng_free(rng);
}

/* Value 1 against value 0: odds of the first exit 1.8, waits 1.6. */
static void effects_are_recovered_within_their_intervals(void **state) {
  (void)state;
  enum { SEEDS = 80 };
  static const double share[] = {0.6, 0.4, 0}, odds[] = {1, 1.8, 1}, scale[] = {1, 1.6, 1};
  const double right[3] = {-log(1.8), log(1.6), log(1.6)};
  unsigned covered[3] = {0}, found = 0;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  fsim_report *report = fsim_report_new();
  for (unsigned seed = 0; seed < SEEDS; seed++) {
    static made m;
    fsim_stage_segments s;
    gsl_rng_set(rng, 5000 + seed);
    draw(rng, share, odds, scale, 600, &m);
    look(&m, FSIM_SPLIT_LEVEL, report, &s);
    const bool right_one = s.n_terms >= 1 && s.term[0].attribute == 0;
    found += right_one;
    for (size_t j = 0; j < 3 && right_one; j++) {
      const double *e = s.term[0].effect, *d = s.term[0].error;
      const double off = e[3 + j] - e[j] - right[j];
      covered[j] += fabs(off) < 1.96 * hypot(d[j], d[3 + j]);
    }
    fsim_stage_segments_free(&s);
  }
  print_message("found %u, covered %u %u %u of %d\n", found, covered[0], covered[1], covered[2],
                SEEDS);
  check_count(found, 0.999, SEEDS, "found");
  for (size_t j = 0; j < 3; j++) check_count(covered[j], 0.95, found, "covered");
  fsim_report_free(report);
  gsl_rng_free(rng);
}

/* A value with a handful of cases has raw factors far off and pooled ones between these and 1. */
static void few_cases_are_drawn_towards_the_whole(void **state) {
  (void)state;
  static const double share[] = {0.58, 0.4, 0.02}, odds[] = {1, 2.5, 2.5}, scale[] = {1, 2, 2};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  fsim_report *report = fsim_report_new();
  double raw = 0, pooled = 0;
  for (unsigned seed = 0; seed < 20; seed++) {
    static made m;
    fsim_stage_segments s;
    gsl_rng_set(rng, 9000 + seed);
    draw(rng, share, odds, scale, 500, &m);
    look(&m, FSIM_SPLIT_LEVEL, report, &s);
    assert_true(s.n_terms >= 1);
    const fsim_segment_term *t = &s.term[0];
    const double truth = t->effect[3]; /* value 1, which has many cases, is as value 2 */

    if (t->n[2] > 0) {
      raw += pow(t->raw[6] - truth, 2);
      pooled += pow(t->effect[6] - truth, 2);
    }
    fsim_stage_segments_free(&s);
  }
  assert_true(pooled < raw); /* Stein's effect, on average */
  fsim_report_free(report);
  gsl_rng_free(rng);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(label_test_measures_by_all_exchanges),
      cmocka_unit_test(adjusted_chances_are_those_of_holm),
      cmocka_unit_test(stages_are_not_split_by_chance),
      cmocka_unit_test(effects_are_recovered_within_their_intervals),
      cmocka_unit_test(few_cases_are_drawn_towards_the_whole),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
