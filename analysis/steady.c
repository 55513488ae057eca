#include "analysis/steady.h"

#include <math.h>
#include <stdlib.h>

#include "sim/base/array.h"

enum { MSER_BATCH = 5 };

static double batch_mean(const double *series, size_t batch, size_t size) {
  double sum = 0;
  for (size_t i = 0; i < size; i++) sum += series[batch * size + i];
  return sum / (double)size;
}

/* MSER of batches d … n - 1: their squared deviations over the square of their number. */
static double mser(const double *series, size_t d, size_t n, double *mean) {
  double count = (double)(n - d), sum = 0, square = 0;
  for (size_t b = d; b < n; b++) sum += batch_mean(series, b, MSER_BATCH);
  *mean = sum / count;
  for (size_t b = d; b < n; b++) {
    double deviation = batch_mean(series, b, MSER_BATCH) - *mean;
    square += deviation * deviation;
  }
  return square / (count * count);
}

bool fsim_mser5(const double *series, size_t n, fsim_warm_up *result) {
  size_t batches = n / MSER_BATCH, best = 0;
  if (batches < 4) return false;
  for (size_t d = 0; d <= batches / 2; d++) {
    double mean, statistic = mser(series, d, batches, &mean);
    if (d == 0 || statistic < result->statistic) {
      best = d;
      result->statistic = statistic;
      result->mean = mean;
    }
  }
  result->cut = best * MSER_BATCH;
  double searched = (double)(batches / 2);
  result->too_short = (double)best > 0.75 * searched || (double)best > 0.4 * (double)batches;
  return true;
}

fsim_interval fsim_batch_means(const double *series, size_t n, size_t batches, double confidence,
                               double *lag1) {
  fsim_interval interval = fsim_interval_none();
  *lag1 = NAN;
  if (batches < 2 || n < batches) return interval;
  double *mean = fsim_zeroed(batches, sizeof *mean);
  if (mean == NULL) return interval;
  size_t size = n / batches;
  for (size_t b = 0; b < batches; b++) mean[b] = batch_mean(series, b, size);
  fsim_moments moments = fsim_moments_of(mean, batches);
  double product = 0;
  for (size_t b = 1; b < batches; b++) {
    product += (mean[b] - moments.mean) * (mean[b - 1] - moments.mean);
  }
  double count = (double)batches, error = sqrt(moments.variance / count);
  double half = fsim_t_quantile(confidence, count - 1) * error;
  if (moments.variance > 0) *lag1 = product / (moments.variance * (count - 1));
  interval = (fsim_interval){moments.mean, moments.mean - half, moments.mean + half, error,
                             batches,      "batch means"};
  free(mean);
  return interval;
}
