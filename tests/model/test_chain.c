#include <gsl/gsl_errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include "sim/model/chain.h"
#include "tests/model/build.h"
#include "tests/oracle.h"

#define DAY 86400.0

static void near(double found, double expected, double relative) {
  if (!(fabs(found - expected) <= relative * fabs(expected)))
    print_error("found %.14g, expected %.14g\n", found, expected);
  assert_true(fabs(found - expected) <= relative * fabs(expected));
}

static fsim_chain *solve(fsim_build *b) {
  fsim_chain *chain = NULL;
  fsim_report *report = fsim_report_new();
  int status = fsim_chain_make(&b->s, 0, 0, 0, report, &chain);
  if (status != FSIM_OK && fsim_report_message(report, 0))
    print_error("%s\n", fsim_report_message(report, 0)->text);
  assert_int_equal(status, FSIM_OK);
  fsim_report_free(report);
  return chain;
}

/* enquiry, qualified, proposal, negotiation of the oracle loop-chain-p. */
static void build_loop_chain(fsim_build *b) {
  build_begin(b);
  const fsim_distribution *first = build_law(b, "exponential", 2 * DAY, 0, "mean");
  const fsim_distribution *second = build_law(b, "lognormal", 5 * DAY, 0.9, "mean,cv");
  const fsim_distribution *third = build_law(b, "gamma", 9 * DAY, 0.7, "mean,cv");
  const fsim_distribution *fourth = build_law(b, "weibull", 1.5, 8 * DAY, "shape,scale");
  build_stage(b, "enquiry");
  build_exit(b, LOST, 0.4, first);
  build_exit(b, to_stage(1), 0.6, first);
  build_stage(b, "qualified");
  build_exit(b, LOST, 0.5, second);
  build_exit(b, to_stage(2), 0.5, second);
  build_stage(b, "proposal");
  build_exit(b, LOST, 0.3, third);
  build_exit(b, to_stage(3), 0.55, third);
  build_exit(b, to_stage(1), 0.15, third);
  build_stage(b, "negotiation");
  build_exit(b, LOST, 0.25, fourth);
  build_exit(b, to_stage(2), 0.1, fourth);
  build_exit(b, WON, 0.65, fourth);
}

static void loops_have_the_visits_and_cycle_times_of_the_fundamental_matrix(void **state) {
  (void)state;
  fsim_build b;
  build_loop_chain(&b);
  fsim_chain *chain = solve(&b);
  near(chain->visits[0], 1, 1e-12);
  near(chain->visits[1], 0.651724137931, 1e-11);
  near(chain->visits[2], 0.344827586207, 1e-11);
  near(chain->visits[3], 0.189655172414, 1e-11);
  near(chain->outcome[0], 0.876724137931, 1e-11);
  near(chain->outcome[1], 0.123275862069, 1e-11);
  near(chain->cycle_mean_s[0], 7.52099766449 * DAY, 1e-10);
  near(chain->cycle_mean_s[1], 25.4543852504 * DAY, 1e-10);
  near(chain->cycle_mean_s[2], 9.73175147896 * DAY, 1e-10);
  near(chain->cycle_variance_s2[0], 86.7389870338 * DAY * DAY, 1e-9);
  near(chain->cycle_variance_s2[1], 135.696905467 * DAY * DAY, 1e-9);
  near(chain->cycle_variance_s2[2], 127.533189217 * DAY * DAY, 1e-9);
  fsim_chain_free(chain);
  build_end(&b);
}

static void oracle_loop_chain(void **state) {
  (void)state;
  json_t *file, *oracle = fsim_oracle("loop-chain-p", &file);
  if (!oracle) {
    json_decref(file);
    skip();
  }
  fsim_build b;
  build_loop_chain(&b);
  fsim_chain *chain = solve(&b);
  const char *outcomes[] = {"lost", "won", "all"};
  for (size_t i = 0; i < 4; i++) {
    char path[64];
    snprintf(path, sizeof path, "exact/visits/%s", b.stages[i].name);
    near(chain->visits[i], fsim_oracle_number(oracle, path), 1e-10);
  }
  for (size_t o = 0; o < 3; o++) {
    char path[64];
    snprintf(path, sizeof path, "exact/mean_cycle_days/%s", outcomes[o]);
    near(chain->cycle_mean_s[o] / DAY, fsim_oracle_number(oracle, path), 1e-9);
    snprintf(path, sizeof path, "exact/variance_cycle_days2/%s", outcomes[o]);
    near(chain->cycle_variance_s2[o] / DAY / DAY, fsim_oracle_number(oracle, path), 1e-9);
    snprintf(path, sizeof path, "exact/outcome_probability/%s", outcomes[o]);
    if (o < 2) near(chain->outcome[o], fsim_oracle_number(oracle, path), 1e-10);
  }
  fsim_chain_free(chain);
  build_end(&b);
  json_decref(file);
}

static void oracle_race(void **state) {
  (void)state;
  json_t *file, *o = fsim_oracle("race-p", &file);
  if (!o) {
    json_decref(file);
    skip();
  }
  fsim_build b;
  build_begin(&b);
  build_stage(&b, "deal");
  const char *exits[] = {"lost", "won"};
  for (size_t k = 0; k < 2; k++) {
    char shape[64], scale[64];
    snprintf(shape, sizeof shape, "parameters/exits/%s/shape", exits[k]);
    snprintf(scale, sizeof scale, "parameters/exits/%s/scale", exits[k]);
    build_exit(&b, to_outcome(k), 0,
               build_law(&b, "weibull", fsim_oracle_number(o, shape),
                         fsim_oracle_number(o, scale) * DAY, "shape,scale"));
  }
  build_race(&b);
  fsim_chain *chain = solve(&b);
  near(chain->outcome[1], fsim_oracle_number(o, "exact/shares/won"), 1e-9);
  near(chain->cycle_mean_s[2] / DAY, fsim_oracle_number(o, "exact/mean_days"), 1e-8);
  near(chain->cycle_mean_s[1] / DAY, fsim_oracle_number(o, "exact/mean_days_given_won"), 1e-8);
  fsim_chain_free(chain);
  build_end(&b);
  json_decref(file);
}

static void oracle_expiry(void **state) {
  (void)state;
  json_t *file, *o = fsim_oracle("expiry-p", &file);
  if (!o) {
    json_decref(file);
    skip();
  }
  fsim_build b;
  build_begin(&b);
  double next = fsim_oracle_number(o, "parameters/p_next");
  double won = fsim_oracle_number(o, "parameters/p_won");
  const fsim_distribution *first =
      build_law(&b, "lognormal", fsim_oracle_number(o, "parameters/wait/mean") * DAY,
                fsim_oracle_number(o, "parameters/wait/cv"), "mean,cv");
  const fsim_distribution *second = build_law(
      &b, "exponential", fsim_oracle_number(o, "parameters/wait_2/mean") * DAY, 0, "mean");
  fsim_stage_law *law = build_stage(&b, "first");
  law->expire.set = true;
  law->expire.after_s = fsim_oracle_number(o, "parameters/after") * DAY;
  law->expire.to = LOST;
  build_exit(&b, LOST, 1 - next, first);
  build_exit(&b, to_stage(1), next, first);
  build_stage(&b, "second");
  build_exit(&b, LOST, 1 - won, second);
  build_exit(&b, WON, won, second);
  fsim_chain *chain = solve(&b);
  const fsim_stage_numbers *stage = &chain->stages[0];
  near(stage->rule_probability, fsim_oracle_number(o, "exact/expired_share"), 1e-10);
  near(stage->mean_s / DAY, fsim_oracle_number(o, "exact/mean_days_in_stage"), 1e-9);
  near(sqrt(stage->variance_s) / DAY, fsim_oracle_number(o, "exact/sd_days_in_stage"), 1e-9);
  near(chain->outcome[1], fsim_oracle_number(o, "exact/p_won"), 1e-10);
  near(chain->cycle_mean_s[1] / DAY, fsim_oracle_number(o, "exact/mean_cycle_days_won"), 1e-9);
  fsim_chain_free(chain);
  build_end(&b);
  json_decref(file);
}

static void oracle_bounded_loop(void **state) {
  (void)state;
  json_t *file, *o = fsim_oracle("bounded-loop-p", &file);
  if (!o) {
    json_decref(file);
    skip();
  }
  fsim_build b;
  build_begin(&b);
  double again = fsim_oracle_number(o, "parameters/p_again");
  double won = fsim_oracle_number(o, "parameters/p_won");
  const fsim_distribution *wait =
      build_law(&b, "exponential", fsim_oracle_number(o, "parameters/wait_mean") * DAY, 0, "mean");
  fsim_stage_law *law = build_stage(&b, "again");
  law->max_visits.set = true;
  law->max_visits.count = (uint32_t)fsim_oracle_number(o, "parameters/max_visits");
  law->max_visits.to = LOST;
  build_exit(&b, to_stage(0), again, wait);
  build_exit(&b, LOST, 1 - again - won, wait);
  build_exit(&b, WON, won, wait);
  fsim_chain *chain = solve(&b);
  near(chain->visits[0], fsim_oracle_number(o, "exact/mean_visits"), 1e-11);
  near(chain->outcome[1], fsim_oracle_number(o, "exact/p_won"), 1e-11);
  near(chain->cycle_mean_s[2] / DAY, fsim_oracle_number(o, "exact/mean_days"), 1e-11);
  fsim_chain_free(chain);
  build_end(&b);
  json_decref(file);
}

/* One segment of the oracle segments-p: lead, demo, offer; demo may go back to lead. */
static fsim_chain *segment(fsim_build *b, const double *wait, double cv, const double *on) {
  build_begin(b);
  const fsim_distribution *lead = build_law(b, "lognormal", wait[0] * DAY, cv, "mean,cv");
  const fsim_distribution *demo = build_law(b, "lognormal", wait[1] * DAY, cv, "mean,cv");
  const fsim_distribution *offer = build_law(b, "gamma", wait[2] * DAY, cv, "mean,cv");
  build_stage(b, "lead");
  build_exit(b, to_stage(1), on[0], lead);
  build_exit(b, LOST, 1 - on[0], lead);
  build_stage(b, "demo");
  build_exit(b, to_stage(0), 0.05, demo);
  build_exit(b, LOST, 0.95 - on[1], demo);
  build_exit(b, to_stage(2), on[1], demo);
  build_stage(b, "offer");
  build_exit(b, LOST, 1 - on[2], offer);
  build_exit(b, WON, on[2], offer);
  return solve(b);
}

static void segments_have_their_own_conversion_and_cycle(void **state) {
  (void)state;
  fsim_build b;
  fsim_chain *chain = segment(&b, (double[]){2, 5, 7}, 0.9, (double[]){0.4, 0.5, 0.45});
  near(chain->outcome[1], 0.0918367346939, 1e-11);
  near(chain->cycle_mean_s[1], 14.1428571429 * DAY, 1e-10);
  near(sqrt(chain->cycle_variance_s2[1]), 8.04237501727 * DAY, 1e-10);
  fsim_chain_free(chain);
  build_end(&b);
  chain = segment(&b, (double[]){5, 14, 30}, 0.7, (double[]){0.25, 0.6, 0.35});
  near(chain->outcome[1], 0.053164556962, 1e-11);
  near(chain->cycle_mean_s[1], 49.2405063291 * DAY, 1e-10);
  near(sqrt(chain->cycle_variance_s2[1]), 23.5645543782 * DAY, 1e-10);
  fsim_chain_free(chain);
  build_end(&b);
}

static void clocks_race(void **state) {
  (void)state;
  fsim_build b;
  build_begin(&b);
  build_stage(&b, "deal");
  build_exit(&b, LOST, 0, build_law(&b, "weibull", 0.8, 30 * DAY, "shape,scale"));
  build_exit(&b, WON, 0, build_law(&b, "weibull", 1.4, 12 * DAY, "shape,scale"));
  build_race(&b);
  fsim_chain *chain = solve(&b);
  near(chain->outcome[0], 0.328436012348, 1e-9);
  near(chain->outcome[1], 0.671563987652, 1e-9);
  near(chain->cycle_mean_s[2], 8.00128050671 * DAY, 1e-8);
  near(chain->cycle_mean_s[1], 9.16625394029 * DAY, 1e-8);
  fsim_chain_free(chain);
  build_end(&b);
}

static void fixed_clocks_tie_for_the_first_name(void **state) {
  (void)state;
  fsim_build b;
  build_begin(&b);
  build_stage(&b, "deal");
  fsim_distribution *week = b.own[b.n_own++] = fsim_distribution_fixed(7 * DAY);
  build_exit(&b, LOST, 0, week);
  build_exit(&b, WON, 0, week);
  build_race(&b);
  fsim_chain *chain = solve(&b);
  near(chain->outcome[0], 1, 1e-12);
  near(1 + chain->outcome[1], 1, 1e-12);
  near(chain->cycle_mean_s[2], 7 * DAY, 1e-12);
  fsim_chain_free(chain);
  build_end(&b);
}

/* FEATURES T1: exponential clocks, closed form. */
static void a_faster_clock_takes_leads_from_the_others(void **state) {
  (void)state;
  for (int faster = 0; faster < 2; faster++) {
    fsim_build b;
    build_begin(&b);
    build_stage(&b, "deal");
    build_exit(&b, LOST, 0, build_law(&b, "exponential", DAY / 0.06, 0, "mean"));
    build_exit(&b, WON, 0, build_law(&b, "exponential", DAY / (faster ? 0.04 : 0.02), 0, "mean"));
    build_race(&b);
    fsim_chain *chain = solve(&b);
    near(chain->outcome[1], faster ? 0.4 : 0.25, 1e-9);
    near(chain->stages[0].mean_s, (faster ? 10 : 12.5) * DAY, 1e-9);
    fsim_chain_free(chain);
    build_end(&b);
  }
}

static void build_expiry(fsim_build *b) {
  build_begin(b);
  const fsim_distribution *wait = build_law(b, "lognormal", 14 * DAY, 1.1, "mean,cv");
  const fsim_distribution *next = build_law(b, "exponential", 5 * DAY, 0, "mean");
  fsim_stage_law *law = build_stage(b, "first");
  law->expire.set = true;
  law->expire.after_s = 20 * DAY;
  law->expire.to = LOST;
  build_exit(b, LOST, 0.4, wait);
  build_exit(b, to_stage(1), 0.6, wait);
  build_stage(b, "second");
  build_exit(b, LOST, 0.5, next);
  build_exit(b, WON, 0.5, next);
}

static void visits_expire(void **state) {
  (void)state;
  fsim_build b;
  build_expiry(&b);
  fsim_chain *chain = solve(&b);
  near(chain->stages[0].rule_probability, 0.198836791237, 1e-10);
  near(chain->stages[0].mean_s, 10.7270611924 * DAY, 1e-9);
  near(sqrt(chain->stages[0].variance_s), 6.34015522653 * DAY, 1e-9);
  near(chain->outcome[1], 0.240348962629, 1e-10);
  near(chain->cycle_mean_s[1], 13.4256557139 * DAY, 1e-9);
  near(chain->stages[0].p90_s, 20 * DAY, 1e-12);
  fsim_chain_free(chain);
  build_end(&b);
}

static void loops_end_after_max_visits(void **state) {
  (void)state;
  fsim_build b;
  build_begin(&b);
  const fsim_distribution *wait = build_law(&b, "exponential", 4 * DAY, 0, "mean");
  fsim_stage_law *law = build_stage(&b, "again");
  law->max_visits.set = true;
  law->max_visits.count = 3;
  law->max_visits.to = LOST;
  build_exit(&b, to_stage(0), 0.5, wait);
  build_exit(&b, LOST, 0.3, wait);
  build_exit(&b, WON, 0.2, wait);
  fsim_chain *chain = solve(&b);
  near(chain->visits[0], 1.75, 1e-12);
  near(chain->outcome[1], 0.35, 1e-12);
  near(chain->cycle_mean_s[2], 7 * DAY, 1e-12);
  fsim_chain_free(chain);
  law->max_visits.set = false;
  chain = solve(&b);
  near(chain->outcome[1], 0.4, 1e-12);
  fsim_chain_free(chain);
  build_end(&b);
}

static void too_many_states_are_refused(void **state) {
  (void)state;
  fsim_build b;
  build_begin(&b);
  const fsim_distribution *wait = build_law(&b, "exponential", DAY, 0, "mean");
  fsim_stage_law *law = build_stage(&b, "again");
  law->max_visits.set = true;
  law->max_visits.count = 1000000;
  law->max_visits.to = LOST;
  build_exit(&b, to_stage(0), 0.5, wait);
  build_exit(&b, WON, 0.5, wait);
  fsim_report *report = fsim_report_new();
  fsim_chain *chain;
  assert_int_equal(fsim_chain_make(&b.s, 0, 0, 0, report, &chain), FSIM_BAD_INPUT);
  assert_null(chain);
  assert_non_null(strstr(fsim_report_message(report, 0)->text, "max_visits"));
  fsim_report_free(report);
  build_end(&b);
}

/* FEATURES T17. */
static void a_serial_funnel_multiplies(void **state) {
  (void)state;
  const double on[] = {0.6, 0.5, 0.4, 0.3};
  const char *names[] = {"a", "b", "c", "d"};
  fsim_build b;
  build_begin(&b);
  const fsim_distribution *wait = build_law(&b, "exponential", DAY, 0, "mean");
  for (size_t i = 0; i < 4; i++) {
    build_stage(&b, names[i]);
    build_exit(&b, i < 3 ? to_stage(i + 1) : WON, on[i], wait);
    build_exit(&b, LOST, 1 - on[i], wait);
  }
  fsim_chain *chain = solve(&b);
  near(chain->outcome[1], 0.036, 1e-12);
  near(36 / chain->outcome[1], 1000, 1e-12);
  fsim_chain_free(chain);
  build_end(&b);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(loops_have_the_visits_and_cycle_times_of_the_fundamental_matrix),
      cmocka_unit_test(oracle_loop_chain),
      cmocka_unit_test(oracle_race),
      cmocka_unit_test(oracle_expiry),
      cmocka_unit_test(oracle_bounded_loop),
      cmocka_unit_test(segments_have_their_own_conversion_and_cycle),
      cmocka_unit_test(clocks_race),
      cmocka_unit_test(fixed_clocks_tie_for_the_first_name),
      cmocka_unit_test(a_faster_clock_takes_leads_from_the_others),
      cmocka_unit_test(visits_expire),
      cmocka_unit_test(loops_end_after_max_visits),
      cmocka_unit_test(too_many_states_are_refused),
      cmocka_unit_test(a_serial_funnel_multiplies),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
