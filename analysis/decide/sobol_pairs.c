#include "analysis/decide/sobol_pairs.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/ratio.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

/* W_0 is A, W_1 an AB, W_(d - 1) a BA, W_d is B. */
static size_t n_inner(size_t inputs) {
  return inputs > 3 ? inputs - 3 : 0;
}

size_t fsim_sobol_pair_points(size_t inputs) {
  return inputs + n_inner(inputs);
}

/* The order of a row's walk, every order equally likely (Fisher & Yates). */
static void order_of(const fsim_sobol_design *design, size_t row, uint8_t *order) {
  uint64_t coins = fsim_hash_mix(design->seed, row);
  for (size_t i = 0; i < design->inputs; i++) order[i] = (uint8_t)i;
  for (size_t i = design->inputs; i > 1; i--) {
    size_t k = (size_t)((fsim_hash_mix(coins, i) >> 32) * i >> 32);
    uint8_t last = order[i - 1];
    order[i - 1] = order[k];
    order[k] = last;
  }
}

void fsim_sobol_pair_spread(const fsim_sobol_design *design, size_t row, const double *a,
                            const double *b, double *u) {
  size_t d = design->inputs;
  uint8_t order[FSIM_SOBOL_MOST_INPUTS];
  for (size_t i = 0; i < d; i++, u += d) {
    memcpy(u, b, d * sizeof *u);
    u[i] = a[i];
  }
  order_of(design, row, order);
  for (size_t k = 2; k < 2 + n_inner(d); k++, u += d) {
    memcpy(u, a, d * sizeof *u);
    for (size_t i = 0; i < k; i++) u[order[i]] = b[order[i]];
  }
}

/* The point of a row after k steps of its walk. */
static size_t point_of(size_t inputs, const uint8_t *order, size_t k) {
  if (k == 0) return 0;
  if (k == inputs) return 1;
  if (k == 1) return 2 + order[0];
  if (k + 1 == inputs) return 2 + inputs + order[inputs - 1];
  return 2 + 2 * inputs + (k - 2);
}

/* Sums over the rows of one scramble. */
typedef struct pair_sums {
  double *variance; /* [scrambles] */
  double *second;   /* [inputs][inputs][scrambles] */
  double *shapley;  /* [inputs][scrambles] */
} pair_sums;

/* Product across worlds of two differences of points. */
static double across(const double *y, size_t p, size_t from_p, size_t q, size_t from_q) {
  double p1 = y[2 * p] - y[2 * from_p], p2 = y[2 * p + 1] - y[2 * from_p + 1];
  double q1 = y[2 * q] - y[2 * from_q], q2 = y[2 * q + 1] - y[2 * from_q + 1];
  return 0.5 * (p1 * q2 + p2 * q1);
}

static void add_row(const fsim_sobol_design *design, const double *y, size_t row, size_t scramble,
                    double mean, const pair_sums *to) {
  size_t d = design->inputs, n = design->scrambles;
  uint8_t order[FSIM_SOBOL_MOST_INPUTS];
  for (size_t p = 0; p < 2; p++)
    to->variance[scramble] += 0.5 * (y[2 * p] - mean) * (y[2 * p + 1] - mean);
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < i; j++) {
      double product =
          0.5 * (across(y, 2 + j, 0, 2 + d + i, 1) + across(y, 2 + i, 0, 2 + d + j, 1));
      to->second[(i * d + j) * n + scramble] += product;
      to->second[(j * d + i) * n + scramble] += product;
    }
  order_of(design, row, order);
  for (size_t k = 1; k <= d; k++) {
    const double *before = y + 2 * point_of(d, order, k - 1);
    const double *behind = y + 2 * point_of(d, order, k);
    double rest1 = y[0] - 0.5 * (before[0] + behind[0]);
    double rest2 = y[1] - 0.5 * (before[1] + behind[1]);
    to->shapley[order[k - 1] * n + scramble] +=
        0.5 * (rest1 * (before[1] - behind[1]) + rest2 * (before[0] - behind[0]));
  }
}

int fsim_sobol_pair_estimate(const fsim_sobol_design *design, const double *y, double mean,
                             double confidence, fsim_report *report, fsim_interval *second,
                             fsim_interval *shapley) {
  size_t d = design->inputs, n = design->scrambles, per_row = 2 * fsim_sobol_points(design);
  double *memory = fsim_zeroed(n * (1 + d + d * d), sizeof *memory);
  if (memory == NULL) return fsim_no_memory(report);
  pair_sums sums = {memory, memory + n * (1 + d), memory + n};
  for (size_t row = 0; row < fsim_sobol_rows(design); row++)
    add_row(design, y + row * per_row, row, row / design->rows, mean, &sums);
  for (size_t i = 0; i < d; i++) {
    shapley[i] = fsim_ratio_jackknife(sums.shapley + i * n, sums.variance, n, confidence);
    for (size_t j = 0; j < d; j++)
      second[i * d + j] = i == j ? fsim_interval_none()
                                 : fsim_ratio_jackknife(sums.second + (i * d + j) * n,
                                                        sums.variance, n, confidence);
  }
  free(memory);
  return FSIM_OK;
}
