#include "analysis/decide/difference.h"

#include <math.h>
#include <stdlib.h>

#include "sim/base/array.h"

/* The mean of a pair, or the replication itself. */
static double folded(const double *y, size_t unit, size_t of) {
  return of == 2 ? 0.5 * (y[2 * unit] + y[2 * unit + 1]) : y[unit];
}

size_t fsim_unit_values(const fsim_outputs *sample, const fsim_measure *measure, size_t m,
                        uint32_t replications, bool in_pairs, double *units) {
  const double *top = fsim_outputs_top(sample, m), *bottom = fsim_outputs_bottom(sample, m);
  size_t of = in_pairs ? 2 : 1, n = replications / of;
  double sum_top = 0, sum_bottom = 0;
  for (size_t u = 0; u < n; u++) {
    sum_top += folded(top, u, of);
    sum_bottom += folded(bottom, u, of);
  }
  for (size_t u = 0; u < n; u++) {
    double t = folded(top, u, of), b = folded(bottom, u, of);
    if (!measure->ratio) {
      units[u] = t;
      continue;
    }
    if (!(sum_bottom > 0)) return 0;
    double all = sum_top / sum_bottom;
    if (n < 2) {
      units[u] = all;
      continue;
    }
    if (!(sum_bottom - b > 0)) return 0;
    units[u] = (double)n * all - (double)(n - 1) * (sum_top - t) / (sum_bottom - b);
  }
  return n;
}

static double variance_of(const double *y, size_t n) {
  return fsim_moments_of(y, n).variance;
}

static void compare_replications(const fsim_outputs *base, const fsim_outputs *other,
                                 const fsim_measure *measure, size_t m, uint32_t n, bool in_pairs,
                                 double confidence, fsim_difference *d) {
  const double *top[] = {fsim_outputs_top(base, m), fsim_outputs_top(other, m)};
  const double *bottom[] = {fsim_outputs_bottom(base, m), fsim_outputs_bottom(other, m)};
  size_t more = 0, equal = 0, some = 0;
  for (uint32_t r = 0; r < n; r++) {
    double a = top[0][r], b = top[1][r];
    if (measure->ratio) {
      if (!(bottom[0][r] > 0) || !(bottom[1][r] > 0)) continue;
      a /= bottom[0][r];
      b /= bottom[1][r];
    }
    some++;
    more += b > a;
    equal += b == a;
  }
  d->equal = some > 0 ? (double)equal / (double)some : NAN;
  if (some > 0) d->better = fsim_share_of_runs(more, some, in_pairs, confidence);
}

/* Means of two independent sets, degrees of freedom by Satterthwaite (1946). */
static fsim_interval welch(const double *a, size_t n_a, const double *b, size_t n_b,
                           double confidence) {
  fsim_interval i = fsim_interval_none();
  if (n_a == 0 || n_b == 0) return i;
  fsim_moments of_a = fsim_moments_of(a, n_a), of_b = fsim_moments_of(b, n_b);
  i.estimate = of_b.mean - of_a.mean;
  i.n = n_a + n_b;
  i.method = "Welch";
  if (n_a < 2 || n_b < 2) return i;
  double v_a = of_a.variance / (double)n_a, v_b = of_b.variance / (double)n_b, v = v_a + v_b;
  i.standard_error = sqrt(v);
  double degrees =
      v > 0 ? v * v / (v_a * v_a / (double)(n_a - 1) + v_b * v_b / (double)(n_b - 1)) : 1;
  double half = v > 0 ? fsim_t_quantile(confidence, degrees) * i.standard_error : 0;
  i.low = i.estimate - half;
  i.high = i.estimate + half;
  return i;
}

int fsim_difference_make(const fsim_outputs *base, const fsim_measure *of_base,
                         const fsim_outputs *other, const fsim_measure *of_other, size_t m,
                         bool paired, double confidence, double simultaneous, fsim_report *report,
                         fsim_difference *difference) {
  fsim_interval none = fsim_interval_none();
  *difference = (fsim_difference){none, none, none, none, NAN, NAN, paired};
  bool in_pairs = base->uncertain || other->uncertain;
  uint32_t n_base = base->replications, n_other = other->replications;
  if (paired) n_base = n_other = n_base < n_other ? n_base : n_other;
  double *memory = fsim_zeroed((size_t)n_base + n_other, sizeof *memory);
  if (memory == NULL) return fsim_no_memory(report);
  double *a = memory, *b = memory + n_base;
  size_t units_a = fsim_unit_values(base, of_base, m, n_base, in_pairs, a);
  size_t units_b = fsim_unit_values(other, of_other, m, n_other, in_pairs, b);
  if (units_a > 0) difference->base = fsim_interval_mean(a, units_a, confidence);
  if (units_b > 0) difference->other = fsim_interval_mean(b, units_b, confidence);
  if (!paired) {
    difference->change = welch(a, units_a, b, units_b, simultaneous);
  } else if (units_a > 0 && units_b > 0) {
    double apart = variance_of(a, units_a) + variance_of(b, units_b);
    for (size_t u = 0; u < units_a; u++) b[u] -= a[u];
    difference->change = fsim_interval_mean(b, units_a, simultaneous);
    if (apart > 0) difference->variance_removed = 1 - variance_of(b, units_a) / apart;
    compare_replications(base, other, of_base, m, n_base, in_pairs, confidence, difference);
  }
  free(memory);
  return FSIM_OK;
}
