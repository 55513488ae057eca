/* The program from a simulation to an export, a fitted model, its forecast and its backtest. */
#include <jansson.h>
#include <math.h>
#include <stdbool.h>

#include "shell.h"

static const char scenario[] =
    "scenario: shop\n"
    "models: [deals]\n"
    "start: 2026-01-05\n"
    "horizon: 30 w\n"
    "replications: 1\n"
    "seed: 11\n"
    "attributes: {segment: [smb, enterprise]}\n"
    "streams:\n"
    "  web: {into: deals, rate: 12 / d, attributes: {segment: {smb: 0.7, enterprise: 0.3}}}\n";

static const char model[] =
    "funnel: deals\n"
    "entry: first\n"
    "stages:\n"
    "  first:\n"
    "    exits:\n"
    "      second: {probability: 0.6, wait: {lognormal: {median: 5 d, sigma: 0.8}}}\n"
    "      lost: {probability: 0.4, wait: {weibull: {shape: 1.3, scale: 9 d}}}\n"
    "  second:\n"
    "    exits:\n"
    "      won: {probability: 0.5, wait: {loglogistic: {median: 6 d, shape: 2.5}}}\n"
    "      lost: {probability: 0.5, wait: {exponential: {mean: 8 d}}}\n"
    "outcomes: {won: {counts_as: win}, lost: {}}\n"
    "value: {lognormal: {mean: 1000, cv: 0.5}}\n";

static const char mapping[] =
    "kind: deals\n"
    "funnel: deals\n"
    "columns: {case: deal_id, created: created, status: status, closed: closed, value: value,\n"
    "          attributes: {segment: segment}}\n"
    "stages: {first: [first], second: [second]}\n"
    "outcomes: {won: {from: [won], counts_as: win}, lost: {from: [lost]}}\n"
    "ignore: [open]\n"
    "history: {columns: {case: deal_id, activity: stage, time: entered}}\n";

static int make_export(void **state) {
  if (make_folder(state) != 0) return -1;
  put_text("shop.yaml", scenario);
  put_text("deals.yaml", model);
  put_text("map.yaml", mapping);
  assert_int_equal(quietly(PROGRAM " run shop.yaml --trajectories all -q -o shop.h5"), 0);
  assert_int_equal(quietly(PROGRAM " export shop.h5 --as deals --until '24 w' -o deals.csv"), 0);
  assert_int_equal(quietly(PROGRAM " export shop.h5 --as history --until '24 w' -o history.csv"),
                   0);
  return 0;
}

static json_t *json_of(const char *command) {
  static char out[1 << 20];
  assert_int_equal(shell(command, out, sizeof out), 0);
  json_t *root = json_loads(out, 0, NULL);
  assert_non_null(root);
  return root;
}

/* 84 leads a week, of which 0.6 * 0.5 win: 25.2 a week, which a forecast of 12 weeks from a fit on
 * twelve must hold in its range. */
static void the_forecast_of_a_fitted_model_holds_what_made_the_export(void **state) {
  (void)state;
  assert_int_equal(quietly(PROGRAM " fit deals.csv history.csv --mapping map.yaml --horizon 12w"),
                   0);
  assert_int_equal(quietly(PROGRAM " check fitted/scenario.yaml"), 0);
  assert_int_equal(quietly(PROGRAM " run fitted/scenario.yaml -q -o forecast.h5"), 0);
  json_t *root = json_of(PROGRAM " summary forecast.h5 --json");
  json_t *list = json_object_get(root, "throughput"), *row;
  size_t i;
  bool found = false;
  json_array_foreach(list, i, row) {
    if (strcmp(json_string_value(json_object_get(row, "outcome")), "won") != 0 ||
        strcmp(json_string_value(json_object_get(row, "segment")), "all") != 0)
      continue;
    json_t *won = json_object_get(row, "per_week");
    found = true;
    assert_true(json_number_value(json_object_get(won, "p10")) < 25.2);
    assert_true(json_number_value(json_object_get(won, "p90")) > 25.2);
  }
  assert_true(found);
  json_decref(root);
}

static double of(const json_t *scores, const char *method, const char *target, const char *what) {
  size_t i;
  json_t *row;
  json_array_foreach((json_t *)(uintptr_t)scores, i, row) {
    if (strcmp(json_string_value(json_object_get(row, "method")), method) == 0 &&
        strcmp(json_string_value(json_object_get(row, "target")), target) == 0)
      return json_number_value(json_object_get(row, what));
  }
  fail_msg("no %s of %s for %s", what, method, target);
  return 0;
}

/* A stationary process and a right model: nearly no bias, and the same bits every time. */
static void the_backtest_finds_the_right_model_right(void **state) {
  (void)state;
  static const char command[] = PROGRAM
      " backtest deals.csv history.csv --mapping map.yaml --cut 2026-04-06 --cut 2026-05-04 "
      "--horizon 6w -n 100 --json -q -t ";
  char line[512];
  snprintf(line, sizeof line, "%s1", command);
  json_t *one = json_of(line);
  snprintf(line, sizeof line, "%s2", command);
  json_t *two = json_of(line);
  assert_true(json_equal(one, two));
  json_t *scores = json_object_get(one, "scores");
  /* Some 300 wins are seen: their share is off by 6 % in a standard error, the mean of a forecast
   * of twelve weeks' data by as much. */
  assert_true(fabs(of(scores, "model", "all wins", "bias")) < 4 * 0.085);
  assert_true(of(scores, "model", "open deals", "crps") <
              of(scores, "chain ladder", "open deals", "crps") * 1.5);
  json_decref(one);
  json_decref(two);
}

/* The attribute is in the scenario and its values are told apart only where they differ. */
static void attributes_enter_the_scenario_and_split_what_differs(void **state) {
  (void)state;
  static char out[1 << 16];
  assert_int_equal(
      shell(PROGRAM " fit deals.csv history.csv --mapping map.yaml -o same", out, sizeof out), 0);
  assert_non_null(strstr(out, "nothing is split"));
  assert_int_equal(quietly("grep -q 'segment: {smb: 0.[67]' same/scenario.yaml"), 0);
  assert_int_equal(quietly("grep -q overrides same/deals.yaml"), 1);
  char both[4096];
  snprintf(both, sizeof both, "%s%s", model,
           "overrides:\n"
           "  - when: {segment: enterprise}\n"
           "    stages: {second: {odds: {won: 2.5}, wait: {scale: 2}}}\n"
           "    value: {scale: 5}\n");
  put_text("deals.yaml", both);
  assert_int_equal(quietly(PROGRAM " run shop.yaml --trajectories all -q -o two.h5"), 0);
  assert_int_equal(quietly(PROGRAM " export two.h5 --as deals --until '24 w' -o deals2.csv"), 0);
  assert_int_equal(quietly(PROGRAM " export two.h5 --as history --until '24 w' -o history2.csv"),
                   0);
  assert_int_equal(
      shell(PROGRAM " fit deals2.csv history2.csv --mapping map.yaml -o two", out, sizeof out), 0);
  assert_non_null(strstr(out, "second differs by segment"));
  assert_non_null(strstr(out, "the value of wins differs by segment"));
  assert_null(strstr(out, "first differs"));
  assert_int_equal(quietly(PROGRAM " check two/scenario.yaml"), 0);
  assert_int_equal(quietly(PROGRAM " run two/scenario.yaml -n 20 -q -o two-forecast.h5"), 0);
  json_t *root = json_of(PROGRAM " summary two-forecast.h5 --by segment --json");
  json_t *row;
  size_t i;
  double worth[2] = {0};
  json_array_foreach(json_object_get(root, "throughput"), i, row) {
    const char *segment = json_string_value(json_object_get(row, "segment"));
    if (strcmp(json_string_value(json_object_get(row, "outcome")), "won") != 0) continue;
    if (strcmp(segment, "all") == 0) continue;
    worth[strcmp(segment, "enterprise") == 0] =
        json_number_value(json_object_get(json_object_get(row, "value_per_week"), "mean")) /
        json_number_value(json_object_get(json_object_get(row, "per_week"), "mean"));
  }
  assert_true(worth[1] > 4 * worth[0] && worth[1] < 6 * worth[0]);
  json_decref(root);
}

static void tells_what_is_wrong_with_place_and_remedy(void **state) {
  (void)state;
  char out[4096];
  put_text("wrong.yaml", "kind: deals\ncolums: {case: deal_id}\n");
  assert_int_equal(shell(PROGRAM " fit deals.csv --mapping wrong.yaml -o f2 2>&1", out, sizeof out),
                   2);
  assert_non_null(strstr(out, "wrong.yaml:2:1"));
  assert_non_null(strstr(out, "columns"));
  put_text("column.yaml",
           "kind: deals\ncolumns: {case: deal_id, created: creatd}\n"
           "outcomes: {won: {from: [won]}}\n");
  assert_int_equal(
      shell(PROGRAM " fit deals.csv --mapping column.yaml -o f2 2>&1", out, sizeof out), 2);
  assert_non_null(strstr(out, "\"created\""));
  assert_int_equal(quietly("test -e f2"), 1); /* nothing was written */
  assert_int_equal(quietly(PROGRAM " fit deals.csv history.csv --mapping map.yaml"),
                   2); /* is there */
  assert_int_equal(quietly(PROGRAM " backtest deals.csv history.csv --mapping map.yaml --cut "
                                   "2027-01-01"),
                   2);
  assert_int_equal(quietly(PROGRAM " export shop.h5 --as deal"), 2);
  assert_int_equal(quietly(PROGRAM " export shop.h5 -r 5"), 2);
}

static void is_at_most_80_wide(char *text) {
  for (const char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
    if (strlen(line) > 80) fail_msg("%zu columns: %s", strlen(line), line);
}

static void output_is_at_most_80_wide_and_tells_of_short_cuts(void **state) {
  (void)state;
  static char out[1 << 16];
  assert_int_equal(
      shell(PROGRAM " fit deals.csv history.csv --mapping map.yaml -o wide", out, sizeof out), 0);
  assert_non_null(strstr(out, "law to"));
  is_at_most_80_wide(out);
  static const char command[] =
      PROGRAM " backtest deals.csv history.csv --mapping map.yaml --cut 2026-05-18 -n 20 -q";
  assert_int_equal(shell(command, out, sizeof out), 0);
  assert_non_null(strstr(out, "4 weeks of 1 cut\n"));
  assert_non_null(strstr(out, "Fewer than the 12 weeks asked for in 1 of 1 cut: "));
  is_at_most_80_wide(out);
  char four_weeks[512];
  snprintf(four_weeks, sizeof four_weeks, "%s --horizon 4w", command);
  assert_int_equal(shell(four_weeks, out, sizeof out), 0);
  assert_null(strstr(out, "Fewer than"));
}

static void refuses_a_mapping_by_which_nothing_is_won(void **state) {
  (void)state;
  static char out[1 << 16];
  put_text("german.yaml",
           "kind: deals\n"
           "columns: {case: deal_id, created: created, status: status, closed: closed}\n"
           "stages: {first: [first], second: [second]}\n"
           "outcomes: {won: {from: [gewonnen], counts_as: win}, lost: {from: [lost]}}\n");
  assert_int_equal(
      shell(PROGRAM " fit deals.csv --mapping german.yaml -o german 2>&1", out, sizeof out), 2);
  assert_non_null(strstr(out, "counts as win"));
  assert_non_null(strstr(out, "\"won\""));
  assert_int_equal(quietly("test -e german"), 1);
  assert_int_equal(quietly("echo 'ignore: [won]' >> german.yaml"), 0);
  assert_int_equal(shell(PROGRAM " fit deals.csv --mapping german.yaml -o german 2>&1 "
                                 "--waits rates --segments none",
                         out, sizeof out),
                   0);
  assert_ptr_equal(strstr(out, "warning: "), out);
  assert_non_null(strstr(out, "counts as win"));
}

static void tells_why_no_case_can_be_used(void **state) {
  (void)state;
  char out[4096];
  put_text("stage.yaml",
           "kind: deals\n"
           "columns: {case: deal_id, created: status, status: status, closed: closed}\n"
           "outcomes: {won: {from: [won], counts_as: win}}\n");
  assert_int_equal(
      shell(PROGRAM " fit deals.csv --mapping stage.yaml -o stage 2>&1", out, sizeof out), 2);
  assert_non_null(strstr(out, "deals.csv:2: error: "));
  assert_non_null(strstr(out, "date of creation that is none"));
  assert_non_null(strstr(out, "\"status\" (created) says"));
}

static void findings_of_several_files_name_the_file(void **state) {
  (void)state;
  static char out[1 << 16];
  assert_int_equal(
      quietly("cp history.csv more.csv && echo 'nobody,first,2026-02-02,,' >> more.csv"), 0);
  assert_int_equal(shell(PROGRAM " fit deals.csv more.csv --mapping map.yaml -o more --waits rates "
                                 "--segments none",
                         out, sizeof out),
                   0);
  assert_non_null(strstr(out, "      more.csv, line "));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_forecast_of_a_fitted_model_holds_what_made_the_export),
      cmocka_unit_test(the_backtest_finds_the_right_model_right),
      cmocka_unit_test(attributes_enter_the_scenario_and_split_what_differs),
      cmocka_unit_test(tells_what_is_wrong_with_place_and_remedy),
      cmocka_unit_test(output_is_at_most_80_wide_and_tells_of_short_cuts),
      cmocka_unit_test(refuses_a_mapping_by_which_nothing_is_won),
      cmocka_unit_test(tells_why_no_case_can_be_used),
      cmocka_unit_test(findings_of_several_files_name_the_file),
  };
  return cmocka_run_group_tests(tests, make_export, remove_folder);
}
