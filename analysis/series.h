/* The numbers of every replication, from wherever they lie: a result file, or a test's own arrays.
 *
 * Memory does not grow with the number of replications times the size of a record: of every array a
 * window of cells is held for all replications, and read again when others are asked for. Ask in
 * the order of the cells. */
#ifndef FSIM_ANALYSIS_SERIES_H
#define FSIM_ANALYSIS_SERIES_H

#include "sim/record/pool.h"
#include "sim/record/trajectory.h"

/* Who provides the records. */
typedef struct fsim_series_source {
  void *self;
  const fsim_scenario *scenario;
  const fsim_shape *shape;
  const fsim_pool *pool; /* sums over units for quantiles of times; NULL when there are none */
  uint32_t replications;
  /* values[n][cells of the array] of replications first … first + n - 1 */
  int (*read)(void *self, fsim_cells array, uint32_t first, uint32_t n, int64_t *values,
              fsim_report *report);
} fsim_series_source;

/* Whole trajectories, one replication at a time: *rows is the caller's to free. */
typedef struct fsim_row_source {
  void *self;
  int (*read)(void *self, uint32_t replication, fsim_report *report, fsim_trajectory **rows);
} fsim_row_source;

typedef struct fsim_series fsim_series;

/* `source` must outlive the series; `window_bytes` bounds what is held of each array (0: 32 MiB).
 */
int fsim_series_new(const fsim_series_source *source, size_t window_bytes, fsim_report *report,
                    fsim_series **series);
void fsim_series_free(fsim_series *series);
const fsim_series_source *fsim_series_source_of(const fsim_series *series);

size_t fsim_array_cells(const fsim_shape *shape, fsim_cells array);
/* Where one looks in an array: an index for each dimension that the array may have. */
typedef struct fsim_spot {
  size_t at[FSIM_N_DIMS];
} fsim_spot;
/* The cell within its array that a spot means. */
size_t fsim_array_cell(const fsim_shape *shape, fsim_cells array, const fsim_spot *spot);
bool fsim_array_has(fsim_cells array, fsim_dim dim);

/* Adds `scale` times one cell of every replication to y[replications]. */
int fsim_series_add(fsim_series *series, fsim_cells array, const fsim_spot *spot, double scale,
                    double *y, fsim_report *report);
/* The same by the cell's index within its array. */
int fsim_series_add_cell(fsim_series *series, fsim_cells array, size_t cell, double scale,
                         double *y, fsim_report *report);

/* Calls `each` with whole arrays, replication after replication, in bounded memory. */
int fsim_series_stream(const fsim_series_source *source, fsim_cells array, fsim_report *report,
                       void (*each)(void *context, uint32_t replication, const int64_t *cells),
                       void *context);

/* Units of every interval: pairs where numbers are uncertain, else replications. */
size_t fsim_series_units(const fsim_series_source *source);
/* Leads of a unit depend on nothing in common: no uncertain numbers, no pace, no queue. */
bool fsim_leads_independent(const fsim_scenario *scenario);
/* Replications' values become units' values (means of pairs), in place; returns how many. */
size_t fsim_series_fold(const fsim_series_source *source, double *y);

#endif
