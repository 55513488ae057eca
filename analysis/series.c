#include "analysis/series.h"

#include <stdlib.h>

#include "sim/base/array.h"

enum { WINDOW_BYTES = 32 << 20, CHUNK_BYTES = 4 << 20 };

/* Cells first … first + n - 1 of an array, cell after cell, all replications of each. */
typedef struct window {
  size_t first, n;
  int64_t *values;
} window;

struct fsim_series {
  const fsim_series_source *source;
  size_t window_bytes;
  window windows[FSIM_N_CELLS];
};

int fsim_series_new(const fsim_series_source *source, size_t window_bytes, fsim_report *report,
                    fsim_series **series) {
  *series = fsim_zeroed(1, sizeof **series);
  if (*series == NULL) return fsim_no_memory(report);
  (*series)->source = source;
  (*series)->window_bytes = window_bytes > 0 ? window_bytes : WINDOW_BYTES;
  return FSIM_OK;
}

void fsim_series_free(fsim_series *series) {
  if (series == NULL) return;
  for (size_t a = 0; a < FSIM_N_CELLS; a++) free(series->windows[a].values);
  free(series);
}

const fsim_series_source *fsim_series_source_of(const fsim_series *series) {
  return series->source;
}

size_t fsim_array_cells(const fsim_shape *shape, fsim_cells array) {
  const fsim_record_array *entry = &fsim_record_arrays[array];
  size_t cells = 1;
  for (int d = 0; d < entry->n_dims; d++) cells *= shape->dim[entry->dims[d]];
  return cells;
}

size_t fsim_array_cell(const fsim_shape *shape, fsim_cells array, const fsim_spot *spot) {
  const fsim_record_array *entry = &fsim_record_arrays[array];
  size_t index[FSIM_MOST_DIMS] = {0};
  for (int d = 0; d < entry->n_dims; d++) index[d] = spot->at[entry->dims[d]];
  return fsim_cell(shape, array, index[0], index[1], index[2]) - shape->offset[array];
}

bool fsim_array_has(fsim_cells array, fsim_dim dim) {
  const fsim_record_array *entry = &fsim_record_arrays[array];
  for (int d = 0; d < entry->n_dims; d++) {
    if (entry->dims[d] == dim) return true;
  }
  return false;
}

static uint32_t chunk_of(size_t cells, uint32_t replications) {
  size_t rows = CHUNK_BYTES / sizeof(int64_t) / (cells > 0 ? cells : 1);
  if (rows < 1) rows = 1;
  return rows < replications ? (uint32_t)rows : replications;
}

int fsim_series_stream(const fsim_series_source *source, fsim_cells array, fsim_report *report,
                       void (*each)(void *context, uint32_t replication, const int64_t *cells),
                       void *context) {
  size_t cells = fsim_array_cells(source->shape, array);
  uint32_t chunk = chunk_of(cells, source->replications);
  int64_t *values = fsim_zeroed((size_t)chunk * cells, sizeof *values);
  int status = FSIM_OK;
  if (values == NULL) return fsim_no_memory(report);
  for (uint32_t r = 0; r < source->replications && status == FSIM_OK; r += chunk) {
    uint32_t n = source->replications - r < chunk ? source->replications - r : chunk;
    status = source->read(source->self, array, r, n, values, report);
    for (uint32_t i = 0; i < n && status == FSIM_OK; i++) each(context, r + i, values + i * cells);
  }
  free(values);
  return status;
}

typedef struct fill {
  window *into;
  size_t replications;
} fill;

static void keep_window(void *context, uint32_t replication, const int64_t *cells) {
  const fill *f = context;
  for (size_t c = 0; c < f->into->n; c++) {
    f->into->values[c * f->replications + replication] = cells[f->into->first + c];
  }
}

/* Moves an array's window so that it begins at `cell`. */
static int slide(fsim_series *series, fsim_cells array, size_t cell, fsim_report *report) {
  window *w = &series->windows[array];
  size_t replications = series->source->replications;
  size_t cells = fsim_array_cells(series->source->shape, array);
  size_t room = series->window_bytes / sizeof(int64_t) / (replications > 0 ? replications : 1);
  if (room < 1) room = 1;
  free(w->values);
  w->n = 0;
  w->first = room >= cells ? 0 : cell;
  size_t n = cells - w->first < room ? cells - w->first : room;
  w->values = fsim_zeroed(n * replications, sizeof *w->values);
  if (w->values == NULL) return fsim_no_memory(report);
  w->n = n;
  fill f = {w, replications};
  int status = fsim_series_stream(series->source, array, report, keep_window, &f);
  if (status != FSIM_OK) w->n = 0;
  return status;
}

int fsim_series_add(fsim_series *series, fsim_cells array, const fsim_spot *spot, double scale,
                    double *y, fsim_report *report) {
  size_t cell = fsim_array_cell(series->source->shape, array, spot);
  return fsim_series_add_cell(series, array, cell, scale, y, report);
}

int fsim_series_add_cell(fsim_series *series, fsim_cells array, size_t cell, double scale,
                         double *y, fsim_report *report) {
  window *w = &series->windows[array];
  if (cell < w->first || cell >= w->first + w->n) {
    int status = slide(series, array, cell, report);
    if (status != FSIM_OK) return status;
  }
  size_t replications = series->source->replications;
  const int64_t *values = w->values + (cell - w->first) * replications;
  for (size_t r = 0; r < replications; r++) y[r] += scale * (double)values[r];
  return FSIM_OK;
}

size_t fsim_series_units(const fsim_series_source *source) {
  return source->scenario->uncertain ? source->replications / 2 : source->replications;
}

bool fsim_leads_independent(const fsim_scenario *scenario) {
  if (scenario->uncertain || fsim_pace_in_force(scenario) != NULL) return false;
  if (scenario->n_teams == 0) return true;
  size_t laws = scenario->n_profiles * scenario->n_stages;
  for (size_t v = 0; v < scenario->n_versions; v++)
    for (size_t i = 0; i < laws; i++)
      if (scenario->versions[v].stages[i].work.set) return false;
  return true;
}

size_t fsim_series_fold(const fsim_series_source *source, double *y) {
  size_t units = fsim_series_units(source);
  if (!source->scenario->uncertain) return units;
  for (size_t k = 0; k < units; k++) y[k] = 0.5 * (y[2 * k] + y[2 * k + 1]);
  return units;
}
