/* Names and structure of the funnels: stages, exits, outcomes. Laws come later (read_law.c). */
#include <string.h>

#include "sim/model/reader.h"

static const fsim_node *map_of(const fsim_node *node, const char *key) {
  const fsim_node *child = node ? fsim_node_get(node, key) : NULL;
  return child && child->kind == FSIM_MAP ? child : NULL;
}

static size_t count_in(const fsim_node *node) {
  return node ? node->n_children : 0;
}

static char *title_of(fsim_reader *reader, const fsim_node *node, const char *name) {
  const char *title = fsim_word(node, "title");
  return fsim_reader_text(reader, title ? title : name);
}

/* The order in which one uniform is split among exits: on to a stage, won, any other outcome; by
 * name among the same. A stage that is put in between so takes the place of the one it leads to,
 * and leads keep their luck. */
static int kind_of(const fsim_scenario *s, fsim_target target) {
  if (!target.is_outcome) return 0;
  return s->outcomes[target.index].win ? 1 : 2;
}

static bool comes_before(const fsim_scenario *s, const fsim_exit *a, const fsim_exit *b) {
  int kind_a = kind_of(s, a->target), kind_b = kind_of(s, b->target);
  return kind_a != kind_b ? kind_a < kind_b : strcmp(a->name, b->name) < 0;
}

static void sort_exits(const fsim_scenario *s, fsim_exit *exits, size_t n) {
  for (size_t i = 1; i < n; i++) {
    fsim_exit moved = exits[i];
    size_t k = i;
    for (; k > 0 && comes_before(s, &moved, &exits[k - 1]); k--) exits[k] = exits[k - 1];
    exits[k] = moved;
  }
}

static void read_exits(fsim_reader *reader, size_t funnel, const fsim_node *body,
                       fsim_stage *stage) {
  const fsim_node *exits = map_of(body, "exits");
  stage->race = fsim_flag(body, "race");
  stage->exits = fsim_reader_get(reader, count_in(exits), sizeof *stage->exits);
  for (size_t e = 0; stage->exits && e < count_in(exits); e++) {
    const fsim_node *exit = exits->child[e];
    const fsim_node name = {.kind = FSIM_SCALAR, .text = exit->key, .place = exit->key_place};
    fsim_exit *made = &stage->exits[stage->n_exits];
    if (!fsim_find_target(reader, funnel, &name, &made->target)) continue;
    if (!(made->name = fsim_reader_text(reader, exit->key))) return;
    stage->n_exits++;
  }
  sort_exits(reader->s, stage->exits, stage->n_exits);
}

static void read_stages(fsim_reader *reader, uint16_t f, const fsim_node *stages) {
  fsim_scenario *s = reader->s;
  fsim_funnel *funnel = &s->funnels[f];
  funnel->first_stage = (uint16_t)s->n_stages;
  for (size_t i = 0; i < count_in(stages); i++) {
    const fsim_node *body = stages->child[i];
    fsim_stage *stage = &s->stages[s->n_stages++];
    stage->name = fsim_reader_text(reader, body->key);
    stage->title = title_of(reader, body, body->key);
    stage->funnel = f;
    stage->hash = fsim_hash_name(body->key);
    funnel->n_stages++;
  }
}

static void read_outcomes(fsim_reader *reader, uint16_t f, const fsim_node *outcomes,
                          const fsim_node *stages) {
  fsim_scenario *s = reader->s;
  fsim_funnel *funnel = &s->funnels[f];
  funnel->first_outcome = (uint16_t)s->n_outcomes;
  for (size_t i = 0; i < count_in(outcomes); i++) {
    const fsim_node *body = outcomes->child[i];
    fsim_outcome *outcome = &s->outcomes[s->n_outcomes++];
    outcome->name = fsim_reader_text(reader, body->key);
    outcome->title = title_of(reader, body, body->key);
    outcome->funnel = f;
    outcome->win = fsim_word(body, "counts_as") != NULL;
    funnel->n_outcomes++;
    const fsim_node *twin = stages ? fsim_node_get(stages, body->key) : NULL;
    if (twin)
      fsim_reader_mistake(reader, body->key_place,
                          "'%s' is the name of a stage (line %d) and of an outcome: exits could "
                          "mean either, rename one",
                          body->key, twin->key_place.line);
  }
}

static void read_entry(fsim_reader *reader, size_t f, const fsim_node *body) {
  fsim_scenario *s = reader->s;
  fsim_funnel *funnel = &s->funnels[f];
  const fsim_node *entry = fsim_node_get(body, "entry");
  funnel->entry = funnel->first_stage;
  if (!entry || entry->kind != FSIM_SCALAR || funnel->n_stages == 0) return;
  const char **known = fsim_reader_get(reader, funnel->n_stages, sizeof *known);
  for (uint16_t i = 0; known && i < funnel->n_stages; i++) {
    known[i] = s->stages[funnel->first_stage + i].name;
    if (!known[i] || strcmp(known[i], entry->text) != 0) continue;
    funnel->entry = (uint16_t)(funnel->first_stage + i);
    return;
  }
  if (known)
    fsim_reader_unknown(reader, entry->place, "stage", entry->text, known, funnel->n_stages);
}

static bool make_room(fsim_reader *reader, const fsim_node *models) {
  fsim_scenario *s = reader->s;
  size_t stages = 0, outcomes = 0;
  for (size_t f = 0; f < models->n_children; f++) {
    stages += count_in(map_of(models->child[f], "stages"));
    outcomes += count_in(map_of(models->child[f], "outcomes"));
  }
  if (models->n_children > FSIM_MOST_FUNNELS || stages > FSIM_MOST_STAGES ||
      outcomes > FSIM_MOST_OUTCOMES) {
    fsim_reader_mistake(reader, models->place,
                        "the models have %zu funnels, %zu stages and %zu outcomes; at most %d, %d "
                        "and %d are possible",
                        models->n_children, stages, outcomes, FSIM_MOST_FUNNELS, FSIM_MOST_STAGES,
                        FSIM_MOST_OUTCOMES);
    return false;
  }
  s->funnels = fsim_reader_get(reader, models->n_children, sizeof *s->funnels);
  s->stages = fsim_reader_get(reader, stages, sizeof *s->stages);
  s->outcomes = fsim_reader_get(reader, outcomes, sizeof *s->outcomes);
  return s->funnels && s->stages && s->outcomes;
}

void fsim_read_funnels(fsim_reader *reader, const fsim_node *models) {
  fsim_scenario *s = reader->s;
  if (!models || models->kind != FSIM_MAP || !make_room(reader, models)) return;
  for (size_t f = 0; f < models->n_children; f++) {
    const fsim_node *body = models->child[f];
    fsim_funnel *funnel = &s->funnels[s->n_funnels++];
    const fsim_node *stages = map_of(body, "stages");
    funnel->name = fsim_reader_text(reader, body->key);
    funnel->title = title_of(reader, body, body->key);
    funnel->hash = fsim_hash_name(body->key);
    read_stages(reader, (uint16_t)f, stages);
    read_outcomes(reader, (uint16_t)f, map_of(body, "outcomes"), stages);
    if (reader->status == FSIM_FAILED) return; /* names may be missing */
    for (size_t i = 0; i < count_in(stages); i++)
      read_exits(reader, f, stages->child[i], &s->stages[funnel->first_stage + i]);
    read_entry(reader, f, body);
  }
}
