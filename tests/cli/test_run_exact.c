/* `run --engine exact` and `run --warm-up`, as they are typed. */
#include <jansson.h>
#include <math.h>

#include "shell.h"

static const char plain[] =
    "scenario: plain\n"
    "start: 2026-01-05\n"
    "horizon: 20 w\n"
    "warm_up: 4 w\n"
    "replications: 20\n"
    "models:\n"
    "  f:\n"
    "    funnel: f\n"
    "    entry: a\n"
    "    stages: {a: {wait: {exponential: {mean: 5 d}}, exits: {won: 0.3, lost: rest}}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "streams: {web: {into: f, rate: 4 / d}}\n";

static const char queue[] =
    "scenario: queue\n"
    "start: 2026-01-05\n"
    "horizon: 200 d\n"
    "replications: 20\n"
    "models:\n"
    "  f:\n"
    "    funnel: f\n"
    "    entry: a\n"
    "    stages: {a: {work: {team: t, time: {exponential: {mean: 5 h}}}, exits: {won: 1}}}\n"
    "    outcomes: {won: {counts_as: win}}\n"
    "teams: {t: {size: 1}}\n"
    "streams: {web: {into: f, rate: 3.5 / d}}\n";

static void exact_figures_come_as_text_and_json(void **state) {
  (void)state;
  char out[16384];
  put_text("plain.yaml", plain);
  assert_int_equal(shell(PROGRAM " run --engine exact plain.yaml", out, sizeof out), 0);
  /* 4 a day, 30 % of them won: 8.4 a week once the funnel is full, as nearly by week 4 */
  assert_non_null(strstr(out, "exact expected figures, without simulation"));
  assert_non_null(strstr(out, "8.39"));
  assert_non_null(strstr(out, "f.stages.a.exits.won"));
  assert_int_equal(shell(PROGRAM " run --engine exact --json plain.yaml", out, sizeof out), 0);
  json_t *all = json_loads(out, 0, NULL);
  assert_non_null(all);
  json_t *funnel = json_array_get(json_object_get(all, "funnels"), 0);
  double won = json_number_value(json_object_get(funnel, "won_per_week"));
  assert_true(won > 8.39 && won < 8.41);
  /* two exits, the wait and the stream; a rate moves wins in proportion: 16 weeks of them */
  json_t *derivatives = json_object_get(all, "derivatives");
  assert_int_equal(json_array_size(derivatives), 4);
  json_t *rate = json_object_get(json_array_get(derivatives, 3), "won");
  assert_true(fabs(json_number_value(json_object_get(rate, "f")) - 16 * won) < 1e-3);
  assert_int_equal(json_array_size(json_object_get(all, "weeks")), 2);
  json_decref(all);
  assert_int_equal(shell("ls *.h5 2>/dev/null", out, sizeof out), 2);
}

static void teams_and_options_of_simulations_are_refused(void **state) {
  (void)state;
  char out[4096];
  put_text("plain.yaml", plain);
  put_text("queue.yaml", queue);
  assert_int_equal(shell(PROGRAM " run --engine exact queue.yaml 2>&1", out, sizeof out), 2);
  assert_non_null(strstr(out, "f.a has work of team t"));
  assert_non_null(strstr(out, "leave out --engine"));
  assert_int_equal(shell(PROGRAM " run --engine exact plain.yaml -o x.h5 2>&1", out, sizeof out),
                   2);
  assert_non_null(strstr(out, "leave out --output"));
  assert_int_equal(
      shell(PROGRAM " run --engine exact plain.yaml --warm-up auto 2>&1", out, sizeof out), 2);
  assert_int_equal(shell(PROGRAM " run plain.yaml --json 2>&1", out, sizeof out), 2);
  assert_non_null(strstr(out, "--json goes with --engine exact"));
}

static void a_warm_up_that_was_found_is_told_by_run_and_summary(void **state) {
  (void)state;
  char out[16384];
  put_text("queue.yaml", queue);
  assert_int_equal(
      shell(PROGRAM " run -f queue.yaml --warm-up auto -o q.h5 --no-summary 2>&1", out, sizeof out),
      0);
  assert_non_null(strstr(out, "Warm-up by MSER-5"));
  assert_int_equal(shell(PROGRAM " summary q.h5", out, sizeof out), 0);
  assert_non_null(strstr(out, "Warm-up by MSER-5"));
  assert_int_equal(shell(PROGRAM " run -f queue.yaml --warm-up 3w -o q.h5", out, sizeof out), 0);
  assert_non_null(strstr(out, "after a warm-up of 3\n"));
  assert_null(strstr(out, "MSER"));
}

/* A stage behind the team: what it brings is known, and the summary says by how much that narrows.
 */
static void what_comes_behind_the_last_team_narrows(void **state) {
  (void)state;
  static char out[1 << 20];
  char text[2048];
  const char *exits = strstr(queue, "exits: {won: 1}}}");
  assert_non_null(exits);
  snprintf(text, sizeof text,
           "%.*sexits: {b: 1}}, b: {wait: 3 d, exits: {won: 0.2, lost: rest}}}\n"
           "    outcomes: {won: {counts_as: win}, lost: {}}\n%s",
           (int)(exits - queue), queue, strstr(queue, "teams:"));
  put_text("behind.yaml", text);
  assert_int_equal(quietly(PROGRAM " run -f behind.yaml --trajectories all -o b.h5"), 0);
  assert_int_equal(shell(PROGRAM " summary b.h5", out, sizeof out), 0);
  assert_non_null(strstr(out, "exactly what comes"));
  assert_int_equal(shell(PROGRAM " summary b.h5 --json", out, sizeof out), 0);
  json_t *all = json_loads(out, 0, NULL), *wins = NULL, *one;
  size_t i;
  assert_non_null(all);
  json_array_foreach(json_object_get(all, "narrowed"), i, one) {
    if (strcmp(json_string_value(json_object_get(one, "metric")), "won_per_week") == 0) wins = one;
  }
  assert_non_null(wins);
  /* Of the variance of wins the share 1 - p was chance behind the team: 55 % of the width. */
  assert_true(json_number_value(json_object_get(wins, "narrower_by")) > 0.3);
  json_decref(all);
}

static void a_warm_up_of_overload_is_refused(void **state) {
  (void)state;
  char out[4096];
  put_text("queue.yaml", queue);
  assert_int_equal(
      shell(PROGRAM " run -f queue.yaml --warm-up auto --set 'streams.web.rate=6 / d' -o o.h5 "
                    "2>&1",
            out, sizeof out),
      2);
  assert_non_null(strstr(out, "never settles"));
  assert_int_equal(shell("test -e o.h5", out, sizeof out), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(exact_figures_come_as_text_and_json),
      cmocka_unit_test(teams_and_options_of_simulations_are_refused),
      cmocka_unit_test(a_warm_up_that_was_found_is_told_by_run_and_summary),
      cmocka_unit_test(a_warm_up_of_overload_is_refused),
      cmocka_unit_test(what_comes_behind_the_last_team_narrows),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
