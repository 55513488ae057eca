/* Triangular: the density rises from min to mode and falls to max. Canonical: min, mode, max. */
#include "sim/random/family.h"

static const char *from_bounds(const double *given, double *parameter) {
  for (int i = 0; i < 3; i++) {
    if (!fsim_is_number(given[i])) return "min, mode and max must be finite";
    parameter[i] = given[i];
  }
  if (!(given[0] < given[2])) return "min must be less than max";
  return given[0] <= given[1] && given[1] <= given[2] ? NULL : "mode must be between min and max";
}

static double width(const fsim_distribution *d) {
  return d->parameter[2] - d->parameter[0];
}

static double rise(const fsim_distribution *d) {
  return d->parameter[1] - d->parameter[0];
}

static double fall(const fsim_distribution *d) {
  return d->parameter[2] - d->parameter[1];
}

static double mean(const fsim_distribution *d) {
  return (d->parameter[0] + d->parameter[1] + d->parameter[2]) / 3.0;
}

static double variance(const fsim_distribution *d) {
  double a = rise(d), b = fall(d);
  return (a * a + a * b + b * b) / 18.0;
}

static double rising_share(const fsim_distribution *d, double x) { /* P(X <= x), x <= mode */
  double off = x - d->parameter[0];
  return off > 0 ? off * off / (width(d) * rise(d)) : 0.0;
}

static double falling_share(const fsim_distribution *d, double x) { /* P(X > x), x >= mode */
  double off = d->parameter[2] - x;
  return off > 0 ? off * off / (width(d) * fall(d)) : 0.0;
}

static double cdf(const fsim_distribution *d, double x) {
  return x < d->parameter[1] ? rising_share(d, x) : 1.0 - falling_share(d, x);
}

static double survival(const fsim_distribution *d, double x) {
  return x < d->parameter[1] ? 1.0 - rising_share(d, x) : falling_share(d, x);
}

static double value(const fsim_distribution *d, double p, double q) {
  if (p * width(d) < rise(d)) return d->parameter[0] + __builtin_sqrt(p * width(d) * rise(d));
  return d->parameter[2] - __builtin_sqrt(q * width(d) * fall(d));
}

static double quantile(const fsim_distribution *d, double p) {
  return value(d, p, 1.0 - p);
}

static double upper_quantile(const fsim_distribution *d, double q) {
  return value(d, 1.0 - q, q);
}

static void support(const fsim_distribution *d, double *lowest, double *highest) {
  *lowest = d->parameter[0];
  *highest = d->parameter[2];
}

static const fsim_parametrisation parametrisations[] = {
    {{"min", "mode", "max"},
     {FSIM_PARAMETER_QUANTITY, FSIM_PARAMETER_QUANTITY, FSIM_PARAMETER_QUANTITY},
     from_bounds},
};

const fsim_family fsim_family_triangular = {
    .name = "triangular",
    .help = "least, likeliest, most; triangular: {min: 1 d, mode: 2 d, max: 6 d}",
    .parametrisations = parametrisations,
    .n_parametrisations = 1,
    .scales = {true, true, true},
    .mean = mean,
    .variance = variance,
    .cdf = cdf,
    .survival = survival,
    .quantile = quantile,
    .upper_quantile = upper_quantile,
    .support = support,
};
