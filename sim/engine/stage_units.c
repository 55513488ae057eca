#include "sim/engine/stage_units.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/link_paths.h"

#define NO_MEMORY "memory is out"

/* First every stage and every team is a part by itself; then parts become groups. */
typedef struct finder {
  const fsim_scenario *s;
  bool together;
  size_t n_stages, n_parts; /* stages first, then teams */
  size_t *part_of;          /* [n_stages] */
  bool *used;               /* [n_parts] some stage is in it */
  bool *knotted;            /* [n_parts] event by event; then of the group, by its first part */
  bool *leads;              /* [n_parts][n_parts] at once, then by any way */
  bool *stage_leads;        /* [n_stages][n_stages] at once */
  bool *starts;             /* [n_stages][n_funnels] by links: who leaves the one may start in it */
  uint16_t *order;          /* [n_stages] no stage leads to one before it */
  size_t *group;            /* [n_parts] its first part */
  bool *done;               /* [n_parts] */
} finder;

/* Laws of all versions and profiles, counted together. */
static size_t n_laws(const finder *f) {
  return f->s->n_versions * f->s->n_profiles;
}

static const fsim_stage_law *law_of(const finder *f, size_t law, size_t stage) {
  return fsim_stage_law_of(f->s, law / f->s->n_profiles, law % f->s->n_profiles, stage);
}

static const char *refuse_scenario(const fsim_scenario *s) {
  for (size_t c = 0; c < s->n_changes; c++)
    if (s->changes[c].applies_to == FSIM_TO_ALL) return "a change applies to waits that run";
  if (fsim_has_open_deals(s)) return "deals are open at the start";
  return fsim_refuse_links(s);
}

/* ---- parts, and the ways between them ---- */

/* A stage has one team for everybody. */
static const char *find_team(finder *f, size_t stage) {
  const fsim_stage_law *first = law_of(f, 0, stage);
  for (size_t p = 0; p < n_laws(f); p++) {
    const fsim_stage_law *law = law_of(f, p, stage);
    if (law->max_visits.set) return "visits are counted by max_visits";
    if (law->work.set != first->work.set || (law->work.set && law->work.team != first->work.team))
      return "a stage has different teams for different leads";
    if (law->work.set && law->work.occupies_stage && law->wait_effect.set)
      return "a place is held while the queue acts on the exits";
  }
  size_t part = first->work.set ? f->n_stages + first->work.team : stage;
  f->part_of[stage] = part;
  f->used[part] = true;
  if (!first->work.set) return NULL;
  const fsim_team *team = &f->s->teams[first->work.team];
  f->knotted[part] = f->together || team->discipline != FSIM_FIFO || team->limit != UINT32_MAX;
  return NULL;
}

static void follow_links(finder *f, size_t stage, size_t outcome) {
  const fsim_scenario *s = f->s;
  for (size_t l = 0; l < s->n_links; l++) {
    if (s->links[l].from != outcome) continue;
    size_t to = s->links[l].to, entry = s->funnels[to].entry;
    f->starts[stage * s->n_funnels + to] = true;
    f->leads[f->part_of[stage] * f->n_parts + f->part_of[entry]] = true;
  }
}

static void lead(finder *f, size_t stage, fsim_target target) {
  if (target.is_outcome) {
    follow_links(f, stage, target.index);
    return;
  }
  f->stage_leads[stage * f->n_stages + target.index] = true;
  f->leads[f->part_of[stage] * f->n_parts + f->part_of[target.index]] = true;
}

static void find_ways(finder *f, size_t stage) {
  for (size_t e = 0; e < f->s->stages[stage].n_exits; e++)
    lead(f, stage, f->s->stages[stage].exits[e].target);
  for (size_t p = 0; p < n_laws(f); p++) {
    const fsim_stage_law *law = law_of(f, p, stage);
    if (law->expire.set) lead(f, stage, law->expire.to);
    if (law->drop.set) lead(f, stage, law->drop.to);
    if (law->work.set) lead(f, stage, law->work.abandon);
  }
}

/* Takes stages to which none leads that is not taken yet (Kahn 1962). */
static const char *put_stages_in_order(finder *f) {
  memset(f->done, 0, f->n_parts * sizeof *f->done);
  for (size_t n = 0; n < f->n_stages; n++) {
    size_t stage = 0;
    for (; stage < f->n_stages; stage++) {
      bool ready = !f->done[stage];
      for (size_t i = 0; i < f->n_stages && ready; i++)
        ready = f->done[i] || !f->stage_leads[i * f->n_stages + stage];
      if (ready) break;
    }
    if (stage == f->n_stages) return "journeys come back to a stage that they have passed";
    f->done[stage] = true;
    f->order[n] = (uint16_t)stage;
  }
  return NULL;
}

/* The transitive closure (Warshall 1962). */
static void find_all_ways(finder *f) {
  size_t n = f->n_parts;
  for (size_t k = 0; k < n; k++) {
    const bool *from_k = f->leads + k * n;
    for (size_t i = 0; i < n; i++) {
      bool *from_i = f->leads + i * n;
      if (!from_i[k]) continue;
      for (size_t j = 0; j < n; j++) from_i[j] |= from_k[j];
    }
  }
}

/* ---- groups ---- */

static bool leads_to(const finder *f, size_t from, size_t to) {
  return f->leads[from * f->n_parts + to];
}

static bool is_team(const finder *f, size_t part) {
  return part >= f->n_stages && f->used[part];
}

/* A team, or on a way from a team to a team. */
static bool among_teams(const finder *f, size_t part) {
  if (is_team(f, part)) return true;
  bool after = false, before = false;
  for (size_t t = f->n_stages; t < f->n_parts; t++) {
    after |= is_team(f, t) && leads_to(f, t, part);
    before |= is_team(f, t) && leads_to(f, part, t);
  }
  return after && before;
}

static bool belong_together(const finder *f, size_t a, size_t b) {
  if (f->together) return among_teams(f, a) && among_teams(f, b);
  return leads_to(f, a, b) && leads_to(f, b, a);
}

static void find_groups(finder *f) {
  for (size_t b = 0; b < f->n_parts; b++) {
    f->group[b] = b;
    if (!f->used[b]) continue;
    for (size_t a = 0; a < b && f->group[b] == b; a++)
      if (f->used[a] && belong_together(f, a, b)) f->group[b] = f->group[a];
    if (f->group[b] != b || leads_to(f, b, b)) f->knotted[f->group[b]] = true;
  }
  for (size_t p = 0; p < f->n_parts; p++)
    if (f->used[p] && f->knotted[p]) f->knotted[f->group[p]] = true;
}

static size_t group_of(const finder *f, size_t stage) {
  return f->group[f->part_of[stage]];
}

/* Within a knot, paths are drawn ahead: neither a queue nor a rule may change them. */
static const char *refuse_knot(const finder *f, size_t stage) {
  size_t group = group_of(f, stage);
  if (!f->knotted[group]) return NULL;
  if (f->s->n_versions > 1) return "laws change on dates where teams are followed event by event";
  for (size_t p = 0; p < n_laws(f); p++) {
    const fsim_stage_law *law = law_of(f, p, stage);
    if (law->work.set && f->s->teams[law->work.team].discipline == FSIM_BY_VALUE)
      return "a team's queue goes by value";
    if (law->work.set && law->wait_effect.set)
      return "the queue acts on the exits where teams are followed event by event";
    const fsim_target *rules[] = {law->expire.set ? &law->expire.to : NULL,
                                  law->drop.set ? &law->drop.to : NULL,
                                  law->work.set ? &law->work.abandon : NULL};
    for (size_t k = 0; k < sizeof rules / sizeof *rules; k++)
      if (rules[k] != NULL && !rules[k]->is_outcome && group_of(f, rules[k]->index) == group)
        return "a rule leads on where teams are followed event by event";
  }
  return NULL;
}

static bool in_group(const finder *f, size_t group, size_t funnel) {
  for (size_t i = 0; i < f->n_stages; i++)
    if (f->s->stages[i].funnel == funnel && group_of(f, i) == group) return true;
  return false;
}

/* Do two links of one outcome start journeys that go through the same knot? */
static bool meet_in_knot(const finder *f, const fsim_link *a, const fsim_link *b) {
  for (size_t g = 0; a->from == b->from && g < f->n_parts; g++)
    if (f->used[g] && f->group[g] == g && f->knotted[g] && in_group(f, g, a->to) &&
        in_group(f, g, b->to))
      return true;
  return false;
}

/* In a knot all events of a lead in one second are one journey's, and no link is followed. */
static const char *refuse_knot_links(const finder *f) {
  const fsim_scenario *s = f->s;
  for (size_t i = 0; i < f->n_stages; i++)
    for (size_t to = 0; to < s->n_funnels; to++)
      if (f->starts[i * s->n_funnels + to] && group_of(f, i) == group_of(f, s->funnels[to].entry))
        return "links lead to and fro between teams";
  for (size_t a = 0; a < s->n_links; a++)
    for (size_t b = a + 1; b < s->n_links; b++)
      if (meet_in_knot(f, &s->links[a], &s->links[b]))
        return "links start journeys side by side where teams are followed event by event";
  return NULL;
}

static size_t stages_of(const finder *f, size_t group, uint16_t *stages) {
  size_t n = 0;
  for (size_t i = 0; i < f->n_stages; i++)
    if (group_of(f, f->order[i]) == group) stages[n++] = f->order[i];
  return n;
}

/* Nothing that is not done yet leads to it. */
static bool is_ready(const finder *f, size_t group) {
  for (size_t a = 0; a < f->n_parts; a++) {
    if (!f->used[a] || f->done[f->group[a]] || f->group[a] == group) continue;
    for (size_t b = 0; b < f->n_parts; b++)
      if (f->group[b] == group && leads_to(f, a, b)) return false;
  }
  return true;
}

static bool any_way_in(const finder *f, size_t group) {
  for (size_t a = 0; a < f->n_parts; a++)
    for (size_t b = 0; b < f->n_parts; b++)
      if (f->group[b] == group && leads_to(f, a, b)) return true;
  return false;
}

/* On which journeys go on; links start others. */
static bool any_way_out(const finder *f, size_t group) {
  for (size_t i = 0; i < f->n_stages; i++)
    for (size_t k = 0; group_of(f, i) == group && k < f->n_stages; k++)
      if (f->stage_leads[i * f->n_stages + k]) return true;
  return false;
}

/* Groups between which nothing flows back: they are strongly connected, or all teams. */
static void put_in_order(finder *f, fsim_stage_units *units) {
  size_t taken = 0;
  memset(f->done, 0, f->n_parts * sizeof *f->done);
  while (taken < f->n_stages) {
    size_t g = 0;
    while (!f->used[g] || f->group[g] != g || f->done[g] || !is_ready(f, g)) g++;
    f->done[g] = true;
    fsim_stage_unit *unit = &units->unit[units->n++];
    unit->knot = f->knotted[g];
    unit->team = unit->knot || g < f->n_stages ? FSIM_NO_UNIT_TEAM : g - f->n_stages;
    unit->stage = units->stages + taken;
    unit->n_stages = stages_of(f, g, unit->stage);
    unit->first = !unit->knot && !any_way_in(f, g);
    unit->ends_at_once = !unit->knot && !any_way_out(f, g);
    taken += unit->n_stages;
  }
}

/* ---- components ---- */

static void join_funnels(fsim_stage_units *units, size_t n_funnels, size_t a, size_t b) {
  size_t from = units->component[b], to = units->component[a];
  for (size_t f = 0; f < n_funnels; f++)
    if (units->component[f] == from) units->component[f] = to;
}

/* A funnel's own number, then that of a funnel with which it shares a team or a link, then from 0
 * on. */
static void find_components(const fsim_scenario *s, fsim_stage_units *units) {
  for (size_t f = 0; f < s->n_funnels; f++) units->component[f] = f;
  for (size_t u = 0; u < units->n; u++) {
    const fsim_stage_unit *unit = &units->unit[u];
    for (size_t k = 1; k < unit->n_stages; k++)
      join_funnels(units, s->n_funnels, s->stages[unit->stage[0]].funnel,
                   s->stages[unit->stage[k]].funnel);
  }
  for (size_t l = 0; l < s->n_links; l++)
    join_funnels(units, s->n_funnels, s->outcomes[s->links[l].from].funnel, s->links[l].to);
  units->n_components = 0;
  for (size_t f = 0; f < s->n_funnels; f++) {
    bool again = false;
    for (size_t g = 0; g < s->n_funnels; g++) again |= units->component[g] == f;
    if (!again) continue;
    size_t number = units->n_components++;
    for (size_t g = 0; g < s->n_funnels; g++)
      if (units->component[g] == f) units->component[g] = number;
  }
}

static const char *find_units(finder *f, fsim_stage_units *units) {
  const char *why = NULL;
  for (size_t i = 0; i < f->n_stages && why == NULL; i++) why = find_team(f, i);
  if (why != NULL) return why;
  for (size_t i = 0; i < f->n_stages; i++) find_ways(f, i);
  why = put_stages_in_order(f);
  if (why != NULL) return why;
  find_all_ways(f);
  find_groups(f);
  for (size_t i = 0; i < f->n_stages && why == NULL; i++) why = refuse_knot(f, i);
  if (why == NULL) why = refuse_knot_links(f);
  if (why != NULL) return why;
  put_in_order(f, units);
  find_components(f->s, units);
  return NULL;
}

static bool make_finder(finder *f) {
  size_t n = f->n_parts, stages = f->n_stages;
  f->part_of = fsim_zeroed(stages, sizeof *f->part_of);
  f->used = fsim_zeroed(n, sizeof *f->used);
  f->knotted = fsim_zeroed(n, sizeof *f->knotted);
  f->leads = fsim_zeroed(n * n, sizeof *f->leads);
  f->stage_leads = fsim_zeroed(stages * stages, sizeof *f->stage_leads);
  f->starts = fsim_zeroed(stages * f->s->n_funnels, sizeof *f->starts);
  f->order = fsim_zeroed(stages, sizeof *f->order);
  f->group = fsim_zeroed(n, sizeof *f->group);
  f->done = fsim_zeroed(n, sizeof *f->done);
  return f->part_of && f->used && f->knotted && f->leads && f->stage_leads && f->starts &&
         f->order && f->group && f->done;
}

static void free_finder(finder *f) {
  free(f->part_of);
  free(f->used);
  free(f->knotted);
  free(f->leads);
  free(f->stage_leads);
  free(f->starts);
  free(f->order);
  free(f->group);
  free(f->done);
}

const char *fsim_stage_units_make(const fsim_scenario *scenario, bool together,
                                  fsim_stage_units *units) {
  fsim_stage_units made = {0};
  finder f = {.s = scenario,
              .together = together,
              .n_stages = scenario->n_stages,
              .n_parts = scenario->n_stages + scenario->n_teams};
  const char *why = refuse_scenario(scenario);
  if (why == NULL) {
    made.unit = fsim_zeroed(f.n_parts, sizeof *made.unit);
    made.stages = fsim_zeroed(f.n_stages, sizeof *made.stages);
    made.component = fsim_zeroed(scenario->n_funnels, sizeof *made.component);
    bool enough = make_finder(&f) && made.unit && made.stages && made.component;
    why = enough ? find_units(&f, &made) : NO_MEMORY;
  }
  free_finder(&f);
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
  free(units->component);
  memset(units, 0, sizeof *units);
}
