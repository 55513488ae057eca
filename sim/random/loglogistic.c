/* Log-logistic: the odds X > x are (x / median)^-shape. Canonical: median, shape. */
#include <math.h>

#include "sim/random/family.h"
#include "sim/random/special.h"

#define LEAST_SHAPE 0.1
#define MOST_SHAPE 1e4

static const char *from_median_shape(const double *given, double *parameter) {
  if (!fsim_is_positive(given[0])) return "median must be more than 0";
  if (!fsim_is_positive(given[1])) return "shape must be more than 0";
  if (given[1] < LEAST_SHAPE) return "varies too much: shape must be at least 0.1";
  if (given[1] > MOST_SHAPE) return "varies too little: write a fixed value instead";
  parameter[0] = given[0];
  parameter[1] = given[1];
  return NULL;
}

/* E X^k = median^k Gamma(1 + k/shape) Gamma(1 - k/shape), infinite from k = shape on. */
static double log_raw_moment(const fsim_distribution *d, double k) {
  double ratio = k / d->parameter[1];
  return fsim_log_gamma(1.0 + ratio) + fsim_log_gamma(1.0 - ratio);
}

static double mean(const fsim_distribution *d) {
  return d->parameter[1] > 1 ? d->parameter[0] * fsim_exp(log_raw_moment(d, 1.0)) : INFINITY;
}

static double variance(const fsim_distribution *d) {
  if (d->parameter[1] <= 2) return INFINITY;
  double m = mean(d);
  return m * m * fsim_expm1(log_raw_moment(d, 2.0) - 2.0 * log_raw_moment(d, 1.0));
}

static double odds(const fsim_distribution *d, double x) { /* of X <= x */
  return fsim_exp(d->parameter[1] * fsim_log(x / d->parameter[0]));
}

static double cdf(const fsim_distribution *d, double x) {
  return x > 0 ? 1.0 / (1.0 + 1.0 / odds(d, x)) : 0.0;
}

static double survival(const fsim_distribution *d, double x) {
  return x > 0 ? 1.0 / (1.0 + odds(d, x)) : 1.0;
}

static double quantile(const fsim_distribution *d, double p) {
  double log_odds = fsim_log(p) - fsim_log1p(-p);
  return d->parameter[0] * fsim_exp(log_odds / d->parameter[1]);
}

static double upper_quantile(const fsim_distribution *d, double q) {
  double log_odds = fsim_log1p(-q) - fsim_log(q);
  return d->parameter[0] * fsim_exp(log_odds / d->parameter[1]);
}

static const fsim_parametrisation parametrisations[] = {
    {{"median", "shape"}, {FSIM_PARAMETER_QUANTITY, FSIM_PARAMETER_NUMBER}, from_median_shape},
};

const fsim_family fsim_family_loglogistic = {
    .name = "loglogistic",
    .help =
        "a heavy tail: the odds of lasting longer fall as a power; "
        "loglogistic: {median: 9 d, shape: 2.5}",
    .parametrisations = parametrisations,
    .n_parametrisations = 1,
    .scales = {true, false},
    .mean = mean,
    .variance = variance,
    .cdf = cdf,
    .survival = survival,
    .quantile = quantile,
    .upper_quantile = upper_quantile,
    .support = fsim_support_positive,
};
