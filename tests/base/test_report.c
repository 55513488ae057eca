/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */

#include "sim/base/report.h"

static void returns_statuses_and_remembers_the_worst(void **state) {
  (void)state;
  fsim_report *report = fsim_report_new();
  assert_int_equal(fsim_report_status(report), FSIM_OK);
  fsim_warn(report, FSIM_NOWHERE, "mind the gap");
  assert_int_equal(fsim_report_status(report), FSIM_OK);
  assert_int_equal(fsim_failure(report, FSIM_NOWHERE, "disk %s", "full"), FSIM_FAILED);
  assert_int_equal(fsim_report_status(report), FSIM_FAILED);
  assert_int_equal(fsim_bad_input(report, FSIM_NOWHERE, "bad"), FSIM_BAD_INPUT);
  assert_int_equal(fsim_failure(report, FSIM_NOWHERE, "again"), FSIM_FAILED);
  assert_int_equal(fsim_report_status(report), FSIM_BAD_INPUT);
  assert_int_equal(fsim_report_count(report, FSIM_ERROR), 3);
  assert_int_equal(fsim_report_count(report, FSIM_WARNING), 1);
  assert_int_equal(fsim_report_count(report, FSIM_NOTE), 0);
  fsim_report_free(report);
}

static void keeps_messages_in_order_with_their_places(void **state) {
  (void)state;
  fsim_report *report = fsim_report_new();
  const char *text = "one\r\ntwo\tthree\nlast";
  fsim_report_source(report, "a.yaml", text, strlen(text));
  fsim_bad_input(report, (fsim_place){"a.yaml", 2, 5}, "first\nbroken");
  fsim_note(report, (fsim_place){"b.yaml", 1, 1}, "second");
  fsim_warn(report, (fsim_place){"a.yaml", 1, 1}, "third");
  fsim_warn(report, (fsim_place){"a.yaml", 3, 1}, "fourth");
  fsim_warn(report, (fsim_place){"a.yaml", 4, 1}, "fifth");
  const fsim_message *first = fsim_report_message(report, 0);
  assert_string_equal(first->file, "a.yaml");
  assert_int_equal(first->line, 2);
  assert_int_equal(first->column, 5);
  assert_string_equal(first->text, "first broken");
  assert_string_equal(first->source, "two three");
  assert_int_equal(first->severity, FSIM_ERROR);
  assert_null(fsim_report_message(report, 1)->source);
  assert_string_equal(fsim_report_message(report, 2)->source, "one");
  assert_string_equal(fsim_report_message(report, 3)->source, "last");
  assert_null(fsim_report_message(report, 4)->source);
  assert_null(fsim_report_message(report, 5));
  fsim_report_free(report);
}

static void tells_of_memory_once_and_last(void **state) {
  (void)state;
  fsim_report *report = fsim_report_new();
  assert_int_equal(fsim_no_memory(report), FSIM_FAILED);
  assert_int_equal(fsim_no_memory(report), FSIM_FAILED);
  fsim_note(report, FSIM_NOWHERE, "note");
  assert_int_equal(fsim_report_count(report, FSIM_ERROR), 1);
  assert_string_equal(fsim_report_message(report, 0)->text, "note");
  assert_non_null(strstr(fsim_report_message(report, 1)->text, "out of memory"));
  assert_null(fsim_report_message(report, 2));
  assert_int_equal(fsim_report_status(report), FSIM_FAILED);
  fsim_report_free(report);
}

static void works_without_a_report(void **state) {
  (void)state;
  assert_int_equal(fsim_bad_input(NULL, FSIM_NOWHERE, "x"), FSIM_BAD_INPUT);
  assert_int_equal(fsim_failure(NULL, FSIM_NOWHERE, "x"), FSIM_FAILED);
  assert_int_equal(fsim_no_memory(NULL), FSIM_FAILED);
  assert_int_equal(fsim_report_status(NULL), FSIM_OK);
  assert_null(fsim_report_message(NULL, 0));
  fsim_report_free(NULL);
}

static void counts_a_flood_but_keeps_a_thousand(void **state) {
  (void)state;
  fsim_report *report = fsim_report_new();
  for (int i = 0; i < 5000; i++) fsim_bad_input(report, FSIM_NOWHERE, "mistake %d", i);
  assert_int_equal(fsim_report_count(report, FSIM_ERROR), 5000);
  assert_string_equal(fsim_report_message(report, 999)->text, "mistake 999");
  assert_null(fsim_report_message(report, 1000));
  fsim_report_free(report);
}

static void takes_messages_from_many_threads(void **state) {
  (void)state;
  fsim_report *report = fsim_report_new();
#pragma omp parallel for num_threads(4)
  for (int i = 0; i < 800; i++) fsim_warn(report, FSIM_NOWHERE, "warning %d", i);
  int seen[800] = {0};
  for (size_t i = 0; i < 800; i++) {
    int number = -1;
    const fsim_message *message = fsim_report_message(report, i);
    assert_non_null(message);
    assert_int_equal(sscanf(message->text, "warning %d", &number), 1);
    seen[number]++;
  }
  for (int i = 0; i < 800; i++) assert_int_equal(seen[i], 1);
  fsim_report_free(report);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(returns_statuses_and_remembers_the_worst),
      cmocka_unit_test(keeps_messages_in_order_with_their_places),
      cmocka_unit_test(tells_of_memory_once_and_last),
      cmocka_unit_test(works_without_a_report),
      cmocka_unit_test(counts_a_flood_but_keeps_a_thousand),
      cmocka_unit_test(takes_messages_from_many_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
