/* Intervals of elasticities at the point hold the exact one as often as they say, whichever method
 * was the narrowest, and those of score functions by themselves; so does Fieller's of the gain for
 * one of money. The exact ones are computed. A number as argument: so many seeds in place of the
 * usual. */
#include "analysis/decide/score.h"
#include "analysis/decide/sensitivity.h"
#include "analysis/decide/slopes.h"
#include "decide.h"

enum { LEVERS = 4, REPLICATIONS = 60 };

static size_t seeds = 40;

static const char *const levers[LEVERS] = {"f.stages.s.wait", "f.stages.s.exits.t",
                                           "f.stages.t.exits.won", "streams.web.rate"};

#define PLAIN                                                                            \
  "scenario: plain\nstart: 2026-01-05\nhorizon: 60 d\nwarm_up: 10 d\nreplications: 60\n" \
  "attributes: {segment: [small, large]}\nmodels:\n  f:\n    funnel: f\n    entry: s\n"  \
  "    stages:\n"                                                                        \
  "      s: {wait: {exponential: {mean: 9 d}}, exits: {t: 0.6, lost: rest}}\n"           \
  "      t: {wait: {exponential: {mean: 9 d}}, exits: {won: 0.5, lost: rest}}\n"         \
  "    outcomes: {won: {counts_as: win}, lost: {}}\n    value: {fixed: 100}\n"           \
  "    overrides:\n      - {when: {segment: large}, stages: {s: {odds: {t: 0.5}}}}\n"    \
  "streams: {web: {into: f, rate: 3 / d, cost: 20, attributes: {segment: "               \
  "{small: 0.5, large: 0.5}}}}\n"

typedef struct tally {
  size_t slope[LEVERS], score[LEVERS], gain, of;
} tally;

static const fsim_lever_effect *effect_of(const fsim_sensitivity *s, const char *lever) {
  for (size_t i = 0; i < s->n_effects; i++)
    if (strcmp(s->effects[i].lever, lever) == 0) return &s->effects[i];
  fail_msg("%s was not moved", lever);
  return NULL;
}

static fsim_sensitivity *analyse(const fsim_variant *variant, bool simulate) {
  fsim_sensitivity *s;
  fsim_sensitivity_options options = {.steps = {.globs = levers, .n_globs = LEVERS},
                                      .replications = REPLICATIONS,
                                      .confidence = 1 - 0.05 * LEVERS,
                                      .slopes = LEVERS,
                                      .simulate = simulate};
  fsim_report *report = fsim_report_new();
  int status = fsim_sensitivity_make(variant, &options, report, &s);
  if (status != FSIM_OK) show_messages(report);
  assert_int_equal(status, FSIM_OK);
  assert_int_equal(s->exact, !simulate);
  fsim_report_free(report);
  return s;
}

static bool holds(const fsim_interval *interval, double exact) {
  return interval->low <= exact && exact <= interval->high;
}

static void add_scores(const fsim_variant *variant, const fsim_sensitivity *exact, tally *t) {
  fsim_report *report = fsim_report_new();
  fsim_measure measure;
  fsim_outputs base = {0};
  fsim_outputs_options run = {.threads = 1};
  fsim_step *steps;
  size_t n;
  fsim_step_options which = {.globs = levers, .n_globs = LEVERS};
  assert_int_equal(fsim_measure_make(variant->scenario, variant->shape, "value", report, &measure),
                   FSIM_OK);
  assert_int_equal(fsim_outputs_run(variant, &measure, 1, REPLICATIONS, &run, report, &base),
                   FSIM_OK);
  assert_int_equal(fsim_steps_make(variant, &which, report, &steps, &n), FSIM_OK);
  assert_int_equal(n, LEVERS);
  fsim_score scores[LEVERS];
  fsim_score_options options = {
      .base = &base, .measure = &measure, .confidence = 0.95, .threads = 1};
  assert_int_equal(fsim_scores_make(variant, steps, n, &options, report, scores), FSIM_OK);
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < LEVERS; k++) {
      if (strcmp(levers[k], steps[i].lever->path) != 0) continue;
      if (scores[i].why_not == NULL)
        t->score[k] += holds(&scores[i].slope, effect_of(exact, levers[k])->slope.estimate);
      else
        assert_string_equal(levers[k], "f.stages.s.wait");
    }
  }
  free(steps);
  fsim_outputs_free(&base);
  fsim_measure_free(&measure);
  fsim_report_free(report);
}

/* Within 4 standard errors of the nominal share; `or_more`: of one up to 1, since the narrower of
 * two intervals is taken. */
static void assert_covers(const char *what, bool or_more, size_t held, size_t of) {
  double found = (double)held / (double)of, error = sqrt(0.95 * 0.05 / (double)of);
  print_message("%s: %.1f %% of %zu, nominal 95 %%%s\n", what, 100 * found, of,
                or_more ? " or more" : "");
  if (found < 0.95 - 4 * error || (!or_more && found > 0.95 + 4 * error))
    fail_msg("%s does not cover as it says", what);
}

static void intervals_hold_the_exact_slope(void **state) {
  (void)state;
  tally t = {0};
  fsim_variant plain = variant_of(PLAIN, "plain");
  fsim_sensitivity *exact = analyse(&plain, false);
  for (uint64_t seed = 1; seed <= seeds; seed++) {
    char yaml[2048];
    snprintf(yaml, sizeof yaml, "%sseed: %llu\n", PLAIN, (unsigned long long)seed);
    fsim_variant variant = variant_of(yaml, "plain");
    fsim_sensitivity *s = analyse(&variant, true);
    for (size_t k = 0; k < LEVERS; k++) {
      const fsim_lever_effect *e = effect_of(s, levers[k]), *true_one = effect_of(exact, levers[k]);
      /* Where 1 % and 2 % did not agree there is none at the point. */
      double truth = e->method == fsim_by_step ? true_one->change[0].change.estimate
                                               : true_one->slope.estimate;
      t.slope[k] += holds(e->method == fsim_by_step ? &e->change[0].change : &e->slope, truth);
    }
    t.gain += holds(&effect_of(s, "streams.web.rate")->gain_per_cost,
                    effect_of(exact, "streams.web.rate")->gain_per_cost.estimate);
    add_scores(&variant, exact, &t);
    t.of++;
    fsim_sensitivity_free(s);
    fsim_variant_free(&variant);
  }
  for (size_t k = 0; k < LEVERS; k++) assert_covers(levers[k], true, t.slope[k], t.of);
  for (size_t k = 1; k < LEVERS; k++) {
    print_message("score function of ");
    assert_covers(levers[k], false, t.score[k], t.of);
  }
  assert_covers("gain for one of money", false, t.gain, t.of);
  fsim_sensitivity_free(exact);
  fsim_variant_free(&plain);
}

int main(int argc, char **argv) {
  if (argc > 1) seeds = (size_t)strtoul(argv[1], NULL, 10);
  if (seeds == 0) return 2;
  const struct CMUnitTest tests[] = {cmocka_unit_test(intervals_hold_the_exact_slope)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
