/* Variants from short texts, for the tests of plans and levers. */
#ifndef TESTS_ANALYSIS_DECIDE_H
#define TESTS_ANALYSIS_DECIDE_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/variant.h"

static inline void show_messages(const fsim_report *report) {
  const fsim_message *message;
  for (size_t i = 0; (message = fsim_report_message(report, i)) != NULL; i++)
    print_error("%s\n", message->text);
}

/* As fsim_variant_load makes it from a file with this text. */
static inline fsim_variant variant_of(const char *yaml, const char *name) {
  fsim_variant variant = {0};
  fsim_report *report = fsim_report_new();
  int status = fsim_source_parse("test.yaml", yaml, strlen(yaml), NULL, NULL, NULL, 0, NULL, 0,
                                 report, &variant.loaded);
  variant.source = variant.loaded;
  if (status == FSIM_OK)
    status = fsim_source_realise(variant.source, FSIM_CENTRAL, report, &variant.scenario);
  if (status == FSIM_OK) status = fsim_shape_make(variant.scenario, report, &variant.shape);
  if (status != FSIM_OK) show_messages(report);
  assert_int_equal(status, FSIM_OK);
  fsim_report_free(report);
  variant.name = strdup(name);
  assert_non_null(variant.name);
  return variant;
}

static inline fsim_variant derived_from(const fsim_variant *base, const char *set) {
  fsim_variant variant;
  fsim_report *report = fsim_report_new();
  int status = fsim_variant_derive(base, set, &set, 1, report, &variant);
  if (status != FSIM_OK) show_messages(report);
  assert_int_equal(status, FSIM_OK);
  fsim_report_free(report);
  return variant;
}

static inline void assert_near(const fsim_interval *interval, double exact, const char *what) {
  double z = (interval->estimate - exact) / interval->standard_error;
  if (!(fabs(z) < 4))
    fail_msg("%s: %.6g, exact %.6g, standard error %.3g, z = %.2f", what, interval->estimate, exact,
             interval->standard_error, z);
}

#endif
