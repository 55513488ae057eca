#include "sim/store/opening.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/array.h"
#include "sim/store/hdf.h"
#include "sim/store/journal.h"
#include "sim/store/layout.h"

static int damaged(fsim_report *report, const char *path) {
  return fsim_failure(report, FSIM_NOWHERE,
                      "%s is damaged or cut short; copy it again from where it was made, or repeat "
                      "the run",
                      path);
}

static int foreign(fsim_report *report, const char *path, const char *what) {
  return fsim_bad_input(report, FSIM_NOWHERE,
                        "%s is %s; expected a result file that 'funnelsim run' wrote", path, what);
}

static int check_path(const char *path, fsim_report *report) {
  struct stat info;
  if (stat(path, &info) != 0)
    return fsim_bad_input(report, FSIM_NOWHERE, "cannot open %s: %s", path, strerror(errno));
  if (S_ISDIR(info.st_mode)) return foreign(report, path, "a folder");
  if (!S_ISREG(info.st_mode)) return foreign(report, path, "not a regular file");
  if (info.st_size == 0) return foreign(report, path, "empty");
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    return fsim_bad_input(report, FSIM_NOWHERE, "cannot open %s: %s", path, strerror(errno));
  fclose(file);
  return FSIM_OK;
}

static int check_format(hid_t file, const char *path, fsim_report *report) {
  char *format = NULL;
  uint32_t version = 0;
  if (H5Aexists(file, "format") <= 0)
    return foreign(report, path, "an HDF5 file of another program");
  if (fsim_hdf_get_text(file, "format", &format) != 0) return damaged(report, path);
  bool ours = strcmp(format, FSIM_STORE_FORMAT) == 0;
  free(format);
  if (!ours) return foreign(report, path, "an HDF5 file of another program");
  if (fsim_hdf_get_number(file, "format_version", H5T_NATIVE_UINT32, &version) != 0)
    return damaged(report, path);
  if (version > FSIM_STORE_FORMAT_VERSION)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "%s has format version %u of a newer funnelsim; this one reads "
                          "version %d: use the newer program",
                          path, version, FSIM_STORE_FORMAT_VERSION);
  if (version < FSIM_STORE_FORMAT_VERSION)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "%s has format version %u of an older funnelsim; this one reads version "
                          "%d: repeat the run with this program",
                          path, version, FSIM_STORE_FORMAT_VERSION);
  return FSIM_OK;
}

int fsim_open_result(const char *path, unsigned flags, hid_t access, fsim_report *report,
                     hid_t *file) {
  *file = -1;
  int status = check_path(path, report);
  if (status == FSIM_OK) status = fsim_journal_recover(path, report);
  if (status != FSIM_OK) return status;
  if (H5Fis_hdf5(path) == 0) return foreign(report, path, "not an HDF5 file");
  hid_t opened = H5Fopen(path, flags, access);
  if (opened < 0) return damaged(report, path);
  status = check_format(opened, path, report);
  if (status == FSIM_OK) {
    *file = opened;
  } else {
    H5Fclose(opened);
  }
  return status;
}

int fsim_stored_files_read(hid_t group, const char *path, fsim_report *report,
                           fsim_stored_files *files) {
  *files = (fsim_stored_files){0};
  if (fsim_hdf_read_texts(group, "files/names", &files->names, &files->n) != 0)
    return damaged(report, path);
  files->texts = fsim_zeroed(files->n, sizeof *files->texts);
  files->lengths = fsim_zeroed(files->n, sizeof *files->lengths);
  int status = files->texts == NULL || files->lengths == NULL ? fsim_no_memory(report) : FSIM_OK;
  for (size_t i = 0; status == FSIM_OK && i < files->n; i++) {
    char number[32];
    snprintf(number, sizeof number, "files/%zu", i);
    if (fsim_hdf_read_bytes(group, number, &files->texts[i], &files->lengths[i]) != 0)
      status = damaged(report, path);
  }
  if (status != FSIM_OK) fsim_stored_files_free(files);
  return status;
}

void fsim_stored_files_free(fsim_stored_files *files) {
  fsim_hdf_free_texts(files->names, files->n);
  if (files->texts != NULL) fsim_hdf_free_texts(files->texts, files->n);
  free(files->lengths);
  *files = (fsim_stored_files){0};
}

int fsim_stored_first_row(hid_t file, const char *index, uint32_t replication, uint64_t *row) {
  int ret = -1;
  hsize_t start = replication, one = 1;
  hid_t set = H5Dopen2(file, index, H5P_DEFAULT), space = -1, memory = -1;
  if (set < 0) return -1;
  if ((space = H5Dget_space(set)) < 0 || (memory = H5Screate_simple(1, &one, NULL)) < 0) goto out;
  if (H5Sget_simple_extent_ndims(space) != 1 ||
      H5Sget_simple_extent_npoints(space) <= (hssize_t)replication)
    goto out;
  if (H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &one, NULL) < 0) goto out;
  if (H5Dread(set, H5T_NATIVE_UINT64, memory, space, H5P_DEFAULT, row) >= 0) ret = 0;
out:
  if (memory >= 0) H5Sclose(memory);
  if (space >= 0) H5Sclose(space);
  H5Dclose(set);
  return ret;
}
