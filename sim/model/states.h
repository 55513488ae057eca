/* The states of a journey: its stage and, for stages with `max_visits`, how many visits it has made
 * there. Private to the chain.
 *
 * Counts only grow, so the strongly connected components of the graph (Tarjan 1972) are loops at
 * the same counts: small systems of equations, to be solved one after another. */
#ifndef FSIM_MODEL_STATES_H
#define FSIM_MODEL_STATES_H

#include "sim/model/scenario.h"

#define FSIM_MOST_STATES 200000
#define FSIM_MOST_LOOP_STATES 2000 /* of one component: the equations are dense */

/* One way out of a stage. */
typedef struct fsim_way {
  fsim_target to;
  bool open; /* can be taken */
} fsim_way;

typedef struct fsim_state_edge {
  uint32_t to;  /* a state, or n + the outcome's number in the funnel */
  uint32_t way; /* its number in `ways` */
} fsim_state_edge;

typedef struct fsim_states {
  size_t n;
  uint16_t *stage;    /* [n], number in the funnel */
  size_t *first_edge; /* [n + 1] */
  fsim_state_edge *edges;
  size_t *fresh; /* [n_stages]: the state of a journey that begins in this stage */
  size_t n_components;
  size_t *first_member; /* [n_components + 1] */
  uint32_t *member;     /* [n]: component after component, what follows first */
  uint32_t *component;  /* [n] */
} fsim_states;

/* `ways` of stage i of the funnel are first_way[i] … first_way[i + 1] - 1. */
int fsim_states_make(const fsim_scenario *scenario, size_t funnel, const fsim_stage_law *laws,
                     const fsim_way *ways, const size_t *first_way, fsim_report *report,
                     fsim_states *states);
void fsim_states_free(fsim_states *states);

#endif
