#include <stdlib.h>
#include <string.h>

#include "sim/base/text.h"
#include "sim/engine/work.h"

const fsim_engine *const fsim_engines[] = {&fsim_engine_independent, &fsim_engine_stagewise,
                                           &fsim_engine_calendar};
const size_t fsim_n_engines = sizeof fsim_engines / sizeof *fsim_engines;

static const fsim_engine *find(const char *name) {
  for (size_t i = 0; i < fsim_n_engines; i++) {
    if (strcmp(fsim_engines[i]->name, name) == 0) return fsim_engines[i];
  }
  return NULL;
}

static int unknown(const char *name, fsim_report *report) {
  const char *names[8];
  size_t n = fsim_n_engines < 8 ? fsim_n_engines : 8;
  for (size_t i = 0; i < n; i++) names[i] = fsim_engines[i]->name;
  const char *nearest = fsim_nearest_name(name, names, n);
  if (nearest != NULL)
    return fsim_bad_input(report, FSIM_NOWHERE, "unknown engine \"%s\": did you mean %s?", name,
                          nearest);
  fsim_text list = {0};
  for (size_t i = 0; i < n; i++) fsim_text_append(&list, "%s, ", names[i]);
  int status = list.failed ? fsim_no_memory(report)
                           : fsim_bad_input(report, FSIM_NOWHERE,
                                            "unknown engine \"%s\": there are %sand, without "
                                            "simulation, exact",
                                            name, list.text);
  free(list.text);
  return status;
}

/* The first stage whose work takes a team's time, to name it. */
static const fsim_stage *stage_with_work(const fsim_scenario *scenario, uint16_t *team) {
  for (size_t v = 0; v < scenario->n_versions; v++) {
    for (size_t p = 0; p < scenario->n_profiles; p++) {
      for (size_t s = 0; s < scenario->n_stages; s++) {
        const fsim_stage_law *law = fsim_stage_law_of(scenario, v, p, s);
        if (!law->work.set) continue;
        *team = law->work.team;
        return &scenario->stages[s];
      }
    }
  }
  return NULL;
}

static int refuse(const fsim_scenario *scenario, const fsim_engine *engine, const char *why,
                  fsim_report *report) {
  uint16_t team = 0;
  const fsim_stage *stage = stage_with_work(scenario, &team);
  if (stage != NULL && engine == &fsim_engine_independent)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "stage %s.%s has work of team %s: teams' queues are not simulated by the "
                          "engine %s; leave out `work` (or turn it into a `wait`) to run without "
                          "teams",
                          scenario->funnels[stage->funnel].name, stage->name,
                          scenario->teams[team].name, engine->name);
  return fsim_bad_input(report, FSIM_NOWHERE, "the engine %s cannot run this scenario: %s",
                        engine->name, why);
}

int fsim_engine_choose(const fsim_scenario *scenario, const char *name, fsim_report *report,
                       const fsim_engine **engine) {
  *engine = NULL;
  if (name != NULL) {
    const fsim_engine *named = find(name);
    if (named == NULL) return unknown(name, report);
    const char *why = named->unfit(scenario);
    if (why != NULL) return refuse(scenario, named, why, report);
    *engine = named;
    return FSIM_OK;
  }
  const char *why = NULL;
  for (size_t i = 0; i < fsim_n_engines; i++) {
    why = fsim_engines[i]->unfit(scenario);
    if (why == NULL) {
      *engine = fsim_engines[i];
      return FSIM_OK;
    }
  }
  return refuse(scenario, fsim_engines[fsim_n_engines - 1], why, report);
}

bool fsim_scope_fits(const fsim_scenario *scenario) {
  for (size_t i = 0; i < fsim_n_engines; i++) {
    if (fsim_engines[i]->unfit(scenario) != NULL) continue;
    bool links = fsim_engines[i] == &fsim_engine_calendar;
    return fsim_engines[i]->work->limit != NULL && (links || scenario->n_links == 0);
  }
  return false;
}
