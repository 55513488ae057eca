/* What mapping.c and mapping_check.c share. */
#ifndef FSIM_ANALYSIS_FIT_MAPPING_PARTS_H
#define FSIM_ANALYSIS_FIT_MAPPING_PARTS_H

#include "analysis/fit/mapping.h"

/* Looks for columns, tables and outcomes that the kind of export needs, or that it cannot have.
 * FSIM_BAD_INPUT with place and remedy. */
int fsim_mapping_check(const fsim_mapping *mapping, const fsim_node *root, fsim_report *report);

#endif
