/* What is told of months and growth of arrivals, and of their end. */
#ifndef FSIM_ANALYSIS_FIT_ARRIVAL_TEXT_H
#define FSIM_ANALYSIS_FIT_ARRIVAL_TEXT_H

#include <jansson.h>

#include "analysis/fit/arrivals.h"
#include "sim/base/text.h"

/* A line each; nothing where the log is too short to tell. */
void fsim_arrivals_append(const fsim_arrivals *arrivals, fsim_text *text);
/* A date, null where arrivals go on; NULL: memory. */
json_t *fsim_arrivals_end_json(const fsim_arrivals *arrivals);
/* Null where the log is too short; NULL: memory. */
json_t *fsim_arrival_months_json(const fsim_arrival_months *months);
json_t *fsim_arrival_trend_json(const fsim_arrival_trend *trend);

#endif
