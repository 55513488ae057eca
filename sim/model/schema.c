/* The JSON Schema of the model and scenario files, made from the tables of keys and of families, so
 * that an editor knows exactly what the loader knows about a file's structure. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/model/keys.h"

#define NUMERAL "([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?"
#define UNIT "(s|sec|seconds?|min|minutes?|h|hours?|d|days?|w|weeks?)"
#define PERIOD "(s|sec|second|min|minute|h|hour|d|day|w|week|month|quarter|year)"
#define DATE "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
#define A_DAY "(mon|tue|wed|thu|fri|sat|sun)"
#define A_NAME "[^ .,=:/\"'{}]+"
#define A_PATH "#/$defs/"

/* Definitions are added as they are needed; every value is owned by its container. */
typedef struct maker {
  json_t *definitions;
  bool partial; /* a variant: what it does not give comes from the file that it extends */
  bool failed;
} maker;

static json_t *shape_schema(maker *m, const fsim_shape *shape);
static json_t *law_schema(maker *m, fsim_number_kind unit, bool uncertain);

static json_t *or_fail(maker *m, json_t *value) {
  if (!value) m->failed = true;
  return value;
}

static void put(maker *m, json_t *object, const char *key, json_t *value) {
  if (json_object_set_new(object, key, value) != 0) m->failed = true;
}

static void add(maker *m, json_t *array, json_t *value) {
  if (json_array_append_new(array, value) != 0) m->failed = true;
}

static json_t *reference(maker *m, const char *name) {
  return or_fail(m, json_pack("{s:s+}", "$ref", A_PATH, name));
}

static json_t *text_of_pattern(maker *m, const char *pattern) {
  char whole[400];
  snprintf(whole, sizeof whole, "^(%s)$", pattern);
  return or_fail(m, json_pack("{s:s, s:s}", "type", "string", "pattern", whole));
}

static void put_bounds(maker *m, json_t *number, const fsim_scalar *scalar) {
  if (isfinite(scalar->least))
    put(m, number, scalar->above ? "exclusiveMinimum" : "minimum", json_real(scalar->least));
  if (isfinite(scalar->most)) put(m, number, "maximum", json_real(scalar->most));
}

static json_t *plain_number(maker *m, const fsim_scalar *scalar, const char *type) {
  json_t *number = or_fail(m, json_pack("{s:s}", "type", type));
  put_bounds(m, number, scalar);
  return number;
}

/* A zero needs no unit where zero is allowed. */
static json_t *timed(maker *m, const fsim_scalar *scalar, const char *after) {
  char pattern[300];
  const bool positive = scalar->above, any_sign = scalar->least < 0;
  const char *digit = positive ? "[0.]*[1-9][0-9]*([.][0-9]*)?([eE][+-]?[0-9]+)?" : NUMERAL;
  snprintf(pattern, sizeof pattern, "%s%s *%s", any_sign ? "[+-]?" : "[+]?", digit, after);
  json_t *text = text_of_pattern(m, pattern);
  if (positive) return text;
  return or_fail(m, json_pack("{s:[o, {s:i}]}", "anyOf", text, "const", 0));
}

static json_t *share_schema(maker *m, const fsim_scalar *scalar) {
  json_t *choices = json_array(), *schema = json_object();
  const char *percent = scalar->above ? "(100([.]0*)?|[0-9]?[0-9]?[.]?0*[1-9][0-9]*) *%"
                                      : "(100([.]0*)?|[0-9]{1,2}([.][0-9]*)?|[.][0-9]+) *%";
  add(m, choices, plain_number(m, scalar, "number"));
  add(m, choices, text_of_pattern(m, percent));
  for (const char *const *word = scalar->words; word && *word; word++)
    add(m, choices, json_pack("{s:s}", "const", *word));
  put(m, schema, "anyOf", choices);
  return schema;
}

static json_t *words_schema(maker *m, const fsim_scalar *scalar) {
  json_t *words = json_array(), *schema = json_object();
  for (const char *const *word = scalar->words; *word; word++) add(m, words, json_string(*word));
  put(m, schema, "enum", words);
  return schema;
}

static json_t *bare_scalar(maker *m, const fsim_scalar *scalar) {
  switch (scalar->form) {
    case FSIM_FORM_TEXT:
      return or_fail(m, json_pack("{s:[s, s, s], s:i}", "type", "string", "number", "boolean",
                                  "minLength", 1));
    case FSIM_FORM_NAME:
      return or_fail(m, json_pack("{s:[s, s, s], s:s}", "type", "string", "number", "boolean",
                                  "pattern", "^" A_NAME "$"));
    case FSIM_FORM_VALUE:
      return or_fail(m, json_pack("{s:[s, s, s], s:s}", "type", "string", "number", "boolean",
                                  "pattern", "^[^ .,=:]([^.,=:]*[^ .,=:])?$"));
    case FSIM_FORM_OUTCOME:
      return text_of_pattern(m, A_NAME "[.]" A_NAME);
    case FSIM_FORM_DATE:
      return text_of_pattern(m, DATE);
    case FSIM_FORM_CLOCK:
      return text_of_pattern(m, "([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00");
    case FSIM_FORM_DAYS:
      return text_of_pattern(m, A_DAY "(-" A_DAY ")?");
    case FSIM_FORM_NUMBER:
      return plain_number(m, scalar, "number");
    case FSIM_FORM_WHOLE:
      return plain_number(m, scalar, "integer");
    case FSIM_FORM_DURATION:
      return timed(m, scalar, UNIT);
    case FSIM_FORM_RATE:
      return timed(m, scalar, "(/|per) *" PERIOD);
    case FSIM_FORM_SHARE:
      return share_schema(m, scalar);
    case FSIM_FORM_GROWTH:
      return or_fail(
          m, json_pack("{s:[o, {s:i}]}", "anyOf",
                       text_of_pattern(m, "[+-]?" NUMERAL " *%? *(/|per) *" PERIOD), "const", 0));
    case FSIM_FORM_FLAG:
      return or_fail(m, json_pack("{s:s}", "type", "boolean"));
    case FSIM_FORM_WORD:
      return words_schema(m, scalar);
  }
  return NULL;
}

static const char *unit_name(fsim_number_kind unit) {
  switch (unit) {
    case FSIM_KIND_TIME:
      return "time";
    case FSIM_KIND_MONEY:
      return "money";
    case FSIM_KIND_RATE:
      return "rate";
    case FSIM_KIND_PROBABILITY:
    case FSIM_KIND_SHARE:
      return "share";
    default:
      return "number";
  }
}

/* {uncertain: distribution} of values of this unit. */
static json_t *uncertain_schema(maker *m, fsim_number_kind unit) {
  json_t *law = law_schema(m, unit, true);
  return or_fail(
      m, json_pack("{s:s, s:b, s:[s], s:{s:o}}", "type", "object", "additionalProperties", 0,
                   "required", "uncertain", "properties", "uncertain", law));
}

static bool begin_definition(maker *m, const char *name) {
  if (json_object_get(m->definitions, name)) return false;
  put(m, m->definitions, name, json_object()); /* so that what it contains can refer to it */
  return true;
}

static json_t *scalar_schema(maker *m, const fsim_scalar *scalar) {
  if (begin_definition(m, scalar->name)) {
    json_t *schema = bare_scalar(m, scalar);
    if (scalar->kind != FSIM_NOT_A_NUMBER)
      schema =
          or_fail(m, json_pack("{s:[o, o]}", "anyOf", schema, uncertain_schema(m, scalar->kind)));
    if (schema) put(m, schema, "description", json_string(scalar->expected));
    put(m, m->definitions, scalar->name, schema);
  }
  return reference(m, scalar->name);
}

/* ---- distributions ---- */

static json_t *parametrisation_schema(maker *m, const fsim_parametrisation *p,
                                      fsim_number_kind unit) {
  json_t *properties = json_object(), *required = json_array();
  for (size_t k = 0; k < FSIM_MOST_PARAMETERS && p->names[k]; k++) {
    put(m, properties, p->names[k], scalar_schema(m, fsim_parameter_scalar(p->kinds[k], unit)));
    add(m, required, json_string(p->names[k]));
  }
  return or_fail(m, json_pack("{s:s, s:b, s:o, s:o}", "type", "object", "additionalProperties", 0,
                              "required", required, "properties", properties));
}

static json_t *empirical_schema(maker *m, fsim_number_kind unit) {
  json_t *quantity = scalar_schema(m, fsim_parameter_scalar(FSIM_PARAMETER_QUANTITY, unit));
  json_t *weight = scalar_schema(m, fsim_scale_scalar());
  json_t *values =
      or_fail(m, json_pack("{s:s, s:b, s:[s], s:{s:{s:s, s:i, s:o}, s:{s:s, s:i, s:o}}}", "type",
                           "object", "additionalProperties", 0, "required", "values", "properties",
                           "values", "type", "array", "minItems", 1, "items", quantity, "weights",
                           "type", "array", "minItems", 1, "items", weight));
  json_t *file =
      or_fail(m, json_pack("{s:s, s:b, s:[s, s], s:{s:{s:s}, s:{s:s}}}", "type", "object",
                           "additionalProperties", 0, "required", "file", "column", "properties",
                           "file", "type", "string", "column", "type", "string"));
  if (unit == FSIM_KIND_TIME && file)
    put(m, json_object_get(file, "properties"), "unit",
        json_pack("{s:[s, s, s, s, s]}", "enum", "s", "min", "h", "d", "w"));
  return or_fail(m, json_pack("{s:[o, o]}", "anyOf", values, file));
}

static json_t *family_schema(maker *m, const fsim_family *family, fsim_number_kind unit,
                             const char *part) {
  if (strcmp(family->name, "fixed") == 0)
    return scalar_schema(m, fsim_parameter_scalar(FSIM_PARAMETER_QUANTITY, unit));
  if (strcmp(family->name, "empirical") == 0) return empirical_schema(m, unit);
  if (strcmp(family->name, "mixture") == 0)
    return or_fail(m, json_pack("{s:s, s:i, s:o}", "type", "array", "minItems", 1, "items",
                                reference(m, part)));
  json_t *choices = json_array();
  for (size_t i = 0; i < family->n_parametrisations; i++)
    add(m, choices, parametrisation_schema(m, &family->parametrisations[i], unit));
  json_t *schema = or_fail(m, json_pack("{s:o}", "anyOf", choices));
  if (schema) put(m, schema, "description", json_string(family->help));
  return schema;
}

/* A map with exactly one family beside shift, scale and truncate. */
static json_t *law_map(maker *m, fsim_number_kind unit, bool uncertain, bool part,
                       const char *part_name) {
  json_t *properties = json_object(), *one = json_array();
  const fsim_scalar *shift = fsim_shift_scalar(unit);
  put(m, properties, "shift", scalar_schema(m, shift));
  put(m, properties, "scale", scalar_schema(m, fsim_scale_scalar()));
  put(m, properties, "truncate",
      json_pack("{s:s, s:b, s:i, s:{s:o, s:o}}", "type", "object", "additionalProperties", 0,
                "minProperties", 1, "properties", "min", scalar_schema(m, shift), "max",
                scalar_schema(m, shift)));
  if (part) put(m, properties, "weight", scalar_schema(m, fsim_scale_scalar()));
  for (size_t i = 0; i < fsim_n_families; i++) {
    const fsim_family *family = fsim_families[i];
    if (family->uncertain_only && !uncertain) continue;
    put(m, properties, family->name, family_schema(m, family, unit, part_name));
    add(m, one, json_pack("{s:[s]}", "required", family->name));
  }
  json_t *schema =
      or_fail(m, json_pack("{s:s, s:b, s:o, s:o}", "type", "object", "additionalProperties", 0,
                           "properties", properties, "oneOf", one));
  if (part && schema) put(m, schema, "required", json_pack("[s]", "weight"));
  return schema;
}

static json_t *law_schema(maker *m, fsim_number_kind unit, bool uncertain) {
  char name[80], part[100];
  snprintf(name, sizeof name, "%s_%s", uncertain ? "uncertain" : "law_of", unit_name(unit));
  snprintf(part, sizeof part, "%s_part", name);
  if (begin_definition(m, name)) {
    json_t *plain = scalar_schema(m, fsim_parameter_scalar(FSIM_PARAMETER_QUANTITY, unit));
    json_t *map = law_map(m, unit, uncertain, false, part);
    put(m, m->definitions, name, json_pack("{s:[o, o]}", "anyOf", plain, map));
    put(m, m->definitions, part, law_map(m, unit, uncertain, true, part));
  }
  return reference(m, name);
}

/* ---- shapes ---- */

static json_t *object_schema(maker *m, const fsim_shape *shape) {
  json_t *properties = json_object(), *required = json_array();
  for (size_t k = 0; k < shape->n_keys; k++) {
    const fsim_file_key *key = &shape->keys[k];
    json_t *value = or_fail(m, json_pack("{s:[o], s:s}", "allOf", shape_schema(m, key->shape),
                                         "description", key->help));
    put(m, properties, key->name, value);
    if (key->required && !m->partial) add(m, required, json_string(key->name));
  }
  json_t *schema = or_fail(m, json_pack("{s:s, s:b, s:o}", "type", "object", "additionalProperties",
                                        0, "properties", properties));
  if (!schema || json_array_size(required) == 0)
    json_decref(required);
  else
    put(m, schema, "required", required);
  return schema;
}

static json_t *named_schema(maker *m, const fsim_shape *shape) {
  json_t *names = or_fail(m, bare_scalar(m, shape->scalar));
  if (names) json_object_del(names, "type"); /* names of keys are texts */
  return or_fail(
      m, json_pack("{s:s, s:i, s:o, s:o}", "type", "object", "minProperties", (int)shape->least,
                   "propertyNames", names, "additionalProperties", shape_schema(m, shape->of)));
}

static json_t *list_schema(maker *m, const fsim_shape *shape) {
  json_t *schema = or_fail(m, json_pack("{s:s, s:i, s:o}", "type", "array", "minItems",
                                        (int)shape->least, "items", shape_schema(m, shape->of)));
  if (schema && shape->most) put(m, schema, "maxItems", json_integer((json_int_t)shape->most));
  return schema;
}

static json_t *either_schema(maker *m, const fsim_shape *shape) {
  json_t *choices = json_array();
  if (shape->if_scalar) add(m, choices, shape_schema(m, shape->if_scalar));
  if (shape->if_map) add(m, choices, shape_schema(m, shape->if_map));
  if (shape->if_list) add(m, choices, shape_schema(m, shape->if_list));
  return or_fail(m, json_pack("{s:o}", "anyOf", choices));
}

static json_t *whole_law_schema(maker *m, const fsim_shape *shape) {
  json_t *law = law_schema(m, shape->unit, false);
  if (!shape->may_scale) return law;
  json_t *scale = scalar_schema(m, fsim_scale_scalar());
  return or_fail(
      m, json_pack("{s:[o, {s:s, s:b, s:[s], s:{s:o}}]}", "anyOf", law, "type", "object",
                   "additionalProperties", 0, "required", "scale", "properties", "scale", scale));
}

static json_t *shape_schema(maker *m, const fsim_shape *shape) {
  switch (shape->kind) {
    case FSIM_SHAPE_SCALAR:
      return scalar_schema(m, shape->scalar);
    case FSIM_SHAPE_OBJECT:
      return object_schema(m, shape);
    case FSIM_SHAPE_NAMED:
      return named_schema(m, shape);
    case FSIM_SHAPE_LIST:
      return list_schema(m, shape);
    case FSIM_SHAPE_LAW:
      return whole_law_schema(m, shape);
    case FSIM_SHAPE_EITHER:
      return either_schema(m, shape);
    case FSIM_SHAPE_ANY:
      return or_fail(m, json_object());
  }
  return NULL;
}

static json_t *root_schema(maker *m, const fsim_shape *root) {
  json_t *whole = shape_schema(m, root);
  if (!root->unless) return whole;
  m->partial = true;
  json_t *variant = shape_schema(m, root);
  m->partial = false;
  return or_fail(m, json_pack("{s:{s:[s]}, s:o, s:o}", "if", "required", root->unless, "then",
                              variant, "else", whole));
}

int fsim_schema_text(const fsim_shape *root, fsim_text *text) {
  maker m = {.definitions = json_object()};
  json_t *schema = json_object(), *body = root_schema(&m, root);
  put(&m, schema, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"));
  put(&m, schema, "title", json_sprintf("funnelsim: %s", root->name));
  if (!body || json_object_update(schema, body) != 0) m.failed = true;
  json_decref(body);
  put(&m, schema, "$defs", m.definitions);
  char *dump = m.failed ? NULL : json_dumps(schema, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
  json_decref(schema);
  if (!dump) return FSIM_FAILED;
  fsim_text_append(text, "%s\n", dump);
  free(dump);
  return text->failed ? FSIM_FAILED : FSIM_OK;
}
