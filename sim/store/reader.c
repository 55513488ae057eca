/* Reading a result file through HDF5's own filters. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/text.h"
#include "sim/store/aggregates.h"
#include "sim/store/hdf.h"
#include "sim/store/layout.h"
#include "sim/store/opening.h"
#include "sim/store/store.h"

struct fsim_store_reader {
  hid_t file;
  char *path;
  fsim_source *source;
  fsim_scenario *scenario;
  fsim_shape *shape;
  fsim_layout *layout;
  hid_t *sets;                 /* [n_growing], opened when first needed; -1 before */
  size_t series[FSIM_N_CELLS]; /* position in the layout; SIZE_MAX: an array without cells */
  uint32_t replications;
  uint32_t kept;
  double share;
  bool complete;
  char *engine;
  char **warnings, **notes;
  size_t n_warnings, n_notes;
};

static int damaged(const fsim_store_reader *r, fsim_report *report) {
  return fsim_failure(report, FSIM_NOWHERE,
                      "%s is damaged; copy it again from where it was made, or repeat the run",
                      r->path);
}

void fsim_store_reader_close(fsim_store_reader *r) {
  if (r == NULL) return;
  fsim_hdf_quiet();
  for (size_t i = 0; r->sets != NULL && i < r->layout->n_growing; i++)
    if (r->sets[i] >= 0) H5Dclose(r->sets[i]);
  free(r->sets);
  if (r->file >= 0) H5Fclose(r->file);
  fsim_layout_free(r->layout);
  fsim_shape_free(r->shape);
  fsim_scenario_free(r->scenario);
  fsim_source_free(r->source);
  fsim_hdf_free_texts(r->warnings, r->n_warnings);
  fsim_hdf_free_texts(r->notes, r->n_notes);
  free(r->engine);
  free(r->path);
  free(r);
}

/* ---- opening ---- */

static int read_root(fsim_store_reader *r, fsim_report *report) {
  uint8_t complete = 0;
  if (fsim_hdf_get_number(r->file, "replications", H5T_NATIVE_UINT32, &r->replications) != 0 ||
      fsim_hdf_get_number(r->file, "trajectory_replications", H5T_NATIVE_UINT32, &r->kept) != 0 ||
      fsim_hdf_get_number(r->file, "trajectory_share", H5T_NATIVE_DOUBLE, &r->share) != 0 ||
      fsim_hdf_get_number(r->file, "complete", H5T_NATIVE_UINT8, &complete) != 0 ||
      fsim_hdf_get_text(r->file, "engine", &r->engine) != 0)
    return damaged(r, report);
  r->complete = complete != 0;
  if (r->replications == 0)
    return fsim_failure(report, FSIM_NOWHERE,
                        "%s holds no finished replication: its run failed or was stopped before "
                        "the first; run it again",
                        r->path);
  return FSIM_OK;
}

/* What was worth a note or a warning when the run was made has been told then (and warnings are
 * kept in the file): only mistakes matter now. */
static void pass_on_mistakes(const fsim_report *from, fsim_report *to) {
  const fsim_message *m;
  for (size_t i = 0; (m = fsim_report_message(from, i)) != NULL; i++) {
    const fsim_place place = {m->file, m->line, m->column};
    if (m->severity != FSIM_ERROR) continue;
    if (m->status == FSIM_BAD_INPUT) {
      fsim_bad_input(to, place, "%s", m->text);
    } else {
      fsim_failure(to, place, "%s", m->text);
    }
  }
}

static int parse_scenario(fsim_store_reader *r, const char *yaml, const fsim_stored_files *files,
                          fsim_report *report) {
  fsim_report *told = fsim_report_new();
  if (told == NULL) return fsim_no_memory(report);
  int status = fsim_source_parse(r->path, yaml, strlen(yaml), (const char *const *)files->names,
                                 (const char *const *)files->texts, files->lengths, files->n, NULL,
                                 0, told, &r->source);
  if (status == FSIM_OK) status = fsim_source_realise(r->source, FSIM_CENTRAL, told, &r->scenario);
  if (status != FSIM_OK) pass_on_mistakes(told, report);
  fsim_report_free(told);
  return status;
}

static int read_scenario(fsim_store_reader *r, hid_t group, fsim_report *report) {
  char *yaml = NULL;
  fsim_stored_files files;
  if (fsim_hdf_read_text(group, "yaml", &yaml) != 0) return damaged(r, report);
  int status = fsim_stored_files_read(group, r->path, report, &files);
  if (status == FSIM_OK) {
    status = parse_scenario(r, yaml, &files, report);
    if (status == FSIM_OK) status = fsim_shape_make(r->scenario, report, &r->shape);
    fsim_stored_files_free(&files);
  }
  free(yaml);
  return status;
}

/* Every growing dataset must be there: better said now than in the middle of a summary. */
static int prepare_sets(fsim_store_reader *r, fsim_report *report) {
  r->layout = fsim_layout_new(r->scenario, r->shape);
  if (r->layout == NULL) return fsim_no_memory(report);
  r->sets = fsim_zeroed(r->layout->n_growing, sizeof *r->sets);
  if (r->sets == NULL) return fsim_no_memory(report);
  for (size_t a = 0; a < FSIM_N_CELLS; a++) r->series[a] = SIZE_MAX;
  for (size_t i = 0; i < r->layout->n_growing; i++) {
    const fsim_growing *g = &r->layout->growing[i];
    if (g->kind == FSIM_GROW_SERIES) r->series[g->index] = i;
    r->sets[i] = -1;
  }
  for (size_t i = 0; i < r->layout->n_growing; i++)
    if (H5Lexists(r->file, r->layout->growing[i].path, H5P_DEFAULT) <= 0) return damaged(r, report);
  return FSIM_OK;
}

static int open_contents(fsim_store_reader *r, fsim_report *report) {
  int status = read_root(r, report);
  if (status != FSIM_OK) return status;
  hid_t group = H5Gopen2(r->file, "/scenario", H5P_DEFAULT);
  if (group < 0) return damaged(r, report);
  if (H5Lexists(group, "warnings", H5P_DEFAULT) > 0 &&
      fsim_hdf_read_texts(group, "warnings", &r->warnings, &r->n_warnings) != 0)
    status = damaged(r, report);
  if (status == FSIM_OK && H5Lexists(group, "notes", H5P_DEFAULT) > 0 &&
      fsim_hdf_read_texts(group, "notes", &r->notes, &r->n_notes) != 0)
    status = damaged(r, report);
  if (status == FSIM_OK) status = read_scenario(r, group, report);
  H5Gclose(group);
  return status == FSIM_OK ? prepare_sets(r, report) : status;
}

int fsim_store_open(const char *path, fsim_report *report, fsim_store_reader **reader) {
  *reader = NULL;
  fsim_hdf_quiet();
  fsim_store_reader *r = fsim_zeroed(1, sizeof *r);
  if (r == NULL) return fsim_no_memory(report);
  r->file = -1;
  r->path = fsim_copy_text(path, strlen(path));
  int status = r->path == NULL
                   ? fsim_no_memory(report)
                   : fsim_open_result(path, H5F_ACC_RDONLY, H5P_DEFAULT, report, &r->file);
  if (status == FSIM_OK) status = open_contents(r, report);
  if (status != FSIM_OK) {
    fsim_store_reader_close(r);
    return status;
  }
  *reader = r;
  return FSIM_OK;
}

/* ---- what it is ---- */

const fsim_scenario *fsim_store_scenario(const fsim_store_reader *reader) {
  return reader->scenario;
}

const fsim_source *fsim_store_source(const fsim_store_reader *reader) {
  return reader->source;
}

const fsim_shape *fsim_store_shape(const fsim_store_reader *reader) {
  return reader->shape;
}

uint32_t fsim_store_replications(const fsim_store_reader *reader) {
  return reader->replications;
}

bool fsim_store_complete(const fsim_store_reader *reader) {
  return reader->complete;
}

const char *fsim_store_engine(const fsim_store_reader *reader) {
  return reader->engine;
}

size_t fsim_store_n_warnings(const fsim_store_reader *reader) {
  return reader->n_warnings;
}

size_t fsim_store_n_notes(const fsim_store_reader *reader) {
  return reader->n_notes;
}

const char *fsim_store_note(const fsim_store_reader *reader, size_t i) {
  return i < reader->n_notes ? reader->notes[i] : NULL;
}

const char *fsim_store_warning(const fsim_store_reader *reader, size_t i) {
  return i < reader->n_warnings ? reader->warnings[i] : NULL;
}

void fsim_store_kept(const fsim_store_reader *reader, uint32_t *replications, double *share) {
  *replications = reader->kept < reader->replications ? reader->kept : reader->replications;
  *share = reader->share;
}

/* ---- rows ---- */

static hid_t native_type_of(hid_t set, size_t size) {
  hid_t type = H5Dget_type(set);
  if (type < 0) return -1;
  hid_t native = H5Tget_native_type(type, H5T_DIR_DEFAULT);
  H5Tclose(type);
  if (native >= 0 && H5Tget_size(native) != size) {
    H5Tclose(native);
    return -1;
  }
  return native;
}

/* Rows first … first + n - 1 of a growing dataset, as the layout says they are. 0 or -1. */
static int read_rows(fsim_store_reader *r, size_t dataset, uint64_t first, uint64_t n,
                     void *values) {
  const fsim_growing *g = &r->layout->growing[dataset];
  hsize_t dims[H5S_MAX_RANK], start[1 + FSIM_MOST_DIMS] = {first}, count[1 + FSIM_MOST_DIMS] = {n};
  if (n == 0) return 0;
  if (r->sets[dataset] < 0) r->sets[dataset] = H5Dopen2(r->file, g->path, H5P_DEFAULT);
  hid_t set = r->sets[dataset], space = -1, memory = -1, type = -1;
  int ret = -1;
  if (set < 0 || (space = H5Dget_space(set)) < 0) goto out;
  if (H5Sget_simple_extent_ndims(space) != g->rank ||
      H5Sget_simple_extent_dims(space, dims, NULL) != g->rank || first + n > dims[0])
    goto out;
  for (int d = 1; d < g->rank; d++) {
    count[d] = g->dims[d - 1];
    if (dims[d] != count[d]) goto out;
  }
  if ((memory = H5Screate_simple(g->rank, count, NULL)) < 0) goto out;
  if ((type = native_type_of(set, g->element_size)) < 0) goto out;
  if (H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) < 0) goto out;
  if (H5Dread(set, type, memory, space, H5P_DEFAULT, values) >= 0) ret = 0;
out:
  if (type >= 0) H5Tclose(type);
  if (memory >= 0) H5Sclose(memory);
  if (space >= 0) H5Sclose(space);
  return ret;
}

static int no_such_replication(const fsim_store_reader *r, uint64_t replication,
                               fsim_report *report) {
  return fsim_bad_input(report, FSIM_NOWHERE, "%s has replications 0 to %u, not %llu", r->path,
                        r->replications - 1, (unsigned long long)replication);
}

int fsim_store_series(fsim_store_reader *r, fsim_cells array, uint32_t first, uint32_t n,
                      int64_t *values, fsim_report *report) {
  fsim_hdf_quiet();
  if ((uint64_t)first + n > r->replications)
    return no_such_replication(r, (uint64_t)first + n - 1, report);
  if (r->series[array] == SIZE_MAX) return FSIM_OK;
  return read_rows(r, r->series[array], first, n, values) == 0 ? FSIM_OK : damaged(r, report);
}

int fsim_store_pool(fsim_store_reader *r, fsim_report *report, fsim_pool **pool) {
  *pool = NULL;
  fsim_hdf_quiet();
  fsim_pool *made = fsim_pool_new(r->shape->n_histograms);
  if (made == NULL) return fsim_no_memory(report);
  const char *group = fsim_aggregates_find(r->file, r->replications);
  if (group == NULL || fsim_aggregates_read(r->file, group, made) != 0) {
    fsim_pool_free(made);
    return damaged(r, report);
  }
  *pool = made;
  return FSIM_OK;
}

/* Rows of a table in a replication: where they begin and how many they are. */
static int find_rows(fsim_store_reader *r, size_t table, uint32_t replication, uint64_t *first,
                     uint64_t *n) {
  uint64_t ends[2];
  if (read_rows(r, r->layout->first_index + table, replication, 2, ends) != 0) return -1;
  if (ends[1] < ends[0] || ends[1] - ends[0] > UINT32_MAX) return -1;
  *first = ends[0];
  *n = ends[1] - ends[0];
  return 0;
}

static int read_columns(fsim_store_reader *r, size_t table, uint64_t first, uint64_t n,
                        fsim_trajectory *rows) {
  for (size_t c = 0; c < FSIM_N_COLUMNS; c++)
    if (fsim_columns[c].table == table && read_rows(r, c, first, n, rows->column[c]) != 0)
      return -1;
  for (size_t a = 0; table == FSIM_LEADS && a < rows->n_attributes; a++)
    if (read_rows(r, r->layout->first_attribute + a, first, n, rows->attribute[a]) != 0) return -1;
  rows->rows[table] = (size_t)n;
  return 0;
}

int fsim_store_rows(fsim_store_reader *r, uint32_t replication, fsim_report *report,
                    fsim_trajectory **rows) {
  *rows = NULL;
  fsim_hdf_quiet();
  if (replication >= r->replications) return no_such_replication(r, replication, report);
  fsim_trajectory *made = fsim_trajectory_new(r->scenario->n_attributes);
  int status = made == NULL ? fsim_no_memory(report) : FSIM_OK;
  for (size_t t = 0; status == FSIM_OK && t < FSIM_N_TABLES; t++) {
    uint64_t first, n;
    if (find_rows(r, t, replication, &first, &n) != 0) {
      status = damaged(r, report);
    } else if (fsim_trajectory_reserve(made, (fsim_table)t, (size_t)n) != 0) {
      status = fsim_no_memory(report);
    } else if (read_columns(r, t, first, n, made) != 0) {
      status = damaged(r, report);
    }
  }
  if (status != FSIM_OK) {
    fsim_trajectory_free(made);
    return status;
  }
  made->replication = replication;
  *rows = made;
  return FSIM_OK;
}
