/* What a pace made of waits, for people who follow one lead. */
#include <math.h>

#include "sim/engine/engine.h"
#include "sim/engine/pace.h"

static void tell(const fsim_paces *paces, const fsim_trajectory *rows, double *mean_pace) {
  const uint16_t *stage = rows->column[FSIM_VISIT_STAGE];
  const int32_t *enter = rows->column[FSIM_VISIT_T_ENTER], *wait = rows->column[FSIM_VISIT_WAIT];
  for (size_t i = 0; i < rows->rows[FSIM_VISITS]; i++) {
    uint16_t pace = fsim_pace_of(paces->plan, stage[i]);
    if (pace == FSIM_NO_PACE) continue;
    int64_t until = (int64_t)enter[i] + wait[i];
    mean_pace[i] = (double)fsim_pace_between(paces, pace, enter[i], until) / (double)FSIM_PACE_UNIT;
  }
}

int fsim_waits_at_mean_pace(const fsim_scenario *scenario, const fsim_trajectory *rows,
                            fsim_report *report, double *mean_pace) {
  for (size_t i = 0; i < rows->rows[FSIM_VISITS]; i++) mean_pace[i] = NAN;
  if (fsim_pace_in_force(scenario) == NULL) return FSIM_OK;
  fsim_sampler_cache *cache = fsim_sampler_cache_new();
  fsim_plan *plan = NULL;
  fsim_paces paces = {0};
  int status = cache ? fsim_plan_make(scenario, cache, report, &plan) : fsim_no_memory(report);
  if (status == FSIM_OK && fsim_paces_make(&paces, plan) != 0) status = fsim_no_memory(report);
  if (status == FSIM_OK) {
    fsim_paces_draw(&paces, rows->replication);
    tell(&paces, rows, mean_pace);
  }
  fsim_paces_free(&paces);
  fsim_plan_free(plan);
  fsim_sampler_cache_free(cache);
  return status;
}
