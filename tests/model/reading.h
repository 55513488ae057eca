/* Reads a scenario from text, with its models inside, for the tests of the readers. */
#ifndef TESTS_MODEL_READING_H
#define TESTS_MODEL_READING_H

/* cmocka.h needs the standard headers before it */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
/* clang-format on */

#include "sim/model/read.h"

/* A CSV file that the scenario asks for. */
typedef struct input_text {
  const char *name;
  const char *text;
} input_text;

static const char *find_input(void *context, const char *name, fsim_place place,
                              fsim_report *report, size_t *length) {
  for (const input_text *t = context; t && t->name; t++) {
    if (strcmp(t->name, name) != 0) continue;
    *length = strlen(t->text);
    return t->text;
  }
  fsim_bad_input(report, place, "no file '%s'", name);
  return NULL;
}

typedef struct reading {
  fsim_arena *arena;
  fsim_report *report;
  fsim_node *root;
  fsim_scenario *scenario;
  int status;
} reading;

static inline void reading_close(reading *r) {
  fsim_scenario_free(r->scenario);
  fsim_arena_free(r->arena);
  fsim_report_free(r->report);
  *r = (reading){0};
}

/* Several versions: texts of whole scenarios with the changes of masks[v] in force. */
static inline reading read_versions(const char *const *yaml, const uint32_t *masks, size_t n,
                                    input_text *inputs) {
  reading r = {.arena = fsim_arena_new(), .report = fsim_report_new()};
  fsim_node *trees[8];
  assert_true(n <= 8);
  for (size_t v = 0; v < n; v++) {
    r.status = fsim_yaml_parse("test.yaml", yaml[v], strlen(yaml[v]), r.arena, r.report, &trees[v]);
    if (r.status != FSIM_OK) return r;
  }
  r.root = trees[0];
  r.status = fsim_read_scenario((const fsim_node *const *)trees, masks, n, find_input, inputs,
                                r.report, &r.scenario);
  return r;
}

static inline reading read_text(const char *yaml, input_text *inputs) {
  const uint32_t none = 0;
  return read_versions(&yaml, &none, 1, inputs);
}

/* All errors of a report in one text, "line:column: message" each. */
static inline void errors_text(const fsim_report *report, char *text, size_t size) {
  const fsim_message *m;
  size_t used = 0;
  text[0] = '\0';
  for (size_t i = 0; (m = fsim_report_message(report, i)) && used < size; i++) {
    if (m->severity != FSIM_ERROR) continue;
    int n = snprintf(text + used, size - used, "%d:%d: %s\n", m->line, m->column, m->text);
    used += n > 0 ? (size_t)n : 0;
  }
}

static inline reading read_good(const char *yaml, input_text *inputs) {
  reading r = read_text(yaml, inputs);
  char text[4000];
  errors_text(r.report, text, sizeof text);
  if (r.status != FSIM_OK) print_error("%s", text);
  assert_int_equal(r.status, FSIM_OK);
  return r;
}

/* Exactly these errors, each found as a part of one message, and as many as that. */
static inline void assert_errors(const char *yaml, input_text *inputs, const char *const *parts,
                                 size_t n) {
  reading r = read_text(yaml, inputs);
  char text[8000];
  errors_text(r.report, text, sizeof text);
  assert_int_equal(r.status, FSIM_BAD_INPUT);
  assert_null(r.scenario);
  for (size_t i = 0; i < n; i++) {
    if (!strstr(text, parts[i])) print_error("no '%s' in:\n%s", parts[i], text);
    assert_non_null(strstr(text, parts[i]));
  }
  if (fsim_report_count(r.report, FSIM_ERROR) != n) print_error("%s", text);
  assert_int_equal(fsim_report_count(r.report, FSIM_ERROR), n);
  reading_close(&r);
}

#endif
