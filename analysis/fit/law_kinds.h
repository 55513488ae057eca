/* The five laws of waits as functions of age: a table with one entry each. Private to this folder.
 */
#ifndef FSIM_ANALYSIS_FIT_LAW_KINDS_H
#define FSIM_ANALYSIS_FIT_LAW_KINDS_H

#include "analysis/fit/laws.h"

typedef struct fsim_law_entry {
  const char *name;                                         /* as model files write it */
  const char *parameter[2];                                 /* NULL: it has one */
  bool is_time[2];                                          /* in the unit of the ages */
  double (*log_density)(double t, const double *parameter); /* t > 0 */
  double (*survival)(double t, const double *parameter);
  /* Parameters from the mean of log t and its standard deviation, roughly: where to start. */
  void (*start)(double mean_log, double sd_log, double *parameter);
} fsim_law_entry;

extern const fsim_law_entry fsim_law_entries[FSIM_LAW_KINDS];

static inline size_t fsim_law_parameters(fsim_law_kind kind) {
  return fsim_law_entries[kind].parameter[1] == NULL ? 1 : 2;
}

#endif
