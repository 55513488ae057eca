/* Fixed: always the same value. Canonical: value. */
#include <math.h>

#include "sim/random/family.h"

static const char *from_value(const double *given, double *parameter) {
  if (!fsim_is_number(given[0])) return "value must be a finite number";
  parameter[0] = given[0];
  return NULL;
}

static double value(const fsim_distribution *d) {
  return d->parameter[0];
}

static double variance(const fsim_distribution *d) {
  (void)d;
  return 0.0;
}

static double cdf(const fsim_distribution *d, double x) {
  return x >= d->parameter[0] ? 1.0 : 0.0;
}

static double survival(const fsim_distribution *d, double x) {
  return x >= d->parameter[0] ? 0.0 : 1.0;
}

static double quantile(const fsim_distribution *d, double p) {
  (void)p;
  return d->parameter[0];
}

static void support(const fsim_distribution *d, double *lowest, double *highest) {
  *lowest = *highest = d->parameter[0];
}

static const fsim_parametrisation parametrisations[] = {
    {{"value"}, {FSIM_PARAMETER_QUANTITY}, from_value},
};

const fsim_family fsim_family_fixed = {
    .name = "fixed",
    .help = "always the same; fixed: {value: 3 d}, or simply 3 d",
    .parametrisations = parametrisations,
    .n_parametrisations = 1,
    .discrete = true,
    .scales = {true},
    .mean = value,
    .variance = variance,
    .cdf = cdf,
    .survival = survival,
    .quantile = quantile,
    .upper_quantile = quantile,
    .support = support,
};
