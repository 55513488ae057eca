/* Designs of many plans, and what their factors do. */
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "analysis/decide/design.h"
#include "analysis/decide/effects.h"
#include "decide.h"

static void grids_are_combined_in_full(void **state) {
  (void)state;
  const char *grids[] = {"teams.a.size=1,2,3", "f.stages.s.wait={gamma: {mean: 2 d, cv: 1}},x0.5"};
  fsim_design d;
  assert_int_equal(fsim_design_make(grids, 2, NULL, 0, 0, 1, NULL, &d), FSIM_OK);
  assert_int_equal(d.n_points, 6);
  assert_string_equal(d.values[0], "1");
  assert_string_equal(d.values[1], "{gamma: {mean: 2 d, cv: 1}}");
  assert_string_equal(d.values[2], "1");
  assert_string_equal(d.values[3], "x0.5");
  assert_string_equal(d.values[10], "3");
  fsim_design_free(&d);
  assert_int_equal(fsim_design_make(NULL, 0, NULL, 0, 0, 1, NULL, &d), FSIM_OK);
  assert_int_equal(d.n_points, 1); /* the scenario itself */
  fsim_design_free(&d);
}

/* Every strip of every range once, for every point of the grid. */
static void samples_use_every_strip_once(void **state) {
  (void)state;
  enum { N = 40 };
  const char *ranges[] = {"streams.web.rate=10 / d..30 / d", "f.stages.s.wait=x0.5..x1.5"};
  const char *grid[] = {"teams.a.size=1,2"};
  fsim_design d, again;
  assert_int_equal(fsim_design_make(grid, 1, ranges, 2, N, 7, NULL, &d), FSIM_OK);
  assert_int_equal(fsim_design_make(grid, 1, ranges, 2, N, 7, NULL, &again), FSIM_OK);
  assert_int_equal(d.n_points, 2 * N);
  for (size_t f = 1; f < 3; f++) {
    bool used[N] = {false};
    for (size_t p = 0; p < N; p++) {
      const char *value = d.values[p * 3 + f];
      assert_string_equal(value, again.values[p * 3 + f]);
      double number = strtod(value + (f == 2), NULL);
      assert_true(f == 2 ? value[0] == 'x' : strstr(value, " / d") != NULL);
      double share = f == 1 ? (number - 10) / 20 : number - 0.5;
      size_t strip = (size_t)(share * N);
      assert_true(strip < N && !used[strip]);
      used[strip] = true;
    }
  }
  fsim_design_free(&d);
  fsim_design_free(&again);
}

static void wrong_designs_are_told(void **state) {
  (void)state;
  static const struct {
    const char *grid, *range;
    size_t samples;
    const char *said;
  } wrong[] = {{"teams.a.size", NULL, 0, "PATH=A,B,C"},
               {"teams.a.size=1,,2", NULL, 0, "missing"},
               {NULL, "streams.w.rate=3..1", 5, "LO below HI"},
               {NULL, "streams.w.rate=3 / d..5 / w", 5, "same unit"},
               {NULL, "streams.w.rate=3..5", 0, "lhs:N"},
               {NULL, NULL, 5, "needs ranges"}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    fsim_design d;
    fsim_report *report = fsim_report_new();
    int status = fsim_design_make(&wrong[i].grid, wrong[i].grid != NULL, &wrong[i].range,
                                  wrong[i].range != NULL, wrong[i].samples, 1, report, &d);
    assert_int_equal(status, FSIM_BAD_INPUT);
    if (strstr(fsim_report_message(report, 0)->text, wrong[i].said) == NULL)
      fail_msg("said: %s", fsim_report_message(report, 0)->text);
    fsim_design_free(&d);
    fsim_report_free(report);
  }
}

static void close_to(double value, double exact) {
  if (!(fabs(value - exact) < 1e-9)) fail_msg("%.12g, exact %.12g", value, exact);
}

/* y = 10 + 3 [second level] + 5 x + the replication: coefficients exact, nothing is left over. */
static void additive_models_are_found_exactly(void **state) {
  (void)state;
  enum { PLANS = 6, UNITS = 4 };
  const size_t level[PLANS] = {0, 0, 0, 1, 1, 1};
  const double share[PLANS] = {0.1, 0.5, 0.9, 0.2, 0.4, 0.8};
  double y[PLANS][UNITS];
  const double *units[PLANS];
  for (size_t p = 0; p < PLANS; p++) {
    units[p] = y[p];
    for (size_t u = 0; u < UNITS; u++)
      y[p][u] = 10 + 3 * (double)level[p] + (5 + (double)u) * share[p] + 2 * (double)u;
  }
  const fsim_effect_factor factors[] = {{2, level, NULL}, {0, NULL, share}};
  fsim_effects e;
  assert_int_equal(fsim_effects_make(factors, 2, units, PLANS, UNITS, 0.95, NULL, &e), FSIM_OK);
  assert_int_equal(e.n_effects, 2);
  close_to(e.effects[0].size.estimate, 3);
  close_to(e.effects[0].size.standard_error, 0); /* what all plans share is no error */
  close_to(e.effects[1].size.estimate, 6.5);
  close_to(e.main_share, 1);
  assert_int_equal(e.n_pairs, 1);
  close_to(e.pairs[0].share, 0);
  fsim_effects_free(&e);
}

/* 0, 0, 0, 4 in a grid of two by two: each main effect 2; they explain 8 of 12 squares, the pair
 * the rest. */
static void pairs_take_what_is_left(void **state) {
  (void)state;
  const size_t a[] = {0, 0, 1, 1}, b[] = {0, 1, 0, 1};
  const double y[4][2] = {{-1, 1}, {-1, 1}, {-1, 1}, {3, 5}};
  const double *units[] = {y[0], y[1], y[2], y[3]};
  const fsim_effect_factor factors[] = {{2, a, NULL}, {2, b, NULL}};
  fsim_effects e;
  assert_int_equal(fsim_effects_make(factors, 2, units, 4, 2, 0.95, NULL, &e), FSIM_OK);
  close_to(e.effects[0].size.estimate, 2);
  close_to(e.effects[1].size.estimate, 2);
  close_to(e.main_share, 8.0 / 12);
  close_to(e.pairs[0].share, 4.0 / 12);
  assert_true(e.pairs[0].sure); /* the same in both replications */
  fsim_effects_free(&e);
  /* Too few plans for the model: no effects rather than wrong ones. */
  assert_int_equal(fsim_effects_make(factors, 2, units, 2, 2, 0.95, NULL, &e), FSIM_OK);
  assert_int_equal(e.n_effects, 0);
  fsim_effects_free(&e);
}

/* Four plans that differ by chance only: the pair takes what main effects leave, a third of the
 * differences on average, and is taken for real in 5 % of cases. */
static void noise_is_no_interaction(void **state) {
  (void)state;
  enum { SETS = 2000, UNITS = 20 };
  const size_t a[] = {0, 0, 1, 1}, b[] = {0, 1, 0, 1};
  const fsim_effect_factor factors[] = {{2, a, NULL}, {2, b, NULL}};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 31);
  size_t sure = 0;
  double shares = 0;
  for (int s = 0; s < SETS; s++) {
    double y[4][UNITS];
    const double *units[] = {y[0], y[1], y[2], y[3]};
    for (int u = 0; u < UNITS; u++) {
      double common = gsl_ran_gaussian(rng, 5);
      for (int p = 0; p < 4; p++) y[p][u] = common + gsl_ran_gaussian(rng, 1);
    }
    fsim_effects e;
    assert_int_equal(fsim_effects_make(factors, 2, units, 4, UNITS, 0.95, NULL, &e), FSIM_OK);
    sure += e.pairs[0].sure;
    shares += e.pairs[0].share;
    fsim_effects_free(&e);
  }
  gsl_rng_free(rng);
  assert_true(shares / SETS > 0.3);
  double share = (double)sure / SETS;
  if (fabs(share - 0.05) > 4 * sqrt(0.05 * 0.95 / SETS)) fail_msg("%.3f are taken for real", share);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(grids_are_combined_in_full),
      cmocka_unit_test(samples_use_every_strip_once),
      cmocka_unit_test(wrong_designs_are_told),
      cmocka_unit_test(additive_models_are_found_exactly),
      cmocka_unit_test(pairs_take_what_is_left),
      cmocka_unit_test(noise_is_no_interaction),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
