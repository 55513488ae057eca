/* A subcommand of the program: one constant that describes itself and one function.
 *
 * Adding one means one file and one line in the table of main.c. */
#ifndef FSIM_CLI_COMMAND_H
#define FSIM_CLI_COMMAND_H

#include <stddef.h>

#include "cli/option.h"

typedef struct fsim_command {
  const char *name;     /* "run" */
  const char *help;     /* one line, for the list of subcommands */
  const char *operands; /* "SCENARIO", behind the options in the usage line; "" when none */
  const fsim_option *options;
  size_t n_options;
  const char *about;   /* a paragraph or two for `funnelsim NAME --help`; NULL: none */
  const char *example; /* whole command lines, one on each line */
  /* argv[0] is the subcommand's name; returns the exit status (an fsim_status). */
  int (*run)(int argc, char **argv);
} fsim_command;

extern const fsim_command fsim_backtest_command;
extern const fsim_command fsim_batch_command;
extern const fsim_command fsim_check_command;
extern const fsim_command fsim_compare_command;
extern const fsim_command fsim_export_command;
extern const fsim_command fsim_fit_command;
extern const fsim_command fsim_plan_command;
extern const fsim_command fsim_run_command;
extern const fsim_command fsim_sensitivity_command;
extern const fsim_command fsim_summary_command;
extern const fsim_command fsim_trace_command;

#endif
