/* Sensitivities on their way into a result file. */
#ifndef FSIM_ANALYSIS_DECIDE_SENSITIVITY_STORE_H
#define FSIM_ANALYSIS_DECIDE_SENSITIVITY_STORE_H

#include "analysis/decide/sensitivity.h"

/* Puts the effects on the first metric, those refused left out, into the file. */
int fsim_sensitivity_put(const fsim_sensitivity *sensitivity, const char *path,
                         fsim_report *report);

#endif
