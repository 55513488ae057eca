#include "analysis/decide/needs.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"

static bool is_of(const fsim_scenario *scenario, size_t stage, const char *metric) {
  const char *funnel = scenario->funnels[scenario->stages[stage].funnel].name;
  size_t length = strlen(funnel);
  if (strchr(metric, '.') == NULL) return true;
  return strncmp(metric, funnel, length) == 0 && metric[length] == '.';
}

static int make_measure(const fsim_variant *variant, const fsim_need *need, fsim_measure *measure,
                        fsim_report *report) {
  const fsim_metric *metric = &fsim_metrics[FSIM_PER_WEEK_ENTERED];
  fsim_subject subject = {.stage = need->stage, .group = need->group};
  measure->top = fsim_zeroed(1, sizeof *measure->top);
  if (measure->top == NULL) return fsim_no_memory(report);
  measure->n_top =
      fsim_metric_cells(variant->scenario, variant->shape, metric->top, &subject, measure->top, 1);
  measure->scale = fsim_metric_scale(variant->scenario, metric, &subject);
  return FSIM_OK;
}

static size_t list(const fsim_scenario *scenario, const char *metric, fsim_need *needs) {
  size_t n = 0, groups = scenario->attributes[0].n_values;
  if (groups == 1) groups = 0; /* the only segment is all */
  for (size_t i = 0; i < scenario->n_stages; i++) {
    if (!is_of(scenario, i, metric)) continue;
    for (size_t g = 0; g <= groups; g++) needs[n++] = (fsim_need){.stage = i, .group = g};
  }
  return n;
}

int fsim_needs_make(const fsim_variant *variant, const char *metric, double stretch,
                    uint32_t replications, int threads, fsim_report *report, fsim_need **needs,
                    size_t *n) {
  const fsim_scenario *scenario = variant->scenario;
  size_t most = scenario->n_stages * (scenario->attributes[0].n_values + 1);
  fsim_outputs outputs = {0};
  fsim_outputs_options options = {.threads = threads};
  fsim_measure *measures = fsim_zeroed(most, sizeof *measures);
  *needs = fsim_zeroed(most, sizeof **needs);
  int status = measures == NULL || *needs == NULL ? fsim_no_memory(report) : FSIM_OK;
  *n = status == FSIM_OK ? list(scenario, metric, *needs) : 0;
  for (size_t i = 0; i < *n && status == FSIM_OK; i++)
    status = make_measure(variant, &(*needs)[i], &measures[i], report);
  if (status == FSIM_OK)
    status = fsim_outputs_run(variant, measures, *n, replications, &options, report, &outputs);
  for (size_t i = 0; i < *n && status == FSIM_OK; i++) {
    const double *y = fsim_outputs_top(&outputs, i);
    double sum = 0;
    for (uint32_t r = 0; r < outputs.replications; r++) sum += y[r];
    (*needs)[i].now = sum / outputs.replications;
    (*needs)[i].needed = stretch * (*needs)[i].now;
  }
  for (size_t i = 0; measures != NULL && i < *n; i++) fsim_measure_free(&measures[i]);
  free(measures);
  fsim_outputs_free(&outputs);
  return status;
}
