/* One realisation of a scenario, ready to run: numbers drawn, laws compiled, engine prepared. */
#ifndef FSIM_ENGINE_REALISE_H
#define FSIM_ENGINE_REALISE_H

#include "sim/engine/work.h"

typedef struct fsim_realised {
  const fsim_engine *engine;
  const fsim_scenario *scenario;
  fsim_scenario *own; /* NULL: the central scenario, not ours */
  fsim_sampler_cache *cache;
  bool borrowed;         /* the cache is the caller's, who bounds what is in it */
  uint64_t pairs_cached; /* realisations whose tables are in the cache */
  fsim_plan *plan;
  void *shared;
} fsim_realised;

/* Start from {0}. A scenario without uncertain numbers is used as it is; otherwise the numbers of
 * the pair are drawn. May be called again for another pair: tables of laws that stay the same are
 * kept. */
int fsim_realise(fsim_realised *realised, const fsim_engine *engine, const fsim_source *source,
                 const fsim_scenario *central, uint64_t pair, size_t block_leads,
                 fsim_report *report);
void fsim_realised_free(fsim_realised *realised);

#endif
