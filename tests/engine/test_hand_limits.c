/* Limits of visits worked out by hand: who is turned away, where to, and what the exit is called.
 */
#include "tests/engine/build.h"

#define DAY 86400

static const char *exit_label(const model *m, const char *stage, fsim_reason reason, char *text,
                              size_t size) {
  size_t slot = fsim_exit_slot(m->shape, stage_named(m, stage), reason, 0);
  return fsim_dim_label(m->scenario, m->shape, FSIM_DIM_EXIT, slot, text, size);
}

/* A day in each visit. b is full after two visits, then c takes one, then the journey is lost:
 * a b a b a c, and c's way back to b leads to c again, which is full as well. */
static const char *const detours =
    "scenario: t\nstart: 2026-01-05\nhorizon: 30 d\nmodels:\n  f:\n    funnel: f\n    entry: a\n"
    "    stages:\n"
    "      a: {wait: 1 d, exits: {b: 1}}\n"
    "      b: {wait: 1 d, exits: {a: 0.999999999999, won: rest}, max_visits: {count: 2, to: c}}\n"
    "      c: {wait: 1 d, exits: {b: 1}, max_visits: {count: 1, to: lost}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "streams: {web: {into: f, rate: 1 / d, spacing: evenly}}\n";

static void full_stages_turn_away_one_after_another(void **state) {
  (void)state;
  static const char path[] = "ababac";
  model m = model_make(detours);
  kept k = run_model(&m, (run_plan){.replications = 1, .keep = 1});
  const uint8_t *reason = k.rows->column[FSIM_VISIT_REASON];
  for (size_t i = 0; i < 6; i++) {
    uint16_t stage = ((const uint16_t *)k.rows->column[FSIM_VISIT_STAGE])[i];
    assert_int_equal(m.scenario->stages[stage].name[0], path[i]);
    assert_int_equal(reason[i], i < 4 ? FSIM_BY_EXIT : FSIM_BY_LIMIT);
  }
  assert_int_equal(((const int32_t *)k.rows->column[FSIM_JOURNEY_T_END])[0], 6 * DAY);
  assert_int_equal(cell(&k, 0, FSIM_ENDED, outcome_named(&m, "lost"), 0, 0), 24);
  kept_free(&k);
  model_free(&m);
}

/* The limit is the next stage's: the exit of the stage that was left is called by where it led. */
static void an_exit_by_limit_is_called_by_where_it_leads(void **state) {
  (void)state;
  char text[128];
  model m = model_make(detours);
  assert_string_equal(exit_label(&m, "a", FSIM_BY_LIMIT, text, sizeof text), "f.a>c/lost (limit)");
  assert_string_equal(exit_label(&m, "c", FSIM_BY_LIMIT, text, sizeof text), "f.c>c/lost (limit)");
  assert_string_equal(exit_label(&m, "b", FSIM_BY_LIMIT, text, sizeof text), "f.b (limit)");
  model_free(&m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(full_stages_turn_away_one_after_another),
      cmocka_unit_test(an_exit_by_limit_is_called_by_where_it_leads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
