#include "analysis/control.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/ratio.h"
#include "sim/base/array.h"

/* Squares and products of the controls about their means, inverted. */
typedef struct controls {
  const double *x; /* [q][n] */
  size_t n, q;
  double mean[FSIM_MOST_CONTROLS];
  double inverse[FSIM_MOST_CONTROLS][FSIM_MOST_CONTROLS];
  bool used[FSIM_MOST_CONTROLS];
  size_t n_used;
} controls;

/* A control that keeps less than this of its variance beside the others repeats them. */
#define NEW 0.01
/* A unit that alone fixes a slope would be divided by nothing. */
#define LEAST 1e-6

/* One step of Gauss and Jordan in place: the matrix becomes its inverse (sweep operator; Goodnight,
 * American Statistician 33, 1979). */
static void sweep(controls *c, size_t k) {
  double pivot = c->inverse[k][k];
  for (size_t i = 0; i < c->q; i++) {
    for (size_t j = 0; j < c->q; j++) {
      if (i != k && j != k) c->inverse[i][j] -= c->inverse[i][k] * c->inverse[k][j] / pivot;
    }
  }
  for (size_t i = 0; i < c->q; i++) {
    if (i == k) continue;
    c->inverse[i][k] /= pivot;
    c->inverse[k][i] /= -pivot;
  }
  c->inverse[k][k] = 1 / pivot;
}

/* Of the inverse, over the controls that are used. */
static double element(const controls *c, size_t j, size_t k) {
  return c->used[j] && c->used[k] ? c->inverse[j][k] : 0;
}

static double product_about_means(const double *a, double mean_a, const double *b, double mean_b,
                                  size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += (a[i] - mean_a) * (b[i] - mean_b);
  return sum;
}

static double mean_of(const double *y, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += y[i];
  return sum / (double)n;
}

static controls prepare(const double *x, size_t n, size_t q) {
  controls c = {.x = x, .n = n, .q = q};
  double square[FSIM_MOST_CONTROLS];
  for (size_t j = 0; j < q; j++) c.mean[j] = mean_of(x + j * n, n);
  for (size_t j = 0; j < q; j++) {
    for (size_t k = 0; k < q; k++)
      c.inverse[j][k] = product_about_means(x + j * n, c.mean[j], x + k * n, c.mean[k], n);
    square[j] = c.inverse[j][j];
  }
  for (size_t j = 0; j < q; j++) {
    c.used[j] = square[j] > 0 && c.inverse[j][j] > NEW * square[j];
    if (!c.used[j]) continue;
    sweep(&c, j);
    c.n_used++;
  }
  return c;
}

/* Jackknife of the regression's constant: what each unit by itself says of the adjusted mean. Their
 * mean is free of the first-order bias that a curved dependence on the controls makes, and their
 * variance holds where the spread about the line is not even. Without unit i the constant moves by
 * g e / (1 - h), e the unit's residual, h its leverage (Sherman & Morrison 1950). */
static void pseudo_values(const controls *c, const double *y, double *pseudo) {
  double n = (double)c->n, mean = mean_of(y, c->n), adjusted = mean;
  double product[FSIM_MOST_CONTROLS], slope[FSIM_MOST_CONTROLS] = {0};
  for (size_t j = 0; j < c->q; j++)
    product[j] = product_about_means(y, mean, c->x + j * c->n, c->mean[j], c->n);
  for (size_t j = 0; j < c->q; j++) {
    for (size_t k = 0; k < c->q; k++) slope[j] += element(c, j, k) * product[k];
    adjusted -= slope[j] * c->mean[j];
  }
  for (size_t i = 0; i < c->n; i++) {
    double residual = y[i] - mean, leverage = 1 / n, g = 1 / n;
    for (size_t j = 0; j < c->q; j++) {
      double d = c->x[j * c->n + i] - c->mean[j];
      residual -= slope[j] * d;
      for (size_t k = 0; k < c->q; k++) {
        leverage += element(c, j, k) * d * (c->x[k * c->n + i] - c->mean[k]);
        g -= element(c, j, k) * d * c->mean[k];
      }
    }
    pseudo[i] = adjusted + (n - 1) * g * residual / fmax(1 - leverage, LEAST);
  }
}

static bool enough(size_t n, size_t q) {
  return q > 0 && q <= FSIM_MOST_CONTROLS && n >= FSIM_UNITS_A_CONTROL * q;
}

fsim_interval fsim_controlled_mean(const double *y, const double *x, size_t n, size_t q,
                                   double confidence) {
  fsim_interval interval = fsim_interval_none();
  double *pseudo = enough(n, q) ? fsim_zeroed(n, sizeof *pseudo) : NULL;
  if (pseudo == NULL) return interval;
  controls c = prepare(x, n, q);
  pseudo_values(&c, y, pseudo);
  fsim_moments m = fsim_moments_of(pseudo, n);
  interval.n = n;
  interval.estimate = m.mean;
  interval.standard_error = sqrt(m.variance / (double)n);
  fsim_interval_limits(&interval, m.skewness, (double)(n - c.n_used - 1), confidence);
  free(pseudo);
  return interval;
}

fsim_interval fsim_controlled_ratio(const double *top, const double *bottom, const double *x,
                                    size_t n, size_t q, double confidence) {
  fsim_interval interval = fsim_interval_none();
  bool few = !enough(n, q) || n < FSIM_RATIO_FEW;
  double *pseudo = few ? NULL : fsim_zeroed(2 * n, sizeof *pseudo);
  if (pseudo == NULL) return interval;
  double *below = pseudo + n;
  controls c = prepare(x, n, q);
  pseudo_values(&c, top, pseudo);
  pseudo_values(&c, bottom, below);
  fsim_moments m = fsim_moments_of(below, n);
  if (fabs(m.mean) > FSIM_RATIO_UNSTEADY * sqrt(m.variance / (double)n)) {
    interval.n = n;
    interval.estimate = fsim_moments_of(pseudo, n).mean / m.mean;
    for (size_t i = 0; i < n; i++) pseudo[i] -= interval.estimate * below[i];
    fsim_moments d = fsim_moments_of(pseudo, n);
    interval.standard_error = sqrt(d.variance / (double)n) / fabs(m.mean);
    fsim_interval_limits(&interval, d.skewness, (double)(n - c.n_used - 1), confidence);
  }
  free(pseudo);
  return interval;
}

double fsim_narrower_by(const fsim_interval *plain, const fsim_interval *narrowed) {
  double before = fsim_interval_half_width(plain), after = fsim_interval_half_width(narrowed);
  return before > 0 ? 1 - after / before : NAN;
}
