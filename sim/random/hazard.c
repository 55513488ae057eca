/* Proportional hazards: a law whose rate of ending is multiplied at every age (Cox, JRSS B 34,
 * 1972), so that its survival function is raised to that power. */
#include <math.h>

#include "sim/random/family.h"
#include "sim/random/special.h"

static double power(double base, double exponent) {
  return base > 0 ? fsim_exp(exponent * fsim_log(base)) : 0;
}

/* Of discrete values the survival after each is raised. */
static void raise_steps(fsim_distribution *d, double factor) {
  double left = 1, open = 1;
  for (size_t i = 0; i + 1 < d->n; i++) {
    left -= d->weights[i];
    const double raised = power(left, factor), after = raised < open ? raised : open;
    d->weights[i] = open - after;
    open = after;
  }
  d->weights[d->n - 1] = open;
}

/* Without end or at once: no draw knows such times. */
static bool set_mean_or_scale(fsim_distribution *d, double by) {
  const double now = d->parameter[0] * by;
  if (!isfinite(now) || now <= 0) return false;
  d->parameter[0] = now;
  return true;
}

bool fsim_distribution_multiply_hazard(fsim_distribution *d, double factor) {
  const fsim_family *f = d->family;
  if (!(factor > 0)) return false;
  if (f == &fsim_family_fixed) return true;
  if (d->lowest > -INFINITY || d->highest < INFINITY) return false;
  if (f == &fsim_family_exponential) return set_mean_or_scale(d, 1 / factor);
  if (f == &fsim_family_weibull) return set_mean_or_scale(d, power(factor, -1 / d->parameter[1]));
  if (f != &fsim_family_empirical) return false;
  raise_steps(d, factor);
  return true;
}
