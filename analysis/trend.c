#include "analysis/trend.h"

#include "analysis/interval.h"

/* One false alarm in a thousand queues that do not grow. */
#define SURE 0.998
/* And it must have grown in earnest over the second half of the window. */
#define GREATER 1.5

/* Slope of y over 0 … n - 1, least squares. */
static double slope_of(const double *y, size_t n) {
  double middle = 0.5 * (double)(n - 1), top = 0, bottom = 0;
  for (size_t i = 0; i < n; i++) {
    double x = (double)i - middle;
    top += x * y[i];
    bottom += x * x;
  }
  return top / bottom;
}

static double average(const double *y, size_t from, size_t to) {
  double sum = 0;
  for (size_t i = from; i < to; i++) sum += y[i];
  return sum / (double)(to - from);
}

static bool rises(const double *weekly, size_t n, size_t weeks, size_t of, double *slopes) {
  for (size_t half = 0; half < 2; half++) {
    size_t from = half * (weeks / 2);
    for (size_t r = 0; r < n; r++) slopes[r] = slope_of(weekly + r * weeks + from, weeks / 2);
    for (size_t u = 0; of == 2 && u < n / 2; u++)
      slopes[u] = 0.5 * (slopes[2 * u] + slopes[2 * u + 1]);
    fsim_interval slope = fsim_interval_mean(slopes, n / of, SURE);
    if (!(slope.low > 0)) return false;
  }
  return true;
}

bool fsim_grows_without_end(const double *weekly, const double *mean, size_t n, size_t weeks,
                            size_t of, double *slopes) {
  if (weeks < FSIM_TREND_WEEKS || n < 2 * of || !rises(weekly, n, weeks, of, slopes)) return false;
  double early = average(mean, 0, weeks / 4), late = average(mean, weeks - weeks / 4, weeks);
  return late > GREATER * early && late > early + 1;
}
