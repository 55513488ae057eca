/* Making, copying, truncating and freeing distributions: all that owns memory. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/random/distribution.h"
#include "sim/random/family.h"

/* Less probability than this between two truncation points is nothing. */
#define LEAST_MASS 1e-12

static fsim_distribution *plain(const fsim_family *family) {
  fsim_distribution *d = fsim_zeroed(1, sizeof *d);
  if (d == NULL) return NULL;
  d->family = family;
  d->scale = 1.0;
  d->lowest = -INFINITY;
  d->highest = INFINITY;
  return d;
}

fsim_distribution *fsim_distribution_new(const fsim_family *family,
                                         const fsim_parametrisation *parametrisation,
                                         const double *given, const char **fault) {
  double parameter[FSIM_MOST_PARAMETERS] = {0};
  *fault = parametrisation->canonical(given, parameter);
  if (*fault != NULL) return NULL;
  fsim_distribution *d = plain(family);
  if (d != NULL) memcpy(d->parameter, parameter, sizeof parameter);
  return d;
}

fsim_distribution *fsim_distribution_named(const char *family, const char *first,
                                           const double *given) {
  const fsim_family *f = fsim_family_find(family);
  const char *fault = NULL;
  for (size_t i = 0; f != NULL && i < f->n_parametrisations; i++) {
    if (strcmp(f->parametrisations[i].names[0], first) == 0)
      return fsim_distribution_new(f, &f->parametrisations[i], given, &fault);
  }
  return NULL;
}

fsim_distribution *fsim_distribution_fixed(double value) {
  fsim_distribution *d = plain(&fsim_family_fixed);
  if (d != NULL) d->parameter[0] = value;
  return d;
}

/* Sum of the weights, or a fault; NULL weights count 1 each. */
static const char *check_weights(const double *weights, size_t n, double *sum) {
  *sum = 0.0;
  for (size_t i = 0; i < n; i++) {
    double weight = weights != NULL ? weights[i] : 1.0;
    if (!(weight >= 0 && fsim_is_number(weight))) return "weights must be numbers, 0 or more";
    *sum += weight;
  }
  return fsim_is_positive(*sum) ? NULL : "weights must not all be 0";
}

typedef struct weighted_value {
  double value;
  double weight;
} weighted_value;

static int by_value(const void *a, const void *b) {
  double x = ((const weighted_value *)a)->value, y = ((const weighted_value *)b)->value;
  return (x > y) - (x < y);
}

/* Sorted pairs become the law's distinct values, those without weight left out. */
static void merge_equal(fsim_distribution *d, const weighted_value *pairs, size_t n, double sum) {
  for (size_t i = 0; i < n; i++) {
    if (pairs[i].weight == 0) continue;
    if (d->n == 0 || pairs[i].value > d->values[d->n - 1]) {
      d->values[d->n] = pairs[i].value;
      d->weights[d->n++] = 0.0;
    }
    d->weights[d->n - 1] += pairs[i].weight / sum;
  }
}

fsim_distribution *fsim_distribution_empirical(const double *values, const double *weights,
                                               size_t n, const char **fault) {
  *fault = NULL;
  if (n == 0) *fault = "needs at least one value";
  for (size_t i = 0; i < n && *fault == NULL; i++) {
    if (!fsim_is_number(values[i])) *fault = "values must be finite numbers";
  }
  double sum = 0.0;
  if (*fault == NULL) *fault = check_weights(weights, n, &sum);
  if (*fault != NULL) return NULL;

  fsim_distribution *d = plain(&fsim_family_empirical);
  weighted_value *pairs = fsim_zeroed(n, sizeof *pairs);
  if (d == NULL || pairs == NULL) goto out_of_memory;
  d->values = fsim_zeroed(n, sizeof *d->values);
  d->weights = fsim_zeroed(n, sizeof *d->weights);
  if (d->values == NULL || d->weights == NULL) goto out_of_memory;
  for (size_t i = 0; i < n; i++) {
    pairs[i] = (weighted_value){values[i], weights != NULL ? weights[i] : 1.0};
  }
  qsort(pairs, n, sizeof *pairs, by_value);
  merge_equal(d, pairs, n, sum);
  free(pairs);
  return d;

out_of_memory:
  free(pairs);
  fsim_distribution_free(d);
  return NULL;
}

fsim_distribution *fsim_distribution_mixture(fsim_distribution **parts, const double *weights,
                                             size_t n, const char **fault) {
  fsim_distribution *d = NULL;
  double sum = 0.0;
  *fault = n == 0 ? "needs at least one part" : check_weights(weights, n, &sum);
  if (*fault == NULL) d = plain(&fsim_family_mixture);
  if (d != NULL) {
    d->parts = fsim_zeroed(n, sizeof(fsim_distribution *));
    d->weights = fsim_zeroed(n, sizeof *d->weights);
  }
  if (d == NULL || d->parts == NULL || d->weights == NULL) {
    for (size_t i = 0; i < n; i++) fsim_distribution_free(parts[i]);
    fsim_distribution_free(d);
    return NULL;
  }
  for (size_t i = 0; i < n; i++) {
    double weight = (weights != NULL ? weights[i] : 1.0) / sum;
    if (weight > 0) {
      d->parts[d->n] = parts[i];
      d->weights[d->n++] = weight;
    } else {
      fsim_distribution_free(parts[i]);
    }
  }
  return d;
}

static double *copy_numbers(const double *numbers, size_t n) {
  double *copy = fsim_zeroed(n, sizeof *copy);
  if (copy != NULL) memcpy(copy, numbers, n * sizeof *copy);
  return copy;
}

fsim_distribution *fsim_distribution_copy(const fsim_distribution *d) {
  fsim_distribution *copy = fsim_zeroed(1, sizeof *copy);
  if (copy == NULL) return NULL;
  *copy = *d;
  copy->parts = NULL;
  copy->values = d->values != NULL ? copy_numbers(d->values, d->n) : NULL;
  copy->weights = d->weights != NULL ? copy_numbers(d->weights, d->n) : NULL;
  bool complete = (copy->values != NULL) == (d->values != NULL) &&
                  (copy->weights != NULL) == (d->weights != NULL);
  if (d->parts != NULL) {
    copy->parts = fsim_zeroed(d->n, sizeof(fsim_distribution *));
    complete = complete && copy->parts != NULL;
    for (size_t i = 0; complete && i < d->n; i++) {
      copy->parts[i] = fsim_distribution_copy(d->parts[i]);
      complete = copy->parts[i] != NULL;
    }
  }
  if (complete) return copy;
  fsim_distribution_free(copy);
  return NULL;
}

void fsim_distribution_free(fsim_distribution *d) {
  if (d == NULL) return;
  for (size_t i = 0; d->parts != NULL && i < d->n; i++) fsim_distribution_free(d->parts[i]);
  free(d->parts);
  free(d->values);
  free(d->weights);
  free(d);
}

/* P(lowest <= X <= highest). */
static double mass_within(const fsim_distribution *d, double lowest, double highest) {
  if (d->family->discrete) {
    double sum = 0.0;
    for (size_t i = 0; i < d->n; i++) {
      double x = d->shift + d->scale * d->values[i];
      if (x >= lowest && x <= highest) sum += d->weights[i];
    }
    double fixed = d->shift + d->scale * d->parameter[0];
    return d->values != NULL ? sum : fixed >= lowest && fixed <= highest ? 1.0 : 0.0;
  }
  if (d->parts != NULL) {
    double sum = 0.0;
    for (size_t i = 0; i < d->n; i++) {
      sum += d->weights[i] * mass_within(d->parts[i], (lowest - d->shift) / d->scale,
                                         (highest - d->shift) / d->scale);
    }
    return sum;
  }
  if (lowest < d->lowest) lowest = d->lowest;
  if (highest > d->highest) highest = d->highest;
  if (!(lowest < highest)) return 0.0;
  double base_mass =
      fsim_base_between(d, (d->lowest - d->shift) / d->scale, (d->highest - d->shift) / d->scale);
  return fsim_base_between(d, (lowest - d->shift) / d->scale, (highest - d->shift) / d->scale) /
         base_mass;
}

/* Only the values that lie within stay; the law has steps, so no bounds need to be kept. */
static void keep_values(fsim_distribution *d, double lowest, double highest, double mass) {
  size_t kept = 0;
  for (size_t i = 0; i < d->n; i++) {
    double x = d->shift + d->scale * d->values[i];
    if (!(x >= lowest && x <= highest)) continue;
    d->values[kept] = d->values[i];
    d->weights[kept++] = d->weights[i] / mass;
  }
  d->n = kept;
}

static void apply_truncation(fsim_distribution *d, double lowest, double highest, double mass);

/* Each part given the bounds, weighted by what it has between them: the mixture itself then needs
 * no bounds. */
static void truncate_parts(fsim_distribution *d, double lowest, double highest, double mass) {
  double low = (lowest - d->shift) / d->scale, high = (highest - d->shift) / d->scale;
  size_t kept = 0;
  for (size_t i = 0; i < d->n; i++) {
    double part_mass = mass_within(d->parts[i], low, high);
    if (part_mass < LEAST_MASS) {
      fsim_distribution_free(d->parts[i]);
      continue;
    }
    apply_truncation(d->parts[i], low, high, part_mass);
    d->parts[kept] = d->parts[i];
    d->weights[kept++] = d->weights[i] * part_mass / mass;
  }
  d->n = kept;
}

static void apply_truncation(fsim_distribution *d, double lowest, double highest, double mass) {
  if (d->parts != NULL) {
    truncate_parts(d, lowest, highest, mass);
  } else if (d->values != NULL) {
    keep_values(d, lowest, highest, mass);
  } else if (!d->family->discrete) {
    if (lowest > d->lowest) d->lowest = lowest;
    if (highest < d->highest) d->highest = highest;
  }
}

const char *fsim_distribution_truncate(fsim_distribution *d, double lowest, double highest) {
  if (!(lowest <= highest)) return "the truncation's min must not be more than its max";
  double mass = mass_within(d, lowest, highest);
  if (!(mass >= LEAST_MASS)) return "nothing of this distribution lies between min and max";
  apply_truncation(d, lowest, highest, mass);
  return NULL;
}
