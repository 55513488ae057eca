/* Attributes that depend on each other among new cases. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/fit/attributes.h"
#include "analysis/fit/label_test.h"
#include "sim/base/array.h"

#define LEVEL 0.01  /* of exports whose attributes are independent, so many have a pair */
#define LEAST_V 0.1 /* weaker ties move no forecast */

#define LEFT_OUT SIZE_MAX

/* Values that too few cases have are one, or left out. With the root of all cases in each no count
 * of two values is expected to be below one (Cochran, Biometrics 10, 1954). */
typedef struct groups {
  size_t *of; /* [n_values] */
  size_t n;
} groups;

static int group_values(const fsim_fitted_attribute *a, double cases, fsim_report *report,
                        groups *g) {
  double rare = 0;
  g->of = fsim_zeroed(a->n_values, sizeof *g->of);
  if (g->of == NULL) return fsim_no_memory(report);
  for (size_t v = 0; v < a->n_values; v++) {
    const double own = a->share[v] * cases;
    g->of[v] = own < sqrt(cases) ? LEFT_OUT : g->n++;
    if (g->of[v] == LEFT_OUT) rare += own;
  }
  const bool joined = rare >= sqrt(cases);
  for (size_t v = 0; v < a->n_values && joined; v++) {
    if (g->of[v] == LEFT_OUT) g->of[v] = g->n;
  }
  g->n += joined;
  return FSIM_OK;
}

/* Pearson's chi-squared of a table of rows * columns counts. */
static double chi_squared(const double *count, size_t rows, size_t columns, double n) {
  double sum = 0;
  for (size_t r = 0; r < rows; r++) {
    for (size_t c = 0; c < columns; c++) {
      double row = 0, column = 0;
      for (size_t k = 0; k < columns; k++) row += count[r * columns + k];
      for (size_t k = 0; k < rows; k++) column += count[k * columns + c];
      const double expected = row * column / n;
      if (expected > 0) sum += pow(count[r * columns + c] - expected, 2) / expected;
    }
  }
  return sum;
}

/* Cramér's V without its bias (Bergsma, Journal of the Korean Statistical Society 42, 2013). */
static double cramers_v(double chi, double rows, double columns, double n) {
  const double phi = fmax(0, chi / n - (rows - 1) * (columns - 1) / (n - 1));
  const double r = rows - (rows - 1) * (rows - 1) / (n - 1);
  const double c = columns - (columns - 1) * (columns - 1) / (n - 1);
  return sqrt(phi / fmin(r - 1, c - 1));
}

static int judge(const fsim_log *log, size_t funnel, int64_t since, double cases,
                 const fsim_fitted_attributes *attributes, fsim_report *report,
                 fsim_attribute_pair *pair) {
  const fsim_fitted_attribute *a = &attributes->attribute[pair->first];
  const fsim_fitted_attribute *b = &attributes->attribute[pair->second];
  groups rows = {0}, columns = {0};
  double *count = NULL;
  pair->p = 1;
  int status = group_values(a, cases, report, &rows);
  if (status == FSIM_OK) status = group_values(b, cases, report, &columns);
  if (status == FSIM_OK && rows.n > 1 && columns.n > 1) {
    count = fsim_zeroed(rows.n * columns.n, sizeof *count);
    if (count == NULL) status = fsim_no_memory(report);
    double n = 0;
    for (size_t c = 0; c < log->n_cases && status == FSIM_OK; c++) {
      if (!fsim_is_new_case(log, c, funnel, since)) continue;
      const size_t row = rows.of[fsim_value_of_case(log, a, c)];
      const size_t column = columns.of[fsim_value_of_case(log, b, c)];
      if (row == LEFT_OUT || column == LEFT_OUT) continue;
      count[row * columns.n + column] += 1;
      n += 1;
    }
    if (status == FSIM_OK && n > 1) {
      const double chi = chi_squared(count, rows.n, columns.n, n);
      pair->p = gsl_cdf_chisq_Q(chi, (double)((rows.n - 1) * (columns.n - 1)));
      pair->v = cramers_v(chi, (double)rows.n, (double)columns.n, n);
    }
  }
  free(count);
  free(rows.of);
  free(columns.of);
  return status;
}

static int adjust(fsim_attribute_pair *pair, size_t n, fsim_report *report) {
  double *p = fsim_zeroed(n, sizeof *p);
  if (p == NULL) return fsim_no_memory(report);
  for (size_t i = 0; i < n; i++) p[i] = pair[i].p;
  const int status = fsim_holm(p, n, report);
  for (size_t i = 0; i < n && status == FSIM_OK; i++) pair[i].p = p[i];
  free(p);
  return status;
}

static int by_strength(const void *left, const void *right) {
  const fsim_attribute_pair *a = left, *b = right;
  if (a->v != b->v) return a->v > b->v ? -1 : 1;
  if (a->first != b->first) return a->first < b->first ? -1 : 1;
  return (a->second > b->second) - (a->second < b->second);
}

int fsim_attribute_pairs_of(const fsim_log *log, size_t funnel, int64_t since, fsim_report *report,
                            fsim_fitted_attributes *attributes) {
  const size_t n = attributes->n, most = n * (n > 0 ? n - 1 : 0) / 2;
  double cases = 0;
  for (size_t c = 0; c < log->n_cases; c++) cases += fsim_is_new_case(log, c, funnel, since);
  if (most == 0 || cases < 2) return FSIM_OK;
  fsim_attribute_pair *pair = fsim_zeroed(most, sizeof *pair);
  if (pair == NULL) return fsim_no_memory(report);
  attributes->pair = pair;
  size_t tested = 0;
  int status = FSIM_OK;
  for (size_t a = 0; a < n; a++) {
    for (size_t b = a + 1; b < n && status == FSIM_OK; b++) {
      pair[tested] = (fsim_attribute_pair){.first = a, .second = b};
      status = judge(log, funnel, since, cases, attributes, report, &pair[tested++]);
    }
  }
  if (status == FSIM_OK) status = adjust(pair, tested, report);
  for (size_t i = 0; i < tested && status == FSIM_OK; i++) {
    if (pair[i].p < LEVEL && pair[i].v >= LEAST_V) pair[attributes->n_pairs++] = pair[i];
  }
  qsort(pair, attributes->n_pairs, sizeof *pair, by_strength);
  return status;
}
