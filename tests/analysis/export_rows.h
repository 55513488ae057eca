/* Rows made by hand, and exports read back. Include after cmocka.h. */
#ifndef FSIM_TESTS_ANALYSIS_EXPORT_ROWS_H
#define FSIM_TESTS_ANALYSIS_EXPORT_ROWS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/export/export.h"
#include "sim/base/csv.h"
#include "sim/model/source.h"

#define PUT(type, rows, id, row, value) (((type *)(rows)->column[id])[row] = (type)(value))

static inline fsim_scenario *parse_scenario(const char *yaml, fsim_source **source) {
  fsim_report *report = fsim_report_new();
  fsim_scenario *scenario = NULL;
  int status = fsim_source_parse("export.yaml", yaml, strlen(yaml), NULL, NULL, NULL, 0, NULL, 0,
                                 report, source);
  if (status == FSIM_OK) status = fsim_source_realise(*source, FSIM_CENTRAL, report, &scenario);
  const fsim_message *m;
  for (size_t i = 0; status != FSIM_OK && (m = fsim_report_message(report, i)) != NULL; i++)
    print_message("%d:%d: %s\n", m->line, m->column, m->text);
  assert_int_equal(status, FSIM_OK);
  fsim_report_free(report);
  return scenario;
}

static inline size_t next_row(fsim_trajectory *rows, fsim_table table) {
  assert_int_equal(fsim_trajectory_reserve(rows, table, 1), 0);
  return rows->rows[table]++;
}

/* A lead of stream 0, numbered from 0 as they come, with the first value of every attribute. */
static inline void add_lead(fsim_trajectory *rows, int32_t arrives) {
  const size_t row = next_row(rows, FSIM_LEADS);
  PUT(uint32_t, rows, FSIM_LEAD_REPLICATION, row, 0);
  PUT(uint32_t, rows, FSIM_LEAD_LEAD, row, row);
  PUT(uint16_t, rows, FSIM_LEAD_STREAM, row, 0);
  PUT(uint32_t, rows, FSIM_LEAD_NUMBER, row, row);
  PUT(int32_t, rows, FSIM_LEAD_T_ARRIVE, row, arrives);
  for (size_t a = 0; a < rows->n_attributes; a++) rows->attribute[a][row] = 0;
}

/* A journey of the last lead. */
static inline void add_journey(fsim_trajectory *rows, unsigned journey, unsigned funnel,
                               int32_t start, int32_t end, unsigned outcome, double value) {
  const size_t row = next_row(rows, FSIM_JOURNEYS);
  PUT(uint32_t, rows, FSIM_JOURNEY_REPLICATION, row, 0);
  PUT(uint32_t, rows, FSIM_JOURNEY_LEAD, row, rows->rows[FSIM_LEADS] - 1);
  PUT(uint16_t, rows, FSIM_JOURNEY_JOURNEY, row, journey);
  PUT(uint16_t, rows, FSIM_JOURNEY_PARENT, row, journey);
  PUT(uint16_t, rows, FSIM_JOURNEY_FUNNEL, row, funnel);
  PUT(int32_t, rows, FSIM_JOURNEY_T_START, row, start);
  PUT(int32_t, rows, FSIM_JOURNEY_T_END, row, end);
  PUT(uint16_t, rows, FSIM_JOURNEY_OUTCOME, row, outcome);
  PUT(double, rows, FSIM_JOURNEY_VALUE, row, value);
}

typedef struct made_visit {
  unsigned stage, visit;
  int32_t enter, queue, work, wait;
  unsigned exit; /* stages, then outcomes, then open */
  fsim_reason reason;
} made_visit;

/* A visit of the last journey. */
static inline void add_visit(fsim_trajectory *rows, made_visit v) {
  const size_t row = next_row(rows, FSIM_VISITS), journey = rows->rows[FSIM_JOURNEYS] - 1;
  PUT(uint32_t, rows, FSIM_VISIT_REPLICATION, row, 0);
  PUT(uint32_t, rows, FSIM_VISIT_LEAD, row, rows->rows[FSIM_LEADS] - 1);
  PUT(uint16_t, rows, FSIM_VISIT_JOURNEY, row,
      ((const uint16_t *)rows->column[FSIM_JOURNEY_JOURNEY])[journey]);
  PUT(uint16_t, rows, FSIM_VISIT_STAGE, row, v.stage);
  PUT(uint16_t, rows, FSIM_VISIT_VISIT, row, v.visit);
  PUT(int32_t, rows, FSIM_VISIT_T_ENTER, row, v.enter);
  PUT(int32_t, rows, FSIM_VISIT_QUEUE, row, v.queue);
  PUT(int32_t, rows, FSIM_VISIT_WORK, row, v.work);
  PUT(int32_t, rows, FSIM_VISIT_WAIT, row, v.wait);
  PUT(uint16_t, rows, FSIM_VISIT_EXIT, row, v.exit);
  PUT(uint8_t, rows, FSIM_VISIT_REASON, row, v.reason);
  PUT(uint16_t, rows, FSIM_VISIT_WOULD_EXIT, row, v.exit);
}

/* The text of an export; the caller frees it. */
static inline char *export_as(const char *name, const fsim_export_request *request, int status) {
  const fsim_export_form *form = NULL;
  for (size_t f = 0; f < fsim_n_export_forms; f++)
    if (strcmp(fsim_export_forms[f].name, name) == 0) form = &fsim_export_forms[f];
  assert_non_null(form);
  char *text = NULL;
  size_t length = 0;
  FILE *out = open_memstream(&text, &length);
  assert_non_null(out);
  fsim_report *report = fsim_report_new();
  assert_int_equal(form->write(request, out, report), status);
  assert_int_equal(fsim_report_count(report, FSIM_ERROR), status == FSIM_OK ? 0 : 1);
  fsim_report_free(report);
  assert_int_equal(fclose(out), 0);
  return text;
}

/* A CSV read row by row: open, then `while (next(&t))`, which closes it after the last row. */
typedef struct table {
  char *text;
  fsim_csv *csv;
  fsim_report *report;
} table;

static inline table open_table(const char *name, const fsim_export_request *request) {
  table t = {.text = export_as(name, request, FSIM_OK), .report = fsim_report_new()};
  assert_int_equal(fsim_csv_open(name, t.text, strlen(t.text), t.report, &t.csv), FSIM_OK);
  return t;
}

static inline bool next(table *t) {
  const int got = fsim_csv_next(t->csv, t->report);
  assert_int_not_equal(got, -1);
  if (got == 1) return true;
  fsim_csv_close(t->csv);
  fsim_report_free(t->report);
  free(t->text);
  return false;
}

static inline const char *field(const table *t, const char *column) {
  size_t c;
  assert_int_equal(fsim_csv_find(t->csv, column, FSIM_NOWHERE, t->report, &c), FSIM_OK);
  return fsim_csv_field(t->csv, c);
}

#endif
