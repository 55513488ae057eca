/* `set` and --set: what is replaced, what changes by how much, who gives way. */
/* cmocka.h wants the others before it. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/quantity.h"
#include "sim/model/source_tree.h"

static const char scenario[] =
    "scenario: s\n"
    "title: Today\n"
    "models:\n"
    "  basic:\n"
    "    funnel: basic\n"
    "    stages:\n"
    "      qualified:\n"
    "        wait: {exponential: {mean: 3 d}}\n"
    "        exits: {proposal: 0.55, lost: rest}\n"
    "      proposal:\n"
    "        wait: {lognormal: {mean: 6 d, cv: 1}, shift: 1 d, truncate: {max: 40 d}}\n"
    "        expire: {after: 45 d, to: lost}\n"
    "        exits: {negotiation: 0.52, qualified: 0.05, lost: rest}\n"
    "      negotiation:\n"
    "        wait: 4 d\n"
    "        exits: {won: {probability: 0.6, wait: 1 d}, later: 0.1, lost: 0.3}\n"
    "      race:\n"
    "        race: true\n"
    "        exits: {won: {wait: 1 d}, lost: {wait: 2 d}}\n"
    "      sure:\n"
    "        exits: {won: 1, lost: 0}\n"
    "      unsure:\n"
    "        exits: {won: {uncertain: {beta: {mean: 0.5, cv: 0.1}}}, lost: rest}\n"
    "    value: {lognormal: {mean: 12000, cv: 1}, scale: 0.5}\n"
    "    overrides:\n"
    "      - when: {segment: big}\n"
    "        stages: {qualified: {exits: {proposal: 0.6}, wait: {scale: 2}}}\n"
    "streams:\n"
    "  web: {into: basic, rate: 60 / d, weekday: [1, 1, 1, 1, 1, 0, 0], cost: 35}\n"
    "teams: {sdr: {size: 4, cost: 38 / h}}\n"
    "links:\n"
    "  - {from: basic.won, to: basic, probability: 80 %, after: 90 d}\n";

typedef struct world {
  fsim_arena *arena;
  fsim_report *report;
  fsim_node *root;
} world;

static int open_world(void **state) {
  static world w;
  w = (world){.arena = fsim_arena_new(), .report = fsim_report_new()};
  *state = &w;
  return fsim_yaml_parse("s.yaml", scenario, strlen(scenario), w.arena, w.report, &w.root);
}

static int close_world(void **state) {
  world *w = *state;
  fsim_arena_free(w->arena);
  fsim_report_free(w->report);
  return 0;
}

static int set(world *w, const char *sets) {
  fsim_node *map;
  assert_int_equal(fsim_yaml_parse("set.yaml", sets, strlen(sets), w->arena, w->report, &map),
                   FSIM_OK);
  return fsim_set_apply(w->arena, w->root, map, w->report, w->report);
}

static void accepted(world *w, const char *sets) {
  if (set(w, sets) != FSIM_OK) fail_msg("%s: %s", sets, fsim_report_message(w->report, 0)->text);
}

static size_t n_messages(const world *w) {
  return fsim_report_count(w->report, FSIM_ERROR) + fsim_report_count(w->report, FSIM_NOTE);
}

static void refused(world *w, const char *sets, const char *words) {
  size_t before = n_messages(w);
  assert_int_equal(set(w, sets), FSIM_BAD_INPUT);
  const fsim_message *message = fsim_report_message(w->report, before);
  assert_int_equal(message->severity, FSIM_ERROR);
  if (!strstr(message->text, words)) fail_msg("%s: '%s' lacks '%s'", sets, message->text, words);
  assert_string_equal(message->file, "set.yaml");
}

static const fsim_node *at(world *w, const char *path) {
  fsim_found found;
  assert_int_equal(fsim_path_find(w->arena, w->root, path, FSIM_NOWHERE, w->report, &found),
                   FSIM_OK);
  assert_non_null(found.node);
  return found.node;
}

/* What stands at a path, on one line. */
static void stands(world *w, const char *path, const char *expected) {
  fsim_text text = {0};
  fsim_dump_flow(at(w, path), &text);
  assert_string_equal(text.text, expected);
  free(text.text);
}

static void is_near(world *w, const char *path, double expected) {
  double value = fsim_amount_read(at(w, path)->text).value;
  if (!(fabs(value - expected) <= 1e-15)) fail_msg("%s is %.17g", path, value);
}

static void replaces_numbers_maps_and_lists(void **state) {
  accepted(*state, "teams.sdr.size: 6");
  stands(*state, "teams.sdr.size", "6");
  accepted(*state, "basic.stages.qualified.wait: {gamma: {mean: 2 d, cv: 0.5}}");
  stands(*state, "basic.stages.qualified.wait", "{gamma: {mean: 2 d, cv: 0.5}}");
  accepted(*state, "streams.web.weekday: [2, 1]");
  stands(*state, "streams.web.weekday", "[2, 1]");
  accepted(*state, "title: x-ray from lost");
  stands(*state, "title", "x-ray from lost");
  accepted(*state, "streams.web.rate: {uncertain: {gamma: {mean: 60 / d, cv: 0.1}}}");
  stands(*state, "streams.web.rate", "{uncertain: {gamma: {mean: 60 / d, cv: 0.1}}}");
}

static void keeps_the_place_of_what_was_set(void **state) {
  accepted(*state, "basic.stages.qualified.wait: 3 d\nteams.sdr.size: 6");
  assert_string_equal(at(*state, "teams.sdr.size")->place.file, "set.yaml");
  assert_int_equal(at(*state, "teams.sdr.size")->place.line, 2);
  assert_int_equal(at(*state, "teams.sdr.size")->place.column, 17);
  assert_string_equal(at(*state, "teams.sdr.size")->key, "size");
  assert_string_equal(at(*state, "teams.sdr.size")->parent->key, "sdr");
}

static void adds_keys_that_may_stand_there(void **state) {
  accepted(*state, "warm_up: 8 w\nteams.sdr.limit: 20");
  stands(*state, "warm_up", "8 w");
  stands(*state, "teams.sdr.limit", "20");
  refused(*state, "teams.sdr.concurrency: x2", "has nothing to change");
}

static void changes_numbers_relatively(void **state) {
  accepted(*state,
           "teams.sdr.size: +1\n"
           "streams.web.rate: x0.8\n"
           "streams.web.cost: -10 %\n"
           "teams.sdr.cost: +2 / h\n"
           "basic.stages.proposal.expire.after: +3 d\n"
           "links.0.probability: -3 pp\n"
           "links.0.after: -2 w\n"
           "streams.web.weekday.0: +25 %\n");
  stands(*state, "teams.sdr.size", "5");
  stands(*state, "streams.web.rate", "48 / d");
  stands(*state, "streams.web.cost", "31.5");
  is_near(*state, "teams.sdr.cost", 40 / 3600.0);
  stands(*state, "basic.stages.proposal.expire.after", "48 d");
  is_near(*state, "links.0.probability", 0.77);
  stands(*state, "links.0.after", "76 d");
  stands(*state, "streams.web.weekday.0", "1.25");
  accepted(*state, "teams.sdr.size: -2\nbasic.stages.negotiation.wait: x0.5");
  stands(*state, "teams.sdr.size", "3");
  stands(*state, "basic.stages.negotiation.wait", "2 d");
}

static void scales_and_shifts_whole_distributions(void **state) {
  accepted(*state, "basic.stages.qualified.wait: x0.8");
  stands(*state, "basic.stages.qualified.wait", "{exponential: {mean: 3 d}, scale: 0.8}");
  accepted(*state, "basic.stages.qualified.wait: +50 %");
  fsim_found found;
  world *w = *state;
  assert_int_equal(fsim_path_find(w->arena, w->root, "basic.stages.qualified.wait.scale",
                                  FSIM_NOWHERE, w->report, &found),
                   FSIM_OK);
  is_near(*state, "basic.stages.qualified.wait.scale", 0.8 * 1.5);
  accepted(*state, "basic.value: x2");
  stands(*state, "basic.value", "{lognormal: {mean: 12000, cv: 1}, scale: 1}");
  /* What bounds or moves the law is scaled with it. */
  accepted(*state, "basic.stages.proposal.wait: x0.5");
  stands(*state, "basic.stages.proposal.wait",
         "{lognormal: {mean: 6 d, cv: 1}, shift: 12 h, truncate: {max: 20 d}, scale: 0.5}");
  accepted(*state, "basic.stages.proposal.wait: +1 d");
  stands(*state, "basic.stages.proposal.wait",
         "{lognormal: {mean: 6 d, cv: 1}, shift: 1.5 d, truncate: {max: 21 d}, scale: 0.5}");
  /* Also where they are uncertain, as fitted waits are. */
  accepted(*state,
           "basic.stages.race.exits.won.wait: {exponential: {mean: 2 d}, scale: "
           "{uncertain: {lognormal: {median: 1, sigma: 0.1}}}}");
  accepted(*state, "basic.stages.race.exits.won.wait: x0.5");
  stands(*state, "basic.stages.race.exits.won.wait.scale",
         "{uncertain: {lognormal: {median: 1, sigma: 0.1}, scale: 0.5}}");
  accepted(*state, "basic.overrides.0.stages.qualified.wait: x1.5");
  stands(*state, "basic.overrides.0.stages.qualified.wait", "{scale: 3}");
  accepted(*state, "basic.stages.proposal.wait.lognormal.mean: x2");
  stands(*state, "basic.stages.proposal.wait.lognormal.mean", "12 d");
  refused(*state, "basic.stages.proposal.wait.lognormal: x2", "a whole map stands there");
  refused(*state, "basic.stages.qualified.wait: x0", "more than 0");
}

static void scales_uncertain_numbers(void **state) {
  accepted(*state, "streams.web.rate: {uncertain: {gamma: {mean: 60 / d, cv: 0.1}}}");
  accepted(*state, "streams.web.rate: x1.2");
  stands(*state, "streams.web.rate", "{uncertain: {gamma: {mean: 60 / d, cv: 0.1}, scale: 1.2}}");
  accepted(*state, "basic.stages.unsure.exits.won: +5 pp");
  stands(*state, "basic.stages.unsure.exits.won",
         "{uncertain: {beta: {mean: 0.5, cv: 0.1}, shift: 0.05}}");
  accepted(*state, "basic.stages.unsure.exits.won: 0.4");
  stands(*state, "basic.stages.unsure.exits", "{won: 0.4, lost: rest}");
}

static void takes_from_the_other_exits_in_proportion(void **state) {
  accepted(*state, "basic.stages.proposal.exits.negotiation: +6 pp");
  is_near(*state, "basic.stages.proposal.exits.negotiation", 0.58);
  is_near(*state, "basic.stages.proposal.exits.qualified", 0.05 * 0.42 / 0.48);
  stands(*state, "basic.stages.proposal.exits.lost", "rest");
  accepted(*state, "basic.stages.negotiation.exits.won: x1.1");
  is_near(*state, "basic.stages.negotiation.exits.won.probability", 0.66);
  is_near(*state, "basic.stages.negotiation.exits.later", 0.1 * 0.34 / 0.4);
  is_near(*state, "basic.stages.negotiation.exits.lost", 0.3 * 0.34 / 0.4);
  stands(*state, "basic.stages.negotiation.exits.won.wait", "1 d");
  accepted(*state, "basic.stages.qualified.exits.proposal: 0.6");
  stands(*state, "basic.stages.qualified.exits", "{proposal: 0.6, lost: rest}");
}

static void an_absolute_value_does_the_same(void **state) {
  accepted(*state, "basic.stages.negotiation.exits.won.probability: 70 %");
  is_near(*state, "basic.stages.negotiation.exits.won.probability", 0.7);
  is_near(*state, "basic.stages.negotiation.exits.later", 0.075);
  is_near(*state, "basic.stages.negotiation.exits.lost", 0.225);
}

static void a_changed_rest_stays_rest(void **state) {
  accepted(*state, "basic.stages.proposal.exits.lost: +5 pp");
  stands(*state, "basic.stages.proposal.exits.lost", "rest");
  is_near(*state, "basic.stages.proposal.exits.negotiation", 0.52 * 0.52 / 0.57);
  is_near(*state, "basic.stages.proposal.exits.qualified", 0.05 * 0.52 / 0.57);
}

static void takes_from_one_named_exit(void **state) {
  accepted(*state, "basic.stages.negotiation.exits.won: +5 pp from lost");
  is_near(*state, "basic.stages.negotiation.exits.won.probability", 0.65);
  stands(*state, "basic.stages.negotiation.exits.later", "0.1");
  is_near(*state, "basic.stages.negotiation.exits.lost", 0.25);
  accepted(*state, "basic.stages.proposal.exits.negotiation: -2 pp from lost");
  is_near(*state, "basic.stages.proposal.exits.negotiation", 0.5);
  stands(*state, "basic.stages.proposal.exits.qualified", "0.05");
  accepted(*state, "basic.stages.proposal.exits.qualified: 0.08 from negotiation");
  is_near(*state, "basic.stages.proposal.exits.negotiation", 0.47);
  refused(*state, "basic.stages.negotiation.exits.won: +5 pp from lots", "did you mean 'lost'");
  refused(*state, "basic.stages.negotiation.exits.won: +26 pp from lost", "takes more from lost");
  refused(*state, "teams.sdr.size: +1 from ae", "goes with the exits of a stage");
}

static void several_exits_of_a_stage_change_together(void **state) {
  world *w = *state;
  accepted(w,
           "basic.stages.negotiation.exits.won: 0.5\n"
           "basic.stages.negotiation.exits.later: +10 pp");
  is_near(w, "basic.stages.negotiation.exits.won.probability", 0.5);
  is_near(w, "basic.stages.negotiation.exits.later", 0.2);
  is_near(w, "basic.stages.negotiation.exits.lost", 0.3);
  refused(w,
          "basic.stages.proposal.exits.negotiation: 0.7\n"
          "basic.stages.proposal.exits.qualified: 0.4",
          "sum to 1.1");
}

static void the_order_of_paths_has_no_meaning(void **state) {
  accepted(*state,
           "basic.stages.qualified.wait.gamma.mean: x2\n"
           "basic.stages.qualified.wait: {gamma: {mean: 2 d, cv: 0.5}}");
  stands(*state, "basic.stages.qualified.wait", "{gamma: {mean: 4 d, cv: 0.5}}");
}

static void says_who_gave_way(void **state) {
  world *w = *state;
  accepted(w, "basic.stages.proposal.exits.negotiation: +6 pp");
  assert_int_equal(fsim_report_count(w->report, FSIM_NOTE), 1);
  const char *text = fsim_report_message(w->report, 0)->text;
  assert_non_null(strstr(text, "negotiation 0.52 -> 0.58"));
  assert_non_null(strstr(text, "qualified 0.05 -> 0.04375"));
  assert_non_null(strstr(text, "lost 0.43 -> 0.3762"));
  assert_non_null(strstr(text, "in proportion"));
}

static void an_override_is_changed_alone(void **state) {
  accepted(*state, "basic.overrides.0.stages.qualified.exits.proposal: +5 pp");
  is_near(*state, "basic.overrides.0.stages.qualified.exits.proposal", 0.65);
  stands(*state, "basic.stages.qualified.exits.proposal", "0.55");
}

static void refuses_what_does_not_fit(void **state) {
  refused(*state, "basic.stages.qualified.exits.proposal: +50 pp", "1.05, from 0.55");
  refused(*state, "basic.stages.qualified.exits.proposal: -60 pp", "expected 0 to 1");
  refused(*state, "basic.stages.qualified.exits.proposal: +3 d", "does not fit a probability");
  refused(*state, "basic.stages.qualified.exits.proposal: often", "expected a probability");
  refused(*state, "basic.stages.sure.exits.won: -10 pp", "all other exits have the probability 0");
  refused(*state, "basic.stages.race.exits.won: +5 pp", "has no probability");
  refused(*state, "streams.web.rate: +3", "give the same unit");
  refused(*state, "streams.web.rate: +3 d", "give the same unit");
  refused(*state, "basic.stages.proposal.expire.after: +5 pp", "give the same unit");
  refused(*state, "title: x2", "changes a number, but 'Today' stands there");
  refused(*state, "teams.sdr.size: x-2", "negative factor");
  refused(*state, "streams.web: x2", "a whole map stands there");
  refused(*state, "teams.sdr.sise: 3", "did you mean 'size'");
}

static void tells_all_mistakes_at_once(void **state) {
  world *w = *state;
  refused(w, "teams.sdr.sise: 3\nstreams.wbe.rate: x2\nstreams.web.rate: +3", "");
  assert_int_equal(fsim_report_count(w->report, FSIM_ERROR), 3);
}

static void amounts_read_back_as_they_were(void **state) {
  world *w = *state;
  double numbers[] = {0.1, 1.0 / 3, 1e-9, 123456789.123, 0.7 * 0.1, 5e17, 259200, 86400.5};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    for (int measure = FSIM_PLAIN; measure <= FSIM_PER_SECOND; measure++) {
      if (measure == FSIM_PERCENT) continue;
      fsim_amount amount = {numbers[i], (fsim_measure)measure};
      fsim_amount back = fsim_amount_read(fsim_amount_write(w->arena, amount));
      assert_int_equal(back.measure, amount.measure);
      assert_memory_equal(&back.value, &amount.value, sizeof back.value);
    }
  assert_string_equal(fsim_amount_write(w->arena, (fsim_amount){259200, FSIM_SECONDS}), "3 d");
  assert_string_equal(fsim_amount_write(w->arena, (fsim_amount){5400, FSIM_SECONDS}), "1.5 h");
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_WORLD(replaces_numbers_maps_and_lists),
      WITH_WORLD(keeps_the_place_of_what_was_set),
      WITH_WORLD(adds_keys_that_may_stand_there),
      WITH_WORLD(changes_numbers_relatively),
      WITH_WORLD(scales_and_shifts_whole_distributions),
      WITH_WORLD(scales_uncertain_numbers),
      WITH_WORLD(takes_from_the_other_exits_in_proportion),
      WITH_WORLD(an_absolute_value_does_the_same),
      WITH_WORLD(a_changed_rest_stays_rest),
      WITH_WORLD(takes_from_one_named_exit),
      WITH_WORLD(several_exits_of_a_stage_change_together),
      WITH_WORLD(the_order_of_paths_has_no_meaning),
      WITH_WORLD(says_who_gave_way),
      WITH_WORLD(an_override_is_changed_alone),
      WITH_WORLD(refuses_what_does_not_fit),
      WITH_WORLD(tells_all_mistakes_at_once),
      WITH_WORLD(amounts_read_back_as_they_were),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
