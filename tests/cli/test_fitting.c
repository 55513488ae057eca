/* The program from a simulation to an export, a fitted model and its forecast. */
#include <math.h>
#include <stdbool.h>

#include "shop.h"

static char said[1 << 16]; /* by the fit that the tests share */

static int fit_shop(void **state) {
  if (make_export(state) != 0) return -1;
  assert_int_equal(shell(PROGRAM " fit deals.csv history.csv --mapping map.yaml --horizon 12w",
                         said, sizeof said),
                   0);
  return 0;
}

/* 84 leads a week, of which 0.6 * 0.5 win: 25.2 a week, which a forecast of 12 weeks from a fit on
 * twelve must hold in its range. */
static void the_forecast_of_a_fitted_model_holds_what_made_the_export(void **state) {
  (void)state;
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

/* The attribute is in the scenario and its values are told apart only where they differ. */
static void attributes_enter_the_scenario_and_split_what_differs(void **state) {
  (void)state;
  static char out[1 << 16];
  assert_non_null(strstr(said, "nothing is split"));
  assert_int_equal(quietly("grep -q 'segment: {smb: 0.[67]' fitted/scenario.yaml"), 0);
  assert_int_equal(quietly("grep -q overrides fitted/deals.yaml"), 1);
  char both[4096];
  snprintf(both, sizeof both, "%s%s", shop_model,
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
  /* Before anything is read, of what is there already. */
  assert_int_equal(shell(PROGRAM " fit none.csv --mapping map.yaml 2>&1", out, sizeof out), 2);
  assert_non_null(strstr(out, "fitted/scenario.yaml is there already; --force"));
  assert_int_equal(quietly(PROGRAM " export shop.h5 --as deal"), 2);
  assert_int_equal(quietly(PROGRAM " export shop.h5 -r 5"), 2);
}

static void output_is_at_most_80_wide(void **state) {
  (void)state;
  static char lines[sizeof said];
  strcpy(lines, said);
  assert_non_null(strstr(lines, "law to"));
  is_at_most_80_wide(lines);
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
      cmocka_unit_test(attributes_enter_the_scenario_and_split_what_differs),
      cmocka_unit_test(tells_what_is_wrong_with_place_and_remedy),
      cmocka_unit_test(output_is_at_most_80_wide),
      cmocka_unit_test(refuses_a_mapping_by_which_nothing_is_won),
      cmocka_unit_test(tells_why_no_case_can_be_used),
      cmocka_unit_test(findings_of_several_files_name_the_file),
  };
  return cmocka_run_group_tests(tests, fit_shop, remove_folder);
}
