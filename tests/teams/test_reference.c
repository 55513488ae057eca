/* The engines against a slow second implementation, on random scenarios. */
#include "tests/teams/harness.h"

/* One scenario for as many replications; visits are counted so that no test is empty. */
static size_t compare(const char *engine, bool teams, uint64_t number, uint32_t replications,
                      int threads) {
  random_scenario text;
  size_t from[FSIM_N_TABLES] = {0};
  bool same = true;
  assert_true(random_scenario_make(number, teams, &text));
  model m = load_texts(&text);
  prepared p = prepare(&m);
  kept k = run_engine(&m, engine, replications, threads);
  for (uint32_t i = 0; i < replications && same; i++) {
    reference r = run_reference(&m, &p, i);
    same = same_rows(r.rows, k.rows, from, engine);
    reference_free(&r);
  }
  for (int t = 0; t < FSIM_N_TABLES && same; t++) same = from[t] == k.rows->rows[t];
  if (!same) print_scenario(number, &text);
  if (!same) fail_msg("%s differs from the reference", engine);
  kept_free(&k);
  prepared_free(&p);
  model_free(&m);
  random_scenario_free(&text);
  return from[FSIM_VISITS];
}

static void independent_engine_gives_the_references_rows(void **state) {
  (void)state;
  size_t visits = 0;
  for (uint64_t number = 0; number < 600; number++)
    visits += compare("independent", false, number, 3, 1);
  assert_true(visits > 50000);
}

static void calendar_gives_the_references_rows_without_teams(void **state) {
  (void)state;
  size_t visits = 0;
  if (!engine_exists("calendar")) skip();
  for (uint64_t number = 0; number < 300; number++)
    visits += compare("calendar", false, number, 3, 1);
  assert_true(visits > 25000);
}

static void calendar_gives_the_references_rows_with_teams(void **state) {
  (void)state;
  size_t visits = 0;
  if (!engine_exists("calendar")) skip();
  for (uint64_t number = 0; number < 1000; number++)
    visits += compare("calendar", true, number, 3, number % 2 == 0 ? 1 : 2);
  assert_true(visits > 100000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(independent_engine_gives_the_references_rows),
      cmocka_unit_test(calendar_gives_the_references_rows_without_teams),
      cmocka_unit_test(calendar_gives_the_references_rows_with_teams),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
