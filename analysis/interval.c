#include "analysis/interval.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

fsim_interval fsim_interval_none(void) {
  return (fsim_interval){NAN, NAN, NAN, NAN, 0, "none"};
}

double fsim_interval_half_width(const fsim_interval *interval) {
  return 0.5 * (interval->high - interval->low);
}

double fsim_t_quantile(double confidence, double degrees) {
  return gsl_cdf_tdist_Pinv(0.5 + 0.5 * confidence, degrees);
}

fsim_moments fsim_moments_of(const double *y, size_t n) {
  fsim_moments moments = {NAN, NAN, 0};
  if (n == 0) return moments;
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += y[i];
  double count = (double)n, mean = sum / count, square = 0, cube = 0;
  for (size_t i = 0; i < n; i++) {
    double d = y[i] - mean;
    square += d * d;
    cube += d * d * d;
  }
  moments.mean = mean;
  if (n < 2) return moments;
  moments.variance = square / (count - 1);
  if (n > 2 && square > 0) {
    double mu3 = cube * count / ((count - 1) * (count - 2));
    moments.skewness = mu3 / pow(moments.variance, 1.5);
  }
  return moments;
}

/* Willink's G: inverts Johnson's modified t, made a whole cube so that it is monotone. */
static double straighten(double a, double t) {
  return (cbrt(1 + 6 * a * (t - a)) - 1) / (2 * a);
}

void fsim_interval_limits(fsim_interval *interval, double skewness, double degrees,
                          double confidence) {
  double t = fsim_t_quantile(confidence, degrees), below = t, above = -t;
  interval->method = "t";
  if (fabs(skewness) > FSIM_SKEWED) {
    double a = skewness / (6 * sqrt((double)interval->n));
    below = straighten(a, t);
    above = straighten(a, -t);
    interval->method = "skewness-corrected t";
    if (interval->n < FSIM_SKEWNESS_KNOWN) {
      below = fmax(below, t);
      above = fmin(above, -t);
      interval->method = "t or skewness-corrected t, the wider";
    }
  }
  interval->low = interval->estimate - below * interval->standard_error;
  interval->high = interval->estimate - above * interval->standard_error;
}

fsim_interval fsim_interval_mean(const double *y, size_t n, double confidence) {
  fsim_interval interval = fsim_interval_none();
  if (n == 0) return interval;
  fsim_moments moments = fsim_moments_of(y, n);
  interval.estimate = moments.mean;
  interval.n = n;
  if (n < 2) return interval;
  interval.standard_error = sqrt(moments.variance / (double)n);
  fsim_interval_limits(&interval, moments.skewness, (double)(n - 1), confidence);
  return interval;
}

fsim_interval fsim_interval_wilson(double successes, size_t trials, double confidence) {
  fsim_interval interval = fsim_interval_none();
  if (trials == 0) return interval;
  double n = (double)trials, p = successes / n;
  double z = gsl_cdf_ugaussian_Pinv(0.5 + 0.5 * confidence), z2 = z * z;
  double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  double half = z / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  interval.estimate = p;
  interval.low = successes <= 0 ? 0 : centre - half;
  interval.high = successes >= n ? 1 : centre + half;
  interval.standard_error = sqrt(p * (1 - p) / n);
  interval.n = trials;
  interval.method = "Wilson";
  return interval;
}

fsim_interval fsim_interval_none_seen(double exposure, double confidence) {
  fsim_interval interval = fsim_interval_none();
  if (!(exposure > 0)) return interval;
  interval.estimate = 0;
  interval.low = 0;
  interval.high = -log1p(-confidence) / exposure;
  interval.standard_error = 0;
  interval.n = 1;
  interval.method = "rule of three";
  return interval;
}

fsim_interval fsim_interval_no_unit_saw(size_t units, double confidence) {
  fsim_interval interval = fsim_interval_none();
  if (units == 0) return interval;
  interval.estimate = 0;
  interval.low = 0;
  interval.high = -expm1(log1p(-confidence) / (double)units);
  interval.standard_error = 0;
  interval.n = units;
  interval.method = "rule of three over units";
  return interval;
}
