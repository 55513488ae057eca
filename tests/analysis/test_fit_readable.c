/* What fit writes can be read and run, also of odd exports. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <gsl/gsl_errno.h>
#include <math.h>

#include "analysis/fit/forecast.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"
#include "tests/analysis/fit_files.h"

static const char mapping[] =
    "kind: deals\n"
    "columns: {case: id, created: created, closed: closed, status: status}\n"
    "outcomes: {won: {from: [won], counts_as: win}, lost: [lost]}\n";

#define FIRST_DAY 20454 /* 2026-01-01 */

static void add_deal(fsim_text *csv, int id, int32_t created, int32_t closed, bool won) {
  char from[32], to[32];
  if (csv->length == 0) fsim_text_append(csv, "id,created,closed,status\n");
  fsim_text_append(csv, "%d,%s,%s,%s\n", id, fsim_format_date(created, from, sizeof from),
                   fsim_format_date(closed, to, sizeof to), won ? "won" : "lost");
}

typedef struct written {
  fsim_report *report;
  fsim_log *log;
  fsim_fitted_set set;
} written;

/* Fits, writes and runs it; recent weeks, 0: all. Takes csv. */
static written fit_and_run_by(const char *map_text, const char *name, fsim_text *csv, int recent) {
  written w = {.report = fsim_report_new()};
  fsim_model_text text = {0};
  fsim_forecast forecast = {0};
  assert_false(csv->failed);
  const char *map = fit_file("readable.map.yaml", map_text), *deals = fit_file(name, csv->text);
  free(csv->text);
  w.log = fit_read(&deals, 1, map, NULL, FSIM_OK, NULL);
  const fsim_fit_options options = {
      .since = recent > 0 ? w.log->end - recent * 7 * INT64_C(86400) : FSIM_NO_TIME,
      .calendar = true};
  const fsim_model_text_options write = {
      .scenario = "readable", .weeks = 8, .replications = 4, .seed = 1};
  assert_int_equal(fsim_estimate_set(w.log, 0, &options, w.report, &w.set), FSIM_OK);
  assert_int_equal(fsim_write_model_text(w.log, &w.set, &write, w.report, &text), FSIM_OK);
  assert_int_equal(fsim_forecast_run(w.log, &text, &w.set, &write, 1, w.report, &forecast),
                   FSIM_OK);
  fsim_forecast_free(&forecast);
  fsim_model_text_free(&text);
  return w;
}

static written fit_and_run(const char *name, fsim_text *csv) {
  return fit_and_run_by(mapping, name, csv, 0);
}

static void free_written(written *w) {
  fsim_fitted_set_free(&w->set);
  fsim_log_free(w->log);
  fsim_report_free(w->report);
}

/* Two cases a week, and two thousand of one day: weeks differ by more than a stream may. */
static void an_import(void **state) {
  (void)state;
  fsim_text csv = {0};
  for (int i = 0; i < 2120; i++) {
    const int32_t day = FIRST_DAY + (i < 120 ? i * 7 / 2 : 200);
    add_deal(&csv, i, day, day + 3 + i % 5, i % 3 == 0);
  }
  written w = fit_and_run("import.csv", &csv);
  assert_true(w.set.funnel[0].arrivals.week_cv * sqrt(7) > 10);
  free_written(&w);
}

/* Deals that are written down when they end, and are won in other months than lost: no wait of
 * theirs can change with the month. */
static void months_of_deals_that_end_at_once(void **state) {
  (void)state;
  fsim_text csv = {0};
  for (int i = 0; i < 900; i++) {
    int year, month, date;
    const int32_t day = FIRST_DAY + i * 360 / 900;
    fsim_date_from_days(day, &year, &month, &date);
    add_deal(&csv, i, day, day, month % 3 == 1 ? i % 10 != 0 : i % 10 == 0);
  }
  written w = fit_and_run("at_once.csv", &csv);
  const fsim_fitted_funnel *f = &w.set.funnel[0];
  assert_true(f->stage[f->entry].instant && f->stage[f->entry].hazard.profile);
  free_written(&w);
}

/* Created when their product was, by a mistake: rates of ages at which all have left. */
static void dates_of_centuries_ago(void **state) {
  (void)state;
  fsim_text csv = {0};
  for (int i = 0; i < 60; i++)
    add_deal(&csv, i, FIRST_DAY - 46000 + i % 28, FIRST_DAY + i % 9, i % 3 > 0);
  written w = fit_and_run("centuries.csv", &csv);
  free_written(&w);
}

static const char event_mapping[] =
    "kind: events\n"
    "columns: {case: id, activity: activity, time: time}\n"
    "stages: {new: [new], offer: [offer]}\n"
    "outcomes: {won: {from: [won], counts_as: win}, lost: [lost]}\n";

static void add_event(fsim_text *csv, int id, const char *activity, int32_t day) {
  char date[32];
  if (csv->length == 0) fsim_text_append(csv, "id,activity,time\n");
  fsim_text_append(csv, "%d,%s,%s\n", id, activity, fsim_format_date(day, date, sizeof date));
}

/* No new ones have come for so long that the first stage is empty in the weeks that are fitted. */
static void a_first_stage_that_is_empty_since(void **state) {
  (void)state;
  fsim_text csv = {0};
  for (int i = 0; i < 300; i++) {
    const int32_t day = FIRST_DAY + i / 3;
    add_event(&csv, i, "new", day);
    add_event(&csv, i, "offer", day + 1 + i % 4);
    add_event(&csv, i, i % 3 ? "lost" : "won", day + 20 + i * 7 % 300);
  }
  written w = fit_and_run_by(event_mapping, "empty.csv", &csv, 12);
  const fsim_fitted_funnel *f = &w.set.funnel[0];
  assert_int_equal(f->stays.stage[f->entry].n, 0);
  free_written(&w);
}

/* Months that differ, and then no end at all in the weeks that are fitted. */
static void months_of_exits_that_nobody_took_since(void **state) {
  (void)state;
  fsim_text csv = {0};
  for (int i = 0; i < 900; i++) {
    int year, month, date;
    const int32_t day = FIRST_DAY + i * 360 / 900;
    fsim_date_from_days(day + 5, &year, &month, &date);
    add_deal(&csv, i, day, month % 3 == 1 ? day + 2 + i % 9 : day + 40 + i * 7 % 37, i % 2);
  }
  char from[32];
  fsim_text_append(&csv, "900,%s,,open\n",
                   fsim_format_date(FIRST_DAY + 360 + 160, from, sizeof from));
  written w = fit_and_run_by(mapping, "since.csv", &csv, 12);
  const fsim_fitted_funnel *f = &w.set.funnel[0];
  bool profile = false;
  for (size_t s = 0; s < f->n_stages; s++) profile = profile || f->stage[s].hazard.profile;
  assert_true(profile);
  free_written(&w);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_import),
      cmocka_unit_test(months_of_deals_that_end_at_once),
      cmocka_unit_test(dates_of_centuries_ago),
      cmocka_unit_test(a_first_stage_that_is_empty_since),
      cmocka_unit_test(months_of_exits_that_nobody_took_since),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
