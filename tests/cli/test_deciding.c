/* `compare` and `sensitivity` as a planner runs them: the built program on shipped scenarios. */
#include <jansson.h>
#include <math.h>

#include "shell.h"

#define BEFORE FSIM_SOURCE_DIR "/scenarios/rollout-before.yaml"
#define AFTER FSIM_SOURCE_DIR "/scenarios/rollout-after.yaml"
#define TEAM FSIM_SOURCE_DIR "/scenarios/sales-team.yaml"

static json_t *json_of(const char *command) {
  static char out[1 << 21];
  assert_int_equal(shell(command, out, sizeof out), 0);
  json_error_t error;
  json_t *root = json_loads(out, 0, &error);
  if (root == NULL) fail_msg("%s: line %d: %s", command, error.line, error.text);
  return root;
}

static void assert_narrow(const char *text) {
  size_t columns = 0;
  for (const char *c = text; *c != '\0'; c++) {
    if (*c == '\n')
      columns = 0;
    else if (((unsigned char)*c & 0xC0) != 0x80 && ++columns > 80)
      fail_msg("wider than 80 columns before: %.40s", c);
    if ((unsigned char)*c == 0xE2 && strncmp(c, "…", 3) == 0) fail_msg("something is cut with …");
  }
}

/* The same numbers whether plans are simulated at once or read from result files. */
static void files_say_what_scenarios_say(void **state) {
  (void)state;
  char out[4096];
  assert_int_equal(
      shell(PROGRAM " run " BEFORE " -n 20 -o a.h5 -q --no-summary --trajectories none "
                    "&& " PROGRAM " run " AFTER
                    " -n 20 -o b.h5 -q --no-summary --trajectories none "
                    "2>/dev/null",
            out, sizeof out),
      0);
  json_t *files = json_of(PROGRAM " compare a.h5 b.h5 --json");
  json_t *scenarios = json_of(PROGRAM " compare " BEFORE " " AFTER " -n 20 --json 2>/dev/null");
  json_t *left = json_object_get(files, "differences");
  json_t *right = json_object_get(scenarios, "differences");
  assert_true(json_array_size(left) > 5);
  for (size_t i = 0; i < json_array_size(left); i++) { /* files are named as files */
    json_t *of_file = json_array_get(left, i), *of_scenario = json_array_get(right, i);
    assert_string_equal(json_string_value(json_object_get(of_file, "variant")), "b.h5");
    assert_int_equal(json_object_del(of_file, "variant"), 0);
    assert_int_equal(json_object_del(of_scenario, "variant"), 0);
  }
  assert_true(json_equal(left, right));
  json_decref(files);
  json_decref(scenarios);
  static char text[1 << 16];
  assert_int_equal(
      shell("cp a.h5 as-a.h5 && " PROGRAM " compare a.h5 as-a.h5 b.h5 | tr -s ' \\n' ' '", text,
            sizeof text),
      0);
  assert_non_null(strstr(text, "base: a.h5; variant: as-a.h5"));
  assert_non_null(strstr(text, "base: a.h5; variant: b.h5"));
}

/* Inputs of both kinds, as text and as JSON; chance has its line. */
static void global_sensitivity(void **state) {
  (void)state;
  static char out[1 << 16];
  const char *command =
      PROGRAM " sensitivity --global " FSIM_SOURCE_DIR
              "/scenarios/sales-team-uncertain.yaml --vary teams.ae.size=2..6 --base 64 -q";
  assert_int_equal(shell(command, out, sizeof out), 0);
  assert_narrow(out);
  assert_non_null(strstr(out, "Chance that no lever explains"));
  /* 64 rows tell no share to ten points. */
  assert_non_null(strstr(out, "These intervals are wide: "));
  assert_non_null(strstr(out, "--base "));
  char with_json[1024];
  snprintf(with_json, sizeof with_json, "%s --json -m desk.won", command);
  json_t *root = json_of(with_json);
  assert_int_equal(json_array_size(json_object_get(root, "inputs")), 4);
  const json_t *first = json_array_get(json_object_get(root, "inputs"), 0);
  assert_string_equal(json_string_value(json_object_get(first, "range")), "2 to 6");
  const json_t *metric = json_array_get(json_object_get(root, "metrics"), 0);
  assert_int_equal(json_array_size(json_object_get(metric, "indices")), 4);
  double share =
      json_number_value(json_object_get(json_object_get(metric, "chance_share"), "mean"));
  assert_true(share > 0 && share < 1);
  json_decref(root);
}

static void screening(void **state) {
  (void)state;
  static char out[1 << 16];
  const char *command = PROGRAM " sensitivity --morris " TEAM " --base 4 -q";
  assert_int_equal(shell(command, out, sizeof out), 0);
  assert_narrow(out);
  assert_non_null(strstr(out, "13 inputs screened by 4 trajectories"));
  /* By the estimate, without chance, a size below 0: shown as 0, its interval from 0 on. */
  static char sizes[1 << 14];
  assert_int_equal(
      shell(PROGRAM " sensitivity --morris " TEAM " --base 4 -q | tr -s ' '", sizes, sizeof sizes),
      0);
  assert_non_null(strstr(sizes, " 0 0 to "));
  assert_null(strstr(sizes, " -0 "));
  assert_non_null(strstr(out, "where chance turns signs"));
  json_t *root = json_of(PROGRAM " sensitivity --morris " TEAM
                                 " --base 4 -q --json -m desk.won "
                                 "-m teams.ae.utilisation -l 'teams.*.size'");
  assert_int_equal(json_array_size(json_object_get(root, "effects")), 4);
  json_decref(root);
}

static void the_bottleneck_moves(void **state) {
  (void)state;
  static char out[1 << 16];
  const char *command = PROGRAM " sensitivity " TEAM " --next 1 -n 10 -q -l 'teams.*'";
  assert_int_equal(shell(command, out, sizeof out), 0);
  assert_narrow(out);
  assert_non_null(strstr(out, "teams.ae.size"));
  json_t *root = json_of(PROGRAM " sensitivity " TEAM " --next 1 -n 10 -q -l 'teams.*' --json");
  const json_t *rounds = json_object_get(root, "bottlenecks");
  assert_true(json_array_size(rounds) >= 1);
  assert_true(json_is_true(json_object_get(json_array_get(rounds, 0), "taken")));
  json_decref(root);
}

static void options_of_other_analyses_are_refused(void **state) {
  (void)state;
  static const char *const wrong[] = {"--base 64",         "--vary teams.ae.size=1..2",
                                      "--global --morris", "--global --step time=x0.8",
                                      "--morris -n 20",    "--next 2 --global",
                                      "--global --base 32"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    char command[512], out[4096];
    snprintf(command, sizeof command, PROGRAM " sensitivity " TEAM " -q %s 2>&1", wrong[i]);
    assert_int_equal(shell(command, out, sizeof out), 2);
    assert_non_null(strstr(out, "go"));
  }
}

/* A pilot alone: nobody against everybody, and the weeks of a real test, whatever the threads. */
static void a_pilot_is_an_ab_test(void **state) {
  (void)state;
  static char out[1 << 16];
  const char *pilot = PROGRAM " compare " FSIM_SOURCE_DIR "/scenarios/rollout-pilot.yaml -n 20 -q";
  char command[512];
  assert_int_equal(shell(pilot, out, sizeof out), 0);
  assert_narrow(out);
  assert_non_null(strstr(out, "rollout-pilot as an A/B test"));
  assert_non_null(strstr(out, "Side effects of with it for all leads:"));
  json_t *root[2];
  for (int i = 0; i < 2; i++) {
    snprintf(command, sizeof command, "%s --json -t %d 2>/dev/null", pilot, 1 + 2 * i);
    root[i] = json_of(command);
  }
  assert_true(json_equal(root[0], root[1]));
  const json_t *tests = json_object_get(root[0], "ab_tests");
  assert_int_equal(json_array_size(tests), 1);
  const json_t *curve = json_object_get(json_array_get(tests, 0), "curve");
  assert_true(json_array_size(curve) >= 31); /* June to the end of the year, or longer */
  json_t *differences = json_object_get(root[0], "differences");
  assert_string_equal(json_string_value(json_object_get(json_array_get(differences, 0), "verdict")),
                      "better");
  for (int i = 0; i < 2; i++) json_decref(root[i]);
  snprintf(command, sizeof command,
           PROGRAM " compare " BEFORE " " FSIM_SOURCE_DIR
                   "/scenarios/rollout-pilot.yaml -n 4 -q --json 2>/dev/null");
  root[0] = json_of(command);
  assert_int_equal(json_array_size(json_object_get(root[0], "ab_tests")), 1);
  json_decref(root[0]);
}

static void other_seeds_are_told(void **state) {
  (void)state;
  static char out[1 << 16];
  assert_int_equal(
      shell(PROGRAM " run " BEFORE " -n 20 --seed 4 -o c.h5 -q --no-summary --trajectories none",
            out, sizeof out),
      0);
  assert_int_equal(shell(PROGRAM " compare " BEFORE " c.h5 -n 20", out, sizeof out), 0);
  assert_non_null(strstr(out, "another seed"));
  assert_non_null(strstr(out, "not paired"));
  assert_narrow(out);
}

static void text_is_narrow_and_whole(void **state) {
  (void)state;
  static char out[1 << 16];
  assert_int_equal(
      shell(PROGRAM " compare " TEAM " --set teams.ae.size=+1 -n 20 -q", out, sizeof out), 0);
  assert_narrow(out);
  assert_non_null(strstr(out, "Pairing"));
  assert_non_null(strstr(out, " pp "));
  assert_non_null(strstr(out, "are of what ended"));
  assert_int_equal(shell(PROGRAM " compare " TEAM " --set teams.ae.size=-1 -n 20 -q | tr -s ' "
                                 "\\n' ' '",
                         out, sizeof out),
                   0);
  assert_non_null(strstr(out, " pp); pp: percentage points."));
  assert_int_equal(shell(PROGRAM " compare " TEAM " --set teams.ae.size=+1 -n 20 -q -m desk.won",
                         out, sizeof out),
                   0);
  assert_null(strstr(out, "pp"));
  assert_null(strstr(out, "are of what ended"));
  assert_int_equal(shell(PROGRAM " sensitivity " TEAM " -n 20 -q", out, sizeof out), 0);
  assert_narrow(out);
  assert_non_null(strstr(out, "Bottleneck: teams.ae.size"));
  assert_non_null(strstr(out, "\nElasticity: % of value per % of the lever\n"));
  assert_non_null(strstr(out, "elasticity"));
  assert_non_null(strstr(out, "1 % either way\n"));
}

/* Until the change is known well enough, at one of the looks. */
/* A file cannot grow: without a word it used to be looked at until the end of all looks. */
static void files_cannot_be_settled(void **state) {
  (void)state;
  static char out[1 << 14];
  assert_int_equal(quietly(PROGRAM " run " BEFORE " -n 4 -o fixed.h5 -q --no-summary"), 0);
  assert_int_equal(shell(PROGRAM " compare " AFTER " fixed.h5 --until 'half_width 1 %' -q 2>&1",
                         out, sizeof out),
                   2);
  assert_non_null(strstr(out, "holds finished results"));
}

static void more_until_it_is_settled(void **state) {
  (void)state;
  json_t *root = json_of(PROGRAM " compare " TEAM
                                 " --set teams.ae.size=+1 -m desk.won --until 'half_width 1 %' "
                                 "--json -q");
  json_t *d = json_array_get(json_object_get(root, "differences"), 0);
  json_t *change = json_object_get(d, "change"), *base = json_object_get(d, "base");
  double half = 0.5 * (json_number_value(json_object_get(change, "high")) -
                       json_number_value(json_object_get(change, "low")));
  assert_true(half <= 0.01 * json_number_value(json_object_get(base, "mean")));
  json_int_t n = json_integer_value(json_object_get(change, "n"));
  assert_true(n >= 30);
  json_decref(root);
}

/* Without teams there is an exact answer before any run, and the simulation agrees with it. */
static void check_answers_exactly(void **state) {
  (void)state;
  static char out[1 << 16];
  assert_int_equal(
      shell(PROGRAM " check " FSIM_SOURCE_DIR "/scenarios/self-service.yaml", out, sizeof out), 0);
  const char *line = strstr(out, "Expected within the horizon, exactly\n  trial: ");
  assert_non_null(line);
  double exact = strtod(strchr(line, ':') + 2, NULL);
  assert_int_equal(quietly(PROGRAM " run " FSIM_SOURCE_DIR
                                   "/scenarios/self-service.yaml -n 40 -o self.h5 -q --no-summary "
                                   "--trajectories none"),
                   0);
  json_t *root = json_of(PROGRAM " summary self.h5 --json --confidence 0.9999");
  json_t *won =
      json_object_get(json_array_get(json_object_get(root, "funnels"), 0), "won_per_week");
  assert_true(exact > json_number_value(json_object_get(won, "low")));
  assert_true(exact < json_number_value(json_object_get(won, "high")));
  json_decref(root);
  assert_int_equal(shell(PROGRAM " check " TEAM, out, sizeof out), 0);
  assert_null(strstr(out, "exactly"));
}

/* What sensitivity finds in a result file stays in it, and summary tells it. */
static void files_keep_their_bottleneck(void **state) {
  (void)state;
  static char out[1 << 16];
  assert_int_equal(
      quietly(PROGRAM " run " TEAM " -n 8 -o keep.h5 -q --no-summary --trajectories 2"), 0);
  json_t *before = json_of(PROGRAM " summary keep.h5 --json");
  assert_int_equal(json_array_size(json_object_get(before, "sensitivity")), 0);
  assert_int_equal(quietly(PROGRAM " sensitivity keep.h5 -n 8 -q -l 'teams.*'"), 0);
  assert_int_equal(quietly(PROGRAM " sensitivity keep.h5 -n 8 -q -l 'teams.*.size'"), 0);
  json_t *after = json_of(PROGRAM " summary keep.h5 --json");
  json_t *list = json_object_get(after, "sensitivity");
  assert_int_equal(json_array_size(list), 2); /* those of the last analysis */
  assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "lever")),
                      "teams.ae.size");
  assert_true(
      json_equal(json_object_get(before, "throughput"), json_object_get(after, "throughput")));
  assert_int_equal(shell(PROGRAM " summary keep.h5", out, sizeof out), 0);
  assert_non_null(strstr(out, "\nBottleneck: teams.ae.size"));
  assert_int_equal(shell(PROGRAM " summary keep.h5 --full", out, sizeof out), 0);
  assert_non_null(strstr(out, "\nSensitivity: "));
  assert_narrow(out);
  assert_int_equal(quietly(PROGRAM " summary --from-trajectories keep.h5"), 0);
  assert_int_equal(quietly("test ! -e keep.h5.changing"), 0);
  json_decref(before);
  json_decref(after);
}

/* Global ones stand beside those of steps, and neither takes the other's place. */
static void files_keep_their_global_sensitivity(void **state) {
  (void)state;
  static char out[1 << 16];
  const char *global = " --global --base 64 -q --vary teams.ae.size=2..5 --vary streams.web.rate";
  char command[512];
  assert_int_equal(quietly(PROGRAM " run " TEAM " -n 8 -o keep2.h5 -q --no-summary"), 0);
  assert_int_equal(quietly(PROGRAM " sensitivity keep2.h5 -n 8 -q -l 'teams.*.size'"), 0);
  for (int twice = 0; twice < 2; twice++) {
    snprintf(command, sizeof command, PROGRAM " sensitivity keep2.h5%s", global);
    assert_int_equal(quietly(command), 0);
  }
  json_t *after = json_of(PROGRAM " summary keep2.h5 --json");
  assert_int_equal(json_array_size(json_object_get(after, "sensitivity")), 2);
  json_t *list = json_object_get(after, "global_sensitivity");
  assert_int_equal(json_array_size(list), 2);
  snprintf(command, sizeof command, PROGRAM " sensitivity keep2.h5%s --json", global);
  json_t *told = json_of(command);
  json_t *indices = json_object_get(json_array_get(json_object_get(told, "metrics"), 0), "indices");
  size_t same = 0;
  for (size_t i = 0; i < 4; i++) {
    const json_t *kept = json_array_get(list, i / 2), *said = json_array_get(indices, i % 2);
    if (!json_equal(json_object_get(said, "input"), json_object_get(kept, "input"))) continue;
    double one = json_number_value(json_object_get(json_object_get(said, "total"), "mean"));
    double other = json_number_value(json_object_get(json_object_get(kept, "total"), "mean"));
    assert_true(fabs(one - other) < 1e-9);
    same++;
  }
  assert_int_equal(same, 2);
  assert_int_equal(shell(PROGRAM " summary keep2.h5 --full", out, sizeof out), 0);
  assert_non_null(strstr(out, "\nWhere the spread of value comes from"));
  assert_narrow(out);
  json_decref(after);
  json_decref(told);
}

/* Threads change nothing. */
static void threads_do_not_matter(void **state) {
  (void)state;
  json_t *one = json_of(PROGRAM " sensitivity " TEAM " -n 10 -l 'teams.*' --json -q -t 1");
  json_t *three = json_of(PROGRAM " sensitivity " TEAM " -n 10 -l 'teams.*' --json -q -t 3");
  assert_true(json_equal(one, three));
  assert_int_equal(json_array_size(json_object_get(one, "relief")) > 0, 1);
  json_decref(one);
  json_decref(three);
}

/* A plan that fails does not stop the others; what is finished stays, what is missing is made
 * again, to the same numbers. */
static void batches_survive_a_bad_plan_and_a_stop(void **state) {
  (void)state;
  static char first[1 << 16], again[1 << 16], out[1 << 16];
  const char *batch =
      PROGRAM " batch " TEAM
              " --grid teams.ae.size=3,4 --grid "
              "desk.stages.proposal.exits.won=0.35,1.35 -n 6 -q -o night -m desk.won";
  assert_int_equal(shell(batch, out, sizeof out), 1);
  assert_non_null(strstr(out, "2 of 4 plans done"));
  assert_non_null(strstr(out, "failed: teams.ae.size=3, desk.stages.proposal.exits.won=1.35"));
  assert_narrow(out);
  assert_int_equal(shell("cat night/index.csv", first, sizeof first), 0);
  assert_int_equal(quietly("test -s night/index.h5 && test -s night/sales-team-0001.h5"), 0);
  assert_int_equal(quietly("cp night/sales-team-0003.h5 kept.h5 && rm night/sales-team-0001.h5"),
                   0);
  char resume[1024];
  snprintf(resume, sizeof resume, "%s --resume", batch);
  assert_int_equal(shell(resume, out, sizeof out), 1);
  assert_int_equal(shell("cat night/index.csv", again, sizeof again), 0);
  assert_string_equal(first, again);
  assert_int_equal(quietly("cmp kept.h5 night/sales-team-0003.h5"), 0);
  assert_int_equal(
      shell(PROGRAM " batch " TEAM " --sample lhs:4 streams.web.rate=x0.8..x1.2 -n 6 -q "
                    "-o sample",
            out, sizeof out),
      0);
  assert_non_null(strstr(out, "4 of 4 plans done"));
  assert_non_null(strstr(out, "streams.web.rate from x0.8 to x1.2"));
  assert_narrow(out);
}

/* Killed outright, a batch takes its runs with it, so that --resume finds their files at rest; the
 * results are those of a batch that was not. */
static void a_killed_batch_is_resumed(void **state) {
  (void)state;
  static char whole[1 << 14], again[1 << 14], out[1 << 14];
  const char *batch =
      PROGRAM " batch " TEAM " --grid teams.ae.size=3,4,5 -n 400 -q -t 2 -m desk.won -o killed";
  char command[1024];
  snprintf(command, sizeof command,
           "%s >/dev/null && grep -v '^#' killed/index.csv && rm -r killed", batch);
  assert_int_equal(shell(command, whole, sizeof whole), 0);
  /* As soon as a run has begun its file. */
  snprintf(
      command, sizeof command,
      "%s >/dev/null 2>&1 & pid=$!; while ! ls killed/*.partial >/dev/null 2>&1; do sleep 0.02; "
      "done; kill -9 $pid; wait $pid 2>/dev/null; true",
      batch);
  assert_int_equal(quietly(command), 0);
  snprintf(command, sizeof command, "%s --resume", batch);
  assert_int_equal(shell(command, out, sizeof out), 0);
  assert_non_null(strstr(out, "3 of 3 plans done"));
  assert_int_equal(shell("cat killed/index.csv", again, sizeof again), 0);
  assert_string_equal(whole, again);
}

/* Finished plans of another grid, scenario or size have the names of this batch's: they are
 * refused, or run again with --force. */
static void resuming_refuses_results_of_other_plans(void **state) {
  (void)state;
  static char out[1 << 14], first[1 << 14], again[1 << 14];
  const char *batch = PROGRAM " batch " TEAM " -q -o other -m desk.won ";
  const char *differ[] = {"--grid teams.ae.size=6,9 -n 4", "--grid teams.ae.size=2,3 -n 6",
                          "--grid teams.ae.size=2,3 -n 4 --set streams.web.rate=x2",
                          "--grid teams.ae.size=2,3 -n 4 --trajectories 1"};
  char command[1024];
  snprintf(command, sizeof command, "%s --grid teams.ae.size=2,3 -n 4", batch);
  assert_int_equal(shell(command, first, sizeof first), 0);
  for (size_t i = 0; i < sizeof differ / sizeof *differ; i++) {
    snprintf(command, sizeof command, "%s %s --resume 2>&1 | tr -s ' \n' ' '", batch, differ[i]);
    shell(command, out, sizeof out);
    assert_non_null(strstr(out, "other/sales-team-0001.h5"));
    assert_non_null(strstr(out, "--resume --force"));
    snprintf(command, sizeof command, "%s %s --resume >/dev/null 2>&1", batch, differ[i]);
    assert_int_equal(shell(command, out, sizeof out), 2);
  }
  snprintf(command, sizeof command, "%s --grid teams.ae.size=2,3 -n 4 --resume", batch);
  assert_int_equal(shell(command, again, sizeof again), 0);
  assert_string_equal(first, again);
  snprintf(command, sizeof command, "%s %s --resume --force", batch, differ[0]);
  assert_int_equal(shell(command, out, sizeof out), 0);
  assert_int_equal(quietly("grep -q ',9,' other/index.csv"), 0);
  assert_int_equal(
      shell(PROGRAM " run " TEAM " --set teams.ae.size=9 -n 4 -q -o nine.h5", out, sizeof out), 0);
  assert_int_equal(shell(PROGRAM " compare nine.h5 other/sales-team-0002.h5 -q", out, sizeof out),
                   0);
  assert_non_null(strstr(out, "is the same in every one of the 4 replications"));
}

/* The plan of the five funnels has its classical table, campaigns and all. */
static void plans_go_back_from_a_target(void **state) {
  (void)state;
  static char out[1 << 16];
  const char *plan = PROGRAM " plan " FSIM_SOURCE_DIR
                             "/scenarios/five-funnels.yaml --target 'basic.won >= 6 / month' "
                             "--confidence '70 %' --interval 90% -n 4 -q";
  assert_int_equal(shell(plan, out, sizeof out), 0);
  assert_narrow(out);
  assert_non_null(strstr(out, "with a probability of at least 70 %"));
  assert_non_null(strstr(out, "The classical plan, from the target back"));
  assert_non_null(strstr(out, "marketing.awareness"));
  assert_non_null(strstr(out, "How many by a date"));
  char command[512];
  snprintf(command, sizeof command, "%s --json", plan);
  json_t *root = json_of(command);
  assert_true(fabs(json_number_value(json_object_get(root, "probability")) - 0.7) < 1e-12);
  assert_true(fabs(json_number_value(json_object_get(root, "confidence")) - 0.9) < 1e-12);
  assert_true(json_is_null(json_object_get(json_object_get(root, "classical"), "refused")));
  json_decref(root);
}

/* Callers are idle already: no more of them win more. More leads would. */
static void out_of_reach_says_whether_more_would_help(void **state) {
  (void)state;
  static char out[1 << 16];
  const char *plan = PROGRAM " plan " TEAM " --target 'desk.won >= 60 / month' -n 4 -q --vary ";
  char command[512];
  snprintf(command, sizeof command, "%s teams.sdr.size | tr -s ' \\n' ' '", plan);
  assert_int_equal(shell(command, out, sizeof out), 0);
  assert_non_null(strstr(out, "More of this lever no longer helps"));
  assert_null(strstr(out, "Widen the bounds"));
  /* Two people cannot close what eight callers bring. */
  assert_non_null(strstr(out, "with teams.sdr.size = "));
  assert_non_null(strstr(out, "Team ae is the busiest there, at work "));
  snprintf(command, sizeof command, "%s streams.web.rate=x0.5..x0.8 | tr -s ' \\n' ' '", plan);
  assert_int_equal(shell(command, out, sizeof out), 0);
  assert_non_null(strstr(out, "Widen the bounds"));
  assert_null(strstr(out, "no longer helps"));
}

static void mistakes_name_the_remedy(void **state) {
  (void)state;
  static const struct {
    const char *arguments, *said;
  } wrong[] = {
      {"compare " BEFORE, "--set"},
      {"compare " BEFORE " " AFTER " --set seed=3", "--set"},
      {"compare " BEFORE " " AFTER " -m basic.wno", "did you mean won?"},
      {"compare " BEFORE " " AFTER " -m basic.won[huge]", "segment"},
      {"compare " BEFORE " " AFTER " --until often", "half_width"},
      {"compare " BEFORE " nowhere.yaml", "nowhere.yaml"},
      {"compare " BEFORE " " AFTER " --best won -n 50", "--replications has no effect"},
      {"compare " BEFORE " " AFTER " --best won -m value", "--metric has no effect"},
      {"compare " BEFORE " " AFTER " --delta 2%", "--best"},
      {"sensitivity " TEAM " -l 'teams.nobody.*'", "check --levers"},
      {"sensitivity " TEAM " --step faster", "expected KIND=STEP"},
      {"batch " TEAM, "-o FOLDER"},
      {"batch " TEAM " -o b --sample 9 streams.web.rate=x1..x2", "lhs:N"},
      {"batch " TEAM " -o b streams.web.rate=x1..x2", "lhs:N"},
      {"plan " TEAM " --vary teams.ae.size", "--target"},
      {"plan " TEAM " --target 'desk.won >= 28'", "add '/ w', '/ month'"},
      {"plan " TEAM " --target 'value >= 28 %'", "add '/ w', '/ month'"},
      {"plan " TEAM " --target 'desk.cycle_days <= 20 / month'", "is nothing per time"},
      {"plan " TEAM " --target 'desk.conversion >= 8'", "write 'desk.conversion >= 8 %'"},
      {"plan " TEAM " --target 'desk.conversion >= 120 %'", "of which 100 % is the most"},
      {"plan " TEAM " --target 'desk.cycle_days <= 20 %'", "is no share: leave out the %"},
      {"plan " TEAM " --target 'desk.won >= 20 / month' --confidence 120%",
       "--confidence 120%: needs a share"},
  };
  static char out[1 << 14];
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    char command[1024];
    snprintf(command, sizeof command, PROGRAM " %s -q 2>&1 >/dev/null | tr -s ' \\n' ' '",
             wrong[i].arguments);
    shell(command, out, sizeof out);
    if (strstr(out, wrong[i].said) == NULL) fail_msg("%s: said %s", wrong[i].arguments, out);
    snprintf(command, sizeof command, PROGRAM " %s -q >/dev/null 2>&1", wrong[i].arguments);
    if (shell(command, out, sizeof out) != 2) fail_msg("%s: not status 2", wrong[i].arguments);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(files_say_what_scenarios_say),
      cmocka_unit_test(out_of_reach_says_whether_more_would_help),
      cmocka_unit_test(global_sensitivity),
      cmocka_unit_test(screening),
      cmocka_unit_test(the_bottleneck_moves),
      cmocka_unit_test(options_of_other_analyses_are_refused),
      cmocka_unit_test(a_pilot_is_an_ab_test),
      cmocka_unit_test(other_seeds_are_told),
      cmocka_unit_test(text_is_narrow_and_whole),
      cmocka_unit_test(more_until_it_is_settled),
      cmocka_unit_test(files_cannot_be_settled),
      cmocka_unit_test(check_answers_exactly),
      cmocka_unit_test(files_keep_their_bottleneck),
      cmocka_unit_test(files_keep_their_global_sensitivity),
      cmocka_unit_test(batches_survive_a_bad_plan_and_a_stop),
      cmocka_unit_test(a_killed_batch_is_resumed),
      cmocka_unit_test(resuming_refuses_results_of_other_plans),
      cmocka_unit_test(threads_do_not_matter),
      cmocka_unit_test(plans_go_back_from_a_target),
      cmocka_unit_test(mistakes_name_the_remedy),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
