/* Intervals narrowed by controls with known means: arithmetic, how much they narrow, coverage. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <math.h>
#include <stdio.h>

#include "analysis/control.h"
#include "analysis/known.h"
#include "memory_run.h"

/* ---- arithmetic ---- */

enum { N = 24 };

static const double y[N] = {-3.6, 0.0, 5.2, 4.5, 1.5, 1.4, 11.6, 4.7,  -1.9, 7.3, 7.5, 4.0,
                            -1.0, 3.7, 1.2, 3.7, 3.9, 1.1, 1.4,  -1.6, 5.6,  5.3, 7.5, 0.0};
static const double x[2][N] = {
    {0, 0, 3, 5, -5, -4, 4, 5, -3, -2, 4, -1, -2, 4, -3, -1, 2, 1, -5, -5, 4, 3, 4, 0},
    {3, -2, -1, 3, -4, -2, -4, -1, 5, -4, -1, -1, 4, -3, 0, -3, -5, 3, -5, -2, 0, 0, -4, 5}};

#define ESTIMATE 2.346128868783261
#define ERROR 0.4145934475206977
#define T21 2.079613844727662 /* 97.5 % of Student's t, 21 degrees */

/* Regressions without each unit in turn, by another program (numpy 1.24). */
static void the_adjusted_mean_is_the_jackknife_of_a_regression(void **state) {
  (void)state;
  fsim_interval i = fsim_controlled_mean(y, &x[0][0], N, 2, 0.95);
  assert_true(fabs(i.estimate - ESTIMATE) < 1e-12);
  assert_true(fabs(i.standard_error - ERROR) < 1e-12);
  fsim_interval limits = i;
  fsim_interval_limits(&limits, 0, N - 3, 0.95);
  assert_true(fabs(limits.high - i.estimate - T21 * i.standard_error) < 1e-9);
}

/* A control twice, in other units, or one that stands still is no control more. */
static void repeated_and_constant_controls_add_nothing(void **state) {
  (void)state;
  double two[2 * N], still[N] = {0};
  for (size_t i = 0; i < N; i++) {
    two[i] = x[0][i];
    two[N + i] = 3 * x[0][i];
  }
  fsim_interval one = fsim_controlled_mean(y, two, N, 1, 0.95);
  fsim_interval both = fsim_controlled_mean(y, two, N, 2, 0.95);
  fsim_interval none = fsim_controlled_mean(y, still, N, 1, 0.95);
  fsim_interval plain = fsim_interval_mean(y, N, 0.95);
  assert_true(fabs(one.low - both.low) < 1e-12 && fabs(one.high - both.high) < 1e-12);
  assert_true(fabs(none.low - plain.low) < 1e-12 && fabs(none.high - plain.high) < 1e-12);
}

static void too_few_units_have_no_controls(void **state) {
  (void)state;
  assert_true(isnan(fsim_controlled_mean(y, &x[0][0], 19, 2, 0.95).estimate));
  assert_true(isnan(fsim_controlled_mean(y, &x[0][0], N, 0, 0.95).estimate));
  assert_true(isnan(fsim_controlled_ratio(y, x[0], &x[0][0], N, 1, 0.95).estimate));
}

/* ---- the engine's own runs ---- */

static const char at_once[] =
    "scenario: at-once\n"
    "start: 2026-01-05\n"
    "horizon: 50 d\n"
    "replications: 20\n"
    "seed: 11\n"
    "models:\n"
    "  f:\n"
    "    funnel: f\n"
    "    entry: a\n"
    "    stages: {a: {exits: {won: 0.3, lost: rest}}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "streams: {new: {into: f, rate: 20 / d}}\n";

static fsim_known *known_of(const run *r) {
  fsim_known *known = NULL;
  expect_fine(fsim_known_make(&r->series, r->source, 0, r->summary->n_groups, r->report, &known),
              r->report);
  assert_true(known->any);
  return known;
}

/* Given the number of leads, wins are binomial: of their variance 1 - p is left. The share that a
 * control explains, r^2 of normal pairs, has error 2 r (1 - r^2) / sqrt(n). */
static void arrivals_explain_the_share_p_of_wins(void **state) {
  (void)state;
  enum { MANY = 4000 };
  run r;
  simulate(&r, at_once, MANY);
  fsim_known *known = known_of(&r);
  fsim_series *series = NULL;
  double *won = fsim_zeroed(MANY, sizeof *won), p = 0.3;
  assert_non_null(won);
  expect_fine(fsim_series_new(&r.series, 0, r.report, &series), r.report);
  expect_fine(fsim_metric_values(series, FSIM_TOTAL_WON, &(fsim_subject){0}, won, NULL, r.report),
              r.report);
  fsim_interval plain = fsim_interval_mean(won, MANY, 0.95);
  fsim_interval narrowed =
      fsim_controlled_mean(won, fsim_known_of(known, FSIM_KNOWN_WINS, 0, 0), MANY, 1, 0.95);
  double left = pow(narrowed.standard_error / plain.standard_error, 2);
  print_message("variance left: %.4f, expected %.4f\n", left, 1 - p);
  assert_true(fabs(left - (1 - p)) < 4 * 2 * sqrt(p) * (1 - p) / sqrt(MANY));
  /* Both means are of 20 * 50 * 0.3 wins; the variance is known: 300, of it 210 is left. */
  assert_true(fabs(narrowed.estimate - 300) < 4 * sqrt(210.0 / MANY));
  fsim_known_free(known);
  fsim_series_free(series);
  free(won);
  end(&r);
}

static const char many_kinds[] =
    "scenario: kinds\n"
    "start: 2026-01-07\n"
    "horizon: 45 d\n"
    "warm_up: 10 d\n"
    "replications: 400\n"
    "seed: 3\n"
    "attributes: {segment: [smb, enterprise], region: [north, south]}\n"
    "models:\n"
    "  f:\n"
    "    funnel: f\n"
    "    entry: a\n"
    "    stages:\n"
    "      a: {wait: {exponential: {mean: 6 d}}, exits: {won: 0.3, lost: rest}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "    value: 500\n"
    "    overrides: [{when: {segment: enterprise}, stages: {a: {exits: {won: 0.6}}}, value: "
    "3000}]\n"
    "  g:\n"
    "    funnel: g\n"
    "    entry: a\n"
    "    stages: {a: {wait: 3 d, exits: {won: 0.5, lost: rest}}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "    value: 100\n"
    "links: [{from: f.won, to: g}]\n"
    "streams:\n"
    "  web:\n"
    "    {into: f, rate: 4 / d, weekday: [1.5, 1.2, 1, 1, 0.8, 0.2, 0.1], growth: 10 % / month,\n"
    "     attributes: {segment: {smb: 0.7, enterprise: 0.3}, region: {north: 0.4, south: 0.6}},\n"
    "     cost: 12}\n"
    "  fair:\n"
    "    {into: g, campaign: {on: 2026-01-20, leads: 40, over: 3 d},\n"
    "     attributes: {segment: smb, region: north}}\n"
    "  days: {into: f, rate: 2 / d, dispersion: {cv: 0.5},\n"
    "         attributes: {segment: enterprise, region: {north: 0.5, south: 0.5}}}\n"
    "  even: {into: f, rate: 1 / d, spacing: evenly,\n"
    "         attributes: {segment: smb, region: south}}\n";

/* Every control has mean 0: wins, value and cost, of all leads and of each segment. */
static void controls_have_the_means_that_they_are_said_to_have(void **state) {
  (void)state;
  enum { MANY = 2000 };
  run r;
  simulate(&r, many_kinds, MANY);
  fsim_known *known = known_of(&r);
  double square = 0;
  size_t rows = (2 * known->n_funnels + 1) * known->n_groups, n = 0;
  assert_int_equal(rows, 15); /* wins and value of two funnels, cost; all, smb, enterprise */
  for (size_t k = 0; k < rows; k++) {
    fsim_interval i = fsim_interval_mean(known->less + k * known->units, known->units, 0.95);
    if (i.standard_error <= 0) continue;
    double z = i.estimate / i.standard_error;
    if (fabs(z) > 4) fail_msg("row %zu: z %.2f", k, z);
    square += z * z;
    n++;
  }
  assert_true(n >= 13 && square < 4.5 * (double)n);
  fsim_known_free(known);
  end(&r);
}

/* Without teams the exact answers stand in place of intervals, and the simulation agrees. */
static void without_teams_the_answers_are_exact(void **state) {
  (void)state;
  run r;
  simulate(&r, many_kinds, 400);
  expect_fine(fsim_summary_known(r.summary, r.source, NULL, r.report), r.report);
  size_t n_exact = 0;
  for (size_t i = 0; i < r.summary->n_narrowed; i++) {
    const fsim_narrowed_record *k = &r.summary->narrowed[i];
    if (!k->exact || k->funnel == FSIM_ALL_FUNNELS) continue;
    const fsim_funnel_record *f = r.summary->funnels;
    while (f->funnel != k->funnel || f->group != k->group) f++;
    const fsim_interval *plain =
        k->metric == FSIM_PER_WEEK_WON ? &f->won_per_week.mean : &f->value_per_week.mean;
    assert_true(fabs(plain->estimate - k->interval.estimate) < 4 * plain->standard_error);
    n_exact++;
  }
  assert_int_equal(n_exact, 12);
  assert_true(r.summary->narrowed[0].exact);
  end(&r);
}

/* Wins of a queue from empty: 116.0846 by 30 days (Kolmogorov's equations, ODE). */
static const char queue[] =
    "scenario: queue\n"
    "start: 2026-01-05\n"
    "horizon: 30 d\n"
    "replications: 30\n"
    "seed: %d\n"
    "models:\n"
    "  f:\n"
    "    funnel: f\n"
    "    entry: a\n"
    "    stages: {a: {work: {team: t, time: {exponential: {mean: 0.2 d}}}, exits: {won: 1}}}\n"
    "    outcomes: {won: {counts_as: win}}\n"
    "    value: {uniform: {min: 0, max: 2000}}\n"
    "teams: {t: {size: 1}}\n"
    "streams: {new: {into: f, rate: 4 / d, cost: 10}}\n";

/* Rate and win probability are uncertain: 10 * 90 * 0.3 wins on average, in pairs. */
static const char uncertain[] =
    "scenario: uncertain\n"
    "start: 2026-01-05\n"
    "horizon: 90 d\n"
    "replications: 40\n"
    "seed: %d\n"
    "models:\n"
    "  f:\n"
    "    funnel: f\n"
    "    entry: a\n"
    "    stages: {a: {exits: {won: {probability: {uncertain: {beta: {a: 30, b: 70}}}}, lost: "
    "rest}}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "streams: {new: {into: f, rate: {uncertain: {gamma: {mean: 10 / d, cv: 0.15}}}}}\n";

typedef struct tally {
  const char *what;
  fsim_metric_id metric;
  double truth;
  int inside, seen;
  double narrower;
} tally;

static void count(tally *t, const fsim_summary *summary) {
  for (size_t i = 0; i < summary->n_narrowed; i++) {
    const fsim_narrowed_record *k = &summary->narrowed[i];
    if (k->metric != t->metric || k->funnel != 0 || k->group != 0) continue;
    t->seen++;
    t->inside += k->interval.low <= t->truth && t->truth <= k->interval.high;
    t->narrower += k->narrower;
  }
}

static void cover(const char *yaml, uint32_t replications, tally *t, size_t n, int seeds) {
  for (int seed = 1; seed <= seeds; seed++) {
    char text[2048];
    run r;
    snprintf(text, sizeof text, yaml, seed);
    simulate(&r, text, replications);
    expect_fine(fsim_summary_known(r.summary, r.source, NULL, r.report), r.report);
    for (size_t i = 0; i < n; i++) count(&t[i], r.summary);
    end(&r);
  }
  for (size_t i = 0; i < n; i++) {
    double share = (double)t[i].inside / t[i].seen;
    print_message("%-24s %.1f %% of %d seeds, %.1f %% narrower\n", t[i].what, 100 * share,
                  t[i].seen, 100 * t[i].narrower / t[i].seen);
    assert_int_equal(t[i].seen, seeds);
    /* 3.3 standard errors about 95 %, as several hold at once */
    if (fabs(share - 0.95) > 3.3 * sqrt(0.95 * 0.05 / seeds))
      fail_msg("%s: coverage %.4f", t[i].what, share);
  }
}

static void narrowed_intervals_of_a_queue_cover(void **state) {
  (void)state;
  double won = 116.084558555, weeks = 30.0 / 7;
  tally t[] = {{"wins", FSIM_PER_WEEK_WON, won / weeks, 0, 0, 0},
               {"value", FSIM_PER_WEEK_WON_VALUE, 1000 * won / weeks, 0, 0, 0},
               {"value a win", FSIM_VALUE_PER_WIN, 1000, 0, 0, 0},
               {"cost a win", FSIM_COST_PER_WIN, 1200 / won, 0, 0, 0}};
  cover(queue, 30, t, 4, 2000);
  assert_true(t[0].narrower > 0.3 * 2000);
}

static void narrowed_intervals_of_pairs_cover(void **state) {
  (void)state;
  tally t[] = {{"wins, uncertain numbers", FSIM_PER_WEEK_WON, 270 / (90.0 / 7), 0, 0, 0}};
  cover(uncertain, 40, t, 1, 500);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_adjusted_mean_is_the_jackknife_of_a_regression),
      cmocka_unit_test(repeated_and_constant_controls_add_nothing),
      cmocka_unit_test(too_few_units_have_no_controls),
      cmocka_unit_test(arrivals_explain_the_share_p_of_wins),
      cmocka_unit_test(controls_have_the_means_that_they_are_said_to_have),
      cmocka_unit_test(without_teams_the_answers_are_exact),
      cmocka_unit_test(narrowed_intervals_of_a_queue_cover),
      cmocka_unit_test(narrowed_intervals_of_pairs_cover),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
