/* Paces: weeks in which the waits of many stages run faster or slower together. */
#include <string.h>

#include "sim/model/reader.h"

/* "basic.talk": SIZE_MAX after a message. */
static size_t find_stage(fsim_reader *reader, const fsim_node *node) {
  const fsim_scenario *s = reader->s;
  const char *name;
  const size_t f = fsim_find_funnel_of(reader, node, &name);
  if (f == SIZE_MAX) return SIZE_MAX;
  const fsim_funnel *funnel = &s->funnels[f];
  const char **known = fsim_reader_get(reader, funnel->n_stages, sizeof *known);
  for (size_t i = 0; known && i < funnel->n_stages; i++) {
    known[i] = s->stages[funnel->first_stage + i].name;
    if (strcmp(known[i], name) == 0) return funnel->first_stage + i;
  }
  if (known) fsim_reader_unknown(reader, node->place, "stage", name, known, funnel->n_stages);
  return SIZE_MAX;
}

/* The team that has work in the stage for somebody at some time; NULL: none. */
static const fsim_team *team_of(const fsim_scenario *s, size_t stage) {
  for (size_t v = 0; v < s->n_versions; v++) {
    for (size_t p = 0; p < s->n_profiles; p++) {
      const fsim_stage_law *law = fsim_stage_law_of(s, v, p, stage);
      if (law->work.set) return &s->teams[law->work.team];
    }
  }
  return NULL;
}

static void join(fsim_reader *reader, size_t stage, const fsim_pace *pace, fsim_place place) {
  fsim_stage *st = &reader->s->stages[stage];
  const char *funnel = reader->s->funnels[st->funnel].name;
  if (!st->pace) {
    st->pace = pace;
  } else if (st->pace == pace) {
    fsim_reader_mistake(reader, place, "%s.%s stands twice in the pace '%s'", funnel, st->name,
                        pace->name);
  } else {
    fsim_reader_mistake(reader, place,
                        "%s.%s is in the paces '%s' and '%s': a stage has one pace at most, take "
                        "it out of one of them",
                        funnel, st->name, st->pace->name, pace->name);
  }
}

static void join_listed(fsim_reader *reader, const fsim_node *list, const fsim_pace *pace) {
  const fsim_scenario *s = reader->s;
  for (size_t i = 0; i < list->n_children; i++) {
    const fsim_node *node = list->child[i];
    const size_t stage = find_stage(reader, node);
    if (stage == SIZE_MAX) continue;
    /* laws with mistakes, told already, cannot be asked for work */
    const fsim_team *team = reader->status == FSIM_OK ? team_of(s, stage) : NULL;
    if (team)
      fsim_reader_mistake(
          reader, node->place,
          "%s has work of the team '%s': a pace drives only waits of stages without "
          "work, take it out of the list",
          node->text, team->name);
    else
      join(reader, stage, pace, node->place);
  }
}

/* All stages without work. */
static void join_all(fsim_reader *reader, const fsim_node *body, const fsim_pace *pace) {
  bool any = false;
  if (reader->status != FSIM_OK) return;
  for (size_t i = 0; i < reader->s->n_stages; i++) {
    if (team_of(reader->s, i)) continue;
    any = true;
    join(reader, i, pace, body->key_place);
  }
  if (!any)
    fsim_reader_mistake(reader, body->key_place,
                        "the pace '%s' drives nothing: all stages have work, leave it out",
                        body->key);
}

static void check_constant(fsim_reader *reader, const fsim_node *body) {
  static const char *const keys[] = {"cv", "stages"};
  for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
    bool constant = true;
    for (size_t v = 1; v < reader->n_versions && constant; v++) {
      const fsim_node *other = fsim_node_get(reader->versions[v], "paces");
      other = other ? fsim_node_get(other, body->key) : NULL;
      constant =
          other && fsim_node_same(fsim_node_get(body, keys[k]), fsim_node_get(other, keys[k]));
    }
    if (constant) continue;
    fsim_reader_mistake(reader, fsim_where_changed(reader, "paces", body, keys[k]),
                        "a pace cannot change on a date: set paces.%s.%s for the whole run",
                        body->key, keys[k]);
  }
}

/* A pace of a change that is not there from the start would never drive anything. */
static void check_none_begins(fsim_reader *reader, const fsim_node *base) {
  for (size_t v = 1; v < reader->n_versions; v++) {
    const fsim_node *map = fsim_node_get(reader->versions[v], "paces");
    for (size_t i = 0; map && map->kind == FSIM_MAP && i < map->n_children; i++) {
      const fsim_node *pace = map->child[i];
      if (base && fsim_node_get(base, pace->key)) continue;
      fsim_reader_mistake(reader, pace->key_place,
                          "the pace '%s' cannot begin on a date: describe it in paces for the "
                          "whole run",
                          pace->key);
      return;
    }
  }
}

void fsim_read_paces(fsim_reader *reader, const fsim_node *node) {
  fsim_scenario *s = reader->s;
  check_none_begins(reader, node);
  if (!node || node->kind != FSIM_MAP) return;
  if (node->n_children > FSIM_MOST_PACES) {
    fsim_reader_mistake(reader, node->key_place, "%zu paces; at most %d are possible",
                        node->n_children, FSIM_MOST_PACES);
    return;
  }
  s->paces = fsim_reader_get(reader, node->n_children, sizeof *s->paces);
  for (size_t i = 0; s->paces && i < node->n_children; i++) {
    const fsim_node *body = node->child[i];
    if (body->kind != FSIM_MAP) continue;
    const fsim_node *stages = fsim_node_get(body, "stages");
    fsim_pace *pace = &s->paces[s->n_paces++];
    pace->name = fsim_reader_text(reader, body->key);
    if (!pace->name) return;
    pace->hash = fsim_hash_name(body->key);
    fsim_value(body, "cv", FSIM_FORM_SHARE, &pace->cv);
    if (pace->cv < FSIM_LEAST_FACTOR_CV) pace->cv = 0;
    if (pace->cv > 0)
      pace->factor = fsim_reader_keep(
          reader, fsim_distribution_named("gamma", "mean", (double[]){1, pace->cv}));
    if (!stages)
      join_all(reader, body, pace);
    else if (stages->kind == FSIM_LIST)
      join_listed(reader, stages, pace);
    check_constant(reader, body);
  }
}
