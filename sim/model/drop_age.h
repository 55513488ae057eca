/* Drop rules while a chain is being made. Private to the chain. */
#ifndef FSIM_MODEL_DROP_AGE_H
#define FSIM_MODEL_DROP_AGE_H

#include "sim/model/scenario.h"

typedef struct fsim_stage_view {
  const fsim_scenario *scenario;
  const fsim_stage *stage;
  const fsim_stage_law *law;
  const double *win_from; /* by stage of the funnel: P(win) of a journey that enters it */
  size_t first_stage;
} fsim_stage_view;

int fsim_win_by_age(const fsim_stage_view *view, double age_s, fsim_report *report, double *p);
int fsim_drop_age(const fsim_stage_view *view, double below, fsim_report *report, double *age_s);

#endif
