/* Command line options from a table: the same entries are parsed and printed by --help, so that the
 * two cannot disagree.
 *
 *   static const fsim_option options[] = {
 *       {"output", 'o', "FILE", "write the results to FILE"},
 *       {"quiet", 'q', NULL, "no progress, only results"},
 *   };
 *   fsim_arguments arguments;
 *   int status = fsim_parse_options(&fsim_run_command, argc, argv, report, &arguments);
 *   if (status == FSIM_OK && !arguments.help) {
 *     const char *output = fsim_option_value(&arguments, "output");  // NULL: not given
 *     ...
 *   }
 *   fsim_arguments_free(&arguments);
 */
#ifndef FSIM_CLI_OPTION_H
#define FSIM_CLI_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/base/report.h"

struct fsim_command;

typedef struct fsim_option {
  const char *name;  /* long name without the dashes */
  char letter;       /* short name, or 0 */
  const char *value; /* what the value is called in the help, or NULL: the option takes none */
  const char *help;
} fsim_option;

typedef struct fsim_given_option {
  const fsim_option *option;
  const char *value; /* "" when the option takes none */
} fsim_given_option;

/* What stood on the command line; texts belong to argv. */
typedef struct fsim_arguments {
  fsim_given_option *given; /* in the order given */
  size_t n_given;
  const char **operands; /* what is no option: file names */
  size_t n_operands;
  bool help; /* --help or -h: the caller prints nothing, the help is already on stdout */
} fsim_arguments;

/* Parses argv[1 …] by the command's table; options and operands may be mixed, "--" ends the
 * options. Every command has --help, which prints the command's help on stdout. An unknown option
 * is FSIM_BAD_INPUT with the nearest name. Free the arguments in every case. */
int fsim_parse_options(const struct fsim_command *command, int argc, char **argv,
                       fsim_report *report, fsim_arguments *arguments);
void fsim_arguments_free(fsim_arguments *arguments);

bool fsim_option_given(const fsim_arguments *arguments, const char *name);
/* Value of the last occurrence, NULL when there is none. */
const char *fsim_option_value(const fsim_arguments *arguments, const char *name);
/* All values of an option that may be repeated (--set); the caller frees the array, not the texts.
 * FSIM_OK with *n == 0 and NULL when there is none. */
int fsim_option_values(const fsim_arguments *arguments, const char *name, fsim_report *report,
                       const char ***values, size_t *n);
/* A whole number in [least, most]; *number stays as it is when the option is not given. */
int fsim_option_count(const fsim_arguments *arguments, const char *name, uint64_t least,
                      uint64_t most, fsim_report *report, uint64_t *number);
/* --confidence as a share of at least 0.5 and below 1; *share stays when it is not given. */
int fsim_option_confidence(const fsim_arguments *arguments, fsim_report *report, double *share);
/* Exactly one operand, called `what` ("a scenario file") in the message. */
int fsim_one_operand(const struct fsim_command *command, const fsim_arguments *arguments,
                     const char *what, fsim_report *report, const char **operand);

/* `funnelsim NAME --help`. */
void fsim_print_help(const struct fsim_command *command, FILE *out);

#endif
