/* Lognormal: log X is normal. Canonical: median, sigma (of the logarithm). */
#include <math.h>

#include "sim/random/family.h"
#include "sim/random/special.h"

#define MOST_SIGMA 6.0 /* a mean 65 million times the median */

static const char *canonical(double median, double sigma, double *parameter) {
  if (!fsim_is_positive(median)) return "median must be more than 0";
  if (!fsim_is_positive(sigma)) return "sigma must be more than 0";
  if (sigma > MOST_SIGMA) return "varies too much: sigma must be at most 6";
  parameter[0] = median;
  parameter[1] = sigma;
  return NULL;
}

static const char *from_mean_cv(const double *given, double *parameter) {
  if (!fsim_is_positive(given[0])) return "mean must be more than 0";
  if (!fsim_is_positive(given[1])) return "cv must be more than 0";
  double square = given[1] * given[1];
  return canonical(given[0] / __builtin_sqrt(1.0 + square), __builtin_sqrt(fsim_log1p(square)),
                   parameter);
}

static const char *from_median_sigma(const double *given, double *parameter) {
  return canonical(given[0], given[1], parameter);
}

static const char *from_median_p90(const double *given, double *parameter) {
  if (!fsim_is_positive(given[0])) return "median must be more than 0";
  if (!(fsim_is_number(given[1]) && given[1] > given[0])) return "p90 must be more than the median";
  return canonical(given[0], fsim_log(given[1] / given[0]) / fsim_normal_quantile(0.9), parameter);
}

static double mean(const fsim_distribution *d) {
  return d->parameter[0] * fsim_exp(0.5 * d->parameter[1] * d->parameter[1]);
}

static double variance(const fsim_distribution *d) {
  double m = mean(d);
  return m * m * fsim_expm1(d->parameter[1] * d->parameter[1]);
}

static double deviate(const fsim_distribution *d, double x) {
  return fsim_log(x / d->parameter[0]) / d->parameter[1];
}

static double cdf(const fsim_distribution *d, double x) {
  return x > 0 ? fsim_normal_cdf(deviate(d, x)) : 0.0;
}

static double survival(const fsim_distribution *d, double x) {
  return x > 0 ? fsim_normal_cdf(-deviate(d, x)) : 1.0;
}

static double quantile(const fsim_distribution *d, double p) {
  return d->parameter[0] * fsim_exp(d->parameter[1] * fsim_normal_quantile(p));
}

static double upper_quantile(const fsim_distribution *d, double q) {
  return d->parameter[0] * fsim_exp(-d->parameter[1] * fsim_normal_quantile(q));
}

static const fsim_parametrisation parametrisations[] = {
    {{"mean", "cv"}, {FSIM_PARAMETER_QUANTITY, FSIM_PARAMETER_NUMBER}, from_mean_cv},
    {{"median", "sigma"}, {FSIM_PARAMETER_QUANTITY, FSIM_PARAMETER_NUMBER}, from_median_sigma},
    {{"median", "p90"}, {FSIM_PARAMETER_QUANTITY, FSIM_PARAMETER_QUANTITY}, from_median_p90},
};

const fsim_family fsim_family_lognormal = {
    .name = "lognormal",
    .help = "skewed: most are quick, some very slow; lognormal: {median: 3 d, sigma: 0.9}",
    .parametrisations = parametrisations,
    .n_parametrisations = 3,
    .scales = {true, false},
    .mean = mean,
    .variance = variance,
    .cdf = cdf,
    .survival = survival,
    .quantile = quantile,
    .upper_quantile = upper_quantile,
    .support = fsim_support_positive,
};
