/* The inside of a tally, shared by tally.c and tally_rows.c. */
#ifndef FSIM_ENGINE_TALLY_PARTS_H
#define FSIM_ENGINE_TALLY_PARTS_H

#include "sim/engine/tally.h"

#define FSIM_TALLY_ROWS 1024 /* counted together */
#define FSIM_NO_ROW UINT32_MAX

/* Rows of many kinds: those of one kind hang together. */
typedef struct fsim_heaps {
  uint32_t *first;   /* [kinds] */
  uint32_t *touched; /* kinds that have rows */
  size_t n_touched;
} fsim_heaps;

typedef struct fsim_past_lead {
  uint32_t number;
  int32_t arrive;
  uint16_t stream, profile;
} fsim_past_lead;

struct fsim_tally {
  const fsim_scenario *scenario;
  const fsim_shape *shape;
  fsim_recorder *recorder;
  bool rows;
  fsim_past_visit *visits; /* of journeys in progress, and those kept for rows */
  size_t n_visits, visit_capacity;
  uint32_t spare;
  fsim_past_lead *leads;
  size_t n_leads, lead_capacity;
  fsim_past_journey *journeys; /* whose rows are kept */
  size_t n_journeys, journey_capacity;
  /* to be counted, by stage and profile; by ending and profile */
  fsim_past_visit buffered_visit[FSIM_TALLY_ROWS];
  uint32_t visit_next[FSIM_TALLY_ROWS];
  uint32_t n_buffered_visits;
  fsim_heaps visit_heap;
  fsim_past_journey buffered_journey[FSIM_TALLY_ROWS];
  uint32_t journey_next[FSIM_TALLY_ROWS];
  uint32_t n_buffered_journeys;
  fsim_heaps journey_heap;
  size_t most_slots; /* exits and rules of a stage */
  size_t *exits;     /* [2][most_slots] */
};

int fsim_heaps_make(fsim_heaps *heaps, size_t kinds);
void fsim_heaps_free(fsim_heaps *heaps);

#endif
