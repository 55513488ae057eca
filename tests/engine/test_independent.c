/* The independent engine against exact answers: |z| < 4 from the standard error over replications.
 */
#include "tests/engine/build.h"

#define MODEL(horizon, stages, outcomes, streams)                                                \
  "scenario: t\nstart: 2026-01-05\nseed: 77\nhorizon: " horizon                                  \
  "\nmodels:\n  f:\n    funnel: f\n    entry: a\n    stages:\n" stages "    outcomes: " outcomes \
  "\nstreams:\n" streams
#define WON_LOST "{won: {counts_as: win}, lost: {}}"
#define WEB(rate) "  web: {into: f, rate: " rate " / d}\n"
#define DAY_S 86400.0

/* A count per lead that arrived: rows of an array over the leads, all in long horizons. */
static estimate share_of(const kept *k, fsim_cells array, size_t i, fsim_cells of, size_t j) {
  double *x = malloc(k->replications * sizeof *x), *y = malloc(k->replications * sizeof *y);
  for (uint32_t r = 0; r < k->replications; r++) {
    x[r] = (double)cell(k, r, array, i, 0, 0);
    y[r] = (double)cell(k, r, of, j, 0, 0);
  }
  estimate e = ratio_of(x, y, k->replications);
  free(x);
  free(y);
  return e;
}

static estimate scaled(estimate e, double factor) {
  return (estimate){e.mean * factor, e.error * factor, e.variance * factor * factor};
}

/* A variance over n replications against the exact one; counts are nearly normal. */
static void assert_variance(estimate e, size_t n, double exact) {
  double z = (e.variance - exact) / (exact * sqrt(2.0 / (double)(n - 1)));
  if (!(fabs(z) < 4)) fail_msg("variance %.6g, exact %.6g, z = %.2f", e.variance, exact, z);
}

static size_t slot_of(const model *m, const char *stage, fsim_reason reason, const char *exit) {
  size_t s = stage_named(m, stage), e = 0;
  while (exit != NULL && strcmp(m->scenario->stages[s].exits[e].name, exit) != 0) e++;
  return fsim_exit_slot(m->shape, s, reason, e);
}

static void wins_losses_and_open_deals_by_a_horizon(void **state) {
  (void)state;
  model m = model_make(MODEL(
      "60 d",
      "      a: {wait: {lognormal: {mean: 4 d, cv: 0.8}}, exits: {b: 0.6, lost: rest}}\n"
      "      b: {wait: {lognormal: {mean: 8 d, cv: 0.8}}, exits: {c: 0.5, a: 0.1, lost: rest}}\n"
      "      c: {wait: {lognormal: {mean: 12 d, cv: 0.8}}, exits: {won: 0.4, lost: rest}}\n",
      WON_LOST, WEB("30")));
  kept k = run_model(&m, (run_plan){.replications = 2000, .threads = 2});
  estimate wins = estimate_cell(&k, FSIM_ENDED, outcome_named(&m, "won"), 0, 0);
  assert_agrees(wins, 135.904722234, "wins");
  assert_variance(wins, 2000, 135.904722234);
  assert_agrees(estimate_cell(&k, FSIM_ENDED, outcome_named(&m, "lost"), 0, 0), 1270.93765337,
                "lost");
  assert_agrees(estimate_cell(&k, FSIM_FATE, m.scenario->n_outcomes, 0, 0), 393.157624391, "open");
  kept_free(&k);
  model_free(&m);
}

static void expiry_ends_visits_and_remembers_what_would_have_been(void **state) {
  (void)state;
  model m = model_make(
      MODEL("600 d",
            "      a: {wait: {lognormal: {mean: 14 d, cv: 1.1}}, expire: {after: 20 d, to: lost},"
            " exits: {b: 0.6, lost: rest}}\n"
            "      b: {wait: {exponential: {mean: 5 d}}, exits: {won: 0.5, lost: rest}}\n",
            WON_LOST, "  expo: {into: f, campaign: {on: 2026-01-05, leads: 900, over: 100 d}}\n"));
  kept k = run_model(&m, (run_plan){.replications = 1000, .threads = 2});
  size_t won = outcome_named(&m, "won"), expired = slot_of(&m, "a", FSIM_BY_EXPIRE, NULL);
  size_t b = slot_of(&m, "a", FSIM_BY_EXIT, "b"), a = stage_named(&m, "a");
  assert_agrees(share_of(&k, FSIM_EXITED, expired, FSIM_STARTED, 0), 0.198836791237, "expired");
  assert_agrees(share_of(&k, FSIM_FATE, won, FSIM_STARTED, 0), 0.240348962629, "won");
  assert_agrees(scaled(share_of(&k, FSIM_TIME, a, FSIM_STARTED, 0), 1 / DAY_S), 10.7270611924,
                "days in the stage");
  assert_agrees(scaled(share_of(&k, FSIM_CYCLE, won, FSIM_FATE, won), 1 / DAY_S), 13.4256557139,
                "cycle of the won");
  assert_agrees(scaled(share_of(&k, FSIM_WOULD_EXIT, b, FSIM_EXITED, expired), 0.5), 0.3,
                "expired ones that would have won");
  kept_free(&k);
  model_free(&m);
}

static void a_race_is_won_by_the_first_clock(void **state) {
  (void)state;
  model m = model_make(
      MODEL("900 d",
            "      a: {race: true, exits: {won: {wait: {weibull: {shape: 1.4, "
            "scale: 12 d}}}, lost: {wait: {weibull: {shape: 0.8, scale: 30 d}}}}}\n",
            WON_LOST, "  expo: {into: f, campaign: {on: 2026-01-05, leads: 2000, over: 1 d}}\n"));
  kept k = run_model(&m, (run_plan){.replications = 400, .threads = 2});
  size_t won = outcome_named(&m, "won");
  assert_agrees(share_of(&k, FSIM_FATE, won, FSIM_STARTED, 0), 0.671563987652, "won");
  assert_agrees(scaled(share_of(&k, FSIM_TIME, 0, FSIM_STARTED, 0), 1 / DAY_S), 8.00128050671,
                "days");
  assert_agrees(scaled(share_of(&k, FSIM_CYCLE, won, FSIM_FATE, won), 1 / DAY_S), 9.16625394029,
                "days of the won");
  kept_free(&k);
  model_free(&m);
}

static void a_bounded_loop_takes_so_many_visits(void **state) {
  (void)state;
  model m = model_make(
      MODEL("400 d",
            "      a: {wait: {exponential: {mean: 4 d}}, max_visits: {count: 3, to: lost},"
            " exits: {a: 0.5, won: 0.2, lost: rest}}\n",
            WON_LOST, "  expo: {into: f, campaign: {on: 2026-01-05, leads: 2000, over: 1 d}}\n"));
  kept k = run_model(&m, (run_plan){.replications = 400, .threads = 2});
  assert_agrees(share_of(&k, FSIM_ENTERED, 0, FSIM_STARTED, 0), 1.75, "visits");
  assert_agrees(share_of(&k, FSIM_FATE, outcome_named(&m, "won"), FSIM_STARTED, 0), 0.35, "won");
  assert_agrees(share_of(&k, FSIM_EXITED, slot_of(&m, "a", FSIM_BY_LIMIT, NULL), FSIM_STARTED, 0),
                0.125, "cut off");
  assert_agrees(share_of(&k, FSIM_EXITED, slot_of(&m, "a", FSIM_BY_EXIT, "lost"), FSIM_STARTED, 0),
                0.525, "lost by the exit");
  assert_agrees(scaled(share_of(&k, FSIM_TIME, 0, FSIM_STARTED, 0), 1 / DAY_S), 7, "days");
  kept_free(&k);
  model_free(&m);
}

/* T1: with exponential clocks of 0.02 and 0.06 a day both kinds of exits agree at first, and part
 * when the wins get twice as fast. */
static void mixtures_and_races_answer_a_faster_win_differently(void **state) {
  (void)state;
#define T1(first, second)                                                          \
  MODEL("10 d", "      a: {" first "}\n", WON_LOST,                                \
        "  expo: {into: f, campaign: {on: 2026-01-05, leads: 2000, over: 1 s}}\n") \
  second
#define MIXED(mean)                                                   \
  "exits: {won: {probability: 0.25, wait: {exponential: {mean: " mean \
  "}}}, "                                                             \
  "lost: {probability: rest, wait: {exponential: {mean: 12.5 d}}}}"
#define RACED(rate)                                            \
  "race: true, exits: {won: {wait: {exponential: {rate: " rate \
  " / d}}}, "                                                  \
  "lost: {wait: {exponential: {rate: 0.06 / d}}}}"
  static const struct {
    const char *yaml;
    double won;
  } cases[] = {{T1(MIXED("12.5 d"), ""), 0.13767},
               {T1(RACED("0.02"), ""), 0.13767},
               {T1(MIXED("6.25 d"), ""), 0.19953},
               {T1(RACED("0.04"), ""), 0.25285}};
  for (size_t i = 0; i < 4; i++) {
    model m = model_make(cases[i].yaml);
    kept k = run_model(&m, (run_plan){.replications = 100});
    estimate won = share_of(&k, FSIM_FATE, outcome_named(&m, "won"), FSIM_STARTED, 0);
    won.error += 3e-6; /* the vectors have five digits */
    assert_agrees(won, cases[i].won, cases[i].yaml);
    kept_free(&k);
    model_free(&m);
  }
}

/* T12, with the drop as an expiry at the same age. */
static void dropped_deals_keep_their_latent_wins(void **state) {
  (void)state;
  model m =
      model_make(MODEL("600 d",
                       "      a: {race: true, exits: {won: {wait: {exponential: {rate: 0.02 / "
                       "d}}}, lost: {wait: {exponential: {rate: 0.06 / d}}}},"
                       " expire: {after: 30 d, to: dropped}}\n",
                       "{won: {counts_as: win}, lost: {}, dropped: {}}",
                       "  expo: {into: f, campaign: {on: 2026-01-05, leads: 2000, over: 1 d}}\n"));
  kept k = run_model(&m, (run_plan){.replications = 200, .threads = 2});
  assert_agrees(share_of(&k, FSIM_FATE, outcome_named(&m, "won"), FSIM_STARTED, 0),
                0.25 * -expm1(-2.4), "won");
  assert_agrees(share_of(&k, FSIM_FATE, outcome_named(&m, "dropped"), FSIM_STARTED, 0), exp(-2.4),
                "dropped");
  assert_agrees(
      share_of(&k, FSIM_WOULD_EXIT, slot_of(&m, "a", FSIM_BY_EXIT, "won"), FSIM_STARTED, 0),
      0.25 * exp(-2.4), "latent wins");
  kept_free(&k);
  model_free(&m);
}

/* T17 */
static void a_serial_funnel_multiplies_its_shares(void **state) {
  (void)state;
  model m = model_make(MODEL("100 d",
                             "      a: {exits: {b: 0.6, lost: rest}}\n"
                             "      b: {exits: {c: 0.5, lost: rest}}\n"
                             "      c: {exits: {d: 0.4, lost: rest}}\n"
                             "      d: {exits: {won: 0.3, lost: rest}}\n",
                             WON_LOST, WEB("10")));
  kept k = run_model(&m, (run_plan){.replications = 1000});
  assert_agrees(estimate_cell(&k, FSIM_ENDED, outcome_named(&m, "won"), 0, 0), 36, "wins");
  kept_free(&k);
  model_free(&m);
}

/* T5 and the weekday case: arrivals follow a rate that changes with time. */
static void arrivals_follow_their_rate(void **state) {
  (void)state;
  model m = model_make(
      MODEL("32.5 d",
            "      a: {wait: {lognormal: {mean: 6 d, cv: 0.9}}, exits: {b: 0.5, "
            "lost: rest}}\n"
            "      b: {wait: {exponential: {mean: 4 d}}, exits: {won: 1}}\n",
            WON_LOST, "  web: {into: f, rate: 1 / d, weekday: [30, 30, 28, 26, 20, 5, 3]}\n"));
  kept k = run_model(&m, (run_plan){.replications = 2000, .threads = 2});
  assert_agrees(estimate_cell(&k, FSIM_ENDED, outcome_named(&m, "won"), 0, 0), 238.637779888,
                "wins");
  double *open = malloc(2000 * sizeof *open);
  for (uint32_t r = 0; r < 2000; r++) {
    open[r] = 0;
    for (size_t w = 0; w < m.shape->dim[FSIM_DIM_WEEK]; w++)
      open[r] +=
          (double)(cell(&k, r, FSIM_WEEK_ENTERED, w, 0, 0) - cell(&k, r, FSIM_WEEK_LEFT, w, 0, 0));
  }
  assert_agrees(estimate_of(open, 2000), 134.922158583, "in stage a");
  free(open);
  kept_free(&k);
  model_free(&m);
}

static void bunched_days_widen_the_range(void **state) {
  (void)state;
  model m = model_make(MODEL("28 d", "      a: {exits: {won: 0.3, lost: rest}}\n", WON_LOST,
                             "  web: {into: f, rate: 20 / d, dispersion: {cv: 0.5}}\n"));
  kept k = run_model(&m, (run_plan){.replications = 4000, .threads = 2});
  estimate wins = estimate_cell(&k, FSIM_ENDED, outcome_named(&m, "won"), 0, 0);
  assert_agrees(wins, 168, "wins");
  assert_variance(wins, 4000, 420);
  kept_free(&k);
  model_free(&m);
}

static void even_leads_come_at_equal_distances(void **state) {
  (void)state;
  model m = model_make(MODEL("3 d", "      a: {exits: {won: 0.5, lost: rest}}\n", WON_LOST,
                             "  web: {into: f, rate: 4 / d, spacing: evenly}\n"));
  kept k = run_model(&m, (run_plan){.replications = 1, .keep = 1});
  assert_int_equal(k.rows->rows[FSIM_LEADS], 12);
  for (int32_t i = 0; i < 12; i++)
    assert_int_equal(((int32_t *)k.rows->column[FSIM_LEAD_T_ARRIVE])[i], i * 21600);
  kept_free(&k);
  model_free(&m);
}

/* Under common keys a lead that wins with the smaller share wins with the larger: the difference
 * has the variance of a Poisson number of leads between the two. */
static void common_keys_leave_only_the_difference(void **state) {
  (void)state;
  enum { N = 2000 };
  model a =
      model_make(MODEL("50 d", "      a: {exits: {won: 0.30, lost: rest}}\n", WON_LOST, WEB("20")));
  model b =
      model_make(MODEL("50 d", "      a: {exits: {won: 0.33, lost: rest}}\n", WON_LOST, WEB("20")));
  kept ka = run_model(&a, (run_plan){.replications = N});
  kept kb = run_model(&b, (run_plan){.replications = N});
  double *d = malloc(N * sizeof *d);
  for (uint32_t r = 0; r < N; r++)
    d[r] = (double)(cell(&kb, r, FSIM_ENDED, outcome_named(&b, "won"), 0, 0) -
                    cell(&ka, r, FSIM_ENDED, outcome_named(&a, "won"), 0, 0));
  estimate e = estimate_of(d, N);
  assert_agrees(e, 30, "difference");
  assert_variance(e, N, 30);
  free(d);
  kept_free(&ka);
  kept_free(&kb);
  model_free(&a);
  model_free(&b);
}

#define DEALS                      \
  "stage,entered,amount\n"         \
  "proposal,2026-01-03,10000\n"    \
  "proposal,2025-12-11,30000\n"    \
  "negotiation,2026-01-05,12000\n" \
  "negotiation,2025-12-21,50000\n"

static void open_deals_go_on_from_their_age(void **state) {
  (void)state;
  static const double p[4] = {0.251673617143, 0.221295826068, 0.583716051135, 0.595941156256};
  enum { N = 4000 };
  model m = model_make_with(
      "scenario: t\nstart: 2026-01-05\nseed: 5\nhorizon: 30 d\nmodels:\n  f:\n    funnel: f\n"
      "    entry: proposal\n    stages:\n"
      "      proposal: {wait: {lognormal: {mean: 10 d, cv: 1}}, exits: {negotiation: 0.5, lost: "
      "rest}}\n"
      "      negotiation: {wait: {weibull: {shape: 1.4, scale: 12 d}}, exits: {won: 0.6, lost: "
      "rest}}\n"
      "    outcomes: " WON_LOST
      "\n    value: 1\n"
      "pipeline: {file: deals.csv, funnel: f, stage: stage, entered: entered, value: amount}\n",
      "deals.csv", DEALS);
  kept k = run_model(&m, (run_plan){.replications = N, .keep = N, .threads = 2});
  size_t won = outcome_named(&m, "won");
  double wins[4] = {0};
  const uint16_t *outcome = k.rows->column[FSIM_JOURNEY_OUTCOME];
  const double *value = k.rows->column[FSIM_JOURNEY_VALUE];
  static const double values[4] = {10000, 30000, 12000, 50000};
  assert_int_equal(k.rows->rows[FSIM_JOURNEYS], 4 * N);
  for (size_t i = 0; i < 4 * N; i++) {
    int deal = 0; /* told by its value */
    while (deal < 4 && value[i] != values[deal]) deal++;
    assert_true(deal < 4);
    wins[deal] += outcome[i] == won;
  }
  for (int i = 0; i < 4; i++) {
    double share = wins[i] / N;
    assert_agrees((estimate){share, sqrt(share * (1 - share) / N), 0}, p[i], "won by the horizon");
  }
  assert_agrees(scaled(estimate_cell(&k, FSIM_VALUE, won, 0, 0), 0.01), 45957.2613799, "value");
  kept_free(&k);
  model_free(&m);
}

static void linked_funnels_feed_each_other(void **state) {
  (void)state;
  model m = model_make(
      "scenario: t\nstart: 2026-01-05\nseed: 5\nhorizon: 100 d\n"
      "models:\n"
      "  one: {funnel: one, entry: a, stages: {a: {exits: {won: 0.4, lost: rest}}}, outcomes: "
      "{won: {counts_as: win}, lost: {}}}\n"
      "  two: {funnel: two, entry: b, stages: {b: {exits: {won: 0.5, lost: rest}}}, outcomes: "
      "{won: {counts_as: win}, lost: {}}}\n"
      "streams:\n  web: {into: one, rate: 20 / d}\n"
      "links:\n"
      "  - {from: one.won, to: two, probability: 0.8, after: {exponential: {mean: 20 d}}}\n"
      "  - {from: one.lost, to: one, probability: 0.3, after: 30 d}\n");
  kept k = run_model(&m, (run_plan){.replications = 1000, .threads = 2});
  /* journeys into one at rate 20 (1 + 0.18 [t > 30] + 0.18^2 [t > 60] + 0.18^3 [t > 90]) */
  double q = 0.6 * 0.3, one = 20 * (100 + q * 70 + q * q * 40 + q * q * q * 10);
  double two = 0;
  for (int n = 0; n < 4; n++) {
    double left = 100 - 30 * n; /* wins of round n go on after an exponential delay of mean 20 d */
    two += 20 * pow(q, n) * 0.4 * 0.8 * (left - 20 * -expm1(-left / 20));
  }
  assert_agrees(estimate_cell(&k, FSIM_STARTED, funnel_named(&m, "one"), 0, 0), one, "one");
  assert_agrees(estimate_cell(&k, FSIM_STARTED, funnel_named(&m, "two"), 0, 0), two, "two");
  assert_agrees(estimate_cell(&k, FSIM_ENDED, outcome_named(&m, "two.won"), 0, 0), two / 2,
                "won in two");
  kept_free(&k);
  model_free(&m);
}

static void the_independent_engine_refuses_a_team_by_name(void **state) {
  (void)state;
  model m = model_make(MODEL("10 d",
                             "      a: {work: {team: sdr, time: 1 h}, exits: {won: 0.5, lost: "
                             "rest}}\n",
                             WON_LOST, WEB("1")) "teams: {sdr: {size: 1}}\n");
  kept k;
  assert_int_equal(run_into(&m, (run_plan){.replications = 1, .engine = "independent"}, &k),
                   FSIM_BAD_INPUT);
  const fsim_message *message =
      fsim_report_message(m.report, fsim_report_count(m.report, FSIM_WARNING));
  assert_non_null(message);
  assert_non_null(strstr(message->text, "f.a"));
  assert_non_null(strstr(message->text, "sdr"));
  kept_free(&k);
  model_free(&m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(wins_losses_and_open_deals_by_a_horizon),
      cmocka_unit_test(expiry_ends_visits_and_remembers_what_would_have_been),
      cmocka_unit_test(a_race_is_won_by_the_first_clock),
      cmocka_unit_test(a_bounded_loop_takes_so_many_visits),
      cmocka_unit_test(mixtures_and_races_answer_a_faster_win_differently),
      cmocka_unit_test(dropped_deals_keep_their_latent_wins),
      cmocka_unit_test(a_serial_funnel_multiplies_its_shares),
      cmocka_unit_test(arrivals_follow_their_rate),
      cmocka_unit_test(bunched_days_widen_the_range),
      cmocka_unit_test(even_leads_come_at_equal_distances),
      cmocka_unit_test(common_keys_leave_only_the_difference),
      cmocka_unit_test(open_deals_go_on_from_their_age),
      cmocka_unit_test(linked_funnels_feed_each_other),
      cmocka_unit_test(the_independent_engine_refuses_a_team_by_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
