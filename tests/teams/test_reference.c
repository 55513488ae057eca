/* The engines against a slow second implementation, on random scenarios. */
#include "tests/teams/harness.h"

/* Adds to the visits, so that no test is empty. */
static void compare(const model *m, const prepared *p, const fsim_engine *engine,
                    uint32_t replications, uint64_t number, const random_scenario *text,
                    size_t *visits) {
  size_t from[FSIM_N_TABLES] = {0};
  bool same = true;
  kept k = run_engine(m, engine->name, replications, number % 2 == 0 ? 1 : 2);
  for (uint32_t i = 0; i < replications && same; i++) {
    reference r = run_reference(m, p, i);
    same = same_rows(r.rows, k.rows, from, engine->name);
    reference_free(&r);
  }
  for (int t = 0; t < FSIM_N_TABLES && same; t++) same = from[t] == k.rows->rows[t];
  if (!same) print_scenario(number, text);
  if (!same) fail_msg("%s differs from the reference", engine->name);
  *visits += from[FSIM_VISITS];
  kept_free(&k);
}

/* One scenario on every engine that can run it; frees the text. */
static void compare_all(random_scenario text, uint64_t number, size_t *visits) {
  model m = load_texts(&text);
  prepared p = prepare(&m);
  for (size_t e = 0; e < fsim_n_engines; e++) {
    if (fsim_engines[e]->unfit(m.scenario) != NULL) continue;
    compare(&m, &p, fsim_engines[e], 3, number, &text, visits);
  }
  prepared_free(&p);
  model_free(&m);
  random_scenario_free(&text);
}

static void engines_give_the_references_rows_without_teams(void **state) {
  (void)state;
  size_t visits = 0;
  for (uint64_t number = 0; number < 500; number++) {
    random_scenario text;
    assert_true(random_scenario_make(number, false, &text));
    compare_all(text, number, &visits);
  }
  assert_true(visits > 200000); /* by at least two engines */
}

static void engines_give_the_references_rows_with_teams(void **state) {
  (void)state;
  size_t visits = 0;
  for (uint64_t number = 0; number < 1500; number++) {
    random_scenario text;
    assert_true(random_scenario_make(number, true, &text));
    compare_all(text, number, &visits);
  }
  assert_true(visits > 500000);
}

static void engines_give_the_references_rows_when_journeys_go_forward(void **state) {
  (void)state;
  size_t visits = 0;
  for (uint64_t number = 0; number < 500; number++) {
    random_scenario text;
    assert_true(random_scenario_forward(number, &text));
    compare_all(text, number, &visits);
  }
  assert_true(visits > 100000);
}

static void engines_give_the_references_rows_when_weeks_differ(void **state) {
  (void)state;
  size_t visits = 0;
  for (uint64_t number = 0; number < 120; number++) {
    random_scenario text;
    assert_true(random_scenario_paced(number, &text));
    compare_all(text, number, &visits);
  }
  assert_true(visits > 100000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(engines_give_the_references_rows_without_teams),
      cmocka_unit_test(engines_give_the_references_rows_with_teams),
      cmocka_unit_test(engines_give_the_references_rows_when_journeys_go_forward),
      cmocka_unit_test(engines_give_the_references_rows_when_weeks_differ),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
