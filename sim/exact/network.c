#include "sim/exact/network.h"

#include <math.h>
#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/model/stage_numbers.h"
#include "sim/model/states.h"

#define MOST_NODES 3000

int fsim_network_fits(const fsim_network *q, fsim_report *report) {
  if (q->n_nodes <= MOST_NODES) return FSIM_OK;
  return fsim_bad_input(report, FSIM_NOWHERE,
                        "no exact answer: %zu stages and counted visits are more than the exact "
                        "engine takes (%d)",
                        q->n_nodes, MOST_NODES);
}

static int add_wait(fsim_network *q, fsim_exact_wait wait, uint32_t *index) {
  for (size_t i = 0; i < q->n_waits; i++) {
    const fsim_exact_wait *w = &q->waits[i];
    bool same_exit = wait.law || (w->stage == wait.stage && w->exit == wait.exit);
    if (w->law != wait.law || w->rule != wait.rule || !same_exit) continue;
    if (w->deadline_s < wait.deadline_s || w->deadline_s > wait.deadline_s) continue;
    *index = (uint32_t)i;
    return 0;
  }
  void *items = q->waits;
  if (fsim_grow(&items, &q->room_waits, q->n_waits + 1, sizeof wait) != 0) return -1;
  q->waits = items;
  q->waits[q->n_waits] = wait;
  *index = (uint32_t)q->n_waits++;
  return 0;
}

static int add_term(fsim_network *q, fsim_exact_term term, fsim_exact_wait wait) {
  void *items = q->terms;
  if (fsim_grow(&items, &q->room_terms, q->n_terms + 1, sizeof term) != 0) return -1;
  q->terms = items;
  if (add_wait(q, wait, &term.wait) != 0) return -1;
  q->terms[q->n_terms++] = term;
  return 0;
}

/* What leads from a state to `to` by one way of its stage: an exit, or (way n_exits) the rule. */
static int add_way(fsim_network *q, uint32_t from, uint32_t to, uint16_t stage, size_t way) {
  const fsim_stage *st = &q->s->stages[stage];
  const fsim_stage_law *law = fsim_stage_law_of(q->s, 0, q->profile, stage);
  bool rule = way == st->n_exits;
  size_t first = rule ? 0 : way, end = rule ? st->n_exits : way + 1;
  if (st->race && rule) end = 1;
  for (size_t k = first; k < end; k++) {
    fsim_exact_term term = {.from = from,
                            .to = to,
                            .share = st->race ? 1 : law->probability[k],
                            .stage = stage,
                            .exit = (uint16_t)k,
                            .link = FSIM_NO_NUMBER};
    fsim_exact_wait wait = {.law = st->race ? NULL : law->waits[k],
                            .deadline_s = q->deadline_s[stage],
                            .rule = rule,
                            .stage = stage,
                            .exit = (uint16_t)k};
    if (add_term(q, term, wait) != 0) return -1;
  }
  return 0;
}

static int add_states(fsim_network *q, const fsim_funnel *f, const fsim_states *states,
                      const size_t *first_way, size_t first_node) {
  for (size_t n = 0; n < states->n; n++) {
    uint16_t stage = (uint16_t)(f->first_stage + states->stage[n]);
    size_t n_exits = q->s->stages[stage].n_exits;
    q->stage[first_node + n] = stage;
    for (size_t e = states->first_edge[n]; e < states->first_edge[n + 1]; e++) {
      uint32_t to = states->edges[e].to;
      size_t way = states->edges[e].way - first_way[states->stage[n]];
      to = (uint32_t)(to < states->n ? first_node + to
                                     : q->first_outcome + f->first_outcome + (to - states->n));
      if (add_way(q, (uint32_t)(first_node + n), to, stage, way) != 0) return -1;
      if (n != states->fresh[states->stage[n]]) continue;
      if (way == n_exits)
        q->rule_node[stage] = to;
      else
        q->exit_node[stage][way] = to;
    }
  }
  for (size_t i = 0; i < f->n_stages; i++)
    q->fresh[f->first_stage + i] = (uint32_t)(first_node + states->fresh[i]);
  return 0;
}

/* The states of one funnel, its deadlines settled by its chain. */
static int states_of(fsim_network *q, size_t f, fsim_report *report, size_t *first_way,
                     fsim_states *states) {
  const fsim_funnel *funnel = &q->s->funnels[f];
  fsim_chain *chain = NULL;
  int status = fsim_chain_make(q->s, f, q->profile, 0, report, &chain);
  if (status != FSIM_OK) return status;
  first_way[0] = 0;
  for (size_t i = 0; i < funnel->n_stages; i++)
    first_way[i + 1] = first_way[i] + q->s->stages[funnel->first_stage + i].n_exits + 1;
  fsim_way *ways = fsim_zeroed(first_way[funnel->n_stages], sizeof *ways);
  if (!ways) status = fsim_no_memory(report);
  for (size_t i = 0; status == FSIM_OK && i < funnel->n_stages; i++) {
    const fsim_stage *stage = &q->s->stages[funnel->first_stage + i];
    const fsim_stage_numbers *numbers = &chain->stages[i];
    for (size_t k = 0; k < stage->n_exits; k++)
      ways[first_way[i] + k] = (fsim_way){stage->exits[k].target, numbers->exit_probability[k] > 0};
    ways[first_way[i] + stage->n_exits] =
        (fsim_way){numbers->rule_target, isfinite(numbers->deadline_s)};
    q->deadline_s[funnel->first_stage + i] = numbers->deadline_s;
  }
  if (status == FSIM_OK)
    status = fsim_states_make(q->s, f, fsim_stage_law_of(q->s, 0, q->profile, funnel->first_stage),
                              ways, first_way, report, states);
  free(ways);
  fsim_chain_free(chain);
  return status;
}

static int add_links(fsim_network *q) {
  for (size_t l = 0; l < q->s->n_links; l++) {
    const fsim_link *link = &q->s->links[l];
    const fsim_link_law *law = &q->s->versions[0].links[l];
    fsim_exact_term term = {.from = (uint32_t)(q->first_outcome + link->from),
                            .to = q->fresh[q->s->funnels[link->to].entry],
                            .share = law->probability,
                            .stage = FSIM_NO_NUMBER,
                            .link = (uint16_t)l};
    fsim_exact_wait wait = {.law = law->after, .deadline_s = INFINITY};
    if (add_term(q, term, wait) != 0) return -1;
  }
  return 0;
}

static bool get_stages(fsim_network *q) {
  size_t n = q->s->n_stages;
  q->fresh = fsim_zeroed(n, sizeof *q->fresh);
  q->deadline_s = fsim_zeroed(n, sizeof *q->deadline_s);
  q->rule_node = fsim_zeroed(n, sizeof *q->rule_node);
  q->exit_node = fsim_zeroed(n, sizeof *q->exit_node);
  if (!q->fresh || !q->deadline_s || !q->rule_node || !q->exit_node) return false;
  for (size_t i = 0; i < n; i++) {
    q->exit_node[i] = fsim_zeroed(q->s->stages[i].n_exits, sizeof **q->exit_node);
    if (!q->exit_node[i]) return false;
  }
  return true;
}

/* Where the ways of each stage of a funnel begin. */
static void count_ways(const fsim_scenario *s, const fsim_funnel *f, size_t *first_way) {
  first_way[0] = 0;
  for (size_t i = 0; i < f->n_stages; i++)
    first_way[i + 1] = first_way[i] + s->stages[f->first_stage + i].n_exits + 1;
}

static int add_all(fsim_network *q, const fsim_states *states, size_t *first_way) {
  size_t node = 0;
  q->stage = fsim_zeroed(q->first_outcome, sizeof *q->stage);
  if (!q->stage) return -1;
  for (size_t f = 0; f < q->s->n_funnels; f++) {
    count_ways(q->s, &q->s->funnels[f], first_way);
    if (add_states(q, &q->s->funnels[f], &states[f], first_way, node) != 0) return -1;
    node += states[f].n;
  }
  return add_links(q);
}

int fsim_network_paceless(const fsim_scenario *s, fsim_report *report) {
  const fsim_pace *pace = fsim_pace_in_force(s);
  if (!pace) return FSIM_OK;
  return fsim_bad_input(report, FSIM_NOWHERE,
                        "no exact answer: pace %s makes the waits of whole weeks vary together, "
                        "which needs simulation; set paces.%s.cv to 0 for the answer without it",
                        pace->name, pace->name);
}

int fsim_network_make(const fsim_scenario *scenario, size_t profile, fsim_report *report,
                      fsim_network *network) {
  fsim_network *q = network;
  *q = (fsim_network){.s = scenario, .profile = profile};
  fsim_states *states = fsim_zeroed(scenario->n_funnels, sizeof *states);
  size_t *first_way = fsim_zeroed(scenario->n_stages + 1, sizeof *first_way);
  int status = states && first_way && get_stages(q) ? FSIM_OK : fsim_no_memory(report);
  for (size_t f = 0; status == FSIM_OK && f < scenario->n_funnels; f++) {
    count_ways(scenario, &scenario->funnels[f], first_way);
    status = states_of(q, f, report, first_way, &states[f]);
    q->first_outcome += states[f].n;
  }
  q->n_nodes = q->first_outcome + scenario->n_outcomes;
  if (status == FSIM_OK && add_all(q, states, first_way) != 0) status = fsim_no_memory(report);
  for (size_t f = 0; states && f < scenario->n_funnels; f++) fsim_states_free(&states[f]);
  free(states);
  free(first_way);
  return status;
}

void fsim_network_free(fsim_network *q) {
  for (size_t i = 0; q->exit_node && i < q->s->n_stages; i++) free(q->exit_node[i]);
  for (size_t i = 0; i < q->n_waits; i++) {
    free(q->waits[i].spectrum);
    free(q->waits[i].moved);
  }
  free(q->exit_node);
  free(q->rule_node);
  free(q->deadline_s);
  free(q->fresh);
  free(q->stage);
  free(q->terms);
  free(q->waits);
}

/* ---- waits on the grid ---- */

/* The integral of P(exit, time up to each point) by trapezes: [n + 2]. */
static int race_integral(const fsim_network *q, const fsim_exact_grid *grid,
                         const fsim_exact_wait *wait, fsim_report *report, double *integral) {
  const fsim_stage *stage = &q->s->stages[wait->stage];
  const fsim_stage_law *law = fsim_stage_law_of(q->s, 0, q->profile, wait->stage);
  size_t n = grid->n + 2;
  double h = grid->step_s, ended = 0;
  if (wait->rule) {
    double share = fsim_stage_open(stage, law, wait->deadline_s);
    for (size_t k = 0; k < n; k++) integral[k] = share * fmax(h * (double)k - wait->deadline_s, 0);
    return FSIM_OK;
  }
  if (fsim_stage_open(stage, law, 0) < 1)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "no exact answer: the race of stage %s may end at once", stage->name);
  double *time = fsim_zeroed(2 * n, sizeof *time), *piece = time + n;
  if (!time) return fsim_no_memory(report);
  for (size_t k = 0; k < n; k++) time[k] = h * (double)k;
  fsim_exact_pieces(stage, law, wait->exit, time, n, piece);
  integral[0] = 0;
  for (size_t k = 0; k + 1 < n; k++) {
    double now = piece[k] * fmin(fmax((wait->deadline_s - time[k]) / h, 0), 1);
    integral[k + 1] = integral[k] + h * (ended + now / 2);
    ended += now;
  }
  free(time);
  return FSIM_OK;
}

int fsim_network_grid(fsim_network *q, const fsim_exact_grid *grid, fsim_report *report) {
  double *integral = fsim_zeroed(2 * (grid->n + 2), sizeof *integral);
  if (!integral) return fsim_no_memory(report);
  double *moved = integral + grid->n + 2;
  int status = FSIM_OK;
  for (size_t i = 0; status == FSIM_OK && i < q->n_waits; i++) {
    fsim_exact_wait *w = &q->waits[i];
    free(w->spectrum);
    free(w->moved);
    w->spectrum = fsim_zeroed(grid->length, sizeof *w->spectrum);
    w->moved = w->law ? fsim_zeroed(grid->length, sizeof *w->moved) : NULL;
    if (!w->spectrum || (w->law && !w->moved)) {
      status = fsim_no_memory(report);
    } else if (!w->law) {
      status = race_integral(q, grid, w, report, integral);
    } else if (w->rule) {
      fsim_exact_integrate_rule(grid, w->law, w->deadline_s, integral, moved);
    } else {
      fsim_exact_integrate(grid, w->law, w->deadline_s, integral, moved);
    }
    if (status == FSIM_OK) fsim_exact_kernel(grid, integral, w->spectrum);
    if (status == FSIM_OK && w->moved) fsim_exact_kernel(grid, moved, w->moved);
  }
  free(integral);
  return status;
}
