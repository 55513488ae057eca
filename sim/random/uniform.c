/* Uniform between two bounds. Canonical: min, max. */
#include "sim/random/family.h"

static const char *from_bounds(const double *given, double *parameter) {
  if (!fsim_is_number(given[0]) || !fsim_is_number(given[1])) return "min and max must be finite";
  if (!(given[0] < given[1])) return "min must be less than max";
  parameter[0] = given[0];
  parameter[1] = given[1];
  return NULL;
}

static double width(const fsim_distribution *d) {
  return d->parameter[1] - d->parameter[0];
}

static double mean(const fsim_distribution *d) {
  return d->parameter[0] + 0.5 * width(d);
}

static double variance(const fsim_distribution *d) {
  return width(d) * width(d) / 12.0;
}

static double cdf(const fsim_distribution *d, double x) {
  if (x <= d->parameter[0]) return 0.0;
  return x >= d->parameter[1] ? 1.0 : (x - d->parameter[0]) / width(d);
}

static double survival(const fsim_distribution *d, double x) {
  if (x <= d->parameter[0]) return 1.0;
  return x >= d->parameter[1] ? 0.0 : (d->parameter[1] - x) / width(d);
}

static double quantile(const fsim_distribution *d, double p) {
  return d->parameter[0] + p * width(d);
}

static double upper_quantile(const fsim_distribution *d, double q) {
  return d->parameter[1] - q * width(d);
}

static void support(const fsim_distribution *d, double *lowest, double *highest) {
  *lowest = d->parameter[0];
  *highest = d->parameter[1];
}

static const fsim_parametrisation parametrisations[] = {
    {{"min", "max"}, {FSIM_PARAMETER_QUANTITY, FSIM_PARAMETER_QUANTITY}, from_bounds},
};

const fsim_family fsim_family_uniform = {
    .name = "uniform",
    .help = "anything between two bounds alike; uniform: {min: 1 d, max: 5 d}",
    .parametrisations = parametrisations,
    .n_parametrisations = 1,
    .scales = {true, true},
    .mean = mean,
    .variance = variance,
    .cdf = cdf,
    .survival = survival,
    .quantile = quantile,
    .upper_quantile = upper_quantile,
    .support = support,
};
