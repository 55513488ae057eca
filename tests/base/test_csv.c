/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */

#include "sim/base/csv.h"

#define BYTES(text) (text), sizeof(text) - 1

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

static fsim_csv *opened(const char *text, size_t length) {
  fsim_csv *csv = NULL;
  assert_int_equal(fsim_csv_open("leads.csv", text, length, report, &csv), FSIM_OK);
  return csv;
}

/* Opening fails with a message that has `words`, at this place. */
static void refused(const char *text, size_t length, int line, int column, const char *words) {
  fsim_csv *csv = NULL;
  assert_int_equal(fsim_csv_open("leads.csv", text, length, report, &csv), FSIM_BAD_INPUT);
  assert_null(csv);
  const fsim_message *message = fsim_report_message(report, 0);
  assert_non_null(strstr(message->text, words));
  assert_string_equal(message->file, "leads.csv");
  assert_int_equal(message->line, line);
  assert_int_equal(message->column, column);
}

static void next_is(fsim_csv *csv, const char *first, const char *second) {
  assert_int_equal(fsim_csv_next(csv, report), 1);
  assert_string_equal(fsim_csv_field(csv, 0), first);
  assert_string_equal(fsim_csv_field(csv, 1), second);
}

static void reads_rows(void **state) {
  (void)state;
  fsim_csv *csv = opened(BYTES("created,segment\n2026-01-05,smb\n\n2026-01-06, enterprise \n"));
  assert_int_equal(fsim_csv_columns(csv), 2);
  assert_string_equal(fsim_csv_header(csv, 1), "segment");
  next_is(csv, "2026-01-05", "smb");
  assert_int_equal(fsim_csv_place(csv, 1).line, 2);
  assert_int_equal(fsim_csv_place(csv, 1).column, 12);
  next_is(csv, "2026-01-06", "enterprise");
  assert_int_equal(fsim_csv_place(csv, 0).line, 4);
  assert_int_equal(fsim_csv_next(csv, report), 0);
  assert_int_equal(fsim_csv_next(csv, report), 0);
  fsim_csv_close(csv);
}

static void takes_any_delimiter_line_end_and_byte_order_mark(void **state) {
  (void)state;
  static const char *const texts[] = {"a,b\n1,2\n",
                                      "a;b\n1;2\n",
                                      "a\tb\n1\t2\n",
                                      "a|b\n1|2",
                                      "a,b\r\n1,2\r\n",
                                      "\xef\xbb\xbf"
                                      "a;b\r\n1;2",
                                      "\"a,x\";b\n1;2\n",
                                      "\r\n\r\na,b\n1,2\r"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    fsim_csv *csv = opened(texts[i], strlen(texts[i]));
    assert_int_equal(fsim_csv_columns(csv), 2);
    assert_string_equal(fsim_csv_header(csv, 1), "b");
    next_is(csv, "1", "2");
    assert_int_equal(fsim_csv_next(csv, report), 0);
    fsim_csv_close(csv);
  }
}

static void unquotes_fields(void **state) {
  (void)state;
  fsim_csv *csv = opened(BYTES("a,b\n\"x,y\",\"say \"\"hi\"\"\"\n\"two\nlines\",\" z \"\n,\"\"\n"));
  next_is(csv, "x,y", "say \"hi\"");
  next_is(csv, "two\nlines", " z ");
  assert_int_equal(fsim_csv_place(csv, 0).line, 3);
  next_is(csv, "", "");
  assert_int_equal(fsim_csv_place(csv, 0).line, 5);
  fsim_csv_close(csv);
}

static void keeps_umlauts_and_a_quote_inside_a_word(void **state) {
  (void)state;
  fsim_csv *csv =
      opened(BYTES("stra\xc3\x9f"
                   "e;\xe2\x82\xac\n5\" pipe;\xf0\x9f\x98\x80\n"));
  assert_string_equal(fsim_csv_header(csv, 0),
                      "stra\xc3\x9f"
                      "e");
  next_is(csv, "5\" pipe", "\xf0\x9f\x98\x80");
  fsim_csv_close(csv);
}

static void reports_broken_rows_and_reads_on(void **state) {
  (void)state;
  fsim_csv *csv = opened(BYTES("a,b\n1\n1,2,3\n\"x\" y,2\n5,6\n\"open,2\n7,8\n"));
  assert_int_equal(fsim_csv_next(csv, report), -1);
  assert_int_equal(fsim_csv_next(csv, report), -1);
  assert_int_equal(fsim_csv_next(csv, report), -1);
  next_is(csv, "5", "6");
  assert_int_equal(fsim_csv_next(csv, report), -1);
  next_is(csv, "7", "8");
  assert_int_equal(fsim_csv_place(csv, 0).line, 7);
  assert_int_equal(fsim_csv_next(csv, report), 0);
  static const struct {
    int line;
    const char *words;
  } told[] = {{2, "1 fields where the header has 2"},
              {3, "3 fields where the header has 2"},
              {4, "text follows the closing quote"},
              {6, "never closed"}};
  for (size_t i = 0; i < 4; i++) {
    const fsim_message *message = fsim_report_message(report, i);
    assert_int_equal(message->line, told[i].line);
    assert_non_null(strstr(message->text, told[i].words));
    assert_int_equal(message->status, FSIM_BAD_INPUT);
  }
  assert_string_equal(fsim_report_message(report, 3)->source, "\"open,2");
  assert_null(fsim_report_message(report, 4));
  fsim_csv_close(csv);
}

static void refuses_an_empty_text(void **state) {
  (void)state;
  refused(BYTES(""), 0, 0, "empty");
}

static void refuses_a_mark_and_blank_lines_alone(void **state) {
  (void)state;
  refused(BYTES("\xef\xbb\xbf\r\n  \n"), 0, 0, "empty");
}

static void refuses_nul_bytes(void **state) {
  (void)state;
  refused(BYTES("a,b\n1,\0\n"), 2, 3, "NUL");
}

static void refuses_utf16(void **state) {
  (void)state;
  refused(BYTES("\xff\xfe"
                "a\0,\0b\0"),
          1, 1, "UTF-16");
}

static void refuses_latin1(void **state) {
  (void)state;
  refused(BYTES("a,b\nM\xfcller,2\n"), 2, 2, "0xfc is not valid UTF-8");
}

static void refuses_every_kind_of_invalid_utf8(void **state) {
  (void)state;
  static const char *const texts[] = {"\xc0\x80",
                                      "\xe0\x80\x80",
                                      "\xed\xa0\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xf0\x80\x80\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xe2\x82",
                                      "\x80",
                                      "\xc3("};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    fsim_csv *csv = NULL;
    assert_int_equal(fsim_csv_open("x", texts[i], strlen(texts[i]), report, &csv), FSIM_BAD_INPUT);
  }
}

static void refuses_an_open_quote_in_the_header(void **state) {
  (void)state;
  refused(BYTES("a,\"b\n1,2\n"), 1, 3, "never closed");
}

static void refuses_fields_without_end(void **state) {
  (void)state;
  size_t length = 300000;
  char *text = malloc(length);
  memset(text, 'x', length);
  memcpy(text, "a,b\n", 4);
  text[length - 4] = '\n';
  memcpy(text + length - 3, "1,2", 3);
  fsim_csv *csv = opened(text, length);
  assert_int_equal(fsim_csv_next(csv, report), -1);
  assert_non_null(strstr(fsim_report_message(report, 0)->text, "longer than"));
  next_is(csv, "1", "2");
  fsim_csv_close(csv);
  free(text);
}

static void finds_columns_exactly_then_ignoring_case(void **state) {
  (void)state;
  fsim_csv *csv = opened(BYTES("Created,created,Amount\n"));
  size_t column = 9;
  assert_int_equal(fsim_csv_find(csv, "created", FSIM_NOWHERE, report, &column), FSIM_OK);
  assert_int_equal(column, 1);
  assert_int_equal(fsim_csv_find(csv, "amount", FSIM_NOWHERE, report, &column), FSIM_OK);
  assert_int_equal(column, 2);
  fsim_csv_close(csv);
}

static void names_the_nearest_column(void **state) {
  (void)state;
  fsim_csv *csv = opened(BYTES("created,segment,segment\n"));
  size_t column = 9;
  fsim_place asked = {"scenario.yaml", 12, 7};
  assert_int_equal(fsim_csv_find(csv, "craeted", asked, report, &column), FSIM_BAD_INPUT);
  assert_int_equal(fsim_csv_find(csv, "zzz", asked, report, &column), FSIM_BAD_INPUT);
  assert_int_equal(fsim_csv_find(csv, "segment", asked, report, &column), FSIM_BAD_INPUT);
  assert_int_equal(column, 9);
  const fsim_message *message = fsim_report_message(report, 0);
  assert_non_null(strstr(message->text, "did you mean \"created\""));
  assert_string_equal(message->file, "scenario.yaml");
  assert_int_equal(message->line, 12);
  assert_non_null(strstr(fsim_report_message(report, 1)->text, "its columns are created, segment"));
  assert_non_null(strstr(fsim_report_message(report, 2)->text, "two columns"));
  fsim_csv_close(csv);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(reads_rows),
      TEST(takes_any_delimiter_line_end_and_byte_order_mark),
      TEST(unquotes_fields),
      TEST(keeps_umlauts_and_a_quote_inside_a_word),
      TEST(reports_broken_rows_and_reads_on),
      TEST(refuses_an_empty_text),
      TEST(refuses_a_mark_and_blank_lines_alone),
      TEST(refuses_nul_bytes),
      TEST(refuses_utf16),
      TEST(refuses_latin1),
      TEST(refuses_every_kind_of_invalid_utf8),
      TEST(refuses_an_open_quote_in_the_header),
      TEST(refuses_fields_without_end),
      TEST(finds_columns_exactly_then_ignoring_case),
      TEST(names_the_nearest_column),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
