#include "analysis/decide/rank.h"

#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/interval.h"
#include "sim/base/array.h"

enum { RESAMPLES = 2000 };

/* Gives 1 / RESAMPLES to the effect of the largest size in this resample, in equal parts to those
 * that are level; to none when all are 0. sizes[n] is work space. */
static void add_winner(const double *const *effects, size_t n, size_t units,
                       const uint32_t *weights, double *sizes, double *first) {
  double most = 0;
  size_t level = 0;
  for (size_t i = 0; i < n; i++) {
    double sum = 0;
    for (size_t u = 0; u < units; u++) sum += weights[u] * effects[i][u];
    sizes[i] = fabs(sum);
    most = fmax(most, sizes[i]);
  }
  if (!(most > 0)) return;
  for (size_t i = 0; i < n; i++) level += sizes[i] >= most;
  for (size_t i = 0; i < n; i++)
    if (sizes[i] >= most) first[i] += 1.0 / RESAMPLES / (double)level;
}

int fsim_rank_first(const double *const *effects, size_t n, size_t units, uint64_t seed,
                    fsim_report *report, double *first) {
  for (size_t i = 0; i < n; i++) first[i] = 0;
  if (n == 0 || units == 0) return FSIM_OK;
  uint32_t *weights = fsim_zeroed(units, sizeof *weights);
  double *sizes = fsim_zeroed(n, sizeof *sizes);
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  if (weights == NULL || sizes == NULL || rng == NULL) {
    free(weights);
    free(sizes);
    if (rng != NULL) gsl_rng_free(rng);
    return fsim_no_memory(report);
  }
  gsl_rng_set(rng, (unsigned long)(seed ^ seed >> 32));
  for (int b = 0; b < RESAMPLES; b++) {
    for (size_t u = 0; u < units; u++) weights[u] = 0;
    for (size_t u = 0; u < units; u++) weights[gsl_rng_uniform_int(rng, units)]++;
    add_winner(effects, n, units, weights, sizes, first);
  }
  gsl_rng_free(rng);
  free(weights);
  free(sizes);
  return FSIM_OK;
}

int fsim_rank_ties(const double *const *effects, size_t n, size_t units, size_t best,
                   double confidence, fsim_report *report, bool *tied) {
  if (n == 0 || units == 0) return FSIM_OK;
  double *apart = fsim_zeroed(units, sizeof *apart);
  if (apart == NULL) return fsim_no_memory(report);
  double each = 1 - (1 - confidence) / (double)(n > 1 ? n - 1 : 1);
  double sign = fsim_moments_of(effects[best], units).mean < 0 ? -1 : 1;
  for (size_t i = 0; i < n; i++) {
    double own = fsim_moments_of(effects[i], units).mean < 0 ? -1 : 1;
    for (size_t u = 0; u < units; u++) apart[u] = sign * effects[best][u] - own * effects[i][u];
    fsim_interval gap = fsim_interval_mean(apart, units, each);
    tied[i] = i == best || !(gap.low > 0);
  }
  free(apart);
  return FSIM_OK;
}
