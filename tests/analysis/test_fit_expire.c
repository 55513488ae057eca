/* Time-outs: found where they are, at the right age, and nowhere else. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "analysis/fit/forecast.h"
#include "fit_made.h"

#define END (100 * DAY)
#define TIME_OUT (30 * DAY)
#define JITTER (12 * 3600.0) /* either side */

/* Wins are lognormal, losses exponential; `time_out`: what is open at 30 days is cancelled then. */
static void make_deals(gsl_rng *rng, size_t n, bool time_out, bool by_day, fsim_text *csv) {
  fsim_text_append(csv, "id,created,closed,status\n");
  for (size_t i = 0; i < n; i++) {
    const bool won = gsl_rng_uniform(rng) < 0.5;
    double stay =
        won ? gsl_ran_lognormal(rng, log(14 * DAY), 0.9) : gsl_ran_exponential(rng, 25 * DAY);
    double created = gsl_rng_uniform(rng) * END;
    const double limit = TIME_OUT + JITTER * (2 * gsl_rng_uniform(rng) - 1);
    const bool cut = time_out && stay > limit;
    if (cut) stay = limit;
    if (by_day) {
      stay = floor((created + stay) / DAY) * DAY - floor(created / DAY) * DAY;
      created = floor(created / DAY) * DAY;
    }
    append_deal(csv, i, created, stay, cut ? "cancelled" : won ? "won" : "lost", END);
  }
}

/* The median of n ages that are even over 24 hours has a standard error of 12 h / sqrt(n). */
static void a_time_out_is_found_at_its_age(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  for (unsigned seed = 1; seed <= 40; seed++) {
    gsl_rng_set(rng, seed);
    const bool by_day = seed % 2;
    fsim_text csv = {0};
    fitted_case f;
    make_deals(rng, 400, true, by_day, &csv);
    fit_text("expire", &csv, false, &f);
    const fsim_stage_stays *stage = &f.fitted.stays.stage[0];
    size_t n = 0;
    for (size_t i = 0; i < stage->n; i++) n += stage->stay[i].expired;
    assert_true(stage->expire_after > 0);
    assert_string_equal(fsim_fitted_exit_name(&f.fitted, 0, stage->expire_exit), "cancelled");
    const double most = 4 * JITTER / sqrt((double)n) + (by_day ? DAY : 0);
    assert_true(fabs((double)stage->expire_after - TIME_OUT) < most);
    /* Deals that go on are as they were. */
    for (size_t i = 0; i < stage->n; i++)
      assert_true(!fsim_stay_is_open(stage, &stage->stay[i]) || !stage->stay[i].expired);
    free_fitted(&f);
    free(csv.text);
  }
  gsl_rng_free(rng);
}

/* Neither heavy nor narrow laws, nor losses that come in the same week, are time-outs. */
static void nothing_is_found_where_nothing_is(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  for (unsigned seed = 1; seed <= 200; seed++) {
    gsl_rng_set(rng, seed);
    fsim_text csv = {0};
    fitted_case f;
    if (seed % 2) {
      make_deals(rng, 400, false, seed % 4 == 1, &csv);
    } else {
      fsim_text_append(&csv, "id,created,closed,status\n");
      for (size_t i = 0; i < 400; i++)
        append_deal(&csv, i, gsl_rng_uniform(rng) * END,
                    seed % 4 ? gsl_ran_gamma(rng, 16, 1.5 * DAY) : gsl_ran_weibull(rng, DAY, 0.6),
                    gsl_rng_uniform(rng) < 0.3 ? "won" : "lost", END);
    }
    fit_text("expire", &csv, false, &f);
    assert_int_equal(f.fitted.stays.stage[0].expire_after, 0);
    free_fitted(&f);
    free(csv.text);
  }
  gsl_rng_free(rng);
}

/* The scenario has the rule; in weeks 5 and later deals open at its start are all gone, since none
 * outlives 30 days and a jitter. */
static void the_forecast_keeps_the_rule(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 7);
  fsim_text csv = {0};
  fitted_case f;
  fsim_model_text text = {0};
  fsim_forecast forecast = {0};
  make_deals(rng, 600, true, false, &csv);
  fit_text("expire", &csv, false, &f);
  const fsim_model_text_options write = {
      .scenario = "expiring", .weeks = 8, .replications = 40, .seed = 3};
  const fsim_fitted_set set = {.funnel = &f.fitted, .n = 1, .funnels = FSIM_ALL_FUNNELS};
  assert_int_equal(fsim_write_model_text(f.log, &set, &write, f.report, &text), FSIM_OK);
  assert_non_null(strstr(text.model[0], "expire: {after: "));
  assert_int_equal(fsim_forecast_run(f.log, &text, &set, &write, 1, f.report, &forecast), FSIM_OK);
  double early = 0, late = 0;
  for (size_t r = 0; r < forecast.n; r++) {
    for (size_t k = 0; k < forecast.weeks; k++)
      *(k < 5 ? &early : &late) += forecast.open[r * forecast.weeks + k];
  }
  assert_true(early > 0);
  assert_int_equal(late, 0);
  fsim_forecast_free(&forecast);
  fsim_model_text_free(&text);
  free_fitted(&f);
  free(csv.text);
  gsl_rng_free(rng);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_time_out_is_found_at_its_age),
      cmocka_unit_test(nothing_is_found_where_nothing_is),
      cmocka_unit_test(the_forecast_keeps_the_rule),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
