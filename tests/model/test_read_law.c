/* Distributions in all their parametrisations, and what kind of number stands at a path. */
#include <math.h>

#include "sim/base/quantity.h"
#include "tests/model/reading.h"

#define DAY FSIM_DAY

static fsim_distribution *law_of(const char *yaml, fsim_unit unit, bool uncertain,
                                 input_text *inputs, char *error, size_t size) {
  fsim_arena *arena = fsim_arena_new();
  fsim_report *report = fsim_report_new();
  fsim_node *node = NULL;
  fsim_distribution *law = NULL;
  assert_int_equal(fsim_yaml_parse("law.yaml", yaml, strlen(yaml), arena, report, &node), FSIM_OK);
  const int status =
      fsim_read_distribution(node, unit, uncertain, find_input, inputs, report, &law);
  errors_text(report, error, size);
  assert_true((status == FSIM_OK) == (law != NULL));
  assert_true((status == FSIM_OK) == (error[0] == '\0'));
  fsim_report_free(report);
  fsim_arena_free(arena);
  return law;
}

/* Mean and standard deviation in days against the textbook's formulas. */
static void every_parametrisation_has_its_moments(void **state) {
  (void)state;
  const double sqrt2 = sqrt(2), z90 = 1.2815515655446004;
  const double sigma = log(15.0 / 4) / z90; /* lognormal by median 4 d and p90 15 d */
  const struct {
    const char *yaml;
    double mean, deviation;
  } cases[] = {
      {"2.5 d", 2.5, 0},
      {"{fixed: 36 h}", 1.5, 0},
      {"{exponential: {mean: 5 d}}", 5, 5},
      {"{exponential: {rate: 2 / w}}", 3.5, 3.5},
      {"{gamma: {shape: 2, scale: 3 d}}", 6, 3 * sqrt2},
      {"{gamma: {mean: 6 d, cv: 0.5}}", 6, 3},
      {"{erlang: {k: 4, mean: 6 d}}", 6, 3},
      {"{lognormal: {mean: 6 d, cv: 1.1}}", 6, 6.6},
      {"{lognormal: {median: 4 d, sigma: 0.5}}", 4 * exp(0.125),
       4 * exp(0.125) * sqrt(exp(0.25) - 1)},
      {"{lognormal: {median: 4 d, p90: 15 d}}", 4 * exp(sigma * sigma / 2),
       4 * exp(sigma * sigma / 2) * sqrt(exp(sigma * sigma) - 1)},
      {"{weibull: {shape: 2, scale: 8 d}}", 8 * tgamma(1.5), 8 * sqrt(1 - pow(tgamma(1.5), 2))},
      {"{weibull: {shape: 1, mean: 8 d}}", 8, 8},
      {"{loglogistic: {median: 5 d, shape: 4}}", 5 * (M_PI / 4) / sin(M_PI / 4),
       5 * sqrt(M_PI / 2 - pow((M_PI / 4) / sin(M_PI / 4), 2))},
      {"{uniform: {min: 1 d, max: 4 d}}", 2.5, 3 / sqrt(12)},
      {"{triangular: {min: 0 d, mode: 0 d, max: 3 d}}", 1, sqrt(0.5)},
      {"{pert: {min: 0 d, mode: 3 d, max: 6 d}}", 3, 6 / sqrt(28)},
      {"{empirical: {values: [1 d, 3 d], weights: [3, 1]}}", 1.5, sqrt(0.75)},
      {"{mixture: [{weight: 1, fixed: 2 d}, {weight: 3, fixed: 6 d}]}", 5, sqrt(3)},
      {"{exponential: {mean: 2 d}, scale: 3, shift: 1 d}", 7, 6},
      {"{uniform: {min: 0 d, max: 10 d}, truncate: {min: 2 d, max: 4 d}}", 3, 2 / sqrt(12)},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char error[600];
    fsim_distribution *law = law_of(cases[i].yaml, FSIM_UNIT_DURATION, false, NULL, error, 600);
    if (!law) fail_msg("%s: %s", cases[i].yaml, error);
    const double mean = fsim_mean(law) / DAY, deviation = sqrt(fsim_variance(law)) / DAY;
    if (fabs(mean - cases[i].mean) > 1e-6 * (1 + cases[i].mean) ||
        fabs(deviation - cases[i].deviation) > 1e-5 * (1 + cases[i].deviation))
      fail_msg("%s: mean %.9g d, deviation %.9g d", cases[i].yaml, mean, deviation);
    fsim_distribution_free(law);
  }
}

static void quantiles_pass_through_their_points(void **state) {
  (void)state;
  char error[600];
  fsim_distribution *law = law_of("{quantiles: {p10: 1 d, p50: 4 d, p90: 15 d}}",
                                  FSIM_UNIT_DURATION, false, NULL, error, sizeof error);
  assert_non_null(law);
  assert_true(fabs(fsim_quantile(law, 0.1) / DAY - 1) < 1e-6);
  assert_true(fabs(fsim_quantile(law, 0.5) / DAY - 4) < 1e-6);
  assert_true(fabs(fsim_quantile(law, 0.9) / DAY - 15) < 1e-6);
  fsim_distribution_free(law);
}

static void uncertain_numbers_have_beta_and_normal(void **state) {
  (void)state;
  char error[600];
  fsim_distribution *law =
      law_of("{beta: {mean: 0.55, cv: 0.08}}", FSIM_UNIT_SHARE, true, NULL, error, sizeof error);
  assert_non_null(law);
  assert_true(fabs(fsim_mean(law) - 0.55) < 1e-9);
  assert_true(fabs(sqrt(fsim_variance(law)) - 0.044) < 1e-9);
  fsim_distribution_free(law);
  law = law_of("{gamma: {mean: 60 / d, cv: 0.1}}", FSIM_UNIT_RATE, true, NULL, error, sizeof error);
  assert_non_null(law);
  assert_true(fabs(fsim_mean(law) * DAY - 60) < 1e-9);
  fsim_distribution_free(law);
  assert_null(law_of("{beta: {mean: 0.5, cv: 0.1}}", FSIM_UNIT_NUMBER, false, NULL, error, 600));
  assert_non_null(strstr(error, "for uncertain numbers only"));
}

static void columns_of_a_file_become_laws(void **state) {
  (void)state;
  char error[600];
  input_text inputs[] = {{"w.csv", "id,wait,days\n1,1 d,2\n2,36 h,4\n"}, {NULL, NULL}};
  fsim_distribution *law = law_of("{empirical: {file: w.csv, column: wait}}", FSIM_UNIT_DURATION,
                                  false, inputs, error, sizeof error);
  assert_non_null(law);
  assert_true(fabs(fsim_mean(law) / DAY - 1.25) < 1e-12);
  fsim_distribution_free(law);
  law = law_of("{empirical: {file: w.csv, column: days, unit: d}}", FSIM_UNIT_DURATION, false,
               inputs, error, sizeof error);
  assert_non_null(law);
  assert_true(fabs(fsim_mean(law) / DAY - 3) < 1e-12);
  fsim_distribution_free(law);
  const struct {
    const char *yaml, *expected;
  } bad[] = {{"{empirical: {file: w.csv, column: days}}", "2:7: '2' has no unit"},
             {"{empirical: {file: w.csv, column: day}}", "did you mean \"days\""},
             {"{empirical: {file: v.csv, column: days}}", "no file 'v.csv'"}};
  for (size_t i = 0; i < 3; i++) {
    assert_null(law_of(bad[i].yaml, FSIM_UNIT_DURATION, false, inputs, error, sizeof error));
    if (!strstr(error, bad[i].expected)) fail_msg("%s: %s", bad[i].yaml, error);
  }
}

/* ---- kinds of numbers ---- */

static const fsim_node *at(const fsim_node *node, const char *path) {
  char key[80];
  while (node && *path) {
    const size_t length = strcspn(path, "/");
    snprintf(key, sizeof key, "%.*s", (int)length, path);
    node = node->kind == FSIM_LIST ? node->child[atoi(key)] : fsim_node_get(node, key);
    path += length + (path[length] == '/');
  }
  assert_non_null(node);
  return node;
}

static void numbers_have_their_kinds(void **state) {
  (void)state;
  const char *const yaml =
      "scenario: s\n"
      "start: 2026-01-05\n"
      "horizon: 4 w\n"
      "models: {f: {funnel: f, entry: a, outcomes: {won: {}}, value: 5, stages: {a: {wait: "
      "{lognormal: {mean: {uncertain: {uniform: {min: 1 d, max: 2 d}}}, cv: 1}, shift: 1 d}, "
      "expire: "
      "{after: 3 d, to: won}, exits: {won: {probability: 1, wait: 3 d}, b: 0.5, c: rest}}}}}\n"
      "streams: {web: {into: f, rate: {uncertain: {gamma: {mean: 60 / d, cv: 0.1}}}, weekday: [1, "
      "1, "
      "1, 1, 1, 1, 1], attributes: {segment: {x: 0.2}}, cost: 3}}\n"
      "teams: {t: {size: 4, cost: 38 / h}}\n";
  static const struct {
    const char *path;
    fsim_number_kind kind;
  } cases[] = {
      {"models/f/stages/a/wait", FSIM_KIND_DISTRIBUTION},
      {"models/f/stages/a/wait/lognormal", FSIM_NOT_A_NUMBER},
      {"models/f/stages/a/wait/lognormal/mean", FSIM_KIND_TIME},
      {"models/f/stages/a/wait/lognormal/mean/uncertain/uniform/min", FSIM_KIND_TIME},
      {"models/f/stages/a/wait/lognormal/cv", FSIM_KIND_NUMBER},
      {"models/f/stages/a/wait/shift", FSIM_KIND_TIME},
      {"models/f/stages/a/expire/after", FSIM_KIND_TIME},
      {"models/f/stages/a/expire/to", FSIM_NOT_A_NUMBER},
      {"models/f/stages/a/exits/won/probability", FSIM_KIND_PROBABILITY},
      {"models/f/stages/a/exits/won/wait", FSIM_KIND_TIME},
      {"models/f/stages/a/exits/b", FSIM_KIND_PROBABILITY},
      {"models/f/stages/a/exits/c", FSIM_NOT_A_NUMBER},
      {"models/f/value", FSIM_KIND_MONEY},
      {"streams/web/rate", FSIM_KIND_RATE},
      {"streams/web/rate/uncertain/gamma/mean", FSIM_KIND_RATE},
      {"streams/web/weekday/3", FSIM_KIND_NUMBER},
      {"streams/web/attributes/segment/x", FSIM_KIND_SHARE},
      {"streams/web/cost", FSIM_KIND_MONEY},
      {"teams/t/size", FSIM_KIND_SIZE},
      {"teams/t/cost", FSIM_KIND_RATE},
      {"horizon", FSIM_NOT_A_NUMBER},
      {"start", FSIM_NOT_A_NUMBER},
  };
  fsim_arena *arena = fsim_arena_new();
  fsim_node *root = NULL;
  assert_int_equal(fsim_yaml_parse("s.yaml", yaml, strlen(yaml), arena, NULL, &root), FSIM_OK);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const fsim_number_kind kind = fsim_number_kind_of(at(root, cases[i].path));
    if (kind != cases[i].kind) fail_msg("%s is of kind %d", cases[i].path, (int)kind);
  }
  fsim_arena_free(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_parametrisation_has_its_moments),
      cmocka_unit_test(quantiles_pass_through_their_points),
      cmocka_unit_test(uncertain_numbers_have_beta_and_normal),
      cmocka_unit_test(columns_of_a_file_become_laws),
      cmocka_unit_test(numbers_have_their_kinds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
