#include "analysis/decide/batch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/compare_metrics.h"
#include "analysis/decide/difference.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

/* ---- reading ---- */

static int choose_metrics(fsim_batch *batch, const fsim_variant *variant,
                          const char *const *metrics, size_t n, fsim_report *report) {
  fsim_name_list list = {0};
  int failed = 0;
  for (size_t i = 0; i < n && !failed; i++) failed = fsim_name_add(&list, "%s", metrics[i]);
  if (n == 0) {
    failed = fsim_name_add(&list, "%s", fsim_primary_metric(variant->scenario));
    for (size_t f = 0; f < variant->scenario->n_funnels && !failed; f++)
      failed = fsim_name_add(&list, "%s.won", variant->scenario->funnels[f].name) ||
               fsim_name_add(&list, "%s.conversion", variant->scenario->funnels[f].name) ||
               fsim_name_add(&list, "%s.cycle_days", variant->scenario->funnels[f].name);
    for (size_t t = 0; t < variant->shape->dim[FSIM_DIM_TEAM] && !failed; t++)
      failed = fsim_name_add(&list, "teams.%s.utilisation", variant->scenario->teams[t].name) ||
               fsim_name_add(&list, "teams.%s.queue_days", variant->scenario->teams[t].name);
  }
  batch->metrics = list.names;
  batch->n_metrics = list.n;
  if (failed) return fsim_no_memory(report);
  batch->currency =
      fsim_copy_text(variant->scenario->currency, strlen(variant->scenario->currency));
  if (batch->currency == NULL) return fsim_no_memory(report);
  if (batch->confidence <= 0) batch->confidence = variant->scenario->confidence;
  return fsim_measure_make(variant->scenario, variant->shape, batch->metrics[0], report,
                           &batch->first);
}

static int read_values(fsim_batch *batch, fsim_batch_row *row, const fsim_variant *variant,
                       fsim_report *report) {
  fsim_measure *measures = fsim_zeroed(batch->n_metrics, sizeof *measures);
  fsim_outputs outputs = {0};
  row->values = fsim_zeroed(batch->n_metrics, sizeof *row->values);
  int status = measures == NULL || row->values == NULL ? fsim_no_memory(report) : FSIM_OK;
  for (size_t m = 0; m < batch->n_metrics && status == FSIM_OK; m++) {
    fsim_report *unheard = fsim_report_new(); /* a plan without that stage or team has no value */
    if (fsim_measure_make(variant->scenario, variant->shape, batch->metrics[m], unheard,
                          &measures[m]) != FSIM_OK)
      fsim_measure_free(&measures[m]);
    fsim_report_free(unheard);
  }
  if (status == FSIM_OK)
    status = fsim_outputs_read(variant, measures, batch->n_metrics, report, &outputs);
  uint32_t n = outputs.replications;
  row->replications = n;
  row->units = fsim_zeroed(n, sizeof *row->units);
  double *units = fsim_zeroed(n, sizeof *units);
  if (status == FSIM_OK && (row->units == NULL || units == NULL)) status = fsim_no_memory(report);
  for (size_t m = 0; m < batch->n_metrics && status == FSIM_OK; m++) {
    row->values[m] = fsim_interval_none();
    if (measures[m].n_top == 0) continue;
    double *to = m == 0 ? row->units : units;
    size_t some = fsim_unit_values(&outputs, &measures[m], m, n, outputs.uncertain, to);
    if (m == 0) row->n_units = some;
    if (some > 0) row->values[m] = fsim_interval_mean(to, some, batch->confidence);
  }
  free(units);
  for (size_t m = 0; measures != NULL && m < batch->n_metrics; m++) fsim_measure_free(&measures[m]);
  free(measures);
  fsim_outputs_free(&outputs);
  return status;
}

static int read_row(fsim_batch *batch, fsim_batch_row *row, const char *const *metrics, size_t n,
                    fsim_report *report) {
  fsim_variant variant;
  fsim_report *own = fsim_report_new();
  int status = fsim_variant_load(row->result, NULL, 0, own, &variant);
  if (status == FSIM_OK && batch->metrics == NULL) {
    status = choose_metrics(batch, &variant, metrics, n, report);
    if (status != FSIM_OK) {
      fsim_variant_free(&variant);
      fsim_report_free(own);
      return status; /* a metric that does not exist concerns the whole batch */
    }
  }
  if (status == FSIM_OK) status = read_values(batch, row, &variant, own);
  fsim_variant_free(&variant);
  if (status != FSIM_OK) {
    const fsim_message *message = fsim_report_message(own, 0);
    const char *text = message == NULL ? "cannot be read" : message->text;
    row->problem = fsim_copy_text(text, strlen(text));
    if (row->problem == NULL)
      status = fsim_no_memory(report);
    else
      status = FSIM_OK;
  }
  fsim_report_free(own);
  return status;
}

/* ---- effects ---- */

static size_t level_of(const fsim_factor *factor, const char *value) {
  for (size_t l = 0; l < factor->n_levels; l++)
    if (strcmp(factor->levels[l], value) == 0) return l;
  return 0;
}

static double share_of(const fsim_factor *factor, const char *value) {
  double number = strtod(value + strlen(factor->prefix), NULL);
  return (number - factor->low) / (factor->high - factor->low);
}

/* Factors of the plans that have results, all with the same number of units. */
static int find_effects(fsim_batch *batch, fsim_report *report) {
  const fsim_design *d = batch->design;
  size_t several = batch->n_scenarios > 1, n_factors = d->n_factors + several, plans = 0;
  size_t n = batch->n_rows, n_units = SIZE_MAX;
  fsim_effect_factor *factors = fsim_zeroed(n_factors, sizeof *factors);
  size_t *levels = fsim_zeroed(n_factors * n, sizeof *levels);
  double *shares = fsim_zeroed(n_factors * n, sizeof *shares);
  const double **units = fsim_zeroed(n, sizeof *units);
  int status = factors && levels && shares && units ? FSIM_OK : fsim_no_memory(report);
  for (size_t r = 0; r < n && status == FSIM_OK; r++) {
    const fsim_batch_row *row = &batch->rows[r];
    if (row->problem != NULL || row->n_units == 0) continue;
    if (row->n_units < n_units) n_units = row->n_units;
    units[plans] = row->units;
    if (several) levels[plans] = row->scenario_at;
    for (size_t f = 0; f < d->n_factors; f++) {
      const char *value = d->values[row->point * d->n_factors + f];
      size_t at = (f + several) * n + plans;
      if (f < d->n_grid)
        levels[at] = level_of(&d->factors[f], value);
      else
        shares[at] = share_of(&d->factors[f], value);
    }
    plans++;
  }
  for (size_t f = 0; f < n_factors && status == FSIM_OK; f++) {
    bool scenario = several && f == 0, grid = scenario || f - several < d->n_grid;
    factors[f].n_levels = scenario ? batch->n_scenarios
                          : grid   ? d->factors[f - several].n_levels
                                   : 0;
    factors[f].level = levels + f * n;
    factors[f].share = shares + f * n;
  }
  if (status == FSIM_OK && plans > 0)
    status = fsim_effects_make(factors, n_factors, units, plans, n_units, batch->confidence, report,
                               &batch->effects);
  free(factors);
  free(levels);
  free(shares);
  free(units);
  return status;
}

int fsim_batch_read(fsim_batch *batch, const char *const *metrics, size_t n_metrics,
                    double confidence, fsim_report *report) {
  int status = FSIM_OK;
  batch->confidence = confidence;
  for (size_t r = 0; r < batch->n_rows && status == FSIM_OK; r++)
    if (batch->rows[r].problem == NULL)
      status = read_row(batch, &batch->rows[r], metrics, n_metrics, report);
  return status == FSIM_OK ? find_effects(batch, report) : status;
}

void fsim_batch_free(fsim_batch *batch) {
  for (size_t r = 0; r < batch->n_rows; r++) {
    fsim_batch_row *row = &batch->rows[r];
    free(row->scenario);
    free(row->result);
    free(row->problem);
    free(row->values);
    free(row->units);
  }
  free(batch->rows);
  fsim_name_list names = {batch->metrics, batch->n_metrics, 0};
  fsim_names_free(&names);
  fsim_measure_free(&batch->first);
  free(batch->currency);
  fsim_effects_free(&batch->effects);
  *batch = (fsim_batch){0};
}
