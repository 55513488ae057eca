/* `set:` and --set: values by path.
 *
 * The order of the paths has no meaning: a whole part is replaced before what is inside it, and the
 * exits of one stage are changed together. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/text.h"
#include "sim/model/source_tree.h"

static int worse(int a, int b) {
  return a > b ? a : b;
}

static int by_length(const void *a, const void *b) {
  const fsim_setting *one = a, *two = b;
  size_t m = strlen(one->entry->key), n = strlen(two->entry->key);
  if (m != n) return m < n ? -1 : 1;
  return strcmp(one->entry->key, two->entry->key);
}

static int replace(fsim_arena *arena, const fsim_found *found, const fsim_node *value,
                   fsim_report *report) {
  fsim_node *copy = fsim_node_copy(arena, value);
  if (!copy) return fsim_no_memory(report);
  copy->key = found->key;
  if (!found->node) {
    if (fsim_node_append(arena, found->parent, copy) != 0) return fsim_no_memory(report);
    return FSIM_OK;
  }
  copy->key_place = found->node->key ? found->node->key_place : copy->place;
  copy->parent = found->parent;
  for (size_t i = 0; i < found->parent->n_children; i++)
    if (found->parent->child[i] == found->node) found->parent->child[i] = copy;
  return FSIM_OK;
}

/* "; a.stages.b.exits.won.wait and … are" where the exits of a stage carry what the stage lacks;
 * empty otherwise. */
static void append_in_exits(const fsim_found *found, const char *path, fsim_text *text) {
  const fsim_node *exits =
      found->parent && found->key ? fsim_node_get(found->parent, "exits") : NULL;
  const size_t stage = found->key ? strlen(path) - strlen(found->key) : 0;
  size_t n = 0;
  for (size_t i = 0; exits && exits->kind == FSIM_MAP && i < exits->n_children; i++) {
    const fsim_node *exit = exits->child[i];
    if (exit->kind != FSIM_MAP || !fsim_node_get(exit, found->key)) continue;
    fsim_text_append(text, "%s%.*sexits.%s.%s", n++ == 0 ? "; given are " : ", ", (int)stage, path,
                     exit->key, found->key);
  }
}

static int apply_plain(fsim_arena *arena, const fsim_setting *setting, const fsim_found *found,
                       fsim_report *report) {
  const fsim_node *entry = setting->entry;
  if (setting->step.from)
    return fsim_bad_input(report, entry->place,
                          "'from %s' goes with the exits of a stage, which %s is not",
                          setting->step.from, entry->key);
  if (setting->step.kind == FSIM_REPLACE) return replace(arena, found, entry, report);
  if (!found->node) {
    fsim_text instead = {0};
    append_in_exits(found, entry->key, &instead);
    int status = instead.failed
                     ? fsim_no_memory(report)
                     : fsim_bad_input(report, entry->place,
                                      "%s is not given, so '%s' has nothing to change: set a whole "
                                      "value%s",
                                      entry->key, setting->step.text,
                                      instead.length > 0 ? instead.text : "");
    free(instead.text);
    return status;
  }
  return fsim_step_apply(arena, found->node, &setting->step, entry->place, report);
}

/* A value for an exit that is a map without a probability says something else of it: its wait. */
static bool means_probability(const fsim_node *value) {
  return value->kind == FSIM_SCALAR || fsim_node_get(value, "uncertain") ||
         fsim_node_get(value, "probability");
}

static int take(fsim_arena *arena, fsim_node *root, fsim_setting *setting, fsim_report *report) {
  fsim_found found;
  const fsim_node *entry = setting->entry;
  int status = fsim_step_read(arena, entry, report, &setting->step);
  if (status != FSIM_OK) return status;
  status = fsim_path_find(arena, root, entry->key, entry->key_place, report, &found);
  if (status != FSIM_OK) return status;
  fsim_node *exit = NULL;
  if (found.node && means_probability(entry) && fsim_exits_of(found.node, &exit)) {
    setting->exit = exit;
    return FSIM_OK;
  }
  if (!found.parent)
    return fsim_bad_input(report, entry->key_place, "%s is no place for a value", entry->key);
  return apply_plain(arena, setting, &found, report);
}

/* All settings of the exits of the stage that setting `first` is about. */
static int apply_exits(fsim_arena *arena, fsim_setting *settings, size_t first, size_t n,
                       fsim_report *notes, fsim_report *report) {
  fsim_setting **same = fsim_zeroed(n, sizeof *same);
  if (!same) return fsim_no_memory(report);
  size_t n_same = 0;
  fsim_node *exits = settings[first].exit->parent;
  for (size_t i = first; i < n; i++) {
    if (!settings[i].exit || settings[i].done || settings[i].exit->parent != exits) continue;
    settings[i].done = true;
    same[n_same++] = &settings[i];
  }
  int status = fsim_set_exits(arena, exits, same, n_same, notes, report);
  free(same);
  return status;
}

int fsim_set_apply(fsim_arena *arena, fsim_node *root, const fsim_node *set, fsim_report *notes,
                   fsim_report *report) {
  if (set->kind != FSIM_MAP)
    return fsim_bad_input(report, set->place, "expected a map of paths and their values");
  size_t n = set->n_children;
  fsim_setting *settings = fsim_zeroed(n, sizeof *settings);
  if (!settings) return fsim_no_memory(report);
  for (size_t i = 0; i < n; i++) settings[i].entry = set->child[i];
  if (n > 1) qsort(settings, n, sizeof *settings, by_length);
  int status = FSIM_OK;
  for (size_t i = 0; i < n; i++) {
    if (i > 0 && strcmp(settings[i].entry->key, settings[i - 1].entry->key) == 0)
      status = worse(status, fsim_bad_input(report, settings[i].entry->key_place,
                                            "%s is set twice: keep one", settings[i].entry->key));
    else
      status = worse(status, take(arena, root, &settings[i], report));
  }
  for (size_t i = 0; i < n; i++)
    if (settings[i].exit && !settings[i].done)
      status = worse(status, apply_exits(arena, settings, i, n, notes, report));
  free(settings);
  return status;
}
