/* Shares of single uncertain numbers from a run that was not made for them: exact answers, coverage
 * of the intervals, and a whole run. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>

#include "analysis/uncertain.h"
#include "memory_run.h"
#include "sim/random/key.h"
#include "tests/oracle.h"

enum { NUMBERS = 3 };

/* Outcome: exp of the first score times an even spread by the second, plus chance; the third
 * changes nothing. */
#define SIGMA 0.3
#define SPREAD 0.5

static double score(uint64_t seed, size_t pair, size_t number) {
  return gsl_cdf_ugaussian_Pinv(
      fsim_uncertain_uniform(seed, pair, (const char *[]){"a", "b", "c"}[number]));
}

static void make_outcomes(uint64_t seed, size_t pairs, double chance, double *scores, double *y) {
  for (size_t k = 0; k < pairs; k++) {
    for (size_t i = 0; i < NUMBERS; i++) scores[k * NUMBERS + i] = score(seed, k, i);
    const double *z = scores + k * NUMBERS;
    double even = 2 * gsl_cdf_ugaussian_P(z[1]) - 1;
    double expected = exp(SIGMA * z[0] - 0.5 * SIGMA * SIGMA) * (1 + SPREAD * even);
    for (size_t w = 0; w < 2; w++) {
      double u, unused;
      fsim_uniform_pair(fsim_key_make(seed, k, 1, 2, 3), (uint32_t)w, 0, 0, &u, &unused);
      y[2 * k + w] = 7 + expected * (1 + chance * gsl_cdf_ugaussian_Pinv(u));
    }
  }
}

/* Variances of the expectation given one number, and of one outcome. */
static void exact_shares(double chance, double *share) {
  double first = exp(SIGMA * SIGMA) - 1, second = SPREAD * SPREAD / 3;
  double square = (1 + first) * (1 + second), total = square - 1 + chance * chance * square;
  /* What a cubic in the normal score follows of an even law: 99.5 %. */
  double c1 = 1 / sqrt(3.14159265358979323846), c3 = 0.5 * c1 / sqrt(6);
  share[0] = first / total;
  share[1] = SPREAD * SPREAD * (c1 * c1 + c3 * c3) / total;
  share[2] = 0;
}

static void shares(uint64_t seed, size_t pairs, double chance, int degree, fsim_interval *share) {
  double *scores = calloc(pairs * NUMBERS, sizeof *scores), *y = calloc(2 * pairs, sizeof *y);
  assert_true(scores != NULL && y != NULL);
  fsim_report *report = fsim_report_new();
  make_outcomes(seed, pairs, chance, scores, y);
  assert_int_equal(fsim_first_orders(scores, NUMBERS, y, pairs, degree, 0.95, report, share),
                   FSIM_OK);
  fsim_report_free(report);
  free(scores);
  free(y);
}

static void shares_of_a_product(void **state) {
  (void)state;
  static const double chances[] = {0, 0.3, 1};
  for (int c = 0; c < 3; c++) {
    double exact[NUMBERS];
    fsim_interval share[NUMBERS];
    exact_shares(chances[c], exact);
    shares(5, 20000, chances[c], 3, share);
    for (int i = 0; i < NUMBERS; i++) {
      double z = (share[i].estimate - exact[i]) / share[i].standard_error;
      if (!(fabs(z) < 4)) fail_msg("%d: %g, exact %g", i, share[i].estimate, exact[i]);
      assert_true(share[i].standard_error < 0.02);
    }
  }
}

/* Over many small runs: the mean estimate is the exact share, chance or not, and intervals hold. */
static void few_pairs_without_bias(void **state) {
  (void)state;
  enum { SEEDS = 1000, PAIRS = 100 };
  static const double chances[] = {0.3, 1};
  for (int c = 0; c < 2; c++) {
    double exact[NUMBERS], sum[NUMBERS] = {0}, square[NUMBERS] = {0};
    size_t held[NUMBERS] = {0};
    exact_shares(chances[c], exact);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
      fsim_interval share[NUMBERS];
      shares(100 + seed, PAIRS, chances[c], fsim_first_order_degree(NUMBERS, PAIRS), share);
      for (int i = 0; i < NUMBERS; i++) {
        sum[i] += share[i].estimate;
        square[i] += share[i].estimate * share[i].estimate;
        held[i] += share[i].low <= exact[i] && exact[i] <= share[i].high;
      }
    }
    for (int i = 0; i < NUMBERS; i++) {
      double mean = sum[i] / SEEDS, deviation = sqrt(square[i] / SEEDS - mean * mean);
      double z = (mean - exact[i]) / (deviation / sqrt(SEEDS));
      double share = (double)held[i] / SEEDS, error = sqrt(0.95 * 0.05 / SEEDS);
      print_message("chance %g, number %d: mean %.4f, exact %.4f (z %.1f), 95 %% hold %.1f %%\n",
                    chances[c], i, mean, exact[i], z, 100 * share);
      assert_true(fabs(z) < 4);
      assert_true(fabs(share - 0.95) < 4 * error);
    }
  }
}

static void degrees_by_the_number_of_pairs(void **state) {
  (void)state;
  assert_int_equal(fsim_first_order_degree(3, 29), 0);
  assert_int_equal(fsim_first_order_degree(3, 30), 1);
  assert_int_equal(fsim_first_order_degree(3, 100), 3);
  assert_int_equal(fsim_first_order_degree(3, 100000), 3);
  fsim_interval share[NUMBERS];
  shares(1, 20, 0, 0, share);
  assert_true(isnan(share[0].estimate));
}

/* An uncertain rate and an uncertain conversion: the shares are those of the shared oracle
 * uncertain-parameters-p, of the uncertain part there, of all here. */
static void shares_of_a_run(void **state) {
  (void)state;
  static const char *const paths[] = {"f.stages.s.exits.won", "streams.web.rate"};
  static const char *const key[] = {"p_won", "rate"};
  static const double first[] = {0.500894454383, 0.487835420394}, uncertain = 0.925666973321;
  json_t *file, *found = fsim_oracle("uncertain-parameters-p", &file);
  for (int i = 0; i < 2 && found != NULL; i++) {
    char path[64];
    snprintf(path, sizeof path, "exact/uncertainty_first_order/%s", key[i]);
    assert_true(fabs(fsim_oracle_number(found, path) - first[i]) < 1e-9);
  }
  json_decref(file);
  run r;
  simulate(&r,
           "scenario: unknown\nstart: 2026-01-05\nhorizon: 90 d\nreplications: 20\nseed: 6\n"
           "models:\n  f:\n    funnel: f\n    entry: s\n    stages:\n"
           "      s: {exits: {won: {uncertain: {beta: {mean: 0.3, cv: 0.15199253}}}, lost: rest}}\n"
           "    outcomes: {won: {counts_as: win}, lost: {}}\n"
           "streams: {web: {into: f, rate: {uncertain: {gamma: {mean: 10 / d, cv: 0.15}}}}}\n",
           2000);
  assert_int_equal(fsim_summary_uncertain(r.summary, r.source, r.report), FSIM_OK);
  assert_int_equal(r.summary->n_numbers, 2);
  assert_false(r.summary->too_few_pairs);
  size_t won = 0;
  while (strcmp(r.scenario->outcomes[r.summary->variance[won].outcome].name, "won") != 0) won++;
  for (size_t i = 0; i < 2; i++) {
    assert_string_equal(r.summary->numbers[i], paths[i]);
    const fsim_interval *share = &r.summary->number_shares[2 * won + i];
    double z = (share->estimate - first[i] * uncertain) / share->standard_error;
    if (!(fabs(z) < 4)) fail_msg("%s: %g, z %.1f", paths[i], share->estimate, z);
    assert_true(share->standard_error < 0.03);
  }
  end(&r);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shares_of_a_product),
      cmocka_unit_test(degrees_by_the_number_of_pairs),
      cmocka_unit_test(shares_of_a_run),
      cmocka_unit_test(few_pairs_without_bias),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
