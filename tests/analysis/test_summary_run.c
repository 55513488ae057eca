/* The summary of simulated scenarios against exact answers: FEATURES T1 and T12, the oracle
 * `uncertain-parameters`, two segments with known conversions. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <math.h>

#include "memory_run.h"

/* Within four standard errors of the exact answer. */
static void assert_covers(const fsim_interval *interval, double exact, int line) {
  double z = (interval->estimate - exact) / interval->standard_error;
  if (!(fabs(z) < 4)) {
    fail_msg("line %d: %.6g, exact %.6g, z = %.2f", line, interval->estimate, exact, z);
  }
}
#define COVERS(interval, exact) assert_covers(&(interval), (exact), __LINE__)

static void assert_close(double a, double b, double tolerance) {
  if (!(fabs(a - b) <= tolerance)) fail_msg("%.8g is not %.8g", a, b);
}

/* T12: win clock 0.02 / d, loss clock 0.06 / d, dropped at 30 d: won 0.22732, lost 0.68196, dropped
 * 0.09072, of which a quarter would have been won. */
static const char dropped_at_thirty_days[] =
    "scenario: t12\n"
    "currency: EUR\n"
    "start: 2026-01-05\n"
    "horizon: 60 w\n"
    "warm_up: 10 w\n"
    "replications: 60\n"
    "seed: 12\n"
    "models:\n"
    "  basic:\n"
    "    funnel: basic\n"
    "    entry: deal\n"
    "    stages:\n"
    "      deal:\n"
    "        race: true\n"
    "        exits:\n"
    "          won: {wait: {exponential: {mean: 50 d}}}\n"
    "          lost: {wait: {exponential: {mean: 16.666666667 d}}}\n"
    "        expire: {after: 30 d, to: stale}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}, stale: {}}\n"
    "    value: 1000\n"
    "streams:\n"
    "  web: {into: basic, rate: 10 / d, cost: 20}\n";

static void rules_and_conversion_of_t12(void **state) {
  (void)state;
  run r;
  simulate(&r, dropped_at_thirty_days, 60);
  const fsim_funnel_record *f = &r.summary->funnels[0];
  const double won = 0.25 * (1 - exp(-0.08 * 30)), stale = exp(-0.08 * 30);
  COVERS(f->conversion.corrected, won);
  assert_close(won, 0.22732, 5e-6);
  assert_close(f->conversion.eventual, won, 1e-6);
  assert_int_equal(r.summary->n_rules, 1);
  const fsim_rule_record *rule = &r.summary->rules[0];
  COVERS(rule->ended_per_week.mean, 70 * stale);
  COVERS(rule->would_win, 0.25);
  assert_close(rule->value_per_week.estimate,
               1000 * rule->would_win.estimate * rule->ended_per_week.mean.estimate,
               1e-6 * rule->value_per_week.estimate);
  /* Wins in the window: all of it after the longest cycle time, so the long-run rate. */
  COVERS(f->won_per_week.mean, 70 * won);
  COVERS(f->value_per_week.mean, 70 * won * 1000);
  COVERS(f->cost_per_win.mean, 20 / won);
  COVERS(f->wip.mean, 10 * (1 - exp(-0.08 * 30)) / 0.08);
  end(&r);
}

/* Half a per cent wins, but nearly all of that in one run of twenty: where none of twenty
 * replications saw a win, nothing may be said about wins a week but that, and a share only by the
 * ten pairs. With a team or a pace in place of uncertain numbers it is the same, with plain leads
 * it is not. */
#define NOBODY_WINS(won, work)                                                                   \
  "scenario: none\nstart: 2026-01-05\nhorizon: 4 w\nreplications: 20\nseed: %d\n"                \
  "models:\n  f:\n    funnel: f\n    entry: s\n    stages:\n      s: {" work "exits: {won: " won \
  ", lost: rest}}\n"                                                                             \
  "    outcomes: {won: {counts_as: win}, lost: {}}\n"                                            \
  "streams: {web: {into: f, rate: 2 / d}}\nteams: {desk: {size: 1}}\n"

static void nothing_seen_is_not_more_than_that(void **state) {
  (void)state;
  const char *const uncertain =
      NOBODY_WINS("{uncertain: {beta: {successes: 0.05, trials: 10}}}", "");
  size_t none = 0;
  for (int seed = 1; seed <= 8; seed++) {
    char yaml[1024];
    run r;
    snprintf(yaml, sizeof yaml, uncertain, seed);
    simulate(&r, yaml, 20);
    const fsim_funnel_record *f = &r.summary->funnels[0];
    if (f->won_per_week.mean.estimate <= 0) {
      none++;
      assert_true(isnan(f->won_per_week.mean.high));
      assert_close(f->conversion.corrected.high, 1 - pow(0.05, 0.1), 1e-9);
    }
    end(&r);
  }
  assert_true(none > 0);
  run r;
  char yaml[1024];
  snprintf(yaml, sizeof yaml, NOBODY_WINS("0", "work: {team: desk, time: 1 h}, "), 1);
  simulate(&r, yaml, 20);
  assert_true(isnan(r.summary->funnels[0].won_per_week.mean.high));
  assert_close(r.summary->funnels[0].conversion.corrected.high, 1 - pow(0.05, 0.05), 1e-9);
  end(&r);
  snprintf(yaml, sizeof yaml, NOBODY_WINS("0", "wait: 1 d, ") "paces: {zeal: {cv: 0.5}}\n", 1);
  simulate(&r, yaml, 20);
  assert_true(isnan(r.summary->funnels[0].won_per_week.mean.high));
  assert_close(r.summary->funnels[0].conversion.corrected.high, 1 - pow(0.05, 0.05), 1e-9);
  end(&r);
  snprintf(yaml, sizeof yaml, NOBODY_WINS("0", ""), 1);
  simulate(&r, yaml, 20);
  assert_close(r.summary->funnels[0].won_per_week.mean.high, -log(0.05) / 80, 1e-9);
  end(&r);
}

/* Winning takes longer than losing, and half of the window is younger than that: won of ended is
 * wrong, the corrected conversion is right, the eventual one exact. */
static const char slow_wins[] =
    "scenario: slow\n"
    "start: 2026-01-05\n"
    "horizon: 80 d\n"
    "replications: 60\n"
    "seed: 3\n"
    "attributes: {segment: [smb, enterprise]}\n"
    "models:\n"
    "  basic:\n"
    "    funnel: basic\n"
    "    entry: deal\n"
    "    stages:\n"
    "      deal:\n"
    "        exits:\n"
    "          won: {probability: 0.3, wait: {uniform: {min: 20 d, max: 40 d}}}\n"
    "          lost: {probability: rest, wait: {uniform: {min: 0 d, max: 10 d}}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "    overrides:\n"
    "      - when: {segment: enterprise}\n"
    "        stages: {deal: {exits: {won: {probability: 0.6}}}}\n"
    "streams:\n"
    "  web: {into: basic, rate: 20 / d, attributes: {segment: {smb: 0.75, enterprise: 0.25}}}\n";

static void open_journeys_are_corrected_for(void **state) {
  (void)state;
  static const double exact[] = {0.375, 0.3, 0.6};
  run r;
  simulate(&r, slow_wins, 60);
  assert_int_equal(r.summary->n_funnels, 3);
  for (size_t g = 0; g < 3; g++) {
    const fsim_funnel_record *f = &r.summary->funnels[g];
    /* Classes of age are a tenth wide: within one, endings and those last seen are taken as mixed.
     */
    assert_close(f->conversion.corrected.estimate, exact[g],
                 4 * f->conversion.corrected.standard_error + 0.01);
    assert_close(f->conversion.eventual, exact[g], 1e-9);
    assert_true(f->won_of_ended.mean.high < exact[g] - 0.05);
    assert_true(f->conversion.still_open < 0.02);
  }
  const fsim_journeys_record *won = NULL;
  for (size_t i = 0; i < r.summary->n_journeys; i++) {
    const fsim_journeys_record *one = &r.summary->journeys[i];
    if (r.scenario->outcomes[one->outcome].win && one->group == 0) won = one;
  }
  assert_non_null(won);
  assert_true(won->cycle_days.p10.estimate > 20 && won->cycle_days.p90.estimate < 40);
  assert_true(r.summary->cohorts[0].open_share.estimate < FSIM_IMMATURE_OPEN);
  assert_true(r.summary->cohorts[r.summary->n_cohorts - 1].immature);
  end(&r);
}

/* Oracle `uncertain-parameters`: gamma rate (mean 10 / d, cv 0.15), beta(30, 70) probability, 90
 * days, won at once: mean 270, uncertain share 0.925667, p10, p50, p90 of wins 197, 265, 350. */
static const char uncertain[] =
    "scenario: uncertain\n"
    "start: 2026-01-05\n"
    "horizon: 90 d\n"
    "replications: 800\n"
    "seed: 5\n"
    "models:\n"
    "  basic:\n"
    "    funnel: basic\n"
    "    entry: lead\n"
    "    stages:\n"
    "      lead:\n"
    "        exits: {won: {uncertain: {beta: {successes: 30, trials: 100}}}, lost: rest}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "streams:\n"
    "  web: {into: basic, rate: {uncertain: {gamma: {mean: 10 / d, cv: 0.15}}}}\n";

static void spread_is_split_into_chance_and_uncertain_numbers(void **state) {
  (void)state;
  run r;
  simulate(&r, uncertain, 800);
  assert_int_equal(r.summary->units, 400);
  const fsim_variance_record *v = NULL;
  for (size_t i = 0; i < r.summary->n_variance; i++) {
    if (r.scenario->outcomes[r.summary->variance[i].outcome].win) v = &r.summary->variance[i];
  }
  assert_non_null(v);
  assert_true(v->uncertain);
  COVERS(v->split.uncertainty_share, 0.925666973321);
  const fsim_throughput_record *t = NULL;
  for (size_t i = 0; i < r.summary->n_throughput; i++) {
    if (r.summary->throughput[i].outcome == v->outcome && r.summary->throughput[i].group == 0) {
      t = &r.summary->throughput[i];
    }
  }
  assert_non_null(t);
  COVERS(t->total.mean, 270);
  assert_int_equal(t->total.mean.n, 400);
  /* Range of outcomes: at 99.99 % the order statistics of the pairs' first replications enclose the
   * exact quantiles. */
  fsim_subject wins = {.outcome = v->outcome};
  fsim_estimate range;
  fsim_series *series = NULL;
  expect_fine(fsim_series_new(&r.series, 0, r.report, &series), r.report);
  expect_fine(fsim_metric_estimate(series, FSIM_TOTAL_ENDED, &wins, 0.9999, r.report, &range),
              r.report);
  assert_true(range.p10.low <= 197 && 197 <= range.p10.high && range.p10.n == 400);
  assert_true(range.p50.low <= 265 && 265 <= range.p50.high);
  assert_true(range.p90.low <= 350 && 350 <= range.p90.high);
  fsim_series_free(series);
  assert_string_equal(r.summary->funnels[0].conversion.why_not, "its numbers are uncertain");
  end(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rules_and_conversion_of_t12),
      cmocka_unit_test(nothing_seen_is_not_more_than_that),
      cmocka_unit_test(open_journeys_are_corrected_for),
      cmocka_unit_test(spread_is_split_into_chance_and_uncertain_numbers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
