/* Changes on a date: when, for whom, how fast; what they set is applied by the source. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/model/reader.h"

static bool node_text(const fsim_node *node, fsim_text *text) {
  if (node->kind == FSIM_SCALAR) {
    fsim_text_append(text, "%s", node->text);
    return !text->failed;
  }
  const bool map = node->kind == FSIM_MAP;
  fsim_text_append(text, "%s", map ? "{" : "[");
  for (size_t c = 0; c < node->n_children; c++) {
    fsim_text_append(text, "%s", c ? ", " : "");
    if (map) fsim_text_append(text, "%s: ", node->child[c]->key);
    if (!node_text(node->child[c], text)) return false;
  }
  fsim_text_append(text, "%s", map ? "}" : "]");
  return !text->failed;
}

/* The date and the paths, not the values: which leads a pilot reaches does not depend on what it
 * gives them. Sums, so that the order of the paths has no meaning. */
static uint64_t change_hash(int32_t days, const fsim_node *set) {
  uint64_t sum = 0;
  for (size_t c = 0; c < set->n_children; c++) sum += fsim_hash_name(set->child[c]->key);
  return fsim_hash_mix((uint64_t)(uint32_t)days, sum);
}

static char *change_text(fsim_arena *arena, const char *date, const fsim_node *set) {
  fsim_text text = {0};
  fsim_text_append(&text, "%s: ", date);
  for (size_t c = 0; c < set->n_children; c++) {
    fsim_text_append(&text, "%s%s ", c ? ", " : "", set->child[c]->key);
    if (!node_text(set->child[c], &text)) break;
  }
  char *copy = text.failed ? NULL : fsim_arena_text(arena, text.text, text.length);
  free(text.text);
  return copy;
}

static fsim_applies applies_to(const fsim_node *body) {
  const char *word = fsim_word(body, "applies_to");
  if (word && strcmp(word, "new") == 0) return FSIM_TO_NEW;
  return word && strcmp(word, "all") == 0 ? FSIM_TO_ALL : FSIM_TO_NEXT_STAGE;
}

/* One change; false when it has mistakes (of structure: told by the check of the structure). */
static bool read_change(const fsim_node *body, double start_days, double horizon_s,
                        fsim_arena *arena, fsim_report *report, int *status, fsim_change *change) {
  double days = 0;
  const fsim_node *set = fsim_node_get(body, "set"), *on = fsim_node_get(body, "on");
  if (!set || set->kind != FSIM_MAP || !fsim_value_of(on, FSIM_FORM_DATE, &days)) return false;
  const double on_s = (days - start_days) * FSIM_DAY;
  if (on_s < 0) {
    *status = fsim_bad_input(report, on->place,
                             "the change is before the start: write it into the model itself");
    return false;
  }
  if (on_s > FSIM_LONGEST_HORIZON_S) {
    *status = fsim_bad_input(report, on->place, "the change is more than 60 years after the start");
    return false;
  }
  if (on_s >= horizon_s)
    fsim_warn(report, on->place, "the change comes after the horizon: it has no effect");
  change->on_s = (int32_t)on_s;
  change->share = 1;
  fsim_value(body, "ramp", FSIM_FORM_DURATION, &change->ramp_s);
  fsim_value(body, "share", FSIM_FORM_SHARE, &change->share);
  change->applies_to = applies_to(body);
  change->hash = change_hash((int32_t)days, set);
  change->text = change_text(arena, on->text, set);
  if (change->text) return true;
  *status = fsim_no_memory(report);
  return false;
}

/* By date, later ones of a day after earlier ones. */
static void sort_changes(fsim_change *changes, const fsim_node **set, size_t n) {
  for (size_t i = 1; i < n; i++) {
    for (size_t k = i; k > 0 && changes[k - 1].on_s > changes[k].on_s; k--) {
      const fsim_change change = changes[k];
      const fsim_node *node = set[k];
      changes[k] = changes[k - 1];
      set[k] = set[k - 1];
      changes[k - 1] = change;
      set[k - 1] = node;
    }
  }
}

int fsim_read_changes(const fsim_node *scenario, fsim_arena *arena, fsim_report *report,
                      fsim_change **changes, const fsim_node ***set, size_t *n) {
  const fsim_node *list = fsim_node_get(scenario, "changes");
  double start_days, horizon_s = INFINITY;
  int status = FSIM_OK;
  *changes = NULL;
  *set = NULL;
  *n = 0;
  if (!list || list->kind != FSIM_LIST || list->n_children == 0) return FSIM_OK;
  if (!fsim_value(scenario, "start", FSIM_FORM_DATE, &start_days)) return FSIM_OK;
  fsim_value(scenario, "horizon", FSIM_FORM_DURATION, &horizon_s);
  if (list->n_children > FSIM_MOST_CHANGES)
    return fsim_bad_input(report, list->key_place, "%zu changes; at most %d are possible",
                          list->n_children, FSIM_MOST_CHANGES);
  *changes = fsim_arena_get(arena, list->n_children, sizeof **changes);
  *set = fsim_arena_get(arena, list->n_children, sizeof **set);
  if (!*changes || !*set) return fsim_no_memory(report);
  for (size_t i = 0; i < list->n_children; i++) {
    const fsim_node *body = list->child[i];
    fsim_change change = {0};
    if (!read_change(body, start_days, horizon_s, arena, report, &status, &change)) continue;
    change.listed = i;
    (*changes)[*n] = change;
    (*set)[(*n)++] = fsim_node_get(body, "set");
  }
  sort_changes(*changes, *set, *n);
  return status;
}
