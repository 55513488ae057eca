/* Attributes that tell the outcome. Private to this folder. */
#ifndef FSIM_ANALYSIS_FIT_LEAKS_H
#define FSIM_ANALYSIS_FIT_LEAKS_H

#include "analysis/fit/mapping.h"
#include "analysis/fit/read_mapped.h"

/* An attribute that is filled in for nearly all cases that won (or ended) and hardly any others, or
 * whose values go with wins or other ends only, or come or go with the end (leak_values.h), is
 * written down because of the outcome, so a forecast from it would be a fraud: FSIM_BAD_INPUT, or
 * told in `doubts` where that is not NULL. */
int fsim_refuse_leaks(const fsim_log *log, const fsim_mapping *mapping, fsim_report *report,
                      fsim_read_doubts *doubts);

/* Whether something is filled in for at least half of n cases, and ten times as often as for
 * other_n others; of fewer than twenty on either side it proves nothing. */
bool fsim_filled_much_more(double filled, double n, double other_filled, double other_n);

#endif
