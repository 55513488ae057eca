#include "sim/store/stored_table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/text.h"
#include "sim/store/copying.h"
#include "sim/store/hdf.h"

static void *at(const void *record, const fsim_stored_member *member) {
  return (char *)(uintptr_t)record + member->offset;
}

static size_t *rows_of(const fsim_stored_kind *kind, const void *record) {
  return (size_t *)(void *)((char *)(uintptr_t)record + kind->rows);
}

/* ---- writing ---- */

static int write_group(hid_t group, const fsim_stored_kind *kind, const void *record) {
  size_t n = *rows_of(kind, record);
  for (size_t i = 0; i < kind->n_texts; i++) {
    char *const *texts = *(char ***)at(record, &kind->texts[i]);
    if (fsim_hdf_write_texts(group, kind->texts[i].name, (const char *const *)texts, n) != 0)
      return -1;
  }
  for (size_t i = 0; i < kind->n_numbers; i++) {
    const fsim_stored_member *m = &kind->numbers[i];
    if (fsim_hdf_write_numbers(group, m->name, *(double **)at(record, m), n) != 0) return -1;
  }
  for (size_t i = 0; i < kind->n_notes; i++) {
    const fsim_stored_member *m = &kind->notes[i];
    if (fsim_hdf_put_text(group, m->name, *(char **)at(record, m)) != 0) return -1;
  }
  for (size_t i = 0; i < kind->n_values; i++) {
    const fsim_stored_member *m = &kind->values[i];
    if (fsim_hdf_put_number(group, m->name, H5T_NATIVE_DOUBLE, at(record, m)) != 0) return -1;
  }
  return 0;
}

static int write_into(const char *path, const fsim_stored_kind *kind, const void *record,
                      fsim_report *report) {
  hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT), group = -1;
  int failed = file < 0;
  if (!failed && H5Lexists(file, kind->group, H5P_DEFAULT) > 0)
    failed = H5Ldelete(file, kind->group, H5P_DEFAULT) < 0;
  if (!failed) group = H5Gcreate2(file, kind->group, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  if (!failed) failed = group < 0 || write_group(group, kind, record) != 0;
  int status = failed ? fsim_hdf_failure(report, "cannot write", path) : FSIM_OK;
  if (group >= 0) H5Gclose(group);
  if (file >= 0 && H5Fclose(file) < 0 && status == FSIM_OK)
    status = fsim_hdf_failure(report, "cannot write", path);
  return status;
}

int fsim_stored_put(const char *path, const fsim_stored_kind *kind, const void *record,
                    fsim_report *report) {
  fsim_text copy = {0};
  fsim_hdf_quiet();
  fsim_text_append(&copy, "%s.changing", path);
  if (copy.failed) {
    free(copy.text);
    return fsim_no_memory(report);
  }
  int status = fsim_copy_file(path, copy.text, report);
  if (status == FSIM_OK) status = write_into(copy.text, kind, record, report);
  if (status == FSIM_OK && rename(copy.text, path) != 0)
    status = fsim_failure(report, FSIM_NOWHERE, "cannot replace %s: %s", path, strerror(errno));
  if (status != FSIM_OK) unlink(copy.text);
  free(copy.text);
  return status;
}

/* ---- reading ---- */

static bool read_group(hid_t group, const fsim_stored_kind *kind, void *record) {
  size_t n = 0, *rows = rows_of(kind, record);
  for (size_t i = 0; i < kind->n_texts; i++) {
    char ***texts = at(record, &kind->texts[i]);
    if (fsim_hdf_read_texts(group, kind->texts[i].name, texts, &n) != 0) return false;
    if (i > 0 && n != *rows) {
      fsim_hdf_free_texts(*texts, n);
      *texts = NULL;
      return false;
    }
    *rows = n;
  }
  for (size_t i = 0; i < kind->n_numbers; i++) {
    const fsim_stored_member *m = &kind->numbers[i];
    if (fsim_hdf_read_numbers(group, m->name, at(record, m), &n) != 0 || n != *rows) return false;
  }
  for (size_t i = 0; i < kind->n_notes; i++)
    if (fsim_hdf_get_text(group, kind->notes[i].name, at(record, &kind->notes[i])) != 0)
      return false;
  for (size_t i = 0; i < kind->n_values; i++) {
    const fsim_stored_member *m = &kind->values[i];
    if (fsim_hdf_get_number(group, m->name, H5T_NATIVE_DOUBLE, at(record, m)) != 0) return false;
  }
  return true;
}

int fsim_stored_get(const char *path, const fsim_stored_kind *kind, fsim_report *report,
                    void *record) {
  fsim_hdf_quiet();
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT), group = -1;
  if (file < 0) return fsim_hdf_failure(report, "cannot read", path);
  bool there = H5Lexists(file, kind->group, H5P_DEFAULT) > 0, good = true;
  if (there) {
    group = H5Gopen2(file, kind->group, H5P_DEFAULT);
    good = group >= 0 && read_group(group, kind, record);
    if (group >= 0) H5Gclose(group);
  }
  H5Fclose(file);
  if (good) return FSIM_OK;
  return fsim_failure(report, FSIM_NOWHERE, "/%s in %s is damaged: %s %s again", kind->group, path,
                      kind->repair, path);
}

void fsim_stored_free(const fsim_stored_kind *kind, void *record) {
  for (size_t i = 0; i < kind->n_texts; i++) {
    char **texts = *(char ***)at(record, &kind->texts[i]);
    if (texts != NULL) fsim_hdf_free_texts(texts, *rows_of(kind, record));
  }
  for (size_t i = 0; i < kind->n_numbers; i++) free(*(double **)at(record, &kind->numbers[i]));
  for (size_t i = 0; i < kind->n_notes; i++) free(*(char **)at(record, &kind->notes[i]));
}
