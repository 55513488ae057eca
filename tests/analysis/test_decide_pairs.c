/* Interactions of pairs and Shapley effects: the estimator against Sobol's G function, with and
 * without chance, and its coverage; whole scenarios against the shared oracles. A number as
 * argument: so many seeds in place of the usual. */
#include "analysis/decide/global.h"
#include "analysis/decide/sobol_pairs.h"
#include "in_line.h"
#include "sim/base/text.h"
#include "tests/oracle.h"

enum { INPUTS = 5, SETS = 1 << INPUTS };

static size_t seeds = 60;

static const double weight[INPUTS] = {0, 1, 4.5, 9, 99};

/* Product of (|4u - 2| + a) / (1 + a). */
static double g_function(const double *u) {
  double product = 1;
  for (int i = 0; i < INPUTS; i++) product *= (fabs(4 * u[i] - 2) + weight[i]) / (1 + weight[i]);
  return product;
}

/* The variance that a set of inputs brings about with all their interactions is a product, so its
 * parts are; Shapley: each part is divided equally among its inputs (Owen 2014). */
static void exact_indices(double *second, double *shapley, double *variance) {
  double part[INPUTS];
  *variance = 0;
  for (int i = 0; i < INPUTS; i++) {
    part[i] = 1 / (3 * (1 + weight[i]) * (1 + weight[i]));
    shapley[i] = 0;
  }
  for (int set = 1; set < SETS; set++) {
    double product = 1;
    int size = 0;
    for (int i = 0; i < INPUTS; i++)
      if (set >> i & 1) {
        product *= part[i];
        size++;
      }
    *variance += product;
    for (int i = 0; i < INPUTS; i++)
      if (set >> i & 1) shapley[i] += product / size;
  }
  for (int i = 0; i < INPUTS; i++) {
    shapley[i] /= *variance;
    for (int j = 0; j < INPUTS; j++) second[i * INPUTS + j] = part[i] * part[j] / *variance;
  }
}

/* Roughly normal, of variance 1: half of it common to the points of a row. */
static double noise(uint64_t seed, size_t row, size_t point, size_t world) {
  double z = 0;
  for (uint64_t k = 0; k < 12; k++) {
    uint64_t coins = fsim_hash_mix(fsim_hash_mix(seed, row), k * 2 + world);
    if (k % 2 == 1) coins = fsim_hash_mix(coins, point + 1);
    z += ldexp((double)(coins >> 11), -53) - 0.5;
  }
  return z;
}

static fsim_sobol estimate(size_t base, uint64_t seed, double deviation) {
  fsim_sobol_design design = fsim_sobol_plan(INPUTS, base);
  design.pairs = true;
  design.seed = seed;
  size_t points = fsim_sobol_points(&design), rows = fsim_sobol_rows(&design);
  fsim_report *report = fsim_report_new();
  double *u;
  fsim_sobol sobol;
  assert_int_equal(fsim_sobol_make(&design, seed, report, &u), FSIM_OK);
  double *y = calloc(2 * rows * points, sizeof *y);
  assert_non_null(y);
  for (size_t i = 0; i < rows * points; i++)
    for (size_t w = 0; w < 2; w++)
      y[2 * i + w] =
          g_function(u + i * INPUTS) + deviation * noise(seed, i / points, i % points, w);
  assert_int_equal(fsim_sobol_estimate(&design, y, 0.95, report, &sobol), FSIM_OK);
  free(y);
  free(u);
  fsim_report_free(report);
  return sobol;
}

static void pairs_and_parts_of_a_known_function(void **state) {
  (void)state;
  double second[INPUTS * INPUTS], shapley[INPUTS], variance;
  exact_indices(second, shapley, &variance);
  for (int chance = 0; chance < 2; chance++) {
    fsim_sobol s = estimate(2048, 11, chance * sqrt(variance));
    double sum = 0;
    for (int i = 0; i < INPUTS; i++) {
      assert_near(&s.shapley[i], shapley[i], "Shapley effect");
      assert_true(s.shapley[i].standard_error < 0.06);
      sum += s.shapley[i].estimate;
      for (int j = 0; j < i; j++) {
        const fsim_interval *pair = &s.second[i * INPUTS + j];
        assert_near(pair, second[i * INPUTS + j], "second order");
        assert_true(pair->estimate == s.second[j * INPUTS + i].estimate);
        assert_true(pair->standard_error < 0.06);
      }
    }
    assert_true(fabs(sum - 1) < 0.05);
    fsim_sobol_free(&s);
  }
}

static void assert_covers(const char *what, size_t held, size_t of) {
  double found = (double)held / (double)of, error = sqrt(0.95 * 0.05 / (double)of);
  print_message("%s: %.1f %% of %zu, nominal 95 %%\n", what, 100 * found, of);
  if (fabs(found - 0.95) > 4 * error) fail_msg("%s does not cover as it says", what);
}

/* The parts of one seed share its luck, so that each is judged by itself. */
static void intervals_cover(void **state) {
  (void)state;
  double second[INPUTS * INPUTS], shapley[INPUTS], variance;
  size_t of_parts[INPUTS] = {0}, of_pair = 0;
  exact_indices(second, shapley, &variance);
  for (uint64_t seed = 0; seed < seeds; seed++) {
    fsim_sobol s = estimate(256, 5000 + seed, sqrt(variance));
    for (int i = 0; i < INPUTS; i++)
      of_parts[i] += s.shapley[i].low <= shapley[i] && shapley[i] <= s.shapley[i].high;
    of_pair += s.second[1].low <= second[1] && second[1] <= s.second[1].high;
    fsim_sobol_free(&s);
  }
  for (int i = 0; i < INPUTS; i++) assert_covers("a part", of_parts[i], seeds);
  assert_covers("the largest pair", of_pair, seeds);
}

static fsim_global *analyse(const fsim_variant *variant, const char *const *ranges, size_t n) {
  fsim_global *g;
  fsim_global_options options = {
      .inputs = {.ranges = ranges, .n_ranges = n}, .base = 256, .pairs = true};
  fsim_report *report = fsim_report_new();
  int status = fsim_global_make(variant, &options, report, &g);
  if (status != FSIM_OK) show_messages(report);
  assert_int_equal(status, FSIM_OK);
  fsim_report_free(report);
  return g;
}

/* keys[n]: the oracle's names of the inputs, in their order. */
static void check_case(const fsim_global *g, const char *name, const char *const *keys) {
  json_t *file, *found = fsim_oracle(name, &file);
  size_t n = g->inputs.n;
  for (size_t i = 0; i < n && found != NULL; i++) {
    char path[64];
    snprintf(path, sizeof path, "exact/shapley/%s", keys[i]);
    assert_near(&g->sobol[0].shapley[i], fsim_oracle_number(found, path), keys[i]);
    assert_true(g->sobol[0].shapley[i].standard_error < 0.1);
    for (size_t j = i + 1; j < n; j++) {
      snprintf(path, sizeof path, "exact/second_order/%s:%s", keys[i], keys[j]);
      double exact = fsim_oracle_number(found, path);
      if (isfinite(exact)) assert_near(&g->sobol[0].second[i * n + j], exact, path);
    }
  }
  json_decref(file);
}

static void wins_of_a_loop(void **state) {
  (void)state;
  static const char *const keys[] = {"a", "b", "c", "l"};
  static const char *const ranges[] = {"f.stages.a.exits.b=0.4..0.8", "f.stages.b.exits.c=0.3..0.7",
                                       "f.stages.c.exits.won=0.2..0.5",
                                       "f.stages.c.exits.b=0..0.4"};
  fsim_variant variant = variant_of(
      "scenario: loop\nstart: 2026-01-05\nhorizon: 4 w\nreplications: 20\nseed: 5\n"
      "models:\n  f:\n    funnel: f\n    entry: a\n    stages:\n"
      "      a: {exits: {b: 0.6, lost: rest}}\n      b: {exits: {c: 0.5, lost: rest}}\n"
      "      c: {exits: {won: 0.35, b: 0.2, lost: rest}}\n"
      "    outcomes: {won: {counts_as: win}, lost: {}}\nstreams: {web: {into: f, rate: 100 / d}}\n",
      "loop");
  fsim_global *g = analyse(&variant, ranges, 4);
  check_case(g, "sobol-loop-p", keys);
  /* Also where no oracle is at hand: Gauss-Legendre quadrature of conditional means. */
  assert_near(&g->sobol[0].shapley[0], 0.219745642183, "part of a");
  assert_near(&g->sobol[0].second[1 * 4 + 2], 0.0225372546075, "b with c");
  fsim_global_free(g);
  fsim_variant_free(&variant);
}

static void wins_of_three_stages_in_line(void **state) {
  (void)state;
  static const char *const keys[] = {"p1", "p2", "p3"};
  fsim_variant variant = in_line();
  fsim_global *g = analyse(&variant, in_line_ranges, 3);
  check_case(g, "sobol-product-p", keys);
  assert_near(&g->sobol[0].shapley[0], 0.416914960501, "p1");
  fsim_global_free(g);
  fsim_variant_free(&variant);
}

int main(int argc, char **argv) {
  if (argc > 1) seeds = (size_t)strtoul(argv[1], NULL, 10);
  if (seeds == 0) return 2;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pairs_and_parts_of_a_known_function),
      cmocka_unit_test(intervals_cover),
      cmocka_unit_test(wins_of_a_loop),
      cmocka_unit_test(wins_of_three_stages_in_line),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
