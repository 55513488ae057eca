#include "analysis/quantile.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

void fsim_sort(double *y, size_t n) {
  if (n > 1) qsort(y, n, sizeof *y, by_size);
}

double fsim_quantile_of(const double *sorted, size_t n, double p) {
  if (n == 0) return NAN;
  double at = p * (double)(n - 1), whole = floor(at);
  size_t i = (size_t)whole;
  if (i + 1 >= n) return sorted[n - 1];
  return sorted[i] + (at - whole) * (sorted[i + 1] - sorted[i]);
}

/* Smallest k with P(B <= k) >= target, B binomial(n, p). */
static size_t binomial_quantile(size_t n, double p, double target) {
  size_t low = 0, high = n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (gsl_cdf_binomial_P((unsigned)middle, p, (unsigned)n) >= target) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

bool fsim_quantile_ranks(size_t n, double p, double confidence, size_t *low, size_t *high,
                         double *coverage) {
  if (n == 0 || n > UINT32_MAX) return false;
  double tail = 0.5 * (1 - confidence);
  *low = binomial_quantile(n, p, tail);
  *high = binomial_quantile(n, p, 1 - tail) + 1;
  if (*low < 1 || *high > n) return false;
  *coverage = gsl_cdf_binomial_P((unsigned)(*high - 1), p, (unsigned)n) -
              gsl_cdf_binomial_P((unsigned)(*low - 1), p, (unsigned)n);
  return true;
}

size_t fsim_quantile_least(double p, double confidence) {
  size_t low, high, n = 1;
  double coverage;
  while (!fsim_quantile_ranks(n, p, confidence, &low, &high, &coverage)) n++;
  return n;
}

fsim_interval fsim_interval_quantile(const double *sorted, size_t n, double p, double confidence) {
  fsim_interval interval = fsim_interval_none();
  if (n == 0) return interval;
  size_t low, high;
  double coverage;
  interval.estimate = fsim_quantile_of(sorted, n, p);
  interval.n = n;
  if (!fsim_quantile_ranks(n, p, confidence, &low, &high, &coverage)) return interval;
  interval.low = sorted[low - 1];
  interval.high = sorted[high - 1];
  interval.method = "order statistics";
  return interval;
}

uint64_t fsim_pool_count(const fsim_pool *pool, size_t histogram) {
  const uint64_t *count = pool->count + histogram * FSIM_TIME_CLASSES;
  uint64_t total = 0;
  for (size_t c = 0; c < FSIM_TIME_CLASSES; c++) total += count[c];
  return total;
}

static double mass_of(const fsim_time_law *law, size_t class) {
  double factor = law->factor == NULL ? 1 : law->factor[law->age[class]];
  return (double)law->count[class] * factor;
}

/* The class in which the distribution function reaches `share`. */
static fsim_time_place place_of(const fsim_time_law *law, double share) {
  double need = share * law->total, sum = 0;
  fsim_time_place place = {0, 0, 0};
  for (size_t c = 0; c < FSIM_TIME_CLASSES; c++) {
    double mass = mass_of(law, c);
    if (!(mass > 0)) continue;
    place = (fsim_time_place){c, sum, (need - sum) / mass};
    if (sum + mass >= need) break;
    sum += mass;
  }
  return place;
}

double fsim_time_quantile(const fsim_time_law *law, double p, fsim_time_place *place) {
  *place = place_of(law, p);
  double from = fsim_time_class_from(place->class), to = fsim_time_class_from(place->class + 1);
  /* A class one second wide holds one value; in a wider one times lie anywhere. */
  return to - from <= 1 ? from : from + fmin(place->within, 1) * (to - from);
}

void fsim_time_limits(const fsim_time_law *law, double p, double half, fsim_interval *interval) {
  if (p - half > 0) interval->low = fsim_time_class_from(place_of(law, p - half).class);
  if (p + half < 1) {
    size_t last = place_of(law, p + half).class;
    double from = fsim_time_class_from(last), end = fsim_time_class_from(last + 1);
    interval->high = end - from <= 1 ? from : end;
  }
}

/* Variance of F at the start of a coarse class, by the delta method over units, and F itself. */
static double variance_at(const fsim_pool *pool, size_t histogram, size_t coarse, double total,
                          double *share) {
  *share = 1;
  if (coarse >= FSIM_COARSE_CLASSES) return 0;
  const uint64_t *count = pool->count + histogram * FSIM_TIME_CLASSES;
  double below = 0, units = (double)pool->units;
  for (size_t c = 0; c < coarse * FSIM_COARSE; c++) below += (double)count[c];
  double f = below / total;
  size_t at = histogram * FSIM_COARSE_CLASSES + coarse;
  double square = fsim_sum128_value(pool->below_sq[at]) -
                  2 * f * fsim_sum128_value(pool->below_n[at]) +
                  f * f * fsim_sum128_value(pool->n_sq[histogram]);
  *share = f;
  return fmax(square, 0) * units / (units - 1) / (total * total);
}

/* Between the two coarse classes around it, where the sums are kept. */
double fsim_pooled_error(const fsim_pool *pool, size_t histogram, size_t class, double p) {
  double f0, f1, total = (double)fsim_pool_count(pool, histogram);
  double v0 = variance_at(pool, histogram, class / FSIM_COARSE, total, &f0);
  double v1 = variance_at(pool, histogram, class / FSIM_COARSE + 1, total, &f1);
  double w = f1 > f0 ? (p - f0) / (f1 - f0) : 0.5;
  w = fmin(fmax(w, 0), 1);
  double v = (1 - w) * v0 + w * v1;
  /* Where the whole sample lies in one coarse class the ends carry no variance: fall back on that
   * of independent times, which the class cannot resolve further. */
  if (f0 <= 0 && f1 >= 1) v = p * (1 - p) / total;
  return sqrt(v);
}

fsim_interval fsim_interval_pooled(const fsim_pool *pool, size_t histogram, double p,
                                   double confidence) {
  fsim_interval interval = fsim_interval_none();
  fsim_time_law law = {pool->count + histogram * FSIM_TIME_CLASSES, NULL, NULL,
                       (double)fsim_pool_count(pool, histogram)};
  fsim_time_place place;
  if (law.total <= 0) return interval;
  interval.estimate = fsim_time_quantile(&law, p, &place);
  interval.n = (size_t)law.total;
  if (pool->units < 2) return interval;
  double error = fsim_pooled_error(pool, histogram, place.class, p);
  interval.method = "Woodruff";
  fsim_time_limits(&law, p, fsim_t_quantile(confidence, (double)(pool->units - 1)) * error,
                   &interval);
  return interval;
}
