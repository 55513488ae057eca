/* The program: finds the subcommand and runs it. */
#include <gsl/gsl_errno.h>
#include <hdf5.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>

#include "cli/command.h"
#include "cli/pool.h"
#include "cli/terminal.h"
#include "sim/base/text.h"

static const fsim_command *const commands[] = {
    &fsim_check_command,    &fsim_run_command,    &fsim_summary_command, &fsim_sensitivity_command,
    &fsim_compare_command,  &fsim_export_command, &fsim_fit_command,     &fsim_plan_command,
    &fsim_backtest_command, &fsim_batch_command,  &fsim_trace_command,
};
#define N_COMMANDS (sizeof commands / sizeof *commands)

static void print_overview(FILE *out) {
  fputs("usage: funnelsim COMMAND [options] FILE\n\n", out);
  fsim_show_text(out,
                 "Simulates marketing and sales funnels across segments: throughput, revenue, "
                 "cycle times and bottlenecks, with intervals, before a change is rolled out.",
                 0);
  fputs("\ncommands:\n", out);
  for (size_t i = 0; i < N_COMMANDS; i++)
    fsim_show_entry(out, commands[i]->name, 14, commands[i]->help);
  fputs("\noptions:\n", out);
  fsim_show_entry(out, "--help", 14, "print this help; funnelsim COMMAND --help tells more");
  fsim_show_entry(out, "--version", 14, "print the version");
  fputs("\nexample:\n  funnelsim run scenarios/five-funnels.yaml\n", out);
}

static int unknown_command(const char *word) {
  const char *names[N_COMMANDS];
  for (size_t i = 0; i < N_COMMANDS; i++) names[i] = commands[i]->name;
  const char *nearest = fsim_nearest_name(word, names, N_COMMANDS);
  fsim_report *report = fsim_report_new();
  const char *kind = word[0] == '-' ? "option" : "command";
  int status;
  if (nearest)
    status = fsim_bad_input(report, FSIM_NOWHERE, "unknown %s %s; did you mean %s?", kind, word,
                            nearest);
  else
    status =
        fsim_bad_input(report, FSIM_NOWHERE, "unknown %s %s; see funnelsim --help", kind, word);
  return fsim_close_report(report, status);
}

/* Results that did not reach their file or pipe must not look like success. */
static int flushed(int status) {
  if (fflush(stdout) == 0 && !ferror(stdout)) return status;
  fsim_report *report = fsim_report_new();
  int failed = fsim_failure(report, FSIM_NOWHERE, "the output could not be written");
  return fsim_close_report(report, status == FSIM_OK ? failed : status);
}

static int dispatch(int argc, char **argv) {
  const char *word = argv[1];
  if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
    print_overview(stdout);
    return FSIM_OK;
  }
  if (strcmp(word, "--version") == 0) {
    puts("funnelsim " FSIM_VERSION);
    return FSIM_OK;
  }
  for (size_t i = 0; i < N_COMMANDS; i++)
    if (strcmp(word, commands[i]->name) == 0) return commands[i]->run(argc - 1, argv + 1);
  return unknown_command(word);
}

int main(int argc, char **argv) {
  /* Column buffers pass from thread to thread. A fixed threshold gives each its own mapping, which
   * goes back to the system when freed; glibc's moving one lets them splinter the heaps, and memory
   * then grows with the rows stored. */
  mallopt(M_MMAP_THRESHOLD, 32 * 1024);
  /* A file that may not grow is an error to be told, not the end. */
  signal(SIGXFSZ, SIG_IGN);
  fsim_pool_follow();
  /* Both libraries would print, and GSL abort, on errors that we report ourselves. */
  gsl_set_error_handler_off();
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  if (argc < 2) {
    print_overview(stderr);
    return FSIM_BAD_INPUT;
  }
  return flushed(dispatch(argc, argv));
}
