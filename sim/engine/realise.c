#include "sim/engine/realise.h"

#include <string.h>

/* Tables of drawn laws pile up in the cache; after so many pairs it starts anew. */
#define MOST_PAIRS_CACHED 16

static void drop_plan(fsim_realised *r) {
  if (r->shared != NULL) r->engine->work->release(r->shared);
  fsim_plan_free(r->plan);
  fsim_scenario_free(r->own);
  r->shared = NULL;
  r->plan = NULL;
  r->own = NULL;
}

void fsim_realised_free(fsim_realised *r) {
  drop_plan(r);
  if (!r->borrowed) fsim_sampler_cache_free(r->cache);
  memset(r, 0, sizeof *r);
}

int fsim_realise(fsim_realised *r, const fsim_engine *engine, const fsim_source *source,
                 const fsim_scenario *central, uint64_t pair, size_t block_leads,
                 fsim_report *report) {
  drop_plan(r);
  if (!r->borrowed && r->pairs_cached++ % MOST_PAIRS_CACHED == 0) {
    fsim_sampler_cache_free(r->cache);
    r->cache = fsim_sampler_cache_new();
    if (r->cache == NULL) return fsim_no_memory(report);
  }
  r->engine = engine;
  r->scenario = central;
  if (central->uncertain) {
    int status = fsim_source_realise(source, pair, report, &r->own);
    if (status != FSIM_OK) return status;
    r->scenario = r->own;
  }
  int status = fsim_plan_make(r->scenario, r->cache, report, &r->plan);
  if (status != FSIM_OK) return status;
  return engine->work->prepare(r->plan, block_leads, report, &r->shared);
}
