/* A tree against the tables of keys.c. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sim/base/quantity.h"
#include "sim/model/keys.h"

#define MOST_LISTED 12

bool fsim_told_enough(const fsim_report *report) {
  return report && fsim_report_count(report, FSIM_ERROR) >= FSIM_MOST_MISTAKES;
}

int fsim_unknown_name(fsim_report *report, fsim_place place, const char *what, const char *name,
                      const char *const *known, size_t n_known) {
  if (fsim_told_enough(report)) return FSIM_BAD_INPUT;
  const char *nearest = fsim_nearest_name(name, known, n_known);
  if (nearest)
    return fsim_bad_input(report, place, "unknown %s '%s': did you mean '%s'?", what, name,
                          nearest);
  if (n_known == 0)
    return fsim_bad_input(report, place, "unknown %s '%s': there is none", what, name);
  char list[400];
  size_t used = 0;
  list[0] = '\0';
  for (size_t i = 0; i < n_known && i < MOST_LISTED && used < sizeof list; i++) {
    int n = snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", known[i]);
    used += n > 0 ? (size_t)n : 0;
  }
  return fsim_bad_input(report, place, "unknown %s '%s': expected one of %s%s", what, name, list,
                        n_known > MOST_LISTED ? ", ..." : "");
}

static const char *kind_text(const fsim_node *node) {
  if (node->kind == FSIM_MAP) return "a map";
  if (node->kind == FSIM_LIST) return "a list";
  return node->text[0] ? "a single value" : "nothing";
}

static int wrong_kind(const fsim_node *node, const char *expected, fsim_report *report) {
  if (node->kind == FSIM_SCALAR && node->text[0])
    return fsim_bad_input(report, node->place, "expected %s, not '%.60s'", expected, node->text);
  return fsim_bad_input(report, node->place, "expected %s, not %s", expected, kind_text(node));
}

static bool has_word(const char *const *words, const char *text) {
  for (; words && *words; words++)
    if (strcmp(*words, text) == 0) return true;
  return false;
}

/* ---- scalars ---- */

static bool good_name(const char *text, const char *forbidden) {
  if (!text[0] || text[0] == ' ' || text[strlen(text) - 1] == ' ') return false;
  for (const char *c = text; *c; c++)
    if (strchr(forbidden, *c) || (unsigned char)*c < ' ') return false;
  return true;
}

static bool good_outcome(const char *text) {
  const char *dot = strchr(text, '.');
  if (!dot || dot == text || !dot[1] || strchr(dot + 1, '.')) return false;
  return strpbrk(text, " ,=:/\"'{}") == NULL;
}

static const char *const day_names[7] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

static bool good_days(const char *text) {
  char first[4] = "", last[4] = "";
  size_t length = strlen(text);
  if (length != 3 && !(length == 7 && text[3] == '-')) return false;
  memcpy(first, text, 3);
  memcpy(last, text + length - 3, 3);
  bool one = false, two = false;
  for (size_t i = 0; i < 7; i++) {
    one = one || strcmp(first, day_names[i]) == 0;
    two = two || strcmp(last, day_names[i]) == 0;
  }
  return one && two;
}

static bool is_whole(const char *text) {
  return text[0] && strspn(text, "0123456789") == strlen(text);
}

bool fsim_scalar_number(const fsim_node *node, const fsim_scalar *scalar, double *value) {
  const char *text = node->text;
  if (node->kind != FSIM_SCALAR) return false;
  double period;
  int32_t number;
  switch (scalar->form) {
    case FSIM_FORM_NUMBER:
      return !node->quoted && fsim_parse_number(text, value) == FSIM_QUANTITY_OK;
    case FSIM_FORM_WHOLE:
      return !node->quoted && is_whole(text) && fsim_parse_number(text, value) == FSIM_QUANTITY_OK;
    case FSIM_FORM_DURATION:
      return fsim_parse_duration(text, value) == FSIM_QUANTITY_OK;
    case FSIM_FORM_RATE:
      return fsim_parse_rate(text, value) == FSIM_QUANTITY_OK;
    case FSIM_FORM_SHARE:
      return !(node->quoted && !strchr(text, '%')) &&
             fsim_parse_share(text, value) == FSIM_QUANTITY_OK;
    case FSIM_FORM_GROWTH:
      return fsim_parse_growth(text, value, &period) == FSIM_QUANTITY_OK;
    case FSIM_FORM_DATE:
      if (!fsim_parse_date(text, &number)) return false;
      *value = number;
      return true;
    case FSIM_FORM_CLOCK:
      if (!fsim_parse_clock(text, &number)) return false;
      *value = number;
      return true;
    default:
      return false;
  }
}

static bool good_number(const fsim_node *node, const fsim_scalar *scalar) {
  double value;
  if (!fsim_scalar_number(node, scalar, &value) || !isfinite(value)) return false;
  if (scalar->form == FSIM_FORM_DATE || scalar->form == FSIM_FORM_CLOCK) return true;
  if (scalar->above && !(value > scalar->least)) return false;
  return value >= scalar->least && value <= scalar->most;
}

static bool good_scalar(const fsim_node *node, const fsim_scalar *scalar) {
  switch (scalar->form) {
    case FSIM_FORM_TEXT:
      return node->text[0] != '\0';
    case FSIM_FORM_NAME:
      return good_name(node->text, " .,=:/\"'{}");
    case FSIM_FORM_VALUE:
      return good_name(node->text, ".,=:");
    case FSIM_FORM_OUTCOME:
      return good_outcome(node->text);
    case FSIM_FORM_DAYS:
      return good_days(node->text);
    case FSIM_FORM_FLAG:
      return !node->quoted && (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0);
    case FSIM_FORM_WORD:
      return has_word(scalar->words, node->text);
    default:
      return has_word(scalar->words, node->text) || good_number(node, scalar);
  }
}

int fsim_scalar_check(const fsim_node *node, const fsim_scalar *scalar, fsim_report *report) {
  if (node->kind != FSIM_SCALAR) return wrong_kind(node, scalar->expected, report);
  if (good_scalar(node, scalar)) return FSIM_OK;
  double ignored;
  bool timed = scalar->form == FSIM_FORM_DURATION || scalar->form == FSIM_FORM_RATE;
  if (timed && fsim_parse_number(node->text, &ignored) == FSIM_QUANTITY_OK)
    return fsim_bad_input(report, node->place, "'%.60s' has no unit: expected %s", node->text,
                          scalar->expected);
  if (scalar->form == FSIM_FORM_WORD && node->text[0]) {
    size_t n = 0;
    while (scalar->words[n]) n++;
    const char *nearest = fsim_nearest_name(node->text, scalar->words, n);
    if (nearest)
      return fsim_bad_input(report, node->place, "expected %s, not '%.60s': did you mean '%s'?",
                            scalar->expected, node->text, nearest);
  }
  return wrong_kind(node, scalar->expected, report);
}

/* ---- maps, lists, alternatives ---- */

static int worse(int a, int b) {
  return a > b ? a : b;
}

static const fsim_file_key *find_key(const fsim_shape *shape, const char *name) {
  for (size_t k = 0; k < shape->n_keys; k++)
    if (strcmp(shape->keys[k].name, name) == 0) return &shape->keys[k];
  return NULL;
}

static int check_object(const fsim_node *node, const fsim_shape *shape, fsim_report *report) {
  if (node->kind != FSIM_MAP) return wrong_kind(node, shape->name, report);
  int status = FSIM_OK;
  for (size_t c = 0; c < node->n_children; c++) {
    const fsim_node *child = node->child[c];
    const fsim_file_key *key = find_key(shape, child->key);
    if (key) {
      status = worse(status, fsim_shape_check(child, key->shape, report));
      continue;
    }
    const char *known[64];
    size_t n = 0;
    for (; n < shape->n_keys && n < 64; n++) known[n] = shape->keys[n].name;
    char what[80];
    snprintf(what, sizeof what, "key of %s,", shape->name);
    status = worse(status, fsim_unknown_name(report, child->key_place, what, child->key, known, n));
  }
  if (shape->unless && fsim_node_get(node, shape->unless)) return status;
  for (size_t k = 0; k < shape->n_keys; k++) {
    if (!shape->keys[k].required || fsim_node_get(node, shape->keys[k].name)) continue;
    status = worse(status, fsim_bad_input(report, node->key ? node->key_place : node->place,
                                          "%s needs the key '%s': %s", shape->name,
                                          shape->keys[k].name, shape->keys[k].help));
  }
  return status;
}

static int check_named(const fsim_node *node, const fsim_shape *shape, fsim_report *report) {
  if (node->kind != FSIM_MAP) return wrong_kind(node, shape->name, report);
  if (node->n_children < shape->least)
    return fsim_bad_input(report, node->place, "expected %s, but there is none", shape->name);
  int status = FSIM_OK;
  for (size_t c = 0; c < node->n_children; c++) {
    const fsim_node *child = node->child[c];
    fsim_node key = {.kind = FSIM_SCALAR, .text = child->key, .place = child->key_place};
    status = worse(status, fsim_scalar_check(&key, shape->scalar, report));
    status = worse(status, fsim_shape_check(child, shape->of, report));
  }
  return status;
}

static int check_list(const fsim_node *node, const fsim_shape *shape, fsim_report *report) {
  if (node->kind != FSIM_LIST) return wrong_kind(node, shape->name, report);
  if (node->n_children < shape->least || (shape->most && node->n_children > shape->most))
    return fsim_bad_input(report, node->place, "expected %s, but there %s %zu", shape->name,
                          node->n_children == 1 ? "is" : "are", node->n_children);
  int status = FSIM_OK;
  for (size_t c = 0; c < node->n_children; c++)
    status = worse(status, fsim_shape_check(node->child[c], shape->of, report));
  return status;
}

int fsim_shape_check(const fsim_node *node, const fsim_shape *shape, fsim_report *report) {
  const fsim_shape *chosen;
  if (fsim_told_enough(report)) return FSIM_BAD_INPUT;
  switch (shape->kind) {
    case FSIM_SHAPE_SCALAR:
      return fsim_scalar_check(node, shape->scalar, report);
    case FSIM_SHAPE_OBJECT:
      return check_object(node, shape, report);
    case FSIM_SHAPE_NAMED:
      return check_named(node, shape, report);
    case FSIM_SHAPE_LIST:
      return check_list(node, shape, report);
    case FSIM_SHAPE_LAW:
      return fsim_law_check(node, shape->unit, false, shape->may_scale, report);
    case FSIM_SHAPE_EITHER:
      chosen = node->kind == FSIM_SCALAR ? shape->if_scalar
               : node->kind == FSIM_MAP  ? shape->if_map
                                         : shape->if_list;
      if (!chosen) return wrong_kind(node, shape->name, report);
      return fsim_shape_check(node, chosen, report);
    case FSIM_SHAPE_ANY:
      return FSIM_OK;
  }
  return FSIM_OK;
}
