/* JSON of intervals and messages, shared by the printers of this folder. */
#ifndef FSIM_ANALYSIS_DECIDE_JSON_PARTS_H
#define FSIM_ANALYSIS_DECIDE_JSON_PARTS_H

#include <jansson.h>
#include <stdio.h>

#include "analysis/interval.h"
#include "sim/base/report.h"

/* null when it is not finite. */
json_t *fsim_json_number(double value);
/* {mean, low, high, n, method} */
json_t *fsim_json_interval(const fsim_interval *interval);
/* The texts of all messages. */
json_t *fsim_json_messages(const fsim_report *report);
/* Prints and frees; FSIM_FAILED when root is NULL (memory was out) or `out` fails. */
int fsim_json_write(json_t *root, FILE *out, fsim_report *report);

#endif
