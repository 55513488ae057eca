/* Sensitivities kept in a result file, in the group /sensitivity: what a step of each lever gave.
 */
#ifndef FSIM_STORE_EFFECTS_H
#define FSIM_STORE_EFFECTS_H

#include <stddef.h>

#include "sim/base/report.h"

/* Columns of [n], in rank order; not known: NAN or "". */
typedef struct fsim_stored_effects {
  char *sentence; /* the bottleneck, in plain words */
  char *metric;   /* which all are about */
  char *units;
  size_t n;
  char **lever, **value, **step;
  double *effect, *low, *high, *elasticity;
  double replications, confidence;
} fsim_stored_effects;

/* Puts them into a finished result file in place of those that it has: a copy is changed, then it
 * takes the file's place, so that a kill leaves the old file whole. */
int fsim_store_put_effects(const char *path, const fsim_stored_effects *effects,
                           fsim_report *report);
/* effects->n is 0 for a file that has none. Free with fsim_stored_effects_free in every case. */
int fsim_store_get_effects(const char *path, fsim_report *report, fsim_stored_effects *effects);
void fsim_stored_effects_free(fsim_stored_effects *effects);

#endif
