/* Making a result file, feeding it, and giving it its final name.
 *
 * Three properties of the file make commits safe (commit.c): its space is never reused while it is
 * written (strategy NONE), so an older version of a chunk stays until nothing refers to it; the
 * metadata cache evicts nothing, so metadata leaves it in flushes only; and the metadata of a flush
 * reaches the file as a whole or not at all (journal.h). */
#include "sim/store/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <gsl/gsl_version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sim/base/array.h"
#include "sim/base/file.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"
#include "sim/store/hdf.h"
#include "sim/store/journal.h"

/* ---- the sink ---- */

static int take(void *self, const fsim_trajectory *part, fsim_report *report) {
  fsim_store_writer *w = self;
  const fsim_layout *layout = w->layout;
  for (size_t c = 0; c < FSIM_N_COLUMNS; c++)
    if (fsim_chunks_append(w->chunks, c, part->column[c], part->rows[fsim_columns[c].table]) != 0)
      return fsim_no_memory(report);
  for (size_t a = 0; a < part->n_attributes; a++)
    if (fsim_chunks_append(w->chunks, layout->first_attribute + a, part->attribute[a],
                           part->rows[FSIM_LEADS]) != 0)
      return fsim_no_memory(report);
  return FSIM_OK;
}

/* First dataset of a table: its columns all have the same count of rows. */
static uint64_t rows_of_table(const fsim_store_writer *w, size_t table) {
  static const size_t first[FSIM_N_TABLES] = {FSIM_LEAD_REPLICATION, FSIM_JOURNEY_REPLICATION,
                                              FSIM_VISIT_REPLICATION};
  return fsim_chunks_rows(w->chunks, first[table]);
}

static int append_index(fsim_store_writer *w, fsim_report *report) {
  for (size_t t = 0; t < FSIM_N_TABLES; t++) {
    uint64_t rows = rows_of_table(w, t);
    if (fsim_chunks_append(w->chunks, w->layout->first_index + t, &rows, 1) != 0)
      return fsim_no_memory(report);
  }
  return FSIM_OK;
}

static int finish_replication(void *self, uint32_t replication, const int64_t *record,
                              fsim_report *report) {
  fsim_store_writer *w = self;
  const fsim_layout *layout = w->layout;
  if (fsim_chunks_rows(w->chunks, layout->first_index) != (uint64_t)replication + 1)
    return fsim_failure(report, FSIM_NOWHERE,
                        "replication %u came to the result file out of its order", replication);
  for (size_t i = layout->first_series; i < layout->first_index; i++) {
    const int64_t *cells = record + w->shape->offset[layout->growing[i].index];
    if (fsim_chunks_append(w->chunks, i, cells, 1) != 0) return fsim_no_memory(report);
  }
  return append_index(w, report);
}

static bool help(void *self) {
  fsim_store_writer *w = self;
  return fsim_chunks_help(w->chunks);
}

static int tend(void *self, fsim_report *report) {
  fsim_store_writer *w = self;
  fsim_hdf_quiet();
  if (w->broken) return FSIM_FAILED;
  if (fsim_chunks_failed(w->chunks)) {
    w->broken = true;
    return fsim_no_memory(report);
  }
  if (fsim_chunks_write(w->chunks) == 0) return FSIM_OK;
  w->broken = true;
  return fsim_hdf_failure(report, "write", w->partial);
}

const fsim_sink *fsim_store_sink(fsim_store_writer *writer) {
  return &writer->sink;
}

/* ---- making ---- */

fsim_store_writer *fsim_store_writer_new(const fsim_scenario *scenario, const fsim_shape *shape,
                                         const fsim_store_options *options) {
  fsim_store_writer *w = fsim_zeroed(1, sizeof *w);
  if (w == NULL) return NULL;
  fsim_text partial = {0};
  fsim_text_append(&partial, "%s.partial", options->path);
  w->file = -1;
  w->scenario = scenario;
  w->shape = shape;
  w->commit_every_s = options->commit_every_s;
  w->partial = partial.text;
  w->path = fsim_copy_text(options->path, strlen(options->path));
  w->layout = fsim_layout_new(scenario, shape);
  if (w->layout != NULL) w->chunks = fsim_chunks_new(w->layout);
  w->sink = (fsim_sink){w, take, finish_replication, help, tend, fsim_store_commit};
  if (w->path != NULL && !partial.failed && w->chunks != NULL) return w;
  fsim_store_writer_free(w);
  return NULL;
}

int fsim_store_writer_free(fsim_store_writer *w) {
  /* HDF5 keeps what it could not write and tries again when the file is closed, where failing once
   * more crashes it. */
  if (w->broken) fsim_journal_abandon(w->file);
  int ret = fsim_chunks_free(w->chunks);
  if (w->file >= 0 && H5Fclose(w->file) < 0) ret = -1;
  fsim_layout_free(w->layout);
  fsim_pool_free(w->waiting_pool);
  free(w->path);
  free(w->partial);
  free(w);
  return ret;
}

hid_t fsim_store_access(void) {
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5AC_cache_config_t cache = {.version = H5AC__CURR_CACHE_CONFIG_VERSION};
  if (access < 0) return -1;
  if (fsim_journal_use(access) != 0 || H5Pget_mdc_config(access, &cache) < 0) goto failed;
  cache.evictions_enabled = 0;
  cache.incr_mode = H5C_incr__off; /* HDF5 wants these with it */
  cache.flash_incr_mode = H5C_flash_incr__off;
  cache.decr_mode = H5C_decr__off;
  if (H5Pset_mdc_config(access, &cache) >= 0) return access;
failed:
  H5Pclose(access);
  return -1;
}

static hid_t create_file(const char *path) {
  hid_t file = -1, access = fsim_store_access(), creation = H5Pcreate(H5P_FILE_CREATE);
  if (access >= 0 && creation >= 0 &&
      H5Pset_file_space_strategy(creation, H5F_FSPACE_STRATEGY_NONE, 0, 1) >= 0)
    file = H5Fcreate(path, H5F_ACC_TRUNC, creation, access);
  if (access >= 0) H5Pclose(access);
  if (creation >= 0) H5Pclose(creation);
  return file;
}

static int put_texts(hid_t file, const fsim_scenario *scenario, const char *engine) {
  char date[16], created[32] = "";
  time_t now = time(NULL);
  struct tm utc;
  if (gmtime_r(&now, &utc) != NULL) strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", &utc);
  if (fsim_hdf_put_text(file, "format", FSIM_STORE_FORMAT) != 0 ||
      fsim_hdf_put_text(file, "version", FSIM_VERSION) != 0 ||
      fsim_hdf_put_text(file, "created", created) != 0 ||
      fsim_hdf_put_text(file, "engine", engine == NULL ? "" : engine) != 0 ||
      fsim_hdf_put_text(file, "scenario", scenario->name == NULL ? "" : scenario->name) != 0 ||
      fsim_hdf_put_text(file, "currency", scenario->currency == NULL ? "" : scenario->currency) !=
          0)
    return -1;
  fsim_format_date(scenario->start_days, date, sizeof date);
  return fsim_hdf_put_text(file, "start", date);
}

static int put_root(hid_t file, const fsim_scenario *scenario, const fsim_store_options *options) {
  const uint32_t version = FSIM_STORE_FORMAT_VERSION, none = 0;
  const uint8_t no = 0;
  if (put_texts(file, scenario, options->engine) != 0) return -1;
  if (fsim_hdf_put_number(file, "format_version", H5T_NATIVE_UINT32, &version) != 0 ||
      fsim_hdf_put_number(file, "seed", H5T_NATIVE_UINT64, &scenario->seed) != 0 ||
      fsim_hdf_put_number(file, "horizon_s", H5T_NATIVE_INT32, &scenario->horizon_s) != 0 ||
      fsim_hdf_put_number(file, "warm_up_s", H5T_NATIVE_INT32, &scenario->warm_up_s) != 0 ||
      fsim_hdf_put_number(file, "trajectory_replications", H5T_NATIVE_UINT32,
                          &options->keep_replications) != 0 ||
      fsim_hdf_put_number(file, "trajectory_share", H5T_NATIVE_DOUBLE, &options->keep_share) != 0 ||
      fsim_hdf_put_number(file, "replications", H5T_NATIVE_UINT32, &none) != 0)
    return -1;
  return fsim_hdf_put_number(file, "complete", H5T_NATIVE_UINT8, &no);
}

static int put_files(hid_t group, const fsim_source *source, const fsim_scenario *scenario) {
  size_t n = fsim_source_n_files(source);
  const char **names = fsim_zeroed(n + scenario->n_files, sizeof *names);
  int ret = names == NULL ? -1 : 0;
  for (size_t i = 0; ret == 0 && i < n; i++) {
    const char *text;
    size_t length;
    char number[32];
    names[i] = fsim_source_file(source, i, &text, &length);
    snprintf(number, sizeof number, "files/%zu", i);
    ret = fsim_hdf_write_bytes(group, number, text, length);
  }
  if (ret == 0) ret = fsim_hdf_write_texts(group, "files/names", names, n);
  for (size_t i = 0; ret == 0 && i < scenario->n_files; i++) names[i] = scenario->files[i].name;
  if (ret == 0) ret = fsim_hdf_write_texts(group, "input", names, scenario->n_files);
  for (size_t i = 0; ret == 0 && i < scenario->n_files; i++) names[i] = scenario->files[i].sha256;
  if (ret == 0) ret = fsim_hdf_write_texts(group, "input_sha256", names, scenario->n_files);
  free(names);
  return ret;
}

static int put_scenario(hid_t file, const fsim_source *source, const fsim_scenario *scenario) {
  const char *yaml = fsim_source_resolved(source);
  hid_t group = H5Gopen2(file, "/scenario", H5P_DEFAULT);
  char hdf5[32];
  unsigned major, minor, release;
  int ret = -1;
  if (group < 0 || yaml == NULL || H5get_libversion(&major, &minor, &release) < 0) goto out;
  snprintf(hdf5, sizeof hdf5, "%u.%u.%u", major, minor, release);
  if (fsim_hdf_write_text(group, "yaml", yaml) != 0 ||
      fsim_hdf_put_text(group, "hdf5_version", hdf5) != 0 ||
      fsim_hdf_put_text(group, "gsl_version", gsl_version) != 0 ||
      fsim_hdf_put_text(group, "compression", fsim_compress_name()) != 0)
    goto out;
  ret = put_files(group, source, scenario);
out:
  if (group >= 0) H5Gclose(group);
  return ret;
}

static int make_contents(fsim_store_writer *w, const fsim_source *source,
                         const fsim_store_options *options) {
  static const char *const groups[] = {"/scenario", "/scenario/files", "/names",
                                       "/leads",    "/journeys",       "/visits",
                                       "/index",    "/series",         "/series/labels"};
  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
    if (fsim_hdf_make_group(w->file, groups[i]) != 0) return -1;
  if (put_root(w->file, w->scenario, options) != 0) return -1;
  if (put_scenario(w->file, source, w->scenario) != 0) return -1;
  if (fsim_layout_write_names(w->layout, w->file) != 0) return -1;
  if (fsim_chunks_create(w->chunks, w->file) != 0) return -1;
  if (fsim_aggregates_create(w->file, FSIM_AGGREGATES, w->shape->n_histograms) != 0) return -1;
  if (fsim_aggregates_create(w->file, FSIM_AGGREGATES_OTHER, w->shape->n_histograms) != 0)
    return -1;
  return H5Fflush(w->file, H5F_SCOPE_GLOBAL) < 0 ? -1 : 0;
}

static int check_folder(const char *path, const char *folder, fsim_report *report) {
  struct stat info;
  if (stat(folder, &info) != 0)
    return fsim_bad_input(report, FSIM_NOWHERE, "cannot write %s: folder %s: %s; create it first",
                          path, folder, strerror(errno));
  if (!S_ISDIR(info.st_mode))
    return fsim_bad_input(report, FSIM_NOWHERE, "cannot write %s: %s is not a folder", path,
                          folder);
  if (access(folder, W_OK | X_OK) != 0)
    return fsim_failure(report, FSIM_NOWHERE,
                        "cannot write %s: folder %s: %s; choose another folder with -o", path,
                        folder, strerror(errno));
  return FSIM_OK;
}

int fsim_store_check_target(const char *path, fsim_report *report) {
  struct stat info;
  if (path[0] == '\0') return fsim_bad_input(report, FSIM_NOWHERE, "the result file needs a name");
  bool there = stat(path, &info) == 0;
  if (there && S_ISDIR(info.st_mode))
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "%s is a folder; give the result file a name in it, such as %s/out.h5",
                          path, path);
  if (there && !S_ISREG(info.st_mode))
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "%s is a device or a pipe, not a file; give the result file another name",
                          path);
  const char *slash = strrchr(path, '/');
  if (slash == NULL) return check_folder(path, ".", report);
  if (slash == path) return check_folder(path, "/", report);
  char *folder = fsim_copy_text(path, (size_t)(slash - path));
  if (folder == NULL) return fsim_no_memory(report);
  int status = check_folder(path, folder, report);
  free(folder);
  return status;
}

/* The file gets its name PATH.partial once it has all but rows: a run that is killed before leaves
 * no half-made file under that name. HDF5 holds the open file, whatever its name. */
static int begin_file(fsim_store_writer *w, const fsim_source *source,
                      const fsim_store_options *options, fsim_report *report) {
  fsim_text name = {0};
  fsim_text_append(&name, "%s.new", w->partial);
  if (name.failed) {
    free(name.text);
    return fsim_no_memory(report);
  }
  int status = append_index(w, report);
  if (status == FSIM_OK && (w->file = create_file(name.text)) < 0) {
    status = fsim_hdf_failure(report, "create", w->partial);
  } else if (status == FSIM_OK && make_contents(w, source, options) != 0) {
    status = fsim_hdf_failure(report, "write", w->partial);
  } else if (status == FSIM_OK && rename(name.text, w->partial) != 0) {
    status =
        fsim_failure(report, FSIM_NOWHERE, "cannot create %s: %s", w->partial, strerror(errno));
  }
  if (status != FSIM_OK && w->file >= 0) unlink(name.text);
  if (status == FSIM_OK && fsim_journal_start(w->file, w->partial) != 0)
    status = fsim_no_memory(report);
  w->broken = status != FSIM_OK;
  free(name.text);
  return status;
}

int fsim_store_create(const fsim_source *source, const fsim_scenario *scenario,
                      const fsim_shape *shape, const fsim_store_options *options,
                      fsim_report *report, fsim_store_writer **writer) {
  *writer = NULL;
  fsim_hdf_quiet();
  int status = fsim_store_check_target(options->path, report);
  if (status != FSIM_OK) return status;
  fsim_store_writer *w = fsim_store_writer_new(scenario, shape, options);
  if (w == NULL) return fsim_no_memory(report);
  status = begin_file(w, source, options, report);
  if (status != FSIM_OK) {
    fsim_store_writer_free(w);
    return status;
  }
  *writer = w;
  return FSIM_OK;
}

/* ---- the end ---- */

/* The report's messages of a kind, in place of those that are there; of notes those about the run,
 * not those about places in files, and an extension without any keeps what there is. */
static int put_messages_of(hid_t group, const char *name, const fsim_report *report,
                           fsim_severity severity) {
  size_t n = 0, most = report == NULL ? 0 : fsim_report_count(report, severity);
  const char **texts = fsim_zeroed(most, sizeof *texts);
  if (texts == NULL) return -1;
  for (size_t i = 0; report != NULL && n < most; i++) {
    const fsim_message *message = fsim_report_message(report, i);
    if (message == NULL) break;
    bool told = message->severity == severity;
    if (told && (severity != FSIM_NOTE || message->file == NULL)) texts[n++] = message->text;
  }
  int ret = 0;
  if (n > 0 || severity != FSIM_NOTE) {
    if (H5Lexists(group, name, H5P_DEFAULT) > 0) ret = H5Ldelete(group, name, H5P_DEFAULT) < 0;
    if (ret == 0) ret = fsim_hdf_write_texts(group, name, texts, n);
  }
  free(texts);
  return ret;
}

static int put_messages(hid_t file, const fsim_report *report) {
  hid_t group = H5Gopen2(file, "/scenario", H5P_DEFAULT);
  if (group < 0) return -1;
  int ret = put_messages_of(group, "warnings", report, FSIM_WARNING);
  if (ret == 0) ret = put_messages_of(group, "notes", report, FSIM_NOTE);
  H5Gclose(group);
  return ret;
}

/* Leaves the valid sums alone, under their final name. */
static int keep_valid_aggregates(fsim_store_writer *w) {
  const char *valid = fsim_aggregates_find(w->file, w->committed);
  if (valid == NULL) return -1;
  bool other = strcmp(valid, FSIM_AGGREGATES_OTHER) == 0;
  const char *stale = other ? FSIM_AGGREGATES : FSIM_AGGREGATES_OTHER;
  if (H5Lexists(w->file, stale, H5P_DEFAULT) > 0 && H5Ldelete(w->file, stale, H5P_DEFAULT) < 0)
    return -1;
  if (!other) return 0;
  return H5Lmove(w->file, valid, w->file, FSIM_AGGREGATES, H5P_DEFAULT, H5P_DEFAULT) < 0 ? -1 : 0;
}

static int complete(fsim_store_writer *w, const fsim_report *warnings) {
  const uint8_t yes = 1;
  if (fsim_chunks_settle(w->chunks) != 0 || fsim_chunks_trim(w->chunks) != 0) return -1;
  if (put_messages(w->file, warnings) != 0 || keep_valid_aggregates(w) != 0) return -1;
  if (fsim_hdf_put_number(w->file, "complete", H5T_NATIVE_UINT8, &yes) != 0) return -1;
  int ret = fsim_chunks_free(w->chunks);
  w->chunks = NULL;
  if (ret != 0) return -1;
  if (H5Fflush(w->file, H5F_SCOPE_GLOBAL) < 0) return -1;
  hid_t file = w->file;
  w->file = -1;
  return H5Fclose(file) < 0 ? -1 : 0;
}

/* The data first, then the name: a machine that loses power has the old file or the whole new one.
 */
static int sync_path(const char *path, int flags) {
  int fd = open(path, flags | O_CLOEXEC);
  if (fd < 0) return -1;
  int ret = fsync(fd);
  return close(fd) == 0 ? ret : -1;
}

static int give_name(const fsim_store_writer *w, fsim_report *report) {
  if (sync_path(w->partial, O_RDONLY) != 0 || rename(w->partial, w->path) != 0)
    return fsim_failure(report, FSIM_NOWHERE, "cannot finish %s: %s; the results are in %s",
                        w->path, strerror(errno), w->partial);
  char *folder = fsim_path_beside(w->path, ".");
  /* Some file systems cannot sync a folder; the file is whole all the same. */
  if (folder != NULL) (void)sync_path(folder, O_RDONLY | O_DIRECTORY);
  free(folder);
  return FSIM_OK;
}

int fsim_store_finish(fsim_store_writer *w, const fsim_report *warnings, fsim_report *report) {
  fsim_hdf_quiet();
  if (w->broken || w->finished) return FSIM_FAILED;
  int status = fsim_store_commit_waiting(w, report);
  if (status != FSIM_OK) return status;
  if (complete(w, warnings) != 0) {
    w->broken = true;
    return fsim_hdf_failure(report, "write", w->partial);
  }
  w->finished = true;
  return give_name(w, report);
}

void fsim_store_close(fsim_store_writer *w) {
  if (w == NULL) return;
  fsim_hdf_quiet();
  if (!w->finished && w->chunks != NULL) (void)fsim_store_commit_waiting(w, NULL);
  bool useless = !w->finished && w->committed == w->committed_before;
  if (useless && !w->resumed) unlink(w->partial);
  (void)fsim_store_writer_free(w);
}
