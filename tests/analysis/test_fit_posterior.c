/* Small exports of known funnels give wide intervals: those of the forecast hold the wins that come
 * as often as they say, without any knowledge of past errors. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <math.h>

#include "analysis/fit/forecast.h"
#include "analysis/fit/sampling_error.h"
#include "analysis/fit/scores.h"
#include "fit_made.h"

#define END (100 * DAY)
#define WEEKS 8

/* Poisson arrivals; what happens after day 100 is not in the export but counted: wins by deals open
 * then, and all. */
static void make_deals(gsl_rng *rng, double per_day, fsim_text *csv, double seen[2]) {
  const double last = END + WEEKS * 7 * DAY;
  size_t id = 0;
  seen[0] = seen[1] = 0;
  fsim_text_append(csv, "id,created,closed,status\n");
  for (double t = gsl_ran_exponential(rng, DAY / per_day); t < last;
       t += gsl_ran_exponential(rng, DAY / per_day)) {
    const bool won = gsl_rng_uniform(rng) < 0.45;
    const double stay =
        won ? gsl_ran_lognormal(rng, log(18 * DAY), 0.7) : gsl_ran_weibull(rng, 25 * DAY, 1.2);
    if (t < END) append_deal(csv, id++, t, stay, won ? "won" : "lost", END);
    if (!won || t + stay < END || t + stay >= last) continue;
    seen[0] += t < END;
    seen[1] += 1;
  }
}

typedef struct coverage {
  unsigned n, covered[2][3]; /* open deals, all; 50, 80, 95 % */
} coverage;

static void add(const double *paths, const fsim_forecast *f, double seen, unsigned covered[3]) {
  static const double level[] = {0.5, 0.8, 0.95};
  double sum[60];
  assert_true(f->n <= 60);
  for (size_t r = 0; r < f->n; r++) {
    sum[r] = 0;
    for (size_t k = 0; k < f->weeks; k++) sum[r] += paths[r * f->weeks + k];
  }
  gsl_sort(sum, 1, f->n);
  for (size_t l = 0; l < 3; l++) covered[l] += fsim_covers(sum, f->n, level[l], seen);
}

static void run(unsigned seed, coverage *c) {
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, seed);
  fsim_text csv = {0};
  fitted_case f;
  fsim_model_text text = {0};
  fsim_forecast forecast = {0};
  double seen[2];
  make_deals(rng, 0.7, &csv, seen);
  fit_text("posterior", &csv, false, &f);
  const fsim_model_text_options write = {
      .scenario = "small", .weeks = WEEKS, .replications = 60, .seed = seed};
  const fsim_fitted_set set = {.funnel = &f.fitted, .n = 1, .funnels = FSIM_ALL_FUNNELS};
  assert_int_equal(fsim_write_model_text(f.log, &set, &write, f.report, &text), FSIM_OK);
  assert_int_equal(fsim_forecast_run(f.log, &text, &set, &write, 1, f.report, &forecast), FSIM_OK);
  add(forecast.open, &forecast, seen[0], c->covered[0]);
  add(forecast.all, &forecast, seen[1], c->covered[1]);
  c->n++;
  fsim_forecast_free(&forecast);
  fsim_model_text_free(&text);
  free_fitted(&f);
  free(csv.text);
  gsl_rng_free(rng);
}

/* Ends at one in a thousand of the binomial law below what is claimed. */
static void assert_covers(const coverage *c) {
  static const double level[] = {0.5, 0.8, 0.95};
  for (size_t t = 0; t < 2; t++) {
    for (size_t l = 0; l < 3; l++) {
      const unsigned k = c->covered[t][l];
      assert_true(gsl_cdf_binomial_P(k, level[l], c->n) > 0.001);
    }
  }
}

/* 70 deals in 100 days. */
static void intervals_cover(void **state) {
  (void)state;
  coverage c = {0};
  for (unsigned seed = 1; seed <= 40; seed++) run(seed, &c);
  assert_covers(&c);
  /* Not by being wide without end. */
  for (size_t t = 0; t < 2; t++)
    assert_true(gsl_cdf_binomial_Q(c.covered[t][1] - 1, 0.9, c.n) > 0.001);
}

/* The median of a lognormal has the error sigma / sqrt(n). */
static void errors_are_those_of_theory(void **state) {
  (void)state;
  assert_true(fabs(fsim_rate_error(10000) - 0.01) < 1e-5);
  assert_true(fabs(fsim_rate_error(0) - sqrt(M_PI * M_PI / 2)) < 1e-9); /* trigamma(1/2) */
  const fsim_arrivals level = {.n_weeks = 25, .per_day = 100.0 / 7, .week_cv = 0.3};
  assert_true(fabs(fsim_level_error(&level) - sqrt((0.01 + 0.09) / 25)) < 1e-12);
  enum { N = 400 };
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  fsim_stay stay[N];
  double mean = 0, squares = 0;
  for (size_t i = 0; i < N; i++) {
    const double x = gsl_ran_gaussian(rng, 0.8);
    stay[i] = (fsim_stay){0, exp(x), 0, 1};
    mean += x / N;
    squares += x * x / N;
  }
  const fsim_law_spec spec = {1, {FSIM_LAW_LOGNORMAL, FSIM_LAW_LOGNORMAL}};
  const fsim_stays stays = {stay, N, 1, 0};
  fsim_report *report = fsim_report_new();
  fsim_stage_fit *fit = NULL;
  assert_int_equal(fsim_fit_laws(&stays, &spec, false, report, &fit), FSIM_OK);
  const double exact = sqrt((squares - mean * mean) / N);
  assert_true(fabs(fsim_law_error(fit, 0) / exact - 1) < 1e-2);
  /* Where the curvature says nothing the doubt stays one that can be drawn. */
  fit->covariance[0] = 1e4;
  assert_true(fsim_law_error(fit, 0) == 1);
  fsim_stage_fit_free(fit);
  fsim_report_free(report);
  gsl_rng_free(rng);
}

static double share_of(double z, void *context) {
  const double *c = context; /* share that rings, median weight of the rest, sigma */
  return gsl_ran_ugaussian_pdf(z) * c[0] / (c[0] + c[1] * exp(c[2] * z));
}

/* However unsure the odds of ringing are, the mean share that rings stays. */
static void doubt_keeps_the_mean(void **state) {
  (void)state;
  gsl_integration_workspace *work = gsl_integration_workspace_alloc(1000);
  for (double never = 0.02; never < 1; never += 0.16) {
    for (double sigma = 0.1; sigma < 4; sigma *= 2.5) {
      double context[] = {1 - never, fsim_median_never(never, sigma), sigma}, mean, error;
      gsl_function f = {share_of, context};
      assert_int_equal(gsl_integration_qagi(&f, 1e-12, 1e-10, 1000, work, &mean, &error), 0);
      assert_true(fabs(mean / (1 - never) - 1) < 1e-6);
    }
  }
  assert_true(fabs(fsim_median_never(0.5, 1) - 0.5) < 1e-8); /* by symmetry */
  assert_true(fsim_median_never(0.3, 0) == 0.3);
  gsl_integration_workspace_free(work);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(errors_are_those_of_theory),
      cmocka_unit_test(doubt_keeps_the_mean),
      cmocka_unit_test(intervals_cover),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
