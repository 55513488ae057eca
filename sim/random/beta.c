/* Beta, and PERT, a beta law between two bounds. Canonical: a, b; for PERT min, mode, max. */
#include <math.h>

#include "sim/random/family.h"
#include "sim/random/special.h"

#define LEAST_SHAPE 1e-2
#define MOST_SHAPE 1e8
#define PERT_WEIGHT 4.0 /* of the mode (Malcolm, Roseboom, Clark & Fazar 1959) */

typedef struct beta_law {
  double a, b;
  double log_beta;
} beta_law;

static const char *canonical(double a, double b, double *parameter) {
  if (!fsim_is_positive(a) || !fsim_is_positive(b)) return "a and b must be more than 0";
  if (a < LEAST_SHAPE || b < LEAST_SHAPE) return "varies too much: a and b must be at least 0.01";
  if (a > MOST_SHAPE || b > MOST_SHAPE) return "varies too little: write a fixed value instead";
  parameter[0] = a;
  parameter[1] = b;
  return NULL;
}

static const char *from_a_b(const double *given, double *parameter) {
  return canonical(given[0], given[1], parameter);
}

static const char *from_mean_cv(const double *given, double *parameter) {
  double m = given[0], cv = given[1];
  if (!(m > 0 && m < 1)) return "mean must be between 0 and 1";
  if (!fsim_is_positive(cv)) return "cv must be more than 0";
  double size = (1.0 - m) / (m * cv * cv) - 1.0; /* a + b */
  if (!(size > 0)) return "cv is too large for this mean: it must be below sqrt(1/mean - 1)";
  return canonical(m * size, (1.0 - m) * size, parameter);
}

/* A share known from some trials: its mean is the share that was seen (Haldane's prior, so that few
 * successes are not pulled towards a half). */
static const char *from_successes_trials(const double *given, double *parameter) {
  if (!(given[0] > 0 && fsim_is_number(given[0])))
    return "successes must be more than 0; after none, say what you believe with a and b, such as "
           "{a: 0.5, b: 40.5}";
  if (!(given[1] > given[0] && fsim_is_number(given[1])))
    return "trials must be more than successes; where all succeeded, say what you believe with a "
           "and b, such as {a: 40.5, b: 0.5}";
  return canonical(given[0], given[1] - given[0], parameter);
}

static double beta_mean(const fsim_distribution *d) {
  return d->parameter[0] / (d->parameter[0] + d->parameter[1]);
}

static double shape_variance(double a, double b) {
  double n = a + b;
  return (a / n) * (b / n) / (n + 1.0);
}

static double beta_variance(const fsim_distribution *d) {
  return shape_variance(d->parameter[0], d->parameter[1]);
}

static double beta_cdf(const fsim_distribution *d, double x) {
  return fsim_beta_lower(d->parameter[0], d->parameter[1], x);
}

static double beta_survival(const fsim_distribution *d, double x) {
  return x >= 1 ? 0.0 : fsim_beta_lower(d->parameter[1], d->parameter[0], 1.0 - x);
}

static fsim_log_cdf lower_tail(const void *law, double t) {
  const beta_law *beta = law;
  double x = fsim_exp(t);
  if (x >= 1) return (fsim_log_cdf){NAN, 1.0};
  double log_p = fsim_log(fsim_beta_lower(beta->a, beta->b, x));
  double log_density = beta->a * t + (beta->b - 1.0) * fsim_log1p(-x) - beta->log_beta;
  return (fsim_log_cdf){log_p, fsim_exp(log_density - log_p)};
}

/* The x below which a beta law has probability p; meant for p up to about 1/2. */
static double lower_quantile(double a, double b, double p) {
  if (p <= 0) return 0.0;
  beta_law law = {a, b, fsim_log_gamma(a) + fsim_log_gamma(b) - fsim_log_gamma(a + b)};
  double power = (fsim_log(p) + fsim_log(a) + law.log_beta) / a; /* I_x ~ x^a / (a B(a, b)) */
  double centre = a / (a + b);
  double normal = centre + fsim_normal_quantile(p) * __builtin_sqrt(shape_variance(a, b));
  double start = normal > 0.1 * centre && a > 1 ? fsim_log(normal < 1 ? normal : centre) : power;
  if (power < -700) return fsim_exp(power);
  if (start > -1e-9) start = fsim_log(centre);
  return fsim_exp(fsim_solve_log(lower_tail, &law, fsim_log(p), start));
}

static double quantile_of(double a, double b, double p) {
  return p <= 0.5 ? lower_quantile(a, b, p) : 1.0 - lower_quantile(b, a, 1.0 - p);
}

static double beta_quantile(const fsim_distribution *d, double p) {
  return quantile_of(d->parameter[0], d->parameter[1], p);
}

static double beta_upper_quantile(const fsim_distribution *d, double q) {
  return 1.0 - quantile_of(d->parameter[1], d->parameter[0], q);
}

static void beta_support(const fsim_distribution *d, double *lowest, double *highest) {
  (void)d;
  *lowest = 0.0;
  *highest = 1.0;
}

static const fsim_parametrisation beta_parametrisations[] = {
    {{"a", "b"}, {FSIM_PARAMETER_NUMBER, FSIM_PARAMETER_NUMBER}, from_a_b},
    {{"mean", "cv"}, {FSIM_PARAMETER_NUMBER, FSIM_PARAMETER_NUMBER}, from_mean_cv},
    {{"successes", "trials"},
     {FSIM_PARAMETER_NUMBER, FSIM_PARAMETER_NUMBER},
     from_successes_trials},
};

const fsim_family fsim_family_beta = {
    .name = "beta",
    .help = "an uncertain share; beta: {successes: 6, trials: 40}",
    .parametrisations = beta_parametrisations,
    .n_parametrisations = 3,
    .uncertain_only = true,
    .mean = beta_mean,
    .variance = beta_variance,
    .cdf = beta_cdf,
    .survival = beta_survival,
    .quantile = beta_quantile,
    .upper_quantile = beta_upper_quantile,
    .support = beta_support,
};

static const char *pert_from_bounds(const double *given, double *parameter) {
  for (int i = 0; i < 3; i++) {
    if (!fsim_is_number(given[i])) return "min, mode and max must be finite";
    parameter[i] = given[i];
  }
  if (!(given[0] < given[2])) return "min must be less than max";
  return given[0] <= given[1] && given[1] <= given[2] ? NULL : "mode must be between min and max";
}

static double pert_width(const fsim_distribution *d) {
  return d->parameter[2] - d->parameter[0];
}

static double pert_a(const fsim_distribution *d) {
  return 1.0 + PERT_WEIGHT * ((d->parameter[1] - d->parameter[0]) / pert_width(d));
}

static double pert_b(const fsim_distribution *d) {
  return 1.0 + PERT_WEIGHT * ((d->parameter[2] - d->parameter[1]) / pert_width(d));
}

static double pert_mean(const fsim_distribution *d) {
  return (d->parameter[0] + PERT_WEIGHT * d->parameter[1] + d->parameter[2]) / (PERT_WEIGHT + 2.0);
}

static double pert_variance(const fsim_distribution *d) {
  return pert_width(d) * pert_width(d) * shape_variance(pert_a(d), pert_b(d));
}

static double pert_cdf(const fsim_distribution *d, double x) {
  return fsim_beta_lower(pert_a(d), pert_b(d), (x - d->parameter[0]) / pert_width(d));
}

static double pert_survival(const fsim_distribution *d, double x) {
  return fsim_beta_lower(pert_b(d), pert_a(d), (d->parameter[2] - x) / pert_width(d));
}

static double pert_quantile(const fsim_distribution *d, double p) {
  if (p > 0.5) return d->parameter[2] - pert_width(d) * lower_quantile(pert_b(d), pert_a(d), 1 - p);
  return d->parameter[0] + pert_width(d) * lower_quantile(pert_a(d), pert_b(d), p);
}

static double pert_upper_quantile(const fsim_distribution *d, double q) {
  if (q > 0.5) return d->parameter[0] + pert_width(d) * lower_quantile(pert_a(d), pert_b(d), 1 - q);
  return d->parameter[2] - pert_width(d) * lower_quantile(pert_b(d), pert_a(d), q);
}

static void pert_support(const fsim_distribution *d, double *lowest, double *highest) {
  *lowest = d->parameter[0];
  *highest = d->parameter[2];
}

static const fsim_parametrisation pert_parametrisations[] = {
    {{"min", "mode", "max"},
     {FSIM_PARAMETER_QUANTITY, FSIM_PARAMETER_QUANTITY, FSIM_PARAMETER_QUANTITY},
     pert_from_bounds},
};

const fsim_family fsim_family_pert = {
    .name = "pert",
    .help = "least, likeliest, most, extremes rare; pert: {min: 1 d, mode: 2 d, max: 9 d}",
    .parametrisations = pert_parametrisations,
    .n_parametrisations = 1,
    .scales = {true, true, true},
    .mean = pert_mean,
    .variance = pert_variance,
    .cdf = pert_cdf,
    .survival = pert_survival,
    .quantile = pert_quantile,
    .upper_quantile = pert_upper_quantile,
    .support = pert_support,
};
