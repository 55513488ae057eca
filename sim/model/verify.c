/* What only the whole scenario tells: stages that nobody reaches or that nobody leaves, links that
 * run in circles without any time passing, names that mean two things. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/model/reader.h"

#define LONG_ENOUGH 1000 /* rounds after which a loop counts as endless */
#define STILL_THERE 1e-6

static const fsim_node *stage_node(const fsim_reader *reader, size_t index) {
  const fsim_scenario *s = reader->s;
  const fsim_node *models = fsim_node_get(reader->versions[0], "models");
  const fsim_node *body = fsim_node_get(models, s->funnels[s->stages[index].funnel].name);
  return fsim_node_get(fsim_node_get(body, "stages"), s->stages[index].name);
}

/* ---- names ---- */

static void check_names(fsim_reader *reader) {
  const fsim_scenario *s = reader->s;
  const fsim_node *models = fsim_node_get(reader->versions[0], "models");
  for (size_t f = 0; f < s->n_funnels; f++) {
    for (size_t k = 0; k < fsim_scenario_shape.n_keys; k++) {
      if (strcmp(fsim_scenario_shape.keys[k].name, s->funnels[f].name) != 0) continue;
      const fsim_node *body = fsim_node_get(models, s->funnels[f].name);
      const fsim_node *name = fsim_node_get(body, "funnel");
      fsim_reader_mistake(reader, name ? name->place : body->key_place,
                          "a funnel cannot be named '%s': paths that begin with it mean the "
                          "scenario's key",
                          s->funnels[f].name);
    }
  }
  const fsim_attribute *segment = &s->attributes[0];
  const fsim_node *list = fsim_node_get(reader->versions[0], "attributes");
  list = list ? fsim_node_get(list, "segment") : NULL;
  for (size_t v = 0; list && segment->n_values > 1 && v < segment->n_values; v++)
    if (strcmp(segment->values[v], "all") == 0)
      fsim_reader_mistake(reader, list->child[v]->place,
                          "a segment cannot be named 'all': results use it for all together");
}

/* ---- stages ---- */

typedef struct edges {
  const fsim_scenario *s;
  bool possible_only; /* leave out exits without probability */
} edges;

typedef bool (*visitor)(void *context, fsim_target target);

/* Calls `visit` for every place where a law can lead; true as soon as that returns true. */
static bool any_target(const edges *graph, size_t stage, const fsim_stage_law *law, visitor visit,
                       void *context) {
  const fsim_stage *st = &graph->s->stages[stage];
  for (size_t e = 0; e < st->n_exits; e++) {
    if (graph->possible_only && law->probability && !(law->probability[e] > 0)) continue;
    if (visit(context, st->exits[e].target)) return true;
  }
  return (law->expire.set && visit(context, law->expire.to)) ||
         (law->drop.set && visit(context, law->drop.to)) ||
         (law->max_visits.set && visit(context, law->max_visits.to)) ||
         (law->work.set && visit(context, law->work.abandon));
}

typedef struct reach {
  bool *reached;
  bool changed;
} reach;

static bool mark(void *context, fsim_target target) {
  reach *r = context;
  if (!target.is_outcome && !r->reached[target.index]) r->reached[target.index] = r->changed = true;
  return false;
}

static void mark_beginnings(const fsim_scenario *s, bool *reached) {
  for (size_t f = 0; f < s->n_funnels; f++) reached[s->funnels[f].entry] = true;
  for (size_t i = 0; i < s->n_streams; i++)
    for (size_t k = 0; s->streams[i].pipeline && k < s->streams[i].n_given; k++)
      reached[s->streams[i].given[k].stage] = true;
}

static void check_reached(fsim_reader *reader, bool *reached) {
  const fsim_scenario *s = reader->s;
  const edges graph = {.s = s};
  reach r = {reached, true};
  mark_beginnings(s, reached);
  while (r.changed) {
    r.changed = false;
    for (size_t i = 0; i < s->n_stages; i++)
      for (size_t p = 0; reached[i] && p < s->n_profiles; p++)
        any_target(&graph, i, fsim_stage_law_of(s, 0, p, i), mark, &r);
  }
  for (size_t i = 0; i < s->n_stages; i++)
    if (!reached[i])
      fsim_reader_mistake(reader, stage_node(reader, i)->key_place,
                          "the stage '%s' cannot be reached from '%s', the funnel's entry: give an "
                          "exit to it, or take it out",
                          s->stages[i].name, s->stages[s->funnels[s->stages[i].funnel].entry].name);
}

static bool ends(void *context, fsim_target target) {
  const bool *done = context;
  return target.is_outcome || done[target.index];
}

/* Stages from which an outcome can be reached, for one profile of one version. */
static void find_ends(const fsim_scenario *s, size_t version, size_t profile, bool *done) {
  const edges graph = {.s = s, .possible_only = true};
  memset(done, 0, s->n_stages * sizeof *done);
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t i = 0; i < s->n_stages; i++) {
      if (done[i] || !any_target(&graph, i, fsim_stage_law_of(s, version, profile, i), ends, done))
        continue;
      done[i] = changed = true;
    }
  }
}

/* Told once for a stage: for everybody, or for the first profile that cannot leave. */
static void check_ends(fsim_reader *reader, size_t version, bool *done, size_t *stuck) {
  const fsim_scenario *s = reader->s;
  size_t *first = stuck + s->n_stages;
  memset(stuck, 0, s->n_stages * sizeof *stuck);
  for (size_t p = s->n_profiles; p-- > 0;) {
    find_ends(s, version, p, done);
    for (size_t i = 0; i < s->n_stages; i++) {
      if (done[i]) continue;
      stuck[i]++;
      first[i] = p;
    }
  }
  for (size_t i = 0; i < s->n_stages; i++) {
    if (stuck[i] == 0) continue;
    char whom[200];
    const bool all = stuck[i] == s->n_profiles;
    fsim_profile_text(s, first[i], whom, sizeof whom);
    fsim_reader_mistake(reader, stage_node(reader, i)->key_place,
                        "from the stage '%s' no outcome can be reached%s%s: give it an exit that "
                        "leads on",
                        s->stages[i].name, all ? "" : " by ", all ? "" : whom);
  }
}

/* ---- links ---- */

static bool takes_no_time(const fsim_distribution *law) {
  double lowest, highest;
  fsim_support(law, &lowest, &highest);
  return highest < 0.5; /* rounded to whole seconds */
}

/* Probability that a journey of this funnel ends by each outcome without any time passing. */
static void instant_outcomes(const fsim_scenario *s, size_t version, size_t profile, size_t funnel,
                             double *here, double *next, double *outcome) {
  const fsim_funnel *f = &s->funnels[funnel];
  memset(here, 0, s->n_stages * sizeof *here);
  for (size_t o = 0; o < f->n_outcomes; o++) outcome[f->first_outcome + o] = 0;
  here[f->entry] = 1;
  for (int round = 0; round < LONG_ENOUGH; round++) {
    double still = 0;
    memset(next, 0, s->n_stages * sizeof *next);
    for (size_t k = 0; k < f->n_stages; k++) {
      const size_t i = f->first_stage + k;
      const fsim_stage_law *law = fsim_stage_law_of(s, version, profile, i);
      const bool work = law->work.set && !takes_no_time(law->work.time);
      if (here[i] <= 0 || work || !law->probability) continue;
      for (size_t e = 0; e < s->stages[i].n_exits; e++) {
        if (!takes_no_time(law->waits[e])) continue;
        const fsim_target to = s->stages[i].exits[e].target;
        const double moved = here[i] * law->probability[e];
        if (to.is_outcome)
          outcome[to.index] += moved;
        else
          still += next[to.index] += moved;
      }
    }
    memcpy(here, next, s->n_stages * sizeof *here);
    if (still < STILL_THERE) return;
  }
}

/* Expected journeys after many rounds of links in zero time, if a lead enters every funnel once. */
static double instant_growth(const fsim_scenario *s, const fsim_laws *laws, const double *outcome,
                             double *now, double *then) {
  double sum = 0;
  for (size_t f = 0; f < s->n_funnels; f++) now[f] = 1;
  for (int round = 0; round < LONG_ENOUGH; round++) {
    memset(then, 0, s->n_funnels * sizeof *then);
    sum = 0;
    for (size_t i = 0; i < s->n_links; i++) {
      if (!takes_no_time(laws->links[i].after)) continue;
      const size_t from = s->links[i].from;
      const double moved =
          now[s->outcomes[from].funnel] * outcome[from] * laws->links[i].probability;
      then[s->links[i].to] += moved;
      sum += moved;
    }
    memcpy(now, then, s->n_funnels * sizeof *now);
    if (sum < STILL_THERE || sum > 1 / STILL_THERE) break;
  }
  return sum;
}

static void check_links(fsim_reader *reader, size_t version, double *work) {
  const fsim_scenario *s = reader->s;
  const fsim_laws *laws = &s->versions[version];
  double *here = work, *next = here + s->n_stages, *outcome = next + s->n_stages;
  double *now = outcome + s->n_outcomes, *then = now + s->n_funnels;
  bool instant = false;
  for (size_t i = 0; i < s->n_links; i++) instant = instant || takes_no_time(laws->links[i].after);
  for (size_t p = 0; instant && p < s->n_profiles; p++) {
    for (size_t f = 0; f < s->n_funnels; f++)
      instant_outcomes(s, version, p, f, here, next, outcome);
    if (instant_growth(s, laws, outcome, now, then) < STILL_THERE) continue;
    fsim_reader_mistake(reader, fsim_node_get(reader->versions[version], "links")->key_place,
                        "links lead in a circle without end and without any time passing: give one "
                        "of them `after`, or a wait to a stage on the way");
    return;
  }
}

void fsim_verify(fsim_reader *reader) {
  const fsim_scenario *s = reader->s;
  check_names(reader);
  if (s->n_funnels == 0 && reader->status == FSIM_OK)
    fsim_reader_mistake(reader, reader->versions[0]->place, "the scenario has no funnel");
  if (reader->status != FSIM_OK) return;
  bool *flags = fsim_zeroed(s->n_stages, sizeof *flags);
  double *work = fsim_zeroed(2 * (s->n_stages + s->n_funnels) + s->n_outcomes, sizeof *work);
  size_t *stuck = fsim_zeroed(2 * s->n_stages, sizeof *stuck);
  if (flags && work && stuck) {
    check_reached(reader, flags);
    for (size_t v = 0; v < s->n_versions; v++) {
      check_ends(reader, v, flags, stuck);
      check_links(reader, v, work);
    }
  } else {
    fsim_reader_no_memory(reader);
  }
  free(flags);
  free(work);
  free(stuck);
}
