/* Validates a tree against a JSON Schema: the keywords that funnelsim's schemas use, no more; a
 * keyword that it does not know makes the test fail. */
#ifndef TESTS_MODEL_SCHEMA_CHECK_H
#define TESTS_MODEL_SCHEMA_CHECK_H

#include <jansson.h>
#include <math.h>
#include <regex.h>

#include "sim/base/quantity.h"
#include "tests/model/reading.h"

static bool schema_accepts(const json_t *root, const json_t *schema, const fsim_node *node);

static bool is_number(const fsim_node *node, double *value) {
  return node->kind == FSIM_SCALAR && !node->quoted &&
         fsim_parse_number(node->text, value) == FSIM_QUANTITY_OK;
}

static const char *json_type_of(const fsim_node *node) {
  double value;
  if (node->kind == FSIM_MAP) return "object";
  if (node->kind == FSIM_LIST) return "array";
  if (node->quoted) return "string";
  if (!node->text[0]) return "null";
  if (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0) return "boolean";
  if (!is_number(node, &value)) return "string";
  return floor(value) == value ? "integer" : "number";
}

static bool type_is(const fsim_node *node, const char *type) {
  const char *actual = json_type_of(node);
  return strcmp(actual, type) == 0 ||
         (strcmp(type, "number") == 0 && strcmp(actual, "integer") == 0);
}

static bool matches(const char *pattern, const char *text) {
  regex_t regex;
  assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
  const bool found = regexec(&regex, text, 0, NULL, 0) == 0;
  regfree(&regex);
  return found;
}

static bool same_as(const json_t *value, const fsim_node *node) {
  double number;
  if (json_is_number(value)) return is_number(node, &number) && number == json_number_value(value);
  return strcmp(json_type_of(node), "string") == 0 &&
         strcmp(json_string_value(value), node->text) == 0;
}

static size_t accepting(const json_t *root, const json_t *choices, const fsim_node *node) {
  size_t i, n = 0;
  json_t *choice;
  json_array_foreach(choices, i, choice) n += schema_accepts(root, choice, node);
  return n;
}

static bool children_accepted(const json_t *root, const json_t *schema, const fsim_node *node) {
  const json_t *properties = json_object_get(schema, "properties");
  const json_t *others = json_object_get(schema, "additionalProperties");
  const json_t *names = json_object_get(schema, "propertyNames");
  for (size_t c = 0; c < node->n_children; c++) {
    const fsim_node *child = node->child[c];
    const json_t *own = json_object_get(properties, child->key);
    const fsim_node key = {.kind = FSIM_SCALAR, .text = child->key, .quoted = true};
    if (own && !schema_accepts(root, own, child)) return false;
    if (!own && json_is_false(others)) return false;
    if (!own && json_is_object(others) && !schema_accepts(root, others, child)) return false;
    if (names && !schema_accepts(root, names, &key)) return false;
  }
  size_t i;
  json_t *name;
  json_array_foreach(json_object_get(schema, "required"), i, name) {
    if (!fsim_node_get(node, json_string_value(name))) return false;
  }
  const json_t *least = json_object_get(schema, "minProperties");
  return !least || node->n_children >= (size_t)json_integer_value(least);
}

static bool items_accepted(const json_t *root, const json_t *schema, const fsim_node *node) {
  const json_t *items = json_object_get(schema, "items");
  const json_t *least = json_object_get(schema, "minItems");
  const json_t *most = json_object_get(schema, "maxItems");
  if (least && node->n_children < (size_t)json_integer_value(least)) return false;
  if (most && node->n_children > (size_t)json_integer_value(most)) return false;
  for (size_t c = 0; items && c < node->n_children; c++)
    if (!schema_accepts(root, items, node->child[c])) return false;
  return true;
}

static bool keyword_accepts(const json_t *root, const char *keyword, const json_t *value,
                            const fsim_node *node) {
  double number = 0;
  const bool numeric = is_number(node, &number);
  const bool text = strcmp(json_type_of(node), "string") == 0;
  if (strcmp(keyword, "$ref") == 0) {
    const char *name = json_string_value(value) + strlen("#/$defs/");
    const json_t *definition = json_object_get(json_object_get(root, "$defs"), name);
    assert_non_null(definition);
    return schema_accepts(root, definition, node);
  }
  if (strcmp(keyword, "type") == 0) {
    if (json_is_string(value)) return type_is(node, json_string_value(value));
    for (size_t i = 0; i < json_array_size(value); i++)
      if (type_is(node, json_string_value(json_array_get(value, i)))) return true;
    return false;
  }
  if (strcmp(keyword, "const") == 0) return same_as(value, node);
  if (strcmp(keyword, "enum") == 0) {
    for (size_t i = 0; i < json_array_size(value); i++)
      if (same_as(json_array_get(value, i), node)) return true;
    return false;
  }
  if (strcmp(keyword, "pattern") == 0)
    return !text || matches(json_string_value(value), node->text);
  if (strcmp(keyword, "minLength") == 0)
    return !text || strlen(node->text) >= (size_t)json_integer_value(value);
  if (strcmp(keyword, "minimum") == 0) return !numeric || number >= json_number_value(value);
  if (strcmp(keyword, "maximum") == 0) return !numeric || number <= json_number_value(value);
  if (strcmp(keyword, "exclusiveMinimum") == 0)
    return !numeric || number > json_number_value(value);
  if (strcmp(keyword, "anyOf") == 0) return accepting(root, value, node) > 0;
  if (strcmp(keyword, "oneOf") == 0) return accepting(root, value, node) == 1;
  if (strcmp(keyword, "allOf") == 0) return accepting(root, value, node) == json_array_size(value);
  if (strcmp(keyword, "if") == 0) return true; /* judged with its "then" and "else" */
  static const char *const elsewhere[] = {"properties",    "additionalProperties",
                                          "required",      "propertyNames",
                                          "minProperties", "items",
                                          "then",          "else",
                                          "minItems",      "maxItems",
                                          "$schema",       "$defs",
                                          "title",         "description"};
  for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
    if (strcmp(keyword, elsewhere[i]) == 0) return true;
  fail_msg("the validator does not know the keyword '%s'", keyword);
  return false;
}

static bool schema_accepts(const json_t *root, const json_t *schema, const fsim_node *node) {
  const char *keyword;
  json_t *value;
  json_object_foreach((json_t *)(uintptr_t)schema, keyword, value) {
    if (!keyword_accepts(root, keyword, value, node)) return false;
  }
  const json_t *condition = json_object_get(schema, "if");
  if (condition &&
      !schema_accepts(
          root, json_object_get(schema, schema_accepts(root, condition, node) ? "then" : "else"),
          node))
    return false;
  if (node->kind == FSIM_MAP) return children_accepted(root, schema, node);
  return node->kind != FSIM_LIST || items_accepted(root, schema, node);
}

#endif
