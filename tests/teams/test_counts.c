/* Counts do not depend on how they were made: on random scenarios with everything in them (links,
 * loops, changes on dates, deals, queues of all kinds), without rows as with rows. */
#include "tests/teams/counts.h"

typedef struct tried {
  size_t approached; /* scenarios in which leads come to teams only after other stages */
  size_t stagewise;  /* by whole cohorts */
  size_t linked;     /* of these, with links */
  size_t changing;   /* of these, with changes on dates */
  uint64_t visits;
} tried;

/* Does some stream begin before a stage without work, where teams are? */
static bool comes_later_to_teams(const fsim_scenario *s, const fsim_plan *plan) {
  bool works = false, later = false;
  for (size_t i = 0; i < s->n_stages; i++) works |= plan->stage_works[i];
  for (size_t i = 0; i < s->n_streams; i++)
    later |= !s->streams[i].pipeline && !plan->stage_works[s->funnels[s->streams[i].into].entry];
  return works && later;
}

static void compare(random_scenario *text, uint64_t number, tried *all) {
  model m = load_texts(text);
  prepared p = prepare(&m);
  all->approached += comes_later_to_teams(m.scenario, p.plan);
  kept rows = run_counts(&m, "calendar", COUNTED, 1);
  kept counts = run_counts(&m, "calendar", 0, 1);
  assert_same_counts(text->yaml, "calendar", &counts, &rows);
  kept chosen = run_counts(&m, NULL, 0, number % 16 == 0 ? 2 : 1);
  assert_same_counts(text->yaml, chosen.result.engine, &chosen, &rows);
  bool stagewise = strcmp(chosen.result.engine, "stagewise") == 0;
  all->stagewise += stagewise;
  all->linked += stagewise && m.scenario->n_links > 0;
  all->changing += stagewise && m.scenario->n_versions > 1;
  all->visits += rows.result.visits;
  kept_free(&rows);
  kept_free(&counts);
  kept_free(&chosen);
  prepared_free(&p);
  model_free(&m);
  random_scenario_free(text);
}

static void counts_without_rows_are_those_with_rows(void **state) {
  (void)state;
  tried all = {0};
  for (uint64_t number = 0; number < 300; number++) {
    random_scenario text;
    assert_true(random_scenario_make(number, true, &text));
    compare(&text, number, &all);
  }
  assert_true(all.visits > 75000 && all.approached > 100);
}

static void so_they_are_where_journeys_go_forward(void **state) {
  (void)state;
  tried all = {0};
  for (uint64_t number = 0; number < 150; number++) {
    random_scenario text;
    assert_true(random_scenario_forward(number, &text));
    compare(&text, number, &all);
  }
  assert_true(all.visits > 35000 && all.stagewise > 30);
}

static void so_they_are_where_links_lead_on(void **state) {
  (void)state;
  tried all = {0};
  for (uint64_t number = 0; number < 350; number++) {
    random_scenario text;
    assert_true(random_scenario_linked(number, &text));
    compare(&text, number, &all);
  }
  assert_true(all.visits > 100000 && all.linked > 150 && all.changing > 50);
}

static void so_they_are_where_weeks_differ(void **state) {
  (void)state;
  tried all = {0};
  for (uint64_t number = 0; number < 80; number++) {
    random_scenario text;
    assert_true(random_scenario_paced(number, &text));
    compare(&text, number, &all);
  }
  assert_true(all.visits > 30000 && all.approached > 15 && all.stagewise > 15);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_without_rows_are_those_with_rows),
      cmocka_unit_test(so_they_are_where_journeys_go_forward),
      cmocka_unit_test(so_they_are_where_links_lead_on),
      cmocka_unit_test(so_they_are_where_weeks_differ),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
