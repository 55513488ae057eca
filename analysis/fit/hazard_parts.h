/* What the files of the rates share. */
#ifndef FSIM_ANALYSIS_FIT_HAZARD_PARTS_H
#define FSIM_ANALYSIS_FIT_HAZARD_PARTS_H

#include "analysis/fit/hazard.h"

/* The age in seconds at which a stay ended. */
double fsim_end_age(const fsim_dated_stay *stay, bool by_day);
/* Fills hazard->length (hazard_length.c); its other parts are there already. */
int fsim_hazard_lengths(const fsim_stage_stays *stage, bool by_day, fsim_report *report,
                        fsim_hazard *hazard);

#endif
