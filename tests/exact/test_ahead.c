/* What journeys still bring, against closed forms and against the expected figures of the whole. */
#include "exact_case.h"
#include "sim/base/quantity.h"
#include "sim/exact/ahead.h"

enum { POINTS = 1024 };

static const char two_funnels[] =
    "scenario: ahead\n"
    "start: 2026-01-05\n"
    "horizon: 60 d\n"
    "warm_up: 11 d\n"
    "models:\n"
    "  basic:\n"
    "    funnel: basic\n"
    "    entry: deal\n"
    "    stages:\n"
    "      deal:\n"
    "        wait: {gamma: {mean: 5 d, cv: 0.7}}\n"
    "        expire: {after: 25 d, to: lost}\n"
    "        exits: {talk: 0.6, lost: rest}\n"
    "      talk: {wait: {exponential: {mean: 9 d}}, exits: {won: 0.5, deal: 0.2, lost: rest}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "  upsell:\n"
    "    funnel: upsell\n"
    "    entry: offer\n"
    "    stages:\n"
    "      offer: {wait: {exponential: {mean: 4 d}}, exits: {won: 0.3, lost: rest}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "links: [{from: basic.won, to: upsell, probability: 0.5, after: {exponential: {mean: 3 d}}}]\n"
    "streams:\n"
    "  web: {into: basic, rate: 7 / d}\n";

static fsim_ahead *ahead_of(const exact_case *c, const double *weight, size_t n_metrics,
                            const fsim_target *from, size_t n_from) {
  fsim_ahead_question ask = {weight, n_metrics, from, n_from, POINTS};
  fsim_ahead *ahead = NULL;
  assert_int_equal(fsim_ahead_make(c->s, 0, &ask, c->report, &ahead), FSIM_OK);
  return ahead;
}

/* The wait at a constant rate: 1 - exp of the time that is left, less that before the window. */
static void one_wait_has_its_distribution_function(void **state) {
  (void)state;
  exact_case c = case_of(two_funnels);
  size_t offer = stage_of(c.s, "upsell", "offer");
  double weight[4] = {0};
  for (size_t o = 0; o < c.s->n_outcomes; o++)
    weight[o] = c.s->outcomes[o].win && c.s->outcomes[o].funnel == funnel_of(c.s, "upsell");
  fsim_target from[] = {{false, (uint16_t)offer}};
  fsim_ahead *ahead = ahead_of(&c, weight, 1, from, 1);
  for (double t = 0.5; t < 60; t += 0.75) {
    double expected = 0.3 * (1 - exp(-(60 - t) / 4));
    if (fabs(t - 11) < 0.1) continue; /* interpolated over the corner there */
    if (t < 11) expected -= 0.3 * (1 - exp(-(11 - t) / 4));
    assert_true(fabs(fsim_ahead_at(ahead, 0, 0, t * FSIM_DAY) - expected) < 1e-5);
  }
  fsim_ahead_free(ahead);
  case_free(&c);
}

/* A win's link: 0.5 of 0.3, after two exponential times. */
static void links_of_an_outcome_are_followed(void **state) {
  (void)state;
  exact_case c = case_of(two_funnels);
  double weight[4] = {0};
  uint16_t won = 0;
  for (uint16_t o = 0; o < c.s->n_outcomes; o++) {
    weight[o] = c.s->outcomes[o].win;
    if (weight[o] > 0 && c.s->outcomes[o].funnel == funnel_of(c.s, "basic")) won = o;
  }
  fsim_target from[] = {{true, won}};
  fsim_ahead *ahead = ahead_of(&c, weight, 1, from, 1);
  for (double t = 12; t < 60; t += 1.5) {
    double left = 60 - t;
    double expected = 0.15 * (1 - (4 * exp(-left / 4) - 3 * exp(-left / 3)));
    assert_true(fabs(fsim_ahead_at(ahead, 0, 0, t * FSIM_DAY) - expected) < 1e-5);
  }
  fsim_ahead_free(ahead);
  case_free(&c);
}

/* Over all arrivals it adds up to what the whole scenario expects in the window. */
static void arrivals_add_up_to_the_whole(void **state) {
  (void)state;
  exact_case c = case_of(two_funnels);
  fsim_exact *exact = NULL;
  assert_int_equal(fsim_exact_make(c.s, NULL, c.report, &exact), FSIM_OK);
  double weight[2 * 4] = {0}, whole[2] = {0};
  for (size_t o = 0; o < c.s->n_outcomes; o++) {
    size_t m = c.s->outcomes[o].funnel;
    weight[m * 4 + o] = c.s->outcomes[o].win;
    if (c.s->outcomes[o].win) whole[m] = exact->windowed[o];
  }
  fsim_target from[] = {{false, (uint16_t)stage_of(c.s, "basic", "deal")}};
  fsim_ahead *ahead = ahead_of(&c, weight, 2, from, 1);
  for (size_t m = 0; m < 2; m++) {
    double sum = 0;
    for (size_t k = 0; k <= POINTS; k++)
      sum += (k == 0 || k == POINTS ? 0.5 : 1) * ahead->expected[m * (POINTS + 1) + k];
    near(7 * sum * ahead->step_s / FSIM_DAY, whole[m], 2e-6);
  }
  fsim_ahead_free(ahead);
  fsim_exact_free(exact);
  case_free(&c);
}

/* Ended in the window and before it is ended; the window starts between two weeks here. */
static void the_window_cuts_what_ended(void **state) {
  (void)state;
  exact_case c = case_of(two_funnels),
             d = case_with(two_funnels, "horizon: 60 d\nwarm_up: 11 d", "horizon: 11 d");
  fsim_exact *whole = NULL, *early = NULL;
  assert_int_equal(fsim_exact_make(c.s, NULL, c.report, &whole), FSIM_OK);
  assert_int_equal(fsim_exact_make(d.s, NULL, d.report, &early), FSIM_OK);
  for (size_t o = 0; o < c.s->n_outcomes; o++)
    near(whole->windowed[o] + early->ended[o], whole->ended[o], 1e-6);
  fsim_exact_free(whole);
  fsim_exact_free(early);
  case_free(&c);
  case_free(&d);
}

static double wins_with(const char *from, const char *to) {
  exact_case c = case_with(two_funnels, from, to);
  fsim_exact *exact = NULL;
  double wins = 0;
  assert_int_equal(fsim_exact_make(c.s, NULL, c.report, &exact), FSIM_OK);
  for (size_t o = 0; o < c.s->n_outcomes; o++)
    wins += c.s->outcomes[o].win ? exact->windowed[o] : 0;
  fsim_exact_free(exact);
  case_free(&c);
  return wins;
}

/* Of the window's wins, whose start lies between two points of the grid: against differences. */
static void derivatives_are_those_of_the_window(void **state) {
  (void)state;
  exact_case c = case_of(two_funnels);
  fsim_exact *exact = NULL;
  assert_int_equal(fsim_exact_make(c.s, NULL, c.report, &exact), FSIM_OK);
  size_t deal = stage_of(c.s, "basic", "deal"), offer = stage_of(c.s, "upsell", "offer");
  double exit = wins_with("talk: 0.6", "talk: 0.601") - wins_with("talk: 0.6", "talk: 0.599");
  double wait = wins_with("mean: 4 d", "mean: 4.02 d") - wins_with("mean: 4 d", "mean: 3.98 d");
  double rate =
      wins_with("rate: 7 / d", "rate: 7.07 / d") - wins_with("rate: 7 / d", "rate: 6.93 / d");
  double link = wins_with("probability: 0.5", "probability: 0.501") -
                wins_with("probability: 0.5", "probability: 0.499");
  near(lever_of(c.s, exact->levers, exact->n_levers, deal, "talk"), exit / 0.002, 1e-5);
  near(lever_of(c.s, exact->levers, exact->n_levers, offer, NULL), wait / 0.01, 1e-4);
  for (size_t l = 0; l < exact->n_levers; l++) {
    if (exact->levers[l].kind == FSIM_EXACT_RATE)
      near(exact->levers[l].derivative, rate / 0.02, 1e-5);
    if (exact->levers[l].kind == FSIM_EXACT_LINK)
      near(exact->levers[l].derivative, link / 0.002, 1e-5);
  }
  fsim_exact_free(exact);
  case_free(&c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_wait_has_its_distribution_function),
      cmocka_unit_test(links_of_an_outcome_are_followed),
      cmocka_unit_test(arrivals_add_up_to_the_whole),
      cmocka_unit_test(the_window_cuts_what_ended),
      cmocka_unit_test(derivatives_are_those_of_the_window),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
