/* Weibull: S(x) = exp(-(x / scale)^shape). Canonical: scale, shape. */
#include <math.h>

#include "sim/random/family.h"
#include "sim/random/special.h"

#define LEAST_SHAPE 0.1
#define MOST_SHAPE 1e4

static const char *canonical(double shape, double scale, double *parameter) {
  if (!fsim_is_positive(shape)) return "shape must be more than 0";
  if (shape < LEAST_SHAPE) return "varies too much: shape must be at least 0.1";
  if (shape > MOST_SHAPE) return "varies too little: write a fixed value instead";
  if (!fsim_is_positive(scale)) return "scale must be more than 0";
  parameter[0] = scale;
  parameter[1] = shape;
  return NULL;
}

static const char *from_shape_scale(const double *given, double *parameter) {
  return canonical(given[0], given[1], parameter);
}

static const char *from_shape_mean(const double *given, double *parameter) {
  if (!fsim_is_positive(given[1])) return "mean must be more than 0";
  if (!fsim_is_positive(given[0])) return "shape must be more than 0";
  double scale = given[1] * fsim_exp(-fsim_log_gamma(1.0 + 1.0 / given[0]));
  return given[0] < LEAST_SHAPE ? canonical(given[0], 1.0, parameter)
                                : canonical(given[0], scale, parameter);
}

static double mean(const fsim_distribution *d) {
  return d->parameter[0] * fsim_exp(fsim_log_gamma(1.0 + 1.0 / d->parameter[1]));
}

static double variance(const fsim_distribution *d) {
  double m = mean(d), inverse = 1.0 / d->parameter[1];
  double log_ratio = fsim_log_gamma(1.0 + 2.0 * inverse) - 2.0 * fsim_log_gamma(1.0 + inverse);
  return m * m * fsim_expm1(log_ratio);
}

static double hazard(const fsim_distribution *d, double x) { /* cumulated */
  return fsim_exp(d->parameter[1] * fsim_log(x / d->parameter[0]));
}

static double cdf(const fsim_distribution *d, double x) {
  return x > 0 ? -fsim_expm1(-hazard(d, x)) : 0.0;
}

static double survival(const fsim_distribution *d, double x) {
  return x > 0 ? fsim_exp(-hazard(d, x)) : 1.0;
}

static double at_hazard(const fsim_distribution *d, double cumulated) {
  return d->parameter[0] * fsim_exp(fsim_log(cumulated) / d->parameter[1]);
}

static double quantile(const fsim_distribution *d, double p) {
  return at_hazard(d, -fsim_log1p(-p));
}

static double upper_quantile(const fsim_distribution *d, double q) {
  return at_hazard(d, -fsim_log(q));
}

static const fsim_parametrisation parametrisations[] = {
    {{"shape", "scale"}, {FSIM_PARAMETER_NUMBER, FSIM_PARAMETER_QUANTITY}, from_shape_scale},
    {{"shape", "mean"}, {FSIM_PARAMETER_NUMBER, FSIM_PARAMETER_QUANTITY}, from_shape_mean},
};

const fsim_family fsim_family_weibull = {
    .name = "weibull",
    .help =
        "shape below 1: old deals stay longer, above 1: they end soon; "
        "weibull: {shape: 0.7, scale: 30 d}",
    .parametrisations = parametrisations,
    .n_parametrisations = 2,
    .scales = {true, false},
    .mean = mean,
    .variance = variance,
    .cdf = cdf,
    .survival = survival,
    .quantile = quantile,
    .upper_quantile = upper_quantile,
    .support = fsim_support_positive,
};
