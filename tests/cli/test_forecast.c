/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */

#include "cli/forecast.h"

static fsim_keep parsed(const char *text) {
  fsim_keep keep = {77, 7};
  assert_int_equal(fsim_parse_trajectories(text, NULL, &keep), FSIM_OK);
  return keep;
}

static void reads_which_trajectories_are_kept(void **state) {
  (void)state;
  assert_int_equal(parsed("none").replications, 0);
  assert_int_equal(parsed("0").replications, 0);
  assert_int_equal(parsed("all").replications, UINT32_MAX);
  assert_int_equal(parsed("12").replications, 12);
  assert_true(parsed("12").share == 1);
  assert_int_equal(parsed("5 %").replications, UINT32_MAX);
  assert_true(parsed("5%").share == 0.05);
}

static void refuses_other_words_for_trajectories(void **state) {
  (void)state;
  static const char *const bad[] = {"", "some", "-1", "1.5", "0.05", "0 %", "101 %", "1e12", "nan"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    fsim_keep keep = {77, 7};
    assert_int_equal(fsim_parse_trajectories(bad[i], NULL, &keep), FSIM_BAD_INPUT);
    assert_int_equal(keep.replications, 77);
  }
}

static void keeps_all_of_a_small_run_and_ten_of_a_large_one(void **state) {
  (void)state;
  fsim_forecast forecast = {.visits = 1e5, .record_bytes = 1e4, .row_bytes = 1e6};
  assert_int_equal(fsim_default_trajectories(&forecast, 100).replications, UINT32_MAX);
  assert_int_equal(fsim_default_trajectories(&forecast, 1000).replications, 10);
}

static void adds_up_bytes_and_seconds(void **state) {
  (void)state;
  fsim_forecast forecast = {
      .visits = 8e6, .record_bytes = 1e3, .row_bytes = 1e6, .engine = "independent"};
  fsim_keep none = {0, 1}, half = {UINT32_MAX, 0.5}, two = {2, 1};
  assert_true(fsim_forecast_bytes(&forecast, none, 10) == 1e4);
  assert_true(fsim_forecast_bytes(&forecast, half, 10) == 1e4 + 5e6);
  assert_true(fsim_forecast_bytes(&forecast, two, 10) == 1e4 + 2e6);
  double slow = fsim_forecast_seconds(&forecast, half, 10, 1);
  assert_true(slow > fsim_forecast_seconds(&forecast, none, 10, 1));
  assert_true(fsim_forecast_seconds(&forecast, half, 10, 4) == slow / 4);
}

/* Every engine has a speed of its own, and those with teams need longer. */
static void engines_with_teams_take_longer(void **state) {
  (void)state;
  fsim_keep none = {0, 1};
  double before = 0;
  for (size_t i = 0; i < fsim_n_engines; i++) {
    fsim_forecast forecast = {.visits = 1e6, .engine = fsim_engines[i]->name};
    double seconds = fsim_forecast_seconds(&forecast, none, 10, 1);
    assert_true(seconds > before);
    before = seconds;
  }
}

static void says_what_is_kept(void **state) {
  (void)state;
  char text[128];
  assert_string_equal(fsim_trajectories_text((fsim_keep){0, 1}, 9, text, sizeof text), "none");
  assert_string_equal(fsim_trajectories_text((fsim_keep){9, 1}, 9, text, sizeof text),
                      "all leads of all replications");
  assert_string_equal(fsim_trajectories_text((fsim_keep){UINT32_MAX, 0.05}, 9, text, sizeof text),
                      "5 % of the leads of all replications");
  assert_string_equal(fsim_trajectories_text((fsim_keep){2, 1}, 9, text, sizeof text),
                      "all leads of the first 2 of 9 replications");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_which_trajectories_are_kept),
      cmocka_unit_test(refuses_other_words_for_trajectories),
      cmocka_unit_test(keeps_all_of_a_small_run_and_ten_of_a_large_one),
      cmocka_unit_test(adds_up_bytes_and_seconds),
      cmocka_unit_test(engines_with_teams_take_longer),
      cmocka_unit_test(says_what_is_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
