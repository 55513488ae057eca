#include "analysis/decide/variant.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/stored.h"
#include "sim/base/array.h"
#include "sim/base/file.h"
#include "sim/base/text.h"

/* The scenario in memory, its shape and its name, from variant->source. */
static int realise(fsim_variant *variant, const char *name, fsim_report *report) {
  int status = fsim_source_realise(variant->source, FSIM_CENTRAL, report, &variant->scenario);
  if (status == FSIM_OK) status = fsim_shape_make(variant->scenario, report, &variant->shape);
  if (status != FSIM_OK) return status;
  if (name == NULL) name = variant->scenario->name;
  variant->name = fsim_copy_text(name, strlen(name));
  return variant->name == NULL ? fsim_no_memory(report) : FSIM_OK;
}

int fsim_variant_load(const char *path, const char *const *sets, size_t n_sets, fsim_report *report,
                      fsim_variant *variant) {
  *variant = (fsim_variant){0};
  int status;
  if (fsim_begins_as_hdf5(path)) {
    if (n_sets > 0)
      return fsim_bad_input(
          report, FSIM_NOWHERE,
          "%s holds finished results, which --set and --horizon cannot change: give "
          "the scenario file",
          path);
    status = fsim_store_open(path, report, &variant->reader);
    if (status != FSIM_OK) return status;
    status = fsim_stored_source(variant->reader, report, &variant->pool, &variant->series);
    variant->source = fsim_store_source(variant->reader);
  } else {
    status = fsim_source_load(path, sets, n_sets, report, &variant->loaded);
    variant->source = variant->loaded;
  }
  if (status == FSIM_OK) status = realise(variant, NULL, report);
  if (status == FSIM_OK && variant->scenario->n_streams == 0)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "%s has no streams, so that no lead ever arrives: give a scenario", path);
  return status;
}

/* Errors of a derived scenario name places in its resolved text, which nobody has: the words count.
 */
static void pass_errors_on(const fsim_report *from, const char *name, fsim_report *report) {
  const fsim_message *message;
  for (size_t i = 0; (message = fsim_report_message(from, i)) != NULL; i++) {
    if (message->severity != FSIM_ERROR) continue;
    if (message->status == FSIM_BAD_INPUT)
      fsim_bad_input(report, FSIM_NOWHERE, "%s: %s", name, message->text);
    else
      fsim_failure(report, FSIM_NOWHERE, "%s: %s", name, message->text);
  }
}

int fsim_variant_derive(const fsim_variant *base, const char *name, const char *const *sets,
                        size_t n_sets, fsim_report *report, fsim_variant *variant) {
  *variant = (fsim_variant){0};
  size_t n = fsim_source_n_files(base->source);
  const char **names = fsim_zeroed(n, sizeof *names), **texts = fsim_zeroed(n, sizeof *texts);
  size_t *lengths = fsim_zeroed(n, sizeof *lengths);
  const char *resolved = fsim_source_resolved(base->source);
  fsim_report *own = fsim_report_new();
  int status = FSIM_OK;
  if (names == NULL || texts == NULL || lengths == NULL || resolved == NULL || own == NULL) {
    status = fsim_no_memory(report);
  } else {
    for (size_t i = 0; i < n; i++)
      names[i] = fsim_source_file(base->source, i, &texts[i], &lengths[i]);
    status = fsim_source_parse(base->name, resolved, strlen(resolved), names, texts, lengths, n,
                               sets, n_sets, own, &variant->loaded);
    variant->source = variant->loaded;
    if (status == FSIM_OK) status = realise(variant, name, own);
    if (status != FSIM_OK) pass_errors_on(own, name, report);
  }
  fsim_report_free(own);
  free(names);
  free(texts);
  free(lengths);
  return status;
}

void fsim_variant_free(fsim_variant *variant) {
  free(variant->name);
  fsim_shape_free(variant->shape);
  fsim_scenario_free(variant->scenario);
  fsim_source_free(variant->loaded);
  fsim_pool_free(variant->pool);
  if (variant->reader != NULL) fsim_store_reader_close(variant->reader);
  *variant = (fsim_variant){0};
}
