/* Odds of exits that race: factors on the rates of their clocks, which hold under changes too. */
#include <math.h>

#include "sim/base/quantity.h"
#include "tests/model/reading.h"

#define DAY FSIM_DAY
#define EXPONENTIAL "exponential: {mean: 8 d}"

/* `scale` and `weights` are what a change on a date sets. */
static void scenario_text(char *text, size_t size, const char *scale, const char *weights,
                          const char *lost) {
  snprintf(text, size,
           "scenario: test\nstart: 2026-01-05\nhorizon: 4 w\n"
           "attributes: {segment: [smb, enterprise]}\n"
           "models:\n  deals:\n    funnel: deals\n    entry: open\n"
           "    stages:\n      open:\n        race: true\n        exits:\n"
           "          won: {wait: {empirical: {values: [2 d, 6 d, 7300 d], weights: %s}, scale: "
           "%s}}\n"
           "          lost: {wait: {%s}}\n"
           "    outcomes: {won: {counts_as: win}, lost: {}}\n"
           "    overrides:\n"
           "      - {when: {segment: enterprise}, stages: {open: {odds: {won: 2.5, lost: 0.8}}}}\n"
           "streams: {web: {into: deals, rate: 10 / d}}\n"
           "changes: [{on: 2026-01-12, applies_to: all,\n"
           "           set: {deals.stages.open.exits.won.wait: x0.5}}]\n",
           weights, scale, lost);
}

static const fsim_distribution *wait_of(const fsim_scenario *s, size_t version, size_t profile,
                                        const char *exit) {
  size_t e = 0;
  while (strcmp(s->stages[0].exits[e].name, exit) != 0) e++;
  return fsim_stage_law_of(s, version, profile, 0)->waits[e];
}

static void odds_multiply_rates_before_and_after_a_change(void **state) {
  (void)state;
  char text[3][2048];
  scenario_text(text[0], sizeof text[0], "1.2", "[3, 2, 5]", EXPONENTIAL);
  scenario_text(text[1], sizeof text[1], "0.6", "[3, 2, 5]", EXPONENTIAL);
  const char *const yaml[] = {text[0], text[1]};
  const uint32_t masks[] = {0, 1};
  reading r = read_versions(yaml, masks, 2, NULL);
  assert_int_equal(r.status, FSIM_OK);
  const fsim_scenario *s = r.scenario;
  for (size_t v = 0; v < 2; v++) {
    for (double age = 0.5; age < 12; age += 0.5) {
      const double smb = fsim_survival(wait_of(s, v, 0, "won"), age * DAY);
      const double enterprise = fsim_survival(wait_of(s, v, 1, "won"), age * DAY);
      assert_true(fabs(enterprise - pow(smb, 2.5)) < 1e-12);
    }
    assert_true(fabs(fsim_mean(wait_of(s, v, 1, "lost")) - 10 * DAY) < 1e-6);
  }
  /* Running waits are rescaled by the change's factor, those of the override too. */
  double factor = 0;
  assert_true(fsim_same_shape(wait_of(s, 0, 1, "won"), wait_of(s, 1, 1, "won"), &factor));
  assert_true(fabs(factor - 0.5) < 1e-12 || fabs(factor - 2) < 1e-12);
  reading_close(&r);
  /* Other weights from a date on, as a change for new visits sets them. */
  scenario_text(text[2], sizeof text[2], "1.2", "[1, 2, 7]", EXPONENTIAL);
  const char *const weights[] = {text[0], text[2]};
  r = read_versions(weights, masks, 2, NULL);
  assert_int_equal(r.status, FSIM_OK);
  assert_true(fabs(fsim_survival(wait_of(r.scenario, 1, 1, "won"), 3 * DAY) - pow(0.9, 2.5)) <
              1e-12);
  reading_close(&r);
}

static void odds_of_a_law_that_has_none_are_a_mistake(void **state) {
  (void)state;
  char error[600], text[2048];
  scenario_text(text, sizeof text, "1", "[3, 2, 5]", "erlang: {k: 3, mean: 8 d}");
  const char *const yaml[] = {text};
  const uint32_t mask = 0;
  reading r = read_versions(yaml, &mask, 1, NULL);
  assert_int_not_equal(r.status, FSIM_OK);
  errors_text(r.report, error, sizeof error);
  assert_non_null(strstr(error, "the wait to 'lost' has no odds"));
  reading_close(&r);
}

/* They were drawn as waits of no time, so that all won at once. */
static void odds_of_nothing_are_a_mistake(void **state) {
  (void)state;
  char error[600], text[2048];
  scenario_text(text, sizeof text, "1", "[3, 2, 5]", EXPONENTIAL);
  char *odds = strstr(text, "won: 2.5");
  assert_non_null(odds);
  memcpy(odds, "won: 0.0", 8);
  const char *const yaml[] = {text};
  const uint32_t mask = 0;
  reading r = read_versions(yaml, &mask, 1, NULL);
  assert_int_not_equal(r.status, FSIM_OK);
  errors_text(r.report, error, sizeof error);
  assert_non_null(strstr(error, "odds of 0 would stop the clock of 'won'"));
  reading_close(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(odds_multiply_rates_before_and_after_a_change),
      cmocka_unit_test(odds_of_a_law_that_has_none_are_a_mistake),
      cmocka_unit_test(odds_of_nothing_are_a_mistake),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
