/* Laws fitted to censored and truncated stays: the oracle's maxima, and coverage of intervals. */
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
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#include "analysis/fit/laws.h"
#include "tests/oracle.h"

static fsim_stage_fit *fit_one(const fsim_stay *stay, size_t n, size_t n_exits, double resolution,
                               const fsim_law_kind *kind, bool may_never) {
  fsim_report *report = fsim_report_new();
  const fsim_stays stays = {stay, n, n_exits, resolution};
  fsim_law_spec spec[4];
  for (size_t k = 0; k < n_exits; k++) spec[k] = (fsim_law_spec){1, {kind[k], kind[k]}};
  fsim_stage_fit *fit = NULL;
  assert_int_equal(fsim_fit_laws(&stays, spec, may_never, report, &fit), FSIM_OK);
  fsim_report_free(report);
  return fit;
}

static void close_to(double found, double expected, double relative) {
  if (fabs(found - expected) > relative * fabs(expected))
    fail_msg("%.10g is not %.10g", found, expected);
}

/* ---- the oracle ---- */

static const char *const law_names[] = {"exponential", "gamma", "weibull", "lognormal",
                                        "loglogistic"};
static const char *const parameter_names[][2] = {{"mean", NULL},
                                                 {"shape", "scale"},
                                                 {"shape", "scale"},
                                                 {"median", "sigma"},
                                                 {"median", "shape"}};

static void gives_the_maxima_of_the_oracle(void **state) {
  (void)state;
  json_t *file, *oracle = fsim_oracle("fit-censored-p", &file);
  if (oracle == NULL) skip();
  json_t *data = json_object_get(json_object_get(oracle, "parameters"), "data");
  const size_t n = json_array_size(data);
  fsim_stay *stay = calloc(n, sizeof *stay);
  for (size_t i = 0; i < n; i++) {
    json_t *row = json_array_get(data, i);
    stay[i] = (fsim_stay){0, json_number_value(json_array_get(row, 0)),
                          json_integer_value(json_array_get(row, 1)) ? 0 : -1, 1};
  }
  for (int kind = 0; kind < FSIM_LAW_KINDS; kind++) {
    for (int cure = 0; cure < 2; cure++) {
      const fsim_law_kind kinds[] = {(fsim_law_kind)kind};
      fsim_stage_fit *fit = fit_one(stay, n, 1, 0, kinds, cure);
      char path[128];
      const char *which = cure ? "cure" : "plain";
      snprintf(path, sizeof path, "exact/%s/%s/log_likelihood", law_names[kind], which);
      double expected = fsim_oracle_number(oracle, path);
      assert_true(fabs(fit->log_likelihood - expected) < 1e-6);
      snprintf(path, sizeof path, "exact/%s/%s/AIC", law_names[kind], which);
      assert_true(fabs(fit->aic - fsim_oracle_number(oracle, path)) < 2e-6);
      snprintf(path, sizeof path, "exact/%s/%s/BIC", law_names[kind], which);
      assert_true(fabs(fit->bic - fsim_oracle_number(oracle, path)) < 2e-6);
      for (int p = 0; p < 2 && parameter_names[kind][p] != NULL; p++) {
        snprintf(path, sizeof path, "exact/%s/%s/parameters/%s", law_names[kind], which,
                 parameter_names[kind][p]);
        close_to(fit->exit[0].part[0].parameter[p], fsim_oracle_number(oracle, path), 1e-4);
      }
      if (cure) {
        snprintf(path, sizeof path, "exact/%s/cure/parameters/eventual_share", law_names[kind]);
        close_to(fit->exit[0].share, fsim_oracle_number(oracle, path), 1e-4);
      }
      fsim_stage_fit_free(fit);
    }
  }
  free(stay);
  json_decref(file);
}

/* ---- by hand ---- */

/* Exponential: mean = time at risk / ends, with censoring and delayed entry; error of its logarithm
 * 1 / sqrt(ends). */
static void fits_an_exponential_in_closed_form(void **state) {
  (void)state;
  const fsim_stay stay[] = {{0, 3, 0, 1}, {0, 5, -1, 1}, {2, 7, 0, 1}, {1, 4, 0, 2}, {6, 9, -1, 1}};
  const double at_risk = 3 + 5 + 5 + 2 * 3 + 3, ends = 4;
  const fsim_law_kind kind[] = {FSIM_LAW_EXPONENTIAL};
  fsim_stage_fit *fit = fit_one(stay, 5, 1, 0, kind, false);
  close_to(fit->exit[0].part[0].parameter[0], at_risk / ends, 1e-6);
  close_to(fit->log_likelihood, -ends * log(at_risk / ends) - ends, 1e-9);
  close_to(fit->covariance[0], 1 / ends, 1e-4);
  fsim_stage_fit_free(fit);
}

/* Ages in whole days: the step's probability, not the density at its beginning. A geometric law: of
 * stays at risk for a day, the share that ends is 1 - exp(-1 / mean). */
static void knows_that_days_are_whole(void **state) {
  (void)state;
  fsim_stay stay[4] = {{0, 0, 0, 60}, {0, 1, 0, 30}, {0, 2, 0, 6}, {0, 2, -1, 4}};
  const fsim_law_kind kind[] = {FSIM_LAW_EXPONENTIAL};
  fsim_stage_fit *fit = fit_one(stay, 4, 1, 1, kind, false);
  /* At risk for days: 100 + 40 + 6 (the four open at age 2 were not seen on that day). */
  close_to(fit->exit[0].part[0].parameter[0], -1 / log(1 - 96.0 / 146), 1e-5);
  fsim_stage_fit_free(fit);
}

/* ---- coverage ---- */

typedef struct known {
  double share[2], median, sigma, shape, scale; /* lognormal, then Weibull */
} known;

/* One data set: exit 0 lognormal, exit 1 Weibull, a rest that never leaves; followed up for a time
 * between 5 and 60, a third of them seen from an age between 0 and 4 on. */
static size_t simulate(gsl_rng *rng, const known *truth, size_t most, fsim_stay *stay) {
  size_t n = 0;
  for (size_t i = 0; i < most; i++) {
    double u = gsl_rng_uniform(rng), t = INFINITY;
    int exit = u < truth->share[0] ? 0 : u < truth->share[0] + truth->share[1] ? 1 : -1;
    if (exit == 0) t = truth->median * exp(truth->sigma * gsl_ran_gaussian(rng, 1));
    if (exit == 1) t = gsl_ran_weibull(rng, truth->scale, truth->shape);
    double seen = 5 + 55 * gsl_rng_uniform(rng);
    double from = i % 3 == 0 ? 4 * gsl_rng_uniform(rng) : 0;
    if (t < from) continue; /* nobody saw it */
    stay[n++] = (fsim_stay){from, t < seen ? t : seen, t < seen ? exit : -1, 1};
  }
  return n;
}

/* 95 % intervals of all parameters over many data sets: each covers as often as the binomial law
 * lets one of 95 % cover, at one in ten thousand. */
static void intervals_cover_what_made_the_data(void **state) {
  (void)state;
  const known truth = {{0.45, 0.35}, 6, 0.7, 1.4, 9};
  /* theta: log p1/p0, log never/p0, log median, log sigma, log shape, log scale */
  const double expected[] = {log(truth.share[1] / truth.share[0]),
                             log(0.2 / truth.share[0]),
                             log(truth.median),
                             log(truth.sigma),
                             log(truth.shape),
                             log(truth.scale)};
  const fsim_law_kind kinds[] = {FSIM_LAW_LOGNORMAL, FSIM_LAW_WEIBULL};
  enum { SETS = 150, STAYS = 400 };
  fsim_stay *stay = calloc(STAYS, sizeof *stay);
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 7);
  unsigned covered[6] = {0};
  for (int set = 0; set < SETS; set++) {
    size_t n = simulate(rng, &truth, STAYS, stay);
    fsim_stage_fit *fit = fit_one(stay, n, 2, 0, kinds, true);
    assert_int_equal(fit->n_theta, 6);
    for (size_t p = 0; p < 6; p++) {
      double error = sqrt(fit->covariance[p * 6 + p]);
      covered[p] += fabs(fit->theta[p] - expected[p]) < 1.96 * error;
    }
    fsim_stage_fit_free(fit);
  }
  for (size_t p = 0; p < 6; p++) {
    double below = gsl_cdf_binomial_P(covered[p], 0.95, SETS);
    double above = gsl_cdf_binomial_Q(covered[p], 0.95, SETS);
    if (below < 5e-5 || above < 5e-5)
      fail_msg("parameter %zu is covered %u times of %d", p, covered[p], SETS);
  }
  gsl_rng_free(rng);
  free(stay);
}

/* ---- the choice ---- */

static void chooses_the_law_that_made_the_data(void **state) {
  (void)state;
  enum { STAYS = 3000 };
  const known truth = {{0.5, 0.5}, 6, 0.7, 1.6, 9};
  fsim_stay *stay = calloc(STAYS, sizeof *stay);
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  const size_t n = simulate(rng, &truth, STAYS, stay);
  fsim_report *report = fsim_report_new();
  const fsim_stays stays = {stay, n, 2, 0};
  const fsim_fit_choice choice = {.mixtures_of_two = true, .may_never = true};
  fsim_stage_fit *fit = NULL;
  assert_int_equal(fsim_choose_laws(&stays, &choice, report, &fit), FSIM_OK);
  assert_int_equal(fit->exit[0].part[0].kind, FSIM_LAW_LOGNORMAL);
  assert_int_equal(fit->exit[0].n_parts, 1);
  assert_int_equal(fit->exit[1].part[0].kind, FSIM_LAW_WEIBULL);
  assert_true(fit->never == 0);
  double distance;
  assert_int_equal(fsim_fit_distance(&stays, fit, report, &distance), FSIM_OK);
  assert_true(distance < 2 / sqrt((double)n)); /* Kolmogorov: 1.63 / sqrt n is one in a hundred */
  fsim_stage_fit_free(fit);
  fsim_report_free(report);
  gsl_rng_free(rng);
  free(stay);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fits_an_exponential_in_closed_form),
      cmocka_unit_test(knows_that_days_are_whole),
      cmocka_unit_test(gives_the_maxima_of_the_oracle),
      cmocka_unit_test(intervals_cover_what_made_the_data),
      cmocka_unit_test(chooses_the_law_that_made_the_data),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
