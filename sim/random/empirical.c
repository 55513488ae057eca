/* Empirical: one of the given values, by weight. values[] is sorted and distinct, weights[] sums to
 * 1; no canonical parameters. */
#include <math.h>

#include "sim/random/family.h"

static double mean(const fsim_distribution *d) {
  double sum = 0.0;
  for (size_t i = 0; i < d->n; i++) sum += d->weights[i] * d->values[i];
  return sum;
}

static double variance(const fsim_distribution *d) {
  double centre = mean(d), sum = 0.0;
  for (size_t i = 0; i < d->n; i++) {
    double off = d->values[i] - centre;
    sum += d->weights[i] * off * off;
  }
  return sum;
}

static double cdf(const fsim_distribution *d, double x) {
  if (x >= d->values[d->n - 1]) return 1.0;
  double sum = 0.0;
  for (size_t i = 0; i < d->n && d->values[i] <= x; i++) sum += d->weights[i];
  return sum;
}

static double survival(const fsim_distribution *d, double x) {
  if (x < d->values[0]) return 1.0;
  double sum = 0.0;
  for (size_t i = d->n; i > 0 && d->values[i - 1] > x; i--) sum += d->weights[i - 1];
  return sum;
}

/* The smallest value whose cdf reaches p. */
static double quantile(const fsim_distribution *d, double p) {
  double sum = 0.0;
  for (size_t i = 0; i + 1 < d->n; i++) {
    sum += d->weights[i];
    if (sum >= p) return d->values[i];
  }
  return d->values[d->n - 1];
}

/* The smallest value whose survival is at most q. */
static double upper_quantile(const fsim_distribution *d, double q) {
  double sum = 0.0;
  for (size_t i = d->n; i > 1; i--) {
    sum += d->weights[i - 1];
    if (sum > q) return d->values[i - 1];
  }
  return d->values[0];
}

static void support(const fsim_distribution *d, double *lowest, double *highest) {
  *lowest = d->values[0];
  *highest = d->values[d->n - 1];
}

const fsim_family fsim_family_empirical = {
    .name = "empirical",
    .help =
        "values that were observed; empirical: {file: waits.csv, column: days} or "
        "{values: [1 d, 3 d], weights: [2, 1]}",
    .discrete = true,
    .mean = mean,
    .variance = variance,
    .cdf = cdf,
    .survival = survival,
    .quantile = quantile,
    .upper_quantile = upper_quantile,
    .support = support,
};
