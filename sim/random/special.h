/* Elementary and special functions from + - * / and sqrt alone.
 *
 * GSL and libm may give other last bits on another machine; a trajectory may not. What lies on the
 * path from key to trajectory therefore uses these, compiled with -ffp-contract=off. The tests hold
 * them against GSL. */
#ifndef FSIM_RANDOM_SPECIAL_H
#define FSIM_RANDOM_SPECIAL_H

double fsim_log(double x);   /* normal x > 0; below 1 ulp */
double fsim_exp(double x);   /* below 2 ulp; 0 and INFINITY past the range */
double fsim_log1p(double x); /* x > -1 */
double fsim_expm1(double x);
double fsim_log_gamma(double x);                      /* x > 0 */
double fsim_normal_cdf(double z);                     /* accurate in the lower tail */
double fsim_normal_quantile(double p);                /* AS241 (Wichura 1988) */
double fsim_gamma_lower(double shape, double x);      /* regularised P(a, x) */
double fsim_gamma_upper(double shape, double x);      /* regularised Q(a, x) */
double fsim_beta_lower(double a, double b, double x); /* regularised I_x(a, b) */

#endif
