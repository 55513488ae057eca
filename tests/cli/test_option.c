/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */

#include "cli/command.h"

static const fsim_option options[] = {
    {"output", 'o', "FILE", "write to FILE"},
    {"set", 's', "PATH=VALUE", "change a number"},
    {"seed", 0, "N", "another seed"},
    {"quiet", 'q', NULL,
     "say less; this help is long enough that it has to be wrapped on a screen"},
};

static const fsim_command command = {.name = "run",
                                     .help = "simulate",
                                     .operands = "SCENARIO",
                                     .options = options,
                                     .n_options = 4,
                                     .about = "About it.",
                                     .example = "funnelsim run a.yaml\nfunnelsim run b.yaml"};

static fsim_report *report;
static fsim_arguments arguments;

static int begin(void **state) {
  (void)state;
  report = fsim_report_new();
  return report ? 0 : -1;
}

static int end(void **state) {
  (void)state;
  fsim_arguments_free(&arguments);
  fsim_report_free(report);
  return 0;
}

/* Parses "run WORD WORD …" (words end with NULL). */
static int parse(const char *const *words) {
  static char text[16][64];
  char *argv[18] = {text[0]};
  int argc = 1;
  strcpy(text[0], "run");
  for (; words[argc - 1]; argc++) {
    strcpy(text[argc], words[argc - 1]);
    argv[argc] = text[argc];
  }
  return fsim_parse_options(&command, argc, argv, report, &arguments);
}

#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})

static void refused(int status, const char *words) {
  assert_int_equal(status, FSIM_BAD_INPUT);
  if (!strstr(fsim_report_message(report, 0)->text, words))
    fail_msg("\"%s\" lacks \"%s\"", fsim_report_message(report, 0)->text, words);
}

static void mixes_options_and_operands(void **state) {
  (void)state;
  assert_int_equal(PARSE("a.yaml", "-qo", "x.h5", "--seed=7", "b.yaml"), FSIM_OK);
  assert_int_equal(arguments.n_operands, 2);
  assert_string_equal(arguments.operands[0], "a.yaml");
  assert_string_equal(arguments.operands[1], "b.yaml");
  assert_true(fsim_option_given(&arguments, "quiet"));
  assert_string_equal(fsim_option_value(&arguments, "output"), "x.h5");
  assert_string_equal(fsim_option_value(&arguments, "seed"), "7");
  assert_null(fsim_option_value(&arguments, "set"));
  assert_false(arguments.help);
}

static void takes_what_follows_two_dashes_as_operands(void **state) {
  (void)state;
  assert_int_equal(PARSE("--", "--seed", "-q"), FSIM_OK);
  assert_int_equal(arguments.n_operands, 2);
  assert_int_equal(arguments.n_given, 0);
}

static void takes_unique_beginnings_of_names(void **state) {
  (void)state;
  assert_int_equal(PARSE("--out", "x", "--qu"), FSIM_OK);
  assert_string_equal(fsim_option_value(&arguments, "output"), "x");
  assert_true(fsim_option_given(&arguments, "quiet"));
}

static void keeps_all_values_and_the_last(void **state) {
  (void)state;
  assert_int_equal(PARSE("-s", "a=1", "--set", "b=2", "-o", "x", "-o", "y"), FSIM_OK);
  assert_string_equal(fsim_option_value(&arguments, "output"), "y");
  const char **values;
  size_t n;
  assert_int_equal(fsim_option_values(&arguments, "set", report, &values, &n), FSIM_OK);
  assert_int_equal(n, 2);
  assert_string_equal(values[0], "a=1");
  assert_string_equal(values[1], "b=2");
  free(values);
  assert_int_equal(fsim_option_values(&arguments, "seed", report, &values, &n), FSIM_OK);
  assert_int_equal(n, 0);
  assert_null(values);
}

static void names_the_nearest_option(void **state) {
  (void)state;
  refused(PARSE("--ouptut", "x"), "unknown option --ouptut; did you mean --output?");
}

static void names_the_help_when_nothing_is_near(void **state) {
  (void)state;
  refused(PARSE("--frobnicate=3"), "unknown option --frobnicate; see funnelsim run --help");
}

static void refuses_unknown_letters(void **state) {
  (void)state;
  refused(PARSE("-qz"), "unknown option -z");
}

static void refuses_a_missing_value(void **state) {
  (void)state;
  refused(PARSE("a.yaml", "--seed"), "option --seed needs a value: --seed N");
}

static void refuses_a_missing_value_of_a_letter(void **state) {
  (void)state;
  refused(PARSE("a.yaml", "-o"), "option --output needs a value");
}

static void refuses_a_value_too_many(void **state) {
  (void)state;
  refused(PARSE("--quiet=yes"), "--quiet=yes takes no value");
}

static void tells_all_mistakes_at_once(void **state) {
  (void)state;
  assert_int_equal(PARSE("--sed", "--quite", "-x"), FSIM_BAD_INPUT);
  assert_int_equal(fsim_report_count(report, FSIM_ERROR), 3);
}

static void reads_whole_numbers_within_limits(void **state) {
  (void)state;
  uint64_t number = 5;
  assert_int_equal(PARSE("--seed", "18446744073709551615"), FSIM_OK);
  assert_int_equal(fsim_option_count(&arguments, "seed", 0, UINT64_MAX, report, &number), FSIM_OK);
  assert_true(number == UINT64_MAX);
  assert_int_equal(fsim_option_count(&arguments, "set", 1, 2, report, &number), FSIM_OK);
  assert_true(number == UINT64_MAX);
  assert_int_equal(fsim_option_count(&arguments, "seed", 1, 100, report, &number), FSIM_BAD_INPUT);
  assert_non_null(strstr(fsim_report_message(report, 0)->text, "from 1 to 100"));
}

static void refuses_what_is_no_whole_number(void **state) {
  (void)state;
  static const char *const bad[] = {"-1", "1.5", "", "ten", "0x10", "18446744073709551616", "1 "};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    uint64_t number = 5;
    assert_int_equal(PARSE("--seed", bad[i]), FSIM_OK);
    assert_int_equal(fsim_option_count(&arguments, "seed", 0, UINT64_MAX, report, &number),
                     FSIM_BAD_INPUT);
    assert_int_equal(number, 5);
    fsim_arguments_free(&arguments);
  }
}

static void asks_for_exactly_one_operand(void **state) {
  (void)state;
  const char *operand = NULL;
  assert_int_equal(PARSE("a.yaml"), FSIM_OK);
  assert_int_equal(fsim_one_operand(&command, &arguments, "a scenario file", report, &operand),
                   FSIM_OK);
  assert_string_equal(operand, "a.yaml");
  fsim_arguments_free(&arguments);
  assert_int_equal(PARSE("-q"), FSIM_OK);
  refused(fsim_one_operand(&command, &arguments, "a scenario file", report, &operand),
          "name a scenario file: funnelsim run SCENARIO");
  fsim_arguments_free(&arguments);
  assert_int_equal(PARSE("a", "b"), FSIM_OK);
  assert_int_equal(fsim_one_operand(&command, &arguments, "a file", report, &operand),
                   FSIM_BAD_INPUT);
}

static void prints_every_option_in_the_help(void **state) {
  (void)state;
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  fsim_print_help(&command, out);
  fclose(out);
  assert_string_equal(text,
                      "usage: funnelsim run [options] SCENARIO\n"
                      "\n"
                      "simulate\n"
                      "\n"
                      "About it.\n"
                      "\n"
                      "options:\n"
                      "  -o, --output FILE         write to FILE\n"
                      "  -s, --set PATH=VALUE      change a number\n"
                      "      --seed N              another seed\n"
                      "  -q, --quiet               say less; this help is long enough that it has "
                      "to be\n"
                      "                            wrapped on a screen\n"
                      "  -h, --help                print this help\n"
                      "\n"
                      "example:\n"
                      "  funnelsim run a.yaml\n"
                      "  funnelsim run b.yaml\n");
  free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(mixes_options_and_operands),
      TEST(takes_what_follows_two_dashes_as_operands),
      TEST(takes_unique_beginnings_of_names),
      TEST(keeps_all_values_and_the_last),
      TEST(names_the_nearest_option),
      TEST(names_the_help_when_nothing_is_near),
      TEST(refuses_unknown_letters),
      TEST(refuses_a_missing_value),
      TEST(refuses_a_missing_value_of_a_letter),
      TEST(refuses_a_value_too_many),
      TEST(tells_all_mistakes_at_once),
      TEST(reads_whole_numbers_within_limits),
      TEST(refuses_what_is_no_whole_number),
      TEST(asks_for_exactly_one_operand),
      TEST(prints_every_option_in_the_help),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
