/* Levers: every number of a scenario and every whole distribution, by path. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/model/source_tree.h"

static const char *kind_text(fsim_number_kind kind) {
  switch (kind) {
    case FSIM_KIND_PROBABILITY:
      return "probability";
    case FSIM_KIND_TIME:
      return "time";
    case FSIM_KIND_RATE:
      return "rate";
    case FSIM_KIND_SIZE:
      return "size";
    case FSIM_KIND_MONEY:
      return "money";
    case FSIM_KIND_SHARE:
      return "share";
    case FSIM_KIND_DISTRIBUTION:
      return "distribution";
    default:
      return "number";
  }
}

static char *finish(fsim_arena *arena, fsim_text *text) {
  char *copy = text->failed ? NULL : fsim_arena_text(arena, text->text, text->length);
  free(text->text);
  return copy;
}

/* An element knows its number from the walk: looking it up would take a long list's square. */
static void lever_path(const fsim_node *node, size_t index, fsim_text *path) {
  if (node->parent->kind != FSIM_LIST || node->kind != FSIM_SCALAR) {
    fsim_path_text(node, path);
    return;
  }
  fsim_path_text(node->parent, path);
  fsim_text_append(path, ".%zu", index);
}

static int add_lever(fsim_source *source, const fsim_node *node, size_t index,
                     fsim_number_kind kind, fsim_report *report) {
  void *items = source->levers;
  if (fsim_grow(&items, &source->room_for_levers, source->n_levers + 1, sizeof *source->levers))
    return fsim_no_memory(report);
  source->levers = items;
  fsim_text path = {0}, value = {0};
  lever_path(node, index, &path);
  fsim_dump_flow(node, &value);
  fsim_lever lever = {.path = finish(source->arena, &path),
                      .value = finish(source->arena, &value),
                      .kind = kind_text(kind),
                      .place = node->place};
  if (!lever.path || !lever.value) return fsim_no_memory(report);
  source->levers[source->n_levers++] = lever;
  return FSIM_OK;
}

static int collect(fsim_source *source, const fsim_node *node, size_t index, fsim_report *report) {
  fsim_number_kind kind = node->parent ? fsim_number_kind_of(node) : FSIM_NOT_A_NUMBER;
  if (kind != FSIM_NOT_A_NUMBER) {
    int status = add_lever(source, node, index, kind, report);
    if (status != FSIM_OK || fsim_is_uncertain(node)) return status;
  }
  for (size_t i = 0; i < node->n_children; i++) {
    const fsim_node *child = node->child[i];
    if (!node->parent && strcmp(child->key, "changes") == 0) continue;
    int status = collect(source, child, i, report);
    if (status != FSIM_OK) return status;
  }
  return FSIM_OK;
}

int fsim_collect_levers(fsim_source *source, fsim_report *report) {
  return collect(source, source->root, 0, report);
}
