/* Reading with a mapping that is at hand. Private to this folder. */
#ifndef FSIM_ANALYSIS_FIT_READ_MAPPED_H
#define FSIM_ANALYSIS_FIT_READ_MAPPED_H

#include "analysis/fit/mapping.h"
#include "analysis/fit/read_log.h"
#include "sim/base/text.h"

/* What reading refuses that a guess leaves out instead. */
typedef struct fsim_read_doubts {
  fsim_text expected;             /* why expected dates are left out; empty: they are not */
  fsim_name_list attributes, why; /* that tell the outcome */
} fsim_read_doubts;
void fsim_read_doubts_free(fsim_read_doubts *doubts);

/* As fsim_read_log. Expected dates that cannot be what was known when cases were created
 * (expected.h), and attributes that tell the outcome (leaks.h), are bad input or, where `doubts` is
 * not NULL, are told there. Such dates are left out of the log then. */
int fsim_read_mapped(const char *const *files, size_t n, const fsim_read_log_options *options,
                     const fsim_mapping *mapping, fsim_report *report, fsim_read_doubts *doubts,
                     fsim_log **log);

#endif
