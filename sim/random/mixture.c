/* Mixture: one of several laws, by weight. parts[] are whole laws (own shift, scale, truncation),
 * weights[] sums to 1; no canonical parameters. */
#include <math.h>

#include "sim/random/family.h"
#include "sim/random/special.h"

static double mean(const fsim_distribution *d) {
  double sum = 0.0;
  for (size_t i = 0; i < d->n; i++) sum += d->weights[i] * fsim_mean(d->parts[i]);
  return sum;
}

static double variance(const fsim_distribution *d) {
  double centre = mean(d), sum = 0.0;
  for (size_t i = 0; i < d->n; i++) {
    double off = fsim_mean(d->parts[i]) - centre;
    sum += d->weights[i] * (fsim_variance(d->parts[i]) + off * off);
  }
  return sum;
}

static double cdf(const fsim_distribution *d, double x) {
  double sum = 0.0;
  for (size_t i = 0; i < d->n; i++) sum += d->weights[i] * fsim_cdf(d->parts[i], x);
  return sum;
}

static double survival(const fsim_distribution *d, double x) {
  double sum = 0.0;
  for (size_t i = 0; i < d->n; i++) sum += d->weights[i] * fsim_survival(d->parts[i], x);
  return sum;
}

typedef double (*at_probability)(const fsim_distribution *d, double probability);

/* The parts' own quantiles enclose that of the mixture. */
static void bracket(const fsim_distribution *d, at_probability inverse, double probability,
                    double *low, double *high) {
  *low = INFINITY;
  *high = -INFINITY;
  for (size_t i = 0; i < d->n; i++) {
    double x = inverse(d->parts[i], probability);
    if (x < *low) *low = x;
    if (x > *high) *high = x;
  }
}

#define ROUNDING 4e-15 /* of a cdf, relative */

/* How far x is beyond the wanted probability, on the log scale, where tails are nearly straight;
 * never falls as x rises. */
typedef double (*excess_function)(const fsim_distribution *d, double x, double probability);

static double log_ratio(double a, double b) {
  return a > 0 ? fsim_log(a / b) : -800.0; /* below any double's logarithm */
}

static double cdf_excess(const fsim_distribution *d, double x, double p) {
  return log_ratio(cdf(d, x), p);
}

static double survival_excess(const fsim_distribution *d, double x, double q) {
  return -log_ratio(survival(d, x), q);
}

/* The smallest double in [low, high] with excess >= 0. False position with Illinois' halving
 * (Dowell & Jarratt 1971), a bisection whenever that gains too little; it ends when the excess is
 * within rounding of 0, or when low and high are neighbours, so that atoms are found exactly. */
static double first_reached(const fsim_distribution *d, excess_function excess, double probability,
                            double low, double high) {
  double weight_low = excess(d, low, probability);
  if (weight_low >= 0) return low;
  double weight_high = excess(d, high, probability);
  double width = high - low;
  int side = 0; /* which end moved last */
  for (int step = 0; step < 300; step++) {
    double middle = low + 0.5 * (high - low);
    if (!(middle > low && middle < high)) break;
    double x = high - weight_high * (high - low) / (weight_high - weight_low);
    bool slow = step % 3 == 2 && high - low > 0.125 * width;
    if (step % 3 == 2) width = high - low;
    if (slow || !(x > low && x < high)) x = middle;
    double at_x = excess(d, x, probability);
    if (__builtin_fabs(at_x) <= ROUNDING) return x;
    if (at_x >= 0) {
      high = x;
      weight_high = at_x;
      if (side > 0) weight_low *= 0.5;
      side = 1;
    } else {
      low = x;
      weight_low = at_x;
      if (side < 0) weight_high *= 0.5;
      side = -1;
    }
  }
  return high;
}

static double quantile(const fsim_distribution *d, double p) {
  double low, high;
  bracket(d, fsim_quantile, p, &low, &high);
  return low < high ? first_reached(d, cdf_excess, p, low, high) : low;
}

static double upper_quantile(const fsim_distribution *d, double q) {
  double low, high;
  bracket(d, fsim_upper_quantile, q, &low, &high);
  return low < high ? first_reached(d, survival_excess, q, low, high) : low;
}

static void support(const fsim_distribution *d, double *lowest, double *highest) {
  *lowest = INFINITY;
  *highest = -INFINITY;
  for (size_t i = 0; i < d->n; i++) {
    double low, high;
    fsim_support(d->parts[i], &low, &high);
    if (low < *lowest) *lowest = low;
    if (high > *highest) *highest = high;
  }
}

const fsim_family fsim_family_mixture = {
    .name = "mixture",
    .help =
        "several laws by weight; mixture: [{weight: 0.7, fixed: 1 d}, "
        "{weight: 0.3, exponential: {mean: 9 d}}]",
    .mean = mean,
    .variance = variance,
    .cdf = cdf,
    .survival = survival,
    .quantile = quantile,
    .upper_quantile = upper_quantile,
    .support = support,
};
