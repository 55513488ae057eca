/* Which funnels may see a stage twice. Private to this folder. */
#ifndef FSIM_ENGINE_LOOPS_H
#define FSIM_ENGINE_LOOPS_H

#include "sim/model/plan.h"

typedef struct fsim_loops {
  size_t most_stages; /* of a funnel */
  bool *funnel_loops; /* [n_funnels]: a stage may be visited twice, or its visits are counted */
  bool *stage_limits; /* [n_stages]: max_visits in some law */
} fsim_loops;

/* 0, or -1 when memory is out. */
int fsim_loops_make(const fsim_plan *plan, fsim_loops *loops);
void fsim_loops_free(fsim_loops *loops);

#endif
