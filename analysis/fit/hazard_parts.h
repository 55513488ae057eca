/* What the files of the rates share. */
#ifndef FSIM_ANALYSIS_FIT_HAZARD_PARTS_H
#define FSIM_ANALYSIS_FIT_HAZARD_PARTS_H

#include "analysis/fit/hazard.h"

/* Ends at the common rate that are added to those of each month of the quarter. */
#define FSIM_PRIOR_ENDS 10.0

/* Days since 1970-01-01, also before it. */
int64_t fsim_floor_days(int64_t t);
/* The age in seconds at which a stay ended. */
double fsim_end_age(const fsim_stage_stays *stage, const fsim_dated_stay *stay, bool by_day);
/* Fills hazard->length (hazard_length.c); its other parts are there already. */
int fsim_hazard_lengths(const fsim_stage_stays *stage, bool by_day, fsim_report *report,
                        fsim_hazard *hazard);

#endif
