/* What kind of number stands at a place of a tree, by walking the tables of keys beside it. */
#include <string.h>

#include "sim/model/keys.h"

/* What a place is: a node of a shape, or a place inside of a distribution. */
typedef struct spot {
  enum { AT_SHAPE, AT_SCALAR, AT_LAW, AT_FAMILY, AT_TRUNCATE, AT_VALUES, AT_NOTHING } where;
  const fsim_shape *shape;
  const fsim_scalar *scalar; /* AT_SCALAR; AT_VALUES: of every element */
  fsim_number_kind unit;     /* inside of a distribution */
  const fsim_node *node;
} spot;

static const spot nothing = {.where = AT_NOTHING};

static spot scalar_spot(const fsim_scalar *scalar, const fsim_node *node) {
  return (spot){.where = AT_SCALAR, .scalar = scalar, .node = node};
}

static const fsim_shape *by_kind(const fsim_shape *shape, const fsim_node *node) {
  if (shape->kind != FSIM_SHAPE_EITHER) return shape;
  const bool uncertain = node->kind == FSIM_MAP && fsim_node_get(node, "uncertain");
  if (node->kind == FSIM_SCALAR || (uncertain && shape->if_scalar)) return shape->if_scalar;
  return node->kind == FSIM_MAP ? shape->if_map : shape->if_list;
}

static spot shape_spot(const fsim_shape *shape, const fsim_node *node) {
  shape = shape ? by_kind(shape, node) : NULL;
  if (!shape) return nothing;
  if (shape->kind == FSIM_SHAPE_SCALAR) return scalar_spot(shape->scalar, node);
  if (shape->kind == FSIM_SHAPE_LAW)
    return (spot){.where = AT_LAW, .unit = shape->unit, .node = node};
  return (spot){.where = AT_SHAPE, .shape = shape, .node = node};
}

static spot in_shape(const fsim_shape *shape, const fsim_node *child) {
  if (shape->kind == FSIM_SHAPE_LIST || shape->kind == FSIM_SHAPE_NAMED)
    return shape_spot(shape->of, child);
  for (size_t k = 0; shape->kind == FSIM_SHAPE_OBJECT && child->key && k < shape->n_keys; k++)
    if (strcmp(shape->keys[k].name, child->key) == 0)
      return shape_spot(shape->keys[k].shape, child);
  return nothing;
}

static spot in_law(fsim_number_kind unit, const fsim_node *child) {
  if (!child->key) return nothing;
  if (strcmp(child->key, "shift") == 0) return scalar_spot(fsim_shift_scalar(unit), child);
  if (strcmp(child->key, "scale") == 0 || strcmp(child->key, "weight") == 0)
    return scalar_spot(fsim_scale_scalar(), child);
  if (strcmp(child->key, "truncate") == 0)
    return (spot){.where = AT_TRUNCATE, .unit = unit, .node = child};
  if (strcmp(child->key, "fixed") == 0)
    return scalar_spot(fsim_parameter_scalar(FSIM_PARAMETER_QUANTITY, unit), child);
  if (strcmp(child->key, "uncertain") == 0)
    return (spot){.where = AT_LAW, .unit = unit, .node = child};
  return (spot){.where = AT_FAMILY, .unit = unit, .node = child};
}

static spot in_family(const spot *at, const fsim_node *child) {
  const fsim_node *family_node = at->node;
  if (strcmp(family_node->key, "mixture") == 0)
    return (spot){.where = AT_LAW, .unit = at->unit, .node = child};
  if (strcmp(family_node->key, "empirical") == 0 && child->key) {
    if (strcmp(child->key, "values") == 0)
      return (spot){.where = AT_VALUES,
                    .scalar = fsim_parameter_scalar(FSIM_PARAMETER_QUANTITY, at->unit),
                    .node = child};
    if (strcmp(child->key, "weights") == 0)
      return (spot){.where = AT_VALUES, .scalar = fsim_scale_scalar(), .node = child};
    return nothing;
  }
  const fsim_family *family = fsim_family_find(family_node->key);
  for (size_t i = 0; family && child->key && i < family->n_parametrisations; i++) {
    const fsim_parametrisation *p = &family->parametrisations[i];
    for (size_t k = 0; k < FSIM_MOST_PARAMETERS && p->names[k]; k++)
      if (strcmp(p->names[k], child->key) == 0)
        return scalar_spot(fsim_parameter_scalar(p->kinds[k], at->unit), child);
  }
  return nothing;
}

static spot step(const spot *at, const fsim_node *child) {
  switch (at->where) {
    case AT_SHAPE:
      return in_shape(at->shape, child);
    case AT_SCALAR: /* only {uncertain: law} has anything below a number */
      if (at->scalar->kind == FSIM_NOT_A_NUMBER || !child->key ||
          strcmp(child->key, "uncertain") != 0)
        return nothing;
      return (spot){.where = AT_LAW, .unit = at->scalar->kind, .node = child};
    case AT_LAW:
      return in_law(at->unit, child);
    case AT_FAMILY:
      return in_family(at, child);
    case AT_TRUNCATE:
      return scalar_spot(fsim_shift_scalar(at->unit), child);
    case AT_VALUES:
      return scalar_spot(at->scalar, child);
    case AT_NOTHING:
      break;
  }
  return nothing;
}

static spot spot_of(const fsim_node *node) {
  if (!node->parent) {
    const bool model = node->kind == FSIM_MAP && fsim_node_get(node, "stages");
    return shape_spot(model ? &fsim_model_shape : &fsim_scenario_shape, node);
  }
  const spot above = spot_of(node->parent);
  return step(&above, node);
}

fsim_number_kind fsim_number_kind_of(const fsim_node *node) {
  const spot at = spot_of(node);
  if (at.where == AT_SCALAR) {
    const bool word = node->kind == FSIM_SCALAR && strcmp(node->text, "rest") == 0;
    return word ? FSIM_NOT_A_NUMBER : at.scalar->kind;
  }
  if (at.where != AT_LAW) return FSIM_NOT_A_NUMBER;
  const bool plain =
      node->kind == FSIM_SCALAR || (node->kind == FSIM_MAP && fsim_node_get(node, "uncertain"));
  return plain ? at.unit : FSIM_KIND_DISTRIBUTION;
}
