/* A/B tests against the exact power of the test: arms of a Poisson stream are independent Poisson
 * numbers, and of their leads binomial numbers have won. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>

#include "analysis/decide/trial.h"
#include "decide.h"

/* Exponential waits of a week; the change comes after four weeks. */
#define HEAD(weeks)                                     \
  "scenario: pilot\nstart: 2026-01-05\nhorizon: " weeks \
  " w\nreplications: 200\nseed: 3\n"                    \
  "models:\n  f:\n    funnel: f\n    entry: s\n    outcomes: {won: {counts_as: win}, lost: {}}\n"
#define WAIT "wait: {exponential: {mean: 7 d}}"
#define STAGE(exits) "    stages: {s: {" WAIT ", exits: {won: " exits ", lost: rest}}}\n"
#define CHANGE(set)                          \
  "streams: {web: {into: f, rate: 4 / d}}\n" \
  "changes:\n  - {on: 2026-02-02, share: 40 %, set: {" set "}}\n"
#define PILOT(weeks) HEAD(weeks) STAGE("0.3") CHANGE("f.stages.s.exits.won: 0.5")

enum { LEADS_A_WEEK = 28 };
#define SHARE 0.4
#define BEYOND 1.959963984540054

/* Tables of laws, kept from run to run. */
static fsim_tables tables;

static fsim_trial made(const fsim_variant *variant, uint32_t replications) {
  fsim_trial trial;
  fsim_report *report = fsim_report_new();
  assert_int_equal(fsim_tables_ready(&tables, report), FSIM_OK);
  fsim_trial_options options = {.confidence = 0.95,
                                .replications = replications,
                                .run = {.threads = 1, .cache = tables.cache}};
  int status = fsim_trial_make(variant, 0, &options, report, &trial);
  if (status != FSIM_OK) show_messages(report);
  assert_int_equal(status, FSIM_OK);
  fsim_report_free(report);
  return trial;
}

/* ---- the exact power ---- */

/* Does the test see that the second arm is better? */
static bool sees(const unsigned n[2], unsigned won, unsigned x) {
  double pooled = (won + x) / (double)(n[0] + n[1]);
  double variance = pooled * (1 - pooled) * (1.0 / n[0] + 1.0 / n[1]);
  double d = x / (double)n[1] - won / (double)n[0];
  return variance > 0 && d > BEYOND * sqrt(variance);
}

static double power_given(const unsigned n[2], const double q[2]) {
  double sum = 0;
  unsigned x = 0; /* fewest wins of the second arm that will do: more, the more the first has */
  for (unsigned won = 0; won <= n[0]; won++) {
    double chance = gsl_ran_binomial_pdf(won, q[0], n[0]);
    while (x <= n[1] && !sees(n, won, x)) x++;
    if (x > n[1]) break;
    if (chance > 1e-9) sum += chance * gsl_cdf_binomial_Q(x - 1, q[1], n[1]); /* x > 0 always */
  }
  return sum;
}

/* Arms of `leads` leads together on average, of which the shares q have won. Every third number of
 * leads stands for its neighbours: the power changes little from one to the next. */
static double power_of(double leads, const double q[2]) {
  enum { STEP = 3 };
  double mean[2] = {(1 - SHARE) * leads, SHARE * leads}, sum = 0, weights = 0;
  unsigned from[2], to[2], n[2];
  for (int arm = 0; arm < 2; arm++) {
    from[arm] = (unsigned)fmax(1, mean[arm] - 4.5 * sqrt(mean[arm]));
    to[arm] = (unsigned)(mean[arm] + 4.5 * sqrt(mean[arm]) + 1);
  }
  for (n[0] = from[0]; n[0] <= to[0]; n[0] += STEP) {
    for (n[1] = from[1]; n[1] <= to[1]; n[1] += STEP) {
      double weight = gsl_ran_poisson_pdf(n[0], mean[0]) * gsl_ran_poisson_pdf(n[1], mean[1]);
      if (weight < 1e-8) continue;
      weights += weight;
      sum += weight * power_given(n, q);
    }
  }
  return sum / weights;
}

/* Of leads that come evenly through so many weeks, with exponential waits of one. */
static double over_by(size_t weeks) {
  double t = (double)weeks;
  return 1 - (1 - exp(-t)) / t;
}

static double exact_power(size_t weeks, double before, double after) {
  const double q[2] = {before * over_by(weeks), after * over_by(weeks)};
  return power_of(LEADS_A_WEEK * (double)weeks, q);
}

static size_t exact_weeks(void) {
  static size_t weeks = 0;
  if (weeks > 0) return weeks;
  do weeks++;
  while (exact_power(weeks, 0.3, 0.5) < 0.8);
  return weeks;
}

/* ---- tests ---- */

static void power_is_that_of_the_exact_test(void **state) {
  (void)state;
  fsim_variant variant = variant_of(PILOT("16"), "pilot");
  fsim_trial t = made(&variant, 1200);
  assert_int_equal(t.n_weeks, 12);
  for (size_t w = 1; w <= 10; w += 3) {
    double exact = exact_power(w, 0.3, 0.5);
    fsim_interval seen = t.weeks[w - 1].seen;
    seen.standard_error = sqrt(exact * (1 - exact) / 1200);
    assert_near(&seen, exact, "power");
    for (int arm = 0; arm < 2; arm++) {
      double leads = LEADS_A_WEEK * (double)w * (arm ? SHARE : 1 - SHARE);
      double won = (arm ? 0.5 : 0.3) * over_by(w);
      assert_true(fabs(t.weeks[w - 1].leads[arm] - leads) < 4 * sqrt(leads / 1200));
      assert_true(fabs(t.weeks[w - 1].won[arm] - won) < 4 * sqrt(won / (leads * 1200)));
    }
  }
  assert_true(t.low <= exact_weeks() && exact_weeks() <= t.high);
  assert_string_equal(t.stages, "f.s");
  fsim_trial_free(&t);
  fsim_variant_free(&variant);
}

static void weeks_cover_the_exact_ones(void **state) {
  (void)state;
  enum { SEEDS = 200 };
  const size_t exact = exact_weeks();
  size_t covered = 0, near = 0;
  fsim_variant base = variant_of(PILOT("14"), "pilot");
  for (int seed = 0; seed < SEEDS; seed++) {
    char set[32];
    snprintf(set, sizeof set, "seed=%d", 100 + seed);
    fsim_variant variant = derived_from(&base, set);
    fsim_trial t = made(&variant, 60);
    assert_true(t.low <= t.needed && t.needed <= t.high);
    covered += t.low <= exact && exact <= t.high;
    near += t.needed + 1 >= exact && t.needed <= exact + 1;
    fsim_trial_free(&t);
    fsim_variant_free(&variant);
  }
  fsim_variant_free(&base);
  double least = 0.95 - 2.576 * sqrt(0.95 * 0.05 / SEEDS);
  if ((double)covered / SEEDS < least) fail_msg("%zu of %d cover %zu", covered, SEEDS, exact);
  if ((double)near / SEEDS < 0.8) fail_msg("%zu of %d are near %zu", near, SEEDS, exact);
}

/* The simulation goes on by itself, with the same leads. */
static void a_short_horizon_is_made_longer(void **state) {
  (void)state;
  fsim_variant long_enough = variant_of(PILOT("26"), "pilot");
  fsim_variant brief = variant_of(PILOT("5"), "pilot"), early = variant_of(PILOT("4"), "pilot");
  fsim_trial of_long = made(&long_enough, 100), of_brief = made(&brief, 100);
  fsim_trial of_early = made(&early, 100);
  assert_true(of_long.needed > 1);
  assert_int_equal(of_brief.needed, of_long.needed);
  assert_int_equal(of_early.needed, of_long.needed);
  assert_int_equal(of_brief.high, of_long.high);
  fsim_trial_free(&of_long);
  fsim_trial_free(&of_brief);
  fsim_trial_free(&of_early);
  fsim_variant_free(&long_enough);
  fsim_variant_free(&brief);
  fsim_variant_free(&early);
}

/* A change that changes nobody's fate is seen by chance alone, one-sided, and is told from one that
 * would need too long. */
static void nothing_is_seen_where_there_is_nothing(void **state) {
  (void)state;
  fsim_variant variant = variant_of(
      HEAD("16") STAGE("0.3") CHANGE("f.stages.s.wait: {exponential: {mean: 604801 s}}"), "none");
  fsim_trial t = made(&variant, 1200);
  double exact = exact_power(12, 0.3, 0.3);
  fsim_interval seen = t.weeks[11].seen;
  seen.standard_error = sqrt(exact * (1 - exact) / 1200);
  assert_near(&seen, exact, "false alarms");
  assert_true(exact > 0.015 && exact < 0.035);
  assert_int_equal(t.needed, 0);
  assert_int_equal(t.high, 0);
  assert_true(isnan(t.about));
  fsim_trial_free(&t);
  fsim_variant_free(&variant);
}

/* What is not known averages the power, and pairs of replications are the units. */
static void uncertain_numbers_average_the_power(void **state) {
  (void)state;
  enum { POINTS = 6, WEEKS = 6 };
  fsim_variant variant =
      variant_of(HEAD("10") STAGE("{probability: {uncertain: {uniform: {min: 0.2, max: 0.4}}}}")
                     CHANGE("f.stages.s.exits.won: 0.5"),
                 "uncertain");
  fsim_trial t = made(&variant, 1200);
  double exact = 0;
  gsl_integration_glfixed_table *gauss = gsl_integration_glfixed_table_alloc(POINTS);
  assert_non_null(gauss);
  for (size_t i = 0; i < POINTS; i++) {
    double p, weight;
    gsl_integration_glfixed_point(0.2, 0.4, i, &p, &weight, gauss);
    exact += weight / 0.2 * exact_power(WEEKS, p, 0.5);
  }
  gsl_integration_glfixed_table_free(gauss);
  fsim_interval seen = t.weeks[WEEKS - 1].seen;
  assert_int_equal(seen.n, 600);
  assert_near(&seen, exact, "average power");
  fsim_trial_free(&t);
  fsim_variant_free(&variant);
}

/* Every lead that enters the stage is in one arm, with queues too, and the arms do not depend on
 * the threads. */
static void all_that_enter_are_counted(void **state) {
  (void)state;
  fsim_variant variant = variant_of(
      HEAD("12") "    stages:\n      s: {work: {team: one, time: {exponential: {mean: 1 h}}}, "
                 "exits: {t: 0.6, lost: rest}}\n"
                 "      t: {" WAIT ", exits: {s: 0.2, won: 0.3, lost: rest}}\n"
                 "teams: {one: {size: 1}}\n" CHANGE("f.stages.t.exits.won: 0.5"),
      "team");
  fsim_variant from_there = derived_from(&variant, "warm_up=4 w");
  fsim_trial t = made(&variant, 50);
  assert_string_equal(t.stages, "f.t");
  fsim_measure measure;
  fsim_outputs outputs = {0};
  fsim_outputs_options alone = {.threads = 1};
  assert_int_equal(
      fsim_measure_make(from_there.scenario, from_there.shape, "f.t.entered", NULL, &measure),
      FSIM_OK);
  assert_int_equal(fsim_outputs_run(&from_there, &measure, 1, 50, &alone, NULL, &outputs), FSIM_OK);
  double entered = 0;
  for (uint32_t r = 0; r < 50; r++) entered += fsim_outputs_top(&outputs, 0)[r] * 8 / 50;
  double counted = t.weeks[7].leads[0] + t.weeks[7].leads[1];
  /* Visits less those again: of all entries 1 / (1 + 0.2 * 0.6 + …) are the first, or more so near
   * the end of the window; some first entries were before the change. */
  assert_true(counted < entered && counted > 0.8 * entered);
  double with = t.weeks[7].leads[1] / counted;
  assert_true(fabs(with - SHARE) < 4 * sqrt(SHARE * (1 - SHARE) / (50 * counted)));
  fsim_trial_free(&t);
  fsim_outputs_free(&outputs);
  fsim_measure_free(&measure);
  fsim_variant_free(&from_there);
  fsim_variant_free(&variant);
}

static void a_change_of_no_stage_is_no_test(void **state) {
  (void)state;
  fsim_variant variant =
      variant_of(HEAD("8") STAGE("0.3") "    value: 100\n" CHANGE("f.value: 200"), "value");
  fsim_trial t = made(&variant, 10);
  assert_non_null(t.unfit);
  assert_int_equal(t.n_weeks, 0);
  fsim_trial_free(&t);
  fsim_variant_free(&variant);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(power_is_that_of_the_exact_test),
      cmocka_unit_test(weeks_cover_the_exact_ones),
      cmocka_unit_test(a_short_horizon_is_made_longer),
      cmocka_unit_test(nothing_is_seen_where_there_is_nothing),
      cmocka_unit_test(uncertain_numbers_average_the_power),
      cmocka_unit_test(all_that_enter_are_counted),
      cmocka_unit_test(a_change_of_no_stage_is_no_test),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  fsim_tables_free(&tables);
  return failed;
}
