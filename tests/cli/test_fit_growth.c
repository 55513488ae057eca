/* The program on an export of two and a half years that grows and whose months differ: the forecast
 * goes on so. */
#include <math.h>

#include "shop.h"

static const char growing_scenario[] =
    "scenario: growing\n"
    "models: [deals]\n"
    "start: 2023-01-02\n"
    "horizon: 145 w\n"
    "replications: 1\n"
    "seed: 3\n"
    "attributes: {segment: [smb, enterprise]}\n"
    "streams:\n"
    "  web: {into: deals, rate: 4 / d, weekday: [1.3, 1.3, 1.2, 1.2, 1.1, 0.5, 0.4],\n"
    "        growth: 3 % / month,\n"
    "        month: [1.3, 1.25, 1.1, 1, 0.95, 0.85, 0.7, 0.75, 1, 1.1, 1.15, 0.85],\n"
    "        attributes: {segment: {smb: 0.7, enterprise: 0.3}}}\n";

typedef struct entries {
  double mean, p10, p90;
} entries;

/* New cases a week. */
static entries new_cases(const char *command) {
  json_t *root = json_of(command), *row;
  entries e = {NAN, NAN, NAN};
  size_t i;
  json_array_foreach(json_object_get(root, "stages"), i, row) {
    if (strcmp(json_string_value(json_object_get(row, "stage")), "first") != 0 ||
        strcmp(json_string_value(json_object_get(row, "segment")), "all") != 0)
      continue;
    const json_t *own = json_object_get(row, "entered_per_week");
    e = (entries){json_number_value(json_object_get(own, "mean")),
                  json_number_value(json_object_get(own, "p10")),
                  json_number_value(json_object_get(own, "p90"))};
  }
  json_decref(root);
  return e;
}

/* What the same funnel brings in the 13 weeks after the 132 that were exported is in the middle of
 * the forecast: a mean of the last twelve weeks is too high by a sixth, as they are spring's. */
static void the_forecast_has_months_and_growth(void **state) {
  (void)state;
  static char said[1 << 16];
  put_text("growing.yaml", growing_scenario);
  put_text("deals.yaml", shop_model);
  put_text("map.yaml", shop_mapping);
  assert_int_equal(quietly(PROGRAM " run growing.yaml --trajectories all -q -o one.h5"), 0);
  assert_int_equal(quietly(PROGRAM " export one.h5 --as deals --until '132 w' -o deals.csv"), 0);
  assert_int_equal(quietly(PROGRAM " export one.h5 --as history --until '132 w' -o history.csv"),
                   0);
  assert_int_equal(quietly(PROGRAM " run growing.yaml -n 100 --set 'warm_up=132 w' -q -o truth.h5"),
                   0);
  assert_int_equal(shell(PROGRAM " fit deals.csv history.csv --mapping map.yaml --horizon 13w",
                         said, sizeof said),
                   0);
  assert_non_null(strstr(said, "Months of the year differ (29 complete months, p "));
  assert_non_null(strstr(said, "  jan 1."));
  assert_non_null(strstr(said, "Growth: +"));
  assert_non_null(strstr(said, " for 26 weeks, then none"));
  assert_null(strstr(said, "new cases come")); /* drift says nothing against it */
  assert_int_equal(quietly("grep -q '    month: \\[1' fitted/scenario.yaml"), 0);
  assert_int_equal(quietly("grep -q '    trend: {factor: {uncertain' fitted/scenario.yaml"), 0);
  assert_int_equal(quietly("grep -q 'Months of the year differ' fitted/report.html"), 0);
  json_t *report = json_of("cat fitted/report.json");
  const json_t *arrivals = json_object_get(report, "arrivals");
  const json_t *months = json_object_get(arrivals, "month_profile");
  const json_t *growth = json_object_get(arrivals, "growth");
  assert_true(json_is_true(json_object_get(months, "differ")));
  assert_int_equal(json_array_size(json_object_get(months, "factor")), 12);
  assert_true(json_number_value(json_object_get(growth, "low")) < 0.03);
  assert_true(json_number_value(json_object_get(growth, "high")) > 0.03);
  assert_true(json_number_value(json_object_get(growth, "written_per_month")) > 0.015);
  json_decref(report);
  assert_int_equal(quietly(PROGRAM " check fitted/scenario.yaml"), 0);
  assert_int_equal(quietly(PROGRAM " run fitted/scenario.yaml -n 200 -q -o forecast.h5"), 0);
  const double truth = new_cases(PROGRAM " summary truth.h5 --json").mean;
  const entries told = new_cases(PROGRAM " summary forecast.h5 --json");
  print_message("%.1f new cases a week (%.1f to %.1f), truly %.1f\n", told.mean, told.p10, told.p90,
                truth);
  assert_true(told.p10 < truth && truth < told.p90);
  assert_true(fabs(log(told.mean / truth)) < 0.1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_forecast_has_months_and_growth),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
