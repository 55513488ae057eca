#include "analysis/uncertain.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/text.h"

/* ---- paths ---- */

typedef struct listing {
  char ***paths;
  size_t *n, room;
  bool failed;
} listing;

static double list_path(void *context, const char *path) {
  listing *l = context;
  for (size_t i = 0; i < *l->n; i++)
    if (strcmp((*l->paths)[i], path) == 0) return 0.5;
  void *items = *l->paths;
  if (l->failed || fsim_grow(&items, &l->room, *l->n + 1, sizeof **l->paths) != 0) {
    l->failed = true;
    return 0.5;
  }
  *l->paths = items;
  char *copy = fsim_copy_text(path, strlen(path));
  if (copy == NULL)
    l->failed = true;
  else
    (*l->paths)[(*l->n)++] = copy;
  return 0.5;
}

int fsim_uncertain_paths(const fsim_source *source, fsim_report *report, char ***paths, size_t *n) {
  *paths = NULL;
  *n = 0;
  if (!fsim_source_uncertain(source)) return FSIM_OK;
  listing l = {.paths = paths, .n = n};
  fsim_scenario *scenario = NULL;
  int status = fsim_source_realise_at(source, &(fsim_choice){list_path, &l}, report, &scenario);
  fsim_scenario_free(scenario);
  if (status == FSIM_OK && l.failed) status = fsim_no_memory(report);
  return status;
}

/* ---- regression ---- */

enum { MOST_DEGREE = 3, PAIRS_A_COEFFICIENT = 10 };

int fsim_first_order_degree(size_t n, size_t pairs) {
  size_t degree = n > 0 ? pairs / (PAIRS_A_COEFFICIENT * n) : 0;
  return degree > MOST_DEGREE ? MOST_DEGREE : (int)degree;
}

/* Orthonormal under the standard normal law. */
static double hermite(int degree, double z) {
  switch (degree) {
    case 1:
      return z;
    case 2:
      return (z * z - 1) / sqrt(2);
    default:
      return (z * z * z - 3 * z) / sqrt(6);
  }
}

typedef struct fit {
  size_t n, pairs, terms; /* terms: 1 and degree polynomials a number */
  int degree;
  gsl_matrix *products; /* X'X */
  gsl_matrix *inverse;  /* of it */
  gsl_vector *coefficient, *x, *moved;
} fit;

static void fill_row(const fit *f, const double *scores, gsl_vector *x) {
  gsl_vector_set(x, 0, 1);
  for (size_t t = 1; t < f->terms; t++)
    gsl_vector_set(
        x, t, hermite((int)((t - 1) % (size_t)f->degree) + 1, scores[(t - 1) / (size_t)f->degree]));
}

static void fit_free(fit *f) {
  if (f->products != NULL) gsl_matrix_free(f->products);
  if (f->inverse != NULL) gsl_matrix_free(f->inverse);
  if (f->coefficient != NULL) gsl_vector_free(f->coefficient);
  if (f->x != NULL) gsl_vector_free(f->x);
  if (f->moved != NULL) gsl_vector_free(f->moved);
}

/* Mean of a pair about the origin. */
static double mean_of(const double *y, size_t pair, double origin) {
  return 0.5 * (y[2 * pair] + y[2 * pair + 1]) - origin;
}

/* Least squares by the normal equations: the columns are nearly orthonormal. */
static int fit_make(fit *f, const double *scores, const double *y, double origin,
                    fsim_report *report, bool *singular) {
  f->products = gsl_matrix_calloc(f->terms, f->terms);
  f->inverse = gsl_matrix_calloc(f->terms, f->terms);
  f->coefficient = gsl_vector_calloc(f->terms);
  f->x = gsl_vector_calloc(f->terms);
  f->moved = gsl_vector_calloc(f->terms);
  if (!f->products || !f->inverse || !f->coefficient || !f->x || !f->moved)
    return fsim_no_memory(report);
  for (size_t k = 0; k < f->pairs; k++) {
    fill_row(f, scores + k * f->n, f->x);
    gsl_blas_dsyr(CblasLower, 1, f->x, f->products);
    gsl_blas_daxpy(mean_of(y, k, origin), f->x, f->moved);
  }
  gsl_matrix_memcpy(f->inverse, f->products);
  *singular = gsl_linalg_cholesky_decomp1(f->inverse) != GSL_SUCCESS ||
              gsl_linalg_cholesky_invert(f->inverse) != GSL_SUCCESS;
  if (*singular) return FSIM_OK;
  gsl_blas_dsymv(CblasLower, 1, f->inverse, f->moved, 0, f->coefficient);
  return FSIM_OK;
}

/* The fit without one pair: its coefficients go to f->moved (Sherman & Morrison 1950). Returns
 * 1 - the pair's leverage. */
static double leave_out(fit *f, const double *scores, const double *y, double origin, size_t pair) {
  double predicted, leverage;
  fill_row(f, scores + pair * f->n, f->x);
  gsl_blas_dsymv(CblasLower, 1, f->inverse, f->x, 0, f->moved);
  gsl_blas_ddot(f->x, f->moved, &leverage);
  gsl_blas_ddot(f->x, f->coefficient, &predicted);
  double free_part = fmax(1 - leverage, 1e-9);
  gsl_vector_scale(f->moved, -(mean_of(y, pair, origin) - predicted) / free_part);
  gsl_vector_add(f->moved, f->coefficient);
  return free_part;
}

/* Variance over the pairs of what a number's polynomials, times these weights, add up to;
 * `without`: over all but the pair whose row f->x is. By the pairs' own scores, not by the law's:
 * then chance in which scores came up is in the total as well, and cancels in the share. */
static double variance_of(const fit *f, const double *weight, size_t number, bool without) {
  size_t degree = (size_t)f->degree, first = 1 + number * degree;
  double n = (double)f->pairs - (without ? 1 : 0), sum = 0, square = 0;
  for (size_t a = 0; a < degree; a++) {
    double x_a = without ? gsl_vector_get(f->x, first + a) : 0;
    sum += weight[a] * (gsl_matrix_get(f->products, first + a, 0) - x_a);
    for (size_t b = 0; b < degree; b++) {
      double x_b = without ? gsl_vector_get(f->x, first + b) : 0;
      size_t row = a > b ? a : b, column = a > b ? b : a;
      square += weight[a] * weight[b] *
                (gsl_matrix_get(f->products, first + row, first + column) - x_a * x_b);
    }
  }
  return (square - sum * sum / n) / (n - 1);
}

static double explained_by(const fit *f, size_t number) {
  return variance_of(f, gsl_vector_const_ptr(f->coefficient, 1 + number * (size_t)f->degree),
                     number, false);
}

static double explained_without(const fit *f, size_t number) {
  return variance_of(f, gsl_vector_const_ptr(f->moved, 1 + number * (size_t)f->degree), number,
                     true);
}

/* How much leaving a pair out moves what a number explains, squared. */
static double move_of(const fit *f, size_t number) {
  double by[MOST_DEGREE];
  for (size_t m = 0; m < (size_t)f->degree; m++) {
    size_t t = 1 + number * (size_t)f->degree + m;
    by[m] = gsl_vector_get(f->moved, t) - gsl_vector_get(f->coefficient, t);
  }
  return variance_of(f, by, number, false);
}

/* ---- the variance of one replication ---- */

typedef struct sums {
  double n, mean, mean_sq, within_sq;
} sums;

static void add_pair(sums *s, const double *y, size_t pair, double origin, double by) {
  double mean = mean_of(y, pair, origin), apart = y[2 * pair] - y[2 * pair + 1];
  s->n += by;
  s->mean += by * mean;
  s->mean_sq += by * mean * mean;
  s->within_sq += by * apart * apart;
}

/* Of pair means, and half the variance within pairs, which their mean has lost. */
static double total_of(const sums *s) {
  return (s->mean_sq - s->mean * s->mean / s->n) / (s->n - 1) + 0.25 * s->within_sq / s->n;
}

/* Returns the variance of a replication. pseudo: [n][pairs], the jackknife's; excess[n]: what
 * squares of coefficients are too large by, the variances of these (HC2; MacKinnon & White, Journal
 * of Econometrics 29, 1985). */
static double jackknife(fit *f, const double *scores, const double *y, double origin,
                        double *pseudo, double *excess) {
  double pairs = (double)f->pairs;
  sums all = {0};
  for (size_t k = 0; k < f->pairs; k++) add_pair(&all, y, k, origin, 1);
  double total = total_of(&all);
  for (size_t k = 0; k < f->pairs; k++) {
    double free_part = leave_out(f, scores, y, origin, k);
    add_pair(&all, y, k, origin, -1);
    double without = total_of(&all);
    add_pair(&all, y, k, origin, 1);
    for (size_t i = 0; i < f->n; i++) {
      /* e^2 / (1 - h), where the move is by e / (1 - h) */
      excess[i] += move_of(f, i) * free_part / total;
      pseudo[i * f->pairs + k] =
          pairs * explained_by(f, i) / total - (pairs - 1) * explained_without(f, i) / without;
    }
  }
  return total;
}

static fsim_interval share_of(const fit *f, size_t number, double total, const double *pseudo,
                              double excess, double confidence) {
  size_t n = f->pairs;
  double share = explained_by(f, number) / total - excess;
  double error = sqrt(fsim_moments_of(pseudo, n).variance / (double)n);
  /* By Fisher's z of its root, a correlation: its error hardly depends on its size. Below its own
   * error a share has no size to speak of. */
  double size = fmin(fmax(fmax(share, error), 1e-9), 1 - 1e-9), root = sqrt(fmax(share, 0));
  double half = fsim_t_quantile(confidence, (double)(n - f->terms)) * error;
  double z = atanh(fmin(root, 1 - 1e-9)), half_z = half / (2 * sqrt(size) * (1 - size));
  double low = tanh(fmax(z - half_z, 0)), high = tanh(z + half_z);
  return (fsim_interval){share, low * low, fmax(high * high, fmin(share + half, 1)),
                         error, n,         "jackknife over pairs"};
}

int fsim_first_orders(const double *scores, size_t n, const double *y, size_t pairs, int degree,
                      double confidence, fsim_report *report, fsim_interval *share) {
  for (size_t i = 0; i < n; i++) share[i] = fsim_interval_none();
  fsim_moments all = fsim_moments_of(y, 2 * pairs);
  if (degree < 1 || pairs < 3 || !(all.variance > 0)) return FSIM_OK;
  fit f = {.n = n, .pairs = pairs, .terms = 1 + n * (size_t)degree, .degree = degree};
  double *pseudo = fsim_zeroed(n * pairs, sizeof *pseudo);
  double *excess = fsim_zeroed(n, sizeof *excess);
  bool singular = false;
  int status = pseudo == NULL || excess == NULL
                   ? fsim_no_memory(report)
                   : fit_make(&f, scores, y, all.mean, report, &singular);
  if (status == FSIM_OK && !singular) {
    double total = jackknife(&f, scores, y, all.mean, pseudo, excess);
    for (size_t i = 0; i < n; i++)
      share[i] = share_of(&f, i, total, pseudo + i * pairs, excess[i], confidence);
  }
  fit_free(&f);
  free(pseudo);
  free(excess);
  return status;
}
