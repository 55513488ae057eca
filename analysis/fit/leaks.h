/* Attributes that tell the outcome. Private to this folder. */
#ifndef FSIM_ANALYSIS_FIT_LEAKS_H
#define FSIM_ANALYSIS_FIT_LEAKS_H

#include "analysis/fit/mapping.h"

/* FSIM_BAD_INPUT when an attribute is filled in for nearly all cases that won (or ended) and hardly
 * any others: it is written down because of the outcome, so a forecast from it would be a fraud. */
int fsim_refuse_leaks(const fsim_log *log, const fsim_mapping *mapping, fsim_report *report);

/* Whether something is filled in for at least half of n cases, and ten times as often as for
 * other_n others; of fewer than twenty on either side it proves nothing. */
bool fsim_filled_much_more(double filled, double n, double other_filled, double other_n);

#endif
