#include "sim/model/states.h"

#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/base/text.h"

typedef struct explorer {
  const fsim_scenario *s;
  const fsim_funnel *funnel;
  const fsim_stage_law *laws;
  fsim_report *report;
  fsim_states *states;
  uint64_t *radix; /* [n_stages]: what one visit adds to the code of the counts; 0: not counted */
  uint64_t *code;  /* [n] */
  size_t room_code, room_stage, room_edges, room_first;
  size_t n_edges;
  size_t *slot; /* open addressing: state + 1 */
  size_t room;
} explorer;

static int too_large(const explorer *x) {
  return fsim_bad_input(x->report, FSIM_NOWHERE,
                        "funnel %s: its max_visits give more than %d states (stage and visits made "
                        "so far), too many for an exact solution: use smaller counts",
                        x->funnel->name, FSIM_MOST_STATES);
}

static int set_radix(explorer *x) {
  uint64_t all = 1;
  for (size_t i = 0; i < x->funnel->n_stages; i++) {
    if (!x->laws[i].max_visits.set) continue;
    x->radix[i] = all;
    if (__builtin_mul_overflow(all, (uint64_t)x->laws[i].max_visits.count + 1, &all))
      return too_large(x);
  }
  return FSIM_OK;
}

static size_t place_of(const explorer *x, uint64_t code, size_t stage) {
  size_t at = (size_t)fsim_hash_mix(code, stage) & (x->room - 1);
  while (x->slot[at] &&
         (x->code[x->slot[at] - 1] != code || x->states->stage[x->slot[at] - 1] != stage))
    at = (at + 1) & (x->room - 1);
  return at;
}

static int grow_slots(explorer *x) {
  if (x->room > 2 * x->states->n) return FSIM_OK;
  size_t *old = x->slot, room = x->room ? 2 * x->room : 64;
  size_t *slot = fsim_zeroed(room, sizeof *slot);
  if (!slot) return fsim_no_memory(x->report);
  x->slot = slot;
  x->room = room;
  for (size_t i = 0; i < x->states->n; i++)
    slot[place_of(x, x->code[i], x->states->stage[i])] = i + 1;
  free(old);
  return FSIM_OK;
}

static int find_state(explorer *x, uint64_t code, size_t stage, size_t *state) {
  int status = grow_slots(x);
  if (status != FSIM_OK) return status;
  size_t at = place_of(x, code, stage), n = x->states->n;
  if (!x->slot[at]) {
    if (n == FSIM_MOST_STATES) return too_large(x);
    if (fsim_grow((void **)&x->code, &x->room_code, n + 1, sizeof *x->code) != 0 ||
        fsim_grow((void **)&x->states->stage, &x->room_stage, n + 1, sizeof *x->states->stage) != 0)
      return fsim_no_memory(x->report);
    x->code[n] = code;
    x->states->stage[n] = (uint16_t)stage;
    x->slot[at] = ++x->states->n;
  }
  *state = x->slot[at] - 1;
  return FSIM_OK;
}

/* Entering a target with these counts: a state, or FSIM_MOST_STATES + an outcome. */
static int enter(explorer *x, uint64_t code, fsim_target to, size_t *state) {
  for (size_t turns = 0; turns <= x->funnel->n_stages; turns++) {
    if (to.is_outcome) {
      *state = FSIM_MOST_STATES + (size_t)(to.index - x->funnel->first_outcome);
      return FSIM_OK;
    }
    size_t stage = (size_t)(to.index - x->funnel->first_stage);
    const fsim_stage_law *law = &x->laws[stage];
    if (!law->max_visits.set) return find_state(x, code, stage, state);
    uint64_t visits = code / x->radix[stage] % ((uint64_t)law->max_visits.count + 1);
    if (visits < law->max_visits.count) return find_state(x, code + x->radix[stage], stage, state);
    to = law->max_visits.to;
  }
  return fsim_bad_input(
      x->report, FSIM_NOWHERE,
      "funnel %s: the max_visits of its stages turn journeys away in a circle: let "
      "one of them lead to an outcome",
      x->funnel->name);
}

static int add_edges(explorer *x, size_t state, const fsim_way *ways, const size_t *first_way) {
  size_t stage = x->states->stage[state];
  uint64_t code = x->code[state];
  for (size_t way = first_way[stage]; way < first_way[stage + 1]; way++) {
    size_t to;
    if (!ways[way].open) continue;
    int status = enter(x, code, ways[way].to, &to);
    if (status != FSIM_OK) return status;
    if (fsim_grow((void **)&x->states->edges, &x->room_edges, x->n_edges + 1,
                  sizeof *x->states->edges) != 0)
      return fsim_no_memory(x->report);
    x->states->edges[x->n_edges++] = (fsim_state_edge){(uint32_t)to, (uint32_t)way};
  }
  return FSIM_OK;
}

static int explore(explorer *x, const fsim_way *ways, const size_t *first_way) {
  fsim_states *states = x->states;
  for (size_t i = 0; i < x->funnel->n_stages; i++) {
    bool counted = x->laws[i].max_visits.set && x->laws[i].max_visits.count > 0;
    int status = find_state(x, counted ? x->radix[i] : 0, i, &states->fresh[i]);
    if (status != FSIM_OK) return status;
  }
  for (size_t state = 0; state < states->n; state++) {
    if (fsim_grow((void **)&states->first_edge, &x->room_first, state + 2,
                  sizeof *states->first_edge) != 0)
      return fsim_no_memory(x->report);
    states->first_edge[state] = x->n_edges;
    int status = add_edges(x, state, ways, first_way);
    if (status != FSIM_OK) return status;
    states->first_edge[state + 1] = x->n_edges;
  }
  for (size_t i = 0; i < x->n_edges; i++) {
    if (states->edges[i].to >= FSIM_MOST_STATES)
      states->edges[i].to = (uint32_t)(states->edges[i].to - FSIM_MOST_STATES + states->n);
  }
  return FSIM_OK;
}

/* ---- components ---- */

typedef struct walk {
  fsim_states *states;
  uint32_t *index; /* order of discovery + 1; 0: not seen */
  uint32_t *low;
  size_t *next; /* the edge to follow next */
  uint32_t *path;
  uint32_t *open; /* Tarjan's stack */
  bool *is_open;
  size_t n_path, n_open, n_seen, n_members;
} walk;

static void discover(walk *w, uint32_t state) {
  w->index[state] = w->low[state] = (uint32_t)++w->n_seen;
  w->next[state] = w->states->first_edge[state];
  w->path[w->n_path++] = state;
  w->open[w->n_open++] = state;
  w->is_open[state] = true;
}

static void close_component(walk *w, uint32_t root) {
  fsim_states *states = w->states;
  uint32_t state;
  do {
    state = w->open[--w->n_open];
    w->is_open[state] = false;
    states->component[state] = (uint32_t)states->n_components;
    states->member[w->n_members++] = state;
  } while (state != root);
  states->first_member[++states->n_components] = w->n_members;
}

static void lower(walk *w, uint32_t state, uint32_t to) {
  if (to < w->low[state]) w->low[state] = to;
}

static void walk_from(walk *w, uint32_t start) {
  discover(w, start);
  while (w->n_path > 0) {
    uint32_t state = w->path[w->n_path - 1];
    if (w->next[state] < w->states->first_edge[state + 1]) {
      uint32_t to = w->states->edges[w->next[state]++].to;
      if (to >= w->states->n) continue;
      if (!w->index[to]) {
        discover(w, to);
      } else if (w->is_open[to]) {
        lower(w, state, w->index[to]);
      }
      continue;
    }
    if (w->low[state] == w->index[state]) close_component(w, state);
    if (--w->n_path > 0) lower(w, w->path[w->n_path - 1], w->low[state]);
  }
}

static int find_components(fsim_states *states, fsim_report *report) {
  size_t n = states->n;
  walk w = {.states = states};
  states->first_member = fsim_zeroed(n + 1, sizeof *states->first_member);
  states->member = fsim_zeroed(n, sizeof *states->member);
  states->component = fsim_zeroed(n, sizeof *states->component);
  w.index = fsim_zeroed(n, sizeof *w.index);
  w.low = fsim_zeroed(n, sizeof *w.low);
  w.next = fsim_zeroed(n, sizeof *w.next);
  w.path = fsim_zeroed(n, sizeof *w.path);
  w.open = fsim_zeroed(n, sizeof *w.open);
  w.is_open = fsim_zeroed(n, sizeof *w.is_open);
  bool enough = states->first_member && states->member && states->component && w.index && w.low &&
                w.next && w.path && w.open && w.is_open;
  for (size_t i = 0; i < n && enough; i++) {
    if (!w.index[i]) walk_from(&w, (uint32_t)i);
  }
  free(w.index);
  free(w.low);
  free(w.next);
  free(w.path);
  free(w.open);
  free(w.is_open);
  return enough ? FSIM_OK : fsim_no_memory(report);
}

int fsim_states_make(const fsim_scenario *scenario, size_t funnel, const fsim_stage_law *laws,
                     const fsim_way *ways, const size_t *first_way, fsim_report *report,
                     fsim_states *states) {
  explorer x = {.s = scenario,
                .funnel = &scenario->funnels[funnel],
                .laws = laws,
                .report = report,
                .states = states};
  *states = (fsim_states){0};
  x.radix = fsim_zeroed(x.funnel->n_stages, sizeof *x.radix);
  states->fresh = fsim_zeroed(x.funnel->n_stages, sizeof *states->fresh);
  int status = x.radix && states->fresh ? FSIM_OK : fsim_no_memory(report);
  if (status == FSIM_OK) status = set_radix(&x);
  if (status == FSIM_OK) status = explore(&x, ways, first_way);
  if (status == FSIM_OK) status = find_components(states, report);
  free(x.radix);
  free(x.code);
  free(x.slot);
  if (status != FSIM_OK) fsim_states_free(states);
  return status;
}

void fsim_states_free(fsim_states *states) {
  free(states->stage);
  free(states->first_edge);
  free(states->edges);
  free(states->fresh);
  free(states->first_member);
  free(states->member);
  free(states->component);
  *states = (fsim_states){0};
}
