#include "analysis/fit/sampling_error.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_roots.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>

#include "analysis/fit/law_kinds.h"

/* Below this the odds of ringing hardly move rates: time is stretched instead. */
#define LEAST_NEVER 0.25
/* A law whose location is known less well, a part of a mixture mostly beyond what was seen, has no
 * normal error: the curvature at its maximum says nothing. A factor of e either way is left. */
#define MOST_LAW_ERROR 1.0

double fsim_rate_error(double ends) {
  return sqrt(gsl_sf_psi_1(ends + 0.5));
}

/* Ends by the exit to come in piece p, of the deals that are there, all as if at its beginning. */
static double coming(const fsim_hazard *h, size_t p, size_t exit, double *left) {
  double all = 0;
  for (size_t x = 0; x < h->n_exits; x++) all += h->rate[p * h->n_exits + x];
  if (all <= 0) return 0;
  const double leave = -*left * expm1(-all * h->length[p]);
  *left -= leave;
  return leave * h->rate[p * h->n_exits + exit] / all;
}

double fsim_effective_ends(const fsim_hazard *h, const fsim_stage_stays *stays, size_t exit) {
  double ends = 0, total = 0, squares = 0;
  for (size_t p = 0; p < h->n_pieces; p++) ends += h->ends[p * h->n_exits + exit];
  double left = 0;
  for (size_t p = 0; p < h->n_pieces; p++) {
    for (size_t i = 0; i < stays->n; i++) {
      const fsim_dated_stay *stay = &stays->stay[i];
      const double age = fsim_stay_age(stays, stay, stay->to);
      left += fsim_stay_is_open(stays, stay) && age >= h->from[p] && age < h->from[p + 1];
    }
    const double come = coming(h, p, exit, &left), own = h->ends[p * h->n_exits + exit];
    total += come;
    if (own > 0) squares += come * come / own;
  }
  return squares > 0 ? fmin(ends, total * total / squares) : ends;
}

fsim_clock_error fsim_clock_error_of(double ends, double never, double odds_sigma,
                                     double pace_sigma) {
  const double own = fsim_rate_error(ends), by_odds = fmin(never / LEAST_NEVER, 1);
  return (fsim_clock_error){hypot(odds_sigma, own / fmax(never, LEAST_NEVER)),
                            hypot(pace_sigma, own * sqrt(1 - by_odds * by_odds))};
}

/* ---- doubt that leaves the mean where it is ---- */

typedef struct doubt {
  double share, sigma; /* that rings; of the logarithm of the odds */
} doubt;

/* The mean share that rings less the one that is wanted, at the logarithm of a median weight. The
 * trapezoidal rule, whose error is below 1e-12 for a normal law cut at seven deviations (Trefethen
 * & Weideman, SIAM Review 56, 2014), as long as the share is smooth at its step. */
static double surplus(double log_median, void *context) {
  const doubt *d = context;
  const int steps = 200;
  const double width = 14.0 / steps;
  double mean = 0, all = 0;
  for (int i = 0; i <= steps; i++) {
    const double z = -7 + width * i, weight = gsl_ran_ugaussian_pdf(z);
    mean += weight * d->share / (d->share + exp(log_median + d->sigma * z));
    all += weight;
  }
  return mean / all - d->share;
}

double fsim_median_never(double never, double sigma) {
  if (!(sigma > 0) || !(never > 0) || never >= 1) return never;
  doubt d = {1 - never, sigma};
  gsl_function f = {surplus, &d};
  gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
  if (solver == NULL) return NAN;
  /* Odds off by a factor of more than exp(sigma^2) would overshoot either way. */
  const double reach = sigma * sigma + 1e-6;
  int failed = gsl_root_fsolver_set(solver, &f, log(never) - reach, log(never) + reach);
  for (int i = 0; i < 100 && !failed; i++) {
    failed = gsl_root_fsolver_iterate(solver);
    if (gsl_root_test_interval(gsl_root_fsolver_x_lower(solver), gsl_root_fsolver_x_upper(solver),
                               1e-9, 0) == GSL_SUCCESS)
      break;
  }
  const double median = exp(gsl_root_fsolver_root(solver));
  gsl_root_fsolver_free(solver);
  return failed ? never : median;
}

/* ---- laws ---- */

/* Where the parameters of an exit begin in theta. */
static size_t first_parameter(const fsim_stage_fit *fit, size_t exit) {
  size_t at = fit->n_exits - 1 + (fit->never > 0);
  for (size_t x = 0; x <= exit; x++) {
    const fsim_exit_law *law = &fit->exit[x];
    at += law->n_parts > 1;
    for (size_t k = 0; k < law->n_parts && x < exit; k++)
      at += fsim_law_parameters(law->part[k].kind);
  }
  return at;
}

/* Derivatives of a part's log location by its log parameters, in their order. */
static void location_slopes(fsim_law_kind kind, double slope[2]) {
  slope[0] = kind != FSIM_LAW_WEIBULL;
  slope[1] = kind == FSIM_LAW_GAMMA || kind == FSIM_LAW_WEIBULL;
}

double fsim_law_error(const fsim_stage_fit *fit, size_t exit) {
  const fsim_exit_law *law = &fit->exit[exit];
  const size_t first = first_parameter(fit, exit), two = law->n_parts > 1;
  double slope[1 + 2 * FSIM_MOST_LAW_PARTS] = {0}, variance = 0;
  size_t n = 0;
  if (two)
    slope[n++] = law->part[0].weight * law->part[1].weight *
                 log(law->part[0].parameter[0] / law->part[1].parameter[0]);
  for (size_t k = 0; k < law->n_parts; k++) {
    double own[2];
    location_slopes(law->part[k].kind, own);
    slope[n++] = law->part[k].weight * own[0];
    if (fsim_law_parameters(law->part[k].kind) > 1) slope[n++] = law->part[k].weight * own[1];
  }
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < n; j++)
      variance += slope[i] * slope[j] *
                  fit->covariance[(first - two + i) * fit->n_theta + (first - two + j)];
  }
  return isfinite(variance) && variance > 0 ? fmin(sqrt(variance), MOST_LAW_ERROR) : 0;
}

double fsim_swing_error(const fsim_week_swing *swing) {
  return swing->n_weeks > 0 ? swing->cv / sqrt((double)swing->n_weeks) : 0;
}
