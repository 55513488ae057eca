#include "analysis/fit/label_test.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_eigen.h>
#include <math.h>
#include <stdlib.h>

#include "sim/base/array.h"

#define FSIM_NO_GROUP (-1)

/* Rare labels are one, the last; n_groups gets how many there are then. */
static int32_t *group_labels(const fsim_labelled *c, size_t fewest, size_t *n_groups) {
  int32_t *group = fsim_zeroed(c->n_labels, sizeof *group);
  size_t *n = fsim_zeroed(c->n_labels, sizeof *n);
  if (group == NULL || n == NULL) {
    free(group);
    free(n);
    return NULL;
  }
  size_t rare = 0;
  for (size_t i = 0; i < c->n; i++) n[c->label[i]]++;
  *n_groups = 0;
  for (size_t l = 0; l < c->n_labels; l++) {
    if (n[l] >= fewest)
      group[l] = (int32_t)(*n_groups)++;
    else
      rare += n[l];
  }
  for (size_t l = 0; l < c->n_labels; l++) {
    if (n[l] < fewest) group[l] = rare >= fewest ? (int32_t)*n_groups : FSIM_NO_GROUP;
  }
  *n_groups += rare >= fewest;
  free(n);
  return group;
}

/* What is known of the cases that may exchange their labels. */
typedef struct stratum {
  double n;
  double *of_group; /* [n_groups] how many */
  double *sum;      /* [n_numbers] */
  double *products; /* [n_numbers * n_numbers] */
} stratum;

typedef struct testing {
  const fsim_labelled *c;
  const int32_t *group;
  size_t n_groups, n_strata;
  double *room; /* of all strata */
  size_t row;   /* of room, a stratum */
  double *sum;  /* [n_groups * n_numbers] of numbers less their stratum's mean */
} testing;

static stratum stratum_of(const testing *t, size_t s) {
  double *at = t->room + s * t->row;
  const size_t q = t->c->n_numbers;
  return (stratum){at[0], at + 1, at + 1 + t->n_groups, at + 1 + t->n_groups + q};
}

static void gather(testing *t) {
  const fsim_labelled *c = t->c;
  const size_t q = c->n_numbers;
  for (size_t i = 0; i < c->n; i++) {
    const int32_t g = t->group[c->label[i]];
    if (g == FSIM_NO_GROUP) continue;
    const size_t s = c->within != NULL ? (size_t)c->within[i] : 0;
    stratum st = stratum_of(t, s);
    t->room[s * t->row] += 1;
    st.of_group[g] += 1;
    for (size_t j = 0; j < q; j++) {
      const double x = c->number[i * q + j];
      st.sum[j] += x;
      t->sum[(size_t)g * q + j] += x;
      for (size_t k = 0; k < q; k++) st.products[j * q + k] += x * c->number[i * q + k];
    }
  }
  for (size_t s = 0; s < t->n_strata; s++) {
    stratum st = stratum_of(t, s);
    for (size_t g = 0; g < t->n_groups && st.n > 0; g++) {
      for (size_t j = 0; j < q; j++) t->sum[g * q + j] -= st.of_group[g] * st.sum[j] / st.n;
    }
  }
}

/* Covariance of the sums of all groups but the last, over exchanges of labels. */
static void set_covariance(const testing *t, gsl_matrix *covariance) {
  const size_t q = t->c->n_numbers;
  for (size_t s = 0; s < t->n_strata; s++) {
    const stratum st = stratum_of(t, s);
    if (st.n < 2) continue;
    for (size_t g = 0; g + 1 < t->n_groups; g++) {
      for (size_t h = 0; h + 1 < t->n_groups; h++) {
        const double labels =
            (g == h ? st.of_group[g] : 0) - st.of_group[g] * st.of_group[h] / st.n;
        for (size_t j = 0; j < q; j++) {
          for (size_t k = 0; k < q; k++) {
            const double numbers =
                (st.products[j * q + k] - st.sum[j] * st.sum[k] / st.n) / (st.n - 1);
            double *to = gsl_matrix_ptr(covariance, g * q + j, h * q + k);
            *to += labels * numbers;
          }
        }
      }
    }
  }
}

/* sum' covariance^- sum, and the rank. Scaled to a correlation first, so that a small eigenvalue
 * means numbers that say the same and not numbers that are small. */
static int measure(const testing *t, fsim_report *report, double *statistic, double *rank) {
  const size_t d = (t->n_groups - 1) * t->c->n_numbers;
  gsl_matrix *covariance = gsl_matrix_calloc(d, d), *vectors = gsl_matrix_alloc(d, d);
  gsl_vector *values = gsl_vector_alloc(d);
  gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc(d);
  double *scale = fsim_zeroed(d, sizeof *scale);
  int status = covariance && vectors && values && work && scale ? FSIM_OK : fsim_no_memory(report);
  if (status == FSIM_OK) {
    set_covariance(t, covariance);
    for (size_t i = 0; i < d; i++) {
      const double v = gsl_matrix_get(covariance, i, i);
      scale[i] = v > 0 ? 1 / sqrt(v) : 0;
    }
    for (size_t i = 0; i < d; i++) {
      for (size_t k = 0; k < d; k++) *gsl_matrix_ptr(covariance, i, k) *= scale[i] * scale[k];
    }
    gsl_eigen_symmv(covariance, values, vectors, work);
    *statistic = *rank = 0;
    for (size_t e = 0; e < d; e++) {
      const double value = gsl_vector_get(values, e);
      double along = 0;
      if (value < 1e-8) continue;
      for (size_t i = 0; i < d; i++) along += gsl_matrix_get(vectors, i, e) * t->sum[i] * scale[i];
      *statistic += along * along / value;
      *rank += 1;
    }
  }
  gsl_matrix_free(covariance);
  gsl_matrix_free(vectors);
  gsl_vector_free(values);
  if (work != NULL) gsl_eigen_symmv_free(work);
  free(scale);
  return status;
}

int fsim_label_test(const fsim_labelled *cases, size_t fewest, fsim_report *report, double *p) {
  *p = 1;
  testing t = {.c = cases, .n_strata = cases->within != NULL ? cases->n_within : 1};
  int32_t *group = group_labels(cases, fewest, &t.n_groups);
  if (group == NULL) return fsim_no_memory(report);
  int status = FSIM_OK;
  if (t.n_groups >= 2 && cases->n_numbers > 0) {
    const size_t q = cases->n_numbers;
    t.group = group;
    t.row = 1 + t.n_groups + q + q * q;
    t.room = fsim_zeroed(t.n_strata, t.row * sizeof *t.room);
    t.sum = fsim_zeroed(t.n_groups * q, sizeof *t.sum);
    status = t.room == NULL || t.sum == NULL ? fsim_no_memory(report) : FSIM_OK;
    double statistic = 0, rank = 0;
    if (status == FSIM_OK) gather(&t);
    if (status == FSIM_OK) status = measure(&t, report, &statistic, &rank);
    if (status == FSIM_OK && rank > 0) *p = gsl_cdf_chisq_Q(statistic, rank);
  }
  free(t.room);
  free(t.sum);
  free(group);
  return status;
}

typedef struct ordered {
  double p;
  size_t which;
} ordered;

static int by_p(const void *left, const void *right) {
  const ordered *a = left, *b = right;
  if (a->p != b->p) return a->p < b->p ? -1 : 1;
  return (a->which > b->which) - (a->which < b->which);
}

int fsim_holm(double *p, size_t n, fsim_report *report) {
  ordered *order = fsim_zeroed(n, sizeof *order);
  if (order == NULL) return fsim_no_memory(report);
  for (size_t i = 0; i < n; i++) order[i] = (ordered){p[i], i};
  qsort(order, n, sizeof *order, by_p);
  double least = 0;
  for (size_t i = 0; i < n; i++) {
    const double adjusted = fmin(1, order[i].p * (double)(n - i));
    least = fmax(least, adjusted);
    p[order[i].which] = least;
  }
  free(order);
  return FSIM_OK;
}
