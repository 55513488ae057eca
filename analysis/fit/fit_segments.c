/* Which stages of a fitted funnel are looked at for values of attributes, by laws or by rates. */
#include <stdlib.h>

#include "analysis/fit/estimate.h"
#include "sim/base/array.h"

static size_t exit_of_never(const fsim_log_funnel *of, const fsim_stage_stays *stage) {
  for (size_t x = 0; x < stage->n_exits; x++) {
    if (stage->exit[x].outcome && (size_t)stage->exit[x].index == fsim_outcome_of_never(of))
      return x;
  }
  return SIZE_MAX;
}

/* Stages that the calendar treats differently, that are cut in two by age, or that have exits which
 * are never taken are races of clocks with rates. */
static bool is_race(const fsim_fitted_funnel *f, size_t s) {
  const fsim_fitted_stage *stage = &f->stage[s];
  bool race = stage->stuck || f->stays.stage[s].later_age > 0 || stage->hazard.profile;
  for (size_t t = 0; t < f->n_stages; t++) {
    race = race || (s == f->entry && f->stage[t].unreached) ||
           (f->stays.stage[t].later_age > 0 && f->stays.stage[t].later == s);
  }
  return race && stage->laws == NULL;
}

static fsim_segment_stage stage_to_look_at(const fsim_log_funnel *of, const fsim_fitted_funnel *f,
                                           size_t s) {
  static const fsim_stage_stays nothing;
  const fsim_fitted_stage *stage = &f->stage[s];
  const fsim_stage_stays *stays = &f->stays.stage[s];
  return (fsim_segment_stage){.stays = stage->instant ? &nothing : stays,
                              .never_exit = exit_of_never(of, stays),
                              .laws = stage->laws ? stage->laws : stage->refused,
                              .rates = is_race(f, s) ? &stage->hazard : NULL};
}

/* A split stage that laws describe has those that were fitted together with the factors. */
static void take_common_laws(fsim_fitted_stage *stage, fsim_stage_segments *segments) {
  if (segments->n_terms == 0 || stage->laws == NULL) return;
  fsim_stage_fit *before = stage->laws;
  stage->laws = segments->laws;
  segments->laws = before;
}

int fsim_fit_segments(const fsim_log *log, fsim_fitted_funnel *f, fsim_report *report) {
  const fsim_log_funnel *of = &log->funnels[f->stays.funnel];
  fsim_segment_stage *stages = fsim_zeroed(f->n_stages, sizeof *stages);
  double *p = fsim_zeroed(f->attributes.n, sizeof *p);
  f->segments = fsim_zeroed(f->n_stages, sizeof *f->segments);
  int status = stages && p && f->segments ? FSIM_OK : fsim_no_memory(report);
  for (size_t s = 0; s < f->n_stages && status == FSIM_OK; s++)
    stages[s] = stage_to_look_at(of, f, s);
  if (status == FSIM_OK) status = fsim_test_values(log, f->stays.funnel, &f->attributes, report, p);
  if (status == FSIM_OK)
    status = fsim_segments_of(log, &f->attributes, stages, f->n_stages, f->stays.by_day,
                              FSIM_SPLIT_LEVEL, p, report, f->segments);
  for (size_t s = 0; s < f->n_stages && status == FSIM_OK; s++)
    take_common_laws(&f->stage[s], &f->segments[s]);
  if (status == FSIM_OK)
    status =
        fsim_value_segments_of(log, f->stays.funnel, &f->attributes, p, report, &f->value_segments);
  free(stages);
  free(p);
  return status;
}

fsim_hazard fsim_fitted_rates(const fsim_fitted_funnel *f, size_t s) {
  fsim_hazard rates = f->stage[s].hazard;
  if (f->segments != NULL && f->segments[s].rate != NULL) rates.rate = f->segments[s].rate;
  return rates;
}
