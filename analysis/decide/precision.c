#include "analysis/decide/precision.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/decide/difference.h"
#include "sim/base/array.h"

#define FIRST_LOOK 30.0
#define LOOK_GROWTH 1.3

uint32_t fsim_look(unsigned k, bool in_pairs) {
  double n = round(FIRST_LOOK * pow(LOOK_GROWTH, k));
  if (n > FSIM_MOST_FOR_PRECISION) n = FSIM_MOST_FOR_PRECISION;
  uint32_t look = (uint32_t)n;
  return in_pairs ? look + look % 2 : look;
}

bool fsim_precise_to(double half_width, double size, double g) {
  return half_width <= g / (1 + g) * size;
}

bool fsim_precise(const fsim_interval *interval, double g) {
  return fsim_precise_to(fsim_interval_half_width(interval), fabs(interval->estimate), g);
}

static int look_at(const fsim_outputs *outputs, const fsim_measure *measure, double confidence,
                   fsim_report *report, fsim_interval *interval) {
  *interval = fsim_interval_none();
  double *units = fsim_zeroed(outputs->replications, sizeof *units);
  if (units == NULL) return fsim_no_memory(report);
  size_t n =
      fsim_unit_values(outputs, measure, 0, outputs->replications, outputs->uncertain, units);
  if (n > 0) *interval = fsim_interval_mean(units, n, confidence);
  free(units);
  return FSIM_OK;
}

int fsim_precision_find(const fsim_variant *variant, const fsim_precision *precision,
                        const fsim_outputs_options *options, fsim_report *report,
                        fsim_precision_found *found) {
  fsim_measure measure;
  fsim_outputs outputs = {0};
  *found = (fsim_precision_found){.interval = fsim_interval_none()};
  int status =
      fsim_measure_make(variant->scenario, variant->shape, precision->metric, report, &measure);
  for (unsigned k = 0; status == FSIM_OK && !found->reached; k++) {
    uint32_t look = fsim_look(k, variant->scenario->uncertain);
    status = fsim_outputs_run(variant, &measure, 1, look, options, report, &outputs);
    if (status == FSIM_OK)
      status = look_at(&outputs, &measure, precision->confidence, report, &found->interval);
    found->replications = outputs.replications;
    if (outputs.replications < look) break;
    found->reached = fsim_precise(&found->interval, precision->half_width);
    if (look >= FSIM_MOST_FOR_PRECISION) break;
  }
  fsim_measure_free(&measure);
  fsim_outputs_free(&outputs);
  return status;
}

int fsim_replications_of(const fsim_variant *variant, const fsim_outputs_options *options,
                         fsim_report *report, uint32_t *n) {
  const fsim_scenario *s = variant->scenario;
  *n = s->replications;
  if (!s->precision.set || variant->reader != NULL) return FSIM_OK;
  const fsim_precision asked = {s->precision.metric, s->precision.half_width,
                                s->precision.confidence};
  fsim_precision_found found;
  int status = fsim_precision_find(variant, &asked, options, report, &found);
  *n = found.replications;
  if (status == FSIM_OK && !found.reached)
    fsim_warn(report, FSIM_NOWHERE,
              "%s is not known to within %.3g %% after %u replications; no more are taken",
              asked.metric, 100 * asked.half_width, found.replications);
  return status;
}
