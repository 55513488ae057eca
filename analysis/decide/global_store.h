/* Global sensitivities into the result file that they are of. */
#ifndef FSIM_ANALYSIS_DECIDE_GLOBAL_STORE_H
#define FSIM_ANALYSIS_DECIDE_GLOBAL_STORE_H

#include "analysis/decide/global.h"

/* Those of the first metric (sim/store/indices.h). */
int fsim_global_put(const fsim_global *global, const char *path, fsim_report *report);

#endif
