#include "analysis/fit/fitted_set.h"

#include <stdlib.h>

#include "sim/base/array.h"

void fsim_fitted_set_free(fsim_fitted_set *set) {
  for (size_t f = 0; f < set->n; f++) fsim_fitted_free(&set->funnel[f]);
  free(set->funnel);
  free(set->link);
  *set = (fsim_fitted_set){0};
}

static bool has_cases(const fsim_log *log, size_t funnel) {
  for (size_t c = 0; c < log->n_cases; c++) {
    if ((size_t)log->cases[c].funnel == funnel) return true;
  }
  return false;
}

int fsim_estimate_set(const fsim_log *log, size_t funnels, const fsim_fit_options *options,
                      fsim_report *report, fsim_fitted_set *set) {
  *set = (fsim_fitted_set){.funnels = funnels};
  set->funnel = fsim_zeroed(log->n_funnels, sizeof *set->funnel);
  if (set->funnel == NULL) return fsim_no_memory(report);
  int status = FSIM_OK;
  for (size_t f = 0; f < log->n_funnels && status == FSIM_OK; f++) {
    if (funnels == FSIM_ALL_FUNNELS ? !has_cases(log, f) : f != funnels) continue;
    status = fsim_estimate(log, f, options, report, &set->funnel[set->n++]);
  }
  return status == FSIM_OK ? fsim_estimate_links(log, report, set) : status;
}
