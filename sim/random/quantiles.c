/* Split lognormal through three quantiles: log X = log p50 + s Z with one s below the median and
 * another above it. Canonical: p50, s_low, s_high. */
#include <math.h>

#include "sim/random/family.h"
#include "sim/random/special.h"

#define MOST_SIGMA 6.0

static const char *from_quantiles(const double *given, double *parameter) {
  for (int i = 0; i < 3; i++) {
    if (!fsim_is_positive(given[i])) return "p10, p50 and p90 must be more than 0";
  }
  if (!(given[0] < given[1] && given[1] < given[2])) return "p10 < p50 < p90 must hold";
  double z90 = fsim_normal_quantile(0.9);
  parameter[0] = given[1];
  parameter[1] = fsim_log(given[1] / given[0]) / z90;
  parameter[2] = fsim_log(given[2] / given[1]) / z90;
  if (parameter[1] > MOST_SIGMA || parameter[2] > MOST_SIGMA) {
    return "varies too much: p10 and p90 must be within a factor of 2000 of p50";
  }
  return parameter[1] > 0 && parameter[2] > 0 ? NULL : "p10 < p50 < p90 must hold";
}

/* E X^k / p50^k: both halves of a lognormal's k-th moment. */
static double raw_moment(const fsim_distribution *d, double k) {
  double low = k * d->parameter[1], high = k * d->parameter[2];
  return fsim_exp(0.5 * low * low) * fsim_normal_cdf(-low) +
         fsim_exp(0.5 * high * high) * fsim_normal_cdf(high);
}

static double mean(const fsim_distribution *d) {
  return d->parameter[0] * raw_moment(d, 1.0);
}

static double variance(const fsim_distribution *d) {
  double first = raw_moment(d, 1.0);
  return d->parameter[0] * d->parameter[0] * (raw_moment(d, 2.0) - first * first);
}

static double deviate(const fsim_distribution *d, double x) {
  double log_ratio = fsim_log(x / d->parameter[0]);
  return log_ratio / (log_ratio < 0 ? d->parameter[1] : d->parameter[2]);
}

static double cdf(const fsim_distribution *d, double x) {
  return x > 0 ? fsim_normal_cdf(deviate(d, x)) : 0.0;
}

static double survival(const fsim_distribution *d, double x) {
  return x > 0 ? fsim_normal_cdf(-deviate(d, x)) : 1.0;
}

static double at_deviate(const fsim_distribution *d, double z) {
  return d->parameter[0] * fsim_exp((z < 0 ? d->parameter[1] : d->parameter[2]) * z);
}

static double quantile(const fsim_distribution *d, double p) {
  return at_deviate(d, fsim_normal_quantile(p));
}

static double upper_quantile(const fsim_distribution *d, double q) {
  return at_deviate(d, -fsim_normal_quantile(q));
}

static const fsim_parametrisation parametrisations[] = {
    {{"p10", "p50", "p90"},
     {FSIM_PARAMETER_QUANTITY, FSIM_PARAMETER_QUANTITY, FSIM_PARAMETER_QUANTITY},
     from_quantiles},
};

const fsim_family fsim_family_quantiles = {
    .name = "quantiles",
    .help = "three numbers read off a report; quantiles: {p10: 2 d, p50: 5 d, p90: 21 d}",
    .parametrisations = parametrisations,
    .n_parametrisations = 1,
    .scales = {true, false, false},
    .mean = mean,
    .variance = variance,
    .cdf = cdf,
    .survival = survival,
    .quantile = quantile,
    .upper_quantile = upper_quantile,
    .support = fsim_support_positive,
};
