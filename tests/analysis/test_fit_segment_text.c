/* What is written of a stage that attributes split and no law describes. */
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

#include "analysis/fit/fitted_set.h"
#include "analysis/fit/model_text.h"
#include "analysis/fit/sampling_error.h"
#include "fit_files.h"
#include "sim/base/quantity.h"

#define DAY 86400.0
#define END (100 * DAY)

static const char mapping[] =
    "kind: deals\n"
    "funnel: deals\n"
    "columns: {case: id, created: created, closed: closed, status: status,\n"
    "          attributes: {segment: segment}}\n"
    "outcomes: {won: {from: [won], counts_as: win}, lost: {from: [lost]}}\n"
    "ignore: [open]\n"
    "begin: 2026-01-01\n"
    "end: 2026-04-11\n";

/* Wins after about 15 or 40 days, losses any time; value b wins twice as often. */
static void make_export(gsl_rng *rng, fsim_text *csv) {
  const int32_t start = fsim_days_from_date(2026, 1, 1);
  size_t id = 0;
  fsim_text_append(csv, "id,created,closed,status,segment\n");
  for (double t = 0; t < END; t += gsl_ran_exponential(rng, DAY / 3)) {
    const bool b = gsl_rng_uniform(rng) < 0.4, won = gsl_rng_uniform(rng) < (b ? 0.7 : 0.3);
    const double early = 14 + 2 * gsl_rng_uniform(rng), late = 38 + 4 * gsl_rng_uniform(rng);
    const double wait =
        won ? (gsl_rng_uniform(rng) < 0.6 ? early : late) : gsl_ran_exponential(rng, 20);
    const double end = t + wait * DAY;
    char from[40], to[40];
    fsim_format_instant(start, (int64_t)t, from, sizeof from);
    fsim_format_instant(start, (int64_t)end, to, sizeof to);
    fsim_text_append(csv, "%zu,%s,%s,%s,%s\n", id++, from, end < END ? to : "",
                     end >= END ? "open"
                     : won      ? "won"
                                : "lost",
                     b ? "b" : "a");
  }
}

/* The sigma of the scale of the wait by this exit, in the stage's own exits. */
static double scale_sigma(const char *model, const char *exit) {
  const char *at = strstr(model, exit);
  assert_non_null(at);
  at = strstr(at, "scale: {uncertain: {lognormal: {median: ");
  assert_non_null(at);
  at = strstr(at, "sigma: ");
  assert_non_null(at);
  return strtod(at + strlen("sigma: "), NULL);
}

/* Past errors, the ends on which the future of the open deals rests, and the weeks these ends were
 * seen in. */
static void waits_of_a_split_stage_are_as_unsure_as_others(void **state) {
  (void)state;
  const double pace = 0.1;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 3);
  fsim_text csv = {0};
  make_export(rng, &csv);
  assert_false(csv.failed);
  fsim_report *report = fsim_report_new();
  const char *map = fit_file("split.map.yaml", mapping), *deals = fit_file("split.csv", csv.text);
  fsim_log *log = fit_read(&deals, 1, map, NULL, FSIM_OK, NULL);
  fsim_fitted_set set;
  const fsim_fit_options options = {.since = FSIM_NO_TIME, .segments = true};
  assert_int_equal(fsim_estimate_set(log, 0, &options, report, &set), FSIM_OK);
  const fsim_fitted_funnel *f = &set.funnel[0];
  assert_true(f->segments[0].n_terms == 1 && f->stage[0].laws == NULL);
  fsim_model_text text;
  const fsim_model_text_options write = {
      .scenario = "split", .weeks = 4, .replications = 2, .seed = 1, .pace_sigma = pace};
  assert_int_equal(fsim_write_model_text(log, &set, &write, report, &text), FSIM_OK);
  assert_null(strstr(text.model[0], "race"));
  const fsim_stage_stays *stays = &f->stays.stage[0];
  const double swing = fsim_swing_error(&f->swing);
  assert_true(swing > 0.01);
  for (size_t x = 0; x < stays->n_exits; x++) {
    const double ends = fsim_effective_ends(&f->stage[0].hazard, stays, x);
    const double right = sqrt(pace * pace + pow(fsim_rate_error(ends), 2) + swing * swing);
    char exit[40];
    snprintf(exit, sizeof exit, "      %s: {probability", fsim_fitted_exit_name(f, 0, x));
    assert_true(fabs(scale_sigma(text.model[0], exit) / right - 1) < 1e-3);
  }
  fsim_model_text_free(&text);
  fsim_fitted_set_free(&set);
  fsim_log_free(log);
  fsim_report_free(report);
  free(csv.text);
  gsl_rng_free(rng);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(waits_of_a_split_stage_are_as_unsure_as_others),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
