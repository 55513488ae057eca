/* Waits of an export that has dates only are as long as those that made it. */
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

#include "analysis/fit/incidence.h"
#include "fit_made.h"

#define DEALS 400
#define EXPORTS 20
#define SIGMA 0.7

static void append_day(fsim_text *csv, double seconds) {
  char date[32];
  fsim_text_append(csv, ",%s",
                   fsim_format_date(fsim_days_from_date(2026, 1, 1) + (int32_t)(seconds / DAY),
                                    date, sizeof date));
}

/* Deals come all day; all are won after a lognormal wait. */
static fsim_text make_deals(gsl_rng *rng, double median) {
  fsim_text csv = {0};
  fsim_text_append(&csv, "id,created,closed,status\n");
  for (int i = 0; i < DEALS; i++) {
    const double created = gsl_rng_uniform(rng) * 100 * DAY;
    const double closed = created + gsl_ran_lognormal(rng, log(median * DAY), SIGMA);
    fsim_text_append(&csv, "%d", i);
    append_day(&csv, created);
    if (closed < 100 * DAY)
      append_day(&csv, closed);
    else
      fsim_text_append(&csv, ",");
    fsim_text_append(&csv, ",%s\n", closed < 100 * DAY ? "won" : "open");
  }
  return csv;
}

typedef struct sums {
  double n, sum, squares;
} sums;

static void add(sums *s, double x) {
  s->n += 1;
  s->sum += x;
  s->squares += x * x;
}

/* The mean of many exports is the truth within four standard errors. */
static void is_near(const char *what, const sums *s, double truth) {
  const double mean = s->sum / s->n, error = sqrt((s->squares / s->n - mean * mean) / (s->n - 1));
  if (fabs(mean - truth) > 4 * error)
    fail_msg("%s: %.4f, error %.4f, should be %.4f", what, mean, error, truth);
}

static void waits_are_as_long_as_they_were(void **state) {
  (void)state;
  static const double medians[] = {1.5, 5, 20};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  assert_non_null(rng);
  gsl_rng_set(rng, 20260101);
  for (size_t m = 0; m < 3; m++) {
    sums median = {0}, sigma = {0}, by_rates = {0};
    for (int e = 0; e < EXPORTS; e++) {
      fsim_text csv = make_deals(rng, medians[m]);
      fitted_case f;
      fit_text("dates-only", &csv, true, &f);
      assert_true(f.log->by_day);
      const fsim_fitted_stage *stage = &f.fitted.stage[0];
      assert_non_null(stage->laws);
      if (stage->laws->exit[0].n_parts == 1 &&
          stage->laws->exit[0].part[0].kind == FSIM_LAW_LOGNORMAL) {
        add(&median, log(stage->laws->exit[0].part[0].parameter[0] / DAY));
        add(&sigma, log(stage->laws->exit[0].part[0].parameter[1]));
      }
      add(&by_rates, log(fsim_hazard_quantile(&stage->hazard, 0, 0.5) / DAY));
      free_fitted(&f);
      free(csv.text);
    }
    /* Laws take an end to be anywhere within half a day, where it is rather in the middle: waits of
     * a day and a half notice. */
    if (medians[m] >= 5) {
      is_near("median by laws", &median, log(medians[m]));
      is_near("sigma by laws", &sigma, log(SIGMA));
    }
    is_near("median by rates", &by_rates, log(medians[m]));
  }
  gsl_rng_free(rng);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {cmocka_unit_test(waits_are_as_long_as_they_were)};
  return cmocka_run_group_tests_name("fit_dates_only", tests, NULL, NULL);
}
