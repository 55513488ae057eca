#include "sim/model/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"

void fsim_reader_status(fsim_reader *reader, int status) {
  if (status > reader->status) reader->status = status;
}

void fsim_reader_no_memory(fsim_reader *reader) {
  fsim_reader_status(reader, fsim_no_memory(reader->report));
}

void *fsim_reader_get(fsim_reader *reader, size_t count, size_t size) {
  void *memory = fsim_arena_get(reader->memory->arena, count ? count : 1, size);
  if (!memory) fsim_reader_no_memory(reader);
  return memory;
}

char *fsim_reader_text(fsim_reader *reader, const char *text) {
  char *copy = fsim_arena_text(reader->memory->arena, text, strlen(text));
  if (!copy) fsim_reader_no_memory(reader);
  return copy;
}

void fsim_reader_mistake(fsim_reader *reader, fsim_place place, const char *format, ...) {
  char text[1024];
  va_list arguments;
  fsim_reader_status(reader, FSIM_BAD_INPUT);
  if (fsim_told_enough(reader->report)) return;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  fsim_bad_input(reader->report, place, "%s", text);
}

void fsim_reader_unknown(fsim_reader *reader, fsim_place place, const char *what, const char *name,
                         const char *const *known, size_t n_known) {
  fsim_reader_status(reader, fsim_unknown_name(reader->report, place, what, name, known, n_known));
}

/* ---- values of nodes ---- */

bool fsim_value_of(const fsim_node *node, fsim_scalar_form form, double *value) {
  const fsim_scalar scalar = {.form = form};
  return node && fsim_scalar_number(node, &scalar, value);
}

bool fsim_value(const fsim_node *map, const char *key, fsim_scalar_form form, double *value) {
  return map && fsim_value_of(fsim_node_get(map, key), form, value);
}

const char *fsim_word(const fsim_node *map, const char *key) {
  const fsim_node *node = map ? fsim_node_get(map, key) : NULL;
  return node && node->kind == FSIM_SCALAR && node->text[0] ? node->text : NULL;
}

bool fsim_flag(const fsim_node *map, const char *key) {
  const char *word = fsim_word(map, key);
  return word && strcmp(word, "true") == 0;
}

const char *fsim_reader_input(void *context, const char *name, fsim_place place,
                              fsim_report *report, size_t *length) {
  fsim_reader *reader = context;
  if (!reader->input) {
    fsim_bad_input(report, place, "no file can be read here");
    return NULL;
  }
  const char *text = reader->input(reader->context, name, place, report, length);
  if (!text) return NULL;
  if (fsim_grow((void **)&reader->inputs, &reader->room_for_inputs, reader->n_inputs + 1,
                sizeof *reader->inputs) != 0) {
    fsim_reader_no_memory(reader);
    return NULL;
  }
  reader->inputs[reader->n_inputs++] = (fsim_read_input){name, text, *length};
  return text;
}

/* ---- laws ---- */

const fsim_distribution *fsim_reader_keep(fsim_reader *reader, fsim_distribution *law) {
  fsim_memory *memory = reader->memory;
  if (law && fsim_grow((void **)&memory->laws, &memory->room_for_laws, memory->n_laws + 1,
                       sizeof *memory->laws) == 0) {
    memory->laws[memory->n_laws++] = law;
    return law;
  }
  fsim_distribution_free(law);
  fsim_reader_no_memory(reader);
  return NULL;
}

const fsim_distribution *fsim_reader_law(fsim_reader *reader, const fsim_node *node,
                                         fsim_number_kind unit) {
  for (size_t i = 0; i < reader->n_known_laws; i++)
    if (reader->known_laws[i].node == node) return reader->known_laws[i].law;
  /* A malformed law has been reported already: judge it once more in silence. */
  if (fsim_law_check(node, unit, false, false, NULL) != FSIM_OK) return NULL;
  fsim_distribution *law = NULL;
  fsim_unit of = unit == FSIM_KIND_TIME ? FSIM_UNIT_DURATION : FSIM_UNIT_MONEY;
  int status =
      fsim_read_distribution(node, of, false, fsim_reader_input, reader, reader->report, &law);
  fsim_reader_status(reader, status);
  const fsim_distribution *kept = status == FSIM_OK ? fsim_reader_keep(reader, law) : NULL;
  if (fsim_grow((void **)&reader->known_laws, &reader->room_for_known_laws,
                reader->n_known_laws + 1, sizeof *reader->known_laws) != 0) {
    fsim_reader_no_memory(reader);
    return NULL;
  }
  reader->known_laws[reader->n_known_laws++] = (fsim_law_of_node){node, kept};
  return kept;
}

const fsim_distribution *fsim_reader_scaled(fsim_reader *reader, const fsim_distribution *law,
                                            double factor) {
  if (!law) return NULL;
  fsim_distribution *copy = fsim_distribution_copy(law);
  if (copy) fsim_distribution_scale(copy, factor);
  return fsim_reader_keep(reader, copy);
}

/* ---- names ---- */

size_t fsim_find_attribute(const fsim_reader *reader, const char *name) {
  const fsim_scenario *s = reader->s;
  for (size_t a = 0; a < s->n_attributes; a++)
    if (strcmp(s->attributes[a].name, name) == 0) return a;
  return SIZE_MAX;
}

size_t fsim_find_value(const fsim_reader *reader, size_t attribute, const char *value) {
  const fsim_attribute *a = &reader->s->attributes[attribute];
  for (size_t v = 0; v < a->n_values; v++)
    if (strcmp(a->values[v], value) == 0) return v;
  return SIZE_MAX;
}

size_t fsim_find_funnel(fsim_reader *reader, const fsim_node *name) {
  const fsim_scenario *s = reader->s;
  /* without any funnel, what is wrong has been said at `models` */
  if (!name || name->kind != FSIM_SCALAR || s->n_funnels == 0) return SIZE_MAX;
  for (size_t f = 0; f < s->n_funnels; f++)
    if (strcmp(s->funnels[f].name, name->text) == 0) return f;
  const char **known = fsim_reader_get(reader, s->n_funnels, sizeof *known);
  for (size_t f = 0; known && f < s->n_funnels; f++) known[f] = s->funnels[f].name;
  if (known) fsim_reader_unknown(reader, name->place, "funnel", name->text, known, s->n_funnels);
  return SIZE_MAX;
}

size_t fsim_find_funnel_of(fsim_reader *reader, const fsim_node *name, const char **rest) {
  const char *dot = name && name->kind == FSIM_SCALAR ? strchr(name->text, '.') : NULL;
  if (!dot) return SIZE_MAX;
  char *funnel = fsim_arena_text(reader->memory->arena, name->text, (size_t)(dot - name->text));
  if (!funnel) {
    fsim_reader_no_memory(reader);
    return SIZE_MAX;
  }
  const fsim_node first = {.kind = FSIM_SCALAR, .text = funnel, .place = name->place};
  *rest = dot + 1;
  return fsim_find_funnel(reader, &first);
}

size_t fsim_find_team(fsim_reader *reader, const fsim_node *name) {
  const fsim_scenario *s = reader->s;
  if (!name || name->kind != FSIM_SCALAR) return SIZE_MAX;
  for (size_t t = 0; t < s->n_teams; t++)
    if (strcmp(s->teams[t].name, name->text) == 0) return t;
  const char **known = fsim_reader_get(reader, s->n_teams, sizeof *known);
  for (size_t t = 0; known && t < s->n_teams; t++) known[t] = s->teams[t].name;
  if (known) fsim_reader_unknown(reader, name->place, "team", name->text, known, s->n_teams);
  return SIZE_MAX;
}

/* The i-th place that an exit can lead to: stages, then outcomes. */
static fsim_target nth_target(const fsim_funnel *f, uint16_t i) {
  const bool outcome = i >= f->n_stages;
  return (fsim_target){
      outcome, (uint16_t)(outcome ? f->first_outcome + i - f->n_stages : f->first_stage + i)};
}

static const char *target_name(const fsim_scenario *s, fsim_target target) {
  return target.is_outcome ? s->outcomes[target.index].name : s->stages[target.index].name;
}

bool fsim_find_target(fsim_reader *reader, size_t funnel, const fsim_node *name,
                      fsim_target *target) {
  const fsim_scenario *s = reader->s;
  const fsim_funnel *f = &s->funnels[funnel];
  /* without stages or outcomes, what is wrong has been said at their keys */
  if (!name || name->kind != FSIM_SCALAR || f->n_stages == 0 || f->n_outcomes == 0) return false;
  const size_t n = (size_t)f->n_stages + f->n_outcomes;
  for (uint16_t i = 0; i < n; i++) {
    const fsim_target here = nth_target(f, i);
    if (strcmp(target_name(s, here), name->text) != 0) continue;
    *target = here;
    return true;
  }
  const char **known = fsim_zeroed(n, sizeof *known);
  for (uint16_t i = 0; known && i < n; i++) known[i] = target_name(s, nth_target(f, i));
  if (known)
    fsim_reader_unknown(reader, name->place, "stage or outcome", name->text, known, n);
  else
    fsim_reader_no_memory(reader);
  free(known);
  return false;
}

void fsim_check_attribute_names(fsim_reader *reader, const fsim_node *map) {
  const fsim_scenario *s = reader->s;
  const fsim_node *given = fsim_node_get(reader->versions[0], "attributes");
  const char *known[FSIM_MOST_ATTRIBUTES];
  for (size_t a = 0; a < s->n_attributes; a++) known[a] = s->attributes[a].name;
  for (size_t c = 0; map && map->kind == FSIM_MAP && c < map->n_children; c++) {
    const fsim_node *child = map->child[c];
    const bool malformed = given && fsim_node_get(given, child->key) != NULL;
    if (malformed || fsim_find_attribute(reader, child->key) != SIZE_MAX) continue;
    fsim_reader_unknown(reader, child->key_place, "attribute", child->key, known, s->n_attributes);
  }
}

/* ---- what may not change on a date ---- */

bool fsim_node_same(const fsim_node *a, const fsim_node *b) {
  if (!a || !b) return a == b;
  if (a->kind != b->kind || a->n_children != b->n_children) return false;
  if (a->kind == FSIM_SCALAR) return strcmp(a->text, b->text) == 0;
  for (size_t i = 0; i < a->n_children; i++) {
    const fsim_node *x = a->child[i], *y = b->child[i];
    if (a->kind == FSIM_MAP && strcmp(x->key, y->key) != 0) return false;
    if (!fsim_node_same(x, y)) return false;
  }
  return true;
}

/* What follows the word and a dot in a path; NULL: the path goes elsewhere. */
static const char *after_word(const char *path, const char *word) {
  const size_t length = strlen(word);
  if (!path || strncmp(path, word, length) != 0) return NULL;
  if (path[length] == '\0') return path + length;
  return path[length] == '.' ? path + length + 1 : NULL;
}

fsim_place fsim_where_changed(const fsim_reader *reader, const char *kind, const fsim_node *body,
                              const char *key) {
  const fsim_node *list = fsim_node_get(reader->versions[0], "changes");
  for (size_t i = 0; list && i < list->n_children; i++) {
    const fsim_node *set = fsim_node_get(list->child[i], "set");
    for (size_t c = 0; set && set->kind == FSIM_MAP && c < set->n_children; c++) {
      const char *path = after_word(after_word(set->child[c]->key, kind), body->key);
      if (after_word(path, key)) return set->child[c]->key_place;
    }
  }
  return body->key_place;
}
