#include "analysis/fit/law_kinds.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

/* ---- exponential {mean} ---- */

static double exponential_log_density(double t, const double *p) {
  return -t / p[0] - log(p[0]);
}

static double exponential_survival(double t, const double *p) {
  return exp(-t / p[0]);
}

static void exponential_start(double mean_log, double sd_log, double *p) {
  p[0] = exp(mean_log + sd_log * sd_log / 2);
}

/* ---- gamma {shape, scale} ---- */

static double gamma_log_density(double t, const double *p) {
  return (p[0] - 1) * log(t / p[1]) - t / p[1] - gsl_sf_lngamma(p[0]) - log(p[1]);
}

static double gamma_survival(double t, const double *p) {
  return gsl_cdf_gamma_Q(t, p[0], p[1]);
}

static void gamma_start(double mean_log, double sd_log, double *p) {
  p[0] = 1 / fmax(sd_log * sd_log, 0.05); /* var log t is near 1 / shape */
  p[1] = exp(mean_log) / p[0] * (p[0] > 1 ? 1 : 1.8);
}

/* ---- weibull {shape, scale} ---- */

static double weibull_log_density(double t, const double *p) {
  double z = log(t / p[1]);
  return log(p[0] / p[1]) + (p[0] - 1) * z - exp(p[0] * z);
}

static double weibull_survival(double t, const double *p) {
  return exp(-pow(t / p[1], p[0]));
}

static void weibull_start(double mean_log, double sd_log, double *p) {
  p[0] = 1.2825 / fmax(sd_log, 0.05); /* sd of a Gumbel variable: pi / sqrt 6 */
  p[1] = exp(mean_log + 0.5772 / p[0]);
}

/* ---- lognormal {median, sigma} ---- */

static double lognormal_log_density(double t, const double *p) {
  double z = log(t / p[0]) / p[1];
  return -z * z / 2 - log(p[1] * t) - 0.91893853320467274178; /* log sqrt(2 pi) */
}

static double lognormal_survival(double t, const double *p) {
  return t > 0 ? gsl_cdf_ugaussian_Q(log(t / p[0]) / p[1]) : 1;
}

static void lognormal_start(double mean_log, double sd_log, double *p) {
  p[0] = exp(mean_log);
  p[1] = fmax(sd_log, 0.05);
}

/* ---- loglogistic {median, shape} ---- */

static double loglogistic_log_density(double t, const double *p) {
  double z = p[1] * log(t / p[0]);
  return log(p[1] / t) + z - 2 * (z > 0 ? z + log1p(exp(-z)) : log1p(exp(z)));
}

static double loglogistic_survival(double t, const double *p) {
  return 1 / (1 + pow(t / p[0], p[1]));
}

static void loglogistic_start(double mean_log, double sd_log, double *p) {
  p[0] = exp(mean_log);
  p[1] = 1.8138 / fmax(sd_log, 0.05); /* sd of a logistic variable: pi / sqrt 3 */
}

const fsim_law_entry fsim_law_entries[FSIM_LAW_KINDS] = {
    [FSIM_LAW_EXPONENTIAL] = {"exponential",
                              {"mean", NULL},
                              {true, false},
                              exponential_log_density,
                              exponential_survival,
                              exponential_start},
    [FSIM_LAW_GAMMA] = {"gamma",
                        {"shape", "scale"},
                        {false, true},
                        gamma_log_density,
                        gamma_survival,
                        gamma_start},
    [FSIM_LAW_WEIBULL] = {"weibull",
                          {"shape", "scale"},
                          {false, true},
                          weibull_log_density,
                          weibull_survival,
                          weibull_start},
    [FSIM_LAW_LOGNORMAL] = {"lognormal",
                            {"median", "sigma"},
                            {true, false},
                            lognormal_log_density,
                            lognormal_survival,
                            lognormal_start},
    [FSIM_LAW_LOGLOGISTIC] = {"loglogistic",
                              {"median", "shape"},
                              {true, false},
                              loglogistic_log_density,
                              loglogistic_survival,
                              loglogistic_start},
};
