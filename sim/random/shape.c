/* Dividing a law by its own unit; comparing laws. */
#include "sim/random/shape.h"

#include <math.h>

#include "sim/random/family.h"

static double whole_unit(const fsim_distribution *d);

/* A positive multiple of the base law's unit: the first parameter (value, part) that carries it. */
static double base_unit(const fsim_distribution *d) {
  for (int i = 0; i < FSIM_MOST_PARAMETERS; i++) {
    if (d->family->scales[i] && d->parameter[i] != 0) return __builtin_fabs(d->parameter[i]);
  }
  for (size_t i = 0; d->values != NULL && i < d->n; i++) {
    if (d->values[i] != 0) return __builtin_fabs(d->values[i]);
  }
  for (size_t i = 0; d->parts != NULL && i < d->n; i++) {
    if (d->parts[i]->family != &fsim_family_fixed) return whole_unit(d->parts[i]);
  }
  return 1.0;
}

static double whole_unit(const fsim_distribution *d) {
  double unit = d->scale * base_unit(d);
  return fsim_is_positive(unit) ? unit : 1.0;
}

/* X / unit, with the base law brought to unit size. */
static void divide(fsim_distribution *d, double unit) {
  double base = base_unit(d);
  d->shift /= unit;
  d->lowest /= unit;
  d->highest /= unit;
  d->scale = d->scale * base / unit;
  for (int i = 0; i < FSIM_MOST_PARAMETERS; i++) {
    if (d->family->scales[i]) d->parameter[i] /= base;
  }
  for (size_t i = 0; d->values != NULL && i < d->n; i++) d->values[i] /= base;
  for (size_t i = 0; d->parts != NULL && i < d->n; i++) divide(d->parts[i], base);
}

fsim_distribution *fsim_shape_of(const fsim_distribution *d, double *factor) {
  fsim_distribution *shape = fsim_distribution_copy(d);
  *factor = whole_unit(d);
  if (shape != NULL) divide(shape, *factor);
  return shape;
}

bool fsim_equal_laws(const fsim_distribution *a, const fsim_distribution *b) {
  bool equal = a->family == b->family && a->shift == b->shift && a->scale == b->scale &&
               a->lowest == b->lowest && a->highest == b->highest && a->n == b->n;
  for (int i = 0; equal && i < FSIM_MOST_PARAMETERS; i++) {
    equal = a->parameter[i] == b->parameter[i];
  }
  for (size_t i = 0; equal && a->values != NULL && i < a->n; i++) {
    equal = a->values[i] == b->values[i];
  }
  for (size_t i = 0; equal && a->weights != NULL && i < a->n; i++) {
    equal = a->weights[i] == b->weights[i];
  }
  for (size_t i = 0; equal && a->parts != NULL && i < a->n; i++) {
    equal = fsim_equal_laws(a->parts[i], b->parts[i]);
  }
  return equal;
}

bool fsim_same_shape(const fsim_distribution *a, const fsim_distribution *b, double *factor) {
  double unit_a, unit_b;
  fsim_distribution *shape_a = fsim_shape_of(a, &unit_a);
  fsim_distribution *shape_b = fsim_shape_of(b, &unit_b);
  bool same = shape_a != NULL && shape_b != NULL && fsim_equal_laws(shape_a, shape_b);
  if (same) *factor = unit_b / unit_a;
  fsim_distribution_free(shape_a);
  fsim_distribution_free(shape_b);
  return same;
}
