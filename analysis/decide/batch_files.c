/* The index of a batch as CSV and as HDF5. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/batch.h"
#include "sim/base/array.h"
#include "sim/base/text.h"
#include "sim/store/hdf.h"

static void field(FILE *out, const char *text) {
  if (strpbrk(text, ",\"\n\r") == NULL) {
    fputs(text, out);
    return;
  }
  fputc('"', out);
  for (; *text != '\0'; text++) {
    if (*text == '"') fputc('"', out);
    fputc(*text, out);
  }
  fputc('"', out);
}

static void number(FILE *out, double value) {
  if (isfinite(value))
    fprintf(out, ",%.10g", value);
  else
    fputc(',', out);
}

static const char *value_of(const fsim_batch *batch, const fsim_batch_row *row, size_t factor) {
  return batch->design->values[row->point * batch->design->n_factors + factor];
}

int fsim_batch_csv(const fsim_batch *batch, const char *path, fsim_report *report) {
  FILE *out = fopen(path, "w");
  if (out == NULL)
    return fsim_failure(report, FSIM_NOWHERE, "cannot write %s: %s", path, strerror(errno));
  fputs("scenario,result,problem,replications", out);
  for (size_t f = 0; f < batch->design->n_factors; f++) {
    fputc(',', out);
    field(out, batch->design->factors[f].path);
  }
  for (size_t m = 0; m < batch->n_metrics; m++)
    for (int k = 0; k < 3; k++) {
      static const char *const parts[] = {"", " low", " high"};
      fsim_text name = {0};
      fsim_text_append(&name, "%s%s", batch->metrics[m], parts[k]);
      fputc(',', out);
      field(out, name.text == NULL ? "" : name.text);
      free(name.text);
    }
  fputc('\n', out);
  for (size_t r = 0; r < batch->n_rows; r++) {
    const fsim_batch_row *row = &batch->rows[r];
    field(out, row->scenario);
    fputc(',', out);
    field(out, row->problem == NULL ? row->result : "");
    fputc(',', out);
    field(out, row->problem == NULL ? "" : row->problem);
    fprintf(out, ",%u", row->replications);
    for (size_t f = 0; f < batch->design->n_factors; f++) {
      fputc(',', out);
      field(out, value_of(batch, row, f));
    }
    for (size_t m = 0; m < batch->n_metrics; m++) {
      fsim_interval none = fsim_interval_none();
      const fsim_interval *i = row->values == NULL ? &none : &row->values[m];
      number(out, i->estimate);
      number(out, i->low);
      number(out, i->high);
    }
    fputc('\n', out);
  }
  bool failed = ferror(out) != 0;
  if (fclose(out) != 0 || failed)
    return fsim_failure(report, FSIM_NOWHERE, "cannot write %s: %s", path, strerror(errno));
  return FSIM_OK;
}

/* ---- HDF5 ---- */

static int write_metric(hid_t file, const fsim_batch *batch, size_t m, double *values) {
  static const char *const parts[] = {"mean", "low", "high"};
  hid_t group = H5Gcreate2(file, batch->metrics[m], H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  int failed = group < 0;
  for (int k = 0; k < 3 && !failed; k++) {
    for (size_t r = 0; r < batch->n_rows; r++) {
      const fsim_batch_row *row = &batch->rows[r];
      values[r] = row->values == NULL ? NAN
                  : k == 0            ? row->values[m].estimate
                  : k == 1            ? row->values[m].low
                                      : row->values[m].high;
    }
    failed = fsim_hdf_write_numbers(group, parts[k], values, batch->n_rows);
  }
  if (group >= 0) H5Gclose(group);
  return failed ? -1 : 0;
}

static int write_texts(hid_t file, const fsim_batch *batch, const char **texts) {
  static const char *const names[] = {"scenario", "result", "problem"};
  int failed = 0;
  for (int k = 0; k < 3 && !failed; k++) {
    for (size_t r = 0; r < batch->n_rows; r++) {
      const fsim_batch_row *row = &batch->rows[r];
      texts[r] = k == 0 ? row->scenario : k == 1 ? row->result : row->problem ? row->problem : "";
    }
    failed = fsim_hdf_write_texts(file, names[k], texts, batch->n_rows);
  }
  hid_t group = failed ? -1 : H5Gcreate2(file, "set", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  if (group < 0) return -1;
  for (size_t f = 0; f < batch->design->n_factors && !failed; f++) {
    for (size_t r = 0; r < batch->n_rows; r++) texts[r] = value_of(batch, &batch->rows[r], f);
    failed = fsim_hdf_write_texts(group, batch->design->factors[f].path, texts, batch->n_rows);
  }
  H5Gclose(group);
  return failed ? -1 : 0;
}

int fsim_batch_hdf(const fsim_batch *batch, const char *path, fsim_report *report) {
  fsim_hdf_quiet();
  const char **texts = fsim_zeroed(batch->n_rows, sizeof *texts);
  double *values = fsim_zeroed(batch->n_rows, sizeof *values);
  hid_t file = -1;
  int failed = texts == NULL || values == NULL;
  if (failed) {
    free(texts);
    free(values);
    return fsim_no_memory(report);
  }
  file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  failed = file < 0 || write_texts(file, batch, texts) != 0;
  for (size_t m = 0; m < batch->n_metrics && !failed; m++)
    failed = write_metric(file, batch, m, values) != 0;
  for (size_t r = 0; r < batch->n_rows; r++) values[r] = batch->rows[r].replications;
  if (!failed) failed = fsim_hdf_write_numbers(file, "replications", values, batch->n_rows) != 0;
  int status = failed ? fsim_hdf_failure(report, "cannot write", path) : FSIM_OK;
  if (file >= 0 && H5Fclose(file) < 0 && status == FSIM_OK)
    status = fsim_hdf_failure(report, "cannot write", path);
  free(texts);
  free(values);
  return status;
}
