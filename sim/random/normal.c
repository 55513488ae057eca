/* Normal, for uncertain numbers. Canonical: mean, sd. */
#include <math.h>

#include "sim/random/family.h"
#include "sim/random/special.h"

static const char *from_mean_sd(const double *given, double *parameter) {
  if (!fsim_is_number(given[0])) return "mean must be a finite number";
  if (!fsim_is_positive(given[1])) return "sd must be more than 0";
  parameter[0] = given[0];
  parameter[1] = given[1];
  return NULL;
}

static double mean(const fsim_distribution *d) {
  return d->parameter[0];
}

static double variance(const fsim_distribution *d) {
  return d->parameter[1] * d->parameter[1];
}

static double cdf(const fsim_distribution *d, double x) {
  return fsim_normal_cdf((x - d->parameter[0]) / d->parameter[1]);
}

static double survival(const fsim_distribution *d, double x) {
  return fsim_normal_cdf((d->parameter[0] - x) / d->parameter[1]);
}

static double quantile(const fsim_distribution *d, double p) {
  return d->parameter[0] + d->parameter[1] * fsim_normal_quantile(p);
}

static double upper_quantile(const fsim_distribution *d, double q) {
  return d->parameter[0] - d->parameter[1] * fsim_normal_quantile(q);
}

static void support(const fsim_distribution *d, double *lowest, double *highest) {
  (void)d;
  *lowest = -INFINITY;
  *highest = INFINITY;
}

static const fsim_parametrisation parametrisations[] = {
    {{"mean", "sd"}, {FSIM_PARAMETER_QUANTITY, FSIM_PARAMETER_QUANTITY}, from_mean_sd},
};

const fsim_family fsim_family_normal = {
    .name = "normal",
    .help = "an uncertain number, either side alike; normal: {mean: 0.3, sd: 0.05}",
    .parametrisations = parametrisations,
    .n_parametrisations = 1,
    .uncertain_only = true,
    .scales = {true, true},
    .mean = mean,
    .variance = variance,
    .cdf = cdf,
    .survival = survival,
    .quantile = quantile,
    .upper_quantile = upper_quantile,
    .support = support,
};
