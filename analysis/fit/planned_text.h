/* What became of the dates on which cases are expected to close, in words and as JSON. Private to
 * this folder. */
#ifndef FSIM_ANALYSIS_FIT_PLANNED_TEXT_H
#define FSIM_ANALYSIS_FIT_PLANNED_TEXT_H

#include <jansson.h>

#include "analysis/fit/estimate.h"
#include "sim/base/text.h"

/* One or two sentences, with full stops; nothing where the funnel has no such dates. */
void fsim_planned_append(const fsim_log *log, const fsim_fitted_funnel *fitted, fsim_text *text);
/* {cases, used, p}: those that have a date, whether it makes a difference, and the chance that such
 * a difference comes of nothing, corrected for all tests (null: not tested); null where the funnel
 * has no such dates. A new reference, NULL = memory. */
json_t *fsim_planned_json(const fsim_log *log, const fsim_fitted_funnel *fitted);

#endif
