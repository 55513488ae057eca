/* Global sensitivities kept in a result file, in the group /sensitivity_global: what share of the
 * spread comes from which input. */
#ifndef FSIM_STORE_INDICES_H
#define FSIM_STORE_INDICES_H

#include <stddef.h>

#include "sim/base/report.h"

/* Columns of [n], by the total index; not known: NAN. */
typedef struct fsim_stored_indices {
  char *sentence; /* what moves the metric most, in plain words */
  char *metric;   /* which all are about */
  char *units;
  size_t n;
  char **input, **range;
  double *first, *first_low, *first_high;
  double *total, *total_low, *total_high;
  double mean, deviation; /* of the expectation, over the inputs */
  double chance_share;    /* of the variance of one run */
  double runs, confidence;
} fsim_stored_indices;

/* As fsim_store_put_effects, _get_effects and fsim_stored_effects_free. */
int fsim_store_put_indices(const char *path, const fsim_stored_indices *indices,
                           fsim_report *report);
int fsim_store_get_indices(const char *path, fsim_report *report, fsim_stored_indices *indices);
void fsim_stored_indices_free(fsim_stored_indices *indices);

#endif
