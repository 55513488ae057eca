#include "sim/model/plan.h"

#include <math.h>
#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/base/text.h"
#include "sim/model/chain.h"
#include "sim/model/law_group.h"
#include "sim/model/node.h"
#include "sim/model/team_graph.h"

/* A plan while it is made. */
typedef struct maker {
  const fsim_scenario *s;
  fsim_plan *plan;
  fsim_arena *arena;
  fsim_sampler_cache *cache;
  fsim_report *report;
  size_t n_rows;
  const fsim_stage_law **source; /* [n_laws]: the first law that became this one */
  uint16_t *stage;               /* [n_laws] */
  size_t room_source, room_stage, room_laws;
  size_t *slot; /* open addressing: law + 1 */
  size_t room;
  double *drop_s; /* [n_rows][n_stages]: ages of drop rules; NULL when there is none */
} maker;

static void *get(maker *m, size_t count, size_t size) {
  return fsim_arena_get(m->arena, count, size);
}

static size_t stage_row(const maker *m, size_t row, size_t stage) {
  return row * m->s->n_stages + stage;
}

static const fsim_stage_law *source_law(const maker *m, size_t row, size_t stage) {
  return fsim_stage_law_of(m->s, row / m->s->n_profiles, row % m->s->n_profiles, stage);
}

/* ---- drop rules ---- */

static bool funnel_drops(const maker *m, const fsim_funnel *funnel) {
  for (size_t row = 0; row < m->n_rows; row++) {
    for (size_t i = 0; i < funnel->n_stages; i++) {
      if (source_law(m, row, funnel->first_stage + i)->drop.set) return true;
    }
  }
  return false;
}

static int drop_ages_of_group(maker *m, size_t f, size_t row, double *age_s) {
  const fsim_funnel *funnel = &m->s->funnels[f];
  fsim_chain *chain = NULL;
  int status =
      fsim_chain_make(m->s, f, row % m->s->n_profiles, row / m->s->n_profiles, m->report, &chain);
  if (status != FSIM_OK) return status;
  for (size_t i = 0; i < funnel->n_stages; i++) {
    const fsim_stage_numbers *numbers = &chain->stages[i];
    age_s[i] = numbers->rule == FSIM_BY_DROP ? numbers->deadline_s : INFINITY;
  }
  fsim_chain_free(chain);
  return FSIM_OK;
}

static int drop_ages_of_funnel(maker *m, size_t f) {
  const fsim_funnel *funnel = &m->s->funnels[f];
  fsim_law_groups groups = {0};
  int status = fsim_law_groups_make(m->s, f, m->s->n_versions, m->report, &groups);
  if (status != FSIM_OK) return status;
  for (size_t g = 0; g < groups.n && status == FSIM_OK; g++) {
    status = drop_ages_of_group(m, f, groups.first[g],
                                &m->drop_s[stage_row(m, groups.first[g], funnel->first_stage)]);
  }
  for (size_t row = 0; row < m->n_rows && status == FSIM_OK; row++) {
    size_t first = groups.first[groups.of_row[row]];
    for (size_t i = 0; i < funnel->n_stages; i++) {
      m->drop_s[stage_row(m, row, funnel->first_stage + i)] =
          m->drop_s[stage_row(m, first, funnel->first_stage + i)];
    }
  }
  fsim_law_groups_free(&groups);
  return status;
}

static int find_drop_ages(maker *m) {
  for (size_t f = 0; f < m->s->n_funnels; f++) {
    if (!funnel_drops(m, &m->s->funnels[f])) continue;
    if (!m->drop_s) {
      m->drop_s = fsim_zeroed(m->n_rows * m->s->n_stages, sizeof *m->drop_s);
      if (!m->drop_s) return fsim_no_memory(m->report);
    }
    int status = drop_ages_of_funnel(m, f);
    if (status != FSIM_OK) return status;
  }
  return FSIM_OK;
}

/* ---- laws ---- */

/* Rounded like any drawn time, so that a wait and a deadline of the same length tie. */
static int32_t whole_seconds(double seconds) {
  if (!(seconds < FSIM_LONGEST_WAIT_S)) return FSIM_NO_DEADLINE;
  return seconds > 0 ? (int32_t)(seconds + 0.5) : 0;
}

static void set_deadline(fsim_plan_law *law, const fsim_stage_law *from, double drop_s) {
  law->deadline_s = FSIM_NO_DEADLINE;
  law->deadline_reason = FSIM_STILL_OPEN;
  if (from->expire.set) {
    law->deadline_s = whole_seconds(from->expire.after_s);
    law->deadline_reason = FSIM_BY_EXPIRE;
    law->deadline_target = from->expire.to;
  }
  if (from->drop.set && whole_seconds(drop_s) < law->deadline_s) {
    law->deadline_s = whole_seconds(drop_s);
    law->deadline_reason = FSIM_BY_DROP;
    law->deadline_target = from->drop.to;
  }
}

static int set_exits(maker *m, fsim_plan_law *law, const fsim_stage *stage,
                     const fsim_stage_law *from) {
  size_t n = stage->n_exits;
  double *threshold = get(m, n, sizeof *threshold);
  fsim_target *target = get(m, n, sizeof *target);
  const fsim_sampler **wait = get(m, n, sizeof *wait);
  uint64_t *clock_hash = stage->race ? get(m, n, sizeof *clock_hash) : NULL;
  if (!threshold || !target || !wait || (stage->race && !clock_hash))
    return fsim_no_memory(m->report);
  double sum = 0;
  law->one_wait = !stage->race;
  for (size_t k = 0; k < n; k++) {
    sum += stage->race ? 0 : from->probability[k];
    threshold[k] = sum < 1 ? sum : 1;
    target[k] = stage->exits[k].target;
    wait[k] = k > 0 && from->waits[k] == from->waits[k - 1]
                  ? wait[k - 1]
                  : fsim_sampler_get(m->cache, from->waits[k]);
    if (!wait[k]) return fsim_no_memory(m->report);
    if (wait[k] != wait[0]) law->one_wait = false;
    if (stage->race) clock_hash[k] = fsim_hash_name(stage->exits[k].name);
  }
  if (n > 0) threshold[n - 1] = 1;
  law->n_exits = (uint16_t)n;
  law->race = stage->race;
  law->threshold = threshold;
  law->target = target;
  law->wait = wait;
  law->clock_hash = clock_hash;
  return FSIM_OK;
}

static int set_work(maker *m, fsim_plan_law *law, const fsim_stage_law *from) {
  if (!from->work.set) return FSIM_OK;
  law->team = from->work.team;
  law->holds = from->work.occupies_stage;
  law->abandon_target = from->work.abandon;
  law->work = fsim_sampler_get(m->cache, from->work.time);
  if (from->work.patience) law->patience = fsim_sampler_get(m->cache, from->work.patience);
  if (!law->work || (from->work.patience && !law->patience)) return fsim_no_memory(m->report);
  if (!from->wait_effect.set) return FSIM_OK;
  law->affected = from->wait_effect.exits;
  law->half_life_s = from->wait_effect.half_life_s;
  law->floor = from->wait_effect.floor;
  return FSIM_OK;
}

static int add_law(maker *m, size_t stage, const fsim_stage_law *from, double drop_s) {
  size_t n = m->plan->n_laws;
  if (fsim_grow((void **)&m->plan->laws, &m->room_laws, n + 1, sizeof *m->plan->laws) != 0 ||
      fsim_grow((void **)&m->source, &m->room_source, n + 1, sizeof *m->source) != 0 ||
      fsim_grow((void **)&m->stage, &m->room_stage, n + 1, sizeof *m->stage) != 0)
    return fsim_no_memory(m->report);
  fsim_plan_law *law = &m->plan->laws[n];
  *law = (fsim_plan_law){.max_visits = UINT32_MAX};
  int status = set_exits(m, law, &m->s->stages[stage], from);
  if (status != FSIM_OK) return status;
  status = set_work(m, law, from);
  if (status != FSIM_OK) return status;
  set_deadline(law, from, drop_s);
  if (from->max_visits.set) {
    law->max_visits = from->max_visits.count;
    law->limit_target = from->max_visits.to;
  }
  m->source[n] = from;
  m->stage[n] = (uint16_t)stage;
  m->plan->n_laws++;
  return FSIM_OK;
}

static int grow_slots(maker *m) {
  if (m->room > 2 * m->plan->n_laws) return FSIM_OK;
  size_t room = m->room ? 2 * m->room : 64;
  size_t *slot = fsim_zeroed(room, sizeof *slot);
  if (!slot) return fsim_no_memory(m->report);
  for (size_t i = 0; i < m->plan->n_laws; i++) {
    uint64_t hash = fsim_hash_stage_law(&m->s->stages[m->stage[i]], m->source[i]);
    size_t at = (size_t)fsim_hash_mix(hash, m->stage[i]) & (room - 1);
    while (slot[at]) at = (at + 1) & (room - 1);
    slot[at] = i + 1;
  }
  free(m->slot);
  m->slot = slot;
  m->room = room;
  return FSIM_OK;
}

static bool is_law(const maker *m, size_t law, size_t stage, const fsim_stage_law *from,
                   double drop_s) {
  if (m->stage[law] != stage) return false;
  if (!fsim_equal_stage_laws(&m->s->stages[stage], m->source[law], from)) return false;
  fsim_plan_law deadline;
  set_deadline(&deadline, from, drop_s);
  return deadline.deadline_s == m->plan->laws[law].deadline_s;
}

static int find_law(maker *m, size_t row, size_t stage) {
  const fsim_stage_law *from = source_law(m, row, stage);
  double drop_s = m->drop_s && from->drop.set ? m->drop_s[stage_row(m, row, stage)] : INFINITY;
  int status = grow_slots(m);
  if (status != FSIM_OK) return status;
  uint64_t hash = fsim_hash_stage_law(&m->s->stages[stage], from);
  size_t at = (size_t)fsim_hash_mix(hash, stage) & (m->room - 1);
  while (m->slot[at] && !is_law(m, m->slot[at] - 1, stage, from, drop_s))
    at = (at + 1) & (m->room - 1);
  if (!m->slot[at]) {
    status = add_law(m, stage, from, drop_s);
    if (status != FSIM_OK) return status;
    m->slot[at] = m->plan->n_laws;
  }
  m->plan->law_of[stage_row(m, row, stage)] = (uint32_t)(m->slot[at] - 1);
  return FSIM_OK;
}

static int make_laws(maker *m) {
  const fsim_scenario *s = m->s;
  m->plan->law_of = get(m, m->n_rows * s->n_stages, sizeof *m->plan->law_of);
  m->plan->stage_varies = get(m, s->n_stages, sizeof *m->plan->stage_varies);
  if (!m->plan->law_of || !m->plan->stage_varies) return fsim_no_memory(m->report);
  for (size_t row = 0; row < m->n_rows; row++) {
    for (size_t i = 0; i < s->n_stages; i++) {
      int status = find_law(m, row, i);
      if (status != FSIM_OK) return status;
      const uint32_t *of = m->plan->law_of;
      if (of[stage_row(m, row, i)] != of[stage_row(m, row % s->n_profiles, i)])
        m->plan->stage_varies[i] = true;
    }
  }
  return FSIM_OK;
}

/* ---- values, links, versions ---- */

static int make_values(maker *m) {
  const fsim_scenario *s = m->s;
  size_t per_version = s->n_profiles * s->n_funnels;
  const fsim_sampler **value = get(m, s->n_versions * per_version, sizeof *value);
  m->plan->value = value;
  if (!value) return fsim_no_memory(m->report);
  for (size_t i = 0; i < s->n_versions * per_version; i++) {
    const fsim_laws *laws = &s->versions[i / per_version];
    const fsim_distribution *law = laws->values ? laws->values[i % per_version] : NULL;
    if (!law) continue;
    value[i] = fsim_sampler_get(m->cache, law);
    if (!value[i]) return fsim_no_memory(m->report);
  }
  return FSIM_OK;
}

static int set_link(maker *m, size_t link, size_t place) {
  const fsim_scenario *s = m->s;
  m->plan->links[place] = (fsim_plan_link){s->links[link].to, s->links[link].hash};
  for (size_t v = 0; v < s->n_versions; v++) {
    const fsim_link_law *from = &s->versions[v].links[link];
    fsim_plan_link_law *law = &m->plan->link_law[v * s->n_links + place];
    law->probability = from->probability;
    law->after = fsim_sampler_get(m->cache, from->after);
    if (!law->after) return fsim_no_memory(m->report);
  }
  return FSIM_OK;
}

static int make_links(maker *m) {
  const fsim_scenario *s = m->s;
  m->plan->first_link = get(m, s->n_outcomes + 1, sizeof *m->plan->first_link);
  m->plan->links = get(m, s->n_links, sizeof *m->plan->links);
  m->plan->link_law = get(m, s->n_versions * s->n_links, sizeof *m->plan->link_law);
  if (!m->plan->first_link || !m->plan->links || !m->plan->link_law)
    return fsim_no_memory(m->report);
  size_t place = 0;
  for (size_t outcome = 0; outcome < s->n_outcomes; outcome++) {
    m->plan->first_link[outcome] = (uint16_t)place;
    for (size_t link = 0; link < s->n_links; link++) {
      if (s->links[link].from != outcome) continue;
      int status = set_link(m, link, place++);
      if (status != FSIM_OK) return status;
    }
  }
  m->plan->first_link[s->n_outcomes] = (uint16_t)place;
  return FSIM_OK;
}

static int make_masks(maker *m) {
  m->plan->mask = get(m, m->s->n_versions, sizeof *m->plan->mask);
  if (!m->plan->mask) return fsim_no_memory(m->report);
  for (size_t v = 0; v < m->s->n_versions; v++)
    m->plan->mask[v] = m->s->version_mask ? m->s->version_mask[v] : 0;
  return FSIM_OK;
}

size_t fsim_plan_version(const fsim_plan *plan, uint32_t mask) {
  size_t version = 0;
  for (size_t v = 0; v < plan->scenario->n_versions; v++) {
    if (plan->mask[v] == mask) version = v;
  }
  return version;
}

/* ---- paces ---- */

/* One that does not vary is none. */
static uint16_t number_of_pace(const fsim_scenario *s, const fsim_pace *pace) {
  uint16_t number = 0;
  if (!pace || !(pace->cv > 0)) return FSIM_NO_PACE;
  for (const fsim_pace *before = s->paces; before < pace; before++)
    if (before->cv > 0) number++;
  return number;
}

static int make_paces(maker *m) {
  const fsim_scenario *s = m->s;
  m->plan->paces = get(m, s->n_paces, sizeof *m->plan->paces);
  m->plan->stage_pace = get(m, s->n_stages, sizeof *m->plan->stage_pace);
  if (!m->plan->paces || !m->plan->stage_pace) return fsim_no_memory(m->report);
  for (size_t i = 0; i < s->n_paces; i++) {
    if (s->paces[i].cv > 0) m->plan->paces[m->plan->n_paces++] = &s->paces[i];
  }
  for (size_t i = 0; i < s->n_stages; i++)
    m->plan->stage_pace[i] = number_of_pace(s, s->stages[i].pace);
  return FSIM_OK;
}

/* ---- order of stages ---- */

/* Where any law of a stage may lead: its stages of the same funnel, as law indexes by stage. */
typedef struct ordering {
  const maker *m;
  size_t *first;  /* [n_stages + 1] into laws */
  uint32_t *laws; /* [n_laws], by stage */
  bool *seen;
  size_t *step; /* [n_stages]: how many of its ways were followed */
  uint16_t *stack;
} ordering;

/* Way number `step` out of a stage; false past the last. */
static bool way_out(const ordering *o, size_t stage, size_t step, fsim_target *target) {
  size_t n_exits = o->m->s->stages[stage].n_exits;
  if (step < n_exits) {
    *target = o->m->s->stages[stage].exits[step].target;
    return true;
  }
  size_t law = o->first[stage] + (step - n_exits) / 3;
  if (law >= o->first[stage + 1]) return false;
  const fsim_plan_law *of = &o->m->plan->laws[o->laws[law]];
  size_t rule = (step - n_exits) % 3;
  *target = (fsim_target){true, 0};
  if (rule == 0 && of->deadline_s != FSIM_NO_DEADLINE) *target = of->deadline_target;
  if (rule == 1 && of->max_visits != UINT32_MAX) *target = of->limit_target;
  if (rule == 2 && of->work) *target = of->abandon_target;
  return true;
}

/* Depth first from `start`; a stage is placed, from the end of the order, when all that follows it
 * has been: reverse postorder, so that only loops lead back. Returns the places left. */
static size_t order_from(ordering *o, size_t start, uint16_t *order, size_t left) {
  size_t depth = 0;
  if (o->seen[start]) return left;
  o->seen[start] = true;
  o->stack[depth++] = (uint16_t)start;
  while (depth > 0) {
    size_t stage = o->stack[depth - 1];
    fsim_target target;
    if (!way_out(o, stage, o->step[stage]++, &target)) {
      order[--left] = (uint16_t)stage;
      depth--;
    } else if (!target.is_outcome && !o->seen[target.index]) {
      o->seen[target.index] = true;
      o->stack[depth++] = target.index;
    }
  }
  return left;
}

static void sort_laws(ordering *o) {
  const maker *m = o->m;
  for (size_t i = 0; i < m->plan->n_laws; i++) o->first[m->stage[i] + 1]++;
  for (size_t i = 0; i < m->s->n_stages; i++) o->first[i + 1] += o->first[i];
  for (size_t i = 0; i < m->plan->n_laws; i++)
    o->laws[o->first[m->stage[i]] + o->step[m->stage[i]]++] = (uint32_t)i;
  for (size_t i = 0; i < m->s->n_stages; i++) o->step[i] = 0;
}

static int make_order(maker *m) {
  const fsim_scenario *s = m->s;
  int status = FSIM_OK;
  ordering o = {.m = m};
  o.first = fsim_zeroed(s->n_stages + 1, sizeof *o.first);
  o.laws = fsim_zeroed(m->plan->n_laws, sizeof *o.laws);
  o.seen = fsim_zeroed(s->n_stages, sizeof *o.seen);
  o.step = fsim_zeroed(s->n_stages, sizeof *o.step);
  o.stack = fsim_zeroed(s->n_stages, sizeof *o.stack);
  m->plan->stage_order = get(m, s->n_stages, sizeof *m->plan->stage_order);
  if (!o.first || !o.laws || !o.seen || !o.step || !o.stack || !m->plan->stage_order) {
    status = fsim_no_memory(m->report);
    goto out;
  }
  sort_laws(&o);
  for (size_t f = 0; f < s->n_funnels; f++) {
    const fsim_funnel *funnel = &s->funnels[f];
    uint16_t *order = m->plan->stage_order + funnel->first_stage;
    /* What the entry does not reach (deals of a pipeline may stand there) is behind the rest, so it
     * is placed first, from the end; the entry's own way must not be taken before. */
    size_t left = funnel->n_stages;
    size_t top = order_from(&o, funnel->entry, order, left), n_reached = left - top;
    for (size_t i = 0; i < n_reached; i++) order[i] = order[top + i];
    for (size_t i = funnel->n_stages; i-- > 0 && n_reached < left;) {
      size_t stage = (size_t)funnel->first_stage + i;
      if (!o.seen[stage]) left = order_from(&o, stage, order, left);
    }
  }
out:
  free(o.first);
  free(o.laws);
  free(o.seen);
  free(o.step);
  free(o.stack);
  return status;
}

int fsim_plan_make(const fsim_scenario *scenario, fsim_sampler_cache *cache, fsim_report *report,
                   fsim_plan **plan) {
  *plan = NULL;
  fsim_arena *arena = fsim_arena_new();
  fsim_plan *made = fsim_zeroed(1, sizeof *made);
  maker m = {.s = scenario, .plan = made, .arena = arena, .cache = cache, .report = report};
  int status = FSIM_OK;
  if (!arena || !made) {
    status = fsim_no_memory(report);
    fsim_arena_free(arena);
    free(made);
    return status;
  }
  made->scenario = scenario;
  made->cache = cache;
  made->memory = arena;
  m.n_rows = scenario->n_versions * scenario->n_profiles;
  status = find_drop_ages(&m);
  if (status == FSIM_OK) status = make_laws(&m);
  if (status == FSIM_OK) status = make_values(&m);
  if (status == FSIM_OK) status = make_links(&m);
  if (status == FSIM_OK) status = make_masks(&m);
  if (status == FSIM_OK) status = make_order(&m);
  if (status == FSIM_OK) status = fsim_team_graph(made, arena, report);
  if (status == FSIM_OK) status = make_paces(&m);
  free(m.source);
  free(m.stage);
  free(m.slot);
  free(m.drop_s);
  if (status != FSIM_OK) {
    fsim_plan_free(made);
    return status;
  }
  *plan = made;
  return FSIM_OK;
}

void fsim_plan_free(fsim_plan *plan) {
  if (!plan) return;
  free(plan->laws);
  fsim_arena_free(plan->memory);
  free(plan);
}
