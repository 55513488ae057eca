/* Paths: "basic.stages.qualified.exits.proposal", "teams.sdr.size", "links.basic.won>upsell.after".
 *
 * A path starts at the scenario, or at a funnel by its name. Its names are the keys of maps;
 * elements of lists are numbered from 0, links also named "from>to". Names may contain dots, so a
 * path is matched against the keys that there are, not split. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/model/keys.h"
#include "sim/model/source_tree.h"

/* ---- what stands where ---- */

const fsim_shape *fsim_shape_at(const fsim_node *node) {
  if (!node->parent) return &fsim_scenario_shape;
  const fsim_shape *shape = fsim_shape_at(node->parent);
  if (shape && shape->kind == FSIM_SHAPE_EITHER)
    shape = node->parent->kind == FSIM_MAP ? shape->if_map : shape->if_list;
  if (!shape) return NULL;
  if (shape->kind == FSIM_SHAPE_NAMED || shape->kind == FSIM_SHAPE_LIST) return shape->of;
  if (shape->kind != FSIM_SHAPE_OBJECT || !node->key) return NULL;
  for (size_t k = 0; k < shape->n_keys; k++)
    if (strcmp(shape->keys[k].name, node->key) == 0) return shape->keys[k].shape;
  return NULL;
}

/* A stage or a segment may be called "uncertain" too: there a map from names stands. */
bool fsim_is_uncertain(const fsim_node *node) {
  if (node->kind != FSIM_MAP || node->n_children != 1) return false;
  if (strcmp(node->child[0]->key, "uncertain") != 0) return false;
  const fsim_shape *shape = fsim_shape_at(node);
  return !shape || (shape->kind != FSIM_SHAPE_NAMED && shape->kind != FSIM_SHAPE_OBJECT);
}

static bool is_key(const fsim_node *node, const char *key) {
  return node && node->key && strcmp(node->key, key) == 0;
}

fsim_node *fsim_exits_of(const fsim_node *node, fsim_node **exit) {
  const fsim_node *one = node;
  if (is_key(one, "probability") && one->parent && !is_key(one->parent, "exits")) one = one->parent;
  fsim_node *exits = one->parent;
  if (!is_key(exits, "exits") || exits->kind != FSIM_MAP) return NULL;
  const fsim_node *stages = exits->parent ? exits->parent->parent : NULL;
  const fsim_node *models = stages && stages->parent ? stages->parent->parent : NULL;
  if (!is_key(stages, "stages") || !is_key(models, "models")) return NULL;
  if (!models->parent || models->parent->parent) return NULL;
  *exit = fsim_node_get(exits, one->key);
  return exits;
}

static bool is_links(const fsim_node *list) {
  return list->kind == FSIM_LIST && is_key(list, "links") && list->parent && !list->parent->parent;
}

/* "basic.won>upsell"; false when the link has not both ends. */
static bool link_name(const fsim_node *link, char *name, size_t size) {
  const fsim_node *from = fsim_node_get(link, "from"), *to = fsim_node_get(link, "to");
  if (!from || !to || from->kind != FSIM_SCALAR || to->kind != FSIM_SCALAR) return false;
  int length = snprintf(name, size, "%s>%s", from->text, to->text);
  return length > 0 && (size_t)length < size;
}

static bool is_models(const fsim_node *node) {
  return node->kind == FSIM_MAP && is_key(node, "models") && node->parent && !node->parent->parent;
}

/* ---- from node to path ---- */

static size_t index_of(const fsim_node *node) {
  size_t i = 0;
  while (node->parent->child[i] != node) i++;
  return i;
}

/* The first of several links between the same ends has the name, the others only a number. */
static bool owns_link_name(const fsim_node *link, char *name, size_t size) {
  char other[300];
  if (!link_name(link, name, size)) return false;
  for (size_t i = 0; link->parent->child[i] != link; i++)
    if (link_name(link->parent->child[i], other, sizeof other) && strcmp(name, other) == 0)
      return false;
  return true;
}

void fsim_path_text(const fsim_node *node, fsim_text *text) {
  const fsim_node *parent = node->parent;
  if (!parent) return;
  if (!is_models(parent) && parent->parent) {
    fsim_path_text(parent, text);
    fsim_text_append(text, ".");
  }
  char name[300];
  if (node->key)
    fsim_text_append(text, "%s", node->key);
  else if (is_links(parent) && owns_link_name(node, name, sizeof name))
    fsim_text_append(text, "%s", name);
  else
    fsim_text_append(text, "%zu", index_of(node));
}

/* ---- from path to node ---- */

typedef struct search {
  fsim_node *stopped_at; /* the deepest node that was reached */
  const char *rest;      /* what of the path then was left */
} search;

/* What follows a name at the front of a path: "" at its end, NULL when it is not there. */
static const char *after_name(const char *path, const char *name) {
  size_t length = strlen(name);
  if (length == 0 || strncmp(path, name, length) != 0) return NULL;
  if (path[length] == '\0') return path + length;
  return path[length] == '.' && path[length + 1] ? path + length + 1 : NULL;
}

static fsim_node *walk(fsim_node *node, const char *path, search *state);

static fsim_node *walk_into(fsim_node *node, const char *name, const char *path, search *state) {
  const char *rest = after_name(path, name);
  return rest ? walk(node, rest, state) : NULL;
}

static fsim_node *walk_list(fsim_node *list, const char *path, search *state) {
  char name[300];
  for (size_t i = 0; i < list->n_children; i++) {
    fsim_node *found = NULL;
    if (is_links(list) && link_name(list->child[i], name, sizeof name))
      found = walk_into(list->child[i], name, path, state);
    snprintf(name, sizeof name, "%zu", i);
    if (!found) found = walk_into(list->child[i], name, path, state);
    if (found) return found;
  }
  return NULL;
}

static fsim_node *walk(fsim_node *node, const char *path, search *state) {
  if (!*path) return node;
  if (!state->stopped_at || strlen(path) < strlen(state->rest)) {
    state->stopped_at = node;
    state->rest = path;
  }
  if (node->kind == FSIM_LIST) return walk_list(node, path, state);
  if (node->kind != FSIM_MAP) return NULL;
  for (size_t i = 0; i < node->n_children; i++) {
    fsim_node *found = walk_into(node->child[i], node->child[i]->key, path, state);
    if (found) return found;
  }
  if (node->parent) return NULL;
  fsim_node *models = fsim_node_get(node, "models");
  return models && models->kind == FSIM_MAP ? walk(models, path, state) : NULL;
}

/* ---- what is not there ---- */

static const fsim_shape *shape_as_map(const fsim_node *node) {
  const fsim_shape *shape = fsim_shape_at(node);
  if (shape && shape->kind == FSIM_SHAPE_EITHER) shape = shape->if_map;
  return shape;
}

static bool may_hold(const fsim_node *map, const char *key) {
  const fsim_shape *shape = map->kind == FSIM_MAP ? shape_as_map(map) : NULL;
  if (!shape || shape->kind != FSIM_SHAPE_OBJECT) return false;
  for (size_t k = 0; k < shape->n_keys; k++)
    if (strcmp(shape->keys[k].name, key) == 0) return true;
  return false;
}

typedef struct names {
  const char **name;
  size_t n, room;
  bool failed;
} names;

#define MOST_NAMES 2000 /* of a hostile map; nobody reads more */

static void add_name(names *list, const char *name) {
  if (list->n == MOST_NAMES) return;
  for (size_t i = 0; i < list->n; i++)
    if (strcmp(list->name[i], name) == 0) return;
  void *items = list->name;
  if (fsim_grow(&items, &list->room, list->n + 1, sizeof *list->name) != 0) {
    list->failed = true;
    return;
  }
  list->name = items;
  list->name[list->n++] = name;
}

static void add_children(fsim_arena *arena, const fsim_node *node, names *list) {
  char name[300];
  for (size_t i = 0; i < node->n_children; i++) {
    if (node->kind == FSIM_MAP)
      add_name(list, node->child[i]->key);
    else if (is_links(node) && link_name(node->child[i], name, sizeof name)) {
      char *copy = fsim_arena_text(arena, name, strlen(name));
      if (copy) add_name(list, copy);
    }
  }
}

/* All that could have stood in the place of an unknown name. */
static void known_names(fsim_arena *arena, const fsim_node *node, names *list) {
  add_children(arena, node, list);
  const fsim_node *models = node->parent ? NULL : fsim_node_get(node, "models");
  if (models) add_children(arena, models, list);
  const fsim_shape *shape = node->kind == FSIM_MAP ? shape_as_map(node) : NULL;
  if (shape && shape->kind == FSIM_SHAPE_OBJECT)
    for (size_t k = 0; k < shape->n_keys; k++) add_name(list, shape->keys[k].name);
}

static int report_unknown(fsim_arena *arena, const search *state, fsim_place place,
                          fsim_report *report) {
  const fsim_node *node =
      is_models(state->stopped_at) ? state->stopped_at->parent : state->stopped_at;
  fsim_text what = {0}, before = {0};
  fsim_path_text(node, &before);
  const char *from = is_links(node) ? strchr(state->rest, '>') : NULL;
  const char *dot = strchr(from ? from : state->rest, '.');
  int length = dot ? (int)(dot - state->rest) : (int)strlen(state->rest);
  char *name = fsim_arena_text(arena, state->rest, (size_t)length);
  int status = FSIM_OK;
  if (!node->parent)
    fsim_text_append(&what, "name at the start of a path,");
  else
    fsim_text_append(&what, "name after %s,", before.text ? before.text : "");
  names list = {0};
  if (node->kind == FSIM_SCALAR)
    status = fsim_bad_input(report, place, "%s is a single value: '%s' cannot follow it",
                            before.text ? before.text : "", state->rest);
  else if (node->kind == FSIM_LIST && !is_links(node))
    status = fsim_bad_input(report, place,
                            "%s is a list of %zu: a number from 0 must follow it, not '%s'",
                            before.text ? before.text : "", node->n_children, state->rest);
  else if (name && may_hold(node, name))
    status = fsim_bad_input(report, place, "'%s' is not given there: set the whole of it", name);
  else
    known_names(arena, node, &list);
  if (what.failed || before.failed || list.failed || !name)
    status = fsim_no_memory(report);
  else if (status == FSIM_OK)
    status = fsim_unknown_name(report, place, what.text, name, list.name, list.n);
  free(list.name);
  free(what.text);
  free(before.text);
  return status;
}

int fsim_path_find(fsim_arena *arena, fsim_node *root, const char *path, fsim_place place,
                   fsim_report *report, fsim_found *found) {
  *found = (fsim_found){0};
  if (!*path) return fsim_bad_input(report, place, "expected a path such as teams.sdr.size");
  if (path[strlen(path) - 1] == '.')
    return fsim_bad_input(report, place, "the path '%s' ends in a dot: a name is missing", path);
  search state = {0};
  fsim_node *node = walk(root, path, &state);
  if (node) {
    *found = (fsim_found){node->parent, node, node->key};
    return FSIM_OK;
  }
  fsim_node *parent = is_models(state.stopped_at) ? root : state.stopped_at;
  if (may_hold(parent, state.rest)) {
    *found = (fsim_found){parent, NULL, state.rest};
    return FSIM_OK;
  }
  return report_unknown(arena, &state, place, report);
}
