/* Exponential: S(x) = exp(-x / mean). Canonical: mean. */
#include <math.h>

#include "sim/random/family.h"
#include "sim/random/special.h"

static const char *from_mean(const double *given, double *parameter) {
  if (!fsim_is_positive(given[0])) return "mean must be more than 0";
  parameter[0] = given[0];
  return NULL;
}

static const char *from_rate(const double *given, double *parameter) {
  if (!fsim_is_positive(given[0])) return "rate must be more than 0";
  parameter[0] = 1.0 / given[0];
  return fsim_is_positive(parameter[0]) ? NULL : "rate is too small";
}

static double mean(const fsim_distribution *d) {
  return d->parameter[0];
}

static double variance(const fsim_distribution *d) {
  return d->parameter[0] * d->parameter[0];
}

static double cdf(const fsim_distribution *d, double x) {
  return x > 0 ? -fsim_expm1(-x / d->parameter[0]) : 0.0;
}

static double survival(const fsim_distribution *d, double x) {
  return x > 0 ? fsim_exp(-x / d->parameter[0]) : 1.0;
}

static double quantile(const fsim_distribution *d, double p) {
  return -d->parameter[0] * fsim_log1p(-p);
}

static double upper_quantile(const fsim_distribution *d, double q) {
  return -d->parameter[0] * fsim_log(q);
}

static const fsim_parametrisation parametrisations[] = {
    {{"mean"}, {FSIM_PARAMETER_QUANTITY}, from_mean},
    {{"rate"}, {FSIM_PARAMETER_RATE}, from_rate},
};

const fsim_family fsim_family_exponential = {
    .name = "exponential",
    .help = "no memory: the rest is as long as the whole; exponential: {mean: 5 d}",
    .parametrisations = parametrisations,
    .n_parametrisations = 2,
    .scales = {true},
    .mean = mean,
    .variance = variance,
    .cdf = cdf,
    .survival = survival,
    .quantile = quantile,
    .upper_quantile = upper_quantile,
    .support = fsim_support_positive,
};
