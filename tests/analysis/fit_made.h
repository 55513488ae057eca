/* Exports of one stage that tests make deal by deal, 100 days from 2026-01-01, and what is fitted
 * to them. */
#ifndef FSIM_TESTS_FIT_MADE_H
#define FSIM_TESTS_FIT_MADE_H

#include "analysis/fit/fit_report.h"
#include "fit_files.h"
#include "sim/base/quantity.h"

#define DAY 86400.0

static const char made_mapping[] =
    "kind: deals\n"
    "funnel: deals\n"
    "columns: {case: id, created: created, closed: closed, status: status}\n"
    "outcomes: {won: {from: [won], counts_as: win}, lost: {from: [lost]}, cancelled: {from: "
    "[cancelled]}}\n"
    "ignore: [open]\n"
    "begin: 2026-01-01\n"
    "end: 2026-04-11\n"; /* 100 days */

static inline void append_deal(fsim_text *csv, size_t id, double created, double stay,
                               const char *status, double end) {
  char from[40], to[40];
  const bool open = created + stay >= end;
  const int32_t start = fsim_days_from_date(2026, 1, 1);
  fsim_format_instant(start, (int64_t)created, from, sizeof from);
  fsim_format_instant(start, (int64_t)(created + stay), to, sizeof to);
  fsim_text_append(csv, "%zu,%s,%s,%s\n", id, from, open ? "" : to, open ? "open" : status);
}

typedef struct fitted_case {
  fsim_report *report;
  fsim_log *log;
  fsim_fitted_funnel fitted;
  fsim_past_errors errors;
  fsim_fit_report made;
} fitted_case;

/* `name`: of the files, another one for every test program. */
static inline void fit_text(const char *name, const fsim_text *csv, bool laws, fitted_case *f) {
  assert_false(csv->failed);
  *f = (fitted_case){.report = fsim_report_new()};
  assert_non_null(f->report);
  char map_name[64], csv_name[64];
  snprintf(map_name, sizeof map_name, "%s.map.yaml", name);
  snprintf(csv_name, sizeof csv_name, "%s.csv", name);
  const char *map = fit_file(map_name, made_mapping), *deals = fit_file(csv_name, csv->text);
  f->log = fit_read(&deals, 1, map, NULL, FSIM_OK, NULL);
  const fsim_fit_options options = {.since = FSIM_NO_TIME, .laws = laws};
  assert_int_equal(fsim_estimate(f->log, 0, &options, f->report, &f->fitted), FSIM_OK);
  assert_int_equal(fsim_fit_report_make(f->log, &f->fitted, &f->errors, f->report, &f->made),
                   FSIM_OK);
}

static inline void free_fitted(fitted_case *f) {
  fsim_fit_report_free(&f->made);
  fsim_fitted_free(&f->fitted);
  fsim_log_free(f->log);
  fsim_report_free(f->report);
}

#endif
