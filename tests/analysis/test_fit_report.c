/* The fit report: data beside model, rates with their limits, a page that stands alone. */
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
#include <jansson.h>
#include <math.h>

#include "fit_made.h"

static void assert_near(double a, double b, double most) {
  if (!(fabs(a - b) <= most)) fail_msg("%.9g, not %.9g", a, b);
}

/* Ten deals of day 0: four are won after 3 days, two lost after 5, four stay open to
 * the end. Nobody is censored before the last end, so incidence is the plain share. */
static void curves_are_shares_where_nothing_is_censored(void **state) {
  (void)state;
  fsim_text csv = {0};
  fitted_case f;
  fsim_text_append(&csv, "id,created,closed,status\n");
  for (size_t i = 0; i < 10; i++)
    append_deal(&csv, i, 3600 + 61 * (double)i,
                i < 4   ? 3 * DAY
                : i < 6 ? 5 * DAY
                        : 1000 * DAY,
                i < 4 ? "won" : "lost", 100 * DAY);
  fit_text("report", &csv, false, &f);
  const fsim_stage_curves *c = &f.made.stage[0];
  assert_true(c->n > 2 && c->n_exits == 2);
  assert_int_equal(c->exit[0].ends, 4);
  assert_int_equal(c->exit[1].ends, 2);
  for (size_t i = 0; i < c->n; i++) {
    const double day = floor(c->age[i] / DAY + 1e-9);
    assert_near(c->exit[0].seen[i], day >= 3 ? 0.4 : 0, 1e-12);
    assert_near(c->exit[1].seen[i], day >= 5 ? 0.2 : 0, 1e-12);
    assert_int_equal(c->at_risk[i], c->age[i] > 3 * DAY + 1 ? 6 : 10);
    if (day < 3) assert_true(isnan(c->exit[0].low[i]));
  }
  /* With one step and no censoring Aalen's variance is p (1 - p) / (n - 1). */
  const size_t last = c->n - 1;
  const double p = 0.4, rate = -log(1 - p), error = sqrt(p * (1 - p) / 9);
  const double off = 1.959963984540054 * error / ((1 - p) * rate);
  assert_near(c->exit[0].low[last], 1 - exp(-rate * exp(-off)), 1e-9);
  assert_near(c->exit[0].high[last], 1 - exp(-rate * exp(off)), 1e-9);
  free_fitted(&f);
  free(csv.text);
}

#define SEEDS 300
#define CASES 240

/* Wins are quick, losses slow: of all cases too few are seen to win, of closed ones too many; the
 * corrected rate is right and its interval holds the truth as often as it says. */
static void the_interval_of_the_corrected_rate_covers(void **state) {
  (void)state;
  const double truth = 0.35, end = 100 * DAY;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  int covered = 0, above = 0, below = 0;
  for (unsigned seed = 0; seed < SEEDS; seed++) {
    gsl_rng_set(rng, seed + 1);
    fsim_text csv = {0};
    fitted_case f;
    fsim_text_append(&csv, "id,created,closed,status\n");
    for (size_t i = 0; i < CASES; i++) {
      const bool won = gsl_rng_uniform(rng) < truth;
      append_deal(&csv, i, gsl_rng_uniform(rng) * end,
                  gsl_ran_exponential(rng, (won ? 4 : 15) * DAY), won ? "won" : "lost", end);
    }
    fit_text("report", &csv, false, &f);
    const fsim_win_rates *w = &f.made.rates;
    assert_true(w->corrected.low < w->corrected.share && w->corrected.share < w->corrected.high);
    covered += w->corrected.low <= truth && truth <= w->corrected.high;
    below += w->of_all.share < w->corrected.share;
    above += w->of_closed.share > w->corrected.share;
    free_fitted(&f);
    free(csv.text);
  }
  gsl_rng_free(rng);
  assert_int_equal(below, SEEDS);
  assert_int_equal(above, SEEDS);
  const double tail = 0.0005;
  assert_true(gsl_cdf_binomial_P((unsigned)covered, 0.95, SEEDS) > tail);
  assert_true(gsl_cdf_binomial_Q((unsigned)covered - 1, 0.95, SEEDS) > tail);
}

static size_t count_text(const char *text, const char *part) {
  size_t n = 0;
  for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part)) n++;
  return n;
}

/* Ends at exactly 2, 9, 16, 23 or 30 days are no law's: the page says so and shows what was seen.
 */
static void the_page_stands_alone_and_warns(void **state) {
  (void)state;
  fsim_text csv = {0}, page = {0};
  fitted_case f;
  char *json = NULL;
  fsim_text_append(&csv, "id,created,closed,status\n");
  for (size_t i = 0; i < 900; i++)
    append_deal(&csv, i, (double)(i % 60) * DAY + 60,
                (i % 5 == 0   ? 2
                 : i % 5 == 1 ? 9
                 : i % 5 == 2 ? 16
                 : i % 5 == 3 ? 23
                              : 30) *
                    DAY,
                i % 11 ? "won" : "lost", 100 * DAY);
  fit_text("report", &csv, true, &f);
  assert_null(f.fitted.stage[0].laws);
  fsim_fit_report_html(&f.made, &page);
  assert_false(page.failed);
  assert_int_equal(count_text(page.text, "<svg"), 1);
  assert_int_equal(count_text(page.text, "http"), 1); /* the name of SVG's language */
  assert_int_equal(count_text(page.text, "No law fits"), 1);
  assert_int_equal(count_text(page.text, "age in the stage, days"), 1);
  assert_int_equal(count_text(page.text, "numbers below a plot are the stays that were observed"),
                   1);
  assert_null(strstr(page.text, "nan"));
  const fsim_fitted_set set = {.funnel = &f.fitted, .n = 1};
  assert_int_equal(fsim_fit_report_json(&f.made, &set, 0, f.report, &json), FSIM_OK);
  json_t *root = json_loads(json, 0, NULL);
  assert_non_null(root);
  json_t *stage = json_array_get(json_object_get(root, "stages"), 0);
  json_t *won = json_array_get(json_object_get(stage, "exits"), 0);
  assert_int_equal(json_array_size(json_object_get(won, "incidence")), f.made.stage[0].n);
  assert_near(json_real_value(json_object_get(won, "seen")), f.made.stage[0].exit[0].ends, 1e-9);
  assert_false(json_boolean_value(json_object_get(stage, "laws")));
  json_decref(root);
  free(json);
  free(page.text);
  free_fitted(&f);
  free(csv.text);
}

/* What comes before the first recorded stage is fitted as a stage of its own and listed first, the
 * later part of a stage behind its first. */
static void stages_are_listed_from_the_entry_on(void **state) {
  (void)state;
  fsim_stage_stays stage[4] = {{0}};
  fsim_fitted_funnel f = {.stays = {.stage = stage, .n_stages = 4}, .n_stages = 4, .entry = 2};
  static const size_t plain[] = {2, 0, 1, 3};
  for (size_t i = 0; i < 4; i++) assert_int_equal(fsim_fitted_stage_at(&f, i), plain[i]);
  stage[0].later_age = 1;
  stage[0].later = 3;
  static const size_t parted[] = {2, 0, 3, 1};
  for (size_t i = 0; i < 4; i++) assert_int_equal(fsim_fitted_stage_at(&f, i), parted[i]);
  assert_true(fsim_fitted_stage_at(&f, 4) == SIZE_MAX);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(curves_are_shares_where_nothing_is_censored),
      cmocka_unit_test(the_interval_of_the_corrected_rate_covers),
      cmocka_unit_test(the_page_stands_alone_and_warns),
      cmocka_unit_test(stages_are_listed_from_the_entry_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
