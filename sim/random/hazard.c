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

bool fsim_distribution_multiply_hazard(fsim_distribution *d, double factor) {
  const fsim_family *f = d->family;
  if (d->lowest > -INFINITY || d->highest < INFINITY) return f == &fsim_family_fixed;
  if (f == &fsim_family_exponential)
    d->parameter[0] /= factor;
  else if (f == &fsim_family_weibull)
    d->parameter[0] *= power(factor, -1 / d->parameter[1]);
  else if (f == &fsim_family_empirical)
    raise_steps(d, factor);
  else
    return f == &fsim_family_fixed;
  return true;
}
