/* A metric by its name, ready to be read off a record.
 *
 *   won, value                        all funnels: wins and their value, per week
 *   spent                             cost of the leads that arrived, per week
 *   FUNNEL.won, FUNNEL.OUTCOME        journeys that ended so, per week
 *   FUNNEL.value|conversion|cycle_days|value_per_win|cost_per_win|started|wip|open_share|open_at_end
 *   FUNNEL.OUTCOME.cycle_days|share|value
 *   FUNNEL.STAGE.entered|days|queue_days|work_days|wip
 *   teams.TEAM.utilisation|queue_days|queue_length|abandoned_share|joined
 *
 * and behind any of them [VALUE] of the segment, or [ATTRIBUTE=VALUE]. Definitions and denominators
 * are those of analysis/metric.h. */
#ifndef FSIM_ANALYSIS_DECIDE_MEASURE_H
#define FSIM_ANALYSIS_DECIDE_MEASURE_H

#include "analysis/metric.h"

typedef enum fsim_better {
  FSIM_MORE_IS_BETTER,
  FSIM_LESS_IS_BETTER,
  FSIM_NEITHER_IS_BETTER
} fsim_better;

typedef struct fsim_measure {
  char *name;        /* as asked for */
  const char *units; /* "journeys / w", "currency / w", "d", "1" */
  bool ratio;        /* of totals: top / bottom; else the mean of the top */
  bool share;        /* shown in percent */
  fsim_better better;
  double scale; /* of the top */
  fsim_metric_cell *top, *bottom;
  size_t n_top, n_bottom;
  size_t group;
} fsim_measure;

/* FSIM_BAD_INPUT, with the nearest known name, when the scenario has no such metric.
 * Free with fsim_measure_free also after an error. */
int fsim_measure_make(const fsim_scenario *scenario, const fsim_shape *shape, const char *name,
                      fsim_report *report, fsim_measure *measure);
void fsim_measure_free(fsim_measure *measure);

#endif
