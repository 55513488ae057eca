/* Pieces of a log that its readers share. Private to this folder. */
#ifndef FSIM_ANALYSIS_FIT_LOG_PARTS_H
#define FSIM_ANALYSIS_FIT_LOG_PARTS_H

#include <math.h>

#include "analysis/fit/log.h"

#define FSIM_NO_VALUE ((double)NAN)

int fsim_name_list_add(fsim_name_list *names, const char *name, fsim_report *report);
/* FSIM_NONE when it is not among them. */
int32_t fsim_name_list_find(const fsim_name_list *names, const char *name);
/* By started (scheduled, where it has not been), in an order that is the same however it came. */
void fsim_sort_work(fsim_log *log);
void fsim_log_funnels_free(fsim_log *log);
void fsim_name_list_free(fsim_name_list *names);

#endif
