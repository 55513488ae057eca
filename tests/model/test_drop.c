#include <gsl/gsl_errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include "sim/model/chain.h"
#include "tests/model/build.h"

#define DAY 86400.0

static void near(double found, double expected, double absolute) {
  if (!(fabs(found - expected) <= absolute))
    print_error("found %.14g, expected %.14g\n", found, expected);
  assert_true(fabs(found - expected) <= absolute);
}

static fsim_chain *solve(fsim_build *b) {
  fsim_chain *chain = NULL;
  assert_int_equal(fsim_chain_make(&b->s, 0, 0, 0, NULL, &chain), FSIM_OK);
  return chain;
}

/* FEATURES T2: wins come early, losses late. */
static fsim_stage_law *build_closing(fsim_build *b) {
  build_begin(b);
  fsim_stage_law *law = build_stage(b, "closing");
  build_exit(b, LOST, 0.7, build_law(b, "lognormal", 45 * DAY, 0.9, "median,sigma"));
  build_exit(b, WON, 0.3, build_law(b, "lognormal", 20 * DAY, 0.5, "median,sigma"));
  return law;
}

static void old_deals_win_less(void **state) {
  (void)state;
  static const double age[] = {0, 10, 20, 40, 60, 90, 120};
  static const double win[] = {0.3, 0.2921, 0.2079, 0.0604, 0.0158, 0.0025, 0.0005};
  fsim_build b;
  build_closing(&b);
  fsim_chain *chain = solve(&b);
  for (size_t i = 0; i < 7; i++) {
    double p;
    assert_int_equal(fsim_chain_win_by_age(&b.s, chain, 0, age[i] * DAY, &p), FSIM_OK);
    near(p, win[i], 0.00005001);
  }
  fsim_chain_free(chain);
  build_end(&b);
}

static void a_win_probability_becomes_an_age(void **state) {
  (void)state;
  fsim_build b;
  build_closing(&b);
  fsim_chain *chain = solve(&b);
  double age, open, forgone;
  assert_int_equal(fsim_chain_drop_age(&b.s, chain, 0, 0.02, &age, &open, &forgone), FSIM_OK);
  near(age / DAY, 56.38, 0.005);
  near(open, 0.2865, 0.00005);
  near(forgone, 0.0191, 0.00005);
  fsim_chain_free(chain);
  build_end(&b);
}

static void the_rule_ends_visits_at_that_age(void **state) {
  (void)state;
  fsim_build b;
  fsim_stage_law *law = build_closing(&b);
  fsim_chain *without = solve(&b);
  law->drop.set = true;
  law->drop.below = 0.02;
  law->drop.to = LOST;
  fsim_chain *chain = solve(&b);
  assert_int_equal(chain->stages[0].rule, FSIM_BY_DROP);
  near(chain->stages[0].deadline_s / DAY, 56.38, 0.005);
  near(chain->stages[0].rule_probability, 0.2865, 0.00005);
  near(1 - chain->outcome[1] / without->outcome[1], 0.0191, 0.00005);
  fsim_chain_free(chain);
  fsim_chain_free(without);
  build_end(&b);
}

/* FEATURES T12: with exponential clocks the age tells nothing, so the rule never bites; as a
 * deadline of 30 d it takes 9.072 %. */
static void exponential_clocks_do_not_age(void **state) {
  (void)state;
  fsim_build b;
  build_begin(&b);
  fsim_stage_law *law = build_stage(&b, "deal");
  build_exit(&b, LOST, 0, build_law(&b, "exponential", DAY / 0.06, 0, "mean"));
  build_exit(&b, WON, 0, build_law(&b, "exponential", DAY / 0.02, 0, "mean"));
  build_race(&b);
  law->drop.set = true;
  law->drop.below = 0.2;
  law->drop.to = LOST;
  fsim_chain *chain = solve(&b);
  assert_int_equal(chain->stages[0].rule, FSIM_STILL_OPEN);
  double p;
  assert_int_equal(fsim_chain_win_by_age(&b.s, chain, 0, 40 * DAY, &p), FSIM_OK);
  near(p, 0.25, 1e-9);
  fsim_chain_free(chain);
  law->drop.set = false;
  law->expire.set = true;
  law->expire.after_s = 30 * DAY;
  law->expire.to = LOST;
  chain = solve(&b);
  near(chain->outcome[1], 0.22732, 0.000005);
  near(chain->stages[0].exit_probability[0], 0.68196, 0.000005);
  near(chain->stages[0].rule_probability, 0.09072, 0.000005);
  fsim_chain_free(chain);
  build_end(&b);
}

/* Clocks with a Weibull shape below and above 1: P(win | open at a) = the incidence that is left
 * over the survival; the hazards' ratio at the age bounds it, and it falls to the limit at the age.
 */
static void a_race_has_a_drop_age_too(void **state) {
  (void)state;
  fsim_build b;
  build_begin(&b);
  build_stage(&b, "deal");
  build_exit(&b, LOST, 0, build_law(&b, "weibull", 1.5, 30 * DAY, "shape,scale"));
  build_exit(&b, WON, 0, build_law(&b, "weibull", 0.7, 40 * DAY, "shape,scale"));
  build_race(&b);
  fsim_chain *chain = solve(&b);
  double age, open, forgone, before, after;
  assert_int_equal(fsim_chain_drop_age(&b.s, chain, 0, 0.25, &age, &open, &forgone), FSIM_OK);
  assert_true(isfinite(age) && age > 0);
  assert_int_equal(fsim_chain_win_by_age(&b.s, chain, 0, age - 60, &before), FSIM_OK);
  assert_int_equal(fsim_chain_win_by_age(&b.s, chain, 0, age, &after), FSIM_OK);
  assert_true(before >= 0.25 && after < 0.25);
  near(open, exp(-pow(age / DAY / 30, 1.5) - pow(age / DAY / 40, 0.7)), 1e-9);
  near(forgone, after * open / chain->outcome[1], 1e-7);
  fsim_chain_free(chain);
  build_end(&b);
}

/* Won by an exponential clock unless a fixed one stops it after 30 days: who is open at t wins with
 * 1 - exp(-(30 - t) / 10), which is 0.2 at 30 + 10 log 0.8. */
static void steps_in_a_race_are_exact(void **state) {
  (void)state;
  fsim_build b;
  build_begin(&b);
  fsim_stage_law *law = build_stage(&b, "deal");
  fsim_distribution *fixed = b.own[b.n_own++] = fsim_distribution_fixed(30 * DAY);
  build_exit(&b, LOST, 0, fixed);
  build_exit(&b, WON, 0, build_law(&b, "exponential", 10 * DAY, 0, "mean"));
  build_race(&b);
  law->drop.set = true;
  law->drop.below = 0.2;
  law->drop.to = LOST;
  fsim_chain *chain = solve(&b);
  double age, open, forgone, exact = 30 + 10 * log(0.8);
  assert_int_equal(fsim_chain_drop_age(&b.s, chain, 0, 0.2, &age, &open, &forgone), FSIM_OK);
  near(age / DAY, exact, 1e-6);
  near(open, exp(-exact / 10), 1e-6);
  near(forgone, (exp(-exact / 10) - exp(-3)) / (1 - exp(-3)), 1e-6);
  fsim_chain_free(chain);
  build_end(&b);
}

static void a_hopeless_stage_is_dropped_at_once(void **state) {
  (void)state;
  fsim_build b;
  fsim_stage_law *law = build_closing(&b);
  law->drop.set = true;
  law->drop.below = 0.31;
  law->drop.to = LOST;
  fsim_chain *chain = solve(&b);
  near(chain->stages[0].deadline_s, 0, 0);
  near(chain->outcome[0], 1, 1e-12);
  fsim_chain_free(chain);
  build_end(&b);
}

/* Deals that end at once are open at age 0, not gone. */
static void no_wait_is_no_reason_to_drop(void **state) {
  (void)state;
  fsim_build b;
  build_begin(&b);
  fsim_stage_law *law = build_stage(&b, "deal");
  fsim_distribution *none = b.own[b.n_own++] = fsim_distribution_fixed(0);
  build_exit(&b, LOST, 0.5, none);
  build_exit(&b, WON, 0.5, none);
  law->drop.set = true;
  law->drop.below = 0.1;
  law->drop.to = LOST;
  fsim_chain *chain = solve(&b);
  assert_int_equal(chain->stages[0].rule, FSIM_STILL_OPEN);
  near(chain->outcome[1], 0.5, 1e-12);
  fsim_chain_free(chain);
  build_end(&b);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(old_deals_win_less),
      cmocka_unit_test(a_win_probability_becomes_an_age),
      cmocka_unit_test(the_rule_ends_visits_at_that_age),
      cmocka_unit_test(exponential_clocks_do_not_age),
      cmocka_unit_test(a_race_has_a_drop_age_too),
      cmocka_unit_test(steps_in_a_race_are_exact),
      cmocka_unit_test(a_hopeless_stage_is_dropped_at_once),
      cmocka_unit_test(no_wait_is_no_reason_to_drop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
