/* What `fit` and `backtest` share: the files of an export and how to read them. */
#ifndef FSIM_CLI_EXPORT_OPTIONS_H
#define FSIM_CLI_EXPORT_OPTIONS_H

#include "analysis/fit/estimate.h"
#include "analysis/fit/read_log.h"
#include "cli/option.h"

#define FSIM_EXPORT_OPTIONS                                                                   \
  {"mapping", 'm', "FILE", "what the columns mean, as YAML (default: guessed)"},              \
      {"date-format", 0, "ORDER", "y-m-d, d/m/y or m/d/y, where the dates do not settle it"}, \
      {"end", 0, "DATE",                                                                      \
       "the day of the export: nothing from that day on is known (default: the "              \
       "last date in it)"},                                                                   \
      {"recent", 0, "SPAN",                                                                   \
       "fit what was observed in this last span, such as 12 w (default: 12 w, of orders "     \
       "all; all: everything)"},                                                              \
      {"waits", 0, "KIND",                                                                    \
       "laws: by laws where they fit, else by rates as seen; rates: always as seen "          \
       "(default: laws for fit and of orders, rates for backtest)"},                          \
  {                                                                                           \
    "segments", 0, "WHICH",                                                                   \
        "differ: tell values of attributes apart where they differ; none: never "             \
        "(default: differ for fit, none for backtest)"                                        \
  }

/* Reads the export that the operands name. */
int fsim_read_export(const fsim_arguments *arguments, const char *command, fsim_report *report,
                     fsim_log **log);
/* Prints the mapping that the operands themselves suggest. */
int fsim_show_guess(const fsim_arguments *arguments, fsim_report *report);
/* --recent in weeks; 0: all. */
int fsim_option_recent(const fsim_arguments *arguments, fsim_report *report, int *weeks);
/* Orders come years after each other: unless the options say otherwise, all of the log is fitted,
 * and by laws, which go on where the log ends. */
void fsim_set_for_orders(const fsim_log *log, const fsim_arguments *arguments, int *recent_weeks,
                         bool *laws);
/* --waits: whether laws are wanted; *laws stays when it is not given. */
int fsim_option_laws(const fsim_arguments *arguments, fsim_report *report, bool *laws);
/* An option that is one of two words; *yes: the first; it stays when the option is not given. */
int fsim_option_either(const fsim_arguments *arguments, const char *option, const char *first,
                       const char *second, fsim_report *report, bool *yes);
/* --segments: whether values of attributes are told apart; *segments stays when it is not given. */
int fsim_option_segments(const fsim_arguments *arguments, fsim_report *report, bool *segments);
/* A date as seconds since 1970-01-01, for an option. */
int fsim_option_date(const char *option, const char *given, fsim_report *report, int64_t *time);
/* "12 w" in whole weeks, at least one. */
int fsim_option_weeks(const fsim_arguments *arguments, const char *option, fsim_report *report,
                      int *weeks);
/* The funnel of that name; NULL: FSIM_ALL_FUNNELS. */
int fsim_find_log_funnel(const fsim_log *log, const char *name, fsim_report *report,
                         size_t *funnels);
/* Tells on `out` what was read and what was wrong with it. */
int fsim_show_findings(FILE *out, const fsim_log *log, fsim_report *report);

#endif
