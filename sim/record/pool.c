#include "sim/record/pool.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/random/vector.h"

fsim_pool *fsim_pool_new(size_t n_histograms) {
  fsim_pool *pool = fsim_zeroed(1, sizeof *pool);
  if (pool == NULL) return NULL;
  pool->n_histograms = n_histograms;
  pool->count = fsim_zeroed(n_histograms, FSIM_TIME_CLASSES * sizeof *pool->count);
  pool->below_sq = fsim_zeroed(n_histograms, FSIM_COARSE_CLASSES * sizeof *pool->below_sq);
  pool->below_n = fsim_zeroed(n_histograms, FSIM_COARSE_CLASSES * sizeof *pool->below_n);
  pool->n_sq = fsim_zeroed(n_histograms, sizeof *pool->n_sq);
  if (pool->count == NULL || pool->below_sq == NULL || pool->below_n == NULL ||
      pool->n_sq == NULL) {
    fsim_pool_free(pool);
    return NULL;
  }
  return pool;
}

void fsim_pool_free(fsim_pool *pool) {
  if (pool == NULL) return;
  free(pool->count);
  free(pool->below_sq);
  free(pool->below_n);
  free(pool->n_sq);
  free(pool);
}

static void add_low(fsim_sum128 *sum, uint64_t x) {
  sum->low += x;
  sum->high += sum->low < x;
}

/* a * b of two numbers, each split into 32-bit halves. */
static void add_product(fsim_sum128 *sum, uint64_t a, uint64_t b) {
  const uint64_t half = 0xffffffffu;
  if (a <= half && b <= half) {
    add_low(sum, a * b);
    return;
  }
  uint64_t low = (a & half) * (b & half), high = (a >> 32) * (b >> 32);
  uint64_t cross_1 = (a >> 32) * (b & half), cross_2 = (a & half) * (b >> 32);
  add_low(sum, low);
  add_low(sum, cross_1 << 32);
  add_low(sum, cross_2 << 32);
  sum->high += (cross_1 >> 32) + (cross_2 >> 32) + high;
}

/* Adds factor * b[c] to each sum. */
static void add_products(fsim_sum128 *restrict sum, const uint64_t *restrict b, uint64_t factor,
                         size_t n) {
  const uint64_t half = 0xffffffffu;
  if (factor > half) {
    for (size_t c = 0; c < n; c++) add_product(&sum[c], factor, b[c]);
    return;
  }
  for (size_t c = 0; c < n; c++) add_low(&sum[c], factor * b[c]);
}

static void add_squares(fsim_sum128 *restrict sum, const uint64_t *restrict b, uint64_t most,
                        size_t n) {
  const uint64_t half = 0xffffffffu;
  if (most > half) {
    for (size_t c = 0; c < n; c++) add_product(&sum[c], b[c], b[c]);
    return;
  }
  for (size_t c = 0; c < n; c++) add_low(&sum[c], b[c] * b[c]);
}

FSIM_CLONES
static void add_counts(uint64_t *restrict count, const uint32_t *restrict histogram, size_t n) {
  for (size_t i = 0; i < n; i++) count[i] += histogram[i];
}

FSIM_CLONES
static void sum_coarse(const uint32_t *restrict fine, uint64_t *restrict sum, size_t n) {
  for (size_t c = 0; c < n; c++) {
    uint32_t low = 0, high = 0; /* 64-bit lanes would be half as many */
    for (size_t i = 0; i < FSIM_COARSE; i++) low += fine[c * FSIM_COARSE + i] & 0xffff;
    for (size_t i = 0; i < FSIM_COARSE; i++) high += fine[c * FSIM_COARSE + i] >> 16;
    sum[c] = ((uint64_t)high << 16) + low;
  }
}

/* A histogram that is 0 outside of some coarse classes. */
static void add_histogram(fsim_pool *pool, size_t h, const uint32_t *histogram, size_t first,
                          size_t end) {
  uint64_t below[FSIM_COARSE_CLASSES];
  uint64_t n = 0;
  sum_coarse(histogram + first * FSIM_COARSE, below + first, end - first);
  for (size_t c = first; c < end; c++) {
    uint64_t sum = below[c];
    below[c] = n;
    n += sum;
  }
  if (n == 0) return;
  for (size_t c = end; c < FSIM_COARSE_CLASSES; c++) below[c] = n;
  add_counts(pool->count + h * FSIM_TIME_CLASSES + first * FSIM_COARSE,
             histogram + first * FSIM_COARSE, (end - first) * FSIM_COARSE);
  size_t row = h * FSIM_COARSE_CLASSES + first, classes = FSIM_COARSE_CLASSES - first;
  add_product(&pool->n_sq[h], n, n);
  add_squares(pool->below_sq + row, below + first, n, classes);
  add_products(pool->below_n + row, below + first, n, classes);
}

void fsim_pool_add(fsim_pool *pool, const uint32_t *histograms) {
  for (size_t h = 0; h < pool->n_histograms; h++)
    add_histogram(pool, h, histograms + h * FSIM_TIME_CLASSES, 0, FSIM_COARSE_CLASSES);
  pool->units++;
}

void fsim_pool_add_recorder(fsim_pool *pool, const fsim_recorder *recorder) {
  size_t groups = recorder->shape->dim[FSIM_DIM_GROUP];
  for (size_t h = 0; h < pool->n_histograms; h++) {
    fsim_class_range span = recorder->spans[h / groups];
    if (span.first >= span.end) continue;
    add_histogram(pool, h, recorder->histograms + h * FSIM_TIME_CLASSES, span.first / FSIM_COARSE,
                  (span.end + FSIM_COARSE - 1) / FSIM_COARSE);
  }
  pool->units++;
}

static void merge_sums(fsim_sum128 *into, const fsim_sum128 *from, size_t n) {
  for (size_t i = 0; i < n; i++) {
    add_low(&into[i], from[i].low);
    into[i].high += from[i].high;
  }
}

void fsim_pool_merge(fsim_pool *into, const fsim_pool *from) {
  size_t n = into->n_histograms;
  for (size_t i = 0; i < n * FSIM_TIME_CLASSES; i++) into->count[i] += from->count[i];
  merge_sums(into->below_sq, from->below_sq, n * FSIM_COARSE_CLASSES);
  merge_sums(into->below_n, from->below_n, n * FSIM_COARSE_CLASSES);
  merge_sums(into->n_sq, from->n_sq, n);
  into->units += from->units;
}

double fsim_sum128_value(fsim_sum128 sum) {
  return (double)sum.high * 18446744073709551616.0 + (double)sum.low;
}
