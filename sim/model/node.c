/* Trees of nodes. */
#include "sim/model/node.h"

#include <string.h>

fsim_node *fsim_node_get(const fsim_node *map, const char *key) {
  if (!map || map->kind != FSIM_MAP) return NULL;
  for (size_t i = 0; i < map->n_children; i++)
    if (strcmp(map->child[i]->key, key) == 0) return map->child[i];
  return NULL;
}

fsim_node *fsim_node_new(fsim_arena *arena, fsim_node_kind kind, const char *key,
                         fsim_place place) {
  fsim_node *node = fsim_arena_get(arena, 1, sizeof *node);
  if (!node) return NULL;
  node->kind = kind;
  node->key_place = node->place = place;
  node->text = "";
  if (key) {
    node->key = fsim_arena_text(arena, key, strlen(key));
    if (!node->key) return NULL;
  }
  return node;
}

/* Room for children is always the next power of two, so that no node needs to remember it. */
int fsim_node_append(fsim_arena *arena, fsim_node *parent, fsim_node *child) {
  size_t n = parent->n_children;
  if ((n & (n - 1)) == 0) {
    fsim_node **wider = fsim_arena_get(arena, n == 0 ? 1 : 2 * n, sizeof *wider);
    if (!wider) return -1;
    if (n > 0) memcpy(wider, parent->child, n * sizeof *wider);
    parent->child = wider;
  }
  parent->child[parent->n_children++] = child;
  child->parent = parent;
  return 0;
}

/* Texts and file names are shared with the original, whose arena must live as long: a copy is a
 * new tree over the same words. Recursion is bounded by FSIM_MOST_DEPTH. */
fsim_node *fsim_node_copy(fsim_arena *arena, const fsim_node *node) {
  fsim_node *copy = fsim_arena_get(arena, 1, sizeof *copy);
  if (!copy) return NULL;
  *copy = *node;
  copy->parent = NULL;
  copy->child = NULL;
  copy->n_children = 0;
  for (size_t i = 0; i < node->n_children; i++) {
    fsim_node *child = fsim_node_copy(arena, node->child[i]);
    if (!child || fsim_node_append(arena, copy, child) != 0) return NULL;
  }
  return copy;
}
