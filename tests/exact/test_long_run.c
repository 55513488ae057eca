/* Figures of endless time and their derivatives: against published formulas worked out by complex
 * steps elsewhere (the figures stand here), against the chain of sim/model, and against
 * differences of the figures themselves. */
#include "exact_case.h"
#include "sim/exact/long_run.h"
#include "sim/model/chain.h"

#define DAY 86400.0

static const char loop[] =
    "scenario: loop\n"
    "start: 2026-01-05\n"
    "horizon: 60 d\n"
    "models:\n"
    "  f:\n"
    "    funnel: f\n"
    "    entry: enquiry\n"
    "    stages:\n"
    "      enquiry: {wait: {exponential: {mean: 2 d}}, exits: {qualified: 0.6, lost: rest}}\n"
    "      qualified: {wait: {lognormal: {mean: 5 d, cv: 0.9}},"
    " exits: {proposal: 0.5, lost: rest}}\n"
    "      proposal: {wait: {gamma: {mean: 9 d, cv: 0.7}},"
    " exits: {negotiation: 0.55, qualified: 0.15, lost: rest}}\n"
    "      negotiation: {wait: {weibull: {shape: 1.5, scale: 8 d}},"
    " exits: {won: 0.65, proposal: 0.1, lost: rest}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "streams:\n"
    "  new: {into: f, rate: 20 / d}\n";

#define MOST_LEVERS 64

typedef struct asked {
  double answer;
  fsim_exact_lever levers[MOST_LEVERS];
  size_t n;
} asked;

static asked ask(const exact_case *c, size_t profile, fsim_long_run_question question) {
  asked a = {0};
  fsim_long_run *x;
  assert_int_equal(fsim_long_run_make(c->s, profile, c->report, &x), FSIM_OK);
  a.n = fsim_long_run_n_levers(x);
  assert_true(a.n <= MOST_LEVERS);
  assert_int_equal(fsim_long_run_ask(x, &question, c->report, &a.answer, a.levers), FSIM_OK);
  fsim_long_run_free(x);
  return a;
}

/* Relative to one, where the exact derivative is 0. */
static void close_to(double found, double expected, double relative) {
  if (!(fabs(found - expected) <= relative * (1e-2 + fabs(expected))))
    fail_msg("%.12g instead of %.12g", found, expected);
}

static void a_loop_has_all_derivatives_of_conversion_and_cycle_times(void **state) {
  (void)state;
  static const struct {
    const char *stage, *exit;
    double won, all_days, won_days;
  } exact[] = {
      {"enquiry", "qualified", 0.205459770115, 12.8862524649, 0},
      {"enquiry", "lost", -0.205459770115, -12.8862524649, 0},
      {"qualified", "proposal", 0.267806183115, 10.2793221784, 2.79869360462},
      {"qualified", "lost", -0.267806183115, -10.2793221784, -2.79869360462},
      {"proposal", "negotiation", 0.214691504822, 1.55303287872, -0.988465853745},
      {"proposal", "qualified", -0.0833508195192, 2.48022212376, 7.95644157757},
      {"proposal", "lost", -0.202423418832, -3.33620932506, -3.66571905875},
      {"negotiation", "won", 0.167388596342, -0.85466775482, -3.33330439662},
      {"negotiation", "proposal", -0.0590401638261, 2.99133714187, 11.6665653882},
      {"negotiation", "lost", -0.174758884925, -0.39884495225, -1.55554205176},
  };
  /* By a day of the stage's mean wait. */
  static const struct {
    const char *stage;
    double mean_days, all_days, won_days;
  } waits[] = {{"enquiry", 2, 1, 1},
               {"qualified", 5, 0.651724137931, 1.08620689655},
               {"proposal", 9, 0.344827586207, 1.14942528736},
               {"negotiation", 7.2219623434, 0.189655172414, 1.0632183908}};
  exact_case c = case_of(loop);
  const double everybody[] = {1, 1};
  asked won = ask(&c, 0, (fsim_long_run_question){.figure = FSIM_LONG_RUN_SHARE});
  asked all =
      ask(&c, 0, (fsim_long_run_question){.figure = FSIM_LONG_RUN_MEAN, .weight = everybody});
  asked win = ask(&c, 0, (fsim_long_run_question){.figure = FSIM_LONG_RUN_MEAN});
  near(won.answer, 0.123275862069, 1e-10);
  near(all.answer / DAY, 9.73175147896, 1e-10);
  near(win.answer / DAY, 25.4543852504, 1e-10);
  for (size_t i = 0; i < sizeof exact / sizeof *exact; i++) {
    size_t stage = stage_of(c.s, "f", exact[i].stage);
    const char *exit = exact[i].exit;
    close_to(lever_of(c.s, won.levers, won.n, stage, exit), exact[i].won, 1e-10);
    close_to(lever_of(c.s, all.levers, all.n, stage, exit) / DAY, exact[i].all_days, 1e-10);
    close_to(lever_of(c.s, win.levers, win.n, stage, exit) / DAY, exact[i].won_days, 1e-10);
  }
  for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
    size_t stage = stage_of(c.s, "f", waits[i].stage);
    double per_day = DAY * waits[i].mean_days;
    close_to(lever_of(c.s, won.levers, won.n, stage, NULL), 0, 1e-10);
    close_to(lever_of(c.s, all.levers, all.n, stage, NULL) / per_day, waits[i].all_days, 1e-10);
    close_to(lever_of(c.s, win.levers, win.n, stage, NULL) / per_day, waits[i].won_days, 1e-10);
  }
  case_free(&c);
}

static void a_loop_has_visits_and_variances(void **state) {
  (void)state;
  exact_case c = case_of(loop);
  const double everybody[] = {1, 1}, losses[] = {0, 1};
  static const struct {
    const char *stage;
    double visits;
  } exact[] = {{"enquiry", 1},
               {"qualified", 0.651724137931},
               {"proposal", 0.344827586207},
               {"negotiation", 0.189655172414}};
  for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
    near(ask(&c, 0,
             (fsim_long_run_question){.figure = FSIM_LONG_RUN_VISITS,
                                      .stage = stage_of(c.s, "f", exact[i].stage)})
             .answer,
         exact[i].visits, 1e-10);
  fsim_long_run_question variance = {.figure = FSIM_LONG_RUN_VARIANCE};
  near(ask(&c, 0, variance).answer / (DAY * DAY), 135.696905467, 1e-10);
  variance.weight = everybody;
  near(ask(&c, 0, variance).answer / (DAY * DAY), 127.533189217, 1e-10);
  variance.weight = losses;
  near(ask(&c, 0, variance).answer / (DAY * DAY), 86.7389870338, 1e-10);
  near(ask(&c, 0, (fsim_long_run_question){.figure = FSIM_LONG_RUN_FLOW}).answer * DAY,
       2.46551724138, 1e-10);
  case_free(&c);
}

/* ---- segments ---- */

static const char segments[] =
    "scenario: segments\n"
    "start: 2026-01-05\n"
    "horizon: 52 w\n"
    "currency: EUR\n"
    "attributes: {segment: [smb, enterprise]}\n"
    "models:\n"
    "  f:\n"
    "    funnel: f\n"
    "    entry: lead\n"
    "    stages:\n"
    "      lead: {wait: {lognormal: {mean: 2 d, cv: 0.9}}, exits: {demo: 0.4, lost: rest}}\n"
    "      demo: {wait: {lognormal: {mean: 5 d, cv: 0.9}},"
    " exits: {offer: 0.5, lead: 0.05, lost: rest}}\n"
    "      offer: {wait: {gamma: {mean: 7 d, cv: 0.9}}, exits: {won: 0.45, lost: rest}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "    value: {lognormal: {mean: 6000, cv: 1.2}}\n"
    "    overrides:\n"
    "      - when: {segment: enterprise}\n"
    "        stages:\n"
    "          lead: {wait: {lognormal: {mean: 5 d, cv: 0.7}}, exits: {demo: 0.25, lost: rest}}\n"
    "          demo: {wait: {lognormal: {mean: 14 d, cv: 0.7}},"
    " exits: {offer: 0.6, lead: 0.05, lost: rest}}\n"
    "          offer: {wait: {gamma: {mean: 30 d, cv: 0.7}}, exits: {won: 0.35, lost: rest}}\n"
    "        value: {lognormal: {mean: 60000, cv: 0.9}}\n"
    "streams:\n"
    "  new: {into: f, rate: 25 / d, attributes: {segment: {smb: 0.8, enterprise: 0.2}}}\n";

static void segments_have_their_own_conversions_and_times(void **state) {
  (void)state;
  static const struct {
    double conversion, wins_per_week, value, days, sd_days;
  } exact[] = {{0.0918367346939, 12.8571428571, 6000, 14.1428571429, 8.04237501727},
               {0.053164556962, 1.86075949367, 60000, 49.2405063291, 23.5645543782}};
  exact_case c = case_of(segments);
  double wins = 0, value = 0, by_rate = 0;
  for (size_t p = 0; p < 2; p++) {
    asked share = ask(&c, p, (fsim_long_run_question){.figure = FSIM_LONG_RUN_SHARE});
    asked mean = ask(&c, p, (fsim_long_run_question){.figure = FSIM_LONG_RUN_MEAN});
    asked variance = ask(&c, p, (fsim_long_run_question){.figure = FSIM_LONG_RUN_VARIANCE});
    const double worth[] = {exact[p].value, 0};
    asked flow =
        ask(&c, p, (fsim_long_run_question){.figure = FSIM_LONG_RUN_FLOW, .weight = worth});
    near(share.answer, exact[p].conversion, 1e-10);
    near(mean.answer / DAY, exact[p].days, 1e-10);
    near(sqrt(variance.answer) / DAY, exact[p].sd_days, 1e-10);
    near(flow.answer / exact[p].value * 7 * DAY, exact[p].wins_per_week, 1e-10);
    wins += flow.answer / exact[p].value * 7 * DAY;
    value += flow.answer * 7 * DAY;
    /* The last exit before the win: what wins move by is wins over its probability. */
    double last = lever_of(c.s, share.levers, share.n, stage_of(c.s, "f", "offer"), "won");
    near(last, exact[p].conversion / (p == 0 ? 0.45 : 0.35), 1e-10);
    for (size_t l = 0; l < flow.n; l++)
      if (flow.levers[l].kind == FSIM_EXACT_RATE) by_rate += flow.levers[l].derivative * 7 * DAY;
  }
  near(wins, 14.7179023508, 1e-10);
  near(value, 188788.426763, 1e-10);
  near(by_rate, 188788.426763, 1e-10); /* twice the leads, twice the value */
  case_free(&c);
}

/* ---- linked funnels ---- */

#define ENDS "    outcomes: {won: {counts_as: win}, lost: {}}\n"

static const char linked[] =
    "scenario: linked\n"
    "start: 2026-01-05\n"
    "horizon: 364 d\n"
    "models:\n"
    "  marketing:\n    funnel: marketing\n    entry: s1\n    stages:\n"
    "      s1: {wait: {exponential: {mean: 3 d}}, exits: {s2: 0.3, lost: rest}}\n"
    "      s2: {wait: {lognormal: {mean: 10 d, cv: 1}}, exits: {won: 0.5, lost: rest}}\n" ENDS
    "  lead-gen:\n    funnel: lead-gen\n    entry: s1\n    stages:\n"
    "      s1: {wait: {gamma: {mean: 2 d, cv: 0.6}}, exits: {s2: 0.7, lost: rest}}\n"
    "      s2: {wait: {lognormal: {mean: 5 d, cv: 0.8}}, exits: {won: 0.55, lost: rest}}\n" ENDS
    "  basic:\n    funnel: basic\n    entry: s1\n    stages:\n"
    "      s1: {wait: {exponential: {mean: 4 d}}, exits: {s2: 0.5, lost: rest}}\n"
    "      s2: {wait: {lognormal: {mean: 9 d, cv: 1.1}}, exits: {s3: 0.6, lost: rest}}\n"
    "      s3: {wait: {weibull: {shape: 1.3, scale: 12 d}}, exits: {won: 0.55, lost: rest}}\n" ENDS
    "  upsell:\n    funnel: upsell\n    entry: s1\n    stages:\n"
    "      s1: {wait: {exponential: {mean: 20 d}}, exits: {s2: 0.3, lost: rest}}\n"
    "      s2: {wait: {lognormal: {mean: 12 d, cv: 0.7}}, exits: {won: 0.6, lost: rest}}\n" ENDS
    "  cross-sell:\n    funnel: cross-sell\n    entry: s1\n    stages:\n"
    "      s1: {wait: {lognormal: {mean: 25 d, cv: 0.8}}, exits: {won: 0.25, lost: rest}}\n" ENDS
    "links:\n"
    "  - {from: marketing.won, to: lead-gen}\n"
    "  - {from: lead-gen.won, to: basic}\n"
    "  - {from: basic.won, to: upsell, probability: 0.8, after: {exponential: {mean: 90 d}}}\n"
    "  - {from: basic.won, to: cross-sell, probability: 0.5, after: {exponential: {mean: 60 d}}}\n"
    "  - {from: basic.lost, to: marketing, probability: 0.15, after: {exponential: {mean: 90 d}}}\n"
    "streams:\n"
    "  new: {into: marketing, rate: 50 / d}\n";

/* Value of the five funnels' wins; the weights of outcomes belong to the caller. */
static void set_worth(const fsim_scenario *s, double *weight) {
  static const struct {
    const char *funnel;
    double value;
  } worth[] = {{"basic", 12000}, {"upsell", 5000}, {"cross-sell", 8000}};
  for (size_t o = 0; o < s->n_outcomes; o++) weight[o] = 0;
  for (size_t i = 0; i < sizeof worth / sizeof *worth; i++) {
    for (size_t o = 0; o < s->n_outcomes; o++)
      if (s->outcomes[o].win && s->outcomes[o].funnel == funnel_of(s, worth[i].funnel))
        weight[o] = worth[i].value;
  }
}

static void linked_funnels_gain_by_every_step_as_computed_elsewhere(void **state) {
  (void)state;
  static const struct {
    const char *funnel, *stage, *exit;
    double gain; /* value a day of one percentage point */
  } exact[] = {
      {"marketing", "s1", "s2", 221.077371613}, {"marketing", "s2", "won", 132.646422969},
      {"lead-gen", "s1", "s2", 94.747444976},   {"lead-gen", "s2", "won", 120.587657243},
      {"basic", "s1", "s2", 131.497373332},     {"basic", "s2", "s3", 109.581144436},
      {"basic", "s3", "won", 119.543066653},    {"upsell", "s1", "s2", 11.5178104849},
      {"upsell", "s2", "won", 5.75890523891},   {"cross-sell", "s1", "won", 19.1963508058}};
  static const struct {
    const char *funnel;
    double wins;
  } wins[] = {{"marketing", 7.55464415769},
              {"lead-gen", 2.90853800071},
              {"basic", 0.479908770117},
              {"upsell", 0.0691068628969},
              {"cross-sell", 0.0599885962646}};
  exact_case c = case_of(linked);
  double weight[10];
  assert_int_equal(c.s->n_outcomes, 10);
  for (size_t i = 0; i < sizeof wins / sizeof *wins; i++) {
    for (size_t o = 0; o < 10; o++)
      weight[o] = c.s->outcomes[o].win && c.s->outcomes[o].funnel == funnel_of(c.s, wins[i].funnel);
    asked flow =
        ask(&c, 0, (fsim_long_run_question){.figure = FSIM_LONG_RUN_FLOW, .weight = weight});
    near(flow.answer * DAY, wins[i].wins, 1e-10);
  }
  set_worth(c.s, weight);
  asked value =
      ask(&c, 0, (fsim_long_run_question){.figure = FSIM_LONG_RUN_FLOW, .weight = weight});
  near(value.answer * DAY, 6584.34832601, 1e-10);
  for (size_t i = 0; i < sizeof exact / sizeof *exact; i++) {
    size_t stage = stage_of(c.s, exact[i].funnel, exact[i].stage);
    near(lever_of(c.s, value.levers, value.n, stage, exact[i].exit) * DAY / 100, exact[i].gain,
         1e-9);
  }
  case_free(&c);
}

/* ---- rules ---- */

static const char rules[] =
    "scenario: rules\n"
    "start: 2026-01-05\n"
    "horizon: 52 w\n"
    "teams: {desk: {size: 3}}\n"
    "models:\n  f:\n    funnel: f\n    entry: a\n    stages:\n"
    "      a: {work: {team: desk, time: {gamma: {mean: 1 d, cv: 0.5}}},"
    " wait: {gamma: {mean: 4 d, cv: 0.7}}, expire: {after: 5 d, to: cold}, "
    "exits: {b: 0.7, lost: rest}}\n"
    "      b: {wait: {lognormal: {mean: 3 d, cv: 0.5}}, max_visits: {count: 2, to: cold}, "
    "exits: {a: 0.3, c: 0.4, lost: rest}}\n"
    "      c: {race: true, exits: {won: {wait: {exponential: {mean: 6 d}}}, "
    "lost: {wait: {exponential: {mean: 3 d}}}}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}, cold: {}}\n"
    "streams:\n  new: {into: f, rate: 10 / d}\n"
    "links:\n  - {from: f.cold, to: f, probability: 0.25, after: 30 d}\n";

static void rules_give_the_numbers_of_the_chain(void **state) {
  (void)state;
  exact_case c = case_of(rules);
  fsim_chain *chain;
  assert_int_equal(fsim_chain_make(c.s, 0, 0, 0, c.report, &chain), FSIM_OK);
  for (size_t o = 0; o < c.s->n_outcomes; o++) {
    double weight[3] = {0};
    weight[o] = 1;
    fsim_long_run_question q = {.figure = FSIM_LONG_RUN_SHARE, .weight = weight};
    near(ask(&c, 0, q).answer, chain->outcome[o], 1e-10);
    q.figure = FSIM_LONG_RUN_MEAN;
    near(ask(&c, 0, q).answer, chain->cycle_mean_s[o], 1e-10);
    q.figure = FSIM_LONG_RUN_VARIANCE;
    near(ask(&c, 0, q).answer, chain->cycle_variance_s2[o], 1e-9);
  }
  for (size_t i = 0; i < c.s->n_stages; i++) {
    fsim_long_run_question q = {.figure = FSIM_LONG_RUN_VISITS, .stage = i};
    near(ask(&c, 0, q).answer, chain->visits[i], 1e-10);
  }
  fsim_chain_free(chain);
  case_free(&c);
}

static const struct {
  const char *name, *text, *from, *up, *down, *funnel, *stage, *exit;
  double step; /* of the lever, between up and down */
} moves[] = {
    {"a wait with a deadline", rules, "gamma: {mean: 4 d", "gamma: {mean: 4.004 d",
     "gamma: {mean: 3.996 d", "f", "a", NULL, 0.002},
    {"a wait in a loop", rules, "mean: 3 d, cv: 0.5", "mean: 3.003 d, cv: 0.5",
     "mean: 2.997 d, cv: 0.5", "f", "b", NULL, 0.002},
    {"an exit before a deadline", rules, "{b: 0.7,", "{b: 0.7005,", "{b: 0.6995,", "f", "a", "b",
     0.001},
    {"an exit of a counted stage", rules, "a: 0.3, c: 0.4", "a: 0.3005, c: 0.3997142857142857",
     "a: 0.2995, c: 0.4002857142857143", "f", "b", "a", 0.001},
    {"a link", linked, "probability: 0.15", "probability: 0.1505", "probability: 0.1495",
     "marketing", NULL, NULL, 0.001},
};

static double moved_answer(const char *text, const char *from, const char *to,
                           fsim_long_run_question question) {
  exact_case c = case_with(text, from, to);
  double answer = ask(&c, 0, question).answer;
  case_free(&c);
  return answer;
}

static double derivative_of_move(const exact_case *c, const asked *a, size_t i) {
  if (moves[i].stage)
    return lever_of(c->s, a->levers, a->n, stage_of(c->s, moves[i].funnel, moves[i].stage),
                    moves[i].exit);
  for (size_t l = 0; l < a->n; l++) {
    if (a->levers[l].kind == FSIM_EXACT_LINK &&
        c->s->links[a->levers[l].number].to == funnel_of(c->s, moves[i].funnel))
      return a->levers[l].derivative;
  }
  fail_msg("no link");
  return 0;
}

static void every_figure_moves_as_its_differences_do(void **state) {
  (void)state;
  static const fsim_long_run_figure figures[] = {FSIM_LONG_RUN_SHARE,      FSIM_LONG_RUN_VISITS,
                                                 FSIM_LONG_RUN_MEAN,       FSIM_LONG_RUN_VARIANCE,
                                                 FSIM_LONG_RUN_WIN_AT_AGE, FSIM_LONG_RUN_FLOW};
  for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
    exact_case c = case_of(moves[i].text);
    size_t stage = moves[i].stage ? stage_of(c.s, moves[i].funnel, moves[i].stage) : 0;
    for (size_t k = 0; k < sizeof figures / sizeof *figures; k++) {
      fsim_long_run_question q = {
          .figure = figures[k], .funnel = 0, .stage = stage, .age_s = 2 * DAY};
      asked a = ask(&c, 0, q);
      double up = moved_answer(moves[i].text, moves[i].from, moves[i].up, q);
      double down = moved_answer(moves[i].text, moves[i].from, moves[i].down, q);
      double found = derivative_of_move(&c, &a, i), expected = (up - down) / moves[i].step;
      if (!(fabs(found - expected) <= 2e-5 * (fabs(a.answer) + fabs(expected))))
        fail_msg("%s, figure %zu: %.10g instead of %.10g", moves[i].name, k, found, expected);
    }
    case_free(&c);
  }
}

static void winning_at_an_age_is_the_chain_s(void **state) {
  (void)state;
  static const double days[] = {0, 1, 4, 12, 40};
  exact_case c = case_of(loop);
  fsim_chain *chain;
  assert_int_equal(fsim_chain_make(c.s, 0, 0, 0, c.report, &chain), FSIM_OK);
  for (size_t i = 0; i < c.s->n_stages; i++) {
    for (size_t k = 0; k < sizeof days / sizeof *days; k++) {
      double expected;
      assert_int_equal(fsim_chain_win_by_age(c.s, chain, i, days[k] * DAY, &expected), FSIM_OK);
      fsim_long_run_question q = {
          .figure = FSIM_LONG_RUN_WIN_AT_AGE, .stage = i, .age_s = days[k] * DAY};
      near(ask(&c, 0, q).answer, expected, 1e-10);
    }
  }
  fsim_chain_free(chain);
  case_free(&c);
}

static void an_endless_circle_of_links_is_refused(void **state) {
  (void)state;
  exact_case c = case_of(
      "scenario: circle\nstart: 2026-01-05\nhorizon: 30 d\n"
      "models:\n  f:\n    funnel: f\n    entry: a\n    stages:\n"
      "      a: {wait: 1 d, exits: {won: 0.5, lost: rest}}\n"
      "    outcomes: {won: {counts_as: win}, lost: {}}\n"
      "streams: {new: {into: f, rate: 3 / d}}\n"
      "links:\n  - {from: f.won, to: f, after: 1 d}\n  - {from: f.lost, to: f, probability: 0.99,"
      " after: 1 d}\n");
  fsim_long_run *x;
  double answer;
  assert_int_equal(fsim_long_run_make(c.s, 0, c.report, &x), FSIM_OK);
  fsim_long_run_question q = {.figure = FSIM_LONG_RUN_FLOW};
  assert_int_equal(fsim_long_run_ask(x, &q, c.report, &answer, NULL), FSIM_OK);
  fsim_long_run_free(x);
  case_free(&c);
  c = case_of(
      "scenario: circle\nstart: 2026-01-05\nhorizon: 30 d\n"
      "models:\n  f:\n    funnel: f\n    entry: a\n    stages:\n"
      "      a: {wait: 1 d, exits: {won: 0.5, lost: rest}}\n"
      "    outcomes: {won: {counts_as: win}, lost: {}}\n"
      "streams: {new: {into: f, rate: 3 / d}}\n"
      "links:\n  - {from: f.won, to: f, after: 1 d}\n  - {from: f.won, to: f, after: 2 d}\n"
      "  - {from: f.lost, to: f, probability: 0.5, after: 1 d}\n");
  assert_int_equal(fsim_long_run_make(c.s, 0, c.report, &x), FSIM_OK);
  assert_int_equal(fsim_long_run_ask(x, &q, c.report, &answer, NULL), FSIM_BAD_INPUT);
  fsim_long_run_free(x);
  case_free(&c);
}

static void paces_are_refused(void **state) {
  (void)state;
  exact_case c = case_of(
      "scenario: paced\nstart: 2026-01-05\nhorizon: 30 d\n"
      "models:\n  f:\n    funnel: f\n    entry: a\n    stages:\n"
      "      a: {wait: 1 d, exits: {won: 0.5, lost: rest}}\n"
      "    outcomes: {won: {counts_as: win}, lost: {}}\n"
      "streams: {new: {into: f, rate: 3 / d}}\npaces: {zeal: {cv: 0.1}}\n");
  fsim_long_run *x;
  assert_int_equal(fsim_long_run_make(c.s, 0, c.report, &x), FSIM_BAD_INPUT);
  assert_null(x);
  case_free(&c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_loop_has_all_derivatives_of_conversion_and_cycle_times),
      cmocka_unit_test(a_loop_has_visits_and_variances),
      cmocka_unit_test(segments_have_their_own_conversions_and_times),
      cmocka_unit_test(linked_funnels_gain_by_every_step_as_computed_elsewhere),
      cmocka_unit_test(rules_give_the_numbers_of_the_chain),
      cmocka_unit_test(every_figure_moves_as_its_differences_do),
      cmocka_unit_test(winning_at_an_age_is_the_chain_s),
      cmocka_unit_test(an_endless_circle_of_links_is_refused),
      cmocka_unit_test(paces_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
