/* Intervals of a forecast by week hold the truth as often as they say, over many made results: also
 * where pairs of replications share their uncertain numbers, and after a warm-up. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "analysis/decide/weekly.h"
#include "made_records.h"

enum { SEEDS = 400, RUNS = 60, WARM_UP = 4, WEEKS = 8 };
#define MEAN 6.0 /* wins a week */
#define SWING 0.4
#define TARGET 25
#define CONFIDENCE 0.9

/* Wins a week are Poisson; where numbers are uncertain, a pair's mean is as often above as below.
 * Wins before the end of the warm-up are many, and not to be counted. */
static void fill(made *m, gsl_rng *rng, bool uncertain) {
  double mean = MEAN;
  for (uint32_t r = 0; r < RUNS; r++) {
    if (uncertain && r % 2 == 0) mean = MEAN * (gsl_rng_uniform(rng) < 0.5 ? 1 - SWING : 1 + SWING);
    for (size_t w = 0; w < WARM_UP; w++)
      *made_cell(m, r, FSIM_WEEK_ENDED, w, BASIC_WON, ALL) = 1000;
    for (size_t w = WARM_UP; w < WARM_UP + WEEKS; w++)
      *made_cell(m, r, FSIM_WEEK_ENDED, w, BASIC_WON, ALL) = gsl_ran_poisson(rng, mean);
  }
}

/* P(wins by the end of a week >= TARGET) */
static double reaches(size_t week, bool uncertain) {
  const double mean = MEAN * (double)(week + 1);
  if (!uncertain) return gsl_cdf_poisson_Q(TARGET - 1, mean);
  return 0.5 * gsl_cdf_poisson_Q(TARGET - 1, mean * (1 - SWING)) +
         0.5 * gsl_cdf_poisson_Q(TARGET - 1, mean * (1 + SWING));
}

/* How often Wilson's interval holds a probability: it may be below what it claims (Brown, Cai &
 * DasGupta 2001), so the test is whether it is what it must be. */
static double wilson_holds(double p) {
  double sum = 0;
  for (unsigned k = 0; k <= RUNS; k++) {
    const fsim_interval i = fsim_interval_wilson(k, RUNS, CONFIDENCE);
    if (i.low <= p && p <= i.high) sum += gsl_ran_binomial_pdf(k, p, RUNS);
  }
  return sum;
}

typedef struct held {
  unsigned won[WEEKS], so_far[WEEKS], reached[WEEKS];
} held;

static bool holds(const fsim_interval *interval, double exact) {
  return interval->low <= exact && exact <= interval->high;
}

static void count(bool uncertain, held *h) {
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  for (unsigned seed = 1; seed <= SEEDS; seed++) {
    made m;
    fsim_weekly *weekly;
    const fsim_weekly_options options = {.target = "won >= 25", .confidence = CONFIDENCE};
    gsl_rng_set(rng, seed);
    made_begin(&m, RUNS, uncertain);
    fill(&m, rng, uncertain);
    assert_int_equal(fsim_weekly_make(&m.source, &options, NULL, &weekly), FSIM_OK);
    assert_int_equal(weekly->n_weeks, WEEKS);
    for (size_t w = 0; w < WEEKS; w++) {
      const fsim_week_record *week = &weekly->weeks[w];
      h->won[w] += holds(&week->figures[0].won.mean, MEAN);
      h->so_far[w] += holds(&week->figures[0].won_so_far.mean, MEAN * (double)(w + 1));
      h->reached[w] += holds(&week->reached, reaches(w, uncertain));
    }
    fsim_weekly_free(weekly);
    made_end(&m);
  }
  gsl_rng_free(rng);
}

/* One in ten thousand of the binomial law on either side: 40 such tests. */
static void assert_held(unsigned n, double share, bool or_more) {
  assert_true(gsl_cdf_binomial_P(n, share, SEEDS) > 1e-4);
  if (!or_more && n > 0) assert_true(gsl_cdf_binomial_Q(n - 1, share, SEEDS) > 1e-4);
}

static void independent_runs(void **state) {
  (void)state;
  held h = {0};
  count(false, &h);
  for (size_t w = 0; w < WEEKS; w++) {
    assert_held(h.won[w], CONFIDENCE, false);
    assert_held(h.so_far[w], CONFIDENCE, false);
    assert_held(h.reached[w], wilson_holds(reaches(w, false)), false);
  }
}

/* A pair counts as one trial, at least as wide as it need be: means cover as claimed, shares no
 * less than they would of half as many independent runs. */
static void runs_in_pairs(void **state) {
  (void)state;
  held h = {0};
  count(true, &h);
  for (size_t w = 0; w < WEEKS; w++) {
    assert_held(h.won[w], CONFIDENCE, false);
    assert_held(h.so_far[w], CONFIDENCE, false);
    assert_held(h.reached[w], CONFIDENCE, true);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(independent_runs),
      cmocka_unit_test(runs_in_pairs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
