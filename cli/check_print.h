/* What `check` prints of an inspection: text, JSON, a graph. */
#ifndef FSIM_CLI_CHECK_PRINT_H
#define FSIM_CLI_CHECK_PRINT_H

#include <stdio.h>

#include "analysis/inspection.h"

int fsim_print_inspection(const fsim_inspection *inspection, FILE *out, fsim_report *report);
int fsim_print_inspection_json(const fsim_inspection *inspection, FILE *out, fsim_report *report);
/* The network in Graphviz's language. */
int fsim_print_graph(const fsim_inspection *inspection, FILE *out, fsim_report *report);

#endif
