/* The results of many plans in one table: read from their files, written as CSV and HDF5. */
#ifndef FSIM_ANALYSIS_DECIDE_BATCH_H
#define FSIM_ANALYSIS_DECIDE_BATCH_H

#include <stdio.h>

#include "analysis/decide/design.h"
#include "analysis/decide/effects.h"
#include "analysis/decide/measure.h"

typedef struct fsim_batch_row {
  char *scenario;     /* file */
  size_t scenario_at; /* which of the scenarios */
  size_t point;       /* of the design */
  char *result;       /* file */
  char *problem;      /* why there is no result; NULL: there is */
  uint32_t replications;
  fsim_interval *values; /* [n_metrics] */
  double *units;         /* [n_units] of the first metric */
  size_t n_units;
} fsim_batch_row;

typedef struct fsim_batch {
  const fsim_design *design; /* not owned */
  fsim_batch_row *rows;
  size_t n_rows, n_scenarios;
  char **metrics;
  size_t n_metrics;
  fsim_measure first; /* the first metric, for its units */
  char *currency;
  double confidence;
  fsim_effects effects; /* on the first metric; the scenario is the first factor where there are
                           several */
} fsim_batch;

/* Rows with their files are the caller's doing; this reads them. A file that cannot be read becomes
 * a problem of its row. metrics: none for a default list of the first readable scenario. */
int fsim_batch_read(fsim_batch *batch, const char *const *metrics, size_t n_metrics,
                    double confidence, fsim_report *report);
void fsim_batch_free(fsim_batch *batch);

/* index.csv: a row a plan; problems in their own column. */
int fsim_batch_csv(const fsim_batch *batch, const char *path, fsim_report *report);
/* index.h5: the same columns. */
int fsim_batch_hdf(const fsim_batch *batch, const char *path, fsim_report *report);
/* The plans by the first metric, main effects, pairs. */
int fsim_batch_text(const fsim_batch *batch, size_t most, FILE *out, fsim_report *report);

#endif
