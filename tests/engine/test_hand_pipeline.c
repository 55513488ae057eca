/* Deals that are open at the start beside leads that arrive: who is counted where, by hand. */
#include "tests/engine/build.h"

/* A lead a day from day 0, won after two days; three deals came before the start. */
static const char *const yaml =
    "scenario: t\nstart: 2026-01-05\nhorizon: 28 d\nmodels:\n  f:\n    funnel: f\n    entry: a\n"
    "    stages: {a: {wait: 2 d, exits: {b: 0.000000000001, won: rest}}, b: {wait: 40 d, exits: "
    "{won: 1}}}\n"
    "    outcomes: {won: {counts_as: win}}\n"
    "streams: {web: {into: f, rate: 1 / d, spacing: evenly}}\n"
    "pipeline: {file: deals.csv, funnel: f, stage: stage, entered: entered}\n";

static const char *const deals = "stage,entered\na,2026-01-04\nb,2026-01-01\nb,2025-12-01\n";

static void cohorts_are_of_leads_that_arrived_since_the_start(void **state) {
  (void)state;
  model m = model_make_with(yaml, "deals.csv", deals);
  kept k = run_model(&m, (run_plan){.replications = 1});
  size_t won = outcome_named(&m, "won"), open = m.scenario->n_outcomes;
  for (size_t week = 0; week < 4; week++) {
    assert_int_equal(cell(&k, 0, FSIM_COHORT, week, won, 0), week < 3 ? 7 : 5);
    assert_int_equal(cell(&k, 0, FSIM_COHORT, week, open, 0), week < 3 ? 0 : 2);
  }
  kept_free(&k);
  model_free(&m);
}

static void wins_of_open_deals_count_but_their_start_is_before_the_window(void **state) {
  (void)state;
  model m = model_make_with(yaml, "deals.csv", deals);
  kept k = run_model(&m, (run_plan){.replications = 1});
  size_t won = outcome_named(&m, "won");
  assert_int_equal(cell(&k, 0, FSIM_ENDED, won, 0, 0), 26 + 2);
  assert_int_equal(cell(&k, 0, FSIM_STARTED, 0, 0, 0), 28);
  assert_int_equal(cell(&k, 0, FSIM_FATE, won, 0, 0), 26);
  kept_free(&k);
  model_free(&m);
}

/* The same deals told twice, by two pipelines, are twice as many; both came before the start. */
static void several_pipelines_add_up(void **state) {
  (void)state;
  char twice[1024];
  const char *one = strstr(yaml, "pipeline: ");
  snprintf(twice, sizeof twice,
           "%.*spipeline:\n  - {file: deals.csv, funnel: f, stage: stage, entered: entered}\n"
           "  - {file: deals.csv, funnel: f, stage: stage, entered: entered}\n",
           (int)(one - yaml), yaml);
  model m = model_make_with(twice, "deals.csv", deals);
  assert_int_equal(m.scenario->n_streams, 3);
  assert_string_equal(m.scenario->streams[1].name, "pipeline");
  assert_string_equal(m.scenario->streams[2].name, "pipeline-2");
  kept k = run_model(&m, (run_plan){.replications = 1});
  size_t won = outcome_named(&m, "won");
  assert_int_equal(cell(&k, 0, FSIM_ENDED, won, 0, 0), 26 + 2 * 2);
  assert_int_equal(cell(&k, 0, FSIM_STARTED, 0, 0, 0), 28);
  assert_int_equal(cell(&k, 0, FSIM_COHORT, 0, won, 0), 7);
  kept_free(&k);
  model_free(&m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cohorts_are_of_leads_that_arrived_since_the_start),
      cmocka_unit_test(several_pipelines_add_up),
      cmocka_unit_test(wins_of_open_deals_count_but_their_start_is_before_the_window),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
