/* Can plans be compared, and what is not alike in them? */
#ifndef FSIM_ANALYSIS_DECIDE_ALIKE_H
#define FSIM_ANALYSIS_DECIDE_ALIKE_H

#include "analysis/decide/variant.h"

/* Another currency than the base's is FSIM_BAD_INPUT. Another seed (with what follows from it, a
 * few words) and other weeks are warnings in `remarks`. paired[n]: seeds agree with the base's, so
 * that random numbers are common; or NULL. */
int fsim_check_alike(const fsim_variant *variants, size_t n, const char *without_common_numbers,
                     fsim_report *remarks, fsim_report *report, bool *paired);

#endif
