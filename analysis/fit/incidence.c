#include "analysis/fit/incidence.h"

#include <gsl/gsl_linalg.h>
#include <math.h>

/* Walks the pieces; the share that leaves by `exit` in each goes to `sum` until it reaches `until`,
 * and the age then is returned. */
static double walk(const fsim_hazard *h, size_t exit, double until, double *sum, double *open) {
  double left = 1, taken = 0;
  for (size_t p = 0; p < h->n_pieces; p++) {
    const double *rate = h->rate + p * h->n_exits;
    double all = 0, width = h->from[p + 1] - h->from[p];
    for (size_t x = 0; x < h->n_exits; x++) all += rate[x];
    if (all <= 0) continue;
    double leave = -left * expm1(-all * width), own = leave * rate[exit] / all;
    if (taken + own >= until && own > 0)
      return h->from[p] - log1p(-(until - taken) / own * leave / left) / all;
    taken += own;
    left -= leave;
  }
  *sum = taken;
  *open = left;
  return NAN;
}

double fsim_hazard_share(const fsim_hazard *hazard, size_t exit) {
  double sum = 0, open;
  walk(hazard, exit, INFINITY, &sum, &open);
  return sum;
}

double fsim_hazard_open(const fsim_hazard *hazard) {
  double sum, open = 1;
  if (hazard->n_exits > 0) walk(hazard, 0, INFINITY, &sum, &open);
  return open;
}

double fsim_hazard_quantile(const fsim_hazard *hazard, size_t exit, double p) {
  double sum, open, share = fsim_hazard_share(hazard, exit);
  return share > 0 ? walk(hazard, exit, p * share, &sum, &open) : NAN;
}

double fsim_fitted_win_rate(const fsim_log *log, const fsim_fitted_funnel *fitted) {
  const size_t n = fitted->n_stages;
  const fsim_log_funnel *of = &log->funnels[fitted->stays.funnel];
  gsl_matrix *chain = gsl_matrix_calloc(n, n);
  gsl_vector *wins = gsl_vector_calloc(n), *chance = gsl_vector_calloc(n);
  gsl_permutation *order = gsl_permutation_alloc(n);
  double answer = NAN;
  if (chain != NULL && wins != NULL && chance != NULL && order != NULL) {
    for (size_t s = 0; s < n; s++) {
      gsl_matrix_set(chain, s, s, 1);
      const fsim_stage_stays *stays = &fitted->stays.stage[s];
      if (stays->later_age > 0)
        gsl_matrix_set(chain, s, stays->later, -fsim_hazard_open(&fitted->stage[s].hazard));
      for (size_t x = 0; x < fitted->stage[s].hazard.n_exits; x++) {
        const fsim_stay_exit *e = &fitted->stays.stage[s].exit[x];
        double share = fsim_hazard_share(&fitted->stage[s].hazard, x);
        double *cell = e->outcome ? NULL : gsl_matrix_ptr(chain, s, (size_t)e->index);
        if (cell != NULL)
          *cell -= share;
        else if (of->wins[e->index])
          *gsl_vector_ptr(wins, s) += share;
      }
    }
    int sign;
    if (gsl_linalg_LU_decomp(chain, order, &sign) == 0 &&
        gsl_linalg_LU_solve(chain, order, wins, chance) == 0)
      answer = gsl_vector_get(chance, fitted->entry);
  }
  gsl_matrix_free(chain);
  gsl_vector_free(wins);
  gsl_vector_free(chance);
  gsl_permutation_free(order);
  return answer;
}
