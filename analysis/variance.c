#include "analysis/variance.h"

#include <math.h>

/* Sums over pairs from which both variances follow, so that leaving one out is a subtraction. */
typedef struct sums {
  double mean;      /* sum of pair means about a fixed origin */
  double mean_sq;   /* sum of their squares */
  double within_sq; /* sum of squared differences within pairs */
  double pairs;
} sums;

typedef struct parts {
  double chance, uncertainty;
} parts;

static sums pair_of(const double *y, double origin) {
  double mean = 0.5 * (y[0] + y[1]) - origin, difference = y[0] - y[1];
  return (sums){mean, mean * mean, difference * difference, 1};
}

/* One-way analysis of variance with two in a class. */
static parts split(const sums *s) {
  double chance = 0.5 * s->within_sq / s->pairs;
  double between = (s->mean_sq - s->mean * s->mean / s->pairs) / (s->pairs - 1);
  return (parts){chance, between - 0.5 * chance};
}

/* Fisher's z of the correlation within pairs; finite also at the ends of its range. */
static double fisher_z(const sums *s) {
  parts p = split(s);
  double share = p.uncertainty / (p.chance + p.uncertainty);
  return atanh(fmin(fmax(share, -1 + 1e-12), 1 - 1e-12));
}

fsim_variance_split fsim_split_variance(const double *y, size_t pairs, double confidence) {
  fsim_variance_split result = {NAN, NAN, NAN, fsim_interval_none(), fsim_interval_none()};
  if (pairs < 3) return result;
  double origin = fsim_moments_of(y, 2 * pairs).mean;
  sums all = {0, 0, 0, 0};
  for (size_t k = 0; k < pairs; k++) {
    sums one = pair_of(y + 2 * k, origin);
    all.mean += one.mean;
    all.mean_sq += one.mean_sq;
    all.within_sq += one.within_sq;
    all.pairs += 1;
  }
  parts whole = split(&all);
  result.chance = whole.chance;
  result.uncertainty = fmax(whole.uncertainty, 0);
  result.total = whole.chance + result.uncertainty;
  if (!(whole.chance + whole.uncertainty > 0)) return result;
  double n = (double)pairs, z = fisher_z(&all), sum = 0, square = 0;
  for (size_t k = 0; k < pairs; k++) {
    sums one = pair_of(y + 2 * k, origin);
    sums rest = {all.mean - one.mean, all.mean_sq - one.mean_sq, all.within_sq - one.within_sq,
                 n - 1};
    double pseudo = n * z - (n - 1) * fisher_z(&rest);
    sum += pseudo - z;
    square += (pseudo - z) * (pseudo - z);
  }
  double shift = sum / n, error = sqrt((square - n * shift * shift) / (n - 1) / n);
  double half = fsim_t_quantile(confidence, n - 1) * error;
  fsim_interval *share = &result.uncertainty_share;
  share->estimate = result.uncertainty / result.total;
  share->low = fmax(tanh(z - half), 0);
  share->high = fmax(tanh(z + half), 0);
  share->standard_error = error * (1 - share->estimate * share->estimate);
  share->n = pairs;
  share->method = "jackknife over pairs";
  result.chance_share = *share;
  result.chance_share.estimate = 1 - share->estimate;
  result.chance_share.low = 1 - share->high;
  result.chance_share.high = 1 - share->low;
  return result;
}
