#include "sim/store/effects.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/text.h"
#include "sim/store/copying.h"
#include "sim/store/hdf.h"

#define GROUP "sensitivity"

typedef struct column {
  const char *name;
  size_t offset;
} column;

static const column texts[] = {{"lever", offsetof(fsim_stored_effects, lever)},
                               {"value", offsetof(fsim_stored_effects, value)},
                               {"step", offsetof(fsim_stored_effects, step)}};
static const column numbers[] = {{"effect", offsetof(fsim_stored_effects, effect)},
                                 {"low", offsetof(fsim_stored_effects, low)},
                                 {"high", offsetof(fsim_stored_effects, high)},
                                 {"elasticity", offsetof(fsim_stored_effects, elasticity)}};
static const column notes[] = {{"sentence", offsetof(fsim_stored_effects, sentence)},
                               {"metric", offsetof(fsim_stored_effects, metric)},
                               {"units", offsetof(fsim_stored_effects, units)}};
#define COUNT(list) (sizeof(list) / sizeof *(list))

static void *at(const fsim_stored_effects *effects, const column *c) {
  return (char *)(uintptr_t)effects + c->offset;
}

/* ---- writing ---- */

static int write_group(hid_t group, const fsim_stored_effects *e) {
  for (size_t i = 0; i < COUNT(texts); i++) {
    char *const *values = *(char ***)at(e, &texts[i]);
    if (fsim_hdf_write_texts(group, texts[i].name, (const char *const *)values, e->n) != 0)
      return -1;
  }
  for (size_t i = 0; i < COUNT(numbers); i++)
    if (fsim_hdf_write_numbers(group, numbers[i].name, *(double **)at(e, &numbers[i]), e->n) != 0)
      return -1;
  for (size_t i = 0; i < COUNT(notes); i++)
    if (fsim_hdf_put_text(group, notes[i].name, *(char **)at(e, &notes[i])) != 0) return -1;
  if (fsim_hdf_put_number(group, "replications", H5T_NATIVE_DOUBLE, &e->replications) != 0)
    return -1;
  return fsim_hdf_put_number(group, "confidence", H5T_NATIVE_DOUBLE, &e->confidence);
}

static int write_into(const char *path, const fsim_stored_effects *effects, fsim_report *report) {
  hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT), group = -1;
  int failed = file < 0;
  if (!failed && H5Lexists(file, GROUP, H5P_DEFAULT) > 0)
    failed = H5Ldelete(file, GROUP, H5P_DEFAULT) < 0;
  if (!failed) group = H5Gcreate2(file, GROUP, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  if (!failed) failed = group < 0 || write_group(group, effects) != 0;
  int status = failed ? fsim_hdf_failure(report, "cannot write", path) : FSIM_OK;
  if (group >= 0) H5Gclose(group);
  if (file >= 0 && H5Fclose(file) < 0 && status == FSIM_OK)
    status = fsim_hdf_failure(report, "cannot write", path);
  return status;
}

int fsim_store_put_effects(const char *path, const fsim_stored_effects *effects,
                           fsim_report *report) {
  fsim_text copy = {0};
  fsim_hdf_quiet();
  fsim_text_append(&copy, "%s.changing", path);
  if (copy.failed) {
    free(copy.text);
    return fsim_no_memory(report);
  }
  int status = fsim_copy_file(path, copy.text, report);
  if (status == FSIM_OK) status = write_into(copy.text, effects, report);
  if (status == FSIM_OK && rename(copy.text, path) != 0)
    status = fsim_failure(report, FSIM_NOWHERE, "cannot replace %s: %s", path, strerror(errno));
  if (status != FSIM_OK) unlink(copy.text);
  free(copy.text);
  return status;
}

/* ---- reading ---- */

static bool read_group(hid_t group, fsim_stored_effects *e) {
  size_t n = 0;
  for (size_t i = 0; i < COUNT(texts); i++) {
    char ***values = at(e, &texts[i]);
    if (fsim_hdf_read_texts(group, texts[i].name, values, &n) != 0) return false;
    if (i > 0 && n != e->n) {
      fsim_hdf_free_texts(*values, n);
      *values = NULL;
      return false;
    }
    e->n = n;
  }
  for (size_t i = 0; i < COUNT(numbers); i++)
    if (fsim_hdf_read_numbers(group, numbers[i].name, at(e, &numbers[i]), &n) != 0 || n != e->n)
      return false;
  for (size_t i = 0; i < COUNT(notes); i++)
    if (fsim_hdf_get_text(group, notes[i].name, at(e, &notes[i])) != 0) return false;
  return fsim_hdf_get_number(group, "replications", H5T_NATIVE_DOUBLE, &e->replications) == 0 &&
         fsim_hdf_get_number(group, "confidence", H5T_NATIVE_DOUBLE, &e->confidence) == 0;
}

int fsim_store_get_effects(const char *path, fsim_report *report, fsim_stored_effects *effects) {
  *effects = (fsim_stored_effects){0};
  fsim_hdf_quiet();
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT), group = -1;
  if (file < 0) return fsim_hdf_failure(report, "cannot read", path);
  bool there = H5Lexists(file, GROUP, H5P_DEFAULT) > 0, good = true;
  if (there) {
    group = H5Gopen2(file, GROUP, H5P_DEFAULT);
    good = group >= 0 && read_group(group, effects);
    if (group >= 0) H5Gclose(group);
  }
  H5Fclose(file);
  if (good) return FSIM_OK;
  return fsim_failure(report, FSIM_NOWHERE,
                      "the sensitivities in %s are damaged: run funnelsim sensitivity %s again",
                      path, path);
}

void fsim_stored_effects_free(fsim_stored_effects *effects) {
  for (size_t i = 0; i < COUNT(texts); i++) {
    char **values = *(char ***)at(effects, &texts[i]);
    if (values != NULL) fsim_hdf_free_texts(values, effects->n);
  }
  for (size_t i = 0; i < COUNT(numbers); i++) free(*(double **)at(effects, &numbers[i]));
  for (size_t i = 0; i < COUNT(notes); i++) free(*(char **)at(effects, &notes[i]));
  *effects = (fsim_stored_effects){0};
}
