/* What is refused says what to do instead, and what is printed fits its lines. */
#include "shell.h"

static const char model[] =
    "funnel: f\nentry: talk\nstages:\n"
    "  talk:\n    exits:\n"
    "      won: {probability: {uncertain: {beta: {successes: 20, trials: 80}}}, wait: 9 d}\n"
    "      lost: {probability: rest, wait: {exponential: {mean: 12 d}}}\n"
    "outcomes: {won: {counts_as: win}, lost: {}}\nvalue: 100\n";

#define PLAN                                                                       \
  "scenario: p\nmodels: [f]\nstart: 2026-01-05\nhorizon: 12 w\nreplications: 20\n" \
  "streams: {web: {into: f, rate: 3 / d}}\n"

static int set_up(void **state) {
  if (make_folder(state) != 0) return -1;
  put_text("f.yaml", model);
  put_text("p.yaml", PLAN);
  put_text("q.yaml", "extends: p.yaml\nscenario: q\nset: {streams.web.rate: x1.2}\n");
  put_text("wild.yaml",
           PLAN "paces: {weeks: {cv: {uncertain: {lognormal: {median: 1.8, sigma: 1}}}}}\n");
  put_text("calm.yaml", PLAN
           "paces: {weeks: {cv: {uncertain: {lognormal: {median: 1.8, sigma: 1}, truncate: {max: "
           "2}}}}}\n");
  return 0;
}

static char out[1 << 16];

static void says(const char *command, int status, const char *what) {
  char line[1024];
  snprintf(line, sizeof line, "%s 2>&1 | tr -s ' \n' ' '", command);
  char again[1024];
  snprintf(again, sizeof again, "%s >/dev/null 2>&1", command);
  assert_int_equal(shell(again, out, sizeof out), status);
  shell(line, out, sizeof out);
  if (strstr(out, what) == NULL) fail_msg("\"%s\" is missing in\n%s", what, out);
}

static void a_wait_of_exits_is_named(void **state) {
  (void)state;
  says(PROGRAM " check p.yaml --set f.stages.talk.wait=x0.5", 2,
       "given are f.stages.talk.exits.won.wait, f.stages.talk.exits.lost.wait");
}

/* The run would refuse it at that pair of replications. */
static void check_tries_uncertain_numbers(void **state) {
  (void)state;
  says(PROGRAM " check wild.yaml", 2, "expected a number from 0 to 2");
  says(PROGRAM " check calm.yaml", 0, "Uncertain numbers");
}

static void a_plan_says_how_to_vary_what_is_uncertain(void **state) {
  (void)state;
#define LEVER "f.stages.talk.exits.won.probability"
  says(PROGRAM " plan p.yaml --target 'f.won >= 6 / w' --vary " LEVER, 2,
       "a plan moves plain numbers: add --set '" LEVER "=VALUE'");
  says(PROGRAM " plan p.yaml --target 'f.won >= 6 / w' --set " LEVER "=0.25 --vary " LEVER, 0,
       "Enough: " LEVER);
}

static void plans_are_compared_over_one_horizon(void **state) {
  (void)state;
  says(PROGRAM " compare p.yaml q.yaml --horizon 20w", 0, "window of 20 weeks");
  says(PROGRAM " compare p.yaml --horizon 20w --set streams.web.rate=x2", 0, "window of 20 weeks");
  says(PROGRAM " compare p.yaml q.yaml --horizon soon", 2, "horizon");
  says(PROGRAM " compare p.yaml q.yaml", 0, "open_at_end: journeys that began in the window");
}

static void lines_fit_and_end_without_blanks(void **state) {
  (void)state;
  assert_int_equal(quietly(PROGRAM " run p.yaml --trajectories all -o p.h5"), 0);
  says(PROGRAM " trace p.h5 --lead web/0", 0, ", worth 100");
  assert_int_equal(quietly(PROGRAM " trace p.h5 --lead web/0 | grep -q ' $'"), 1);
  assert_int_equal(quietly(PROGRAM " run p.yaml -f -o a-rather-long-name-of-a-file.h5 2>&1 | awk "
                                   "'length($0) > 80' | grep -q ."),
                   1);
  assert_int_equal(
      quietly(PROGRAM " check --levers p.yaml 2>&1 | awk 'length($0) > 80' | grep -q ."), 1);
}

static void export_is_quiet_on_request(void **state) {
  (void)state;
  assert_int_equal(quietly(PROGRAM " run p.yaml -f --trajectories 50% -o half.h5"), 0);
  says(PROGRAM " export half.h5 -o all.csv", 0, "only these are exported");
  assert_int_equal(shell(PROGRAM " export half.h5 -q -o all.csv 2>&1", out, sizeof out), 0);
  assert_string_equal(out, "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_wait_of_exits_is_named),
      cmocka_unit_test(check_tries_uncertain_numbers),
      cmocka_unit_test(a_plan_says_how_to_vary_what_is_uncertain),
      cmocka_unit_test(plans_are_compared_over_one_horizon),
      cmocka_unit_test(lines_fit_and_end_without_blanks),
      cmocka_unit_test(export_is_quiet_on_request),
  };
  return cmocka_run_group_tests_name("hints", tests, set_up, remove_folder);
}
