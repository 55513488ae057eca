/* What `funnelsim summary` and the end of `funnelsim run` print. */
#ifndef FSIM_CLI_SUMMARY_H
#define FSIM_CLI_SUMMARY_H

#include <stdio.h>

#include "sim/base/report.h"

/* The table of a result file for a planner, on 80 columns. */
int fsim_summary_print(const char *path, FILE *out, fsim_report *report);

#endif
