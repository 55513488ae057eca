#include "cli/option.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/terminal.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

/* getopt's values for long options: their place in the table, beyond every letter. */
#define FIRST_LONG 1000
#define HELP_LONG 999

static const fsim_option help_option = {"help", 'h', NULL, "print this help"};

/* ---- getopt's own tables, made from ours ---- */

typedef struct getopt_tables {
  struct option *longs;
  char *letters;
} getopt_tables;

static int make_tables(const fsim_command *command, getopt_tables *tables) {
  size_t n = command->n_options;
  tables->longs = fsim_zeroed(n + 2, sizeof *tables->longs);
  tables->letters = fsim_zeroed(2 * n + 4, 1);
  if (!tables->longs || !tables->letters) return -1;
  char *letter = tables->letters;
  *letter++ = ':'; /* tell a missing value from an unknown option, and print nothing */
  *letter++ = 'h';
  for (size_t i = 0; i < n; i++) {
    const fsim_option *option = &command->options[i];
    tables->longs[i] = (struct option){
        option->name, option->value ? required_argument : no_argument, NULL, FIRST_LONG + (int)i};
    if (!option->letter) continue;
    *letter++ = option->letter;
    if (option->value) *letter++ = ':';
  }
  tables->longs[n] = (struct option){"help", no_argument, NULL, HELP_LONG};
  return 0;
}

static void free_tables(getopt_tables *tables) {
  free(tables->longs);
  free(tables->letters);
}

static const fsim_option *option_of(const fsim_command *command, int code) {
  if (code >= FIRST_LONG) return &command->options[code - FIRST_LONG];
  for (size_t i = 0; i < command->n_options; i++)
    if (command->options[i].letter && command->options[i].letter == code)
      return &command->options[i];
  return NULL;
}

/* ---- mistakes ---- */

static int unknown_option(const fsim_command *command, const char *word, fsim_report *report) {
  if (word[0] != '-' || word[1] != '-')
    return fsim_bad_input(report, FSIM_NOWHERE, "unknown option %s; see funnelsim %s --help", word,
                          command->name);
  const char *const *known = NULL;
  const char **names = fsim_zeroed(command->n_options + 1, sizeof *names);
  if (!names) return fsim_no_memory(report);
  for (size_t i = 0; i < command->n_options; i++) names[i] = command->options[i].name;
  names[command->n_options] = help_option.name;
  known = names;
  char *wrong = fsim_copy_text(word + 2, strcspn(word + 2, "="));
  const char *nearest = wrong ? fsim_nearest_name(wrong, known, command->n_options + 1) : NULL;
  int status;
  if (!wrong)
    status = fsim_no_memory(report);
  else if (nearest)
    status = fsim_bad_input(report, FSIM_NOWHERE, "unknown option --%s; did you mean --%s?", wrong,
                            nearest);
  else
    status = fsim_bad_input(report, FSIM_NOWHERE, "unknown option --%s; see funnelsim %s --help",
                            wrong, command->name);
  free(wrong);
  free(names);
  return status;
}

/* getopt stopped at `word`: why. `code` is its optopt. */
static int bad_option(const fsim_command *command, const char *word, int code,
                      fsim_report *report) {
  if (code == HELP_LONG || (code >= FIRST_LONG && option_of(command, code)))
    return fsim_bad_input(report, FSIM_NOWHERE, "option %s takes no value", word);
  if (code > 0 && code < HELP_LONG) {
    char letter[3] = {'-', (char)code, '\0'};
    return unknown_option(command, letter, report);
  }
  return unknown_option(command, word, report);
}

static int missing_value(const fsim_command *command, int code, fsim_report *report) {
  const fsim_option *option = option_of(command, code);
  if (!option) return fsim_bad_input(report, FSIM_NOWHERE, "an option lacks its value");
  return fsim_bad_input(report, FSIM_NOWHERE, "option --%s needs a value: --%s %s", option->name,
                        option->name, option->value);
}

/* ---- parsing ---- */

static int parse(const fsim_command *command, const getopt_tables *tables, int argc, char **argv,
                 fsim_report *report, fsim_arguments *arguments) {
  int status = FSIM_OK;
  optind = 0; /* glibc: forget what an earlier call left */
  for (;;) {
    int at = optind > 0 ? optind : 1;
    int code = getopt_long(argc, argv, tables->letters, tables->longs, NULL);
    if (code == -1) break;
    if (code == '?') {
      const char *word = argv[optind > at ? optind - 1 : at];
      status = bad_option(command, word, optopt, report);
    } else if (code == ':') {
      status = missing_value(command, optopt, report);
    } else if (code == HELP_LONG || code == 'h') {
      arguments->help = true;
    } else {
      const fsim_option *option = option_of(command, code);
      arguments->given[arguments->n_given++] =
          (fsim_given_option){option, option->value ? optarg : ""};
    }
  }
  for (int i = optind; i < argc; i++) arguments->operands[arguments->n_operands++] = argv[i];
  return status == FSIM_OK ? FSIM_OK : fsim_report_status(report);
}

int fsim_parse_options(const fsim_command *command, int argc, char **argv, fsim_report *report,
                       fsim_arguments *arguments) {
  *arguments = (fsim_arguments){0};
  size_t words = argc > 0 ? (size_t)argc : 0;
  /* Each word holds at most so many one-letter options. */
  size_t most = 1;
  for (size_t i = 1; i < words; i++) most += strlen(argv[i]) + 1;
  arguments->given = fsim_zeroed(most, sizeof *arguments->given);
  arguments->operands = fsim_zeroed(words + 1, sizeof *arguments->operands);
  getopt_tables tables = {0};
  int status;
  if (!arguments->given || !arguments->operands || make_tables(command, &tables) != 0)
    status = fsim_no_memory(report);
  else
    status = parse(command, &tables, argc, argv, report, arguments);
  free_tables(&tables);
  if (status == FSIM_OK && arguments->help) fsim_print_help(command, stdout);
  return status;
}

void fsim_arguments_free(fsim_arguments *arguments) {
  free(arguments->given);
  free(arguments->operands);
  *arguments = (fsim_arguments){0};
}

/* ---- what was given ---- */

bool fsim_option_given(const fsim_arguments *arguments, const char *name) {
  return fsim_option_value(arguments, name) != NULL;
}

const char *fsim_option_value(const fsim_arguments *arguments, const char *name) {
  for (size_t i = arguments->n_given; i > 0; i--)
    if (strcmp(arguments->given[i - 1].option->name, name) == 0)
      return arguments->given[i - 1].value;
  return NULL;
}

int fsim_option_values(const fsim_arguments *arguments, const char *name, fsim_report *report,
                       const char ***values, size_t *n) {
  *values = NULL;
  *n = 0;
  if (!fsim_option_given(arguments, name)) return FSIM_OK;
  *values = fsim_zeroed(arguments->n_given, sizeof **values);
  if (!*values) return fsim_no_memory(report);
  for (size_t i = 0; i < arguments->n_given; i++)
    if (strcmp(arguments->given[i].option->name, name) == 0)
      (*values)[(*n)++] = arguments->given[i].value;
  return FSIM_OK;
}

/* A whole number in decimal digits: a seed may need all 64 bits, more than a double holds. */
static bool whole_number(const char *text, uint64_t *number) {
  uint64_t value = 0;
  if (!*text) return false;
  for (; *text; text++) {
    if (*text < '0' || *text > '9') return false;
    if (__builtin_mul_overflow(value, (uint64_t)10, &value) ||
        __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
      return false;
  }
  *number = value;
  return true;
}

int fsim_option_count(const fsim_arguments *arguments, const char *name, uint64_t least,
                      uint64_t most, fsim_report *report, uint64_t *number) {
  const char *text = fsim_option_value(arguments, name);
  if (!text) return FSIM_OK;
  uint64_t value;
  if (!whole_number(text, &value) || value < least || value > most)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "--%s %s: expected a whole number from %llu to %llu", name, text,
                          (unsigned long long)least, (unsigned long long)most);
  *number = value;
  return FSIM_OK;
}

int fsim_option_confidence(const fsim_arguments *arguments, fsim_report *report, double *share) {
  const char *given = fsim_option_value(arguments, "confidence");
  if (given == NULL) return FSIM_OK;
  fsim_quantity_fault fault = fsim_parse_share(given, share);
  if (fault == FSIM_QUANTITY_OK && *share >= 0.5 && *share < 1) return FSIM_OK;
  return fsim_bad_input(report, FSIM_NOWHERE,
                        "--confidence %s: needs a share of at least 0.5 and below 1, such as 0.95 "
                        "or 95 %%",
                        given);
}

int fsim_one_operand(const fsim_command *command, const fsim_arguments *arguments, const char *what,
                     fsim_report *report, const char **operand) {
  if (arguments->n_operands == 1) {
    *operand = arguments->operands[0];
    return FSIM_OK;
  }
  if (arguments->n_operands == 0)
    return fsim_bad_input(report, FSIM_NOWHERE, "name %s: funnelsim %s %s", what, command->name,
                          command->operands);
  return fsim_bad_input(report, FSIM_NOWHERE, "name %s, not %zu files: \"%s\" is one too many",
                        what, arguments->n_operands, arguments->operands[1]);
}

/* ---- help ---- */

static void print_option(const fsim_option *option, FILE *out) {
  char left[64];
  if (option->letter)
    snprintf(left, sizeof left, "-%c, --%s%s%s", option->letter, option->name,
             option->value ? " " : "", option->value ? option->value : "");
  else
    snprintf(left, sizeof left, "    --%s%s%s", option->name, option->value ? " " : "",
             option->value ? option->value : "");
  fsim_show_entry(out, left, 28, option->help);
}

void fsim_print_help(const fsim_command *command, FILE *out) {
  fprintf(out, "usage: funnelsim %s [options]%s%s\n\n", command->name,
          command->operands[0] ? " " : "", command->operands);
  fsim_show_text(out, command->help, 0);
  if (command->about) {
    fputc('\n', out);
    fsim_show_text(out, command->about, 0);
  }
  fputs("\noptions:\n", out);
  for (size_t i = 0; i < command->n_options; i++) print_option(&command->options[i], out);
  print_option(&help_option, out);
  fputs("\nexample:\n", out);
  for (const char *at = command->example; *at;) {
    size_t length = strcspn(at, "\n");
    fprintf(out, "  %.*s\n", (int)length, at);
    at += length + (at[length] == '\n');
  }
}
