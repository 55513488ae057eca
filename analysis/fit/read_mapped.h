/* Reading with a mapping that is at hand. Private to this folder. */
#ifndef FSIM_ANALYSIS_FIT_READ_MAPPED_H
#define FSIM_ANALYSIS_FIT_READ_MAPPED_H

#include "analysis/fit/mapping.h"
#include "analysis/fit/read_log.h"
#include "sim/base/text.h"

/* As fsim_read_log. Expected dates that cannot be what was known when cases were created
 * (expected.h) are bad input, or, where `doubt` is not NULL, are left out and *doubt says why. */
int fsim_read_mapped(const char *const *files, size_t n, const fsim_read_log_options *options,
                     const fsim_mapping *mapping, fsim_report *report, fsim_text *doubt,
                     fsim_log **log);

#endif
