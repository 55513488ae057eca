/* Effects of practical steps against exact answers: two teams in line with impatient leads, whose
 * bottleneck moves once it is relieved (stationary two-dimensional Markov chain, solved anew for
 * every step). */
#include "analysis/decide/next_step.h"
#include "analysis/decide/sensitivity.h"
#include "analysis/ratio.h"
#include "decide.h"

#define TWO_TEAMS(more)                                                                        \
  "scenario: two-teams\nstart: 2026-01-05\nhorizon: 210 w\nwarm_up: 10 w\nreplications: 48\n"  \
  "seed: 3\nmodels:\n  f:\n    funnel: f\n    entry: a\n    stages:\n"                         \
  "      a:\n        work: {team: one, time: {exponential: {mean: 7.2 h}}, patience: "         \
  "{exponential: {mean: 24 h}}}\n        exits: {b: 0.6, lost: rest}\n"                        \
  "      b:\n        work: {team: two, time: {exponential: {mean: 8.4 h}}, patience: "         \
  "{exponential: {mean: 36 h}}}\n        exits: {won: 0.4, lost: rest}\n"                      \
  "    outcomes: {won: {counts_as: win}, lost: {}}\nstreams: {web: {into: f, rate: 12 / d}}\n" \
  "teams: {one: {size: 3}, two: {size: 2}}\n" more

typedef struct exact_step {
  const char *lever;
  double per_day;
} exact_step;

static const fsim_lever_effect *effect_of(const fsim_sensitivity *s, const char *lever) {
  for (size_t i = 0; i < s->n_effects; i++)
    if (strcmp(s->effects[i].lever, lever) == 0) return &s->effects[i];
  fail_msg("%s was not moved", lever);
  return NULL;
}

static fsim_sensitivity *analyse(const fsim_variant *variant,
                                 const fsim_sensitivity_options *options) {
  fsim_sensitivity *s;
  fsim_report *report = fsim_report_new();
  int status = fsim_sensitivity_make(variant, options, report, &s);
  if (status != FSIM_OK) show_messages(report);
  assert_int_equal(status, FSIM_OK);
  fsim_report_free(report);
  return s;
}

static void check_steps(const fsim_sensitivity *s, const exact_step *steps, size_t n) {
  for (size_t i = 0; i < n; i++)
    assert_near(&effect_of(s, steps[i].lever)->change[0].change, 7 * steps[i].per_day,
                steps[i].lever);
}

/* Value per win has no value in a plan without wins: that lever has no rank, whether it stands
 * before the other or behind it, and takes none from it. */
static void levers_without_a_value_have_no_rank(void **state) {
  (void)state;
  static const char yaml[] =
      "scenario: rare\nstart: 2026-01-05\nhorizon: 10 w\nreplications: 10\nseed: 3\n"
      "models:\n  f:\n    funnel: f\n    entry: a\n    stages:\n"
      "      a: {exits: {b: 0.5, lost: rest}}\n      b: {exits: {won: 0.5, lost: rest}}\n"
      "    outcomes: {won: {counts_as: win}, lost: {}}\n"
      "    value: {lognormal: {mean: 100, cv: 1}}\nstreams: {web: {into: f, rate: 20 / d}}\n";
  const char *levers[] = {"f.stages.a.exits.b", "f.stages.b.exits.won"};
  const char *metric = "f.value_per_win";
  fsim_variant variant = variant_of(yaml, "rare");
  for (size_t gone = 0; gone < 2; gone++) {
    char step[64];
    const char *steps[] = {step};
    snprintf(step, sizeof step, "%s=-50 pp", levers[gone]);
    fsim_sensitivity_options options = {
        .steps = {.globs = levers, .n_globs = 2, .steps = steps, .n_steps = 1},
        .metrics = &metric,
        .n_metrics = 1,
        .simulate = true};
    fsim_sensitivity *s = analyse(&variant, &options);
    assert_int_equal(s->n_effects, 2);
    assert_true(isnan(effect_of(s, levers[gone])->first));
    const fsim_lever_effect *other = effect_of(s, levers[1 - gone]);
    assert_true(other->change[0].change.estimate != 0);
    assert_true(fabs(other->first - 1) < 1e-9);
    fsim_sensitivity_free(s);
  }
  fsim_variant_free(&variant);
}

static void every_step_of_two_teams(void **state) {
  (void)state;
  static const exact_step exact[] = {
      {"teams.one.size", 0.169325399905},        {"f.stages.a.exits.b", 0.0189521785674},
      {"f.stages.a.work.time", 0.0733532678446}, {"f.stages.a.work.patience", 0.00571323560216},
      {"teams.two.size", 0.260595249877},        {"f.stages.b.exits.won", 0.0460474616342},
      {"f.stages.b.work.time", 0.0799572389199}, {"f.stages.b.work.patience", 0.0122615695075},
      {"streams.web.rate", 0.0348078455429}};
  const char *steps[] = {"f.stages.a.work.patience=x1.1", "f.stages.b.work.patience=x1.1"};
  fsim_variant variant = variant_of(TWO_TEAMS(""), "two");
  fsim_sensitivity_options options = {.steps = {.steps = steps, .n_steps = 2}};
  fsim_sensitivity *s = analyse(&variant, &options);
  assert_near(&s->values[0], 7 * 1.84189846537, "wins");
  check_steps(s, exact, sizeof exact / sizeof *exact);
  const fsim_lever_effect *bottleneck = fsim_bottleneck(s);
  assert_non_null(bottleneck);
  assert_string_equal(bottleneck->lever, "teams.two.size");
  assert_string_equal(s->effects[1].lever, "teams.one.size");
  assert_true(bottleneck->first > 0.95);
  assert_false(s->effects[1].tied);
  /* One person fewer hurts more than one more helps. */
  assert_true(-bottleneck->back[0].change.estimate > bottleneck->change[0].change.estimate);
  assert_int_equal(s->n_reliefs, 2);
  assert_true(s->reliefs[1].change[0].change.estimate > bottleneck->change[0].change.estimate);
  /* Utilisation would have named the other team. */
  assert_true(s->lenses[0].utilisation > s->lenses[1].utilisation);
  fsim_sensitivity_free(s);
  fsim_variant_free(&variant);
}

static void the_bottleneck_moves_once_relieved(void **state) {
  (void)state;
  static const exact_step exact[] = {{"teams.one.size", 0.298955511251},
                                     {"teams.two.size", 0.073703157409}};
  const char *globs[] = {"teams.*.size"};
  fsim_variant variant = variant_of(TWO_TEAMS(""), "two");
  fsim_variant relieved = derived_from(&variant, "teams.two.size=+1");
  fsim_sensitivity_options options = {.steps = {.globs = globs, .n_globs = 1}};
  fsim_sensitivity *s = analyse(&relieved, &options);
  check_steps(s, exact, 2);
  assert_string_equal(fsim_bottleneck(s)->lever, "teams.one.size");
  fsim_sensitivity_free(s);
  fsim_variant_free(&relieved);
  fsim_variant_free(&variant);
}

/* The same by itself: relieve, look again, until nothing is left. Its gains add up. */
static void steps_follow_the_bottleneck(void **state) {
  (void)state;
  const char *globs[] = {"teams.*.size"};
  fsim_variant variant = variant_of(TWO_TEAMS(""), "two");
  fsim_sensitivity_options options = {.steps = {.globs = globs, .n_globs = 1}};
  fsim_report *report = fsim_report_new();
  fsim_next *next;
  assert_int_equal(fsim_next_make(&variant, &options, 1, report, &next), FSIM_OK);
  assert_int_equal(next->n, 2);
  assert_string_equal(next->rounds[0].lever, "teams.two.size");
  assert_string_equal(next->rounds[1].lever, "teams.one.size");
  assert_true(next->rounds[0].taken && !next->rounds[1].taken);
  assert_near(&next->rounds[0].gain, 7 * 0.260595249877, "the first");
  assert_near(&next->rounds[1].gain, 7 * 0.298955511251, "the second");
  /* The front team is worth more once the one behind it can follow. */
  assert_near(&next->rounds[1].at_start, 7 * 0.169325399905, "the second at the start");
  double sum = next->rounds[0].base.estimate + next->rounds[0].gain.estimate;
  assert_true(fabs(next->rounds[1].base.estimate - sum) < 1e-9 * sum);
  fsim_next_free(next);
  fsim_report_free(report);
  fsim_variant_free(&variant);
}

/* Less is better of a time, so that one person fewer is no step. */
static void steps_improve_the_metric(void **state) {
  (void)state;
  const char *globs[] = {"teams.*.size"}, *metric = "f.cycle_days";
  fsim_variant variant = variant_of(TWO_TEAMS(""), "two");
  fsim_sensitivity_options options = {.steps = {.globs = globs, .n_globs = 1},
                                      .metrics = &metric,
                                      .n_metrics = 1,
                                      .replications = 10};
  fsim_report *report = fsim_report_new();
  fsim_next *next;
  assert_int_equal(fsim_next_make(&variant, &options, 2, report, &next), FSIM_OK);
  for (size_t k = 0; k < next->n && next->rounds[k].taken; k++)
    assert_true(next->rounds[k].gain.high < 0);
  fsim_next_free(next);
  fsim_report_free(report);
  fsim_variant_free(&variant);
}

/* No queue, no wait: wins are rate times probability, so the elasticities are 1, and one point more
 * of 30 gives 1/30 more. A value of one cent a win makes money of it. */
static void elasticities_of_a_plain_funnel(void **state) {
  (void)state;
  fsim_variant variant = variant_of(
      "scenario: plain\nstart: 2026-01-05\nhorizon: 100 w\nreplications: 50\nseed: 9\n"
      "models:\n  f:\n    funnel: f\n    entry: s\n    stages:\n"
      "      s: {exits: {won: 0.3, lost: rest}}\n    outcomes: {won: {counts_as: win}, lost: {}}\n"
      "streams: {web: {into: f, rate: 20 / d, cost: 3}}\n",
      "plain");
  const char *metric = "won";
  fsim_sensitivity_options options = {.metrics = &metric, .n_metrics = 1, .simulate = true};
  fsim_sensitivity *s = analyse(&variant, &options);
  assert_int_equal(s->n_effects, 2);
  const fsim_lever_effect *exit = effect_of(s, "f.stages.s.exits.won");
  const fsim_lever_effect *rate = effect_of(s, "streams.web.rate");
  assert_near(&exit->elasticity, 1, "elasticity of the exit");
  assert_near(&rate->elasticity, 1, "elasticity of the rate");
  assert_near(&exit->change[0].change, 1.4, "a point more");
  /* The base varies with the change: a ratio of means, worked out here by the other jackknife. */
  fsim_measure measure;
  fsim_variant more = derived_from(&variant, "streams.web.rate=x1.1");
  fsim_outputs samples[2] = {{0}, {0}};
  fsim_outputs_options run = {.threads = 1};
  double change[50];
  assert_int_equal(fsim_measure_make(variant.scenario, variant.shape, "won", NULL, &measure),
                   FSIM_OK);
  assert_int_equal(fsim_outputs_run(&variant, &measure, 1, 50, &run, NULL, &samples[0]), FSIM_OK);
  assert_int_equal(fsim_outputs_run(&more, &measure, 1, 50, &run, NULL, &samples[1]), FSIM_OK);
  const double *now = fsim_outputs_top(&samples[0], 0), *then = fsim_outputs_top(&samples[1], 0);
  for (int r = 0; r < 50; r++) change[r] = then[r] - now[r];
  fsim_interval ratio = fsim_ratio_jackknife(change, now, 50, 0.95);
  assert_string_equal(rate->step, "x1.1");
  assert_true(fabs(rate->elasticity.estimate - 10 * ratio.estimate) < 1e-9);
  assert_true(fabs(rate->elasticity.standard_error - 10 * ratio.standard_error) < 1e-9);
  for (int k = 0; k < 2; k++) fsim_outputs_free(&samples[k]);
  fsim_measure_free(&measure);
  fsim_variant_free(&more);
  assert_true(fabs(rate->cost_per_week - 42) < 4 * sqrt(3 * 3 * 14.0 / 100 / 50));
  assert_true(isnan(exit->cost_per_week));
  assert_ptr_equal(fsim_bottleneck(s), exit);
  fsim_sensitivity_free(s);
  fsim_variant_free(&variant);
}

/* Where every lead is served in the end, people, work and waits change no long-run throughput, and
 * the answer must say so in place of ranking noise. */
static void nothing_is_a_bottleneck_where_nobody_leaves(void **state) {
  (void)state;
  fsim_variant variant = variant_of(
      "scenario: patient\nstart: 2026-01-05\nhorizon: 200 w\nwarm_up: 20 w\nreplications: 40\n"
      "seed: 2\nmodels:\n  f:\n    funnel: f\n    entry: s\n    stages:\n"
      "      s: {work: {team: one, time: {exponential: {mean: 1 h}}}, exits: {won: rest}}\n"
      "    outcomes: {won: {counts_as: win}, lost: {}}\nstreams: {web: {into: f, rate: 15 / d}}\n"
      "teams: {one: {size: 1}}\n",
      "patient");
  const char *globs[] = {"teams.*", "f.*"};
  fsim_sensitivity_options options = {.steps = {.globs = globs, .n_globs = 2}};
  fsim_sensitivity *s = analyse(&variant, &options);
  assert_null(fsim_bottleneck(s));
  fsim_report *report = fsim_report_new();
  fsim_next *next;
  assert_int_equal(fsim_next_make(&variant, &options, 3, report, &next), FSIM_OK);
  assert_int_equal(next->n, 1);
  assert_null(next->rounds[0].lever);
  fsim_next_free(next);
  fsim_report_free(report);
  fsim_sensitivity_free(s);
  fsim_variant_free(&variant);
}

static void impossible_steps_are_refused_alone(void **state) {
  (void)state;
  fsim_variant variant = variant_of(
      "scenario: full\nstart: 2026-01-05\nhorizon: 10 w\nreplications: 4\nseed: 2\n"
      "models:\n  f:\n    funnel: f\n    entry: s\n    stages:\n"
      "      s: {exits: {t: 0.995, lost: rest}}\n      t: {exits: {won: 0.5, lost: rest}}\n"
      "    outcomes: {won: {counts_as: win}, lost: {}}\nstreams: {web: {into: f, rate: 15 / d}}\n",
      "full");
  fsim_sensitivity_options options = {0};
  fsim_sensitivity *s = analyse(&variant, &options);
  const fsim_lever_effect *e = effect_of(s, "f.stages.s.exits.t");
  assert_non_null(e->refused);
  assert_ptr_equal(e, &s->effects[s->n_effects - 1]);
  assert_null(effect_of(s, "f.stages.t.exits.won")->refused);
  fsim_sensitivity_free(s);
  fsim_variant_free(&variant);
}

static void unknown_levers_and_metrics_are_named(void **state) {
  (void)state;
  fsim_variant variant = variant_of(TWO_TEAMS(""), "two");
  const char *glob = "f.stages.c.*", *metric = "f.wno", *step = "time:x2";
  const fsim_sensitivity_options wrong[] = {{.steps = {.globs = &glob, .n_globs = 1}},
                                            {.metrics = &metric, .n_metrics = 1},
                                            {.steps = {.steps = &step, .n_steps = 1}}};
  const char *said[] = {"no lever fits f.stages.c.*", "did you mean won", "step time:x2"};
  for (int i = 0; i < 3; i++) {
    fsim_sensitivity *s;
    fsim_report *report = fsim_report_new();
    assert_int_equal(fsim_sensitivity_make(&variant, &wrong[i], report, &s), FSIM_BAD_INPUT);
    assert_non_null(strstr(fsim_report_message(report, 0)->text, said[i]));
    fsim_sensitivity_free(s);
    fsim_report_free(report);
  }
  fsim_variant_free(&variant);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_step_of_two_teams),
      cmocka_unit_test(levers_without_a_value_have_no_rank),
      cmocka_unit_test(the_bottleneck_moves_once_relieved),
      cmocka_unit_test(steps_follow_the_bottleneck),
      cmocka_unit_test(steps_improve_the_metric),
      cmocka_unit_test(elasticities_of_a_plain_funnel),
      cmocka_unit_test(nothing_is_a_bottleneck_where_nobody_leaves),
      cmocka_unit_test(impossible_steps_are_refused_alone),
      cmocka_unit_test(unknown_levers_and_metrics_are_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
