/* The structure of distributions: {lognormal: {median: 3 d, sigma: 0.9}, shift: 1 d, truncate:
 * {max: 30 d}}, from the families' own tables of parametrisations. */
#include <stdio.h>
#include <string.h>

#include "sim/model/keys.h"

const char *const fsim_law_keys[FSIM_N_LAW_KEYS] = {"shift", "truncate", "scale"};

#define MOST_FAMILIES 64

static bool is_law_key(const char *key) {
  for (size_t i = 0; i < FSIM_N_LAW_KEYS; i++)
    if (strcmp(fsim_law_keys[i], key) == 0) return true;
  return false;
}

const fsim_node *fsim_law_family(const fsim_node *law, bool part) {
  const fsim_node *found = NULL;
  for (size_t c = 0; c < law->n_children; c++) {
    const fsim_node *child = law->child[c];
    if (is_law_key(child->key) || (part && strcmp(child->key, "weight") == 0)) continue;
    if (found) return NULL;
    found = child;
  }
  return found;
}

static size_t n_names(const fsim_parametrisation *p) {
  size_t n = 0;
  while (n < FSIM_MOST_PARAMETERS && p->names[n]) n++;
  return n;
}

const fsim_parametrisation *fsim_law_parametrisation(const fsim_family *family,
                                                     const fsim_node *node) {
  for (size_t i = 0; i < family->n_parametrisations; i++) {
    const fsim_parametrisation *p = &family->parametrisations[i];
    size_t n = n_names(p), found = 0;
    for (size_t k = 0; k < n; k++) found += fsim_node_get(node, p->names[k]) != NULL;
    if (found == n && node->n_children == n) return p;
  }
  return NULL;
}

/* ---- structure ---- */

static int check_part(const fsim_node *node, fsim_number_kind unit, bool uncertain, bool part,
                      fsim_report *report);

static int check_parameters(const fsim_node *node, const fsim_family *family, fsim_number_kind unit,
                            fsim_report *report) {
  const fsim_parametrisation *p =
      node->kind == FSIM_MAP ? fsim_law_parametrisation(family, node) : NULL;
  if (!p) {
    char forms[300];
    size_t used = 0;
    forms[0] = '\0';
    for (size_t i = 0; i < family->n_parametrisations; i++) {
      const fsim_parametrisation *q = &family->parametrisations[i];
      for (size_t k = 0; k < n_names(q) && used < sizeof forms; k++) {
        const char *before = k ? ", " : i ? " or {" : "{";
        const char *after = k + 1 == n_names(q) ? "}" : "";
        int n = snprintf(forms + used, sizeof forms - used, "%s%s%s", before, q->names[k], after);
        used += n > 0 ? (size_t)n : 0;
      }
    }
    return fsim_bad_input(report, node->place, "%s is given by %s", family->name, forms);
  }
  int status = FSIM_OK;
  for (size_t k = 0; k < n_names(p); k++) {
    int one = fsim_scalar_check(fsim_node_get(node, p->names[k]),
                                fsim_parameter_scalar(p->kinds[k], unit), report);
    if (one > status) status = one;
  }
  return status;
}

static int check_mixture(const fsim_node *node, fsim_number_kind unit, bool uncertain,
                         fsim_report *report) {
  if (node->kind != FSIM_LIST || node->n_children == 0)
    return fsim_bad_input(report, node->place,
                          "mixture is a list of parts such as {weight: 0.3, exponential: {...}}");
  int status = FSIM_OK;
  for (size_t c = 0; c < node->n_children; c++) {
    int one = check_part(node->child[c], unit, uncertain, true, report);
    if (one > status) status = one;
  }
  return status;
}

static int check_numbers(const fsim_node *list, const fsim_scalar *scalar, fsim_report *report) {
  if (list->kind != FSIM_LIST || list->n_children == 0)
    return fsim_bad_input(report, list->place, "expected a list of values");
  int status = FSIM_OK;
  for (size_t c = 0; c < list->n_children; c++) {
    int one = fsim_scalar_check(list->child[c], scalar, report);
    if (one > status) status = one;
  }
  return status;
}

static const char *const time_units[] = {"s", "min", "h", "d", "w"};

static int check_empirical(const fsim_node *node, fsim_number_kind unit, fsim_report *report) {
  static const char *const known[] = {"file", "column", "unit", "values", "weights"};
  if (node->kind != FSIM_MAP)
    return fsim_bad_input(report, node->place,
                          "empirical is given by {file, column} or {values, weights}");
  int status = FSIM_OK;
  for (size_t c = 0; c < node->n_children; c++) {
    const fsim_node *child = node->child[c];
    bool good = false;
    for (size_t k = 0; k < 5; k++) good = good || strcmp(known[k], child->key) == 0;
    if (!good)
      status =
          fsim_unknown_name(report, child->key_place, "key of empirical,", child->key, known, 5);
  }
  const fsim_node *values = fsim_node_get(node, "values"), *file = fsim_node_get(node, "file");
  const fsim_node *weights = fsim_node_get(node, "weights");
  const fsim_node *column = fsim_node_get(node, "column"), *in = fsim_node_get(node, "unit");
  const bool one_form = values ? !file && !column && !in : file && column && !weights;
  if (!one_form)
    return fsim_bad_input(report, node->place,
                          "empirical is given by {file, column} or {values, weights}");
  int found = FSIM_OK;
  if (values)
    found = check_numbers(values, fsim_parameter_scalar(FSIM_PARAMETER_QUANTITY, unit), report);
  if (found > status) status = found;
  if (weights && (found = check_numbers(weights, fsim_scale_scalar(), report)) > status)
    status = found;
  if (file && (file->kind != FSIM_SCALAR || column->kind != FSIM_SCALAR || !file->text[0] ||
               !column->text[0]))
    status = fsim_bad_input(report, file->place, "expected the names of a CSV file and a column");
  if (in) {
    bool good = unit == FSIM_KIND_TIME && in->kind == FSIM_SCALAR;
    bool is_unit = false;
    for (size_t k = 0; good && k < 5; k++) is_unit = is_unit || !strcmp(in->text, time_units[k]);
    if (!is_unit)
      status = fsim_bad_input(report, in->place, "unit is for times: expected s, min, h, d or w");
  }
  return status;
}

static int check_truncate(const fsim_node *node, fsim_number_kind unit, fsim_report *report) {
  if (node->kind != FSIM_MAP || node->n_children == 0)
    return fsim_bad_input(report, node->place, "truncate is given by {min}, {max} or {min, max}");
  static const char *const known[] = {"min", "max"};
  int status = FSIM_OK;
  for (size_t c = 0; c < node->n_children; c++) {
    const fsim_node *child = node->child[c];
    int one =
        strcmp(child->key, "min") != 0 && strcmp(child->key, "max") != 0
            ? fsim_unknown_name(report, child->key_place, "key of truncate,", child->key, known, 2)
            : fsim_scalar_check(child, fsim_shift_scalar(unit), report);
    if (one > status) status = one;
  }
  return status;
}

static int check_family(const fsim_node *node, fsim_number_kind unit, bool uncertain,
                        fsim_report *report) {
  if (strcmp(node->key, "fixed") == 0)
    return fsim_scalar_check(node, fsim_parameter_scalar(FSIM_PARAMETER_QUANTITY, unit), report);
  if (strcmp(node->key, "mixture") == 0) return check_mixture(node, unit, uncertain, report);
  if (strcmp(node->key, "empirical") == 0) return check_empirical(node, unit, report);
  const fsim_family *family = fsim_family_find(node->key);
  if (family && family->uncertain_only && !uncertain)
    return fsim_bad_input(report, node->key_place,
                          "%s is for uncertain numbers only: what differs from lead to lead is "
                          "never negative, take lognormal, gamma or pert",
                          family->name);
  if (family) return check_parameters(node, family, unit, report);
  const char *known[MOST_FAMILIES + FSIM_N_LAW_KEYS];
  size_t n = 0;
  for (size_t i = 0; i < fsim_n_families && n < MOST_FAMILIES; i++)
    if (uncertain || !fsim_families[i]->uncertain_only) known[n++] = fsim_families[i]->name;
  for (size_t i = 0; i < FSIM_N_LAW_KEYS; i++) known[n++] = fsim_law_keys[i];
  return fsim_unknown_name(report, node->key_place, "distribution", node->key, known, n);
}

static int check_part(const fsim_node *node, fsim_number_kind unit, bool uncertain, bool part,
                      fsim_report *report) {
  const fsim_scalar *quantity = fsim_parameter_scalar(FSIM_PARAMETER_QUANTITY, unit);
  if (node->kind == FSIM_SCALAR && !part) return fsim_scalar_check(node, quantity, report);
  const fsim_node *family = node->kind == FSIM_MAP ? fsim_law_family(node, part) : NULL;
  if (!family)
    return fsim_bad_input(report, node->place,
                          part ? "expected one part of a mixture, such as {weight: 0.3, "
                                 "exponential: {...}}"
                               : "expected %s or one distribution, such as {lognormal: {...}}",
                          quantity->expected);
  int status = check_family(family, unit, uncertain, report), one = FSIM_OK;
  const fsim_node *child;
  if ((child = fsim_node_get(node, "shift")))
    one = fsim_scalar_check(child, fsim_shift_scalar(unit), report);
  if (one > status) status = one;
  if ((child = fsim_node_get(node, "scale")))
    one = fsim_scalar_check(child, fsim_scale_scalar(), report);
  if (one > status) status = one;
  if ((child = fsim_node_get(node, "truncate"))) one = check_truncate(child, unit, report);
  if (one > status) status = one;
  if (!part) return status;
  child = fsim_node_get(node, "weight");
  if (!child) return fsim_bad_input(report, node->place, "every part of a mixture needs a weight");
  one = fsim_scalar_check(child, fsim_scale_scalar(), report);
  return one > status ? one : status;
}

int fsim_law_check(const fsim_node *node, fsim_number_kind unit, bool uncertain, bool may_scale,
                   fsim_report *report) {
  if (may_scale && node->kind == FSIM_MAP && node->n_children == 1 &&
      strcmp(node->child[0]->key, "scale") == 0)
    return fsim_scalar_check(node->child[0], fsim_scale_scalar(), report);
  return check_part(node, unit, uncertain, false, report);
}
