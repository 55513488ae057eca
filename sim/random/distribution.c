/* The whole law: X = shift + scale * base, then given lowest <= X <= highest. The base laws are in
 * the families' files, what is owned in distribution_new.c. */
#include "sim/random/distribution.h"

#include <math.h>
#include <string.h>

#include "sim/random/family.h"

const fsim_family *const fsim_families[] = {
    &fsim_family_fixed,       &fsim_family_exponential, &fsim_family_gamma,
    &fsim_family_erlang,      &fsim_family_lognormal,   &fsim_family_weibull,
    &fsim_family_loglogistic, &fsim_family_uniform,     &fsim_family_triangular,
    &fsim_family_pert,        &fsim_family_quantiles,   &fsim_family_empirical,
    &fsim_family_mixture,     &fsim_family_beta,        &fsim_family_normal,
};
const size_t fsim_n_families = sizeof fsim_families / sizeof fsim_families[0];

const fsim_family *fsim_family_find(const char *name) {
  for (size_t i = 0; i < fsim_n_families; i++) {
    if (strcmp(fsim_families[i]->name, name) == 0) return fsim_families[i];
  }
  return NULL;
}

bool fsim_is_number(double x) {
  return x - x == 0;
}

bool fsim_is_positive(double x) {
  return x > 0 && fsim_is_number(x);
}

void fsim_support_positive(const fsim_distribution *d, double *lowest, double *highest) {
  (void)d;
  *lowest = 0.0;
  *highest = INFINITY;
}

static bool truncated(const fsim_distribution *d) {
  return d->lowest > -INFINITY || d->highest < INFINITY;
}

static double to_base(const fsim_distribution *d, double x) {
  return (x - d->shift) / d->scale;
}

static double from_base(const fsim_distribution *d, double x) {
  double value = d->shift + d->scale * x;
  return value < d->lowest ? d->lowest : value > d->highest ? d->highest : value;
}

double fsim_mean(const fsim_distribution *d) {
  if (!truncated(d)) return d->shift + d->scale * d->family->mean(d);
  double mean, variance;
  fsim_truncated_moments(d, to_base(d, d->lowest), to_base(d, d->highest), &mean, &variance);
  return d->shift + d->scale * mean;
}

double fsim_variance(const fsim_distribution *d) {
  double mean, variance;
  if (truncated(d)) {
    fsim_truncated_moments(d, to_base(d, d->lowest), to_base(d, d->highest), &mean, &variance);
  } else {
    variance = d->family->variance(d);
  }
  return d->scale * d->scale * variance;
}

double fsim_cdf(const fsim_distribution *d, double x) {
  if (!truncated(d)) return d->family->cdf(d, to_base(d, x));
  if (x < d->lowest) return 0.0;
  if (x >= d->highest) return 1.0;
  double low = to_base(d, d->lowest);
  return fsim_base_between(d, low, to_base(d, x)) /
         fsim_base_between(d, low, to_base(d, d->highest));
}

double fsim_survival(const fsim_distribution *d, double x) {
  if (!truncated(d)) return d->family->survival(d, to_base(d, x));
  if (x < d->lowest) return 1.0;
  if (x >= d->highest) return 0.0;
  double high = to_base(d, d->highest);
  return fsim_base_between(d, to_base(d, x), high) /
         fsim_base_between(d, to_base(d, d->lowest), high);
}

/* Where a truncated law's `part` of probability from below (of `rest` = 1 - part from above) lies:
 * counted from whichever tail of the base law is nearer, so that nothing cancels. */
static double truncated_value(const fsim_distribution *d, double part, double rest) {
  const fsim_family *family = d->family;
  double low = to_base(d, d->lowest), high = to_base(d, d->highest);
  double mass = fsim_base_between(d, low, high);
  double p = family->cdf(d, low) + part * mass;
  double base = p < 0.5 ? family->quantile(d, p)
                        : family->upper_quantile(d, family->survival(d, high) + rest * mass);
  return from_base(d, base);
}

double fsim_quantile(const fsim_distribution *d, double p) {
  if (p <= 0 || p >= 1) {
    double lowest, highest;
    fsim_support(d, &lowest, &highest);
    return p <= 0 ? lowest : highest;
  }
  if (truncated(d)) return truncated_value(d, p, 1.0 - p);
  return from_base(d, d->family->quantile(d, p));
}

double fsim_upper_quantile(const fsim_distribution *d, double q) {
  if (q <= 0 || q >= 1) return fsim_quantile(d, q <= 0 ? 1.0 : 0.0);
  if (truncated(d)) return truncated_value(d, 1.0 - q, q);
  return from_base(d, d->family->upper_quantile(d, q));
}

void fsim_support(const fsim_distribution *d, double *lowest, double *highest) {
  d->family->support(d, lowest, highest);
  *lowest = from_base(d, *lowest);
  *highest = from_base(d, *highest);
}

double fsim_draw(const fsim_distribution *d, double u) {
  return u < 0.5 ? fsim_quantile(d, u) : fsim_upper_quantile(d, 1.0 - u);
}

void fsim_distribution_scale(fsim_distribution *d, double factor) {
  d->shift *= factor;
  d->scale *= factor;
  d->lowest *= factor;
  d->highest *= factor;
}

void fsim_distribution_shift(fsim_distribution *d, double by) {
  d->shift += by;
  d->lowest += by;
  d->highest += by;
}
