#include "analysis/fit/naive.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "sim/base/array.h"

#define WEEK INT64_C(604800)
#define FUTURES 200

int fsim_recent_weeks(const fsim_log *log, size_t funnels, int recent, size_t weeks,
                      fsim_report *report, double **futures, size_t *n) {
  int64_t known = (log->end - log->begin) / WEEK;
  *n = (size_t)(known < recent ? known : recent);
  *futures = NULL;
  if (*n < 2) return FSIM_OK;
  *futures = fsim_zeroed(*n * weeks, sizeof **futures);
  if (*futures == NULL) return fsim_no_memory(report);
  for (size_t c = 0; c < log->n_cases; c++) {
    if (!fsim_log_counts_win(log, funnels, &log->cases[c])) continue;
    int64_t ago = (log->end - 1 - log->cases[c].closed) / WEEK;
    if (ago < 0 || ago >= (int64_t)*n) continue;
    for (size_t k = 0; k < weeks; k++) (*futures)[(size_t)ago * weeks + k] += 1;
  }
  return FSIM_OK;
}

/* ---- chain ladder ---- */

typedef struct ladder {
  size_t n;     /* cohorts, the last one the week before the end; the first has all that is older */
  double *size; /* [n] */
  double *won;  /* [n]: by age in weeks, in the last weeks */
  double *at_age; /* [n]: sizes of the cohorts that passed through that age then */
  double new_per_week;
} ladder;

/* A quantile of the Poisson law: FUTURES of them, evenly spread, are its ensemble. */
static double poisson_quantile(double mean, double p) {
  if (!(mean > 0)) return 0;
  double k = floor(mean + gsl_cdf_ugaussian_Pinv(p) * sqrt(mean));
  if (k < 0) k = 0;
  while (k > 0 && gsl_cdf_poisson_P((unsigned)(k - 1), mean) >= p) k--;
  while (gsl_cdf_poisson_P((unsigned)k, mean) < p) k++;
  return k;
}

/* Cohorts of what arrives: deals, or customers, or leads (and deals without one). */
static void fill_ladder(const fsim_log *log, size_t funnels, int recent, ladder *l) {
  const bool all = log->orders || funnels == FSIM_ALL_FUNNELS;
  for (size_t c = 0; c < log->n_cases; c++) {
    const fsim_case *which = &log->cases[c];
    const bool is_new = all ? which->parent == FSIM_NONE : fsim_log_counts(log, funnels, which);
    const bool is_win = fsim_log_counts_win(log, funnels, which);
    if (!is_new && !is_win) continue;
    int64_t ago = (log->end - 1 - fsim_log_known_since(log, funnels, which)) / WEEK;
    size_t cohort = ago >= (int64_t)l->n ? l->n - 1 : (size_t)ago;
    l->size[cohort] += is_new;
    if (!is_win) continue;
    int64_t won_ago = (log->end - 1 - which->closed) / WEEK;
    int64_t age = ago - won_ago;
    if (won_ago < recent && age < (int64_t)l->n) l->won[age < 0 ? 0 : age] += 1;
  }
  /* The cohort of `a` weeks ago was of age a - w in the w-th week before the end. */
  for (int w = 0; w < recent; w++) {
    for (size_t a = (size_t)w; a < l->n; a++) l->at_age[a - (size_t)w] += l->size[a];
  }
  size_t weeks = (size_t)recent < l->n ? (size_t)recent : l->n;
  for (size_t a = 0; a < weeks; a++) l->new_per_week += l->size[a] / (double)weeks;
}

static double share_at(const ladder *l, size_t age) {
  return age < l->n && l->at_age[age] > 0 ? l->won[age] / l->at_age[age] : 0;
}

static void expected(const ladder *l, size_t week, double *open, double *all) {
  *open = 0;
  for (size_t a = 0; a < l->n; a++) *open += l->size[a] * share_at(l, a + week + 1);
  *all = *open;
  for (size_t born = 0; born <= week; born++) *all += l->new_per_week * share_at(l, week - born);
}

int fsim_chain_ladder(const fsim_log *log, size_t funnels, int recent, size_t weeks,
                      fsim_report *report, double **open, double **all, size_t *n) {
  ladder l = {.n = (size_t)((log->end - log->begin) / WEEK)};
  *n = FUTURES;
  *open = *all = NULL;
  if (l.n < 2) return FSIM_OK;
  l.size = fsim_zeroed(l.n, sizeof *l.size);
  l.won = fsim_zeroed(l.n, sizeof *l.won);
  l.at_age = fsim_zeroed(l.n, sizeof *l.at_age);
  *open = fsim_zeroed(FUTURES * weeks, sizeof **open);
  *all = fsim_zeroed(FUTURES * weeks, sizeof **all);
  int status = l.size && l.won && l.at_age && *open && *all ? FSIM_OK : fsim_no_memory(report);
  if (status == FSIM_OK) fill_ladder(log, funnels, recent, &l);
  for (size_t k = 0; k < weeks && status == FSIM_OK; k++) {
    double mean_open, mean_all;
    expected(&l, k, &mean_open, &mean_all);
    for (size_t r = 0; r < FUTURES; r++) {
      double p = ((double)r + 0.5) / FUTURES;
      (*open)[r * weeks + k] = poisson_quantile(mean_open, p);
      (*all)[r * weeks + k] = poisson_quantile(mean_all, p);
    }
  }
  free(l.size);
  free(l.won);
  free(l.at_age);
  return status;
}
