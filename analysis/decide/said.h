/* How measures and changes are said, shared by the printers of this folder. */
#ifndef FSIM_ANALYSIS_DECIDE_SAID_H
#define FSIM_ANALYSIS_DECIDE_SAID_H

#include "analysis/decide/measure.h"
#include "analysis/words.h"

/* 100 for shares, which are shown in percent; else 1. */
double fsim_measure_scale(const fsim_measure *measure);
/* "EUR a week", "a week", "days", "%", "". */
const char *fsim_measure_unit(const fsim_measure *measure, const char *currency, char *buffer,
                              size_t size);
/* Of a change: "pp" (percentage points) of shares, else as above. */
const char *fsim_change_unit(const fsim_measure *measure, const char *currency, char *buffer,
                             size_t size);
/* With its sign. */
fsim_cell_text fsim_say_change(const fsim_interval *change, double scale);

/* A sentence of warning where so few units cannot bear so high a confidence; else NULL. */
const char *fsim_say_few(double confidence, size_t units);

#endif
