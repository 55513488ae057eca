/* What only the whole scenario tells, and that all mistakes come at once. */
#include "tests/model/reading.h"

#define HEAD "scenario: test\nstart: 2026-01-05\nhorizon: 4 w\n"
#define STREAM "streams: {web: {into: f, rate: 10 / d}}\n"
#define FUNNEL(stages)                                                                             \
  "models: {f: {funnel: f, entry: a, outcomes: {won: {counts_as: win}, lost: {}}, stages: " stages \
  "}}\n"

static void tells_all_mistakes_at_once(void **state) {
  (void)state;
  const char *const parts[] = {
      "3:10: '4' has no unit",
      "unknown key of a stage, 'wiat': did you mean 'wait'?",
      "the probabilities sum to 0.9 (0.5 + 0.4), not 1: give the missing 0.1",
      "unknown stage or outcome 'wonn': did you mean 'won'?",
      "unknown funnel 'g'",
      "unknown outcome 'losst': did you mean 'lost'?",
  };
  assert_errors("scenario: test\nstart: 2026-01-05\nhorizon: 4\n" FUNNEL(
                    "{a: {wiat: 3 d, exits: {b: 0.5, lost: 0.4}}, b: {exits: {wonn: 1}}}")
                    "streams: {web: {into: g, rate: 10 / d}}\n"
                    "links: [{from: f.losst, to: f, after: 3 d}]\n",
                NULL, parts, 6);
}

static void finds_stages_that_nobody_reaches(void **state) {
  (void)state;
  const char *const parts[] = {"the stage 'b' cannot be reached from 'a'",
                               "the stage 'c' cannot be reached from 'a'"};
  assert_errors(HEAD FUNNEL("{a: {exits: {won: 1}}, b: {exits: {c: 1}}, c: {exits: {lost: 1}}}")
                    STREAM,
                NULL, parts, 2);
}

static void a_rule_or_an_open_deal_reaches_a_stage(void **state) {
  (void)state;
  reading r = read_good(
      HEAD FUNNEL(
          "{a: {wait: 9 d, expire: {after: 3 d, to: b}, exits: {won: 1}}, b: {exits: {lost: "
          "1}}}") STREAM,
      NULL);
  reading_close(&r);
  input_text inputs[] = {{"deals.csv", "stage,entered\nb,2026-01-01\n"}, {NULL, NULL}};
  r = read_good(HEAD FUNNEL("{a: {exits: {won: 1}}, b: {exits: {lost: 1}}}") STREAM
                "pipeline: {file: deals.csv, funnel: f, stage: stage, entered: entered}\n",
                inputs);
  reading_close(&r);
}

static void finds_stages_without_a_way_out(void **state) {
  (void)state;
  const char *const parts[] = {"from the stage 'b' no outcome can be reached",
                               "from the stage 'c' no outcome can be reached"};
  assert_errors(HEAD FUNNEL("{a: {exits: {won: 0.5, b: 0.5}}, b: {exits: {c: 1, lost: 0}}, c: "
                            "{exits: {b: 1}}}") STREAM,
                NULL, parts, 2);
}

static void an_override_can_close_the_way_out(void **state) {
  (void)state;
  const char *const parts[] = {
      "from the stage 'b' no outcome can be reached by segment=y: give it an exit that leads on"};
  assert_errors(
      HEAD
      "attributes: {segment: [x, y]}\n"
      "models: {f: {funnel: f, entry: a, outcomes: {won: {}, lost: {}}, stages: {a: {exits: "
      "{won: 0.5, b: 0.5}}, b: {exits: {b: 0.9, lost: rest}}}, overrides: [{when: {segment: "
      "y}, stages: {b: {exits: {b: 1}}}}]}}\n" STREAM,
      NULL, parts, 1);
}

static void a_bounded_loop_ends(void **state) {
  (void)state;
  reading r =
      read_good(HEAD FUNNEL("{a: {max_visits: {count: 3, to: lost}, exits: {a: 1}}}") STREAM, NULL);
  reading_close(&r);
}

static void links_must_take_time_or_die_out(void **state) {
  (void)state;
  const char *const parts[] = {"links lead in a circle without end"};
  const char *const stages = HEAD FUNNEL("{a: {exits: {won: 0.5, lost: rest}}}") STREAM;
  char yaml[2000];
  snprintf(yaml, sizeof yaml, "%slinks: [{from: f.won, to: f}, {from: f.lost, to: f}]\n", stages);
  assert_errors(yaml, NULL, parts, 1);
  /* two new journeys of every win: as many as before, for ever */
  snprintf(yaml, sizeof yaml, "%slinks: [{from: f.won, to: f}, {from: f.won, to: f}]\n", stages);
  assert_errors(yaml, NULL, parts, 1);
  snprintf(yaml, sizeof yaml, "%slinks: [{from: f.won, to: f}]\n", stages); /* dies out */
  reading r = read_good(yaml, NULL);
  reading_close(&r);
  snprintf(yaml, sizeof yaml,
           "%slinks: [{from: f.won, to: f, after: 1 d}, {from: f.lost, to: f, "
           "after: 1 d}]\n",
           stages);
  r = read_good(yaml, NULL);
  reading_close(&r);
  r = read_good(HEAD FUNNEL("{a: {wait: {exponential: {mean: 1 d}}, exits: {won: 1}}}") STREAM
                "links: [{from: f.won, to: f}]\n",
                NULL);
  reading_close(&r);
}

static void names_must_not_mean_two_things(void **state) {
  (void)state;
  const char *const parts[] = {"a funnel cannot be named 'teams'",
                               "a segment cannot be named 'all'"};
  assert_errors(HEAD
                "attributes: {segment: [all, x]}\n"
                "models: {teams: {funnel: teams, entry: a, outcomes: {won: {}}, stages: {a: "
                "{exits: {won: 1}}}}}\n"
                "streams: {web: {into: teams, rate: 1 / d}}\n",
                NULL, parts, 2);
}

static void values_without_leads_are_only_noted(void **state) {
  (void)state;
  reading r = read_good(
      HEAD
      "models: {f: {funnel: f, entry: a, outcomes: {won: {}}, stages: {a: {exits: {won: 1}}}, "
      "overrides: [{when: {region: north}, value: 5}, {when: {segment: giant}, value: "
      "3}]}}\n" STREAM,
      NULL);
  assert_int_equal(fsim_report_count(r.report, FSIM_NOTE), 2);
  reading_close(&r);
}

static void limits_are_messages(void **state) {
  (void)state;
  const char *const parts[] = {"the attributes have more than 4096 combinations"};
  char yaml[4000] = HEAD "attributes: {";
  for (int a = 0; a < 13; a++) {
    char text[40];
    snprintf(text, sizeof text, "%sa%d: [x, y]", a ? ", " : "", a);
    strcat(yaml, text);
  }
  strcat(yaml, "}\n" FUNNEL("{a: {exits: {won: 1}}}") STREAM);
  assert_errors(yaml, NULL, parts, 1);
}

static void a_hostile_file_makes_a_bounded_report(void **state) {
  (void)state;
  const size_t n = 3000, room = 40 * n;
  char *yaml = malloc(room);
  assert_non_null(yaml);
  size_t used = (size_t)snprintf(
      yaml, room,
      HEAD "models: {f: {funnel: f, entry: a, outcomes: {won: {}}, stages: {a: {exits: {");
  for (size_t i = 0; i < n; i++) used += (size_t)snprintf(yaml + used, room - used, "x%zu: 0, ", i);
  snprintf(yaml + used, room - used, "won: 1}}}}}\n");
  reading r = read_text(yaml, NULL);
  assert_int_equal(r.status, FSIM_BAD_INPUT);
  assert_int_equal(fsim_report_count(r.report, FSIM_ERROR), 200);
  reading_close(&r);
  free(yaml);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tells_all_mistakes_at_once),
      cmocka_unit_test(finds_stages_that_nobody_reaches),
      cmocka_unit_test(a_rule_or_an_open_deal_reaches_a_stage),
      cmocka_unit_test(finds_stages_without_a_way_out),
      cmocka_unit_test(an_override_can_close_the_way_out),
      cmocka_unit_test(a_bounded_loop_ends),
      cmocka_unit_test(links_must_take_time_or_die_out),
      cmocka_unit_test(names_must_not_mean_two_things),
      cmocka_unit_test(values_without_leads_are_only_noted),
      cmocka_unit_test(limits_are_messages),
      cmocka_unit_test(a_hostile_file_makes_a_bounded_report),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
