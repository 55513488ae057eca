/* Uncertain numbers: {uncertain: DIST} becomes the number that a pair of replications has.
 *
 * The draw is keyed by seed, pair and path, so it depends neither on other uncertain numbers nor on
 * the order of anything. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/model/source_tree.h"
#include "sim/random/key.h"

#define DEFAULT_SEED 1 /* as in the scenario's reader */

typedef struct drawing {
  const fsim_source *source;
  fsim_arena *arena;
  uint64_t seed, pair;
  const fsim_choice *choice; /* NULL: drawn for the pair */
  fsim_report *report;
} drawing;

static bool is_at_changes(const fsim_node *node) {
  return node->parent && !node->parent->parent && node->key && strcmp(node->key, "changes") == 0;
}

/* Also inside `changes`, where the place that a value will have does not show from where it is. */
bool fsim_has_uncertain(const fsim_node *node) {
  if (fsim_is_uncertain(node)) return true;
  for (size_t i = 0; i < node->n_children; i++)
    if (fsim_has_uncertain(node->child[i])) return true;
  return false;
}

static fsim_unit unit_of(const fsim_node *node, fsim_number_kind kind) {
  switch (kind) {
    case FSIM_KIND_PROBABILITY:
    case FSIM_KIND_SHARE:
      return FSIM_UNIT_SHARE;
    case FSIM_KIND_TIME:
      return FSIM_UNIT_DURATION;
    case FSIM_KIND_RATE:
      return FSIM_UNIT_RATE;
    case FSIM_KIND_MONEY:
      return FSIM_UNIT_MONEY;
    case FSIM_KIND_DISTRIBUTION:
      return node->key && strcmp(node->key, "value") == 0 ? FSIM_UNIT_MONEY : FSIM_UNIT_DURATION;
    default:
      return FSIM_UNIT_NUMBER;
  }
}

double fsim_uncertain_uniform(uint64_t seed, uint64_t pair, const char *path) {
  double u, unused;
  fsim_key key = fsim_key_make(seed, pair, 0, 0, fsim_hash_name(path));
  fsim_uniform_pair(key, 0, 0, FSIM_PURPOSE_UNCERTAIN, &u, &unused);
  return u;
}

static double draw_value(const drawing *d, const fsim_distribution *law, const char *path) {
  double u = 0.5;
  if (d->choice)
    u = d->choice->uniform(d->choice->context, path);
  else if (d->pair != FSIM_CENTRAL)
    u = fsim_uncertain_uniform(d->seed, d->pair, path);
  return fsim_draw(law, u);
}

static bool is_possible(fsim_number_kind kind, fsim_unit unit, double value) {
  if (!isfinite(value)) return false;
  if (unit == FSIM_UNIT_SHARE) return value >= 0 && value <= 1;
  if (unit == FSIM_UNIT_DURATION || unit == FSIM_UNIT_RATE) return value >= 0;
  return kind != FSIM_KIND_SIZE || value >= 0;
}

static void when_text(const drawing *d, char *text, size_t size) {
  if (d->choice)
    snprintf(text, size, "at the point chosen");
  else if (d->pair == FSIM_CENTRAL)
    snprintf(text, size, "at the median");
  else
    snprintf(text, size, "in pair %llu of replications", (unsigned long long)d->pair);
}

/* The number in the unit of its place, as a scalar instead of the map. */
static int write_value(const drawing *d, fsim_node *node, fsim_number_kind kind, fsim_unit unit,
                       double value, const char *path) {
  if (!is_possible(kind, unit, value)) {
    char when[60];
    when_text(d, when, sizeof when);
    return fsim_bad_input(d->report, node->place,
                          "%s is drawn as %.6g %s: give its distribution bounds with truncate",
                          path, value, when);
  }
  bool whole = kind == FSIM_KIND_SIZE && node->key &&
               (strcmp(node->key, "count") == 0 || strcmp(node->key, "limit") == 0);
  fsim_amount amount = {whole ? rint(value) : value, FSIM_PLAIN};
  if (unit == FSIM_UNIT_DURATION) amount.measure = FSIM_SECONDS;
  if (unit == FSIM_UNIT_RATE) amount.measure = FSIM_PER_SECOND;
  char *text = fsim_amount_write(d->arena, amount);
  if (!text) return fsim_no_memory(d->report);
  node->kind = FSIM_SCALAR;
  node->text = text;
  node->quoted = false;
  node->child = NULL;
  node->n_children = 0;
  return FSIM_OK;
}

static int draw_node(const drawing *d, fsim_node *node) {
  fsim_text path = {0};
  fsim_path_text(node, &path);
  if (path.failed) {
    free(path.text);
    return fsim_no_memory(d->report);
  }
  fsim_number_kind kind = fsim_number_kind_of(node);
  int status;
  if (kind == FSIM_NOT_A_NUMBER) {
    status = fsim_bad_input(d->report, node->place, "%s is no number that could be uncertain",
                            path.text);
  } else {
    fsim_unit unit = unit_of(node, kind);
    fsim_distribution *law = NULL;
    status = fsim_read_distribution(node->child[0], unit, true, fsim_source_input,
                                    (void *)(uintptr_t)d->source, d->report, &law);
    if (status == FSIM_OK)
      status = write_value(d, node, kind, unit, draw_value(d, law, path.text), path.text);
    fsim_distribution_free(law);
  }
  free(path.text);
  return status;
}

/* ---- exits ---- */

/* Without a `rest` to take it up, the exits that were not drawn share what the drawn ones leave. */
static int balance(const drawing *d, fsim_node *exits, const bool *drawn) {
  double taken = 0, others = 0;
  for (size_t i = 0; i < exits->n_children; i++) {
    fsim_node *node = fsim_exit_probability(exits->child[i]);
    if (!node || node->kind != FSIM_SCALAR || strcmp(node->text, "rest") == 0) return FSIM_OK;
    double value = fsim_amount_read(node->text).value;
    *(drawn[i] ? &taken : &others) += value;
  }
  if (!(others > 0) || taken > 1) return FSIM_OK; /* the reader says that they do not sum to 1 */
  for (size_t i = 0; i < exits->n_children; i++) {
    if (drawn[i]) continue;
    fsim_node *node = fsim_exit_probability(exits->child[i]);
    double value = fsim_amount_read(node->text).value * ((1 - taken) / others);
    node->text = fsim_amount_write(d->arena, (fsim_amount){value, FSIM_PLAIN});
    if (!node->text) return fsim_no_memory(d->report);
  }
  return FSIM_OK;
}

static int draw_below(const drawing *d, fsim_node *node);

static int draw_exits(const drawing *d, fsim_node *exits) {
  bool *drawn = fsim_zeroed(exits->n_children, sizeof *drawn);
  if (!drawn) return fsim_no_memory(d->report);
  bool any = false;
  for (size_t i = 0; i < exits->n_children; i++) {
    fsim_node *node = fsim_exit_probability(exits->child[i]);
    drawn[i] = node && fsim_is_uncertain(node);
    any = any || drawn[i];
  }
  int status = FSIM_OK;
  for (size_t i = 0; i < exits->n_children; i++) {
    int one = draw_below(d, exits->child[i]);
    if (one > status) status = one;
  }
  if (any && status == FSIM_OK) status = balance(d, exits, drawn);
  free(drawn);
  return status;
}

static int draw_below(const drawing *d, fsim_node *node) {
  if (is_at_changes(node)) return FSIM_OK;
  if (fsim_is_uncertain(node)) return draw_node(d, node);
  int status = FSIM_OK;
  for (size_t i = 0; i < node->n_children; i++) {
    fsim_node *child = node->child[i], *exit = NULL;
    bool exits = child->kind == FSIM_MAP && child->n_children > 0 &&
                 fsim_exits_of(child->child[0], &exit) == child;
    int one = exits ? draw_exits(d, child) : draw_below(d, child);
    if (one > status) status = one;
  }
  return status;
}

int fsim_draw_tree(const fsim_source *source, fsim_arena *arena, fsim_node *root, uint64_t pair,
                   const fsim_choice *choice, fsim_report *report) {
  drawing d = {source, arena, DEFAULT_SEED, pair, choice, report};
  const fsim_node *seed = fsim_node_get(root, "seed");
  double value;
  if (seed && seed->kind == FSIM_SCALAR &&
      fsim_parse_number(seed->text, &value) == FSIM_QUANTITY_OK && value >= 0 && value < 0x1p53)
    d.seed = (uint64_t)value;
  return draw_below(&d, root);
}
