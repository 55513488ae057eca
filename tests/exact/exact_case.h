/* What the tests of the exact floor share: a scenario from a text, and names instead of numbers. */
#ifndef FSIM_TESTS_EXACT_CASE_H
#define FSIM_TESTS_EXACT_CASE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
/* cmocka needs those above */
#include <cmocka.h>

#include "sim/exact/exact.h"
#include "sim/model/source.h"

typedef struct exact_case {
  fsim_source *source;
  fsim_report *report;
  fsim_scenario *s;
} exact_case;

static inline exact_case case_of(const char *text) {
  exact_case c = {.report = fsim_report_new()};
  int status = fsim_source_parse("test.yaml", text, strlen(text), NULL, NULL, NULL, 0, NULL, 0,
                                 c.report, &c.source);
  if (status == FSIM_OK) status = fsim_source_realise(c.source, FSIM_CENTRAL, c.report, &c.s);
  for (size_t i = 0; fsim_report_message(c.report, i); i++)
    printf("%s\n", fsim_report_message(c.report, i)->text);
  assert_int_equal(status, FSIM_OK);
  return c;
}

/* The text with `from`, once in it, written as `to`. */
static inline exact_case case_with(const char *text, const char *from, const char *to) {
  char moved[8192];
  const char *place = strstr(text, from);
  assert_non_null(place);
  assert_null(strstr(place + 1, from));
  int length = snprintf(moved, sizeof moved, "%.*s%s%s", (int)(place - text), text, to,
                        place + strlen(from));
  assert_true(length > 0 && (size_t)length < sizeof moved);
  return case_of(moved);
}

static inline void case_free(exact_case *c) {
  fsim_scenario_free(c->s);
  fsim_source_free(c->source);
  fsim_report_free(c->report);
}

static inline void near(double found, double expected, double relative) {
  if (!(fabs(found - expected) <= relative * fabs(expected)))
    fail_msg("%.12g instead of %.12g", found, expected);
}

static inline size_t funnel_of(const fsim_scenario *s, const char *name) {
  for (size_t f = 0; f < s->n_funnels; f++) {
    if (strcmp(s->funnels[f].name, name) == 0) return f;
  }
  fail_msg("no funnel %s", name);
  return 0;
}

static inline size_t stage_of(const fsim_scenario *s, const char *funnel, const char *name) {
  for (size_t i = 0; i < s->n_stages; i++) {
    if (strcmp(s->stages[i].name, name) == 0 &&
        strcmp(s->funnels[s->stages[i].funnel].name, funnel) == 0)
      return i;
  }
  fail_msg("no %s.%s", funnel, name);
  return 0;
}

/* exit NULL: the wait. */
static inline double lever_of(const fsim_scenario *s, const fsim_exact_lever *levers, size_t n,
                              size_t stage, const char *exit) {
  for (size_t l = 0; l < n; l++) {
    const fsim_exact_lever *v = &levers[l];
    if (v->kind != (exit ? FSIM_EXACT_EXIT : FSIM_EXACT_WAIT) || v->stage != stage) continue;
    if (!exit || strcmp(s->stages[stage].exits[v->exit].name, exit) == 0) return v->derivative;
  }
  fail_msg("no lever of %s", s->stages[stage].name);
  return 0;
}

#endif
