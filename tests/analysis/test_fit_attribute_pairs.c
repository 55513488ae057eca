/* Attributes that depend on each other are told, and no others. */
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
#include <gsl/gsl_rng.h>
#include <math.h>

#include "analysis/fit/attributes.h"

enum { VALUES = 4, MOST = 500, ATTRIBUTES = 3 };

typedef struct made {
  fsim_log log;
  fsim_case cases[MOST];
  int16_t level[ATTRIBUTES * MOST];
  fsim_fitted_attribute attribute[ATTRIBUTES];
  int16_t value_of[VALUES];
  double share[ATTRIBUTES][VALUES];
} made;

/* The second attribute is the first one for this share of cases, else drawn like it; the third is
 * independent. The last value is rare. */
static void draw(gsl_rng *rng, double same, made *m) {
  memset(m, 0, sizeof *m);
  for (int v = 0; v < VALUES; v++) m->value_of[v] = (int16_t)v;
  for (size_t i = 0; i < MOST; i++) {
    m->cases[i].parent = FSIM_NONE;
    for (size_t a = 0; a < ATTRIBUTES; a++) {
      const double u = gsl_rng_uniform(rng);
      int16_t v = u < 0.5 ? 0 : u < 0.8 ? 1 : u < 0.98 ? 2 : 3;
      if (a == 1 && gsl_rng_uniform(rng) < same) v = m->level[ATTRIBUTES * i];
      m->level[ATTRIBUTES * i + a] = v;
      m->share[a][v] += 1.0 / MOST;
    }
  }
  m->log =
      (fsim_log){.cases = m->cases, .n_cases = MOST, .level = m->level, .n_attributes = ATTRIBUTES};
  for (size_t a = 0; a < ATTRIBUTES; a++)
    m->attribute[a] = (fsim_fitted_attribute){
        .of_log = a, .n_values = VALUES, .value_of = m->value_of, .share = m->share[a]};
}

static fsim_fitted_attributes pairs_of(made *m, fsim_report *report) {
  fsim_fitted_attributes attributes = {.attribute = m->attribute, .n = ATTRIBUTES};
  assert_int_equal(fsim_attribute_pairs_of(&m->log, 0, INT64_MIN, report, &attributes), FSIM_OK);
  return attributes;
}

/* With the same mix, Cramér's V of values that are the same in a share s of cases is s. */
static void the_pair_that_depends_is_found_with_its_strength(void **state) {
  (void)state;
  enum { SEEDS = 50 };
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  fsim_report *report = fsim_report_new();
  double sum = 0, squares = 0;
  for (unsigned seed = 0; seed < SEEDS; seed++) {
    static made m;
    gsl_rng_set(rng, 1 + seed);
    draw(rng, 0.4, &m);
    fsim_fitted_attributes a = pairs_of(&m, report);
    assert_true(a.n_pairs >= 1 && a.pair[0].first == 0 && a.pair[0].second == 1);
    assert_true(a.pair[0].p < 1e-6);
    sum += a.pair[0].v;
    squares += a.pair[0].v * a.pair[0].v;
    free(a.pair);
  }
  const double mean = sum / SEEDS, error = sqrt((squares / SEEDS - mean * mean) / SEEDS);
  print_message("V %.3f, error %.3f\n", mean, error);
  assert_true(fabs(mean - 0.4) < 4 * error);
  fsim_report_free(report);
  gsl_rng_free(rng);
}

static void independent_attributes_are_left_alone(void **state) {
  (void)state;
  enum { SEEDS = 2000 };
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  fsim_report *report = fsim_report_new();
  unsigned wrong = 0;
  for (unsigned seed = 0; seed < SEEDS; seed++) {
    static made m;
    gsl_rng_set(rng, 7000 + seed);
    draw(rng, 0, &m);
    fsim_fitted_attributes a = pairs_of(&m, report);
    wrong += a.n_pairs > 0;
    free(a.pair);
  }
  print_message("false alarms: %u of %d\n", wrong, SEEDS);
  assert_true(wrong == 0 || gsl_cdf_binomial_Q(wrong - 1, 0.01, SEEDS) > 1e-4);
  fsim_report_free(report);
  gsl_rng_free(rng);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_pair_that_depends_is_found_with_its_strength),
      cmocka_unit_test(independent_attributes_are_left_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
