/* One team's places, first come first served: when each of a line of visits is served.
 *
 * The workload recursion of Kiefer and Wolfowitz (1955) with one entry a place: the next in line is
 * served when the first place is free, so no events are needed. A line is told piece by piece.
 * Private to this folder. */
#ifndef FSIM_ENGINE_PLACES_H
#define FSIM_ENGINE_PLACES_H

#include "sim/model/plan.h"

/* The next visits in line as columns, called by their rows. */
typedef struct fsim_line {
  /* given */
  size_t n;
  const uint64_t *order; /* [n] the row in the lower 32 bits; NULL: in order as they stand */
  const int32_t *enter;
  const int32_t *work;
  const int32_t *patience; /* INT32_MAX: endless; NULL, as the deadline: nobody leaves the queue */
  const int32_t *deadline; /* of the visit, from its start */
  const int32_t *wait;     /* only where a place is held */
  const uint8_t *holds;    /* NULL: no place is held until the visit ends */
  /* found: seconds in the queue and at work, cut at the horizon; fsim_served_fate */
  int32_t *queue, *worked;
  uint8_t *fate;
} fsim_line;

static inline uint32_t fsim_line_row(const fsim_line *line, size_t i) {
  return line->order == NULL ? (uint32_t)i : (uint32_t)line->order[i];
}

/* When each place is free, as a heap. All zero: no memory yet. */
typedef struct fsim_places {
  const fsim_team *team;
  int32_t horizon;
  int32_t *free; /* [capacity]; beyond n: never */
  size_t n, capacity;
  size_t size; /* index of the size in force at the last start */
} fsim_places;

/* All places of the team are free. 0, or -1 when memory is out. */
int fsim_places_open(fsim_places *places, const fsim_team *team, int32_t horizon_s);
void fsim_places_serve(fsim_places *places, const fsim_line *line);
void fsim_places_free(fsim_places *places);

#endif
