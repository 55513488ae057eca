#include "analysis/fit/value_segments.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/fit/label_test.h"
#include "analysis/fit/segments.h"
#include "sim/base/array.h"

#define FEWEST_DEALS 10 /* of a value that is tested by itself */

void fsim_value_segments_free(fsim_value_segments *s) {
  for (size_t v = 0; s->of != NULL && v < s->n_values; v++) free(s->of[v].value);
  free(s->of);
  free(s->residual);
  *s = (fsim_value_segments){.attribute = SIZE_MAX};
}

typedef struct deal {
  double value, rank;
  size_t which;
} deal;

static double logarithm(const deal *d) {
  return log(d->value);
}

static int by_value(const void *left, const void *right) {
  const deal *a = left, *b = right;
  if (a->value != b->value) return a->value < b->value ? -1 : 1;
  return (a->which > b->which) - (a->which < b->which);
}

/* Won deals with a value, by value; ties share their rank. */
static int take_deals(const fsim_log *log, size_t funnel, fsim_report *report, deal **deals,
                      size_t *n) {
  deal *d = fsim_zeroed(log->n_cases, sizeof *d);
  *n = 0;
  *deals = d;
  if (d == NULL) return fsim_no_memory(report);
  for (size_t c = 0; c < log->n_cases; c++) {
    const fsim_case *which = &log->cases[c];
    if (which->funnel != (int32_t)funnel || which->outcome == FSIM_NONE) continue;
    if (log->funnels[funnel].wins[which->outcome] && which->value > 0)
      d[(*n)++] = (deal){which->value, 0, c};
  }
  qsort(d, *n, sizeof *d, by_value);
  for (size_t i = 0, j; i < *n; i = j) {
    for (j = i; j < *n && !(d[j].value > d[i].value);) j++;
    for (size_t k = i; k < j; k++) d[k].rank = (double)(i + j - 1) / 2;
  }
  return FSIM_OK;
}

int fsim_test_values(const fsim_log *log, size_t funnel, const fsim_fitted_attributes *attributes,
                     fsim_report *report, double *p) {
  deal *d = NULL;
  size_t n = 0;
  int status = take_deals(log, funnel, report, &d, &n);
  double *rank = fsim_zeroed(n, sizeof *rank);
  int32_t *label = fsim_zeroed(n, sizeof *label);
  if (status == FSIM_OK && (rank == NULL || label == NULL)) status = fsim_no_memory(report);
  for (size_t a = 0; a < attributes->n && status == FSIM_OK; a++) {
    const fsim_fitted_attribute *attribute = &attributes->attribute[a];
    for (size_t i = 0; i < n; i++) {
      rank[i] = d[i].rank;
      label[i] = (int32_t)fsim_value_of_case(log, attribute, d[i].which);
    }
    const fsim_labelled cases = {rank, label, NULL, n, 1, attribute->n_values, 1};
    status = fsim_label_test(&cases, FEWEST_DEALS, report, &p[a]);
  }
  free(d);
  free(rank);
  free(label);
  return status;
}

/* ---- pooling ---- */

/* Spread of true means about the common one, by moments. */
static double spread_of(const double *mean, const double *variance, size_t n) {
  double weight = 0, weighted = 0, squares = 0, apart = 0;
  for (size_t i = 0; i < n; i++) {
    weight += 1 / variance[i];
    weighted += mean[i] / variance[i];
    squares += 1 / (variance[i] * variance[i]);
  }
  for (size_t i = 0; i < n; i++) apart += pow(mean[i] - weighted / weight, 2) / variance[i];
  const double room = weight - squares / weight;
  return room > 0 ? fmax((apart - ((double)n - 1)) / room, 0) : 0;
}

/* Means of logarithms and their pooled versions. sums[value]: of logarithms; within: variance of
 * one deal about its value's mean. */
static int pool_means(fsim_value_segments *s, const double *sums, double within,
                      fsim_report *report) {
  double *mean = fsim_zeroed(s->n_values, sizeof *mean);
  double *variance = fsim_zeroed(s->n_values, sizeof *variance);
  if (mean == NULL || variance == NULL) {
    free(mean);
    free(variance);
    return fsim_no_memory(report);
  }
  size_t n = 0;
  for (size_t v = 0; v < s->n_values; v++) {
    if (s->of[v].n == 0) continue;
    mean[n] = sums[v] / (double)s->of[v].n;
    variance[n++] = within / (double)s->of[v].n;
  }
  const double spread = spread_of(mean, variance, n);
  double weight = 0, weighted = 0;
  for (size_t i = 0; i < n; i++) {
    weight += 1 / (variance[i] + spread);
    weighted += mean[i] / (variance[i] + spread);
  }
  for (size_t v = 0, i = 0; v < s->n_values; v++) {
    const bool seen = s->of[v].n > 0;
    const double towards = weighted / weight, own = seen ? mean[i] : towards;
    const double keep = seen ? spread / (spread + variance[i]) : 0;
    s->of[v].raw = exp(own);
    s->of[v].pooled = exp(towards + keep * (own - towards));
    s->of[v].error = sqrt(seen ? keep * variance[i] : spread);
    i += seen;
  }
  free(mean);
  free(variance);
  return FSIM_OK;
}

static int compare_doubles(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static int fill(const fsim_log *log, const fsim_fitted_attribute *attribute, const deal *d,
                size_t n, fsim_report *report, fsim_value_segments *s) {
  double *sums = fsim_zeroed(s->n_values, sizeof *sums), within = 0;
  s->residual = fsim_zeroed(n, sizeof *s->residual);
  s->of = fsim_zeroed(s->n_values, sizeof *s->of);
  if (sums == NULL || s->residual == NULL || s->of == NULL) {
    free(sums);
    return fsim_no_memory(report);
  }
  for (size_t i = 0; i < n; i++) {
    const size_t v = fsim_value_of_case(log, attribute, d[i].which);
    s->of[v].n++;
    sums[v] += logarithm(&d[i]);
  }
  size_t groups = 0;
  for (size_t v = 0; v < s->n_values; v++) groups += s->of[v].n > 0;
  int status = FSIM_OK;
  for (size_t v = 0; v < s->n_values && status == FSIM_OK; v++) {
    if (s->of[v].n < FSIM_OWN_VALUES) continue;
    s->of[v].value = fsim_zeroed(s->of[v].n, sizeof *s->of[v].value);
    if (s->of[v].value == NULL) status = fsim_no_memory(report);
  }
  size_t *next = fsim_zeroed(s->n_values, sizeof *next);
  if (next == NULL) status = fsim_no_memory(report);
  for (size_t i = 0; i < n && status == FSIM_OK; i++) {
    const size_t v = fsim_value_of_case(log, attribute, d[i].which);
    const double off = logarithm(&d[i]) - sums[v] / (double)s->of[v].n;
    within += off * off;
    s->residual[s->n_residuals++] = exp(off);
    if (s->of[v].value != NULL) s->of[v].value[next[v]++] = d[i].value;
  }
  if (status == FSIM_OK && n > groups)
    status = pool_means(s, sums, fmax(within / (double)(n - groups), 1e-12), report);
  if (status == FSIM_OK) qsort(s->residual, s->n_residuals, sizeof *s->residual, compare_doubles);
  free(next);
  free(sums);
  return status;
}

int fsim_value_segments_of(const fsim_log *log, size_t funnel,
                           const fsim_fitted_attributes *attributes, const double *p,
                           fsim_report *report, fsim_value_segments *s) {
  *s = (fsim_value_segments){.attribute = SIZE_MAX};
  size_t best = SIZE_MAX, n = 0;
  for (size_t a = 0; a < attributes->n; a++) {
    if (p[a] < FSIM_SPLIT_LEVEL && (best == SIZE_MAX || p[a] < p[best])) best = a;
  }
  if (best == SIZE_MAX) return FSIM_OK;
  deal *d = NULL;
  int status = take_deals(log, funnel, report, &d, &n);
  s->attribute = best;
  s->p = p[best];
  s->n_values = attributes->attribute[best].n_values;
  if (status == FSIM_OK) status = fill(log, &attributes->attribute[best], d, n, report, s);
  free(d);
  return status;
}
