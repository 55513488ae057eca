/* Differences of plans: their intervals against exact answers and against their coverage. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "analysis/decide/compare.h"
#include "analysis/decide/rank.h"
#include "analysis/decide/said.h"
#include "decide.h"

static void assert_close(double value, double exact, double within) {
  if (!(fabs(value - exact) <= within)) fail_msg("%.12g, expected %.12g", value, exact);
}

/* Outputs with given values. */
static fsim_outputs outputs_of(double *top, double *bottom, uint32_t n, bool uncertain) {
  return (fsim_outputs){.n_measures = 1,
                        .replications = n,
                        .room = n,
                        .uncertain = uncertain,
                        .top = top,
                        .bottom = bottom};
}

static fsim_difference difference_of(const fsim_outputs *a, const fsim_outputs *b, bool ratio,
                                     bool paired, double confidence) {
  fsim_measure measure = {.ratio = ratio};
  fsim_difference d;
  assert_int_equal(
      fsim_difference_make(a, &measure, b, &measure, 0, paired, confidence, confidence, NULL, &d),
      FSIM_OK);
  return d;
}

/* By hand: differences 1, 2, 3, 2 have mean 2 and variance 2/3; t(3) at 95 % is 3.182446. */
static void means_are_paired(void **state) {
  (void)state;
  double a[] = {10, 20, 30, 40}, b[] = {11, 22, 33, 42}, none[4] = {0};
  fsim_outputs base = outputs_of(a, none, 4, false), other = outputs_of(b, none, 4, false);
  fsim_difference d = difference_of(&base, &other, false, true, 0.95);
  double half = 3.182446305 * sqrt(2.0 / 3 / 4);
  assert_close(d.change.estimate, 2, 1e-12);
  assert_close(d.change.low, 2 - half, 1e-8);
  assert_close(d.change.high, 2 + half, 1e-8);
  assert_close(d.base.estimate, 25, 1e-12);
  assert_close(d.other.estimate, 27, 1e-12);
  assert_close(d.better.estimate, 1, 0);
  assert_close(d.equal, 0, 0);
  double apart = 500.0 / 3 + (256 + 25 + 36 + 225) / 3.0; /* both variances */
  assert_close(d.variance_removed, 1 - (2.0 / 3) / apart, 1e-12);
}

static void equal_plans_are_told_so(void **state) {
  (void)state;
  double a[] = {1, 5, 2}, none[3] = {0};
  fsim_outputs base = outputs_of(a, none, 3, false);
  fsim_difference d = difference_of(&base, &base, false, true, 0.95);
  assert_close(d.equal, 1, 0);
  assert_close(d.change.estimate, 0, 0);
  assert_close(d.change.high, 0, 0);
}

/* Replications 2k and 2k + 1 share numbers: units are the means of pairs. */
static void pairs_are_units(void **state) {
  (void)state;
  double a[] = {0, 0, 0, 0, 0, 0}, b[] = {1, 3, 4, 4, 9, 3}, none[6] = {0};
  fsim_outputs base = outputs_of(a, none, 6, true), other = outputs_of(b, none, 6, true);
  fsim_difference d = difference_of(&base, &other, false, true, 0.95);
  assert_int_equal(d.change.n, 3); /* 2, 4, 6 */
  assert_close(d.change.estimate, 4, 1e-12);
  assert_close(d.change.standard_error, 2 / sqrt(3), 1e-12);
}

/* Welch 1947 on {1, 2, 3, 4} and {2, 4, 6}: variances 5/3 and 4. */
static void other_seeds_are_not_paired(void **state) {
  (void)state;
  double a[] = {1, 2, 3, 4}, b[] = {2, 4, 6}, none[4] = {0};
  fsim_outputs base = outputs_of(a, none, 4, false), other = outputs_of(b, none, 3, false);
  fsim_difference d = difference_of(&base, &other, false, false, 0.95);
  double va = 5.0 / 12, vb = 4.0 / 3, v = va + vb;
  double degrees = v * v / (va * va / 3 + vb * vb / 2);
  double half = gsl_cdf_tdist_Pinv(0.975, degrees) * sqrt(v);
  assert_string_equal(d.change.method, "Welch");
  assert_close(d.change.estimate, 1.5, 1e-12);
  assert_close(d.change.low, 1.5 - half, 1e-9);
  assert_true(isnan(d.better.estimate));
}

/* Conversions of two plans whose leads are common: a share p of a Poisson number of leads wins in
 * both, an extra share q in the second only, so the ratios differ by q. */
static void coverage_of_ratio_differences(void **state) {
  (void)state;
  enum { SETS = 4000, UNITS = 25 };
  const double p = 0.2, q = 0.03;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 11);
  size_t covered = 0;
  for (int s = 0; s < SETS; s++) {
    double a[UNITS], b[UNITS], leads[UNITS];
    for (int u = 0; u < UNITS; u++) {
      unsigned n = gsl_ran_poisson(rng, 80);
      unsigned both = gsl_ran_binomial(rng, p, n);
      unsigned more = gsl_ran_binomial(rng, q / (1 - p), n - both);
      leads[u] = n;
      a[u] = both;
      b[u] = both + more;
    }
    fsim_outputs base = outputs_of(a, leads, UNITS, false);
    fsim_outputs other = outputs_of(b, leads, UNITS, false);
    fsim_difference d = difference_of(&base, &other, true, true, 0.95);
    covered += d.change.low <= q && q <= d.change.high;
  }
  gsl_rng_free(rng);
  double share = (double)covered / SETS, band = 2.576 * sqrt(0.95 * 0.05 / SETS);
  if (fabs(share - 0.95) > band)
    fail_msg("covers %.4f of the time, 0.95 +- %.4f wanted", share, band);
}

/* 20 leads a day for 50 days win with probability 0.30 or 0.33, by the same uniforms: the
 * difference counts the leads in between, so its mean and its variance are both 30 (thinning of a
 * Poisson process; 630 without common random numbers). Variance by an F test. */
static void common_numbers_leave_only_what_differs(void **state) {
  (void)state;
  const char *yaml =
      "scenario: crn\nstart: 2026-01-05\nhorizon: 50 d\nreplications: 400\nseed: 5\n"
      "models:\n  f:\n    funnel: f\n    entry: s\n    stages:\n"
      "      s: {exits: {won: 0.3, lost: rest}}\n    outcomes: {won: {counts_as: win}, lost: {}}\n"
      "streams: {web: {into: f, rate: 20 / d}}\n";
  fsim_variant variants[2] = {variant_of(yaml, "a")};
  variants[1] = derived_from(&variants[0], "f.stages.s.exits.won=0.33");
  const char *metric = "f.won";
  fsim_compare_options options = {.metrics = &metric, .n_metrics = 1};
  fsim_comparison *c;
  assert_int_equal(fsim_compare(variants, 2, &options, NULL, &c), FSIM_OK);
  const fsim_difference *d = &fsim_compared_of(c, 1, 0)->difference;
  double weeks = 50.0 / 7;
  assert_near(&d->change, 30 / weeks, "wins gained");
  double variance = d->change.standard_error * d->change.standard_error * 400 * weeks * weeks;
  double low = gsl_cdf_chisq_Pinv(1e-4, 399) / 399, high = gsl_cdf_chisq_Qinv(1e-4, 399) / 399;
  if (!(variance / 30 > low && variance / 30 < high))
    fail_msg("variance of the difference %.4g, exact 30", variance);
  assert_true(fabs(d->variance_removed - 0.952380952) < 0.03); /* of a correlation: 4 SE at 400 */
  assert_int_equal(fsim_compared_of(c, 1, 0)->verdict, FSIM_BETTER);
  fsim_comparison_free(c);
  for (int v = 0; v < 2; v++) fsim_variant_free(&variants[v]);
}

/* Three plans: 2 is above both others, 0 and 1 are not told apart. */
static void comparison_with_the_best(void **state) {
  (void)state;
  const double low[] = {0, -1, -5, -1, 0, -6, 3, 2, 0}, high[] = {0, 1, -3, 1, 0, -2, 5, 6, 0};
  fsim_interval best[3];
  fsim_compare_with_best(low, high, 3, best);
  assert_close(best[0].low, -5, 0);
  assert_close(best[0].high, -3, 0);
  assert_close(best[1].high, -2, 0);
  assert_close(best[2].low, 2, 0);
  assert_close(best[2].high, 5, 0);
  const double unknown[] = {0, NAN, NAN, 0};
  fsim_compare_with_best(unknown, unknown, 2, best);
  assert_true(isnan(best[0].low) && isnan(best[1].high));
}

#define ONE_STAGE                                               \
  "models:\n  f:\n    funnel: f\n    entry: s\n    stages:\n"   \
  "      s: {exits: {won: 0.3, lost: 0.1, gone: rest}}\n"       \
  "    outcomes: {won: {counts_as: win}, lost: {}, gone: {}}\n" \
  "streams: {web: {into: f, rate: 20 / d}}\n"
#define HEAD "scenario: plan\nstart: 2026-01-05\nhorizon: 5 w\nreplications: 40\nseed: 5\n"

static const char without_lost[] = HEAD
    "models:\n  f:\n    funnel: f\n    entry: s\n    stages:\n"
    "      s: {exits: {won: 0.3, gone: rest}}\n"
    "    outcomes: {won: {counts_as: win}, gone: {}}\n"
    "streams: {web: {into: f, rate: 20 / d}}\n";

/* A plan that has no such outcome is no candidate, whatever the others do, and nothing is said of
 * its replications. */
static void what_a_plan_lacks_is_not_compared(void **state) {
  (void)state;
  fsim_variant variants[3] = {variant_of(HEAD ONE_STAGE, "base"), variant_of(without_lost, "less")};
  variants[2] = derived_from(&variants[0], "f.stages.s.exits.lost=0.2");
  const char *metric = "f.lost";
  for (int until = 0; until < 2; until++) {
    fsim_compare_options options = {.metrics = &metric, .n_metrics = 1, .until = until * 0.1};
    fsim_comparison *c;
    assert_int_equal(fsim_compare(variants, 3, &options, NULL, &c), FSIM_OK);
    assert_int_equal(fsim_compared_of(c, 1, 0)->verdict, FSIM_UNKNOWN);
    assert_true(isnan(fsim_compared_of(c, 1, 0)->difference.better.estimate));
    assert_true(isnan(fsim_compared_of(c, 1, 0)->difference.variance_removed));
    assert_true(isnan(c->best[1].low) && isnan(c->best[1].high));
    assert_true(c->best[0].low > 0); /* of losses less is better */
    assert_true(c->best[2].high < 0);
    assert_false(c->stopped);
    fsim_comparison_free(c);
  }
  for (int v = 0; v < 3; v++) fsim_variant_free(&variants[v]);
}

/* Nobody ever wins there: no time to a win will come, however long one waits. */
static void what_is_never_defined_is_given_up(void **state) {
  (void)state;
  fsim_variant variants[2] = {variant_of(HEAD ONE_STAGE, "base")};
  variants[1] = derived_from(&variants[0], "f.stages.s.exits.won=0");
  const char *metric = "f.value_per_win";
  fsim_compare_options options = {.metrics = &metric, .n_metrics = 1, .until = 0.01};
  fsim_comparison *c;
  assert_int_equal(fsim_compare(variants, 2, &options, NULL, &c), FSIM_OK);
  assert_true(c->stopped);
  assert_true(c->samples[0].replications < 300);
  assert_non_null(strstr(fsim_report_message(c->remarks, 0)->text, "has no value"));
  fsim_comparison_free(c);
  for (int v = 0; v < 2; v++) fsim_variant_free(&variants[v]);
}

static double t_of(const fsim_compared *compared) {
  return fsim_interval_half_width(&compared->difference.change) /
         compared->difference.change.standard_error;
}

/* The primary measure has the error of its two lines, the others that of their four. */
static void each_group_has_its_level(void **state) {
  (void)state;
  fsim_variant variants[3] = {variant_of(HEAD ONE_STAGE, "base")};
  variants[1] = derived_from(&variants[0], "f.stages.s.exits.lost=0.11");
  variants[2] = derived_from(&variants[0], "f.stages.s.exits.lost=0.12");
  const char *metrics[] = {"f.won", "f.lost", "f.gone"};
  fsim_compare_options options = {.metrics = metrics, .n_metrics = 3};
  fsim_comparison *c;
  assert_int_equal(fsim_compare(variants, 3, &options, NULL, &c), FSIM_OK);
  size_t plain = 0;
  for (size_t v = 1; v < 3; v++) {
    for (size_t m = 0; m < 3; m++) {
      const fsim_compared *compared = fsim_compared_of(c, v, m);
      if (strcmp(compared->difference.change.method, "t") != 0) continue;
      plain++;
      assert_close(t_of(compared), gsl_cdf_tdist_Pinv(1 - 0.025 / (m == 0 ? 2 : 4), 39), 1e-9);
    }
  }
  assert_true(plain > 3);
  fsim_comparison_free(c);
  for (int v = 0; v < 3; v++) fsim_variant_free(&variants[v]);
}

/* Two runs of one plan: the change that they seem to have must be t + 0.8416 standard errors. */
static void more_replications_have_power(void **state) {
  (void)state;
  fsim_variant variants[2] = {variant_of(HEAD ONE_STAGE, "base")};
  variants[1] = derived_from(&variants[0], "seed=6");
  const char *metric = "f.won";
  fsim_compare_options options = {.metrics = &metric, .n_metrics = 1};
  fsim_comparison *c;
  assert_int_equal(fsim_compare(variants, 2, &options, NULL, &c), FSIM_OK);
  const fsim_compared *compared = fsim_compared_of(c, 1, 0);
  assert_int_equal(compared->verdict, FSIM_UNDECIDED);
  const fsim_interval *change = &compared->difference.change;
  double errors = fabs(change->estimate) / change->standard_error;
  double wanted = (t_of(compared) + gsl_cdf_ugaussian_Pinv(0.8)) / errors;
  assert_close(compared->more, ceil(40 * (wanted * wanted - 1)), 1);
  fsim_comparison_free(c);
  for (int v = 0; v < 2; v++) fsim_variant_free(&variants[v]);
}

/* Levers that are level share the first place; none has it where none changes anything. */
static void equal_effects_share_the_rank(void **state) {
  (void)state;
  const double a[] = {1, 2, 3, 4}, b[] = {-1, -2, -3, -4}, nothing[] = {0, 0, 0, 0};
  const double *effects[] = {nothing, a, b}, *none[] = {nothing, nothing};
  double first[3];
  assert_int_equal(fsim_rank_first(effects, 3, 4, 1, NULL, first), FSIM_OK);
  assert_close(first[0], 0, 0);
  assert_close(first[1], 0.5, 1e-9);
  assert_close(first[2], 0.5, 1e-9);
  assert_int_equal(fsim_rank_first(none, 2, 4, 1, NULL, first), FSIM_OK);
  assert_close(first[0] + first[1], 0, 0);
}

/* A hundred lines of twenty replications: each interval would have to be sure to 99.95 %. */
static void too_few_for_so_many_lines_is_told(void **state) {
  (void)state;
  assert_non_null(fsim_say_few(1 - 0.05 / 100, 20));
  assert_null(fsim_say_few(1 - 0.05 / 100, 50));
  assert_null(fsim_say_few(1 - 0.05 / 20, 20));
}

static void ranks_know_what_is_common(void **state) {
  (void)state;
  enum { UNITS = 60 };
  double clear[UNITS], noisy[UNITS], twin[UNITS];
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 3);
  for (int u = 0; u < UNITS; u++) {
    double common = gsl_ran_gaussian(rng, 5);
    clear[u] = -(3 + common); /* larger in size, always, though each varies a lot */
    twin[u] = 2.5 + common;
    noisy[u] = gsl_ran_gaussian(rng, 20);
  }
  gsl_rng_free(rng);
  const double *effects[] = {twin, clear, noisy};
  double first[3];
  bool tied[3];
  assert_int_equal(fsim_rank_first(effects, 2, UNITS, 1, NULL, first), FSIM_OK);
  assert_true(first[1] > 0.95 && fabs(first[0] + first[1] - 1) < 1e-9);
  assert_int_equal(fsim_rank_ties(effects, 3, UNITS, 1, 0.95, NULL, tied), FSIM_OK);
  assert_false(tied[0]);
  assert_true(tied[1]);
  assert_true(tied[2]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(means_are_paired),
      cmocka_unit_test(equal_plans_are_told_so),
      cmocka_unit_test(pairs_are_units),
      cmocka_unit_test(other_seeds_are_not_paired),
      cmocka_unit_test(coverage_of_ratio_differences),
      cmocka_unit_test(common_numbers_leave_only_what_differs),
      cmocka_unit_test(comparison_with_the_best),
      cmocka_unit_test(what_a_plan_lacks_is_not_compared),
      cmocka_unit_test(what_is_never_defined_is_given_up),
      cmocka_unit_test(each_group_has_its_level),
      cmocka_unit_test(more_replications_have_power),
      cmocka_unit_test(equal_effects_share_the_rank),
      cmocka_unit_test(ranks_know_what_is_common),
      cmocka_unit_test(too_few_for_so_many_lines_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
