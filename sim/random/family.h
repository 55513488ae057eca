/* What the families' files share: their entries, and checks of parameters. Private to sim/random.
 */
#ifndef FSIM_RANDOM_FAMILY_H
#define FSIM_RANDOM_FAMILY_H

#include "sim/random/distribution.h"

extern const fsim_family fsim_family_exponential;
extern const fsim_family fsim_family_gamma;
extern const fsim_family fsim_family_erlang;
extern const fsim_family fsim_family_lognormal;
extern const fsim_family fsim_family_weibull;
extern const fsim_family fsim_family_loglogistic;
extern const fsim_family fsim_family_uniform;
extern const fsim_family fsim_family_triangular;
extern const fsim_family fsim_family_pert;
extern const fsim_family fsim_family_quantiles;
extern const fsim_family fsim_family_fixed;
extern const fsim_family fsim_family_empirical;
extern const fsim_family fsim_family_mixture;
extern const fsim_family fsim_family_beta;
extern const fsim_family fsim_family_normal;

/* Finite and more than 0. */
bool fsim_is_positive(double x);
/* Finite. */
bool fsim_is_number(double x);
/* Support of the laws on the positive half-line. */
void fsim_support_positive(const fsim_distribution *d, double *lowest, double *highest);

/* An increasing function whose inverse is wanted, as (log f(e^t), its derivative by t). */
typedef struct fsim_log_cdf {
  double value;
  double slope;
} fsim_log_cdf;
typedef fsim_log_cdf (*fsim_log_cdf_function)(const void *law, double log_x);

/* The t with log f(e^t) = target, by Newton's method on the log-log scale from `start`, kept in a
 * bracket that closes around the root. For decreasing f (a survival) as well. */
double fsim_solve_log(fsim_log_cdf_function f, const void *law, double target, double start);

/* P(a < X <= b) of the base law, accurate in both tails. */
double fsim_base_between(const fsim_distribution *d, double a, double b);
/* Mean and variance of the base law given lowest <= X <= highest, by adaptive quadrature of the
 * quantile function. */
void fsim_truncated_moments(const fsim_distribution *d, double lowest, double highest, double *mean,
                            double *variance);

#endif
