/* How long a run takes to settle, found by simulating it: MSER-5 on the mean path over replications
 * (White, Simulation 69, 1997; Hoad, Robinson & Davies, Journal of Simulation 4, 2010).
 *
 * The paths are those of the journeys in progress at the end of each day, by funnel, each the mean
 * of seven days so that weekdays do not count: what is inside is what a run starts without. The
 * latest cut of any funnel holds for all. Never per replication: that would bias the means
 * (analysis/steady.h). */
#ifndef FSIM_ANALYSIS_WARM_UP_H
#define FSIM_ANALYSIS_WARM_UP_H

#include "analysis/steady.h"
#include "sim/engine/engine.h"

/* Replications of the path: as many as the run has, but at least and at most so many. */
#define FSIM_LEAST_FOR_WARM_UP 20
#define FSIM_MOST_FOR_WARM_UP 100

typedef struct fsim_settling {
  uint32_t replications;
  bool enough_days; /* false: the horizon is too short to tell; the rest is 0 then */
  size_t days;      /* to leave out */
  bool too_short;   /* the run is too short for what it shows to be a steady state */
  size_t funnel;    /* whose journeys in progress settle last */
  bool grows;       /* a queue grows without end: there is no steady state */
  size_t team;      /* that queue's */
} fsim_settling;

/* `scenario` is the source's own, central. Options as in fsim_run, but for keep, first, end and
 * pool. */
int fsim_settling_find(const fsim_source *source, const fsim_scenario *scenario,
                       const fsim_shape *shape, uint32_t replications,
                       const fsim_run_options *options, fsim_report *report,
                       fsim_settling *settling);

#endif
