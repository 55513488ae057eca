#include "analysis/fit/maximise.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_multimin.h>
#include <math.h>
#include <string.h>

#define MOST_STEPS 500
/* Slopes of a log-likelihood of a hundred ends that are as good as none: with a standard error of a
 * tenth the maximum is a hundred-thousandth of it away. Slopes grow as errors shrink, with the root
 * of the number of ends. */
#define FLAT 1e-4
#define STEEP 1e-2

static double times_flat(const fsim_climb *climb) {
  return fmax(sqrt(climb->ends / 100), 1);
}

/* A gain of the log-likelihood over some steps that is none: differences of values are not exact,
 * and the last steps are spent on their noise. */
#define STRIDE 8
#define NO_GAIN 1e-5

static double minus(const gsl_vector *theta, void *context) {
  const fsim_climb *climb = context;
  return -climb->value(theta->data, climb->context);
}

static void slope(const gsl_vector *theta, void *context, gsl_vector *gradient) {
  const fsim_climb *climb = context;
  double x[FSIM_MOST_THETA];
  memcpy(x, theta->data, theta->size * sizeof *x);
  for (size_t i = 0; i < theta->size; i++) {
    const double step = 1e-5, at = x[i];
    x[i] = at + step;
    double up = -climb->value(x, climb->context);
    x[i] = at - step;
    double down = -climb->value(x, climb->context);
    x[i] = at;
    gsl_vector_set(gradient, i, (up - down) / (2 * step));
  }
}

static void both(const gsl_vector *theta, void *context, double *value, gsl_vector *gradient) {
  *value = minus(theta, context);
  slope(theta, context, gradient);
}

int fsim_climb_by_gradient(const fsim_climb *climb, double *theta, fsim_report *report,
                           bool *steep) {
  fsim_climb own = *climb;
  gsl_multimin_fdfminimizer *s =
      gsl_multimin_fdfminimizer_alloc(gsl_multimin_fdfminimizer_vector_bfgs2, own.n);
  if (s == NULL) return fsim_no_memory(report);
  gsl_multimin_function_fdf f = {minus, slope, both, own.n, &own};
  gsl_vector_view x = gsl_vector_view_array(theta, own.n);
  gsl_multimin_fdfminimizer_set(s, &f, &x.vector, 0.1, 0.1);
  double before = INFINITY;
  const double times = times_flat(climb);
  for (int i = 0; i < MOST_STEPS; i++) {
    if (gsl_multimin_fdfminimizer_iterate(s) != 0) break;
    if (gsl_blas_dnrm2(gsl_multimin_fdfminimizer_gradient(s)) < FLAT * times) break;
    if (i % STRIDE != 0) continue;
    const double now = gsl_multimin_fdfminimizer_minimum(s);
    if (before - now < NO_GAIN) break;
    before = now;
  }
  if (steep != NULL) *steep = gsl_blas_dnrm2(gsl_multimin_fdfminimizer_gradient(s)) > STEEP * times;
  if (gsl_multimin_fdfminimizer_minimum(s) < minus(&x.vector, &own))
    gsl_vector_memcpy(&x.vector, gsl_multimin_fdfminimizer_x(s));
  gsl_multimin_fdfminimizer_free(s);
  return FSIM_OK;
}

int fsim_climb_by_simplex(const fsim_climb *climb, double *theta, double size,
                          fsim_report *report) {
  fsim_climb own = *climb;
  gsl_multimin_fminimizer *s =
      gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, own.n);
  gsl_vector *step = gsl_vector_alloc(own.n);
  int status = s == NULL || step == NULL ? fsim_no_memory(report) : FSIM_OK;
  if (status == FSIM_OK) {
    gsl_multimin_function f = {minus, own.n, &own};
    gsl_vector_view x = gsl_vector_view_array(theta, own.n);
    gsl_vector_set_all(step, size);
    gsl_multimin_fminimizer_set(s, &f, &x.vector, step);
    for (int i = 0; i < 200 * (int)own.n; i++) {
      if (gsl_multimin_fminimizer_iterate(s) != 0) break;
      if (gsl_multimin_fminimizer_size(s) < 1e-7) break;
    }
    if (gsl_multimin_fminimizer_minimum(s) < minus(&x.vector, &own))
      gsl_vector_memcpy(&x.vector, gsl_multimin_fminimizer_x(s));
  }
  if (s != NULL) gsl_multimin_fminimizer_free(s);
  gsl_vector_free(step);
  return status;
}

int fsim_climb_covariance(const fsim_climb *climb, const double *theta, fsim_report *report,
                          double *covariance) {
  const size_t n = climb->n;
  gsl_matrix *information = gsl_matrix_alloc(n, n);
  if (information == NULL) return fsim_no_memory(report);
  double x[FSIM_MOST_THETA];
  memcpy(x, theta, n * sizeof *x);
  const double step = 1e-3;
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j <= i; j++) {
      double sum = 0;
      for (int corner = 0; corner < 4; corner++) {
        int a = corner & 1 ? 1 : -1, b = corner & 2 ? 1 : -1;
        x[i] += a * step;
        x[j] += b * step;
        sum -= a * b * climb->value(x, climb->context);
        x[i] = theta[i];
        x[j] = theta[j];
      }
      gsl_matrix_set(information, i, j, sum / (4 * step * step));
      gsl_matrix_set(information, j, i, sum / (4 * step * step));
    }
  }
  bool good =
      gsl_linalg_cholesky_decomp1(information) == 0 && gsl_linalg_cholesky_invert(information) == 0;
  for (size_t i = 0; i < n * n; i++)
    covariance[i] = good ? gsl_matrix_get(information, i / n, i % n) : NAN;
  gsl_matrix_free(information);
  return FSIM_OK;
}
