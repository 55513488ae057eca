#include "sim/engine/loops.h"

#include <stdlib.h>

#include "sim/base/array.h"

static void note_target(const fsim_plan *plan, fsim_loops *loops, const size_t *place, size_t stage,
                        fsim_target target) {
  if (!target.is_outcome && place[target.index] <= place[stage])
    loops->funnel_loops[plan->scenario->stages[stage].funnel] = true;
}

/* By the order in which stages are worked off: what leads back, or in a circle, is a loop. */
static void find_loops(const fsim_plan *plan, fsim_loops *loops, size_t *place) {
  const fsim_scenario *scenario = plan->scenario;
  size_t rows = scenario->n_versions * scenario->n_profiles;
  for (size_t k = 0; k < scenario->n_stages; k++) place[plan->stage_order[k]] = k;
  for (size_t i = 0; i < rows * scenario->n_stages; i++) {
    size_t stage = i % scenario->n_stages;
    const fsim_plan_law *law = &plan->laws[plan->law_of[i]];
    for (size_t x = 0; x < law->n_exits; x++)
      note_target(plan, loops, place, stage, law->target[x]);
    if (law->deadline_s != FSIM_NO_DEADLINE)
      note_target(plan, loops, place, stage, law->deadline_target);
    if (law->work != NULL) note_target(plan, loops, place, stage, law->abandon_target);
    if (law->max_visits == UINT32_MAX) continue;
    loops->stage_limits[stage] = true;
    loops->funnel_loops[scenario->stages[stage].funnel] = true; /* its visits are counted */
  }
}

int fsim_loops_make(const fsim_plan *plan, fsim_loops *loops) {
  const fsim_scenario *scenario = plan->scenario;
  size_t *place = fsim_zeroed(scenario->n_stages, sizeof *place);
  loops->most_stages = 0;
  loops->funnel_loops = fsim_zeroed(scenario->n_funnels, sizeof *loops->funnel_loops);
  loops->stage_limits = fsim_zeroed(scenario->n_stages, sizeof *loops->stage_limits);
  bool made = place != NULL && loops->funnel_loops != NULL && loops->stage_limits != NULL;
  if (made) find_loops(plan, loops, place);
  for (size_t f = 0; f < scenario->n_funnels; f++) {
    if (scenario->funnels[f].n_stages > loops->most_stages)
      loops->most_stages = scenario->funnels[f].n_stages;
  }
  free(place);
  if (!made) fsim_loops_free(loops);
  return made ? 0 : -1;
}

void fsim_loops_free(fsim_loops *loops) {
  free(loops->funnel_loops);
  free(loops->stage_limits);
  loops->funnel_loops = NULL;
  loops->stage_limits = NULL;
}
