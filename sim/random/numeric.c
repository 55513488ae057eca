/* Numerical work that several families share: inverting on the log-log scale, truncated moments. */
#include <math.h>

#include "sim/random/family.h"
#include "sim/random/special.h"

/* Closer than this on the log scale, one more step of Newton's method is exact to rounding. */
#define LAST_STEP 1e-7
#define MOST_STEPS 200

double fsim_solve_log(fsim_log_cdf_function f, const void *law, double target, double start) {
  double low = -745.0, high = 709.0; /* the range of exp() */
  double t = start < low ? low : start > high ? high : start;
  for (int step = 0; step < MOST_STEPS && low < high; step++) {
    fsim_log_cdf at = f(law, t);
    double off = target - at.value;
    bool too_low = at.slope > 0 ? off > 0 : off < 0;
    if (off == 0) return t;
    if (at.slope != 0) *(too_low ? &low : &high) = t;
    double by = off / at.slope;
    double next = t + by;
    bool inside = next >= low && next <= high && at.value == at.value;
    if (inside && __builtin_fabs(by) < LAST_STEP) return next;
    if (!inside) next = 0.5 * (low + high);
    if (next == t) return t;
    t = next;
  }
  return t;
}

double fsim_base_between(const fsim_distribution *d, double a, double b) {
  const fsim_family *family = d->family;
  double below = family->cdf(d, a), above = family->survival(d, b);
  if (below > 0.5) return family->survival(d, a) - above;
  if (above > 0.5) return family->cdf(d, b) - below;
  return 1.0 - below - above;
}

typedef struct integrand {
  const fsim_distribution *law;
  bool upper; /* integrate over q = P(X > x) instead of p = P(X <= x) */
  double centre;
  int power;
} integrand;

static double value_at(const integrand *f, double v) {
  const fsim_family *family = f->law->family;
  double x = (f->upper ? family->upper_quantile : family->quantile)(f->law, v) - f->centre;
  return f->power == 1 ? x : x * x;
}

/* Gauss and Legendre's rule with 8 nodes (Abramowitz & Stegun, table 25.4). */
static double gauss_legendre(const integrand *f, double a, double b) {
  static const double node[] = {0.183434642495649805, 0.525532409916328986, 0.796666477413626740,
                                0.960289856497536232};
  static const double weight[] = {0.362683783378361983, 0.313706645877887287, 0.222381034453374471,
                                  0.101228536290376259};
  double centre = 0.5 * (a + b), half = 0.5 * (b - a), sum = 0.0;
  for (int i = 0; i < 4; i++) {
    sum +=
        weight[i] * (value_at(f, centre - half * node[i]) + value_at(f, centre + half * node[i]));
  }
  return sum * half;
}

#define DEEPEST 60
#define ROUNDING 1e-13

static double adaptive(const integrand *f, double a, double b, double whole, double scale,
                       int depth) {
  double middle = 0.5 * (a + b);
  double left = gauss_legendre(f, a, middle), right = gauss_legendre(f, middle, b);
  double off = __builtin_fabs(left + right - whole);
  if (depth >= DEEPEST || !(off > ROUNDING * (scale + __builtin_fabs(whole)))) return left + right;
  return adaptive(f, a, middle, left, scale, depth + 1) +
         adaptive(f, middle, b, right, scale, depth + 1);
}

static double integral(const integrand *f, double a, double b) {
  if (!(b > a)) return 0.0;
  double whole = gauss_legendre(f, a, b);
  return adaptive(f, a, b, whole, 0.01 * __builtin_fabs(whole), 0);
}

/* The integral of (x - centre)^power over the base law between the truncation points. */
static double moment(const fsim_distribution *d, double lowest, double highest, double centre,
                     int power) {
  const fsim_family *family = d->family;
  integrand lower = {d, false, centre, power}, upper = {d, true, centre, power};
  double p_low = family->cdf(d, lowest), p_high = family->cdf(d, highest);
  double q_low = family->survival(d, lowest), q_high = family->survival(d, highest);
  double sum = 0.0;
  if (p_low < 0.5) sum += integral(&lower, p_low, p_high < 0.5 ? p_high : 0.5);
  if (q_high < 0.5) sum += integral(&upper, q_high, q_low < 0.5 ? q_low : 0.5);
  return sum;
}

void fsim_truncated_moments(const fsim_distribution *d, double lowest, double highest, double *mean,
                            double *variance) {
  double mass = fsim_base_between(d, lowest, highest);
  *mean = moment(d, lowest, highest, 0.0, 1) / mass;
  *variance = moment(d, lowest, highest, *mean, 2) / mass;
}
