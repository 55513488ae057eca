/* Sobol's indices: the estimator against functions whose indices are known in closed form, with and
 * without chance; then scenarios against exact answers. */
#include "analysis/decide/global.h"
#include "in_line.h"
#include "sim/random/key.h"
#include "tests/oracle.h"

enum { PI_INPUTS = 3, G_INPUTS = 5 };
#define PI 3.14159265358979323846

/* ---- functions ---- */

/* Ishigami & Homma 1990 on (-pi, pi)^3, a = 7, b = 0.1. */
static double ishigami(const double *u) {
  double x[PI_INPUTS];
  for (int i = 0; i < PI_INPUTS; i++) x[i] = PI * (2 * u[i] - 1);
  return sin(x[0]) + 7 * sin(x[1]) * sin(x[1]) + 0.1 * pow(x[2], 4) * sin(x[0]);
}

static void ishigami_indices(double *first, double *total, double *variance) {
  double v1 = 0.5 * pow(1 + 0.1 * pow(PI, 4) / 5, 2), v2 = 49.0 / 8;
  double v13 = 0.01 * pow(PI, 8) * 8 / 225, v = v1 + v2 + v13;
  *variance = v;
  first[0] = v1 / v;
  first[1] = v2 / v;
  first[2] = 0;
  total[0] = (v1 + v13) / v;
  total[1] = v2 / v;
  total[2] = v13 / v;
}

static const double g_weight[G_INPUTS] = {0, 1, 4.5, 9, 99};

/* Sobol's G function: product of (|4u - 2| + a) / (1 + a). */
static double g_function(const double *u) {
  double product = 1;
  for (int i = 0; i < G_INPUTS; i++)
    product *= (fabs(4 * u[i] - 2) + g_weight[i]) / (1 + g_weight[i]);
  return product;
}

static void g_indices(double *first, double *total, double *variance) {
  double all = 1, part[G_INPUTS];
  for (int i = 0; i < G_INPUTS; i++) {
    part[i] = 1 / (3 * (1 + g_weight[i]) * (1 + g_weight[i]));
    all *= 1 + part[i];
  }
  *variance = all - 1;
  for (int i = 0; i < G_INPUTS; i++) {
    first[i] = part[i] / (all - 1);
    total[i] = part[i] * all / (1 + part[i]) / (all - 1);
  }
}

typedef struct function {
  size_t inputs;
  double (*value)(const double *u);
  void (*indices)(double *first, double *total, double *variance);
} function;

static const function functions[] = {{PI_INPUTS, ishigami, ishigami_indices},
                                     {G_INPUTS, g_function, g_indices}};

/* Noise of a world at a point: half of it common to the row, as with common random numbers. */
static double noise(uint64_t seed, size_t row, size_t point, uint32_t world) {
  double common, own, z = 0;
  fsim_key key = fsim_key_make(seed, row, 0, 0, 0);
  for (uint32_t k = 0; k < 6; k++) {
    fsim_uniform_pair(key, 0, world, k, &common, &own);
    z += common - 0.5;
    fsim_uniform_pair(key, (uint32_t)point + 1, world, k, &common, &own);
    z += own - 0.5;
  }
  return z; /* variance 1 */
}

static fsim_sobol estimate(const function *f, size_t base, uint64_t seed, double deviation) {
  fsim_sobol_design design = fsim_sobol_plan(f->inputs, base);
  size_t points = fsim_sobol_points(&design), rows = fsim_sobol_rows(&design);
  fsim_report *report = fsim_report_new();
  double *u;
  fsim_sobol sobol;
  assert_int_equal(fsim_sobol_make(&design, seed, report, &u), FSIM_OK);
  double *y = calloc(2 * rows * points, sizeof *y);
  assert_non_null(y);
  for (size_t i = 0; i < rows * points; i++) {
    double value = f->value(u + i * f->inputs);
    for (uint32_t w = 0; w < 2; w++)
      y[2 * i + w] =
          value + (deviation > 0 ? deviation * noise(seed, i / points, i % points, w) : 0);
  }
  assert_int_equal(fsim_sobol_estimate(&design, y, 0.95, report, &sobol), FSIM_OK);
  free(y);
  free(u);
  fsim_report_free(report);
  return sobol;
}

static void check_function(const function *f, double deviation) {
  double first[G_INPUTS], total[G_INPUTS], variance, sum = 0;
  f->indices(first, total, &variance);
  fsim_sobol sobol = estimate(f, 4096, 11, deviation);
  for (size_t i = 0; i < f->inputs; i++) {
    assert_near(&sobol.first[i], first[i], "first order");
    assert_near(&sobol.total[i], total[i], "total");
    assert_true(sobol.first[i].standard_error < 0.03);
    sum += first[i];
  }
  assert_near(&sobol.together, sum, "sum of the first orders");
  assert_near(&sobol.variance, variance, "variance");
  if (deviation > 0)
    assert_near(&sobol.chance, deviation * deviation, "chance");
  else
    assert_true(sobol.chance.estimate == 0 && sobol.chance_share.high == 0);
  fsim_sobol_free(&sobol);
}

static void indices_of_known_functions(void **state) {
  (void)state;
  for (int i = 0; i < 2; i++) check_function(&functions[i], 0);
}

/* Chance with as much variance as the function itself. */
static void chance_is_no_effect(void **state) {
  (void)state;
  check_function(&functions[0], 3.72);
  check_function(&functions[1], 0.7);
}

/* Share of intervals over seeds that hold the exact index. */
static void check_coverage(const function *f, size_t base, double chance, size_t seeds) {
  double first[G_INPUTS], total[G_INPUTS], variance;
  f->indices(first, total, &variance);
  size_t held = 0, of = 0;
  for (uint64_t seed = 0; seed < seeds; seed++) {
    fsim_sobol sobol = estimate(f, base, 1000 + seed, sqrt(chance * variance));
    for (size_t i = 0; i < f->inputs; i++) {
      held += sobol.first[i].low <= first[i] && first[i] <= sobol.first[i].high;
      held += sobol.total[i].low <= total[i] && total[i] <= sobol.total[i].high;
      of += 2;
    }
    fsim_sobol_free(&sobol);
  }
  double share = (double)held / (double)of;
  print_message("%zu rows, chance %g of the variance: %.1f %%\n", base, chance, 100 * share);
  /* Indices of one seed depend on each other: as if each seed were one trial. */
  assert_true(fabs(share - 0.95) < 4 * sqrt(0.95 * 0.05 / (double)seeds));
}

/* From the fewest rows that the command takes, without chance and with four times as much of it as
 * the inputs bring about. */
static void intervals_cover(void **state) {
  (void)state;
  for (int k = 0; k < 2; k++) {
    for (size_t base = 64; base <= 256; base *= 4) {
      check_coverage(&functions[k], base, 0, 400);
      check_coverage(&functions[k], base, 4, 400);
    }
  }
}

static void nothing_varies(void **state) {
  (void)state;
  fsim_sobol_design design = fsim_sobol_plan(2, 32);
  size_t n = 2 * fsim_sobol_rows(&design) * fsim_sobol_points(&design);
  double *y = calloc(n, sizeof *y);
  assert_non_null(y);
  fsim_sobol sobol;
  fsim_report *report = fsim_report_new();
  assert_int_equal(fsim_sobol_estimate(&design, y, 0.95, report, &sobol), FSIM_OK);
  assert_true(isnan(sobol.first[0].estimate) && isnan(sobol.chance_share.estimate));
  assert_true(sobol.deviation.high == 0);
  fsim_sobol_free(&sobol);
  fsim_report_free(report);
  free(y);
}

/* Every scramble is a net: each of its rows' strips of width 1 / rows holds one point. */
static void every_scramble_is_a_net(void **state) {
  (void)state;
  fsim_sobol_design design = fsim_sobol_plan(4, 512);
  assert_int_equal(design.rows, 32);
  double *u;
  fsim_report *report = fsim_report_new();
  assert_int_equal(fsim_sobol_make(&design, 5, report, &u), FSIM_OK);
  size_t width = fsim_sobol_points(&design) * design.inputs;
  for (size_t s = 0; s < design.scrambles; s++) {
    for (size_t i = 0; i < 2 * design.inputs; i++) {
      uint32_t seen = 0;
      for (size_t row = 0; row < design.rows; row++) {
        double x = u[(s * design.rows + row) * width + i];
        assert_true(x > 0 && x < 1);
        seen |= (uint32_t)1 << (uint32_t)(x * 32);
      }
      assert_int_equal(seen, UINT32_MAX);
    }
  }
  assert_true(u[0] != u[design.rows * width]);
  free(u);
  fsim_report_free(report);
}

/* ---- scenarios ---- */

/* As in the shared oracles (Sobol 1993; Homma & Saltelli 1996), which are read where they are at
 * hand. */
typedef struct index_case {
  const char *oracle, *key; /* NULL: known only here */
  const char *first_at, *total_at;
  double first, total;
} index_case;

static fsim_global *analyse(const fsim_variant *variant, const fsim_global_options *options) {
  fsim_global *g;
  fsim_report *report = fsim_report_new();
  int status = fsim_global_make(variant, options, report, &g);
  if (status != FSIM_OK) show_messages(report);
  assert_int_equal(status, FSIM_OK);
  fsim_report_free(report);
  return g;
}

static void check_oracle(const index_case *c) {
  json_t *file, *found = fsim_oracle(c->oracle, &file);
  char path[64];
  if (found != NULL) {
    snprintf(path, sizeof path, "exact/%s/%s", c->first_at, c->key);
    assert_true(fabs(fsim_oracle_number(found, path) - c->first) < 1e-9);
    snprintf(path, sizeof path, "exact/%s/%s", c->total_at, c->key);
    assert_true(fabs(fsim_oracle_number(found, path) - c->total) < 1e-9);
  }
  json_decref(file);
}

static void check_indices(const fsim_global *g, const index_case *cases, size_t n) {
  assert_int_equal(g->inputs.n, n);
  for (size_t i = 0; i < n; i++) {
    check_oracle(&cases[i]);
    assert_near(&g->sobol[0].first[i], cases[i].first, cases[i].key);
    assert_near(&g->sobol[0].total[i], cases[i].total, cases[i].key);
    assert_true(g->sobol[0].first[i].standard_error < 0.03);
    assert_true(g->sobol[0].total[i].standard_error < 0.03);
  }
}

static void wins_of_three_stages_in_line(void **state) {
  (void)state;
  static const index_case exact[] = {
      {"sobol-product-p", "p1", "first_order", "total", 0.401825984747, 0.432113276659},
      {"sobol-product-p", "p2", "first_order", "total", 0.100456496187, 0.112292594921},
      {"sobol-product-p", "p3", "first_order", "total", 0.461279829429, 0.49235983927}};
  fsim_variant variant = in_line();
  fsim_global_options options = {.inputs = {.ranges = in_line_ranges, .n_ranges = 3}, .base = 1024};
  fsim_global *g = analyse(&variant, &options);
  check_indices(g, exact, 3);
  assert_near(&g->sobol[0].mean, 700 * 0.0875, "mean");
  assert_near(&g->sobol[0].variance, 700 * 700 * 0.00101619444444, "variance");
  /* Wins are Poisson given the inputs: of 4 weeks, a week. */
  assert_near(&g->sobol[0].chance, 700 * 0.0875 / 4, "chance");
  fsim_global_free(g);
  fsim_variant_free(&variant);
}

static void wins_of_a_loop(void **state) {
  (void)state;
  static const index_case exact[] = {
      {"sobol-loop-p", "a", "first_order", "total", 0.205755199267, 0.234121085008},
      {"sobol-loop-p", "b", "first_order", "total", 0.368108491922, 0.412185687606},
      {"sobol-loop-p", "c", "first_order", "total", 0.340125941646, 0.378195598858},
      {"sobol-loop-p", "l", "first_order", "total", 0.0266561914348, 0.0364074944769}};
  const char *ranges[] = {"f.stages.a.exits.b=0.4..0.8", "f.stages.b.exits.c=0.3..0.7",
                          "f.stages.c.exits.won=0.2..0.5", "f.stages.c.exits.b=0..0.4"};
  fsim_variant variant = variant_of(
      "scenario: loop\nstart: 2026-01-05\nhorizon: 4 w\nreplications: 20\nseed: 5\n"
      "models:\n  f:\n    funnel: f\n    entry: a\n    stages:\n"
      "      a: {exits: {b: 0.6, lost: rest}}\n      b: {exits: {c: 0.5, lost: rest}}\n"
      "      c: {exits: {won: 0.35, b: 0.2, lost: rest}}\n"
      "    outcomes: {won: {counts_as: win}, lost: {}}\nstreams: {web: {into: f, rate: 100 / d}}\n",
      "loop");
  fsim_global_options options = {.inputs = {.ranges = ranges, .n_ranges = 4}, .base = 1024};
  fsim_global *g = analyse(&variant, &options);
  check_indices(g, exact, 4);
  assert_near(&g->sobol[0].mean, 700 * 0.118028002013, "mean");
  fsim_global_free(g);
  fsim_variant_free(&variant);
}

#define UNCERTAIN                                                                           \
  "scenario: unknown\nstart: 2026-01-05\nhorizon: 90 d\nreplications: 20\nseed: 6\n"        \
  "models:\n  f:\n    funnel: f\n    entry: s\n    stages:\n"                               \
  "      s: {exits: {won: {uncertain: {beta: {mean: 0.3, cv: 0.15199253}}}, lost: rest}}\n" \
  "    outcomes: {won: {counts_as: win}, lost: {}}\n"                                       \
  "streams: {web: {into: f, rate: {uncertain: {gamma: {mean: 10 / d, cv: 0.15}}}}}\n"

static void wins_with_uncertain_numbers(void **state) {
  (void)state;
  static const index_case exact[] = {{"uncertain-parameters-p", "p_won", "uncertainty_first_order",
                                      "uncertainty_total", 0.500894454383, 0.512164579606},
                                     {"uncertain-parameters-p", "rate", "uncertainty_first_order",
                                      "uncertainty_total", 0.487835420394, 0.499105545617}};
  fsim_variant variant = variant_of(UNCERTAIN, "unknown");
  fsim_global_options options = {.base = 1024};
  fsim_global *g = analyse(&variant, &options);
  assert_string_equal(g->inputs.list[0].path, "f.stages.s.exits.won");
  assert_true(g->inputs.list[0].uncertain && g->inputs.list[1].uncertain);
  check_indices(g, exact, 2);
  double weeks = 90.0 / 7;
  assert_near(&g->sobol[0].mean, 270 / weeks, "mean");
  assert_near(&g->sobol[0].variance, 3362.3019802 / weeks / weeks, "variance");
  assert_near(&g->sobol[0].chance_share, 1 - 0.925666973321, "chance");
  fsim_global_free(g);
  fsim_variant_free(&variant);
}

/* A lever that nothing depends on, beside a team of whole people. */
static void an_idle_lever_has_no_share(void **state) {
  (void)state;
  const char *ranges[] = {"teams.ae.size=1..4", "f.stages.t.wait"};
  fsim_variant variant = variant_of(
      "scenario: people\nstart: 2026-01-05\nhorizon: 10 w\nreplications: 20\nseed: 7\n"
      "models:\n  f:\n    funnel: f\n    entry: s\n    stages:\n"
      "      s: {work: {team: ae, time: {exponential: {mean: 12 h}}, patience: {exponential: "
      "{mean: "
      "1 d}}}, exits: {t: rest}}\n"
      "      t: {wait: {exponential: {mean: 1 h}}, exits: {won: 0.5, lost: rest}}\n"
      "    outcomes: {won: {counts_as: win}, lost: {}}\n"
      "streams: {web: {into: f, rate: 6 / d}}\nteams: {ae: {size: 2}}\n",
      "people");
  fsim_global_options options = {.inputs = {.ranges = ranges, .n_ranges = 2}, .base = 256};
  fsim_global *g = analyse(&variant, &options);
  assert_string_equal(g->inputs.list[1].range, "x0.8 to x1.2");
  assert_true(g->sobol[0].first[0].high > 0.95);
  assert_true(g->sobol[0].total[1].high < 0.01);
  for (double u = 0.1; u < 1; u += 0.25)
    assert_true(fsim_input_value(&g->inputs.list[0], u) == floor(1 + 4 * u));
  fsim_global_free(g);
  fsim_variant_free(&variant);
}

static void bad_requests_are_refused(void **state) {
  (void)state;
  const char *twice[] = {"streams.web.rate", "streams.web.rate=x1..x2"};
  const char *clash[] = {"f.stages.c.exits.won=0.2..0.9", "f.stages.c.exits.b=0.3..0.9"};
  const char *metric = "f.won.cycle_days";
  fsim_variant variant = variant_of(
      "scenario: loop\nstart: 2026-01-05\nhorizon: 2 d\nreplications: 20\nseed: 5\n"
      "models:\n  f:\n    funnel: f\n    entry: b\n    stages:\n"
      "      b: {exits: {c: 0.5, lost: rest}}\n"
      "      c: {exits: {won: 0.35, b: 0.2, lost: rest}}\n"
      "    outcomes: {won: {counts_as: win}, lost: {}}\nstreams: {web: {into: f, rate: 2 / d}}\n",
      "loop");
  const fsim_global_options wrong[] = {
      {.inputs = {.ranges = twice, .n_ranges = 2}},
      {.inputs = {.ranges = clash, .n_ranges = 2}},
      {.inputs = {0}},
      {.inputs = {.ranges = twice, .n_ranges = 1}, .metrics = &metric, .n_metrics = 1}};
  const char *said[] = {"is varied twice", "narrow the ranges", "has no uncertain numbers",
                        "nothing to divide by"};
  for (int i = 0; i < 4; i++) {
    fsim_global *g;
    fsim_report *report = fsim_report_new();
    assert_int_equal(fsim_global_make(&variant, &wrong[i], report, &g), FSIM_BAD_INPUT);
    bool found = false;
    for (size_t k = 0; fsim_report_message(report, k) != NULL; k++)
      found = found || strstr(fsim_report_message(report, k)->text, said[i]) != NULL;
    assert_true(found);
    fsim_global_free(g);
    fsim_report_free(report);
  }
  fsim_variant_free(&variant);
}

/* The same figures for one thread and several. */
static void threads_change_nothing(void **state) {
  (void)state;
  fsim_variant variant = variant_of(UNCERTAIN, "unknown");
  double seen[2];
  for (int threads = 1; threads <= 2; threads++) {
    fsim_global_options options = {.base = 64, .threads = threads};
    fsim_global *g = analyse(&variant, &options);
    seen[threads - 1] = g->sobol[0].first[0].estimate;
    fsim_global_free(g);
  }
  assert_true(seen[0] == seen[1]);
  fsim_variant_free(&variant);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_scramble_is_a_net),
      cmocka_unit_test(indices_of_known_functions),
      cmocka_unit_test(chance_is_no_effect),
      cmocka_unit_test(intervals_cover),
      cmocka_unit_test(nothing_varies),
      cmocka_unit_test(wins_of_three_stages_in_line),
      cmocka_unit_test(wins_of_a_loop),
      cmocka_unit_test(wins_with_uncertain_numbers),
      cmocka_unit_test(an_idle_lever_has_no_share),
      cmocka_unit_test(bad_requests_are_refused),
      cmocka_unit_test(threads_change_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
