/* Going on with a file: of a killed run, or a whole one that is to get more replications.
 *
 * Nothing that the last commit refers to is touched before the next commit is whole: the rows of
 * chunks that are not full are read back into memory, and later rows overwrite what a killed run
 * left behind them. To extend is to go on with a copy, so the old file stays until the new one is
 * whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/array.h"
#include "sim/base/file.h"
#include "sim/base/text.h"
#include "sim/store/copying.h"
#include "sim/store/hdf.h"
#include "sim/store/journal.h"
#include "sim/store/opening.h"
#include "sim/store/writer.h"

/* ---- the same scenario? ---- */

/* How many replications are wanted may change. */
static bool line_may_differ(const char *line, size_t length) {
  static const char *const keys[] = {"replications:", "precision:"};
  for (size_t i = 0; i < 2; i++) {
    size_t n = strlen(keys[i]);
    if (length >= n && memcmp(line, keys[i], n) == 0) return true;
  }
  return false;
}

/* The next line that matters; *text moves behind it. NULL: there is none. */
static const char *next_line(const char **text, bool counts_too, size_t *length) {
  while (**text != '\0') {
    const char *line = *text;
    *length = strcspn(line, "\n");
    *text = line + *length + (line[*length] == '\n');
    if (counts_too || !line_may_differ(line, *length)) return line;
  }
  return NULL;
}

static int compare_yaml(const char *stored, const char *given, bool counts_too, const char *path,
                        fsim_report *report) {
  size_t n = 0, m = 0;
  const char *a, *b;
  do {
    a = next_line(&stored, counts_too, &n);
    b = next_line(&given, counts_too, &m);
  } while (a != NULL && b != NULL && n == m && memcmp(a, b, n) == 0);
  if (a == NULL && b == NULL) return FSIM_OK;
  return fsim_bad_input(report, FSIM_NOWHERE,
                        "%s was made with another scenario: it has \"%.*s\" where this one has "
                        "\"%.*s\"; give the same scenario, or start a new file",
                        path, a == NULL ? 0 : (int)(n < 200 ? n : 200), a == NULL ? "" : a,
                        b == NULL ? 0 : (int)(m < 200 ? m : 200), b == NULL ? "" : b);
}

static int compare_files(hid_t group, const fsim_source *source, const char *path,
                         fsim_report *report) {
  fsim_stored_files stored;
  int status = fsim_stored_files_read(group, path, report, &stored);
  if (status != FSIM_OK) return status;
  size_t n = fsim_source_n_files(source);
  for (size_t i = 0; status == FSIM_OK && i < n; i++) {
    const char *text;
    size_t length;
    const char *name = fsim_source_file(source, i, &text, &length);
    if (i >= stored.n || strcmp(stored.names[i], name) != 0 || stored.lengths[i] != length ||
        memcmp(stored.texts[i], text, length) != 0)
      status = fsim_bad_input(report, FSIM_NOWHERE,
                              "%s was made with another %s; give the same input files, or start "
                              "a new file",
                              path, name);
  }
  fsim_stored_files_free(&stored);
  return status;
}

static int compare_settings(hid_t file, const fsim_scenario *scenario,
                            const fsim_store_options *options, const char *path,
                            fsim_report *report) {
  uint64_t seed = 0;
  uint32_t kept = 0;
  double share = 0;
  char *version = NULL;
  if (fsim_hdf_get_number(file, "seed", H5T_NATIVE_UINT64, &seed) != 0 ||
      fsim_hdf_get_number(file, "trajectory_replications", H5T_NATIVE_UINT32, &kept) != 0 ||
      fsim_hdf_get_number(file, "trajectory_share", H5T_NATIVE_DOUBLE, &share) != 0 ||
      fsim_hdf_get_text(file, "version", &version) != 0)
    return fsim_hdf_failure(report, "read", path);
  int status = FSIM_OK;
  if (strcmp(version, FSIM_VERSION) != 0)
    status = fsim_bad_input(report, FSIM_NOWHERE,
                            "%s was made by funnelsim %s, this is " FSIM_VERSION
                            "; use that version, or start a new file",
                            path, version);
  if (status == FSIM_OK && seed != scenario->seed)
    status = fsim_bad_input(report, FSIM_NOWHERE,
                            "%s was made with seed %llu, not %llu; give the same seed, or start a "
                            "new file",
                            path, (unsigned long long)seed, (unsigned long long)scenario->seed);
  /* Equal bits: both came from the same option. */
  if (status == FSIM_OK && (kept != options->keep_replications ||
                            memcmp(&share, &options->keep_share, sizeof share) != 0))
    status = fsim_bad_input(report, FSIM_NOWHERE,
                            "%s keeps other trajectories; give the same --trajectories, or start "
                            "a new file",
                            path);
  free(version);
  return status;
}

static int compare(hid_t file, const fsim_source *source, const fsim_scenario *scenario,
                   const fsim_store_options *options, bool counts_too, const char *path,
                   fsim_report *report) {
  int status = compare_settings(file, scenario, options, path, report);
  if (status != FSIM_OK) return status;
  const char *given = fsim_source_resolved(source);
  if (given == NULL) return fsim_no_memory(report);
  char *yaml = NULL;
  hid_t group = H5Gopen2(file, "/scenario", H5P_DEFAULT);
  if (group < 0 || fsim_hdf_read_text(group, "yaml", &yaml) != 0) {
    status = fsim_hdf_failure(report, "read", path);
  } else {
    status = compare_yaml(yaml, given, counts_too, path, report);
  }
  if (status == FSIM_OK) status = compare_files(group, source, path, report);
  if (group >= 0) H5Gclose(group);
  free(yaml);
  return status;
}

int fsim_store_check(const fsim_source *source, const fsim_scenario *scenario,
                     const fsim_store_options *options, fsim_report *report) {
  const char *path = options->path;
  uint32_t n = 0;
  hid_t file = -1;
  fsim_hdf_quiet();
  hid_t access = fsim_store_access();
  if (access < 0) return fsim_no_memory(report);
  int status = fsim_open_result(path, H5F_ACC_RDONLY, access, report, &file);
  H5Pclose(access);
  if (status != FSIM_OK) return status;
  status = compare(file, source, scenario, options, options->replications == 0, path, report);
  if (status == FSIM_OK && fsim_hdf_get_number(file, "replications", H5T_NATIVE_UINT32, &n) != 0)
    status = fsim_hdf_failure(report, "read", path);
  if (status == FSIM_OK && options->replications > 0 && n != options->replications)
    status = fsim_bad_input(report, FSIM_NOWHERE,
                            "%s has %u replications, not %u; give the same number, or start a new "
                            "file",
                            path, n, options->replications);
  H5Fclose(file);
  return status;
}

/* ---- opening ---- */

/* Rows of every growing dataset at the commit of `done` replications. */
static int committed_rows(const fsim_layout *layout, hid_t file, uint32_t done, uint64_t *rows) {
  uint64_t of_table[FSIM_N_TABLES];
  for (size_t t = 0; t < FSIM_N_TABLES; t++)
    if (fsim_stored_first_row(file, layout->growing[layout->first_index + t].path, done,
                              &of_table[t]) != 0)
      return -1;
  for (size_t i = 0; i < layout->n_growing; i++) {
    const fsim_growing *g = &layout->growing[i];
    if (g->kind == FSIM_GROW_COLUMN) rows[i] = of_table[fsim_columns[g->index].table];
    if (g->kind == FSIM_GROW_ATTRIBUTE) rows[i] = of_table[FSIM_LEADS];
    if (g->kind == FSIM_GROW_SERIES) rows[i] = done;
    if (g->kind == FSIM_GROW_INDEX) rows[i] = (uint64_t)done + 1;
  }
  return 0;
}

static int read_state(fsim_store_writer *w, uint32_t done, fsim_pool *pool) {
  int ret = -1;
  const uint8_t no = 0;
  uint64_t *rows = fsim_zeroed(w->layout->n_growing, sizeof *rows);
  const char *valid = fsim_aggregates_find(w->file, done);
  if (rows == NULL || valid == NULL) goto out;
  if (committed_rows(w->layout, w->file, done, rows) != 0) goto out;
  if (fsim_chunks_open(w->chunks, w->file, rows) != 0) goto out;
  if (fsim_aggregates_read(w->file, valid, pool) != 0) goto out;
  if (H5Lexists(w->file, FSIM_AGGREGATES_OTHER, H5P_DEFAULT) <= 0 &&
      fsim_aggregates_create(w->file, FSIM_AGGREGATES_OTHER, w->shape->n_histograms) != 0)
    goto out;
  if (fsim_hdf_put_number(w->file, "complete", H5T_NATIVE_UINT8, &no) != 0) goto out;
  ret = 0;
out:
  free(rows);
  return ret;
}

static int open_partial(const fsim_source *source, const fsim_store_options *options,
                        fsim_report *report, fsim_store_writer *w, uint32_t *done,
                        fsim_pool **pool) {
  hid_t access = fsim_store_access();
  if (access < 0) return fsim_no_memory(report);
  int status = fsim_open_result(w->partial, H5F_ACC_RDWR, access, report, &w->file);
  H5Pclose(access);
  if (status == FSIM_OK)
    status = compare(w->file, source, w->scenario, options, false, w->partial, report);
  if (status != FSIM_OK) return status;
  if (fsim_journal_start(w->file, w->partial) != 0) return fsim_no_memory(report);
  if (fsim_hdf_get_number(w->file, "replications", H5T_NATIVE_UINT32, done) != 0)
    return fsim_hdf_failure(report, "read", w->partial);
  if ((*pool = fsim_pool_new(w->shape->n_histograms)) == NULL) return fsim_no_memory(report);
  if (*done == 0) return FSIM_OK;
  if (read_state(w, *done, *pool) != 0)
    return fsim_failure(report, FSIM_NOWHERE,
                        "%s is damaged and cannot be gone on with; remove it and run again",
                        w->partial);
  w->committed = w->committed_before = *done;
  return FSIM_OK;
}

static int find_partial(const fsim_store_writer *w, bool extend, fsim_report *report) {
  struct stat info;
  bool partial = stat(w->partial, &info) == 0, whole = stat(w->path, &info) == 0;
  if (extend) {
    if (!whole)
      return fsim_bad_input(report, FSIM_NOWHERE, "there is no %s to extend: %s", w->path,
                            strerror(errno));
    if (partial)
      return fsim_bad_input(report, FSIM_NOWHERE,
                            "%s is there already, from a run that was stopped: finish it with "
                            "--resume, or remove it",
                            w->partial);
    return fsim_copy_file(w->path, w->partial, report);
  }
  if (partial) return FSIM_OK;
  if (whole)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "%s is whole already, nothing to resume; --extend adds replications",
                          w->path);
  return fsim_bad_input(report, FSIM_NOWHERE,
                        "there is no %s to resume; run without --resume to begin", w->partial);
}

int fsim_store_continue(const fsim_source *source, const fsim_scenario *scenario,
                        const fsim_shape *shape, const fsim_store_options *options, bool extend,
                        fsim_report *report, fsim_store_writer **writer, uint32_t *done,
                        fsim_pool **pool) {
  *writer = NULL;
  *pool = NULL;
  *done = 0;
  fsim_hdf_quiet();
  int status = fsim_store_check_target(options->path, report);
  if (status != FSIM_OK) return status;
  fsim_store_writer *w = fsim_store_writer_new(scenario, shape, options);
  if (w == NULL) return fsim_no_memory(report);
  w->resumed = !extend;
  status = find_partial(w, extend, report);
  bool copied = extend && status == FSIM_OK;
  if (status == FSIM_OK) status = open_partial(source, options, report, w, done, pool);
  if (status == FSIM_OK && *done > 0) {
    *writer = w;
    return FSIM_OK;
  }
  /* A copy that cannot be extended is of no use; a partial file may be, to somebody. */
  if (copied) unlink(w->partial);
  fsim_store_writer_free(w);
  /* Killed before its first commit: the file has nothing, so it begins anew. */
  if (status == FSIM_OK)
    status = fsim_store_create(source, scenario, shape, options, report, writer);
  if (status != FSIM_OK) {
    fsim_pool_free(*pool);
    *pool = NULL;
    *done = 0;
  }
  return status;
}
