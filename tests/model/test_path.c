/* Paths: from text to place and back, and what is said about paths that lead nowhere. */
/* cmocka.h wants the others before it. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <stdlib.h>
#include <string.h>

#include "sim/model/source_tree.h"

static const char scenario[] =
    "scenario: s\n"
    "models:\n"
    "  basic:\n"
    "    funnel: basic\n"
    "    stages:\n"
    "      qualified:\n"
    "        wait: {exponential: {mean: 3 d}}\n"
    "        exits: {proposal: 0.55, lost: rest}\n"
    "      proposal:\n"
    "        exits: {won: {probability: 0.4, wait: 1 d}, lost: rest}\n"
    "    overrides:\n"
    "      - when: {segment: enterprise}\n"
    "        stages: {qualified: {exits: {proposal: 0.6}}}\n"
    "  upsell: {funnel: upsell}\n"
    "streams:\n"
    "  web: {into: basic, rate: 60 / d, weekday: [1, 1, 1, 1, 1, 0, 0]}\n"
    "teams: {sdr: {size: 4}}\n"
    "links:\n"
    "  - {from: basic.won, to: upsell, probability: 0.8}\n"
    "  - {from: basic.won, to: upsell, probability: 0.5}\n"
    "  - {from: basic.lost, to: basic, after: 90 d}\n";

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

static fsim_found find(world *w, const char *path) {
  fsim_found found;
  int status = fsim_path_find(w->arena, w->root, path, FSIM_NOWHERE, w->report, &found);
  if (status != FSIM_OK) fail_msg("%s: %s", path, fsim_report_message(w->report, 0)->text);
  return found;
}

static void assert_leads_to(world *w, const char *path, const char *text) {
  fsim_found found = find(w, path);
  assert_non_null(found.node);
  assert_string_equal(found.node->text, text);
}

static void assert_path(const fsim_node *node, const char *path) {
  fsim_text text = {0};
  fsim_path_text(node, &text);
  assert_string_equal(text.text, path);
  free(text.text);
}

static void refused(world *w, const char *path, const char *words) {
  fsim_found found;
  size_t before = fsim_report_count(w->report, FSIM_ERROR);
  assert_int_equal(fsim_path_find(w->arena, w->root, path, FSIM_NOWHERE, w->report, &found),
                   FSIM_BAD_INPUT);
  assert_null(found.parent);
  const char *text = fsim_report_message(w->report, before)->text;
  if (!strstr(text, words)) fail_msg("%s: '%s' lacks '%s'", path, text, words);
}

static void starts_at_the_scenario_or_at_a_funnel(void **state) {
  assert_leads_to(*state, "teams.sdr.size", "4");
  assert_leads_to(*state, "streams.web.rate", "60 / d");
  assert_leads_to(*state, "basic.stages.qualified.exits.proposal", "0.55");
  assert_leads_to(*state, "models.basic.stages.qualified.exits.proposal", "0.55");
  assert_leads_to(*state, "basic.stages.qualified.wait.exponential.mean", "3 d");
}

static void numbers_the_elements_of_lists(void **state) {
  assert_leads_to(*state, "streams.web.weekday.6", "0");
  assert_leads_to(*state, "basic.overrides.0.stages.qualified.exits.proposal", "0.6");
}

static void names_links_by_their_ends(void **state) {
  assert_leads_to(*state, "links.basic.won>upsell.probability", "0.8");
  assert_leads_to(*state, "links.1.probability", "0.5");
  assert_leads_to(*state, "links.basic.lost>basic.after", "90 d");
}

static void finds_what_may_stand_there_but_does_not(void **state) {
  fsim_found found = find(*state, "streams.web.cost");
  assert_null(found.node);
  assert_string_equal(found.key, "cost");
  assert_string_equal(found.parent->key, "web");
  found = find(*state, "warm_up");
  assert_null(found.node);
  assert_ptr_equal(found.parent, ((world *)*state)->root);
  found = find(*state, "links.basic.lost>basic.probability");
  assert_null(found.node);
}

static void writes_the_path_that_finds_a_node(void **state) {
  static const char *const paths[] = {
      "teams.sdr.size",        "basic.stages.proposal.exits.won.probability",
      "streams.web.weekday.3", "links.basic.won>upsell.probability",
      "links.1.probability",   "basic.overrides.0.when.segment"};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
    assert_path(find(*state, paths[i]).node, paths[i]);
}

static void names_the_nearest_known_name(void **state) {
  refused(*state, "basic.stages.qualified.exits.propsal",
          "after basic.stages.qualified.exits, 'propsal': did you mean 'proposal'?");
  refused(*state, "bascic.stages.qualified.wait", "'bascic': did you mean 'basic'?");
  refused(*state, "teams.sdr.sise", "after teams.sdr, 'sise': did you mean 'size'?");
  refused(*state, "streems.web.rate", "did you mean 'streams'?");
  refused(*state, "links.basic.won>upsel.after", "did you mean 'basic.won>upsell'?");
  refused(*state, "basic.stages.qualified.exits.x", "expected one of proposal, lost");
}

static void says_where_a_path_cannot_go_on(void **state) {
  refused(*state, "", "expected a path");
  refused(*state, "teams.sdr.size.big", "teams.sdr.size is a single value");
  refused(*state, "streams.web.weekday.7", "is a list of 7");
  refused(*state, "pipeline.file", "'pipeline' is not given there");
  refused(*state, "basic.stages.", "ends in a dot");
  refused(*state, "basic..stages", "after basic, ''");
}

static void knows_the_exits_of_a_stage(void **state) {
  world *w = *state;
  fsim_node *exit = NULL;
  fsim_node *plain = find(w, "basic.stages.qualified.exits.proposal").node;
  assert_ptr_equal(fsim_exits_of(plain, &exit), plain->parent);
  assert_ptr_equal(exit, plain);
  fsim_node *inner = find(w, "basic.stages.proposal.exits.won.probability").node;
  assert_ptr_equal(fsim_exits_of(inner, &exit), inner->parent->parent);
  assert_ptr_equal(exit, inner->parent);
  /* An override holds a few numbers, not all exits of a stage. */
  assert_null(
      fsim_exits_of(find(w, "basic.overrides.0.stages.qualified.exits.proposal").node, &exit));
  assert_null(
      fsim_exits_of(find(w, "basic.stages.proposal.exits.won.wait").node->parent->parent, &exit));
  assert_null(fsim_exits_of(find(w, "teams.sdr.size").node, &exit));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(starts_at_the_scenario_or_at_a_funnel, open_world,
                                      close_world),
      cmocka_unit_test_setup_teardown(numbers_the_elements_of_lists, open_world, close_world),
      cmocka_unit_test_setup_teardown(names_links_by_their_ends, open_world, close_world),
      cmocka_unit_test_setup_teardown(finds_what_may_stand_there_but_does_not, open_world,
                                      close_world),
      cmocka_unit_test_setup_teardown(writes_the_path_that_finds_a_node, open_world, close_world),
      cmocka_unit_test_setup_teardown(names_the_nearest_known_name, open_world, close_world),
      cmocka_unit_test_setup_teardown(says_where_a_path_cannot_go_on, open_world, close_world),
      cmocka_unit_test_setup_teardown(knows_the_exits_of_a_stage, open_world, close_world),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
