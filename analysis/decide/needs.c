#include "analysis/decide/needs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/text.h"

/* counted[n_funnels]: the metric's funnel and those from which links lead to it; a metric of none
 * counts all. */
static void find_funnels(const fsim_scenario *s, const char *metric, bool *counted) {
  bool any = false;
  for (size_t f = 0; f < s->n_funnels; f++) {
    size_t length = strlen(s->funnels[f].name);
    counted[f] = strncmp(metric, s->funnels[f].name, length) == 0 && metric[length] == '.';
    any = any || counted[f];
  }
  for (size_t f = 0; f < s->n_funnels && !any; f++) counted[f] = true;
  for (size_t again = 0; again < s->n_funnels; again++)
    for (size_t l = 0; l < s->n_links; l++)
      if (counted[s->links[l].to]) counted[s->outcomes[s->links[l].from].funnel] = true;
}

static size_t groups_of(const fsim_scenario *s) {
  size_t n = s->attributes[0].n_values;
  return n == 1 ? 0 : n; /* the only segment is all */
}

static int list(const fsim_scenario *s, const char *metric, fsim_report *report, fsim_need *needs,
                size_t *n) {
  bool *counted = fsim_zeroed(s->n_funnels, sizeof *counted);
  *n = 0;
  if (counted == NULL) return fsim_no_memory(report);
  find_funnels(s, metric, counted);
  for (size_t i = 0; i < s->n_stages; i++)
    for (size_t g = 0; g <= groups_of(s) && counted[s->stages[i].funnel]; g++)
      needs[(*n)++] = (fsim_need){.stage = i, .group = g, .yields = NAN};
  free(counted);
  return FSIM_OK;
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

/* The metric of one segment; none (no cells) where it is of some leads only already. */
static int make_target(const fsim_variant *variant, const char *metric, size_t group,
                       fsim_measure *measure, fsim_report *report) {
  const fsim_attribute *segment = &variant->scenario->attributes[0];
  fsim_text name = {0};
  if (group > 0 && strchr(metric, '[') != NULL) return FSIM_OK;
  fsim_text_append(&name, "%s", metric);
  if (group > 0) fsim_text_append(&name, "[%s=%s]", segment->name, segment->values[group - 1]);
  int status = name.failed ? fsim_no_memory(report)
                           : fsim_measure_make(variant->scenario, variant->shape, name.text, report,
                                               measure);
  free(name.text);
  return status;
}

static double mean_of(const fsim_outputs *outputs, size_t m) {
  const double *y = fsim_outputs_top(outputs, m);
  double sum = 0;
  for (uint32_t r = 0; r < outputs->replications; r++) sum += y[r];
  return sum / outputs->replications;
}

/* Measures 0 … n - 1 are what comes to the stages, then the metric of all and of each group. */
static void put_needs(const fsim_outputs *outputs, const fsim_measure *measures, double target,
                      fsim_need *needs, size_t n) {
  double stretch = target / mean_of(outputs, n);
  for (size_t i = 0; i < n; i++) {
    fsim_need *need = &needs[i];
    size_t of = n + need->group;
    need->now = mean_of(outputs, i);
    if (measures[of].n_top > 0 && need->now > 0) need->yields = mean_of(outputs, of) / need->now;
    /* The same as the group's part of the target by what a visit yields. */
    need->needed = stretch * need->now;
  }
}

int fsim_needs_make(const fsim_variant *variant, const char *metric, double target,
                    uint32_t replications, int threads, fsim_report *report, fsim_need **needs,
                    size_t *n) {
  const fsim_scenario *scenario = variant->scenario;
  size_t groups = groups_of(scenario) + 1, most = scenario->n_stages * groups, all = 0;
  fsim_outputs outputs = {0};
  fsim_outputs_options options = {.threads = threads};
  fsim_measure *measures = fsim_zeroed(most + groups, sizeof *measures);
  *needs = fsim_zeroed(most, sizeof **needs);
  *n = 0;
  int status = measures == NULL || *needs == NULL ? fsim_no_memory(report) : FSIM_OK;
  if (status == FSIM_OK) status = list(scenario, metric, report, *needs, n);
  for (size_t i = 0; i < *n && status == FSIM_OK; i++)
    status = make_measure(variant, &(*needs)[i], &measures[all++], report);
  for (size_t g = 0; g < groups && status == FSIM_OK; g++)
    status = make_target(variant, metric, g, &measures[all++], report);
  if (status == FSIM_OK)
    status = fsim_outputs_run(variant, measures, all, replications, &options, report, &outputs);
  if (status == FSIM_OK) put_needs(&outputs, measures, target, *needs, *n);
  for (size_t i = 0; measures != NULL && i < all; i++) fsim_measure_free(&measures[i]);
  free(measures);
  fsim_outputs_free(&outputs);
  return status;
}
