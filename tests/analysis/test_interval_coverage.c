/* How often intervals contain the truth, over thousands of seeds of models whose truth is known.
 *
 * Nominal 95 %; with 4000 seeds the share has a standard error of 0.34 %, and 93.7 to 96.3 % is the
 * band that METHODS asks for. Order statistics are conservative by construction: they are held to
 * their own exact coverage instead. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/life_table.h"
#include "analysis/quantile.h"
#include "analysis/ratio.h"
#include "analysis/variance.h"

enum { SEEDS = 4000, MOST = 400 };

typedef struct tally {
  const char *what;
  size_t seeds, inside, none;
} tally;

static void count(tally *t, const fsim_interval *interval, double truth) {
  t->seeds++;
  if (isnan(interval->low) || isnan(interval->high)) {
    t->none++;
  } else if (interval->low <= truth && truth <= interval->high) {
    t->inside++;
  }
}

static double share_of(const tally *t) {
  return (double)t->inside / (double)t->seeds;
}

static void assert_band(const tally *t, double low, double high) {
  print_message("%-44s %.1f %% of %zu seeds\n", t->what, 100 * share_of(t), t->seeds);
  assert_int_equal(t->none, 0);
  if (share_of(t) < low || share_of(t) > high) {
    fail_msg("%s: coverage %.4f is outside %.3f to %.3f", t->what, share_of(t), low, high);
  }
}

static gsl_rng *generator(unsigned long seed) {
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  assert_non_null(rng);
  gsl_rng_set(rng, seed);
  return rng;
}

/* ---- means ---- */

static void mean_of_normal_replications(void **state) {
  (void)state;
  gsl_rng *rng = generator(101);
  tally t = {.what = "mean, normal, R = 20"};
  for (int s = 0; s < SEEDS; s++) {
    double y[20];
    for (int r = 0; r < 20; r++) y[r] = 10 + gsl_ran_gaussian(rng, 3);
    fsim_interval interval = fsim_interval_mean(y, 20, 0.95);
    count(&t, &interval, 10);
  }
  gsl_rng_free(rng);
  assert_band(&t, 0.937, 0.963);
}

/* Of three, four or five values the skewness is noise: correcting for it must not narrow. */
static void means_of_very_few_replications(void **state) {
  (void)state;
  gsl_rng *rng = generator(114);
  for (size_t n = 3; n < 6; n++) {
    char what[64];
    snprintf(what, sizeof what, "mean, normal, R = %zu", n);
    tally t = {.what = what};
    for (int s = 0; s < SEEDS; s++) {
      double y[5];
      for (size_t r = 0; r < n; r++) y[r] = gsl_ran_gaussian(rng, 3);
      fsim_interval interval = fsim_interval_mean(y, n, 0.95);
      count(&t, &interval, 0);
    }
    assert_band(&t, 0.95, 0.98);
  }
  gsl_rng_free(rng);
}

static fsim_interval plain_t(const double *y, size_t n) {
  fsim_moments moments = fsim_moments_of(y, n);
  double half = fsim_t_quantile(0.95, (double)(n - 1)) * sqrt(moments.variance / (double)n);
  return (fsim_interval){moments.mean, moments.mean - half, moments.mean + half, 0, n, "t"};
}

/* Value per replication: lognormal of mean 1 and cv 0.7. At R = 20 the correction cannot reach the
 * nominal level (93.8 %, docs/statistics.md); it must be far better than t there. */
static void mean_of_skewed_replications(void **state) {
  (void)state;
  static const size_t replications[] = {20, 50, 200};
  double sigma = sqrt(log1p(0.49));
  gsl_rng *rng = generator(102);
  for (size_t k = 0; k < 3; k++) {
    char what[64];
    size_t n = replications[k];
    snprintf(what, sizeof what, "mean, lognormal cv 0.7, R = %zu", n);
    tally t = {.what = what}, uncorrected = {.what = "  (plain t)"};
    for (int s = 0; s < SEEDS; s++) {
      double y[MOST];
      for (size_t r = 0; r < n; r++) y[r] = gsl_ran_lognormal(rng, -0.5 * sigma * sigma, sigma);
      fsim_interval interval = fsim_interval_mean(y, n, 0.95), without = plain_t(y, n);
      count(&t, &interval, 1);
      count(&uncorrected, &without, 1);
    }
    assert_band(&t, n < 50 ? 0.92 : 0.937, 0.963);
    assert_true(n > 20 || share_of(&t) > share_of(&uncorrected) + 0.01);
  }
  gsl_rng_free(rng);
}

/* The unit of observation matters: with uncertain numbers shared within pairs, intervals over
 * single replications are too narrow, those over pairs are right. */
static void pairs_are_the_units_where_numbers_are_uncertain(void **state) {
  (void)state;
  gsl_rng *rng = generator(103);
  tally pairs = {.what = "mean, uncertain numbers, 50 pairs"};
  tally singles = {.what = "  (the same over 100 replications)"};
  for (int s = 0; s < SEEDS; s++) {
    double y[100], mean[50];
    for (size_t k = 0; k < 50; k++) {
      double p = gsl_ran_beta(rng, 30, 70);
      y[2 * k] = gsl_ran_binomial(rng, p, 900);
      y[2 * k + 1] = gsl_ran_binomial(rng, p, 900);
      mean[k] = 0.5 * (y[2 * k] + y[2 * k + 1]);
    }
    fsim_interval right = fsim_interval_mean(mean, 50, 0.95);
    fsim_interval wrong = fsim_interval_mean(y, 100, 0.95);
    count(&pairs, &right, 270);
    count(&singles, &wrong, 270);
  }
  gsl_rng_free(rng);
  assert_band(&pairs, 0.937, 0.963);
  assert_true(share_of(&singles) < 0.90);
}

/* ---- ratios ---- */

/* Entered: Poisson; won: binomial with a probability that differs from replication to replication,
 * so that leads are dependent within one. */
static void one_ratio_sample(gsl_rng *rng, double entered, size_t n, double *won, double *all) {
  for (size_t r = 0; r < n; r++) {
    double p = gsl_ran_beta(rng, 15, 35);
    unsigned trials = gsl_ran_poisson(rng, entered);
    all[r] = trials;
    won[r] = gsl_ran_binomial(rng, p, trials);
  }
}

static void conversion_as_ratio_of_totals(void **state) {
  (void)state;
  static const struct {
    const char *what, *method;
    size_t n;
    double entered;
  } cases[] = {
      {"ratio, delta, R = 50", "ratio, delta", 50, 40},
      {"ratio, jackknife, R = 20", "ratio, jackknife", 20, 40},
      {"ratio, Fieller, R = 20", "ratio, Fieller", 20, 2.5},
  };
  gsl_rng *rng = generator(104);
  for (size_t k = 0; k < 3; k++) {
    tally t = {.what = cases[k].what};
    size_t expected = 0;
    for (int s = 0; s < SEEDS; s++) {
      double won[MOST], all[MOST];
      one_ratio_sample(rng, cases[k].entered, cases[k].n, won, all);
      fsim_interval interval = fsim_interval_ratio(won, all, cases[k].n, 0.95);
      expected += strcmp(interval.method, cases[k].method) == 0;
      count(&t, &interval, 0.3);
    }
    assert_true(expected > SEEDS * 9 / 10);
    assert_band(&t, 0.937, 0.963);
  }
  gsl_rng_free(rng);
}

/* Few events: 200 replications of about two leads each, of which 1.5 or 4 % win, and one sample in
 * which none may win at all. Wilson and the rule of three are a little wide there, never narrow. */
static void shares_of_few_events(void **state) {
  (void)state;
  const double shares[] = {0.002, 0.015, 0.04, 0.985};
  enum { REPLICATIONS = 200 };
  gsl_rng *rng = generator(109);
  for (size_t k = 0; k < sizeof shares / sizeof shares[0]; k++) {
    tally t = {.what = "share of few events"};
    for (int s = 0; s < SEEDS; s++) {
      double won[REPLICATIONS], all[REPLICATIONS], total = 0;
      for (int r = 0; r < REPLICATIONS; r++) {
        unsigned leads = gsl_ran_poisson(rng, 2);
        all[r] = leads;
        won[r] = gsl_ran_binomial(rng, shares[k], leads);
        total += all[r];
      }
      if (total == 0) continue;
      fsim_interval interval = fsim_interval_share(won, all, REPLICATIONS, true, 0.95);
      assert_true(interval.low >= 0 && interval.high <= 1 && interval.low < interval.high);
      count(&t, &interval, shares[k]);
    }
    assert_band(&t, 0.937, 0.995);
  }
  gsl_rng_free(rng);
}

/* Ten pairs share a chance of winning that is almost always 0 and sometimes large, 0.5 % on the
 * whole: to have seen no win of a thousand leads is nothing special, and must not hide it. */
static void luck_that_is_shared_is_not_counted_by_leads(void **state) {
  (void)state;
  enum { PAIRS = 10, LEADS = 100 };
  gsl_rng *rng = generator(113);
  size_t none = 0;
  for (int s = 0; s < SEEDS; s++) {
    double won[PAIRS], all[PAIRS], sum = 0;
    for (int p = 0; p < PAIRS; p++) {
      all[p] = LEADS;
      won[p] = gsl_ran_binomial(rng, gsl_ran_beta(rng, 0.05, 9.95), LEADS);
      sum += won[p];
    }
    if (sum > 0) continue;
    none++;
    assert_true(fsim_interval_share(won, all, PAIRS, false, 0.95).high > 0.005);
    assert_true(fsim_interval_share(won, all, PAIRS, true, 0.95).high < 0.005);
    for (int p = 0; p < PAIRS; p++) won[p] = LEADS - won[p];
    assert_true(fsim_interval_share(won, all, PAIRS, false, 0.95).low < 0.995);
  }
  assert_true(none > SEEDS / 10);
  gsl_rng_free(rng);
}

/* At the limit, ten units see nothing with a probability of 5 %. */
static void units_that_saw_nothing(void **state) {
  (void)state;
  fsim_interval interval = fsim_interval_no_unit_saw(10, 0.95);
  assert_true(fabs(pow(1 - interval.high, 10) - 0.05) < 1e-12);
}

/* Wilson's coverage summed exactly over all outcomes of the binomial. */
static void wilson_for_shares_of_replications(void **state) {
  (void)state;
  double covered = 0;
  for (unsigned k = 0; k <= 200; k++) {
    fsim_interval interval = fsim_interval_wilson(k, 200, 0.95);
    if (interval.low <= 0.85 && 0.85 <= interval.high) {
      covered += gsl_ran_binomial_pdf(k, 0.85, 200);
    }
  }
  print_message("%-44s %.1f %%, exact\n", "Wilson, 170 of 200 expected", 100 * covered);
  assert_true(covered > 0.937 && covered < 0.963);
}

/* At the limit, seeing nothing has probability 5 %: neither more nor less. */
static void rule_of_three_is_the_rate_that_hides_with_five_percent(void **state) {
  (void)state;
  fsim_interval interval = fsim_interval_none_seen(500, 0.95);
  double nothing = gsl_ran_poisson_pdf(0, interval.high * 500);
  assert_true(fabs(nothing - 0.05) < 1e-12);
}

/* ---- quantiles ---- */

static void quantile_of_replications_by_order_statistics(void **state) {
  (void)state;
  gsl_rng *rng = generator(105);
  static const double p[] = {0.5, 0.9};
  for (size_t k = 0; k < 2; k++) {
    char what[64];
    snprintf(what, sizeof what, "p%.0f of Y_r, order statistics, R = 60", 100 * p[k]);
    tally t = {.what = what};
    size_t low, high;
    double exact, truth = gsl_cdf_gamma_Pinv(p[k], 3, 2);
    assert_true(fsim_quantile_ranks(60, p[k], 0.95, &low, &high, &exact));
    for (int s = 0; s < SEEDS; s++) {
      double y[60];
      for (int r = 0; r < 60; r++) y[r] = gsl_ran_gamma(rng, 3, 2);
      fsim_sort(y, 60);
      fsim_interval interval = fsim_interval_quantile(y, 60, p[k], 0.95);
      count(&t, &interval, truth);
    }
    double error = sqrt(exact * (1 - exact) / SEEDS);
    assert_true(exact >= 0.95);
    assert_band(&t, exact - 4 * error, exact + 4 * error);
  }
  gsl_rng_free(rng);
}

/* Cycle times: lognormal, times a factor that a whole replication shares, so that its leads are
 * dependent; the pooled law is lognormal again. In seconds, through the recorder's classes. */
enum { TIMED = 60, POOL_SEEDS = 2000 };

static void quantile_of_pooled_times_by_woodruff(void **state) {
  (void)state;
  const double mu = log(10 * 86400.0), within = 0.7, between = 0.15;
  double sigma = sqrt(within * within + between * between);
  double p50 = exp(mu), p90 = exp(mu + sigma * gsl_cdf_ugaussian_Pinv(0.9));
  gsl_rng *rng = generator(106);
  uint32_t *histogram = calloc(FSIM_TIME_CLASSES, sizeof *histogram);
  assert_non_null(histogram);
  tally middle = {.what = "p50 of pooled times, Woodruff, R = 50"};
  tally late = {.what = "p90 of pooled times, Woodruff, R = 50"};
  for (int s = 0; s < POOL_SEEDS; s++) {
    fsim_pool *pool = fsim_pool_new(1);
    assert_non_null(pool);
    for (int r = 0; r < 50; r++) {
      double effect = gsl_ran_gaussian(rng, between);
      unsigned leads = gsl_ran_poisson(rng, TIMED);
      memset(histogram, 0, FSIM_TIME_CLASSES * sizeof *histogram);
      for (unsigned i = 0; i < leads; i++) {
        double seconds = exp(mu + effect + gsl_ran_gaussian(rng, within));
        histogram[fsim_time_class((int32_t)lround(seconds))]++;
      }
      fsim_pool_add(pool, histogram);
    }
    fsim_interval q50 = fsim_interval_pooled(pool, 0, 0.5, 0.95);
    fsim_interval q90 = fsim_interval_pooled(pool, 0, 0.9, 0.95);
    count(&middle, &q50, p50);
    count(&late, &q90, p90);
    fsim_pool_free(pool);
  }
  free(histogram);
  gsl_rng_free(rng);
  assert_band(&middle, 0.937, 0.963);
  assert_band(&late, 0.937, 0.963);
}

/* ---- variance split: FEATURES T8 and the oracle `uncertain-parameters` ---- */

typedef double (*outcome_of)(gsl_rng *rng, const double *numbers);
typedef void (*numbers_of)(gsl_rng *rng, double *numbers);

static void split_coverage(const char *what, numbers_of draw, outcome_of run, double truth,
                           size_t pairs, unsigned long seed) {
  gsl_rng *rng = generator(seed);
  tally t = {.what = what};
  double sum = 0;
  for (int s = 0; s < SEEDS; s++) {
    double y[2 * MOST], numbers[2];
    for (size_t k = 0; k < pairs; k++) {
      draw(rng, numbers);
      y[2 * k] = run(rng, numbers);
      y[2 * k + 1] = run(rng, numbers);
    }
    fsim_variance_split split = fsim_split_variance(y, pairs, 0.95);
    count(&t, &split.uncertainty_share, truth);
    sum += split.uncertainty_share.estimate;
    assert_true(fabs(split.chance_share.estimate + split.uncertainty_share.estimate - 1) < 1e-12);
  }
  gsl_rng_free(rng);
  assert_band(&t, 0.937, 0.963);
  assert_true(fabs(sum / SEEDS - truth) < 0.02);
}

static void draw_known_well(gsl_rng *rng, double *numbers) {
  numbers[0] = gsl_ran_beta(rng, 50, 950);
}

static void draw_known_badly(gsl_rng *rng, double *numbers) {
  numbers[0] = gsl_ran_beta(rng, 5, 95);
}

static double run_bernoulli(gsl_rng *rng, const double *numbers) {
  return gsl_ran_binomial(rng, numbers[0], 400);
}

static void draw_rate_and_share(gsl_rng *rng, double *numbers) {
  double shape = 1 / (0.15 * 0.15);
  numbers[0] = gsl_ran_gamma(rng, shape, 10 / shape);
  numbers[1] = gsl_ran_beta(rng, 30, 70);
}

static double run_ninety_days(gsl_rng *rng, const double *numbers) {
  return gsl_ran_poisson(rng, 90 * numbers[0] * numbers[1]);
}

static void variance_is_split_into_chance_and_uncertain_numbers(void **state) {
  (void)state;
  split_coverage("uncertainty share 0.286 (T8), 200 pairs", draw_known_well, run_bernoulli,
                 7.592 / (7.592 + 18.981), 200, 107);
  split_coverage("uncertainty share 0.800 (T8), 200 pairs", draw_known_badly, run_bernoulli,
                 75.248 / (75.248 + 18.812), 200, 108);
  split_coverage("uncertainty share 0.926 (oracle), 100 pairs", draw_rate_and_share,
                 run_ninety_days, 0.925666973321, 100, 109);
}

/* ---- Aalen-Johansen under a horizon ---- */

typedef struct ages {
  double won[FSIM_AGE_CLASSES], other[FSIM_AGE_CLASSES], open[FSIM_AGE_CLASSES];
} ages;

enum { HORIZON = 60 };

/* Two stages of exponential waits (4 and 8 days), 60 % and `p` go on; arrivals over all 60 days. */
static void one_journey(gsl_rng *rng, double p, ages *into) {
  double seen = HORIZON * gsl_rng_uniform(rng), age = gsl_ran_exponential(rng, 4);
  double *list = into->other;
  if (gsl_rng_uniform(rng) < 0.6) {
    age += gsl_ran_exponential(rng, 8);
    if (gsl_rng_uniform(rng) < p) list = into->won;
  }
  if (age > seen) {
    age = seen;
    list = into->open;
  }
  list[fsim_age_class(HORIZON * 86400, (int32_t)(age * 86400))] += 1;
}

static void add_ages(ages *sum, const ages *one) {
  for (size_t a = 0; a < FSIM_AGE_CLASSES; a++) {
    sum->won[a] += one->won[a];
    sum->other[a] += one->other[a];
    sum->open[a] += one->open[a];
  }
}

static double product(const ages *one, const ages *by) {
  double sum = 0;
  for (size_t a = 0; a < FSIM_AGE_CLASSES; a++) {
    sum += one->won[a] * by->won[a] + one->other[a] * by->other[a] + one->open[a] * by->open[a];
  }
  return sum;
}

static void conversion_corrected_for_open_journeys(void **state) {
  (void)state;
  enum { R = 40, LEADS = 60, CHAINS = 2000 };
  gsl_rng *rng = generator(110);
  static ages units[R];
  tally t = {.what = "won of entered, Aalen-Johansen, R = 40"};
  double late = 1 - (8 * exp(-HORIZON / 8.0) - 4 * exp(-HORIZON / 4.0)) / 4, truth = 0.3 * late;
  double corrected = 0, naive = 0;
  for (int s = 0; s < CHAINS; s++) {
    ages all = {{0}, {0}, {0}}, by;
    double square = 0, won = 0, ended = 0;
    memset(units, 0, sizeof units);
    for (int r = 0; r < R; r++) {
      double p = gsl_ran_beta(rng, 25, 25);
      unsigned leads = gsl_ran_poisson(rng, LEADS);
      for (unsigned i = 0; i < leads; i++) one_journey(rng, p, &units[r]);
      add_ages(&all, &units[r]);
    }
    fsim_life_table table = {FSIM_AGE_CLASSES, all.won, all.other, all.open};
    fsim_incidence incidence = fsim_aalen_johansen(&table, NULL, by.won, by.other, by.open);
    for (int r = 0; r < R; r++) square += pow(product(&units[r], &by), 2);
    double half = fsim_t_quantile(0.95, R - 1) * sqrt(square * R / (R - 1));
    fsim_interval interval = {incidence.won, incidence.won - half, incidence.won + half, 0, R, ""};
    count(&t, &interval, truth);
    for (size_t a = 0; a < FSIM_AGE_CLASSES; a++) {
      won += all.won[a];
      ended += all.won[a] + all.other[a];
    }
    corrected += incidence.won / CHAINS;
    naive += won / ended / CHAINS;
  }
  gsl_rng_free(rng);
  print_message("won of ended %.4f, corrected %.4f, truth %.4f\n", naive, corrected, truth);
  assert_band(&t, 0.937, 0.963);
  assert_true(fabs(corrected - truth) < 0.003);
  assert_true(naive < truth - 0.015);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(mean_of_normal_replications),
      cmocka_unit_test(means_of_very_few_replications),
      cmocka_unit_test(mean_of_skewed_replications),
      cmocka_unit_test(pairs_are_the_units_where_numbers_are_uncertain),
      cmocka_unit_test(conversion_as_ratio_of_totals),
      cmocka_unit_test(shares_of_few_events),
      cmocka_unit_test(luck_that_is_shared_is_not_counted_by_leads),
      cmocka_unit_test(units_that_saw_nothing),
      cmocka_unit_test(wilson_for_shares_of_replications),
      cmocka_unit_test(rule_of_three_is_the_rate_that_hides_with_five_percent),
      cmocka_unit_test(quantile_of_replications_by_order_statistics),
      cmocka_unit_test(quantile_of_pooled_times_by_woodruff),
      cmocka_unit_test(variance_is_split_into_chance_and_uncertain_numbers),
      cmocka_unit_test(conversion_corrected_for_open_journeys),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
