/* One team's places, first come first served: when each of a sorted line of visits is served.
 *
 * The workload recursion of Kiefer and Wolfowitz (1955) with one entry a place: the next in line is
 * served when the first place is free, so no events are needed. Private to this folder. */
#ifndef FSIM_ENGINE_PLACES_H
#define FSIM_ENGINE_PLACES_H

#include "sim/model/plan.h"

/* A line of visits as columns, called by their rows. */
typedef struct fsim_line {
  /* given */
  const uint64_t *order; /* [n] t << 32 | row, in the order in which they come */
  size_t n;
  const int32_t *work;
  const int32_t *patience; /* INT32_MAX: endless */
  const int32_t *deadline; /* of the visit, from its start */
  const int32_t *wait;     /* only where a place is held */
  const uint8_t *holds;    /* NULL: no place is held until the visit ends */
  /* found: seconds in the queue and at work, cut at the horizon; fsim_served_fate */
  int32_t *queue, *worked;
  uint8_t *fate;
} fsim_line;

/* 0, or -1 when memory is out. */
int fsim_serve_line(const fsim_team *team, int32_t horizon_s, const fsim_line *line);

#endif
