#include "analysis/stored.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/engine.h"

static int read_series(void *self, fsim_cells array, uint32_t first, uint32_t n, int64_t *values,
                       fsim_report *report) {
  return fsim_store_series(self, array, first, n, values, report);
}

int fsim_stored_source(fsim_store_reader *reader, fsim_report *report, fsim_pool **pool,
                       fsim_series_source *source) {
  *pool = NULL;
  uint32_t replications = fsim_store_replications(reader);
  if (replications == 0) {
    return fsim_failure(report, FSIM_NOWHERE,
                        "the file holds no finished replication; run it again with --resume");
  }
  int status = fsim_store_pool(reader, report, pool);
  if (status != FSIM_OK) return status;
  *source = (fsim_series_source){
      reader,     fsim_store_scenario(reader), fsim_store_shape(reader), *pool, replications,
      read_series};
  return FSIM_OK;
}

static int read_rows(void *self, uint32_t replication, fsim_report *report,
                     fsim_trajectory **rows) {
  return fsim_store_rows(self, replication, report, rows);
}

fsim_row_source fsim_stored_rows(fsim_store_reader *reader) {
  uint32_t kept;
  double share;
  if (reader == NULL) return (fsim_row_source){NULL, NULL};
  fsim_store_kept(reader, &kept, &share);
  bool all = kept >= fsim_store_replications(reader) && share >= 1;
  return (fsim_row_source){reader, all ? read_rows : NULL};
}

/* Where a cell lies, in words: "ended[basic.won, segment=smb]". */
static void name_cell(const fsim_series_source *source, fsim_cells array, size_t cell, char *buffer,
                      size_t size) {
  const fsim_record_array *entry = &fsim_record_arrays[array];
  size_t index[FSIM_MOST_DIMS] = {0}, used;
  for (int d = entry->n_dims - 1; d >= 0; d--) {
    index[d] = cell % source->shape->dim[entry->dims[d]];
    cell /= source->shape->dim[entry->dims[d]];
  }
  used = (size_t)snprintf(buffer, size, "%s[", entry->name);
  for (int d = 0; d < entry->n_dims && used < size; d++) {
    char label[256];
    fsim_dim_label(source->scenario, source->shape, entry->dims[d], index[d], label, sizeof label);
    used += (size_t)snprintf(buffer + used, size - used, "%s%s", d > 0 ? ", " : "", label);
  }
  if (used < size) snprintf(buffer + used, size - used, "]");
}

typedef struct check {
  fsim_store_reader *reader;
  const fsim_series_source *source;
  int64_t *record, *stored;
  uint32_t *histograms; /* of a replication */
  uint32_t *unit;       /* of the unit so far: a replication or a pair */
  fsim_pool *pool;      /* of the rows; NULL when not all replications have rows */
} check;

static int compare_record(const check *c, uint32_t replication, fsim_report *report) {
  const fsim_shape *shape = c->source->shape;
  for (size_t a = 0; a < FSIM_N_CELLS; a++) {
    size_t cells = fsim_array_cells(shape, (fsim_cells)a);
    int status = fsim_store_series(c->reader, (fsim_cells)a, replication, 1, c->stored, report);
    if (status != FSIM_OK) return status;
    const int64_t *counted = c->record + shape->offset[a];
    for (size_t i = 0; i < cells; i++) {
      if (counted[i] == c->stored[i]) continue;
      char where[768];
      name_cell(c->source, (fsim_cells)a, i, where, sizeof where);
      return fsim_failure(
          report, FSIM_NOWHERE,
          "replication %u: %s is %lld in the file but %lld by its trajectories: the "
          "file is damaged or was written by another version",
          replication, where, (long long)c->stored[i], (long long)counted[i]);
    }
  }
  return FSIM_OK;
}

static int check_replication(const check *c, uint32_t replication, fsim_report *report) {
  const fsim_shape *shape = c->source->shape;
  bool pairs = c->source->scenario->uncertain;
  size_t bins = shape->n_histograms * FSIM_TIME_CLASSES;
  fsim_trajectory *rows = NULL;
  int status = fsim_store_rows(c->reader, replication, report, &rows);
  if (status != FSIM_OK) return status;
  memset(c->record, 0, shape->n_cells * sizeof *c->record);
  memset(c->histograms, 0, bins * sizeof *c->histograms);
  if (!pairs || replication % 2 == 0) memset(c->unit, 0, bins * sizeof *c->unit);
  status = fsim_recount(c->source->scenario, shape, rows, c->record, c->histograms, report);
  fsim_trajectory_free(rows);
  if (status != FSIM_OK) return status;
  for (size_t b = 0; b < bins; b++) c->unit[b] += c->histograms[b];
  bool whole = !pairs || replication % 2 == 1 || replication + 1 == c->source->replications;
  if (c->pool != NULL && whole) fsim_pool_add(c->pool, c->unit);
  return compare_record(c, replication, report);
}

static int compare_pools(const fsim_pool *counted, const fsim_pool *stored, fsim_report *report) {
  size_t n = counted->n_histograms;
  bool same =
      counted->units == stored->units && n == stored->n_histograms &&
      memcmp(counted->count, stored->count, n * FSIM_TIME_CLASSES * sizeof *counted->count) == 0 &&
      memcmp(counted->below_sq, stored->below_sq,
             n * FSIM_COARSE_CLASSES * sizeof *counted->below_sq) == 0 &&
      memcmp(counted->below_n, stored->below_n,
             n * FSIM_COARSE_CLASSES * sizeof *counted->below_n) == 0 &&
      memcmp(counted->n_sq, stored->n_sq, n * sizeof *counted->n_sq) == 0;
  if (same) return FSIM_OK;
  return fsim_failure(report, FSIM_NOWHERE,
                      "the pooled times in the file are not those of its trajectories: the file is "
                      "damaged or was written by another version");
}

static size_t largest_array(const fsim_shape *shape) {
  size_t most = 1;
  for (size_t a = 0; a < FSIM_N_CELLS; a++) {
    size_t cells = fsim_array_cells(shape, (fsim_cells)a);
    if (cells > most) most = cells;
  }
  return most;
}

int fsim_stored_recompute(fsim_store_reader *reader, const fsim_series_source *source,
                          fsim_report *report, uint32_t *checked) {
  uint32_t kept;
  double share;
  *checked = 0;
  fsim_store_kept(reader, &kept, &share);
  if (kept > source->replications) kept = source->replications;
  if (kept == 0 || share < 1) {
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "the file keeps %s: run with --trajectories all to compare them",
                          kept == 0 ? "no trajectories" : "only a share of the leads");
  }
  check c = {.reader = reader, .source = source};
  const fsim_shape *shape = source->shape;
  c.record = fsim_zeroed(shape->n_cells, sizeof *c.record);
  c.stored = fsim_zeroed(largest_array(shape), sizeof *c.stored);
  c.histograms = fsim_zeroed(shape->n_histograms * FSIM_TIME_CLASSES, sizeof *c.histograms);
  c.unit = fsim_zeroed(shape->n_histograms * FSIM_TIME_CLASSES, sizeof *c.unit);
  bool all = kept == source->replications;
  if (all) c.pool = fsim_pool_new(shape->n_histograms);
  int status = FSIM_OK;
  if (c.record == NULL || c.stored == NULL || c.histograms == NULL || c.unit == NULL ||
      (all && c.pool == NULL)) {
    status = fsim_no_memory(report);
  }
  for (uint32_t r = 0; r < kept && status == FSIM_OK; r++) {
    status = check_replication(&c, r, report);
    if (status == FSIM_OK) *checked = r + 1;
  }
  if (status == FSIM_OK && all) status = compare_pools(c.pool, source->pool, report);
  free(c.record);
  free(c.stored);
  free(c.histograms);
  free(c.unit);
  fsim_pool_free(c.pool);
  return status;
}
