/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pty.h>
#include <unistd.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */

#include "cli/terminal.h"

static fsim_report *report;

static int begin(void **state) {
  (void)state;
  report = fsim_report_new();
  return report ? 0 : -1;
}

static int end(void **state) {
  (void)state;
  fsim_report_free(report);
  return 0;
}

static void shows(const char *expected) {
  char *text = NULL;
  size_t size = 0, shown = 0;
  FILE *out = open_memstream(&text, &size);
  fsim_show_report(out, report, &shown);
  fclose(out);
  assert_string_equal(text, expected);
  free(text);
}

static void shows_place_line_and_caret(void **state) {
  (void)state;
  const char *text = "funnel: basic\nstages:\n  enquiry: {exit: won}\n";
  fsim_report_source(report, "basic.yaml", text, strlen(text));
  fsim_bad_input(report, (fsim_place){"basic.yaml", 3, 13}, "unknown key; did you mean exits?");
  fsim_warn(report, (fsim_place){"basic.yaml", 0, 0}, "long");
  fsim_note(report, FSIM_NOWHERE, "short");
  shows(
      "basic.yaml:3:13: error: unknown key; did you mean exits?\n"
      "    enquiry: {exit: won}\n"
      "              ^\n"
      "basic.yaml: warning: long\n"
      "note: short\n");
}

static void counts_characters_not_bytes_before_the_caret(void **state) {
  (void)state;
  const char *text = "title: \xc3\xbc\xc3\xb6 x";
  fsim_report_source(report, "a", text, strlen(text));
  fsim_bad_input(report, (fsim_place){"a", 1, 13}, "this");
  shows("a:1:13: error: this\n  title: \xc3\xbc\xc3\xb6 x\n            ^\n");
}

static void moves_a_long_line_under_the_caret(void **state) {
  (void)state;
  char text[301];
  memset(text, 'a', 300);
  text[199] = 'X';
  text[300] = '\0';
  fsim_report_source(report, "a", text, 300);
  fsim_bad_input(report, (fsim_place){"a", 1, 200}, "this");
  char *out_text = NULL;
  size_t size = 0, shown = 0;
  FILE *out = open_memstream(&out_text, &size);
  fsim_show_report(out, report, &shown);
  fclose(out);
  char *line = strchr(out_text, '\n') + 1, *caret = strchr(line, '\n') + 1;
  assert_true(caret - line - 1 <= FSIM_TERMINAL_WIDTH);
  assert_int_equal(strchr(line, 'X') - line, strchr(caret, '^') - caret);
  free(out_text);
}

static void wraps_long_messages_at_words(void **state) {
  (void)state;
  fsim_bad_input(report, FSIM_NOWHERE,
                 "one two three four five six seven eight nine ten eleven twelve thirteen "
                 "fourteen fifteen");
  shows(
      "error: one two three four five six seven eight nine ten eleven twelve thirteen\n"
      "    fourteen fifteen\n");
}

/* The first word too goes to the next line where the place leaves no room for it. */
static void wraps_a_long_first_word(void **state) {
  (void)state;
  fsim_warn(report,
            (fsim_place){.file = "scenarios/a-long-name-of-a-file.yaml", .line = 17, .column = 48},
            "basic.stages.proposal.exits.negotiation is long");
  shows(
      "scenarios/a-long-name-of-a-file.yaml:17:48: warning: \n"
      "    basic.stages.proposal.exits.negotiation is long\n");
}

static void goes_on_where_it_stopped(void **state) {
  (void)state;
  size_t shown = 0;
  FILE *nowhere = fopen("/dev/null", "w");
  fsim_note(report, FSIM_NOWHERE, "one");
  fsim_show_report(nowhere, report, &shown);
  assert_int_equal(shown, 1);
  fsim_show_report(nowhere, report, &shown);
  assert_int_equal(shown, 1);
  fclose(nowhere);
}

static void colours_only_a_terminal_that_wants_them(void **state) {
  (void)state;
  int master, slave;
  assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
  FILE *out = fdopen(slave, "w"), *file = tmpfile();
  unsetenv("NO_COLOR");
  setenv("TERM", "xterm", 1);
  assert_true(fsim_terminal_colours(out));
  assert_false(fsim_terminal_colours(file));
  setenv("NO_COLOR", "1", 1);
  assert_false(fsim_terminal_colours(out));
  setenv("NO_COLOR", "", 1);
  assert_true(fsim_terminal_colours(out));
  setenv("TERM", "dumb", 1);
  assert_false(fsim_terminal_colours(out));
  fclose(file);
  fclose(out);
  close(master);
}

static void tells_rate_and_time_left(void **state) {
  (void)state;
  char text[FSIM_TERMINAL_WIDTH];
  fsim_progress_line line = {.total = 200, .unit = "replications"};
  assert_string_equal(fsim_progress_text(&line, 10, 50, 250000000, text, sizeof text),
                      "50 of 200 replications (25 %), 25 M visits/s, 30 s left");
  assert_string_equal(fsim_progress_text(&line, 2, 0, 3000, text, sizeof text),
                      "0 of 200 replications (0 %), 1.5 k visits/s");
  assert_string_equal(fsim_progress_text(&line, 2, 200, 20, text, sizeof text),
                      "200 of 200 replications (100 %), 10 visits/s");
}

static void is_silent_where_there_is_no_terminal(void **state) {
  (void)state;
  fsim_progress_line line;
  fsim_progress_begin(&line, true, 10, "replications");
  assert_null(line.out);
  fsim_progress_show(&line, 1, 1);
  fsim_progress_end(&line);
  assert_false(line.visible);
}

static void prints(const fsim_text_table *table, int width, const char *expected) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  assert_int_equal(fsim_text_table_print(table, out, width), 0);
  fclose(out);
  assert_string_equal(text, expected);
  free(text);
}

#define ROW(table, ...) fsim_text_table_row(table, (const char *const[]){__VA_ARGS__})

static void aligns_columns(void **state) {
  (void)state;
  fsim_text_table *table = fsim_text_table_new("lr");
  ROW(table, "stage", "wins");
  ROW(table,
      "\xc3\xbc"
      "ber",
      "12");
  fsim_text_table_gap(table);
  ROW(table, "negotiation", "");
  prints(table, 80,
         "stage        wins\n"
         "-----------  ----\n"
         "\xc3\xbc"
         "ber           12\n"
         "\n"
         "negotiation\n");
  fsim_text_table_free(table);
}

static void cuts_the_first_column_to_the_width(void **state) {
  (void)state;
  fsim_text_table *table = fsim_text_table_new("lr");
  ROW(table, "a very long name", "12345");
  ROW(table, "short", "1");
  prints(table, 17,
         "a very lo\xe2\x80\xa6  12345\n"
         "----------  -----\n"
         "short           1\n");
  prints(table, 5,
         "a very \xe2\x80\xa6  12345\n"
         "--------  -----\n"
         "short         1\n");
  fsim_text_table_free(table);
}

static void counts_columns_of_utf8(void **state) {
  (void)state;
  assert_int_equal(fsim_text_columns("\xe2\x82\xac 5"), 3);
  assert_int_equal(fsim_text_columns(""), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(shows_place_line_and_caret),
      TEST(counts_characters_not_bytes_before_the_caret),
      TEST(moves_a_long_line_under_the_caret),
      TEST(wraps_long_messages_at_words),
      TEST(wraps_a_long_first_word),
      TEST(goes_on_where_it_stopped),
      TEST(colours_only_a_terminal_that_wants_them),
      TEST(tells_rate_and_time_left),
      TEST(is_silent_where_there_is_no_terminal),
      TEST(aligns_columns),
      TEST(cuts_the_first_column_to_the_width),
      TEST(counts_columns_of_utf8),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
