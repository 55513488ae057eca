#include "analysis/ratio.h"

#include <math.h>

/* First and second moments of the means of both parts. */
typedef struct parts {
  double top, bottom;              /* means */
  double var_top, var_bottom, cov; /* of the means */
} parts;

static parts parts_of(const double *top, const double *bottom, size_t n) {
  double count = (double)n;
  parts p = {0, 0, 0, 0, 0};
  for (size_t i = 0; i < n; i++) {
    p.top += top[i];
    p.bottom += bottom[i];
  }
  p.top /= count;
  p.bottom /= count;
  if (n < 2) return p;
  for (size_t i = 0; i < n; i++) {
    double u = top[i] - p.top, v = bottom[i] - p.bottom;
    p.var_top += u * u;
    p.var_bottom += v * v;
    p.cov += u * v;
  }
  double scale = 1 / (count * (count - 1));
  p.var_top *= scale;
  p.var_bottom *= scale;
  p.cov *= scale;
  return p;
}

static void symmetric(fsim_interval *interval, double error, double confidence) {
  double half = fsim_t_quantile(confidence, (double)(interval->n - 1)) * error;
  interval->standard_error = error;
  interval->low = interval->estimate - half;
  interval->high = interval->estimate + half;
}

fsim_interval fsim_ratio_delta(const double *top, const double *bottom, size_t n,
                               double confidence) {
  fsim_interval interval = fsim_interval_none();
  if (n == 0) return interval;
  parts p = parts_of(top, bottom, n);
  if (p.bottom == 0) return interval;
  interval.n = n;
  interval.estimate = p.top / p.bottom;
  if (n < 2) return interval;
  double square = 0;
  for (size_t i = 0; i < n; i++) {
    double d = top[i] - interval.estimate * bottom[i];
    square += d * d;
  }
  double count = (double)n;
  interval.method = "ratio, delta";
  symmetric(&interval, sqrt(square / (count - 1) / count) / fabs(p.bottom), confidence);
  return interval;
}

fsim_interval fsim_ratio_jackknife(const double *top, const double *bottom, size_t n,
                                   double confidence) {
  fsim_interval interval = fsim_ratio_delta(top, bottom, n, confidence);
  if (n < 2 || isnan(interval.estimate)) return interval;
  double count = (double)n, sum_top = 0, sum_bottom = 0;
  for (size_t i = 0; i < n; i++) {
    sum_top += top[i];
    sum_bottom += bottom[i];
  }
  double ratio = sum_top / sum_bottom, sum = 0, square = 0;
  for (size_t i = 0; i < n; i++) {
    /* One unit holds everything: leaving it out leaves nothing to divide by. */
    if (sum_bottom - bottom[i] == 0) return interval;
  }
  for (size_t i = 0; i < n; i++) {
    sum += count * ratio - (count - 1) * (sum_top - top[i]) / (sum_bottom - bottom[i]);
  }
  double mean = sum / count;
  for (size_t i = 0; i < n; i++) {
    double pseudo = count * ratio - (count - 1) * (sum_top - top[i]) / (sum_bottom - bottom[i]);
    square += (pseudo - mean) * (pseudo - mean);
  }
  interval.estimate = mean;
  interval.method = "ratio, jackknife";
  symmetric(&interval, sqrt(square / (count - 1) / count), confidence);
  return interval;
}

fsim_interval fsim_ratio_fieller(const double *top, const double *bottom, size_t n,
                                 double confidence) {
  fsim_interval interval = fsim_ratio_delta(top, bottom, n, confidence);
  if (n < 2 || isnan(interval.estimate)) return interval;
  parts p = parts_of(top, bottom, n);
  double t = fsim_t_quantile(confidence, (double)(n - 1)), t2 = t * t;
  /* Roots of (top - x bottom)^2 = t^2 Var(top - x bottom). */
  double a = p.bottom * p.bottom - t2 * p.var_bottom;
  double b = p.bottom * p.top - t2 * p.cov;
  double c = p.top * p.top - t2 * p.var_top;
  double discriminant = b * b - a * c;
  interval.method = "ratio, Fieller";
  interval.low = interval.high = NAN;
  if (a > 0) {
    double root = sqrt(fmax(discriminant, 0));
    interval.low = (b - root) / a;
    interval.high = (b + root) / a;
  }
  return interval;
}

fsim_interval fsim_interval_ratio(const double *top, const double *bottom, size_t n,
                                  double confidence) {
  if (n < 2) return fsim_ratio_delta(top, bottom, n, confidence);
  parts p = parts_of(top, bottom, n);
  if (fabs(p.bottom) < FSIM_RATIO_UNSTEADY * sqrt(p.var_bottom)) {
    return fsim_ratio_fieller(top, bottom, n, confidence);
  }
  if (n < FSIM_RATIO_FEW) return fsim_ratio_jackknife(top, bottom, n, confidence);
  return fsim_ratio_delta(top, bottom, n, confidence);
}

/* units 0: the total's parts are independent. */
static fsim_interval share_none_or_all(bool all, double total, size_t units, double confidence) {
  fsim_interval rare = units > 0 ? fsim_interval_no_unit_saw(units, confidence)
                                 : fsim_interval_none_seen(total, confidence);
  if (all) {
    rare.low = 1 - fmin(rare.high, 1);
    rare.estimate = rare.high = 1;
  } else {
    rare.high = fmin(rare.high, 1);
  }
  rare.n = (size_t)total;
  return rare;
}

fsim_interval fsim_interval_share(const double *top, const double *bottom, size_t n,
                                  bool independent, double confidence) {
  double events = 0, total = 0;
  size_t units = 0;
  for (size_t i = 0; i < n; i++) {
    events += top[i];
    total += bottom[i];
    units += bottom[i] > 0 && !independent;
  }
  if (total <= 0) return fsim_interval_none();
  if (events <= 0 || events >= total)
    return share_none_or_all(events > 0, total, units, confidence);
  fsim_interval interval = fsim_interval_ratio(top, bottom, n, confidence);
  double p = events / total, variance = interval.standard_error * interval.standard_error;
  double effective = variance > 0 ? fmin(p * (1 - p) / variance, total) : total;
  if (n >= 2 && effective * fmin(p, 1 - p) < FSIM_SHARE_FEW) {
    size_t trials = effective > 1 ? (size_t)(effective + 0.5) : 1;
    interval = fsim_interval_wilson(p * (double)trials, trials, confidence);
    interval.method = "share, Wilson on the effective sample";
  }
  if (interval.low < 0) interval.low = 0; /* limits that are not known stay so */
  if (interval.high > 1) interval.high = 1;
  interval.n = (size_t)total;
  return interval;
}
