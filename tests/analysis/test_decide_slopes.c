/* Derivatives, elasticities and steps against exact answers, by every method: those of the shared
 * oracles where they are at hand (with FUNNELSIM_ORACLES=FILE those of other parameters), and a few
 * that are known in closed form. */
#include "analysis/decide/sensitivity.h"
#include "analysis/decide/slopes.h"
#include "decide.h"
#include "tests/oracle.h"

/* How far all that was estimated lies from the truth, in standard errors. */
static double sum_of_squares, worst;
static size_t n_compared, n_far;

static void compare(const fsim_interval *found, double exact, const char *what) {
  double z = (found->estimate - exact) / found->standard_error;
  if (found->n == 0) { /* computed */
    if (!(fabs(found->estimate - exact) < 2e-5 * fabs(exact) + 1e-6))
      fail_msg("%s: computed %.9g, exact %.9g", what, found->estimate, exact);
    return;
  }
  print_message("%-50s %10.5g exact %10.5g  z %5.2f (%s)\n", what, found->estimate, exact, z,
                found->method);
  assert_near(found, exact, what);
  sum_of_squares += z * z;
  worst = fmax(worst, fabs(z));
  n_compared++;
  n_far += fabs(z) > 1.96;
}

static const fsim_lever_effect *effect_of(const fsim_sensitivity *s, const char *lever) {
  for (size_t i = 0; i < s->n_effects; i++)
    if (strcmp(s->effects[i].lever, lever) == 0) return &s->effects[i];
  fail_msg("%s was not moved", lever);
  return NULL;
}

static fsim_sensitivity *analyse(const fsim_variant *variant, const char *metric, bool simulate,
                                 const char *const *steps, size_t n_steps) {
  fsim_sensitivity *s;
  fsim_sensitivity_options options = {.steps = {.steps = steps, .n_steps = n_steps},
                                      .metrics = &metric,
                                      .n_metrics = 1,
                                      .replications = variant->scenario->replications,
                                      .slopes = 100,
                                      .simulate = simulate};
  fsim_report *report = fsim_report_new();
  int status = fsim_sensitivity_make(variant, &options, report, &s);
  if (status != FSIM_OK) show_messages(report);
  assert_int_equal(status, FSIM_OK);
  fsim_report_free(report);
  return s;
}

static void compare_slope(const fsim_sensitivity *s, const char *lever, double exact) {
  const fsim_lever_effect *e = effect_of(s, lever);
  char what[128];
  snprintf(what, sizeof what, "%s %s (%s)", s->names[0], lever, e->method);
  if (e->method != fsim_by_step) compare(&e->slope, exact, what);
}

static void compare_step(const fsim_sensitivity *s, const char *lever, double exact, bool back) {
  const fsim_lever_effect *e = effect_of(s, lever);
  char what[128];
  snprintf(what, sizeof what, "%s %s %s", s->names[0], lever, back ? e->step_back : e->step);
  compare(back ? &e->back[0].change : &e->change[0].change, exact, what);
}

/* ---- scenarios from the parameters of a case ---- */

typedef struct text {
  char at[8192];
  size_t n;
} text;

__attribute__((format(printf, 2, 3))) static void put(text *t, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int n = vsnprintf(t->at + t->n, sizeof t->at - t->n, format, arguments);
  va_end(arguments);
  assert_true(n >= 0 && t->n + (size_t)n < sizeof t->at);
  t->n += (size_t)n;
}

static void put_law(text *t, const json_t *law) {
  const char *key, *comma = "";
  json_t *value;
  put(t, "{%s: {", json_string_value(json_object_get(law, "dist")));
  json_object_foreach((json_t *)law, key, value) {
    if (strcmp(key, "dist") == 0) continue;
    bool time = strcmp(key, "mean") == 0 || strcmp(key, "scale") == 0;
    put(t, "%s%s: %.12g%s", comma, key, json_number_value(value), time ? " d" : "");
    comma = ", ";
  }
  put(t, "}}");
}

static void put_stages(text *t, const json_t *stages) {
  const char *name;
  json_t *stage, *exit;
  json_object_foreach((json_t *)stages, name, stage) {
    size_t k, n = json_array_size(json_object_get(stage, "exits"));
    put(t, "      %s:\n", name);
    if (json_object_get(stage, "wait")) {
      put(t, "        wait: ");
      put_law(t, json_object_get(stage, "wait"));
    }
    put(t, "\n        exits: {");
    json_array_foreach(json_object_get(stage, "exits"), k, exit) {
      const char *to = json_string_value(json_object_get(exit, "to"));
      if (k + 1 == n)
        put(t, "%s: rest}\n", to);
      else
        put(t, "%s: %.12g, ", to, json_number_value(json_object_get(exit, "p")));
    }
  }
}

static fsim_variant chain_of(const json_t *given, double horizon_d, double warm_up_d,
                             unsigned replications) {
  text t = {.n = 0};
  put(&t, "scenario: chain\nstart: 2026-01-05\nhorizon: %g d\nwarm_up: %g d\nseed: 11\n", horizon_d,
      warm_up_d);
  put(&t, "replications: %u\nmodels:\n  f:\n    funnel: f\n    entry: %s\n    stages:\n",
      replications, json_string_value(json_object_get(given, "entry")));
  put_stages(&t, json_object_get(given, "stages"));
  put(&t,
      "    outcomes: {won: {counts_as: win}, lost: {}}\nstreams: {web: {into: f, rate: %g / d}}\n",
      fsim_oracle_number(given, "rate"));
  return variant_of(t.at, "chain");
}

static double mean_days(const json_t *law) {
  if (strcmp(json_string_value(json_object_get(law, "dist")), "weibull") == 0)
    return fsim_oracle_number(law, "scale") * tgamma(1 + 1 / fsim_oracle_number(law, "shape"));
  return fsim_oracle_number(law, "mean");
}

static fsim_variant team_of(const json_t *given, double horizon_d, double warm_up_d,
                            unsigned replications) {
  text t = {.n = 0};
  put(&t, "scenario: team\nstart: 2026-01-05\nhorizon: %g d\nwarm_up: %g d\nseed: 5\n", horizon_d,
      warm_up_d);
  put(&t, "replications: %u\nmodels:\n  f:\n    funnel: f\n    entry: a\n    stages:\n",
      replications);
  put(&t, "      a:\n        work: {team: one, time: {exponential: {mean: %.12g d}}",
      fsim_oracle_number(given, "work_mean"));
  if (json_object_get(given, "patience_mean"))
    put(&t, ", patience: {exponential: {mean: %.12g d}}",
        fsim_oracle_number(given, "patience_mean"));
  double size = fsim_oracle_number(given, "size");
  put(&t,
      "}\n        exits: {won: rest}\n    outcomes: {won: {counts_as: win}, lost: {}}\n"
      "streams: {web: {into: f, rate: %.12g / d}}\nteams: {one: {size: %g}}\n",
      fsim_oracle_number(given, "rate"), isfinite(size) ? size : 1);
  return variant_of(t.at, "team");
}

/* ---- without teams ---- */

static double chance_of(const json_t *given, const char *stage, const char *to) {
  size_t k;
  json_t *exit;
  const json_t *s = json_object_get(json_object_get(given, "stages"), stage);
  json_array_foreach(json_object_get(s, "exits"), k, exit) {
    if (strcmp(json_string_value(json_object_get(exit, "to")), to) == 0)
      return json_number_value(json_object_get(exit, "p"));
  }
  return NAN;
}

/* Slopes by every exit but the last (`rest`) and every wait, keyed "stage.exit" and "stage.wait",
 * per unit of probability and per day of the mean. */
static void compare_chain(const fsim_sensitivity *s, const json_t *given, const json_t *derivatives,
                          const char *field, double scale) {
  const char *key;
  json_t *found;
  json_object_foreach((json_t *)derivatives, key, found) {
    char stage[64], to[64], lever[192];
    snprintf(stage, sizeof stage, "%.*s", (int)strcspn(key, "."), key);
    snprintf(to, sizeof to, "%s", strchr(key, '.') + 1);
    if (strcmp(to, "lost") == 0) continue;
    bool wait = strcmp(to, "wait") == 0;
    snprintf(lever, sizeof lever, wait ? "f.stages.%s.wait" : "f.stages.%s.exits.%s", stage, to);
    double exact =
        field ? json_number_value(json_object_get(found, field)) : json_number_value(found);
    const json_t *law =
        json_object_get(json_object_get(json_object_get(given, "stages"), stage), "wait");
    double now = wait ? mean_days(law) : chance_of(given, stage, to);
    compare_slope(s, lever, scale * now * exact);
  }
}

static void loop_chain(void **state) {
  (void)state;
  json_t *file, *found = fsim_oracle("loop-chain-p", &file);
  if (found != NULL) {
    const json_t *given = json_object_get(found, "parameters");
    const json_t *slopes = json_object_get(json_object_get(found, "exact"), "derivatives");
    double per_week = 7 * fsim_oracle_number(given, "rate");
    /* Everything that begins within the first two years has ended before the third. */
    fsim_variant variant = chain_of(given, 1092, 728, 30);
    fsim_sensitivity *computed = analyse(&variant, "f.won", false, NULL, 0);
    assert_true(computed->exact);
    compare_chain(computed, given, slopes, "d_p_won", per_week);
    fsim_sensitivity_free(computed);
    fsim_variant_free(&variant);
    /* The few that are still open at the end would have taken longest. */
    variant = chain_of(given, 4000, 0, 10);
    fsim_sensitivity *wins = analyse(&variant, "f.won.cycle_days", true, NULL, 0);
    compare_chain(wins, given, slopes, "d_mean_cycle_won", 1);
    fsim_sensitivity_free(wins);
    fsim_variant_free(&variant);
  }
  json_decref(file);
}

static void wins_within_a_horizon(void **state) {
  (void)state;
  json_t *file, *found = fsim_oracle("transient-wins-p", &file);
  if (found != NULL) {
    const json_t *given = json_object_get(found, "parameters");
    const json_t *slopes = json_object_get(json_object_get(found, "exact"), "d_wins");
    double horizon = fsim_oracle_number(given, "horizon"), per_week = 7 / horizon;
    double rate = fsim_oracle_number(given, "rate");
    fsim_variant variant = chain_of(given, horizon, 0, 60);
    for (int simulate = 0; simulate < 2; simulate++) {
      fsim_sensitivity *s = analyse(&variant, "won", simulate, NULL, 0);
      assert_int_equal(s->exact, !simulate);
      compare_chain(s, given, slopes, NULL, per_week);
      compare_slope(s, "streams.web.rate",
                    rate * per_week * fsim_oracle_number(found, "exact/d_wins_d_rate"));
      fsim_sensitivity_free(s);
    }
    fsim_variant_free(&variant);
  }
  json_decref(file);
}

/* ---- teams ---- */

static void one_server_from_empty(void **state) {
  (void)state;
  json_t *file, *found = fsim_oracle("mm1-p", &file);
  if (found != NULL) {
    const json_t *given = json_object_get(found, "parameters");
    double horizon = fsim_oracle_number(given, "horizon"), rate = fsim_oracle_number(given, "rate");
    double work = fsim_oracle_number(given, "work_mean");
    const char *empty = "exact/from_empty_by_horizon";
    char path[128];
    fsim_variant variant = team_of(given, horizon, 0, 400);
    fsim_sensitivity *s = analyse(&variant, "won", false, NULL, 0);
    assert_false(s->exact);
    snprintf(path, sizeof path, "%s/d_expected_served_d_rate", empty);
    compare_slope(s, "streams.web.rate", rate * 7 / horizon * fsim_oracle_number(found, path));
    snprintf(path, sizeof path, "%s/d_expected_served_d_work_mean", empty);
    compare_slope(s, "f.stages.a.work.time", work * 7 / horizon * fsim_oracle_number(found, path));
    fsim_sensitivity_free(s);
    s = analyse(&variant, "teams.one.queue_length", false, NULL, 0);
    snprintf(path, sizeof path, "%s/d_time_average_queue_d_work_mean", empty);
    compare_slope(s, "f.stages.a.work.time", work * fsim_oracle_number(found, path));
    fsim_sensitivity_free(s);
    fsim_variant_free(&variant);
  }
  json_decref(file);
}

static void patient_leads(void **state) {
  (void)state;
  json_t *file, *found = fsim_oracle("mmc-erlang-c-p", &file);
  if (found != NULL) {
    const json_t *given = json_object_get(found, "parameters");
    double horizon = fsim_oracle_number(given, "horizon");
    fsim_variant variant = team_of(given, horizon, 0, 300);
    fsim_sensitivity *s = analyse(&variant, "won", false, NULL, 0);
    compare(&s->values[0],
            7 / horizon * fsim_oracle_number(found, "exact/from_empty_by_horizon/expected_served"),
            "served");
    compare_step(
        s, "teams.one.size",
        7 / horizon * fsim_oracle_number(found, "exact/from_empty_step_size+1/expected_served"),
        false);
    fsim_sensitivity_free(s);
    s = analyse(&variant, "teams.one.queue_length", false, NULL, 0);
    compare_step(s, "teams.one.size",
                 fsim_oracle_number(found, "exact/from_empty_step_size+1/time_average_queue"),
                 false);
    fsim_sensitivity_free(s);
    fsim_variant_free(&variant);
    static const char *const steps[] = {"streams.web.rate=x1.05"};
    variant = team_of(given, 500, 60, 60);
    s = analyse(&variant, "teams.one.queue_days", false, steps, 1);
    compare_step(s, "teams.one.size",
                 fsim_oracle_number(found, "exact/step_mean_queue_days/size+1"), false);
    compare_step(s, "f.stages.a.work.time",
                 fsim_oracle_number(found, "exact/step_mean_queue_days/work_mean-10%"), false);
    compare_step(s, "streams.web.rate",
                 fsim_oracle_number(found, "exact/step_mean_queue_days/rate+5%"), false);
    compare_slope(s, "f.stages.a.work.time",
                  fsim_oracle_number(given, "work_mean") *
                      fsim_oracle_number(found, "exact/d_mean_queue_days/work_mean"));
    compare_slope(s, "streams.web.rate",
                  fsim_oracle_number(given, "rate") *
                      fsim_oracle_number(found, "exact/d_mean_queue_days/rate"));
    fsim_sensitivity_free(s);
    fsim_variant_free(&variant);
  }
  json_decref(file);
}

static void impatient_leads(void **state) {
  (void)state;
  static const struct {
    const char *lever, *step, *slope, *value;
    bool back;
  } levers[] = {
      {"teams.one.size", "size+1", NULL, NULL, false},
      {"teams.one.size", "size-1", NULL, NULL, true},
      {"f.stages.a.work.time", "work_mean-10%", "work_mean", "work_mean", false},
      {"streams.web.rate", "rate+10%", "rate", "rate", false},
      {"f.stages.a.work.patience", "patience+10%", "patience_mean", "patience_mean", false}};
  json_t *file, *found = fsim_oracle("mmc-m-erlang-a-p", &file);
  if (found != NULL) {
    static const char *const steps[] = {"f.stages.a.work.patience=x1.1"};
    const json_t *given = json_object_get(found, "parameters");
    fsim_variant variant = team_of(given, 320, 20, 60);
    fsim_sensitivity *s = analyse(&variant, "won", false, steps, 1);
    for (size_t i = 0; i < sizeof levers / sizeof *levers; i++) {
      char path[96];
      snprintf(path, sizeof path, "exact/step_served_per_day/%s", levers[i].step);
      compare_step(s, levers[i].lever, 7 * fsim_oracle_number(found, path), levers[i].back);
      if (levers[i].slope == NULL) continue;
      snprintf(path, sizeof path, "exact/d_served_per_day/%s", levers[i].slope);
      compare_slope(
          s, levers[i].lever,
          7 * fsim_oracle_number(given, levers[i].value) * fsim_oracle_number(found, path));
    }
    fsim_sensitivity_free(s);
    fsim_variant_free(&variant);
  }
  json_decref(file);
}

static double item(const json_t *given, const char *key, size_t i) {
  return json_number_value(json_array_get(json_object_get(given, key), i));
}

static void two_teams(void **state) {
  (void)state;
  json_t *file, *found = fsim_oracle("bottleneck-shift-p", &file);
  if (found != NULL) {
    const json_t *given = json_object_get(found, "parameters");
    text t = {.n = 0};
    put(&t,
        "scenario: two\nstart: 2026-01-05\nhorizon: 700 d\nwarm_up: 40 d\nreplications: 50\nseed: "
        "3\n"
        "models:\n  f:\n    funnel: f\n    entry: a\n    stages:\n");
    for (size_t i = 0; i < 2; i++) {
      put(&t,
          "      %s:\n        work: {team: %s, time: {exponential: {mean: %.12g d}}, patience: "
          "{exponential: {mean: %.12g d}}}\n",
          i == 0 ? "a" : "b", i == 0 ? "one" : "two", item(given, "work_mean", i),
          item(given, "patience_mean", i));
      put(&t, "        exits: {%s: %.12g, lost: rest}\n", i == 0 ? "b" : "won",
          item(given, "conversion", i));
    }
    put(&t,
        "    outcomes: {won: {counts_as: win}, lost: {}}\nstreams: {web: {into: f, rate: %.12g / "
        "d}}\n"
        "teams: {one: {size: %g}, two: {size: %g}}\n",
        fsim_oracle_number(given, "rate"), item(given, "size", 0), item(given, "size", 1));
    fsim_variant variant = variant_of(t.at, "two");
    fsim_sensitivity *s = analyse(&variant, "won", false, NULL, 0);
    static const struct {
      const char *lever, *key;
    } levers[] = {{"streams.web.rate", "rate"},
                  {"f.stages.a.work.time", "stage1.work"},
                  {"f.stages.b.work.time", "stage2.work"},
                  {"f.stages.a.exits.b", "stage1.conversion"},
                  {"f.stages.b.exits.won", "stage2.conversion"}};
    for (size_t i = 0; i < sizeof levers / sizeof *levers; i++) {
      const json_t *all = json_object_get(json_object_get(found, "exact"), "elasticity");
      const fsim_lever_effect *e = effect_of(s, levers[i].lever);
      if (e->method != fsim_by_step)
        compare(&e->elasticity, json_number_value(json_object_get(all, levers[i].key)),
                levers[i].lever);
    }
    const char *best =
        json_string_value(json_object_get(json_object_get(found, "exact"), "bottleneck_team"));
    assert_string_equal(fsim_bottleneck(s)->lever,
                        strcmp(best, "team1.size+1") == 0 ? "teams.one.size" : "teams.two.size");
    fsim_sensitivity_free(s);
    fsim_variant_free(&variant);
  }
  json_decref(file);
}

/* ---- common random numbers ---- */

/* The variance of the difference is the one of the leads whose uniform lies between both chances:
 * not only small, but this. */
static void the_variance_of_a_step_is_exact(void **state) {
  (void)state;
  fsim_variant variant = variant_of(
      "scenario: thin\nstart: 2026-01-05\nhorizon: 50 d\nreplications: 400\nseed: 8\n"
      "models:\n  f:\n    funnel: f\n    entry: s\n    stages:\n"
      "      s: {exits: {won: 0.3, lost: rest}}\n    outcomes: {won: {counts_as: win}, lost: {}}\n"
      "streams: {web: {into: f, rate: 20 / d}}\n",
      "thin");
  static const char *const steps[] = {"f.stages.s.exits.won=+3 pp"};
  fsim_sensitivity *s = analyse(&variant, "won", true, steps, 1);
  const fsim_lever_effect *e = effect_of(s, "f.stages.s.exits.won");
  compare(&e->change[0].change, 30 * 7 / 50.0, "thinning");
  double n = (double)e->change[0].change.n, error = e->change[0].change.standard_error * 50 / 7;
  double ratio = error * error * n / 30;
  /* A Poisson variable's sample variance varies as (2 + 1 / mean) / n. */
  assert_true(fabs(ratio - 1) < 4 * sqrt((2 + 1 / 30.0) / n));
  fsim_sensitivity_free(s);
  fsim_variant_free(&variant);
}

/* Wins are rate times chance: the score function of both is theirs whatever the seed. */
static void scores_of_a_plain_funnel(void **state) {
  (void)state;
  fsim_variant variant = variant_of(
      "scenario: plain\nstart: 2026-01-05\nhorizon: 60 d\nwarm_up: 20 d\nreplications: 400\nseed: "
      "4\n"
      "attributes: {segment: [small, large]}\n"
      "models:\n  f:\n    funnel: f\n    entry: s\n    stages:\n"
      "      s: {wait: {exponential: {mean: 5 d}}, exits: {won: 0.3, lost: rest}}\n"
      "    outcomes: {won: {counts_as: win}, lost: {}}\n    overrides:\n"
      "      - {when: {segment: large}, stages: {s: {odds: {won: 0.5}}}}\n"
      "streams: {web: {into: f, rate: 2 / d, attributes: {segment: {small: 0.5, large: 0.5}}}}\n",
      "plain");
  fsim_sensitivity *s;
  const char *metric = "won";
  fsim_sensitivity_options options = {
      .metrics = &metric, .n_metrics = 1, .replications = 400, .slopes = 0, .simulate = true};
  fsim_report *report = fsim_report_new();
  options.slopes = 1; /* of one lever by differences; the other has the score alone */
  assert_int_equal(fsim_sensitivity_make(&variant, &options, report, &s), FSIM_OK);
  fsim_sensitivity *exact;
  options.simulate = false;
  assert_int_equal(fsim_sensitivity_make(&variant, &options, report, &exact), FSIM_OK);
  bool any = false;
  for (size_t i = 0; i < s->n_effects; i++) {
    const fsim_lever_effect *e = &s->effects[i];
    any = any || e->method == fsim_by_score;
    if (e->method == fsim_by_step) continue;
    compare(&e->slope, effect_of(exact, e->lever)->slope.estimate, e->lever);
  }
  assert_true(any);
  fsim_sensitivity_free(s);
  fsim_sensitivity_free(exact);
  fsim_report_free(report);
  fsim_variant_free(&variant);
}

/* Together they are no farther off than chance: chi-square, and a twentieth beyond 1.96. */
static void all_of_them_together(void **state) {
  (void)state;
  double n = (double)n_compared;
  print_message("%zu compared, sum of squares %.1f, largest %.2f, beyond 1.96: %zu\n", n_compared,
                sum_of_squares, worst, n_far);
  if (n_compared == 0) return;
  assert_true(fabs(sum_of_squares - n) < 4 * sqrt(2 * n) + 4);
  assert_true((double)n_far <= 0.05 * n + 4 * sqrt(0.05 * 0.95 * n) + 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(loop_chain),
      cmocka_unit_test(wins_within_a_horizon),
      cmocka_unit_test(one_server_from_empty),
      cmocka_unit_test(patient_leads),
      cmocka_unit_test(impatient_leads),
      cmocka_unit_test(two_teams),
      cmocka_unit_test(the_variance_of_a_step_is_exact),
      cmocka_unit_test(scores_of_a_plain_funnel),
      cmocka_unit_test(all_of_them_together),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
