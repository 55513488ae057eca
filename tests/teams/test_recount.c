/* What the calendar counts as it runs is what its rows tell. */
#include "tests/teams/harness.h"

static size_t recount_one(uint64_t number) {
  random_scenario text;
  assert_true(random_scenario_make(number, true, &text));
  model m = load_texts(&text);
  kept k = run_engine(&m, "calendar", 1, 1);
  size_t classes = m.shape->n_histograms * FSIM_TIME_CLASSES;
  int64_t *record = calloc(m.shape->n_cells, sizeof *record);
  uint32_t *histograms = calloc(classes, sizeof *histograms);
  assert_true(record != NULL && histograms != NULL);
  int status = fsim_recount(m.scenario, m.shape, k.rows, record, histograms, m.report);
  if (status != FSIM_OK) show_report(m.report);
  assert_int_equal(status, FSIM_OK);
  for (size_t a = 0, cell = 0; a < FSIM_N_CELLS; a++) {
    size_t end = a + 1 < FSIM_N_CELLS ? m.shape->offset[a + 1] : m.shape->n_cells;
    for (; cell < end; cell++) {
      if (record[cell] == k.records[cell]) continue;
      print_scenario(number, &text);
      fail_msg("scenario %llu: %s[%zu]: %lld, recounted %lld", (unsigned long long)number,
               fsim_record_arrays[a].name, cell - m.shape->offset[a], (long long)k.records[cell],
               (long long)record[cell]);
    }
  }
  for (size_t i = 0; i < classes; i++) assert_int_equal(k.pool->count[i], histograms[i]);
  size_t visits = k.rows->rows[FSIM_VISITS];
  free(record);
  free(histograms);
  kept_free(&k);
  model_free(&m);
  random_scenario_free(&text);
  return visits;
}

static void rows_of_teams_recount_to_the_record(void **state) {
  (void)state;
  size_t visits = 0;
  for (uint64_t number = 2000; number < 2200; number++) visits += recount_one(number);
  assert_true(visits > 5000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_of_teams_recount_to_the_record),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
