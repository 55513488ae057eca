/* The chance to win, from shares of leaving each stage, and how sure it is. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/fit/incidence.h"
#include "analysis/fit/scores.h"
#include "analysis/fit/survival.h"
#include "sim/base/array.h"

#define GROUPS 20

/* Shares of leaving by stage: n_exits of them, then what is never seen to leave. */
typedef struct stage_shares {
  double *share; /* [total] */
  size_t *first; /* [n_stages] */
} stage_shares;

static int make_shares(const fsim_fitted_funnel *f, fsim_report *report, stage_shares *s) {
  size_t total = 0;
  s->first = fsim_zeroed(f->n_stages, sizeof *s->first);
  if (s->first == NULL) return fsim_no_memory(report);
  for (size_t k = 0; k < f->n_stages; k++) {
    s->first[k] = total;
    total += f->stays.stage[k].n_exits + 1;
  }
  s->share = fsim_zeroed(total, sizeof *s->share);
  return s->share == NULL ? fsim_no_memory(report) : FSIM_OK;
}

static void free_shares(stage_shares *s) {
  free(s->share);
  free(s->first);
}

/* Probability of a win from the funnel's entry; NAN when the chain cannot be solved. */
static double solve_chain(const fsim_log *log, const fsim_fitted_funnel *f, const stage_shares *s) {
  const size_t n = f->n_stages;
  const fsim_log_funnel *of = &log->funnels[f->stays.funnel];
  gsl_matrix *chain = gsl_matrix_calloc(n, n);
  gsl_vector *wins = gsl_vector_calloc(n), *chance = gsl_vector_calloc(n);
  gsl_permutation *order = gsl_permutation_alloc(n);
  double answer = NAN;
  if (chain != NULL && wins != NULL && chance != NULL && order != NULL) {
    for (size_t k = 0; k < n; k++) {
      const fsim_stage_stays *stays = &f->stays.stage[k];
      const double *share = s->share + s->first[k];
      *gsl_matrix_ptr(chain, k, k) += 1;
      if (stays->later_age > 0) *gsl_matrix_ptr(chain, k, stays->later) -= share[stays->n_exits];
      for (size_t x = 0; x < stays->n_exits; x++) {
        const fsim_stay_exit *e = &stays->exit[x];
        if (!e->outcome)
          *gsl_matrix_ptr(chain, k, (size_t)e->index) -= share[x];
        else if (of->wins[e->index])
          *gsl_vector_ptr(wins, k) += share[x];
      }
    }
    int sign;
    if (gsl_linalg_LU_decomp(chain, order, &sign) == 0 &&
        gsl_linalg_LU_solve(chain, order, wins, chance) == 0)
      answer = gsl_vector_get(chance, f->entry);
  }
  gsl_matrix_free(chain);
  gsl_vector_free(wins);
  gsl_vector_free(chance);
  gsl_permutation_free(order);
  return answer;
}

double fsim_fitted_win_rate(const fsim_log *log, const fsim_fitted_funnel *fitted) {
  fsim_report *report = fsim_report_new();
  stage_shares s = {0};
  double answer = NAN;
  if (report != NULL && make_shares(fitted, report, &s) == FSIM_OK) {
    for (size_t k = 0; k < fitted->n_stages; k++) {
      const fsim_hazard *h = &fitted->stage[k].hazard;
      double *share = s.share + s.first[k];
      const bool instant = fitted->stage[k].instant;
      for (size_t x = 0; x < h->n_exits; x++)
        share[x] = instant ? fsim_stays_share(&fitted->stays.stage[k], x) : fsim_hazard_share(h, x);
      share[h->n_exits] = instant ? 0 : fsim_hazard_open(h);
    }
    answer = solve_chain(log, fitted, &s);
  }
  free_shares(&s);
  fsim_report_free(report);
  return answer;
}

/* ---- the jackknife ---- */

/* Shares of one stage without the cases of one group. */
static int shares_without(const fsim_fitted_funnel *f, size_t stage, size_t group, fsim_stay *all,
                          fsim_report *report, double *share) {
  const fsim_stage_stays *from = &f->stays.stage[stage];
  size_t n = 0;
  fsim_stay_ages(from, f->stays.by_day, all);
  for (size_t i = 0; i < from->n; i++) {
    if (from->stay[i].which_case % GROUPS != group) all[n++] = all[i];
  }
  for (size_t x = 0; x < from->n_exits; x++) share[x] = 0;
  share[from->n_exits] = 1;
  if (n == 0) return FSIM_OK;
  const fsim_stays stays = {all, n, from->n_exits, 0};
  fsim_incidence_curve *curve = NULL;
  int status = fsim_incidence_of(&stays, report, &curve);
  if (status == FSIM_OK && curve->n > 0) {
    for (size_t x = 0; x < from->n_exits; x++)
      share[x] = curve->incidence[(curve->n - 1) * from->n_exits + x];
    share[from->n_exits] = curve->open[curve->n - 1];
  }
  fsim_incidence_curve_free(curve);
  return status;
}

/* Win rates without each group in turn. */
static int leave_out(const fsim_log *log, const fsim_fitted_funnel *f, fsim_report *report,
                     double rate[GROUPS]) {
  stage_shares s = {0};
  size_t most = 1;
  for (size_t k = 0; k < f->n_stages; k++)
    most = f->stays.stage[k].n > most ? f->stays.stage[k].n : most;
  fsim_stay *stay = fsim_zeroed(most, sizeof *stay);
  int status = stay == NULL ? fsim_no_memory(report) : make_shares(f, report, &s);
  for (size_t g = 0; g < GROUPS && status == FSIM_OK; g++) {
    for (size_t k = 0; k < f->n_stages && status == FSIM_OK; k++)
      status = shares_without(f, k, g, stay, report, s.share + s.first[k]);
    if (status == FSIM_OK) rate[g] = solve_chain(log, f, &s);
  }
  free(stay);
  free_shares(&s);
  return status;
}

static double log_odds(double p) {
  return log(p / (1 - p));
}

static int limits_of_corrected(const fsim_log *log, const fsim_fitted_funnel *f,
                               fsim_report *report, fsim_share_estimate *e) {
  double rate[GROUPS], mean = 0, squares = 0;
  int status = leave_out(log, f, report, rate);
  if (status != FSIM_OK) return status;
  for (size_t g = 0; g < GROUPS; g++) {
    if (!(rate[g] > 0 && rate[g] < 1)) return FSIM_OK; /* too few cases to tell */
    rate[g] = log_odds(rate[g]);
    mean += rate[g] / GROUPS;
  }
  for (size_t g = 0; g < GROUPS; g++) squares += (rate[g] - mean) * (rate[g] - mean);
  const double error = sqrt(squares * (GROUPS - 1) / GROUPS);
  const double t = gsl_cdf_tdist_Pinv(0.975, GROUPS - 1), odds = log_odds(e->share);
  if (!isfinite(odds)) return FSIM_OK;
  e->low = 1 / (1 + exp(-(odds - t * error)));
  e->high = 1 / (1 + exp(-(odds + t * error)));
  return FSIM_OK;
}

fsim_share_estimate fsim_counted_share(double k, double n) {
  fsim_share_estimate e = {NAN, NAN, NAN};
  if (n <= 0) return e;
  e.share = k / n;
  fsim_share_limits(k, n, 0.95, &e.low, &e.high);
  return e;
}

int fsim_win_rates_of(const fsim_log *log, const fsim_fitted_funnel *fitted, fsim_report *report,
                      fsim_win_rates *rates) {
  const fsim_log_funnel *of = &log->funnels[fitted->stays.funnel];
  *rates = (fsim_win_rates){0};
  for (size_t c = 0; c < log->n_cases; c++) {
    const fsim_case *which = &log->cases[c];
    if (which->funnel != (int32_t)fitted->stays.funnel) continue;
    rates->n += 1;
    rates->closed += which->outcome != FSIM_NONE;
    rates->won += which->outcome != FSIM_NONE && of->wins[which->outcome];
  }
  rates->of_all = fsim_counted_share(rates->won, rates->n);
  rates->of_closed = fsim_counted_share(rates->won, rates->closed);
  rates->corrected = (fsim_share_estimate){fsim_fitted_win_rate(log, fitted), NAN, NAN};
  return limits_of_corrected(log, fitted, report, &rates->corrected);
}
