#include "sim/model/chain.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/model/drop_age.h"
#include "sim/model/node.h"
#include "sim/model/stage_numbers.h"
#include "sim/model/states.h"

#define ROUNDS 100     /* for drop ages that depend on each other; they only fall */
#define SAME_AGE_S 0.1 /* ages closer than this are settled */
#define MOST_UNKNOWNS 20000000

/* The chain and its memory. */
typedef struct owner {
  fsim_chain chain; /* first: its address is the owner's */
  fsim_arena *arena;
} owner;

/* What is needed while it is solved. */
typedef struct solver {
  const fsim_scenario *s;
  const fsim_funnel *funnel;
  const fsim_stage_law *laws; /* of the funnel's stages */
  fsim_chain *chain;
  fsim_report *report;
  size_t *first_way; /* [n_stages + 1] */
  fsim_way *ways;
  fsim_moments *moments; /* by way */
  fsim_states states;
  double *part[3]; /* [n_states][n_outcomes]: E[T^n; outcome] from each state */
  double *flow;    /* [n_states] visits */
} solver;

static double *part_of(const solver *x, int order, size_t state) {
  return x->part[order] + state * x->funnel->n_outcomes;
}

static bool inside(const solver *x, size_t component, uint32_t to) {
  return to < x->states.n && x->states.component[to] == component;
}

/* ---- stages ---- */

static void set_deadline(solver *x, size_t i, double drop_s) {
  const fsim_stage_law *law = &x->laws[i];
  fsim_stage_numbers *numbers = &x->chain->stages[i];
  numbers->deadline_s = INFINITY;
  numbers->rule = FSIM_STILL_OPEN;
  if (law->expire.set) {
    numbers->deadline_s = law->expire.after_s;
    numbers->rule = FSIM_BY_EXPIRE;
    numbers->rule_target = law->expire.to;
  }
  if (drop_s < numbers->deadline_s) {
    numbers->deadline_s = drop_s;
    numbers->rule = FSIM_BY_DROP;
    numbers->rule_target = law->drop.to;
  }
}

/* The ways out of stage i under its present deadline, and its numbers. */
static int solve_stage(solver *x, size_t i) {
  const fsim_stage *stage = &x->s->stages[x->funnel->first_stage + i];
  const fsim_stage_law *law = &x->laws[i];
  fsim_stage_numbers *numbers = &x->chain->stages[i];
  fsim_way *way = &x->ways[x->first_way[i]];
  fsim_moments *moments = &x->moments[x->first_way[i]], all = {0};
  int status = fsim_stage_moments(stage, law, numbers->deadline_s, x->report, moments);
  if (status != FSIM_OK) return status;
  for (size_t k = 0; k <= stage->n_exits; k++) {
    if (law->work.set)
      fsim_moments_add(&moments[k], fsim_mean(law->work.time), fsim_variance(law->work.time));
    all.first += moments[k].first;
    all.second += moments[k].second;
    way[k].to = k < stage->n_exits ? stage->exits[k].target : numbers->rule_target;
    way[k].open = moments[k].p > 0;
    if (k < stage->n_exits) numbers->exit_probability[k] = moments[k].p;
  }
  numbers->rule_probability = moments[stage->n_exits].p;
  numbers->mean_s = all.first;
  numbers->variance_s = fmax(all.second - all.first * all.first, 0);
  numbers->p50_s = fsim_stage_open_until(stage, law, numbers->deadline_s, 0.5);
  numbers->p90_s = fsim_stage_open_until(stage, law, numbers->deadline_s, 0.1);
  return FSIM_OK;
}

/* ---- equations ---- */

/* What an equation of E[T^order; outcome] knows already. */
static double known_part(const solver *x, int order, size_t component, size_t state, size_t o) {
  double sum = 0;
  for (size_t e = x->states.first_edge[state]; e < x->states.first_edge[state + 1]; e++) {
    uint32_t to = x->states.edges[e].to;
    const fsim_moments *m = &x->moments[x->states.edges[e].way];
    if (to >= x->states.n) {
      if (to - x->states.n != o) continue;
      sum += order == 0 ? m->p : order == 1 ? m->first : m->second;
      continue;
    }
    if (!inside(x, component, to)) sum += m->p * part_of(x, order, to)[o];
    if (order >= 1) sum += order * m->first * part_of(x, order - 1, to)[o];
    if (order == 2) sum += m->second * part_of(x, 0, to)[o];
  }
  return sum;
}

/* Dense systems of one component, I - Q or its transpose, factorised. */
typedef struct equations {
  size_t n;
  gsl_matrix *matrix;
  gsl_permutation *permutation;
  gsl_vector *known, *unknown;
} equations;

static void equations_free(equations *q) {
  if (q->matrix) gsl_matrix_free(q->matrix);
  if (q->permutation) gsl_permutation_free(q->permutation);
  if (q->known) gsl_vector_free(q->known);
  if (q->unknown) gsl_vector_free(q->unknown);
  *q = (equations){0};
}

static int endless(const solver *x) {
  return fsim_bad_input(x->report, FSIM_NOWHERE,
                        "funnel %s: journeys that enter one of its loops never leave it",
                        x->funnel->name);
}

static int equations_make(const solver *x, size_t component, const uint32_t *row, bool transposed,
                          equations *q) {
  const uint32_t *member = x->states.member + x->states.first_member[component];
  size_t n = x->states.first_member[component + 1] - x->states.first_member[component];
  int sign;
  *q = (equations){.n = n};
  if (n > FSIM_MOST_LOOP_STATES)
    return fsim_bad_input(
        x->report, FSIM_NOWHERE,
        "funnel %s: a loop through %zu stages is more than the exact solution can "
        "take (%d)",
        x->funnel->name, n, FSIM_MOST_LOOP_STATES);
  q->matrix = gsl_matrix_calloc(n, n);
  q->permutation = gsl_permutation_alloc(n);
  q->known = gsl_vector_alloc(n);
  q->unknown = gsl_vector_alloc(n);
  if (!q->matrix || !q->permutation || !q->known || !q->unknown) {
    equations_free(q);
    return fsim_no_memory(x->report);
  }
  gsl_matrix_set_identity(q->matrix);
  for (size_t i = 0; i < n; i++) {
    for (size_t e = x->states.first_edge[member[i]]; e < x->states.first_edge[member[i] + 1]; e++) {
      uint32_t to = x->states.edges[e].to;
      if (!inside(x, component, to)) continue;
      size_t r = transposed ? row[to] : i, c = transposed ? i : row[to];
      *gsl_matrix_ptr(q->matrix, r, c) -= x->moments[x->states.edges[e].way].p;
    }
  }
  bool regular = gsl_linalg_LU_decomp(q->matrix, q->permutation, &sign) == GSL_SUCCESS;
  for (size_t i = 0; i < n && regular; i++) regular = fabs(gsl_matrix_get(q->matrix, i, i)) > 0;
  if (regular) return FSIM_OK;
  equations_free(q);
  return endless(x);
}

static int equations_solve(const solver *x, equations *q) {
  if (gsl_linalg_LU_solve(q->matrix, q->permutation, q->known, q->unknown) != GSL_SUCCESS)
    return endless(x);
  for (size_t i = 0; i < q->n; i++) {
    if (!isfinite(gsl_vector_get(q->unknown, i))) return endless(x);
  }
  return FSIM_OK;
}

/* E[T^n; outcome] from the states of one component; those that follow are solved. */
static int solve_parts(solver *x, size_t component, const uint32_t *row) {
  const uint32_t *member = x->states.member + x->states.first_member[component];
  equations q;
  int status = equations_make(x, component, row, false, &q);
  for (int order = 0; order < 3 && status == FSIM_OK; order++) {
    for (size_t o = 0; o < x->funnel->n_outcomes && status == FSIM_OK; o++) {
      for (size_t i = 0; i < q.n; i++)
        gsl_vector_set(q.known, i, known_part(x, order, component, member[i], o));
      status = equations_solve(x, &q);
      for (size_t i = 0; i < q.n && status == FSIM_OK; i++)
        part_of(x, order, member[i])[o] = gsl_vector_get(q.unknown, i);
    }
  }
  equations_free(&q);
  return status;
}

/* Visits of the states of one component from what flows in; passes them on to what follows. */
static int solve_flow(solver *x, size_t component, const uint32_t *row) {
  const uint32_t *member = x->states.member + x->states.first_member[component];
  equations q;
  int status = equations_make(x, component, row, true, &q);
  if (status != FSIM_OK) return status;
  for (size_t i = 0; i < q.n; i++) gsl_vector_set(q.known, i, x->flow[member[i]]);
  status = equations_solve(x, &q);
  for (size_t i = 0; i < q.n && status == FSIM_OK; i++) {
    double visits = x->flow[member[i]] = gsl_vector_get(q.unknown, i);
    for (size_t e = x->states.first_edge[member[i]]; e < x->states.first_edge[member[i] + 1]; e++) {
      uint32_t to = x->states.edges[e].to;
      if (to < x->states.n && !inside(x, component, to))
        x->flow[to] += visits * x->moments[x->states.edges[e].way].p;
    }
  }
  equations_free(&q);
  return status;
}

static int get_unknowns(solver *x) {
  if (x->states.n * x->funnel->n_outcomes > MOST_UNKNOWNS)
    return fsim_bad_input(x->report, FSIM_NOWHERE,
                          "funnel %s: stages times outcomes are too many for an exact solution",
                          x->funnel->name);
  for (int order = 0; order < 3; order++) {
    x->part[order] = fsim_zeroed(x->states.n * x->funnel->n_outcomes, sizeof *x->part[order]);
    if (!x->part[order]) return fsim_no_memory(x->report);
  }
  x->flow = fsim_zeroed(x->states.n, sizeof *x->flow);
  return x->flow ? FSIM_OK : fsim_no_memory(x->report);
}

static void drop_unknowns(solver *x) {
  for (int order = 0; order < 3; order++) {
    free(x->part[order]);
    x->part[order] = NULL;
  }
  free(x->flow);
  x->flow = NULL;
  fsim_states_free(&x->states);
}

static int solve_states(solver *x) {
  const fsim_states *states = &x->states;
  uint32_t *row = fsim_zeroed(states->n, sizeof *row); /* number within its component */
  if (!row) return fsim_no_memory(x->report);
  for (size_t i = 0; i < states->n; i++)
    row[states->member[i]] =
        (uint32_t)(i - states->first_member[states->component[states->member[i]]]);
  int status = FSIM_OK;
  for (size_t c = 0; c < states->n_components && status == FSIM_OK; c++)
    status = solve_parts(x, c, row);
  x->flow[states->fresh[x->funnel->entry - x->funnel->first_stage]] = 1;
  for (size_t c = states->n_components; c-- > 0 && status == FSIM_OK;)
    status = solve_flow(x, c, row);
  free(row);
  return status;
}

/* ---- results ---- */

static double win_part(const solver *x, size_t state) {
  double win = 0;
  for (size_t o = 0; o < x->funnel->n_outcomes; o++) {
    if (x->s->outcomes[x->funnel->first_outcome + o].win) win += part_of(x, 0, state)[o];
  }
  return win;
}

/* Where states of one stage differ in the visits made so far, the average of all visits. */
static void tell_stages(solver *x) {
  fsim_chain *chain = x->chain;
  for (size_t i = 0; i < chain->n_stages; i++) chain->visits[i] = chain->win_from[i] = 0;
  for (size_t s = 0; s < x->states.n; s++) {
    chain->visits[x->states.stage[s]] += x->flow[s];
    chain->win_from[x->states.stage[s]] += x->flow[s] * win_part(x, s);
  }
  for (size_t i = 0; i < chain->n_stages; i++) {
    chain->win_from[i] = chain->visits[i] > 0 ? chain->win_from[i] / chain->visits[i]
                                              : win_part(x, x->states.fresh[i]);
  }
}

static void tell_cycle(fsim_chain *chain, size_t o, double p, double first, double second) {
  double mean = p > 0 ? first / p : NAN;
  chain->cycle_mean_s[o] = mean;
  chain->cycle_variance_s2[o] = p > 0 ? fmax(second / p - mean * mean, 0) : NAN;
}

static void tell_outcomes(solver *x) {
  fsim_chain *chain = x->chain;
  size_t start = x->states.fresh[x->funnel->entry - x->funnel->first_stage];
  double p = 0, first = 0, second = 0;
  for (size_t o = 0; o < chain->n_outcomes; o++) {
    chain->outcome[o] = part_of(x, 0, start)[o];
    tell_cycle(chain, o, chain->outcome[o], part_of(x, 1, start)[o], part_of(x, 2, start)[o]);
    p += chain->outcome[o];
    first += part_of(x, 1, start)[o];
    second += part_of(x, 2, start)[o];
  }
  tell_cycle(chain, chain->n_outcomes, p, first, second);
}

static int solve_once(solver *x) {
  int status = fsim_states_make(x->s, (size_t)(x->funnel - x->s->funnels), x->laws, x->ways,
                                x->first_way, x->report, &x->states);
  if (status == FSIM_OK) status = get_unknowns(x);
  if (status == FSIM_OK) status = solve_states(x);
  if (status == FSIM_OK) {
    tell_stages(x);
    tell_outcomes(x);
  }
  drop_unknowns(x);
  return status;
}

/* One round of drop ages from the present probabilities of winning. */
static int drop_round(solver *x, bool *moved) {
  *moved = false;
  for (size_t i = 0; i < x->chain->n_stages; i++) {
    if (!x->laws[i].drop.set) continue;
    const fsim_stage_view view = {x->s, &x->s->stages[x->funnel->first_stage + i], &x->laws[i],
                                  x->chain->win_from, x->funnel->first_stage};
    double age_s, before = x->chain->stages[i].deadline_s;
    int status = fsim_drop_age(&view, x->laws[i].drop.below, x->report, &age_s);
    if (status != FSIM_OK) return status;
    set_deadline(x, i, age_s);
    double now = x->chain->stages[i].deadline_s;
    if (now >= before - SAME_AGE_S && now <= before + SAME_AGE_S) continue;
    *moved = true;
    status = solve_stage(x, i);
    if (status != FSIM_OK) return status;
  }
  return FSIM_OK;
}

/* A rule that drops deals makes those in the stages before it win less often, and so on in loops:
 * from no rules at all the ages only fall, until nothing moves. */
static int solve(solver *x) {
  for (size_t i = 0; i < x->chain->n_stages; i++) {
    set_deadline(x, i, INFINITY);
    int status = solve_stage(x, i);
    if (status != FSIM_OK) return status;
  }
  int status = solve_once(x);
  bool moved = true;
  for (int round = 0; round < ROUNDS && moved && status == FSIM_OK; round++) {
    status = drop_round(x, &moved);
    if (moved && status == FSIM_OK) status = solve_once(x);
  }
  return status;
}

static bool get_memory(solver *x, fsim_arena *arena) {
  fsim_chain *chain = x->chain;
  size_t n = chain->n_stages, n_ways = 0;
  bool enough =
      (chain->stages = fsim_arena_get(arena, n, sizeof *chain->stages)) &&
      (chain->visits = fsim_arena_get(arena, n, sizeof *chain->visits)) &&
      (chain->win_from = fsim_arena_get(arena, n, sizeof *chain->win_from)) &&
      (chain->outcome = fsim_arena_get(arena, chain->n_outcomes, sizeof(double))) &&
      (chain->cycle_mean_s = fsim_arena_get(arena, chain->n_outcomes + 1, sizeof(double))) &&
      (chain->cycle_variance_s2 = fsim_arena_get(arena, chain->n_outcomes + 1, sizeof(double))) &&
      (x->first_way = fsim_arena_get(arena, n + 1, sizeof *x->first_way));
  for (size_t i = 0; i < n && enough; i++) {
    size_t n_exits = x->s->stages[x->funnel->first_stage + i].n_exits;
    n_ways += n_exits + 1;
    x->first_way[i + 1] = n_ways;
    chain->stages[i].exit_probability = fsim_arena_get(arena, n_exits, sizeof(double));
    enough = chain->stages[i].exit_probability != NULL;
  }
  return enough && (x->ways = fsim_arena_get(arena, n_ways, sizeof *x->ways)) &&
         (x->moments = fsim_arena_get(arena, n_ways, sizeof *x->moments));
}

int fsim_chain_make(const fsim_scenario *scenario, size_t funnel, size_t profile, size_t version,
                    fsim_report *report, fsim_chain **chain) {
  const fsim_funnel *f = &scenario->funnels[funnel];
  const fsim_laws *laws = &scenario->versions[version];
  *chain = NULL;
  fsim_arena *arena = fsim_arena_new();
  owner *made = arena ? fsim_arena_get(arena, 1, sizeof *made) : NULL;
  if (!made) {
    fsim_arena_free(arena);
    return fsim_no_memory(report);
  }
  made->arena = arena;
  made->chain = (fsim_chain){.funnel = funnel,
                             .profile = profile,
                             .version = version,
                             .n_stages = f->n_stages,
                             .n_outcomes = f->n_outcomes};
  solver x = {.s = scenario,
              .funnel = f,
              .laws = fsim_stage_law_of(scenario, version, profile, f->first_stage),
              .chain = &made->chain,
              .report = report};
  int status = get_memory(&x, arena) ? solve(&x) : fsim_no_memory(report);
  if (status != FSIM_OK) {
    fsim_chain_free(&made->chain);
    return status;
  }
  const fsim_distribution *value =
      laws->values ? laws->values[profile * scenario->n_funnels + funnel] : NULL;
  if (value) made->chain.mean_value = fsim_mean(value);
  *chain = &made->chain;
  return FSIM_OK;
}

void fsim_chain_free(fsim_chain *chain) {
  if (chain) fsim_arena_free(((owner *)(void *)chain)->arena);
}
