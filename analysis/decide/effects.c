#include "analysis/decide/effects.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>

#include "sim/base/array.h"

/* Columns of a factor, and the value of one of them for a plan. */
static size_t columns_of(const fsim_effect_factor *f) {
  return f->n_levels == 0 ? 1 : f->n_levels - 1;
}

static double column_at(const fsim_effect_factor *f, size_t column, size_t plan) {
  return f->n_levels == 0 ? f->share[plan] : f->level[plan] == column + 1;
}

static size_t main_columns(const fsim_effect_factor *factors, size_t n) {
  size_t columns = 1;
  for (size_t f = 0; f < n; f++) columns += columns_of(&factors[f]);
  return columns;
}

/* The model's matrix: 1, main effects, then the products of a pair (a == b: none). */
static gsl_matrix *model_of(const fsim_effect_factor *factors, size_t n, size_t plans, size_t a,
                            size_t b) {
  size_t products = a == b ? 0 : columns_of(&factors[a]) * columns_of(&factors[b]);
  size_t columns = main_columns(factors, n) + products;
  if (columns > plans) return NULL;
  gsl_matrix *x = gsl_matrix_alloc(plans, columns);
  if (x == NULL) return NULL;
  for (size_t p = 0; p < plans; p++) {
    size_t c = 0;
    gsl_matrix_set(x, p, c++, 1);
    for (size_t f = 0; f < n; f++)
      for (size_t k = 0; k < columns_of(&factors[f]); k++)
        gsl_matrix_set(x, p, c++, column_at(&factors[f], k, p));
    for (size_t i = 0; products > 0 && i < columns_of(&factors[a]); i++)
      for (size_t j = 0; j < columns_of(&factors[b]); j++)
        gsl_matrix_set(x, p, c++, column_at(&factors[a], i, p) * column_at(&factors[b], j, p));
  }
  return x;
}

/* A matrix made ready for many right-hand sides. */
typedef struct fit {
  gsl_matrix *qr;
  gsl_vector *tau, *coefficient, *residual, *y;
} fit;

static void fit_free(fit *f) {
  if (f->qr) gsl_matrix_free(f->qr);
  if (f->tau) gsl_vector_free(f->tau);
  if (f->coefficient) gsl_vector_free(f->coefficient);
  if (f->residual) gsl_vector_free(f->residual);
  if (f->y) gsl_vector_free(f->y);
  *f = (fit){0};
}

/* False when the columns cannot be told apart, or memory was out. */
static bool fit_begin(fit *f, gsl_matrix *x) {
  *f = (fit){.qr = x};
  if (x == NULL) return false;
  f->tau = gsl_vector_alloc(x->size2);
  f->coefficient = gsl_vector_alloc(x->size2);
  f->residual = gsl_vector_alloc(x->size1);
  f->y = gsl_vector_alloc(x->size1);
  if (!f->tau || !f->coefficient || !f->residual || !f->y) return false;
  gsl_linalg_QR_decomp(x, f->tau);
  for (size_t c = 0; c < x->size2; c++)
    if (!(fabs(gsl_matrix_get(x, c, c)) > 1e-9 * (double)x->size1)) return false;
  return true;
}

static void solve(fit *f) {
  gsl_linalg_QR_lssolve(f->qr, f->tau, f->y, f->coefficient, f->residual);
}

/* Share of the variation of y that the model explains; y is put in by the caller. */
static double explained(fit *f) {
  double mean = 0, all = 0, left = 0;
  solve(f);
  for (size_t p = 0; p < f->y->size; p++) mean += gsl_vector_get(f->y, p) / (double)f->y->size;
  for (size_t p = 0; p < f->y->size; p++) {
    double d = gsl_vector_get(f->y, p) - mean, r = gsl_vector_get(f->residual, p);
    all += d * d;
    left += r * r;
  }
  return all > 0 ? 1 - left / all : NAN;
}

static void put_means(fit *f, const double *const *units, size_t n_units) {
  for (size_t p = 0; p < f->y->size; p++)
    gsl_vector_set(f->y, p, fsim_moments_of(units[p], n_units).mean);
}

/* The intervals of the model's last n coefficients over the units, fitted in each. */
static int last_coefficients(fit *f, const double *const *units, size_t n_units, size_t n,
                             double confidence, fsim_report *report, fsim_interval *of) {
  size_t first = f->qr->size2 - n;
  double *sizes = fsim_zeroed(n * n_units, sizeof *sizes);
  if (sizes == NULL) return fsim_no_memory(report);
  for (size_t u = 0; u < n_units; u++) {
    for (size_t p = 0; p < f->y->size; p++) gsl_vector_set(f->y, p, units[p][u]);
    solve(f);
    for (size_t c = 0; c < n; c++)
      sizes[c * n_units + u] = gsl_vector_get(f->coefficient, first + c);
  }
  for (size_t c = 0; c < n; c++)
    of[c] = fsim_interval_mean(sizes + c * n_units, n_units, confidence);
  free(sizes);
  return FSIM_OK;
}

static int main_effects(fit *f, const fsim_effect_factor *factors, size_t n_factors,
                        const double *const *units, size_t n_units, double confidence,
                        fsim_report *report, fsim_effects *e) {
  size_t columns = f->qr->size2 - 1;
  e->effects = fsim_zeroed(columns, sizeof *e->effects);
  fsim_interval *sizes = fsim_zeroed(columns, sizeof *sizes);
  int status = e->effects != NULL && sizes != NULL ? FSIM_OK : fsim_no_memory(report);
  double each = 1 - (1 - confidence) / (double)(columns > 0 ? columns : 1);
  if (status == FSIM_OK)
    status = last_coefficients(f, units, n_units, columns, each, report, sizes);
  for (size_t i = 0; i < n_factors && status == FSIM_OK; i++) {
    for (size_t k = 0; k < columns_of(&factors[i]); k++) {
      e->effects[e->n_effects] = (fsim_effect){i, k + 1, sizes[e->n_effects]};
      e->n_effects++;
    }
  }
  free(sizes);
  return status;
}

/* Fits one pair; a model that cannot be fitted is left out. `each` is the confidence of one
 * coefficient. */
static int add_pair(const fsim_effect_factor *factors, size_t n_factors, size_t a, size_t b,
                    const double *const *units, size_t n_plans, size_t n_units, double each,
                    fsim_report *report, fsim_effects *e) {
  fit f;
  size_t products = columns_of(&factors[a]) * columns_of(&factors[b]);
  fsim_interval *sizes = fsim_zeroed(products, sizeof *sizes);
  int status = sizes != NULL ? FSIM_OK : fsim_no_memory(report);
  if (fit_begin(&f, model_of(factors, n_factors, n_plans, a, b)) && status == FSIM_OK) {
    put_means(&f, units, n_units);
    double share = explained(&f) - e->main_share;
    fsim_pair_share *pair = &e->pairs[e->n_pairs++];
    *pair = (fsim_pair_share){a, b, share > 0 ? share : 0, false};
    status = last_coefficients(&f, units, n_units, products, each, report, sizes);
    for (size_t c = 0; c < products && status == FSIM_OK; c++)
      pair->sure = pair->sure || sizes[c].low > 0 || sizes[c].high < 0;
  }
  fit_free(&f);
  free(sizes);
  return status;
}

static int pair_shares(const fsim_effect_factor *factors, size_t n_factors,
                       const double *const *units, size_t n_plans, size_t n_units,
                       double confidence, fsim_report *report, fsim_effects *e) {
  e->pairs = fsim_zeroed(n_factors * n_factors, sizeof *e->pairs);
  if (e->pairs == NULL) return fsim_no_memory(report);
  size_t products = 0;
  for (size_t a = 0; a < n_factors; a++)
    for (size_t b = a + 1; b < n_factors; b++)
      products += columns_of(&factors[a]) * columns_of(&factors[b]);
  double each = 1 - (1 - confidence) / (double)(products > 0 ? products : 1);
  int status = FSIM_OK;
  for (size_t a = 0; a < n_factors; a++)
    for (size_t b = a + 1; b < n_factors && status == FSIM_OK; b++)
      status = add_pair(factors, n_factors, a, b, units, n_plans, n_units, each, report, e);
  return status;
}

int fsim_effects_make(const fsim_effect_factor *factors, size_t n_factors,
                      const double *const *units, size_t n_plans, size_t n_units, double confidence,
                      fsim_report *report, fsim_effects *effects) {
  fit f;
  *effects = (fsim_effects){.main_share = NAN};
  if (n_factors == 0 || n_plans < 2 || n_units == 0) return FSIM_OK;
  int status = FSIM_OK;
  if (fit_begin(&f, model_of(factors, n_factors, n_plans, 0, 0))) {
    put_means(&f, units, n_units);
    effects->main_share = explained(&f);
    status = main_effects(&f, factors, n_factors, units, n_units, confidence, report, effects);
    if (status == FSIM_OK)
      status =
          pair_shares(factors, n_factors, units, n_plans, n_units, confidence, report, effects);
  }
  fit_free(&f);
  return status;
}

void fsim_effects_free(fsim_effects *effects) {
  free(effects->effects);
  free(effects->pairs);
  *effects = (fsim_effects){0};
}
