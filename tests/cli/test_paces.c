/* Weeks that differ, as they are typed and told: check, run, extend, trace. */
#include <jansson.h>

#include "shell.h"

static const char paced[] =
    "scenario: paced\n"
    "start: 2026-01-05\n"
    "horizon: 10 w\n"
    "replications: 6\n"
    "models:\n"
    "  f:\n"
    "    funnel: f\n"
    "    entry: a\n"
    "    stages:\n"
    "      a: {wait: 2 d, exits: {b: 1}}\n"
    "      b: {wait: {exponential: {mean: 9 d}}, exits: {won: 0.3, lost: rest}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "streams: {web: {into: f, rate: 4 / d}}\n"
    "paces:\n"
    "  zeal: {cv: 40 %, stages: [f.a]}\n"
    "  calm: {cv: {uncertain: {triangular: {min: 0.1, mode: 0.2, max: 0.3}}}, stages: [f.b]}\n";

static void check_names_paces(void **state) {
  (void)state;
  char out[32768];
  put_text("paced.yaml", paced);
  assert_int_equal(shell(PROGRAM " check paced.yaml", out, sizeof out), 0);
  assert_non_null(strstr(out, "Paces (of waits, week by week; times above are at the mean pace)"));
  /* quantiles 0.1 and 0.9 of a gamma of mean 1 and cv 0.4, 0.5337 and 1.5346 */
  assert_non_null(strstr(out, "zeal: 8 weeks of 10 run at 0.53 to 1.53 times the mean pace"));
  assert_int_equal(shell(PROGRAM " check --levers paced.yaml", out, sizeof out), 0);
  assert_non_null(strstr(out, "paces.zeal.cv = 40 %"));
  assert_int_equal(
      shell(PROGRAM " check --json --set paces.zeal.cv=0.25 paced.yaml", out, sizeof out), 0);
  json_t *all = json_loads(out, 0, NULL);
  assert_non_null(all);
  const json_t *pace = json_array_get(json_object_get(all, "paces"), 0);
  assert_true(json_number_value(json_object_get(pace, "cv")) == 0.25);
  assert_string_equal(json_string_value(json_array_get(json_object_get(pace, "stages"), 0)), "f.a");
  json_decref(all);
}

/* A wait that is always 2 d tells how long it would have been at the mean pace, whatever the week
 * made of it. */
static void trace_tells_what_the_pace_made_of_a_wait(void **state) {
  (void)state;
  char out[8192], command[200];
  put_text("paced.yaml", paced);
  int told = 0, longer = 0;
  for (int lead = 0; lead < 12; lead++) {
    snprintf(command, sizeof command, PROGRAM " trace paced.yaml --replication 3 --lead web/%d",
             lead);
    assert_int_equal(shell(command, out, sizeof out), 0);
    told += strstr(out, "(2 d at the mean pace)") != NULL;
    longer += strstr(out, "f.a: 2 d ") == NULL;
    assert_non_null(strstr(strstr(out, "f.b"), "at the mean pace"));
  }
  assert_int_equal(told, 12);
  assert_true(longer > 6);
}

static void extended_runs_meet_the_weeks_of_longer_ones(void **state) {
  (void)state;
  char out[256];
  put_text("paced.yaml", paced);
  assert_int_equal(quietly(PROGRAM " run paced.yaml -n 8 --threads 2 -o long.h5"), 0);
  assert_int_equal(quietly(PROGRAM " run paced.yaml -n 4 --threads 1 -o short.h5"), 0);
  assert_int_equal(quietly(PROGRAM " run --extend 4 short.h5"), 0);
  assert_int_equal(shell(PROGRAM " summary --csv long.h5 > long.csv && " PROGRAM
                                 " summary --csv short.h5 > short.csv && cmp long.csv short.csv",
                         out, sizeof out),
                   0);
}

static void without_simulation_there_is_no_answer(void **state) {
  (void)state;
  char out[4096];
  put_text("paced.yaml", paced);
  assert_int_equal(shell(PROGRAM " run --engine exact paced.yaml 2>&1", out, sizeof out), 2);
  assert_non_null(strstr(out, "no exact answer: pace zeal"));
  assert_int_equal(
      quietly(PROGRAM " run --engine exact --set paces.zeal.cv=0 --set paces.calm.cv=0 paced.yaml"),
      0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(check_names_paces),
      cmocka_unit_test(trace_tells_what_the_pace_made_of_a_wait),
      cmocka_unit_test(extended_runs_meet_the_weeks_of_longer_ones),
      cmocka_unit_test(without_simulation_there_is_no_answer),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
