/* Whole lives against exact answers: five linked funnels, segments with values, rates that jump.
 * The figures were computed without simulation (transform inversion, chains, compound Poisson). */
#include "tests/engine/build.h"

#define OUTCOMES "    outcomes: {won: {counts_as: win}, lost: {}}\n"

static const char *const five_funnels =
    "scenario: life\nstart: 2026-01-05\nseed: 2026\nhorizon: 364 d\nmodels:\n"
    "  marketing:\n    funnel: marketing\n    entry: s1\n    stages:\n"
    "      s1: {wait: {exponential: {mean: 3 d}}, exits: {s2: 0.3, lost: rest}}\n"
    "      s2: {wait: {lognormal: {mean: 10 d, cv: 1}}, exits: {won: 0.5, lost: rest}}\n" OUTCOMES
    "  lead-gen:\n    funnel: lead-gen\n    entry: s1\n    stages:\n"
    "      s1: {wait: {gamma: {mean: 2 d, cv: 0.6}}, exits: {s2: 0.7, lost: rest}}\n"
    "      s2: {wait: {lognormal: {mean: 5 d, cv: 0.8}}, exits: {won: 0.55, lost: rest}}\n" OUTCOMES
    "  basic:\n    funnel: basic\n    entry: s1\n    stages:\n"
    "      s1: {wait: {exponential: {mean: 4 d}}, exits: {s2: 0.5, lost: rest}}\n"
    "      s2: {wait: {lognormal: {mean: 9 d, cv: 1.1}}, exits: {s3: 0.6, lost: rest}}\n"
    "      s3: {wait: {weibull: {shape: 1.3, scale: 12 d}}, exits: {won: 0.55, lost: "
    "rest}}\n" OUTCOMES
    "    value: 12000\n"
    "  upsell:\n    funnel: upsell\n    entry: s1\n    stages:\n"
    "      s1: {wait: {exponential: {mean: 20 d}}, exits: {s2: 0.3, lost: rest}}\n"
    "      s2: {wait: {lognormal: {mean: 12 d, cv: 0.7}}, exits: {won: 0.6, lost: rest}}\n" OUTCOMES
    "    value: 5000\n"
    "  cross-sell:\n    funnel: cross-sell\n    entry: s1\n    stages:\n"
    "      s1: {wait: {lognormal: {mean: 25 d, cv: 0.8}}, exits: {won: 0.25, lost: "
    "rest}}\n" OUTCOMES
    "    value: 8000\n"
    "streams:\n  web: {into: marketing, rate: 50 / d}\n"
    "links:\n"
    "  - {from: marketing.won, to: lead-gen}\n"
    "  - {from: lead-gen.won, to: basic}\n"
    "  - {from: basic.won, to: upsell, probability: 0.8, after: {exponential: {mean: 90 d}}}\n"
    "  - {from: basic.won, to: cross-sell, probability: 0.5, after: {exponential: {mean: 60 d}}}\n"
    "  - {from: basic.lost, to: marketing, probability: 0.15, after: {exponential: {mean: 90 "
    "d}}}\n";

static void five_linked_funnels_agree_by_the_horizon(void **state) {
  (void)state;
  static const struct {
    const char *funnel, *won;
    double journeys, wins;
  } exact[] = {
      {"marketing", "marketing.won", 18289.6381761, 2645.25670116},
      {"lead-gen", "lead-gen.won", 2645.25670116, 998.068722559},
      {"basic", "basic.won", 998.068722559, 153.127143664},
      {"upsell", "upsell.won", 88.9944237321, 13.8969153126},
      {"cross-sell", "cross-sell.won", 62.2506793569, 14.0765600973},
  };
  model m = model_make(five_funnels);
  kept k = run_model(&m, (run_plan){.replications = 400, .threads = 2});
  double *value = calloc(k.replications, sizeof *value);
  for (size_t i = 0; i < sizeof exact / sizeof exact[0]; i++) {
    size_t won = outcome_named(&m, exact[i].won);
    assert_agrees(estimate_cell(&k, FSIM_STARTED, funnel_named(&m, exact[i].funnel), 0, 0),
                  exact[i].journeys, exact[i].funnel);
    assert_agrees(estimate_cell(&k, FSIM_ENDED, won, 0, 0), exact[i].wins, exact[i].won);
    for (uint32_t r = 0; r < k.replications; r++)
      value[r] += (double)cell(&k, r, FSIM_VALUE, won, 0, 0) / 100;
  }
  assert_agrees(estimate_of(value, k.replications), 2019622.78131, "value by the horizon");
  free(value);
  kept_free(&k);
  model_free(&m);
}

/* FEATURES T5: a method that uses the rate at the last arrival gives 31.3 of these 52. */
static void a_rate_that_jumps_brings_all_its_leads(void **state) {
  (void)state;
  model m = model_make(
      "scenario: t5\nstart: 2026-01-05\nseed: 5\nhorizon: 20 d\nmodels:\n"
      "  f:\n    funnel: f\n    entry: a\n    stages: {a: {exits: {won: 1}}}\n"
      "    outcomes: {won: {counts_as: win}}\n"
      "streams:\n"
      "  slow: {into: f, rate: 0.2 / d}\n"
      "changes:\n  - {on: 2026-01-15, set: {streams.slow.rate: 5 / d}}\n");
  kept k = run_model(&m, (run_plan){.replications = 4000, .threads = 2});
  estimate leads = estimate_cell(&k, FSIM_ARRIVED, 0, 0, 0);
  assert_agrees(leads, 52, "leads");
  double z = (leads.variance - 52) / (52 * sqrt(2.0 / 3999)); /* a Poisson number */
  assert_true(fabs(z) < 4);
  kept_free(&k);
  model_free(&m);
}

static void segments_keep_their_own_conversion_and_value(void **state) {
  (void)state;
  model m = model_make(
      "scenario: segments\nstart: 2026-01-05\nseed: 25\nhorizon: 104 w\nwarm_up: 78 w\n"
      "attributes: {segment: [smb, enterprise]}\nmodels:\n"
      "  f:\n    funnel: f\n    entry: lead\n    stages:\n"
      "      lead: {wait: {lognormal: {mean: 2 d, cv: 0.9}}, exits: {demo: 0.4, lost: rest}}\n"
      "      demo:\n        wait: {lognormal: {mean: 5 d, cv: 0.9}}\n"
      "        exits: {offer: 0.5, lead: 0.05, lost: rest}\n"
      "      offer: {wait: {gamma: {mean: 7 d, cv: 0.9}}, exits: {won: 0.45, lost: "
      "rest}}\n" OUTCOMES
      "    value: {lognormal: {mean: 6000, cv: 1.2}}\n"
      "    overrides:\n"
      "      - when: {segment: enterprise}\n        stages:\n"
      "          lead: {wait: {lognormal: {mean: 5 d, cv: 0.7}}, exits: {demo: 0.25, lost: rest}}\n"
      "          demo:\n            wait: {lognormal: {mean: 14 d, cv: 0.7}}\n"
      "            exits: {offer: 0.6, lead: 0.05, lost: rest}\n"
      "          offer: {wait: {gamma: {mean: 30 d, cv: 0.7}}, exits: {won: 0.35, lost: rest}}\n"
      "        value: {lognormal: {mean: 60000, cv: 0.9}}\n"
      "streams:\n  web: {into: f, rate: 25 / d, attributes: {segment: {smb: 0.8, enterprise: "
      "0.2}}}\n");
  kept k = run_model(&m, (run_plan){.replications = 400, .threads = 2});
  const double weeks = 26, cents = 100;
  size_t won = outcome_named(&m, "won");
  assert_agrees(estimate_cell(&k, FSIM_ENDED, won, 0, 0), weeks * 14.7179023508, "wins");
  assert_agrees(estimate_cell(&k, FSIM_ENDED, won, 1, 0), weeks * 12.8571428571, "smb wins");
  assert_agrees(estimate_cell(&k, FSIM_ENDED, won, 2, 0), weeks * 1.86075949367, "enterprise wins");
  assert_agrees(estimate_cell(&k, FSIM_VALUE, won, 0, 0), weeks * cents * 188788.426763, "value");
  assert_agrees(estimate_cell(&k, FSIM_VALUE, won, 2, 0), weeks * cents * 111645.56962,
                "enterprise value");
  kept_free(&k);
  model_free(&m);
}

static void the_value_of_a_month_is_compound_poisson(void **state) {
  (void)state;
  model m = model_make(
      "scenario: value\nstart: 2026-01-05\nseed: 12\nhorizon: 28 d\n"
      "attributes: {segment: [smb, enterprise]}\nmodels:\n"
      "  f:\n    funnel: f\n    entry: a\n    stages: {a: {exits: {won: 0.1, lost: "
      "rest}}}\n" OUTCOMES
      "    value: {lognormal: {mean: 9000, cv: 1.3}}\n"
      "    overrides:\n"
      "      - {when: {segment: enterprise}, stages: {a: {exits: {won: 0.06, lost: rest}}},"
      " value: {lognormal: {mean: 80000, cv: 0.9}}}\n"
      "streams:\n  web: {into: f, rate: 12 / d, attributes: {segment: {smb: 0.85, enterprise: "
      "0.15}}}\n");
  kept k = run_model(&m, (run_plan){.replications = 10000, .threads = 2});
  size_t won = outcome_named(&m, "won");
  estimate value = estimate_cell(&k, FSIM_VALUE, won, 0, 0);
  assert_agrees(estimate_cell(&k, FSIM_ENDED, won, 0, 0), 31.584, "wins");
  assert_agrees(value, 100 * 498960.0, "value");
  /* A sample variance has the relative error sqrt((kurtosis - 1) / n); the kurtosis of a compound
   * Poisson sum is 3 + kappa_4 / kappa_2^2 = 5.601 here. */
  double exact = 1e4 * 41252954400.0, z = (value.variance - exact) / (exact * sqrt(4.601 / 10000));
  if (!(fabs(z) < 4)) fail_msg("variance %.6g, exact %.6g, z = %.2f", value.variance, exact, z);
  kept_free(&k);
  model_free(&m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(five_linked_funnels_agree_by_the_horizon),
      cmocka_unit_test(a_rate_that_jumps_brings_all_its_leads),
      cmocka_unit_test(segments_keep_their_own_conversion_and_value),
      cmocka_unit_test(the_value_of_a_month_is_compound_poisson),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
