/* What was found of attributes, in words and as JSON. Private to this folder. */
#ifndef FSIM_ANALYSIS_FIT_SEGMENT_PRINT_H
#define FSIM_ANALYSIS_FIT_SEGMENT_PRINT_H

#include <jansson.h>
#include <stdio.h>

#include "analysis/fit/estimate.h"

void fsim_segments_print(const fsim_log *log, const fsim_fitted_funnel *fitted, FILE *out);
/* [{stage, attribute, p, values: [{value, n, effects: [{what, exit, own, pooled, low, high}]}]}]
 * and those of values, stage null; a new reference, NULL = memory. */
json_t *fsim_segments_json(const fsim_log *log, const fsim_fitted_funnel *fitted);
/* [{first, second, cramers_v, p}], attributes that depend on each other; as above. */
json_t *fsim_attribute_pairs_json(const fsim_fitted_attributes *attributes);

#endif
