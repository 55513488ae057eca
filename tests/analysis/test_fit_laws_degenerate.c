/* Laws fitted to data that hardly allow it: a finite answer or a clear refusal, in any unit. */
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

static int fit(const fsim_stay *stay, size_t n, size_t n_exits, double resolution,
               fsim_law_kind kind, bool may_never, fsim_stage_fit **out) {
  fsim_report *report = fsim_report_new();
  const fsim_stays stays = {stay, n, n_exits, resolution};
  fsim_law_spec spec[3];
  for (size_t k = 0; k < 3; k++) spec[k] = (fsim_law_spec){1, {kind, kind}};
  int status = fsim_fit_laws(&stays, spec, may_never, report, out);
  fsim_report_free(report);
  return status;
}

/* Shares that sum to 1, and parameters that a model file can hold. */
static void assert_sound(const fsim_stage_fit *f) {
  double sum = f->never;
  assert_true(isfinite(f->log_likelihood) && f->log_likelihood > -1e200);
  for (size_t k = 0; k < f->n_exits; k++) {
    const fsim_exit_law *law = &f->exit[k];
    assert_true(law->share >= 0 && law->share <= 1);
    sum += law->share;
    for (size_t i = 0; i < law->n_parts; i++) {
      const bool two = law->part[i].kind != FSIM_LAW_EXPONENTIAL;
      for (int p = 0; p <= two; p++)
        assert_true(isfinite(law->part[i].parameter[p]) && law->part[i].parameter[p] > 0);
    }
    for (double age = 0; age < 1e9; age = age * 10 + 1)
      assert_true(isfinite(fsim_fit_incidence(f, k, age)));
  }
  assert_true(fabs(sum - 1) < 1e-9);
  for (size_t i = 0; i < f->n_theta; i++) assert_true(isfinite(f->theta[i]));
}

static void each_law_is_sound(const fsim_stay *stay, size_t n, size_t n_exits, double resolution) {
  for (int kind = 0; kind < FSIM_LAW_KINDS; kind++) {
    for (int never = 0; never < 2; never++) {
      fsim_stage_fit *f = NULL;
      assert_int_equal(fit(stay, n, n_exits, resolution, (fsim_law_kind)kind, never, &f), FSIM_OK);
      assert_sound(f);
      fsim_stage_fit_free(f);
    }
  }
}

static void refuses_an_exit_that_was_never_seen(void **state) {
  (void)state;
  const fsim_stay stay[] = {{0, 1, 0, 1}, {0, 2, -1, 1}};
  fsim_stage_fit *f = NULL;
  assert_int_equal(fit(stay, 2, 2, 0, FSIM_LAW_WEIBULL, false, &f), FSIM_BAD_INPUT);
  assert_null(f);
  const fsim_stay open[] = {{0, 1, -1, 1}, {0, 2, -1, 1}};
  assert_int_equal(fit(open, 2, 1, 0, FSIM_LAW_EXPONENTIAL, true, &f), FSIM_BAD_INPUT);
  assert_int_equal(fit(open, 0, 1, 0, FSIM_LAW_EXPONENTIAL, false, &f), FSIM_BAD_INPUT);
  assert_null(f);
}

static void fits_one_end(void **state) {
  (void)state;
  const fsim_stay alone[] = {{0, 3, 0, 1}};
  each_law_is_sound(alone, 1, 1, 0);
  const fsim_stay among[] = {{0, 3, 0, 1}, {0, 5, -1, 1}, {0, 9, -1, 1}};
  each_law_is_sound(among, 3, 1, 0);
  each_law_is_sound(among, 3, 1, 1);
}

/* All at one age: the density has no upper bound, so the climb must stop by itself. */
static void fits_ties(void **state) {
  (void)state;
  fsim_stay stay[40];
  for (int i = 0; i < 40; i++) stay[i] = (fsim_stay){0, 7, i % 2, 1};
  each_law_is_sound(stay, 40, 2, 0);
  each_law_is_sound(stay, 40, 2, 1);
}

static void fits_stays_of_no_length(void **state) {
  (void)state;
  fsim_stay stay[60];
  for (int i = 0; i < 60; i++) stay[i] = (fsim_stay){0, 0, i % 2, 1};
  each_law_is_sound(stay, 60, 2, 0);
  each_law_is_sound(stay, 60, 2, 86400);
  for (int i = 0; i < 30; i++) stay[i].to = 1000.0 * (i + 1);
  each_law_is_sound(stay, 60, 2, 0);
  each_law_is_sound(stay, 60, 2, 86400);
}

/* Hours and years in one stage, two thirds of the stays seen late. */
static void fits_ages_of_all_sizes(void **state) {
  (void)state;
  fsim_stay stay[90];
  for (int i = 0; i < 90; i++) {
    double to = pow(10, 1 + i / 12.0);
    stay[i] = (fsim_stay){i % 3 ? to / 2 : 0, to, i % 4 == 3 ? -1 : i % 2, 1};
  }
  each_law_is_sound(stay, 90, 2, 0);
}

/* The laws are the same in days and in seconds; a density is a share per unit of time. */
static void knows_no_unit(void **state) {
  (void)state;
  enum { STAYS = 300 };
  const double by = 86400;
  fsim_stay days[STAYS], seconds[STAYS];
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  double ends = 0;
  for (int i = 0; i < STAYS; i++) {
    double t = gsl_ran_lognormal(rng, 2, 0.8), seen = 40 * gsl_rng_uniform(rng) + 1;
    days[i] = (fsim_stay){0, fmin(t, seen), t < seen ? (int)(gsl_rng_uniform_int(rng, 2)) : -1, 1};
    seconds[i] = days[i];
    seconds[i].to *= by;
    ends += days[i].exit >= 0;
  }
  for (int kind = 0; kind < FSIM_LAW_KINDS; kind++) {
    fsim_stage_fit *a = NULL, *b = NULL;
    assert_int_equal(fit(days, STAYS, 2, 0, (fsim_law_kind)kind, false, &a), FSIM_OK);
    assert_int_equal(fit(seconds, STAYS, 2, 0, (fsim_law_kind)kind, false, &b), FSIM_OK);
    assert_true(fabs(a->log_likelihood - b->log_likelihood - ends * log(by)) < 1e-6);
    for (size_t k = 0; k < 2; k++) {
      assert_true(fabs(a->exit[k].share - b->exit[k].share) < 1e-5);
      for (double age = 1; age < 60; age *= 2)
        assert_true(fabs(fsim_fit_incidence(a, k, age) - fsim_fit_incidence(b, k, age * by)) <
                    1e-5);
    }
    for (size_t i = 0; i < a->n_theta * a->n_theta; i++)
      assert_true(fabs(a->covariance[i] - b->covariance[i]) < 1e-3 * (1 + fabs(a->covariance[i])));
    fsim_stage_fit_free(a);
    fsim_stage_fit_free(b);
  }
  gsl_rng_free(rng);
}

/* A hundred thousand stays in seconds are grouped; what is fitted hardly knows. */
static void fits_a_hundred_thousand_stays(void **state) {
  (void)state;
  enum { STAYS = 100000 };
  fsim_stay *stay = calloc(STAYS, sizeof *stay);
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  double ends = 0;
  for (int i = 0; i < STAYS; i++) {
    double t = floor(gsl_ran_weibull(rng, 9 * 86400.0, 1.4));
    double seen = floor((5 + 55 * gsl_rng_uniform(rng)) * 86400);
    stay[i] = (fsim_stay){0, fmin(t, seen), t < seen ? 0 : -1, 1};
    ends += t < seen;
  }
  fsim_stage_fit *f = NULL;
  assert_int_equal(fit(stay, STAYS, 1, 0, FSIM_LAW_WEIBULL, false, &f), FSIM_OK);
  /* Standard errors of log shape and log scale of a Weibull: 0.78 and 1.053 / shape by sqrt ends,
   * with room for censoring. */
  assert_true(fabs(log(f->exit[0].part[0].parameter[0] / 1.4)) < 4 * 0.8 / sqrt(ends));
  assert_true(fabs(log(f->exit[0].part[0].parameter[1] / (9 * 86400))) <
              4 * 1.06 / 1.4 / sqrt(ends));
  fsim_stage_fit_free(f);
  gsl_rng_free(rng);
  free(stay);
}

/* Mixtures too, and the choice among all. */
static void chooses_among_laws_of_poor_data(void **state) {
  (void)state;
  fsim_stay stay[40];
  for (int i = 0; i < 40; i++) stay[i] = (fsim_stay){0, i < 30 ? 0 : 3600, i % 5 ? 0 : 1, 1};
  const fsim_fit_choice choice = {.mixtures_of_two = true, .may_never = true};
  for (int by_day = 0; by_day < 2; by_day++) {
    fsim_report *report = fsim_report_new();
    const fsim_stays stays = {stay, 40, 2, by_day ? 86400 : 0};
    fsim_stage_fit *f = NULL;
    assert_int_equal(fsim_choose_laws(&stays, &choice, report, &f), FSIM_OK);
    assert_sound(f);
    double distance;
    assert_int_equal(fsim_fit_distance(&stays, f, report, &distance), FSIM_OK);
    assert_true(distance >= 0 && distance <= 1);
    fsim_stage_fit_free(f);
    fsim_report_free(report);
  }
}

/* Two stays of the same minute are no law of their own, though their density is without bound. */
static void takes_no_two_stays_for_a_law(void **state) {
  (void)state;
  enum { N = 80 };
  fsim_stay stay[N + 2];
  for (int i = 0; i < N; i++)
    stay[i] = (fsim_stay){0, 7 * exp(0.7 * gsl_cdf_ugaussian_Pinv((i + 0.5) / N)), 0, 1};
  stay[N] = stay[N + 1] = (fsim_stay){0, 0.47, 0, 1};
  fsim_report *report = fsim_report_new();
  const fsim_stays stays = {stay, N + 2, 1, 0};
  fsim_stage_fit *f = NULL;
  const fsim_law_spec two = {2, {FSIM_LAW_LOGNORMAL, FSIM_LAW_LOGNORMAL}};
  assert_int_equal(fsim_fit_laws(&stays, &two, false, report, &f), FSIM_OK);
  const double unbounded = f->bic_events;
  fsim_stage_fit_free(f);
  const fsim_fit_choice choice = {.mixtures_of_two = true, .may_never = true};
  assert_int_equal(fsim_choose_laws(&stays, &choice, report, &f), FSIM_OK);
  assert_sound(f);
  assert_true(unbounded < f->bic_events); /* the criterion alone would have taken it */
  assert_int_equal(f->exit[0].n_parts, 1);
  fsim_stage_fit_free(f);
  fsim_report_free(report);
}

/* A step of 864 seconds is recorded as 863, 864 and 865: one law, and no censoring to doubt it. */
static void ages_that_are_rounded_speak_against_no_law(void **state) {
  (void)state;
  fsim_stay stay[300];
  for (int i = 0; i < 300; i++) stay[i] = (fsim_stay){0, 863 + i % 3, 0, 1};
  fsim_report *report = fsim_report_new();
  const fsim_stays stays = {stay, 300, 1, 0};
  const fsim_fit_choice choice = {.mixtures_of_two = true, .may_never = true};
  fsim_stage_fit *f = NULL;
  double distance;
  assert_int_equal(fsim_choose_laws(&stays, &choice, report, &f), FSIM_OK);
  assert_sound(f);
  assert_int_equal(fsim_fit_distance(&stays, f, report, &distance), FSIM_OK);
  assert_true(distance < 0.02);
  assert_true(f->share_identified);
  fsim_stage_fit_free(f);
  fsim_report_free(report);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(refuses_an_exit_that_was_never_seen),
      cmocka_unit_test(fits_one_end),
      cmocka_unit_test(fits_ties),
      cmocka_unit_test(fits_stays_of_no_length),
      cmocka_unit_test(fits_ages_of_all_sizes),
      cmocka_unit_test(knows_no_unit),
      cmocka_unit_test(fits_a_hundred_thousand_stays),
      cmocka_unit_test(chooses_among_laws_of_poor_data),
      cmocka_unit_test(takes_no_two_stays_for_a_law),
      cmocka_unit_test(ages_that_are_rounded_speak_against_no_law),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
