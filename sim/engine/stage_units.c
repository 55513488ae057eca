#include "sim/engine/stage_units.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"

#define NO_MEMORY "memory is out"

/* Units while they are found: first every stage and every team is one. */
typedef struct finder {
  const fsim_scenario *s;
  size_t n_stages, n_units; /* stages first, then teams */
  size_t *unit_of;          /* [n_stages] */
  bool *leads;              /* [n_units][n_units] */
  bool *done;               /* [n_units] */
} finder;

static const fsim_stage_law *law_of(const finder *f, size_t profile, size_t stage) {
  return fsim_stage_law_of(f->s, 0, profile, stage);
}

static const char *refuse_scenario(const fsim_scenario *s) {
  if (s->n_versions > 1) return "laws change on dates";
  if (s->n_links > 0) return "links start further journeys";
  for (size_t i = 0; i < s->n_streams; i++)
    if (s->streams[i].pipeline) return "deals are open at the start";
  return NULL;
}

static const char *refuse_team(const fsim_team *team) {
  if (team->discipline != FSIM_FIFO) return "a team's queue is not first in, first out";
  return team->limit != UINT32_MAX ? "a team's queue has a limit" : NULL;
}

/* A stage has one team for everybody. */
static const char *find_team(finder *f, size_t stage) {
  const fsim_stage_law *first = law_of(f, 0, stage);
  for (size_t p = 0; p < f->s->n_profiles; p++) {
    const fsim_stage_law *law = law_of(f, p, stage);
    if (law->max_visits.set) return "visits are counted by max_visits";
    if (law->work.set != first->work.set || (law->work.set && law->work.team != first->work.team))
      return "a stage has different teams for different leads";
    if (law->work.set && law->work.occupies_stage && law->wait_effect.set)
      return "a place is held while the queue acts on the exits";
  }
  f->unit_of[stage] = first->work.set ? f->n_stages + first->work.team : stage;
  return first->work.set ? refuse_team(&f->s->teams[first->work.team]) : NULL;
}

static void lead(finder *f, size_t stage, fsim_target target) {
  if (!target.is_outcome)
    f->leads[f->unit_of[stage] * f->n_units + f->unit_of[target.index]] = true;
}

static void find_ways(finder *f, size_t stage) {
  for (size_t e = 0; e < f->s->stages[stage].n_exits; e++)
    lead(f, stage, f->s->stages[stage].exits[e].target);
  for (size_t p = 0; p < f->s->n_profiles; p++) {
    const fsim_stage_law *law = law_of(f, p, stage);
    if (law->expire.set) lead(f, stage, law->expire.to);
    if (law->drop.set) lead(f, stage, law->drop.to);
    if (law->work.set) lead(f, stage, law->work.abandon);
  }
}

/* Nothing that is not done yet leads to it. */
static bool is_ready(const finder *f, size_t unit) {
  for (size_t u = 0; u < f->n_units; u++)
    if (!f->done[u] && f->leads[u * f->n_units + unit]) return false;
  return true;
}

static bool is_first(const finder *f, size_t unit) {
  for (size_t u = 0; u < f->n_units; u++)
    if (f->leads[u * f->n_units + unit]) return false;
  return true;
}

static bool ends_at_once(const finder *f, size_t unit) {
  for (size_t u = 0; u < f->n_units; u++)
    if (f->leads[unit * f->n_units + u]) return false;
  return true;
}

static size_t stages_of(const finder *f, size_t unit, uint16_t *stages) {
  size_t n = 0;
  for (size_t i = 0; i < f->n_stages; i++) {
    if (f->unit_of[i] != unit) continue;
    if (stages != NULL) stages[n] = (uint16_t)i;
    n++;
  }
  return n;
}

/* Takes units whose predecessors are all done (Kahn 1962). */
static const char *put_in_order(finder *f, fsim_stage_units *units) {
  size_t used = 0, wanted = 0;
  for (size_t u = 0; u < f->n_units; u++) wanted += stages_of(f, u, NULL) > 0;
  units->n = 0;
  while (units->n < wanted) {
    size_t u = 0;
    while (u < f->n_units && (f->done[u] || stages_of(f, u, NULL) == 0 || !is_ready(f, u))) u++;
    if (u == f->n_units) return "journeys come back to a stage or a team that they have passed";
    f->done[u] = true;
    fsim_stage_unit *unit = &units->unit[units->n++];
    unit->team = u < f->n_stages ? FSIM_NO_UNIT_TEAM : u - f->n_stages;
    unit->stage = units->stages + used;
    unit->n_stages = stages_of(f, u, unit->stage);
    used += unit->n_stages;
    unit->first = is_first(f, u);
    unit->ends_at_once = ends_at_once(f, u);
  }
  return NULL;
}

static const char *find_units(finder *f, fsim_stage_units *units) {
  const char *why = NULL;
  for (size_t i = 0; i < f->n_stages && why == NULL; i++) why = find_team(f, i);
  if (why != NULL) return why;
  for (size_t i = 0; i < f->n_stages; i++) find_ways(f, i);
  return put_in_order(f, units);
}

const char *fsim_stage_units_make(const fsim_scenario *scenario, fsim_stage_units *units) {
  fsim_stage_units made = {0};
  finder f = {.s = scenario,
              .n_stages = scenario->n_stages,
              .n_units = scenario->n_stages + scenario->n_teams};
  const char *why = refuse_scenario(scenario);
  if (why == NULL) {
    f.unit_of = fsim_zeroed(f.n_stages, sizeof *f.unit_of);
    f.leads = fsim_zeroed(f.n_units * f.n_units, sizeof *f.leads);
    f.done = fsim_zeroed(f.n_units, sizeof *f.done);
    made.unit = fsim_zeroed(f.n_units, sizeof *made.unit);
    made.stages = fsim_zeroed(f.n_stages, sizeof *made.stages);
    bool enough = f.unit_of && f.leads && f.done && made.unit && made.stages;
    why = enough ? find_units(&f, &made) : NO_MEMORY;
  }
  free(f.unit_of);
  free(f.leads);
  free(f.done);
  if (why == NULL && units != NULL) {
    *units = made;
  } else {
    fsim_stage_units_free(&made);
  }
  return why;
}

void fsim_stage_units_free(fsim_stage_units *units) {
  free(units->unit);
  free(units->stages);
  memset(units, 0, sizeof *units);
}
