/* Samplers: constants, steps, tables; and the cache that lets laws of one shape share a table. */
#include "sim/random/sampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/random/family.h"
#include "sim/random/shape.h"
#include "sim/random/table.h"

/* Steps of an empirical law. guide[j] is the first value that a u of at least j / n_guide can have,
 * so that a draw looks at about one value (Chen & Asau 1974). */
typedef struct steps {
  size_t n;
  double *values;
  double *cumulated; /* the last is 1 */
  size_t n_guide;    /* a power of two */
  uint32_t *guide;
} steps;

struct fsim_sampler {
  fsim_distribution *law;  /* owned: a copy of what was asked for */
  double offset, factor;   /* of the table's values */
  const fsim_table *table; /* NULL for steps and constants; the cache's */
  steps *steps;            /* owned; NULL for tables and constants */
  double constant;
};

struct fsim_sampler_cache {
  fsim_sampler **samplers;
  size_t n_samplers, room_samplers;
  fsim_table **tables;
  size_t n_tables, room_tables;
};

fsim_sampler_cache *fsim_sampler_cache_new(void) {
  return fsim_zeroed(1, sizeof(fsim_sampler_cache));
}

static void free_steps(steps *s) {
  if (s == NULL) return;
  free(s->values);
  free(s->cumulated);
  free(s->guide);
  free(s);
}

static void free_sampler(fsim_sampler *sampler) {
  if (sampler == NULL) return;
  fsim_distribution_free(sampler->law);
  free_steps(sampler->steps);
  free(sampler);
}

void fsim_sampler_cache_free(fsim_sampler_cache *cache) {
  if (cache == NULL) return;
  for (size_t i = 0; i < cache->n_samplers; i++) free_sampler(cache->samplers[i]);
  for (size_t i = 0; i < cache->n_tables; i++) fsim_table_free(cache->tables[i]);
  free(cache->samplers);
  free(cache->tables);
  free(cache);
}

static steps *make_steps(const fsim_distribution *d) {
  steps *s = fsim_zeroed(1, sizeof *s);
  if (s == NULL) return NULL;
  s->n = d->n;
  s->n_guide = 1;
  while (s->n_guide < d->n) s->n_guide *= 2;
  s->values = fsim_zeroed(d->n, sizeof *s->values);
  s->cumulated = fsim_zeroed(d->n, sizeof *s->cumulated);
  s->guide = fsim_zeroed(s->n_guide, sizeof *s->guide);
  if (s->values == NULL || s->cumulated == NULL || s->guide == NULL) {
    free_steps(s);
    return NULL;
  }
  double sum = 0.0;
  for (size_t i = 0; i < d->n; i++) {
    sum += d->weights[i];
    s->values[i] = d->shift + d->scale * d->values[i];
    s->cumulated[i] = sum;
  }
  s->cumulated[d->n - 1] = 1.0;
  uint32_t first = 0;
  for (size_t j = 0; j < s->n_guide; j++) {
    while (s->cumulated[first] < (double)j / (double)s->n_guide) first++;
    s->guide[j] = first;
  }
  return s;
}

/* The table of a shape: a known one, or a new one. Takes the shape over. */
static const fsim_table *find_table(fsim_sampler_cache *cache, fsim_distribution *shape) {
  for (size_t i = 0; i < cache->n_tables; i++) {
    if (!fsim_equal_laws(cache->tables[i]->law, shape)) continue;
    fsim_distribution_free(shape);
    return cache->tables[i];
  }
  if (fsim_grow((void **)&cache->tables, &cache->room_tables, cache->n_tables + 1,
                sizeof *cache->tables) != 0) {
    fsim_distribution_free(shape);
    return NULL;
  }
  fsim_table *table = fsim_table_new(shape);
  if (table != NULL) cache->tables[cache->n_tables++] = table;
  return table;
}

/* X = offset + factor * (a law without shift, of unit size, truncated in its own units). */
static bool use_table(fsim_sampler_cache *cache, fsim_sampler *sampler,
                      const fsim_distribution *d) {
  fsim_distribution *centred = fsim_distribution_copy(d);
  if (centred == NULL) return false;
  fsim_distribution_shift(centred, -d->shift);
  fsim_distribution *shape = fsim_shape_of(centred, &sampler->factor);
  fsim_distribution_free(centred);
  if (shape == NULL) return false;
  sampler->offset = d->shift;
  sampler->table = find_table(cache, shape);
  return sampler->table != NULL;
}

static fsim_sampler *make_sampler(fsim_sampler_cache *cache, const fsim_distribution *d) {
  fsim_sampler *sampler = fsim_zeroed(1, sizeof *sampler);
  if (sampler == NULL) return NULL;
  sampler->law = fsim_distribution_copy(d);
  bool made = sampler->law != NULL;
  if (made && (d->family == &fsim_family_fixed || (d->values != NULL && d->n == 1))) {
    sampler->constant = fsim_mean(d);
  } else if (made && d->values != NULL) {
    sampler->steps = make_steps(d);
    made = sampler->steps != NULL;
  } else if (made) {
    made = use_table(cache, sampler, d);
  }
  if (made) return sampler;
  free_sampler(sampler);
  return NULL;
}

const fsim_sampler *fsim_sampler_get(fsim_sampler_cache *cache, const fsim_distribution *d) {
  for (size_t i = 0; i < cache->n_samplers; i++) {
    if (fsim_equal_laws(cache->samplers[i]->law, d)) return cache->samplers[i];
  }
  if (fsim_grow((void **)&cache->samplers, &cache->room_samplers, cache->n_samplers + 1,
                sizeof *cache->samplers) != 0) {
    return NULL;
  }
  fsim_sampler *sampler = make_sampler(cache, d);
  if (sampler != NULL) cache->samplers[cache->n_samplers++] = sampler;
  return sampler;
}

static void step_values(const steps *s, const double *u, double *value, size_t n) {
  for (size_t i = 0; i < n; i++) {
    size_t at = s->guide[(size_t)(u[i] * (double)s->n_guide)];
    while (s->cumulated[at] < u[i]) at++;
    value[i] = s->values[at];
  }
}

void fsim_sample(const fsim_sampler *sampler, const double *u, double *value, size_t n) {
  if (sampler->table != NULL) {
    fsim_table_values(sampler->table, sampler->factor, sampler->offset, u, value, n);
  } else if (sampler->steps != NULL) {
    step_values(sampler->steps, u, value, n);
  } else {
    for (size_t i = 0; i < n; i++) value[i] = sampler->constant;
  }
}

void fsim_sample_seconds(const fsim_sampler *sampler, const double *u, int32_t *seconds, size_t n) {
  if (sampler->table != NULL) {
    fsim_table_seconds(sampler->table, sampler->factor, sampler->offset, u, seconds, n);
  } else if (sampler->steps != NULL) {
    for (size_t i = 0; i < n; i++) {
      double value;
      step_values(sampler->steps, &u[i], &value, 1);
      seconds[i] = fsim_whole_seconds(value);
    }
  } else {
    int32_t constant = fsim_whole_seconds(sampler->constant);
    for (size_t i = 0; i < n; i++) seconds[i] = constant;
  }
}

bool fsim_sampler_constant(const fsim_sampler *sampler, int32_t *seconds) {
  if (sampler->table != NULL || sampler->steps != NULL) return false;
  *seconds = fsim_whole_seconds(sampler->constant);
  return true;
}
