/* From the node of a distribution to the law. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/csv.h"
#include "sim/base/quantity.h"
#include "sim/model/keys.h"

typedef struct law_reader {
  fsim_number_kind unit;
  fsim_input input;
  void *context;
  fsim_report *report;
} law_reader;

static int build(const law_reader *reader, const fsim_node *node, bool part,
                 fsim_distribution **law);

static bool quantity(const law_reader *reader, const fsim_node *node, double *value) {
  return fsim_scalar_number(node, fsim_shift_scalar(reader->unit), value) ||
         fsim_scalar_number(node, fsim_parameter_scalar(FSIM_PARAMETER_QUANTITY, reader->unit),
                            value);
}

static bool plain_number(const fsim_node *node, double *value) {
  return fsim_scalar_number(node, fsim_scale_scalar(), value);
}

/* What made no law: a fault of the parameters, or memory. */
static int no_law(const law_reader *reader, const fsim_node *node, const char *fault) {
  if (!fault) return fsim_no_memory(reader->report);
  return fsim_bad_input(reader->report, node->place, "%s: %s", node->key, fault);
}

static int build_family(const law_reader *reader, const fsim_node *node, fsim_distribution **law) {
  const fsim_family *family = fsim_family_find(node->key);
  const fsim_parametrisation *p = family ? fsim_law_parametrisation(family, node) : NULL;
  double given[FSIM_MOST_PARAMETERS] = {0};
  for (size_t k = 0; p && k < FSIM_MOST_PARAMETERS && p->names[k]; k++)
    fsim_scalar_number(fsim_node_get(node, p->names[k]),
                       fsim_parameter_scalar(p->kinds[k], reader->unit), &given[k]);
  const char *fault = "its parameters are not known";
  *law = p ? fsim_distribution_new(family, p, given, &fault) : NULL;
  return *law ? FSIM_OK : no_law(reader, node, fault);
}

static int build_mixture(const law_reader *reader, const fsim_node *node, fsim_distribution **law) {
  const size_t n = node->n_children;
  int status = FSIM_OK;
  fsim_distribution **parts = fsim_zeroed(n, sizeof *parts);
  double *weights = fsim_zeroed(n, sizeof *weights);
  if (!parts || !weights) {
    free(parts);
    free(weights);
    return fsim_no_memory(reader->report);
  }
  for (size_t c = 0; c < n; c++) {
    plain_number(fsim_node_get(node->child[c], "weight"), &weights[c]);
    int one = build(reader, node->child[c], true, &parts[c]);
    if (one > status) status = one;
  }
  if (status == FSIM_OK) {
    const char *fault = NULL;
    *law = fsim_distribution_mixture(parts, weights, n, &fault); /* takes the parts over */
    if (!*law) status = no_law(reader, node, fault);
  } else {
    for (size_t c = 0; c < n; c++) fsim_distribution_free(parts[c]);
  }
  free(parts);
  free(weights);
  return status;
}

static int build_from_values(const law_reader *reader, const fsim_node *node,
                             fsim_distribution **law) {
  const fsim_node *values = fsim_node_get(node, "values"),
                  *weights = fsim_node_get(node, "weights");
  const size_t n = values->n_children;
  if (weights && weights->n_children != n)
    return fsim_bad_input(reader->report, weights->place, "%zu values, but %zu weights", n,
                          weights->n_children);
  double *numbers = fsim_zeroed(2 * n, sizeof *numbers);
  if (!numbers) return fsim_no_memory(reader->report);
  for (size_t c = 0; c < n; c++) {
    quantity(reader, values->child[c], &numbers[c]);
    if (weights) plain_number(weights->child[c], &numbers[n + c]);
  }
  const char *fault = NULL;
  *law = fsim_distribution_empirical(numbers, weights ? numbers + n : NULL, n, &fault);
  free(numbers);
  return *law ? FSIM_OK : no_law(reader, node, fault);
}

static double unit_seconds(const char *unit) {
  if (strcmp(unit, "s") == 0) return 1;
  if (strcmp(unit, "min") == 0) return FSIM_MINUTE;
  if (strcmp(unit, "h") == 0) return FSIM_HOUR;
  return strcmp(unit, "d") == 0 ? FSIM_DAY : FSIM_WEEK;
}

static int column_value(const law_reader *reader, fsim_csv *csv, size_t column,
                        const fsim_node *unit, double *value) {
  const char *field = fsim_csv_field(csv, column);
  fsim_quantity_fault fault;
  if (reader->unit == FSIM_KIND_TIME && !unit) {
    fault = fsim_parse_duration(field, value);
  } else {
    fault = fsim_parse_number(field, value);
    if (unit) *value *= unit_seconds(unit->text);
  }
  const fsim_place place = fsim_csv_place(csv, column);
  if (fault == FSIM_QUANTITY_NO_UNIT)
    return fsim_bad_input(reader->report, place,
                          "'%.60s' has no unit: write it in the file, or add `unit: d` beside the "
                          "column",
                          field);
  if (fault != FSIM_QUANTITY_OK)
    return fsim_bad_input(reader->report, place, "'%.60s' %s", field,
                          fsim_quantity_fault_text(fault));
  if (reader->unit == FSIM_KIND_TIME && *value < 0)
    return fsim_bad_input(reader->report, place, "'%.60s' is a negative time", field);
  return FSIM_OK;
}

#define MOST_BROKEN_ROWS 20

static int build_from_file(const law_reader *reader, const fsim_node *node,
                           fsim_distribution **law) {
  const fsim_node *file = fsim_node_get(node, "file"), *name = fsim_node_get(node, "column");
  const fsim_node *unit = fsim_node_get(node, "unit");
  size_t length = 0, column = 0, n = 0, room = 0, broken = 0;
  double *values = NULL;
  fsim_csv *csv = NULL;
  int row, status;
  const char *text = reader->input ? reader->input(reader->context, file->text, file->place,
                                                   reader->report, &length)
                                   : NULL;
  if (!text) return FSIM_BAD_INPUT;
  status = fsim_csv_open(file->text, text, length, reader->report, &csv);
  if (status != FSIM_OK) return status;
  status = fsim_csv_find(csv, name->text, name->place, reader->report, &column);
  if (status != FSIM_OK) goto out;
  while (broken < MOST_BROKEN_ROWS && (row = fsim_csv_next(csv, reader->report)) != 0) {
    double value = 0;
    int one = row < 0 ? FSIM_BAD_INPUT : column_value(reader, csv, column, unit, &value);
    if (one != FSIM_OK) {
      status = one;
      broken++;
      continue;
    }
    if (fsim_grow((void **)&values, &room, n + 1, sizeof *values) != 0) {
      status = fsim_no_memory(reader->report);
      goto out;
    }
    values[n++] = value;
  }
  if (status != FSIM_OK) goto out;
  if (n == 0) {
    status = fsim_bad_input(reader->report, file->place, "'%s' has no rows", file->text);
    goto out;
  }
  const char *fault = NULL;
  *law = fsim_distribution_empirical(values, NULL, n, &fault);
  if (!*law) status = no_law(reader, node, fault);
out:
  free(values);
  fsim_csv_close(csv);
  return status;
}

static int modify(const law_reader *reader, const fsim_node *node, fsim_distribution *law) {
  const fsim_node *truncate = fsim_node_get(node, "truncate"), *key;
  double value;
  if ((key = fsim_node_get(node, "scale")) && plain_number(key, &value))
    fsim_distribution_scale(law, value);
  if ((key = fsim_node_get(node, "shift")) && quantity(reader, key, &value))
    fsim_distribution_shift(law, value);
  if (truncate) {
    double lowest = -INFINITY, highest = INFINITY;
    if ((key = fsim_node_get(truncate, "min"))) quantity(reader, key, &lowest);
    if ((key = fsim_node_get(truncate, "max"))) quantity(reader, key, &highest);
    if (!(lowest <= highest))
      return fsim_bad_input(reader->report, truncate->place, "truncate: min is more than max");
    const char *fault = fsim_distribution_truncate(law, lowest, highest);
    if (fault) return fsim_bad_input(reader->report, truncate->place, "truncate: %s", fault);
  }
  return FSIM_OK;
}

static int build(const law_reader *reader, const fsim_node *node, bool part,
                 fsim_distribution **law) {
  *law = NULL;
  double value = 0;
  if (node->kind == FSIM_SCALAR) {
    quantity(reader, node, &value);
    *law = fsim_distribution_fixed(value);
    return *law ? FSIM_OK : fsim_no_memory(reader->report);
  }
  const fsim_node *family = fsim_law_family(node, part);
  int status;
  if (strcmp(family->key, "fixed") == 0) {
    status = build(reader, family, false, law);
  } else if (strcmp(family->key, "mixture") == 0) {
    status = build_mixture(reader, family, law);
  } else if (strcmp(family->key, "empirical") == 0) {
    status = fsim_node_get(family, "values") ? build_from_values(reader, family, law)
                                             : build_from_file(reader, family, law);
  } else {
    status = build_family(reader, family, law);
  }
  if (status == FSIM_OK) status = modify(reader, node, *law);
  if (status == FSIM_OK) return FSIM_OK;
  fsim_distribution_free(*law);
  *law = NULL;
  return status;
}

static fsim_number_kind kind_of_unit(fsim_unit unit) {
  switch (unit) {
    case FSIM_UNIT_DURATION:
      return FSIM_KIND_TIME;
    case FSIM_UNIT_MONEY:
      return FSIM_KIND_MONEY;
    case FSIM_UNIT_SHARE:
      return FSIM_KIND_SHARE;
    case FSIM_UNIT_RATE:
      return FSIM_KIND_RATE;
    case FSIM_UNIT_NUMBER:
      break;
  }
  return FSIM_KIND_NUMBER;
}

int fsim_read_distribution(const fsim_node *node, fsim_unit unit, bool uncertain, fsim_input input,
                           void *context, fsim_report *report, fsim_distribution **distribution) {
  const law_reader reader = {kind_of_unit(unit), input, context, report};
  *distribution = NULL;
  int status = fsim_law_check(node, reader.unit, uncertain, false, report);
  if (status == FSIM_OK) status = build(&reader, node, false, distribution);
  if (status != FSIM_OK || unit != FSIM_UNIT_DURATION || uncertain) return status;
  double lowest, highest;
  fsim_support(*distribution, &lowest, &highest);
  if (lowest >= 0) return FSIM_OK;
  fsim_distribution_free(*distribution);
  *distribution = NULL;
  return fsim_bad_input(
      report, node->place,
      "times below 0 could be drawn: take a smaller shift, or truncate: {min: 0}");
}
