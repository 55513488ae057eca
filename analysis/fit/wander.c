#include "analysis/fit/wander.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>

#include "sim/base/array.h"

/* Ratios of the walk's variance in a step to that of the noise: from where the walk adds a tenth of
 * the noise over the whole series, in steps of a third of a magnitude, to where there is only walk.
 */
#define LEAST_WALK 0.1
#define MOST_RATIO 100.0
#define STEP 2.154434690031884

typedef struct work {
  const double *y, *x; /* differences */
  size_t n, k, first;
  double *z;         /* [n * (k + 1)] whitened, y last */
  gsl_matrix *cross; /* k * k */
  gsl_vector *right, *slope;
} work;

/* One ratio: what the regression gives, and the logarithm of its restricted likelihood. */
typedef struct outcome {
  double likelihood, p;
  double slope[FSIM_MOST_REGRESSORS];
  double covariance[FSIM_MOST_REGRESSORS][FSIM_MOST_REGRESSORS];
} outcome;

/* Differences of noise and walk have the covariance tridiag(-1, 2 + ratio, -1): its Cholesky
 * factor has two diagonals. Returns the logarithm of the determinant. */
static double whiten(work *w, double ratio) {
  const size_t columns = w->k + 1;
  double before = 0, log_det = 0;
  for (size_t i = 0; i < w->n; i++) {
    const double off = i > 0 ? -1 / before : 0, diagonal = sqrt(2 + ratio - off * off);
    for (size_t c = 0; c < columns; c++) {
      const double own = c < w->k ? w->x[i * w->k + c] : w->y[i];
      const double last = i > 0 ? w->z[(i - 1) * columns + c] : 0;
      w->z[i * columns + c] = (own - off * last) / diagonal;
    }
    log_det += 2 * log(diagonal);
    before = diagonal;
  }
  return log_det;
}

static double rest_of_squares(const work *w) {
  const size_t columns = w->k + 1;
  double sum = 0;
  for (size_t i = 0; i < w->n; i++) {
    double rest = w->z[i * columns + w->k];
    for (size_t c = 0; c < w->k; c++) rest -= w->z[i * columns + c] * gsl_vector_get(w->slope, c);
    sum += rest * rest;
  }
  return sum;
}

static void cross_products(const work *w) {
  const size_t columns = w->k + 1;
  gsl_matrix_set_zero(w->cross);
  gsl_vector_set_zero(w->right);
  for (size_t i = 0; i < w->n; i++) {
    const double *row = w->z + i * columns;
    for (size_t a = 0; a < w->k; a++) {
      *gsl_vector_ptr(w->right, a) += row[a] * row[w->k];
      for (size_t b = 0; b < w->k; b++) *gsl_matrix_ptr(w->cross, a, b) += row[a] * row[b];
    }
  }
}

/* The F statistic of the last slopes: their square by the inverse of their covariance. */
static double statistic(const work *w, const outcome *o) {
  const size_t q = w->k - w->first;
  gsl_matrix_view own = gsl_matrix_submatrix(w->cross, 0, 0, q, q);
  gsl_vector_view half = gsl_vector_subvector(w->right, 0, q);
  double sum = 0;
  for (size_t a = 0; a < q; a++) {
    gsl_vector_set(&half.vector, a, o->slope[w->first + a]);
    for (size_t b = 0; b < q; b++)
      gsl_matrix_set(&own.matrix, a, b, o->covariance[w->first + a][w->first + b]);
  }
  if (gsl_linalg_cholesky_decomp1(&own.matrix) != 0) return NAN;
  gsl_blas_dtrsv(CblasLower, CblasNoTrans, CblasNonUnit, &own.matrix, &half.vector);
  for (size_t a = 0; a < q; a++)
    sum += gsl_vector_get(&half.vector, a) * gsl_vector_get(&half.vector, a);
  return sum / (double)q;
}

static int regress(work *w, double ratio, outcome *o) {
  const double freedom = (double)(w->n - w->k);
  double log_det = whiten(w, ratio);
  cross_products(w);
  if (gsl_linalg_cholesky_decomp1(w->cross) != 0 ||
      gsl_linalg_cholesky_solve(w->cross, w->right, w->slope) != 0)
    return -1;
  for (size_t c = 0; c < w->k; c++) log_det += 2 * log(gsl_matrix_get(w->cross, c, c));
  const double squares = fmax(rest_of_squares(w), 1e-12 * (double)w->n);
  if (gsl_linalg_cholesky_invert(w->cross) != 0) return -1;
  for (size_t a = 0; a < w->k; a++) {
    o->slope[a] = gsl_vector_get(w->slope, a);
    for (size_t b = 0; b < w->k; b++)
      o->covariance[a][b] = gsl_matrix_get(w->cross, a, b) * squares / freedom;
  }
  o->likelihood = -0.5 * (log_det + freedom * log(squares));
  o->p = gsl_cdf_fdist_Q(statistic(w, o), (double)(w->k - w->first), freedom);
  return isfinite(o->p) && isfinite(o->likelihood) ? 0 : -1;
}

static void average(const outcome *o, const double *ratio, size_t n, fsim_wander_prior prior,
                    fsim_wander *fit) {
  const size_t k = fit->k;
  double best = -INFINITY, all = 0;
  for (size_t i = 0; i < n; i++) best = fmax(best, o[i].likelihood);
  for (size_t i = 0; i < n; i++) {
    /* The ratio's logarithm has even steps: a density of its root has weights times the root. */
    const double before = prior == FSIM_HALF_CAUCHY ? sqrt(ratio[i]) / (1 + ratio[i]) : 1;
    const double weight = before * exp(o[i].likelihood - best);
    all += weight;
    fit->p += weight * o[i].p;
    for (size_t a = 0; a < k; a++) {
      fit->slope[a] += weight * o[i].slope[a];
      for (size_t b = 0; b < k; b++)
        fit->covariance[a][b] += weight * (o[i].covariance[a][b] + o[i].slope[a] * o[i].slope[b]);
    }
  }
  fit->p /= all;
  for (size_t a = 0; a < k; a++) fit->slope[a] /= all;
  for (size_t a = 0; a < k; a++) {
    for (size_t b = 0; b < k; b++)
      fit->covariance[a][b] = fit->covariance[a][b] / all - fit->slope[a] * fit->slope[b];
  }
}

static void free_work(work *w) {
  free(w->z);
  if (w->cross != NULL) gsl_matrix_free(w->cross);
  if (w->right != NULL) gsl_vector_free(w->right);
  if (w->slope != NULL) gsl_vector_free(w->slope);
}

int fsim_wander_fit(const double *y, const double *x, size_t n, size_t k, size_t first_tested,
                    fsim_wander_prior prior, fsim_report *report, fsim_wander *fit) {
  *fit = (fsim_wander){.k = k, .freedom = (double)(n - 1 - k)};
  double *dy = fsim_zeroed(n, sizeof *dy), *dx = fsim_zeroed(n * k, sizeof *dx);
  const double least = LEAST_WALK / ((double)n * (double)n);
  const size_t ratios = 1 + (size_t)ceil(log(MOST_RATIO / least) / log(STEP));
  outcome *o = fsim_zeroed(ratios, sizeof *o);
  double *ratio = fsim_zeroed(ratios, sizeof *ratio);
  work w = {dy,
            dx,
            n - 1,
            k,
            first_tested,
            fsim_zeroed(n * (k + 1), sizeof *w.z),
            gsl_matrix_alloc(k, k),
            gsl_vector_alloc(k),
            gsl_vector_alloc(k)};
  int status = dy && dx && o && ratio && w.z && w.cross && w.right && w.slope
                   ? FSIM_OK
                   : fsim_no_memory(report);
  for (size_t i = 0; i + 1 < n && status == FSIM_OK; i++) {
    dy[i] = y[i + 1] - y[i];
    for (size_t c = 0; c < k; c++) dx[i * k + c] = x[(i + 1) * k + c] - x[i * k + c];
  }
  for (size_t i = 0; i < ratios && status == FSIM_OK; i++) {
    ratio[i] = least * pow(STEP, (double)i);
    if (regress(&w, ratio[i], &o[i]) != 0)
      status = fsim_failure(report, FSIM_NOWHERE, "a regression on weeks or months has no answer");
  }
  if (status == FSIM_OK) average(o, ratio, ratios, prior, fit);
  free_work(&w);
  free(dy);
  free(dx);
  free(o);
  free(ratio);
  return status;
}
