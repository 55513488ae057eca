/* Which measures a comparison shows when none are named. Private to this folder. */
#ifndef FSIM_ANALYSIS_DECIDE_COMPARE_METRICS_H
#define FSIM_ANALYSIS_DECIDE_COMPARE_METRICS_H

#include "sim/model/scenario.h"

typedef struct fsim_name_list {
  char **names;
  size_t n;
  size_t room;
} fsim_name_list;

/* 0, or -1 when memory is out. */
int fsim_name_add(fsim_name_list *list, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void fsim_names_free(fsim_name_list *list);

/* The value of all wins a week where wins are worth something, else all wins a week. */
const char *fsim_primary_metric(const fsim_scenario *scenario);
/* The primary one, the same for every value of the attribute, then funnels and teams. */
int fsim_default_metrics(const fsim_scenario *scenario, size_t attribute, fsim_name_list *list);

#endif
