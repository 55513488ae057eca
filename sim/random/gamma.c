/* Gamma and Erlang: density x^(shape-1) exp(-x / scale). Canonical: scale, shape. */
#include <math.h>

#include "sim/random/family.h"
#include "sim/random/special.h"

#define MOST_SHAPE 1e6 /* cv 0.001; a narrower law is a fixed number */
#define LEAST_SHAPE 1e-2

static const char *canonical(double shape, double scale, double *parameter) {
  if (shape > MOST_SHAPE) return "varies too little (cv below 0.001): write a fixed value instead";
  if (shape < LEAST_SHAPE) return "varies too much: shape must be at least 0.01 (cv at most 10)";
  if (!fsim_is_positive(scale)) return "scale must be more than 0";
  parameter[0] = scale;
  parameter[1] = shape;
  return NULL;
}

static const char *from_shape_scale(const double *given, double *parameter) {
  if (!fsim_is_positive(given[0])) return "shape must be more than 0";
  if (!fsim_is_positive(given[1])) return "scale must be more than 0";
  return canonical(given[0], given[1], parameter);
}

static const char *from_mean_cv(const double *given, double *parameter) {
  if (!fsim_is_positive(given[0])) return "mean must be more than 0";
  if (!fsim_is_positive(given[1])) return "cv must be more than 0";
  double square = given[1] * given[1];
  return canonical(1.0 / square, given[0] * square, parameter);
}

static const char *from_k_mean(const double *given, double *parameter) {
  double k = given[0];
  if (!(k >= 1 && k <= MOST_SHAPE) || k != (double)(long)k) {
    return "k must be a whole number, 1 or more (at most 1000000)";
  }
  if (!fsim_is_positive(given[1])) return "mean must be more than 0";
  return canonical(k, given[1] / k, parameter);
}

static double mean(const fsim_distribution *d) {
  return d->parameter[1] * d->parameter[0];
}

static double variance(const fsim_distribution *d) {
  return d->parameter[1] * d->parameter[0] * d->parameter[0];
}

static double cdf(const fsim_distribution *d, double x) {
  return fsim_gamma_lower(d->parameter[1], x / d->parameter[0]);
}

static double survival(const fsim_distribution *d, double x) {
  return fsim_gamma_upper(d->parameter[1], x / d->parameter[0]);
}

typedef struct gamma_law {
  double shape;
  double log_gamma; /* of shape */
} gamma_law;

static double log_density_by_log(const gamma_law *law, double t, double x) {
  return law->shape * t - x - law->log_gamma;
}

static fsim_log_cdf lower_tail(const void *law, double t) {
  const gamma_law *g = law;
  double x = fsim_exp(t), p = fsim_gamma_lower(g->shape, x);
  double log_p = fsim_log(p);
  return (fsim_log_cdf){log_p, fsim_exp(log_density_by_log(g, t, x) - log_p)};
}

static fsim_log_cdf upper_tail(const void *law, double t) {
  const gamma_law *g = law;
  double x = fsim_exp(t), q = fsim_gamma_upper(g->shape, x);
  double log_q = fsim_log(q);
  return (fsim_log_cdf){log_q, -fsim_exp(log_density_by_log(g, t, x) - log_q)};
}

/* A first guess at log x for normal deviate z (Wilson & Hilferty 1931). */
static double cube_root_guess(double shape, double z) {
  double root = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * __builtin_sqrt(shape));
  return root > 0.05 ? fsim_log(shape) + 3.0 * fsim_log(root) : -INFINITY;
}

static double quantile(const fsim_distribution *d, double p) {
  if (p <= 0) return 0.0;
  if (p > 0.5) return p < 1 ? d->family->upper_quantile(d, 1.0 - p) : INFINITY;
  gamma_law law = {d->parameter[1], fsim_log_gamma(d->parameter[1])};
  /* P(a, x) is close to x^a / Gamma(a + 1) for small x, and always below it. */
  double power = (fsim_log(p) + fsim_log_gamma(law.shape + 1.0)) / law.shape;
  double guess = cube_root_guess(law.shape, fsim_normal_quantile(p));
  double start = guess > power && power > -1.0 ? guess : power;
  if (start < -700) return d->parameter[0] * fsim_exp(power);
  return d->parameter[0] * fsim_exp(fsim_solve_log(lower_tail, &law, fsim_log(p), start));
}

static double upper_quantile(const fsim_distribution *d, double q) {
  if (q <= 0) return INFINITY;
  if (q > 0.5) return q < 1 ? quantile(d, 1.0 - q) : 0.0;
  gamma_law law = {d->parameter[1], fsim_log_gamma(d->parameter[1])};
  double guess = cube_root_guess(law.shape, -fsim_normal_quantile(q));
  /* Small shapes: the median, and even rarer values, can lie near 0, where P is a power of x. */
  double power = (fsim_log1p(-q) + fsim_log_gamma(law.shape + 1.0)) / law.shape;
  double start = guess > power ? guess : power;
  if (start < -700) return d->parameter[0] * fsim_exp(power);
  return d->parameter[0] * fsim_exp(fsim_solve_log(upper_tail, &law, fsim_log(q), start));
}

static const fsim_parametrisation gamma_parametrisations[] = {
    {{"shape", "scale"}, {FSIM_PARAMETER_NUMBER, FSIM_PARAMETER_QUANTITY}, from_shape_scale},
    {{"mean", "cv"}, {FSIM_PARAMETER_QUANTITY, FSIM_PARAMETER_NUMBER}, from_mean_cv},
};

static const fsim_parametrisation erlang_parametrisations[] = {
    {{"k", "mean"}, {FSIM_PARAMETER_NUMBER, FSIM_PARAMETER_QUANTITY}, from_k_mean},
};

const fsim_family fsim_family_gamma = {
    .name = "gamma",
    .help = "a task's time, moderately skewed; gamma: {mean: 25 min, cv: 0.7}",
    .parametrisations = gamma_parametrisations,
    .n_parametrisations = 2,
    .scales = {true, false},
    .mean = mean,
    .variance = variance,
    .cdf = cdf,
    .survival = survival,
    .quantile = quantile,
    .upper_quantile = upper_quantile,
    .support = fsim_support_positive,
};

const fsim_family fsim_family_erlang = {
    .name = "erlang",
    .help = "k exponential steps one after the other; erlang: {k: 3, mean: 6 d}",
    .parametrisations = erlang_parametrisations,
    .n_parametrisations = 1,
    .scales = {true, false},
    .mean = mean,
    .variance = variance,
    .cdf = cdf,
    .survival = survival,
    .quantile = quantile,
    .upper_quantile = upper_quantile,
    .support = fsim_support_positive,
};
