/* Elementary effects: the estimator on a function whose effects are known, with and without chance;
 * then scenarios. */
#include "analysis/decide/morris.h"
#include "analysis/decide/screening.h"
#include "in_line.h"
#include "sim/random/key.h"

enum { INPUTS = 6 };

/* Two lines, a product, nothing, a valley. */
static double known(const double *x) {
  return 3 * x[0] - 2 * x[1] + 5 * x[2] * x[3] + 8 * (x[5] - 0.5) * (x[5] - 0.5);
}
/* Over the grid of four levels: of a product 5 times the other's mean and deviation; the valley
 * falls by 8/3 from 0 and rises as much from 1/3, per range. */
static const double mean[INPUTS] = {3, -2, 2.5, 2.5, 0, 0};
static const double size[INPUTS] = {3, 2, 2.5, 2.5, 0, 8.0 / 3};
static const double sigma[INPUTS] = {0, 0, 1.8633899812, 1.8633899812, 0, 8.0 / 3};

static double noise(uint64_t seed, size_t point, uint32_t world) {
  double a, b, z = 0;
  fsim_key key = fsim_key_make(seed, point, 0, 0, 0);
  for (uint32_t k = 0; k < 6; k++) {
    fsim_uniform_pair(key, 0, world, k, &a, &b);
    z += a + b - 1;
  }
  return z; /* variance 1 */
}

static void estimate(size_t trajectories, uint64_t seed, double deviation,
                     fsim_morris_effect *effects) {
  fsim_morris_design design;
  fsim_report *report = fsim_report_new();
  assert_int_equal(fsim_morris_make(INPUTS, trajectories, seed, report, &design), FSIM_OK);
  size_t points = trajectories * (INPUTS + 1);
  double *y = calloc(2 * points, sizeof *y), *moves = calloc(trajectories * INPUTS, sizeof *moves);
  assert_true(y != NULL && moves != NULL);
  for (size_t p = 0; p < points; p++)
    for (uint32_t w = 0; w < 2; w++)
      y[2 * p + w] =
          known(design.at + p * INPUTS) + (deviation > 0 ? deviation * noise(seed, p, w) : 0);
  for (size_t t = 0; t < trajectories; t++) {
    for (size_t step = 0; step < INPUTS; step++) {
      size_t input = design.moved[t * INPUTS + step];
      const double *from = design.at + (t * (INPUTS + 1) + step) * INPUTS;
      moves[t * INPUTS + step] = from[INPUTS + input] - from[input];
    }
  }
  assert_int_equal(fsim_morris_estimate(&design, y, moves, 0.95, 0.99, report, effects), FSIM_OK);
  free(y);
  free(moves);
  fsim_morris_free(&design);
  fsim_report_free(report);
}

/* |z| < 4; what has no error at all is exact. */
static void near(const fsim_interval *i, double exact, const char *what) {
  if (fabs(i->estimate - exact) > 4 * i->standard_error + 1e-9)
    fail_msg("%s: %.6g, exact %.6g, standard error %.3g", what, i->estimate, exact,
             i->standard_error);
}

static void every_input_moves_once_by_two_thirds(void **state) {
  (void)state;
  fsim_morris_design d;
  fsim_report *report = fsim_report_new();
  assert_int_equal(fsim_morris_make(INPUTS, 400, 3, report, &d), FSIM_OK);
  size_t level[4] = {0};
  for (size_t t = 0; t < d.trajectories; t++) {
    bool moved[INPUTS] = {false};
    for (size_t step = 0; step < INPUTS; step++) {
      const double *from = d.at + (t * (INPUTS + 1) + step) * INPUTS, *to = from + INPUTS;
      size_t which = d.moved[t * INPUTS + step];
      for (size_t i = 0; i < INPUTS; i++)
        assert_true(fabs(fabs(to[i] - from[i]) - (i == which ? 2.0 / 3 : 0)) < 1e-12);
      assert_false(moved[which]);
      moved[which] = true;
      level[(size_t)rint(3 * from[which])]++;
    }
  }
  /* Each of the four levels is as likely as the others: binomial. */
  for (int k = 0; k < 4; k++)
    assert_true(fabs((double)level[k] - 600) < 4 * sqrt(2400 * 0.25 * 0.75));
  fsim_morris_free(&d);
  fsim_report_free(report);
}

static void effects_of_a_known_function(void **state) {
  (void)state;
  fsim_morris_effect e[INPUTS];
  estimate(200, 1, 0, e);
  for (size_t i = 0; i < INPUTS; i++) {
    near(&e[i].mean, mean[i], "mean");
    near(&e[i].size, size[i], "size");
    near(&e[i].sigma, sigma[i], "sigma");
    assert_true(e[i].most >= size[i] - 1e-9);
    assert_int_equal(e[i].nothing, i == 4);
  }
}

/* Differences have a deviation of 2.1 per range from chance alone: as much as most effects. */
static void chance_is_no_effect(void **state) {
  (void)state;
  fsim_morris_effect e[INPUTS];
  estimate(4000, 2, 1, e);
  near(&e[4].size, 0, "size of nothing");
  for (size_t i = 0; i < INPUTS; i++) {
    near(&e[i].mean, mean[i], "mean");
    assert_true(e[i].size.low < size[i]);
    assert_true(e[i].most > size[i]);
    /* Without the covariance over worlds it would be at least 1.5. */
    if (sigma[i] > 0)
      near(&e[i].sigma, sigma[i], "sigma");
    else
      assert_true(e[i].sigma.estimate < 0.4);
  }
}

/* The upper limit holds the size as often as it says, the mean's interval the mean. */
static void limits_hold(void **state) {
  (void)state;
  enum { SEEDS = 1000 };
  size_t means = 0, sizes = 0;
  for (uint64_t seed = 0; seed < SEEDS; seed++) {
    fsim_morris_effect e[INPUTS];
    estimate(20, 100 + seed, 0.5, e);
    means += e[2].mean.low <= mean[2] && mean[2] <= e[2].mean.high;
    sizes += e[0].most >= size[0];
  }
  print_message("mean %.1f %%, upper limit of the size %.1f %%\n", 100.0 * (double)means / SEEDS,
                100.0 * (double)sizes / SEEDS);
  assert_true(fabs((double)means / SEEDS - 0.95) < 4 * sqrt(0.95 * 0.05 / SEEDS));
  assert_true((double)sizes / SEEDS > 0.99 - 4 * sqrt(0.01 * 0.99 / SEEDS));
}

/* ---- scenarios ---- */

static fsim_screening *screen(const fsim_variant *variant, const fsim_global_options *options) {
  fsim_screening *s;
  fsim_report *report = fsim_report_new();
  int status = fsim_screening_make(variant, options, report, &s);
  if (status != FSIM_OK) show_messages(report);
  assert_int_equal(status, FSIM_OK);
  fsim_report_free(report);
  return s;
}

/* Wins a week are 700 a b c: going through the range of one gives 700 times it times the means of
 * the others. */
static void wins_of_three_stages_in_line(void **state) {
  (void)state;
  fsim_variant variant = in_line();
  fsim_global_options options = {.inputs = {.ranges = in_line_ranges, .n_ranges = 3}, .base = 100};
  fsim_screening *s = screen(&variant, &options);
  near(&s->effects[0].size, 700 * 0.4 * 0.5 * 0.35, "a");
  near(&s->effects[1].size, 700 * 0.2 * 0.5 * 0.35, "b");
  near(&s->effects[2].size, 700 * 0.3 * 0.5 * 0.5, "c");
  near(&s->means[0], 700 * 0.5 * 0.5 * 0.35, "mean");
  fsim_screening_free(s);
  fsim_variant_free(&variant);
}

/* Every practical lever: exits that leave no rest fit at all points, what cannot matter is found.
 */
static void what_cannot_matter_may_be_left_out(void **state) {
  (void)state;
  fsim_variant variant = variant_of(
      "scenario: idle\nstart: 2026-01-05\nhorizon: 20 w\nreplications: 20\nseed: 8\n"
      "models:\n  f:\n    funnel: f\n    entry: a\n    stages:\n"
      "      a: {wait: {exponential: {mean: 2 min}}, exits: {b: 0.9, c: 0.06, lost: 0.04}}\n"
      "      b: {exits: {won: 0.5, lost: 0.5}}\n"
      "      c: {wait: 1 min, exits: {won: 0.5, lost: 0.5}}\n"
      "    outcomes: {won: {counts_as: win}, lost: {}}\nstreams: {web: {into: f, rate: {uncertain: "
      "{gamma: {mean: 30 / d, cv: 0.1}}}}}\n",
      "idle");
  fsim_screening *s = screen(&variant, &(fsim_global_options){.base = 40});
  size_t found = 0;
  for (size_t i = 0; i < s->inputs.n; i++) {
    const char *path = s->inputs.list[i].path;
    fsim_screen_verdict verdict = fsim_screening_verdict(s, 0, i);
    if (strcmp(path, "f.stages.a.wait") == 0 || strcmp(path, "f.stages.c.wait") == 0)
      assert_int_equal(verdict, FSIM_SCREEN_LEAVE_OUT);
    else if (strcmp(path, "f.stages.b.exits.won") == 0 || strcmp(path, "streams.web.rate") == 0)
      assert_int_equal(verdict, FSIM_SCREEN_MATTERS);
    else
      continue;
    found++;
  }
  assert_int_equal(found, 4);
  fsim_screening_free(s);
  fsim_variant_free(&variant);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_input_moves_once_by_two_thirds),
      cmocka_unit_test(effects_of_a_known_function),
      cmocka_unit_test(chance_is_no_effect),
      cmocka_unit_test(limits_hold),
      cmocka_unit_test(wins_of_three_stages_in_line),
      cmocka_unit_test(what_cannot_matter_may_be_left_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
