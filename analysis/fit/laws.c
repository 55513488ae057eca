#include "analysis/fit/laws.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_multimin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/law_kinds.h"
#include "analysis/fit/likelihood.h"
#include "analysis/fit/survival.h"
#include "sim/base/array.h"

#define MOST_STEPS 500
#define STARTS 3

void fsim_stage_fit_free(fsim_stage_fit *fit) {
  if (fit == NULL) return;
  free(fit->exit);
  free(fit->theta);
  free(fit->covariance);
  free(fit);
}

/* ---- maximisation ---- */

static double minus(const gsl_vector *theta, void *model) {
  return -fsim_log_likelihood(model, theta->data);
}

/* Central differences: parameters are on scales where a step of 1e-5 is small. */
static void slope(const gsl_vector *theta, void *model, gsl_vector *gradient) {
  double x[FSIM_MOST_THETA];
  memcpy(x, theta->data, theta->size * sizeof *x);
  for (size_t i = 0; i < theta->size; i++) {
    const double step = 1e-5, at = x[i];
    x[i] = at + step;
    double up = -fsim_log_likelihood(model, x);
    x[i] = at - step;
    double down = -fsim_log_likelihood(model, x);
    x[i] = at;
    gsl_vector_set(gradient, i, (up - down) / (2 * step));
  }
}

static void both(const gsl_vector *theta, void *model, double *value, gsl_vector *gradient) {
  *value = minus(theta, model);
  slope(theta, model, gradient);
}

/* *steep: it stopped where the slope is not flat. */
static int climb_by_gradient(fsim_law_model *m, double *theta, fsim_report *report, bool *steep) {
  gsl_multimin_fdfminimizer *s =
      gsl_multimin_fdfminimizer_alloc(gsl_multimin_fdfminimizer_vector_bfgs2, m->n_theta);
  if (s == NULL) return fsim_no_memory(report);
  gsl_multimin_function_fdf f = {minus, slope, both, m->n_theta, m};
  gsl_vector_view x = gsl_vector_view_array(theta, m->n_theta);
  gsl_multimin_fdfminimizer_set(s, &f, &x.vector, 0.1, 0.1);
  for (int i = 0; i < MOST_STEPS; i++) {
    if (gsl_multimin_fdfminimizer_iterate(s) != 0) break;
    if (gsl_blas_dnrm2(gsl_multimin_fdfminimizer_gradient(s)) < 1e-6) break;
  }
  *steep = gsl_blas_dnrm2(gsl_multimin_fdfminimizer_gradient(s)) > 1e-4;
  if (gsl_multimin_fdfminimizer_minimum(s) < minus(&x.vector, m))
    gsl_vector_memcpy(&x.vector, gsl_multimin_fdfminimizer_x(s));
  gsl_multimin_fdfminimizer_free(s);
  return FSIM_OK;
}

static int climb_by_simplex(fsim_law_model *m, double *theta, double size, fsim_report *report) {
  gsl_multimin_fminimizer *s =
      gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, m->n_theta);
  gsl_vector *step = gsl_vector_alloc(m->n_theta);
  int status = s == NULL || step == NULL ? fsim_no_memory(report) : FSIM_OK;
  if (status == FSIM_OK) {
    gsl_multimin_function f = {minus, m->n_theta, m};
    gsl_vector_view x = gsl_vector_view_array(theta, m->n_theta);
    gsl_vector_set_all(step, size);
    gsl_multimin_fminimizer_set(s, &f, &x.vector, step);
    for (int i = 0; i < 200 * (int)m->n_theta; i++) {
      if (gsl_multimin_fminimizer_iterate(s) != 0) break;
      if (gsl_multimin_fminimizer_size(s) < 1e-7) break;
    }
    if (gsl_multimin_fminimizer_minimum(s) < minus(&x.vector, m))
      gsl_vector_memcpy(&x.vector, gsl_multimin_fminimizer_x(s));
  }
  if (s != NULL) gsl_multimin_fminimizer_free(s);
  gsl_vector_free(step);
  return status;
}

/* ---- where to start ---- */

/* Mean and spread of the logarithms of the ages at which stays ended by an exit. */
static bool log_moments(const fsim_grouped *g, size_t exit, double *mean, double *sd) {
  double n = 0, sum = 0, squares = 0;
  for (size_t i = 0; i < g->n; i++) {
    if (g->stay[i].exit != (int32_t)exit) continue;
    double w = (double)g->stay[i].weight;
    double x = log(fmax(g->stay[i].to + g->resolution / 2, g->zero_resolution / 2));
    n += w;
    sum += w * x;
    squares += w * x * x;
  }
  if (n <= 0) return false;
  *mean = sum / n;
  *sd = sqrt(fmax(squares / n - *mean * *mean, 0.04));
  return true;
}

static double ends_by(const fsim_grouped *g, size_t exit) {
  double n = 0;
  for (size_t i = 0; i < g->n; i++) {
    if (g->stay[i].exit == (int32_t)exit) n += (double)g->stay[i].weight;
  }
  return n;
}

/* The first start takes what was seen as it is; the others know that slow ends are missing. */
static bool set_start(const fsim_law_model *m, int start, double *theta) {
  const fsim_grouped *g = m->data;
  const double slower = start == 0 ? 0 : start == 1 ? 0.5 : 1.2;
  const double open = fmax(g->n_stays - g->n_ends, 1);
  double *at = theta;
  for (size_t k = 1; k < g->n_exits; k++) *at++ = log(ends_by(g, k) / ends_by(g, 0));
  if (m->may_never) *at++ = log(open / ends_by(g, 0)) - slower;
  for (size_t k = 0; k < g->n_exits; k++) {
    double mean, sd;
    if (!log_moments(g, k, &mean, &sd)) return false;
    const size_t parts = m->spec[k].n_parts;
    if (parts > 1) *at++ = 0;
    for (size_t i = 0; i < parts; i++) {
      double parameter[2] = {1, 1};
      double shift = parts > 1 ? (i == 0 ? -sd : sd) : 0;
      fsim_law_entries[m->spec[k].kind[i]].start(mean + slower + shift, sd * (parts > 1 ? 0.6 : 1),
                                                 parameter);
      for (size_t p = 0; p < fsim_law_parameters(m->spec[k].kind[i]); p++)
        *at++ = log(parameter[p]);
    }
  }
  return true;
}

/* ---- what is known of the maximum ---- */

/* Inverse of minus the second differences of the log-likelihood. */
static int set_covariance(fsim_law_model *m, fsim_stage_fit *fit, fsim_report *report) {
  const size_t n = m->n_theta;
  gsl_matrix *information = gsl_matrix_alloc(n, n);
  if (information == NULL) return fsim_no_memory(report);
  double x[FSIM_MOST_THETA];
  memcpy(x, fit->theta, n * sizeof *x);
  const double step = 1e-3;
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j <= i; j++) {
      double sum = 0;
      for (int corner = 0; corner < 4; corner++) {
        int a = corner & 1 ? 1 : -1, b = corner & 2 ? 1 : -1;
        x[i] += a * step;
        x[j] += b * step;
        sum -= a * b * fsim_log_likelihood(m, x);
        x[i] = fit->theta[i];
        x[j] = fit->theta[j];
      }
      gsl_matrix_set(information, i, j, sum / (4 * step * step));
      gsl_matrix_set(information, j, i, sum / (4 * step * step));
    }
  }
  bool good =
      gsl_linalg_cholesky_decomp1(information) == 0 && gsl_linalg_cholesky_invert(information) == 0;
  for (size_t i = 0; i < n * n; i++)
    fit->covariance[i] = good ? gsl_matrix_get(information, i / n, i % n) : NAN;
  gsl_matrix_free(information);
  return FSIM_OK;
}

/* Ages back in the unit of the stays: theta of times moves by log unit. */
static void to_unit_of_stays(const fsim_law_model *m, fsim_stage_fit *fit) {
  const double by = log(m->data->unit);
  size_t at = m->data->n_exits - 1 + m->may_never;
  for (size_t k = 0; k < m->data->n_exits; k++) {
    at += m->spec[k].n_parts - 1;
    for (size_t i = 0; i < m->spec[k].n_parts; i++) {
      const fsim_law_entry *entry = &fsim_law_entries[m->spec[k].kind[i]];
      for (size_t p = 0; p < fsim_law_parameters(m->spec[k].kind[i]); p++, at++) {
        if (!entry->is_time[p]) continue;
        fit->theta[at] += by;
        fit->exit[k].part[i].parameter[p] *= m->data->unit;
      }
    }
  }
}

static int describe(fsim_law_model *m, fsim_stage_fit *fit, fsim_report *report) {
  const fsim_grouped *g = m->data;
  fsim_laws_from_theta(m, fit->theta, fit->exit, &fit->never);
  fit->log_likelihood = fsim_log_likelihood(m, fit->theta);
  fit->aic = 2 * (double)m->n_theta - 2 * fit->log_likelihood;
  fit->bic = (double)m->n_theta * log(g->n_stays) - 2 * fit->log_likelihood;
  fit->bic_events = (double)m->n_theta * log(g->n_ends) - 2 * fit->log_likelihood;
  double unfinished = 0;
  for (size_t k = 0; k < g->n_exits; k++)
    unfinished += fit->exit[k].share * fsim_exit_survival(&fit->exit[k], g->longest);
  fit->share_identified = unfinished < 0.05;
  int status = set_covariance(m, fit, report);
  to_unit_of_stays(m, fit);
  return status;
}

static int maximise(fsim_law_model *m, fsim_report *report, fsim_stage_fit *fit) {
  double best = -INFINITY;
  bool steep, best_is_steep = true;
  int status = FSIM_OK;
  for (int start = 0; start < STARTS && status == FSIM_OK; start++) {
    double theta[FSIM_MOST_THETA];
    if (!set_start(m, start, theta))
      return fsim_bad_input(report, FSIM_NOWHERE, "an exit that was never seen cannot be fitted");
    status = climb_by_gradient(m, theta, report, &steep);
    double found = fsim_log_likelihood(m, theta);
    if (found <= best + 1e-9) continue;
    best = found;
    best_is_steep = steep;
    memcpy(fit->theta, theta, m->n_theta * sizeof *theta);
  }
  if (status != FSIM_OK || !best_is_steep) return status;
  status = climb_by_simplex(m, fit->theta, 0.01, report);
  return status == FSIM_OK ? climb_by_gradient(m, fit->theta, report, &steep) : status;
}

int fsim_fit_laws(const fsim_stays *stays, const fsim_law_spec *spec_of_exit, bool may_never,
                  fsim_report *report, fsim_stage_fit **out) {
  *out = NULL;
  fsim_grouped grouped;
  int status = fsim_group_stays(stays, report, &grouped);
  fsim_law_model m = {.data = &grouped, .spec = spec_of_exit, .may_never = may_never};
  m.n_theta = fsim_count_theta(spec_of_exit, stays->n_exits, may_never);
  if (status == FSIM_OK && m.n_theta > FSIM_MOST_THETA)
    status =
        fsim_bad_input(report, FSIM_NOWHERE, "too many exits to fit laws to: %zu", stays->n_exits);
  fsim_stage_fit *fit = status == FSIM_OK ? fsim_zeroed(1, sizeof *fit) : NULL;
  if (fit != NULL) {
    fit->n_exits = stays->n_exits;
    fit->n_theta = m.n_theta;
    fit->exit = fsim_zeroed(stays->n_exits, sizeof *fit->exit);
    fit->theta = fsim_zeroed(m.n_theta, sizeof *fit->theta);
    fit->covariance = fsim_zeroed(m.n_theta * m.n_theta, sizeof *fit->covariance);
  }
  if (status == FSIM_OK && (!fit || !fit->exit || !fit->theta || !fit->covariance))
    status = fsim_no_memory(report);
  if (status == FSIM_OK) status = maximise(&m, report, fit);
  if (status == FSIM_OK) status = describe(&m, fit, report);
  fsim_grouped_free(&grouped);
  if (status == FSIM_OK)
    *out = fit;
  else
    fsim_stage_fit_free(fit);
  return status;
}

/* ---- against the data ---- */

double fsim_fit_incidence(const fsim_stage_fit *fit, size_t exit, double age) {
  return fit->exit[exit].share * (1 - fsim_exit_survival(&fit->exit[exit], age));
}

int fsim_fit_distance(const fsim_stays *stays, const fsim_stage_fit *fit, fsim_report *report,
                      double *distance) {
  fsim_incidence_curve *curve = NULL;
  *distance = 0;
  int status = fsim_incidence_of(stays, report, &curve);
  if (status != FSIM_OK) return status;
  for (size_t i = 0; i < curve->n; i++) {
    for (size_t k = 0; k < curve->n_exits; k++) {
      double model = fsim_fit_incidence(fit, k, curve->age[i] + stays->resolution);
      double off = fabs(model - curve->incidence[i * curve->n_exits + k]);
      if (off > *distance) *distance = off;
    }
  }
  fsim_incidence_curve_free(curve);
  return FSIM_OK;
}
