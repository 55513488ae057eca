/* The program on an export whose months of the quarter differ and whose segments differ in all of
 * them: the forecast must know both. */
#include <math.h>

#include "shop.h"

/* Rates of 0.04 (won, times the month's factor) and 0.033 a day; enterprise 3 times as many wins
 * for every loss. */
static const char months_model[] =
    "funnel: deals\n"
    "entry: open\n"
    "stages:\n"
    "  open:\n"
    "    race: true\n"
    "    exits: {won: {wait: {exponential: {mean: 25 d}}}, lost: {wait: {exponential: {mean: 30 "
    "d}}}}\n"
    "outcomes: {won: {counts_as: win}, lost: {}}\n"
    "overrides: [{when: {segment: enterprise}, stages: {open: {odds: {won: 1.8, lost: 0.6}}}}]\n";

/* Factors 0.4, 0.6 and 2.5 of the months of a quarter. */
static const char months_scenario[] =
    "scenario: months\n"
    "models: [deals]\n"
    "start: 2026-01-01\n"
    "horizon: 26 w\n"
    "replications: 1\n"
    "seed: 7\n"
    "attributes: {segment: [smb, enterprise], origin: [web, expo]}\n"
    "streams:\n"
    "  web: {into: deals, rate: 2.5 / d,\n"
    "        attributes: {segment: {smb: 0.8, enterprise: 0.2}, origin: {web: 0.8, expo: 0.2}}}\n"
    "  expo: {into: deals, rate: 2.5 / d,\n"
    "         attributes: {segment: {smb: 0.4, enterprise: 0.6}, origin: {web: 0.2, expo: 0.8}}}\n"
    "changes:\n"
    "  - {on: 2026-01-01, applies_to: all, set: {deals.stages.open.exits.won.wait: x2.5}}\n"
    "  - {on: 2026-02-01, applies_to: all, set: {deals.stages.open.exits.won.wait: x0.667}}\n"
    "  - {on: 2026-03-01, applies_to: all, set: {deals.stages.open.exits.won.wait: x0.24}}\n"
    "  - {on: 2026-04-01, applies_to: all, set: {deals.stages.open.exits.won.wait: x6.25}}\n"
    "  - {on: 2026-05-01, applies_to: all, set: {deals.stages.open.exits.won.wait: x0.667}}\n"
    "  - {on: 2026-06-01, applies_to: all, set: {deals.stages.open.exits.won.wait: x0.24}}\n";

static const char months_mapping[] =
    "kind: deals\n"
    "funnel: deals\n"
    "columns: {case: deal_id, created: created, status: status, closed: closed, value: value,\n"
    "          attributes: {segment: segment, origin: origin}}\n"
    "outcomes: {won: {from: [won], counts_as: win}, lost: {from: [lost]}}\n"
    "ignore: [open]\n";

/* Wins of enterprise deals over those of small ones, in a summary. */
static double ratio_of_wins(const char *command) {
  json_t *root = json_of(command), *row;
  double won[2] = {0};
  size_t i;
  json_array_foreach(json_object_get(root, "throughput"), i, row) {
    const char *segment = json_string_value(json_object_get(row, "segment"));
    if (strcmp(json_string_value(json_object_get(row, "outcome")), "won") != 0) continue;
    if (strcmp(segment, "all") == 0) continue;
    won[strcmp(segment, "enterprise") == 0] =
        json_number_value(json_object_get(json_object_get(row, "per_week"), "mean"));
  }
  json_decref(root);
  assert_true(won[0] > 0);
  return won[1] / won[0];
}

/* Some 270 wins of either segment were fitted, so the logarithm of the ratio is known to 0.09;
 * without the split it would be 0.4 too low, as there are fewer enterprise deals. */
static void the_forecast_knows_months_and_segments(void **state) {
  (void)state;
  put_text("months.yaml", months_scenario);
  put_text("deals.yaml", months_model);
  put_text("map.yaml", months_mapping);
  assert_int_equal(quietly(PROGRAM " run months.yaml --trajectories all -q -o one.h5"), 0);
  assert_int_equal(quietly(PROGRAM " export one.h5 --as deals -o deals.csv"), 0);
  assert_int_equal(quietly(PROGRAM " run months.yaml -n 100 -q -o truth.h5"), 0);
  static char out[1 << 16];
  assert_int_equal(
      shell(PROGRAM " fit deals.csv --mapping map.yaml --recent all --horizon 12w -o fitted", out,
            sizeof out),
      0);
  assert_non_null(strstr(out, "months of a quarter"));
  assert_non_null(strstr(out, "differs by segment"));
  assert_non_null(strstr(out, "rate of won"));
  /* What only goes with the segment splits nothing, and that it does is said. */
  assert_null(strstr(out, "differs by origin"));
  assert_non_null(strstr(out, "segment and origin depend on each other"));
  assert_int_equal(quietly("grep -q '^changes:' fitted/scenario.yaml"), 0);
  assert_int_equal(quietly("grep -q 'odds: {won: ' fitted/deals.yaml"), 0);
  assert_int_equal(quietly(PROGRAM " check fitted/scenario.yaml"), 0);
  assert_int_equal(quietly(PROGRAM " run fitted/scenario.yaml -n 100 -q -o forecast.h5"), 0);
  const double truth = ratio_of_wins(PROGRAM " summary truth.h5 --by segment --json");
  const double ratio = ratio_of_wins(PROGRAM " summary forecast.h5 --by segment --json");
  print_message("wins of enterprise over smb: %.3f, truly %.3f\n", ratio, truth);
  assert_true(fabs(log(ratio / truth)) < 3 * 0.09);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_forecast_knows_months_and_segments),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
