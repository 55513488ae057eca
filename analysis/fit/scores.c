#include "analysis/fit/scores.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

static double mean_distance(const double *sorted, size_t n, double seen) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += fabs(sorted[i] - seen);
  return sum / (double)n;
}

/* Sum over all pairs i < j of x_j - x_i, from the order of the values. */
static double pair_distances(const double *sorted, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += (2.0 * (double)i + 1 - (double)n) * sorted[i];
  return sum;
}

double fsim_crps(const double *sorted, size_t n, double seen) {
  double m = (double)n;
  return mean_distance(sorted, n, seen) - pair_distances(sorted, n) / (m * m);
}

double fsim_crps_fair(const double *sorted, size_t n, double seen) {
  double m = (double)n;
  return mean_distance(sorted, n, seen) - pair_distances(sorted, n) / (m * (m - 1));
}

double fsim_mid_pit(const double *sorted, size_t n, double seen) {
  double below = 0;
  for (size_t i = 0; i < n; i++) below += sorted[i] < seen ? 1 : sorted[i] > seen ? 0 : 0.5;
  return below / (double)n;
}

bool fsim_covers(const double *sorted, size_t n, double level, double seen) {
  double low = gsl_stats_quantile_from_sorted_data(sorted, 1, n, (1 - level) / 2);
  double high = gsl_stats_quantile_from_sorted_data(sorted, 1, n, (1 + level) / 2);
  return low <= seen && seen <= high;
}

double fsim_interval_score(const double *sorted, size_t n, double level, double seen) {
  double low = gsl_stats_quantile_from_sorted_data(sorted, 1, n, (1 - level) / 2);
  double high = gsl_stats_quantile_from_sorted_data(sorted, 1, n, (1 + level) / 2);
  double outside = seen < low ? low - seen : seen > high ? seen - high : 0;
  return high - low + 2 / (1 - level) * outside;
}

void fsim_diebold_mariano(const double *loss_a, const double *loss_b, size_t n, size_t lags,
                          double *difference, double *error) {
  double mean = 0;
  for (size_t i = 0; i < n; i++) mean += (loss_a[i] - loss_b[i]) / (double)n;
  *difference = mean;
  *error = NAN;
  if (n < 3) return;
  if (lags > n - 2) lags = n - 2;
  double variance = 0;
  for (size_t lag = 0; lag <= lags; lag++) {
    double sum = 0, weight = lag == 0 ? 1 : 2 * (1 - (double)lag / (double)(lags + 1));
    for (size_t i = lag; i < n; i++)
      sum += (loss_a[i] - loss_b[i] - mean) * (loss_a[i - lag] - loss_b[i - lag] - mean);
    variance += weight * sum / (double)n;
  }
  double m = (double)n, h = (double)lags + 1;
  double few = (m + 1 - 2 * h + h * (h - 1) / m) / m;
  if (few < 1 / m) few = 1 / m;
  *error = sqrt(fmax(variance, 0) / m / few);
}

void fsim_share_limits(double k, double n, double confidence, double *low, double *high) {
  double tail = (1 - confidence) / 2;
  *low = k > 0 ? gsl_cdf_beta_Pinv(tail, k, n - k + 1) : 0;
  *high = k < n ? gsl_cdf_beta_Qinv(tail, k + 1, n - k) : 1;
  /* Of many thousands GSL's inverse may not converge; limits by the score are the same there to all
   * digits that are told (Wilson, JASA 22, 1927). */
  const double z = gsl_cdf_ugaussian_Qinv(tail), p = k / n, shrink = 1 + z * z / n;
  const double middle = (p + z * z / (2 * n)) / shrink;
  const double half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / shrink;
  if (!isfinite(*low)) *low = middle - half;
  if (!isfinite(*high)) *high = middle + half;
}
