#include "sim/model/team_graph.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"

/* Stages as nodes: to stages by exits and rules, and by links to the entries of funnels. */
typedef struct graph {
  const fsim_plan *plan;
  size_t n_stages, n_teams, n_rows;
  bool *seen;      /* [n_stages] */
  uint16_t *stack; /* [n_stages] */
  size_t depth;
  bool *comes; /* [n_teams][n_teams]: from the first a journey may come to the second */
} graph;

static const fsim_plan_law *law_of(const graph *g, size_t row, size_t stage) {
  return &g->plan->laws[g->plan->law_of[row * g->n_stages + stage]];
}

static void reach(graph *g, size_t stage) {
  if (g->seen[stage]) return;
  g->seen[stage] = true;
  g->stack[g->depth++] = (uint16_t)stage;
}

static void follow(graph *g, fsim_target target) {
  if (!target.is_outcome) {
    reach(g, target.index);
    return;
  }
  const fsim_plan *plan = g->plan;
  for (size_t l = plan->first_link[target.index]; l < plan->first_link[target.index + 1]; l++)
    reach(g, plan->scenario->funnels[plan->links[l].to].entry);
}

static void follow_all(graph *g, size_t stage) {
  for (size_t row = 0; row < g->n_rows; row++) {
    const fsim_plan_law *law = law_of(g, row, stage);
    for (size_t e = 0; e < law->n_exits; e++) follow(g, law->target[e]);
    if (law->deadline_s != FSIM_NO_DEADLINE) follow(g, law->deadline_target);
    if (law->max_visits != UINT32_MAX) follow(g, law->limit_target);
    if (law->work) follow(g, law->abandon_target);
  }
}

static bool works_for(const graph *g, size_t stage, size_t team) {
  for (size_t row = 0; row < g->n_rows; row++) {
    const fsim_plan_law *law = law_of(g, row, stage);
    if (law->work && law->team == team) return true;
  }
  return false;
}

static void note_teams(graph *g, size_t from, size_t stage) {
  for (size_t row = 0; row < g->n_rows; row++) {
    const fsim_plan_law *law = law_of(g, row, stage);
    if (law->work) g->comes[from * g->n_teams + law->team] = true;
  }
}

/* All that a journey may come to after a visit to a team. */
static void go_from(graph *g, size_t team) {
  memset(g->seen, 0, g->n_stages * sizeof *g->seen);
  g->depth = 0;
  for (size_t s = 0; s < g->n_stages; s++)
    if (works_for(g, s, team)) follow_all(g, s);
  while (g->depth > 0) follow_all(g, g->stack[--g->depth]);
  for (size_t s = 0; s < g->n_stages; s++)
    if (g->seen[s]) note_teams(g, team, s);
}

/* Makes the relation transitive (Warshall 1962): a team that works in several stages may be reached
 * in one and lead on from another, so that no single journey goes the whole way. Only then do the
 * ranks put every team behind all that come before it. */
static void close_ways(graph *g) {
  size_t n = g->n_teams;
  for (size_t by = 0; by < n; by++)
    for (size_t from = 0; from < n; from++)
      for (size_t to = 0; g->comes[from * n + by] && to < n; to++)
        if (g->comes[by * n + to]) g->comes[from * n + to] = true;
}

/* The teams from which a journey may come to this one, but not back: who comes later has more of
 * them, and those between which journeys go to and fro have the same. */
static uint16_t rank_of(const graph *g, size_t team) {
  size_t rank = 0;
  for (size_t t = 0; t < g->n_teams; t++)
    rank += g->comes[t * g->n_teams + team] && !g->comes[team * g->n_teams + t];
  return (uint16_t)rank;
}

int fsim_team_graph(fsim_plan *plan, fsim_arena *arena, fsim_report *report) {
  const fsim_scenario *s = plan->scenario;
  graph g = {.plan = plan,
             .n_stages = s->n_stages,
             .n_teams = s->n_teams,
             .n_rows = s->n_versions * s->n_profiles};
  plan->team_rank = fsim_arena_get(arena, s->n_teams, sizeof *plan->team_rank);
  plan->team_returns = fsim_arena_get(arena, s->n_teams, sizeof *plan->team_returns);
  plan->stage_works = fsim_arena_get(arena, s->n_stages, sizeof *plan->stage_works);
  g.seen = fsim_zeroed(s->n_stages, sizeof *g.seen);
  g.stack = fsim_zeroed(s->n_stages, sizeof *g.stack);
  g.comes = fsim_zeroed(s->n_teams * s->n_teams, sizeof *g.comes);
  bool made =
      plan->team_rank && plan->team_returns && plan->stage_works && g.seen && g.stack && g.comes;
  for (size_t i = 0; made && i < s->n_stages; i++)
    for (size_t row = 0; row < g.n_rows; row++)
      plan->stage_works[i] = plan->stage_works[i] || law_of(&g, row, i)->work;
  for (size_t t = 0; made && t < s->n_teams; t++) go_from(&g, t);
  if (made) close_ways(&g);
  for (size_t t = 0; made && t < s->n_teams; t++) {
    plan->team_rank[t] = rank_of(&g, t);
    plan->team_returns[t] = g.comes[t * s->n_teams + t];
  }
  free(g.seen);
  free(g.stack);
  free(g.comes);
  return made ? FSIM_OK : fsim_no_memory(report);
}
