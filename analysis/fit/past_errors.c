#include "analysis/fit/past_errors.h"

#include <math.h>

#define WEEK INT64_C(604800)
#define AHEAD 4         /* weeks: how far the past forecasts look */
#define SHORTEST_PAST 6 /* weeks that a past forecast is fitted on, at least */
#define MOST_PAST 6
#define REPLICATIONS 60

/* What a forecast over some weeks is unsure of beyond sampling and the swing of single weeks when
 * nothing is known: a fifth, of arrivals less. It counts as much as four past forecasts. */
#define PRIOR_SIGMA 0.2
#define PRIOR_ARRIVALS 0.15
#define PRIOR_WEIGHT 4.0
/* Beyond this a forecast says nothing; worse errors are a change of what the export holds. */
#define MOST_SIGMA 0.6

typedef struct past {
  double seen[2], mean[2], variance[2]; /* wins of open deals, new cases */
} past;

static void sum_up(const fsim_forecast *f, const double *paths, double *mean, double *variance) {
  double sum = 0, squares = 0;
  for (uint32_t r = 0; r < f->n; r++) {
    double total = 0;
    for (size_t k = 0; k < f->weeks; k++) total += paths[r * f->weeks + k];
    sum += total;
    squares += total * total;
  }
  *mean = sum / f->n;
  *variance = (squares - sum * *mean) / (f->n - 1);
}

static bool within(int64_t time, int64_t cut) {
  return time >= cut && time < cut + AHEAD * WEEK;
}

static void count_seen(const fsim_log *log, size_t funnels, int64_t cut, double seen[2]) {
  seen[0] = seen[1] = 0;
  for (size_t c = 0; c < log->n_cases; c++) {
    const fsim_case *which = &log->cases[c];
    const bool is_new = which->parent == FSIM_NONE &&
                        (funnels == FSIM_ALL_FUNNELS || (size_t)which->funnel == funnels);
    seen[1] += is_new && within(which->created, cut);
    if (!fsim_log_counts_win(log, funnels, which) || !within(which->closed, cut)) continue;
    seen[0] += fsim_log_known_since(log, funnels, which) < cut;
  }
}

static int look_back(const fsim_log *log, size_t funnels, int64_t cut,
                     const fsim_fit_options *as_fitted, int recent_weeks, bool values_known,
                     uint64_t seed, int threads, fsim_report *report, past *p) {
  fsim_log *then = NULL;
  int status = fsim_log_until(log, cut, values_known, report, &then);
  if (status != FSIM_OK) return status;
  fsim_fitted_set fitted = {0};
  fsim_model_text text = {0};
  fsim_forecast forecast = {0};
  fsim_fit_options fit = *as_fitted;
  fit.since = recent_weeks > 0 ? cut - recent_weeks * WEEK : FSIM_NO_TIME;
  fit.laws = fit.segments = false;
  const fsim_model_text_options write = {
      .scenario = "past", .weeks = AHEAD, .replications = REPLICATIONS, .seed = seed};
  status = fsim_estimate_set(then, funnels, &fit, report, &fitted);
  if (status == FSIM_OK) status = fsim_write_model_text(then, &fitted, &write, report, &text);
  if (status == FSIM_OK)
    status = fsim_forecast_run(then, &text, &fitted, &write, threads, report, &forecast);
  if (status == FSIM_OK) {
    sum_up(&forecast, forecast.open, &p->mean[0], &p->variance[0]);
    sum_up(&forecast, forecast.begun, &p->mean[1], &p->variance[1]);
    count_seen(log, funnels, cut, p->seen);
  }
  fsim_forecast_free(&forecast);
  fsim_model_text_free(&text);
  fsim_fitted_set_free(&fitted);
  fsim_log_free(then);
  return status;
}

/* Variance of the logarithm of seen over forecast, less what sampling gives, pooled with the prior:
 * squares of past errors are scaled chi-squared, the prior their conjugate (Gelman et al., Bayesian
 * Data Analysis, 2013, 2.6). */
static double pooled_sigma(const past *p, size_t n, int which, double prior) {
  double sum = PRIOR_WEIGHT * prior * prior, weight = PRIOR_WEIGHT;
  for (size_t i = 0; i < n; i++) {
    double mean = p[i].mean[which];
    if (mean < 5) continue; /* too few to tell a level from */
    double off = log((p[i].seen[which] + 0.5) / (mean + 0.5));
    double noise = p[i].variance[which] / (mean * mean);
    sum += fmax(off * off - noise, 0);
    weight += 1;
  }
  return fmin(sqrt(sum / weight), MOST_SIGMA);
}

int fsim_past_errors_of(const fsim_log *log, size_t funnels, const fsim_fit_options *as_fitted,
                        int recent_weeks, bool values_known, uint64_t seed, int threads,
                        fsim_report *report, fsim_past_errors *errors) {
  *errors = (fsim_past_errors){0};
  past p[MOST_PAST];
  int status = FSIM_OK;
  for (size_t i = 0; i < MOST_PAST && status == FSIM_OK; i++) {
    int64_t cut = log->end - (AHEAD + 2 * (int64_t)i) * WEEK;
    if (cut < log->begin + SHORTEST_PAST * WEEK) break;
    status = look_back(log, funnels, cut, as_fitted, recent_weeks, values_known, seed + i, threads,
                       report, &p[errors->n]);
    if (status == FSIM_OK) errors->n++;
  }
  errors->pace_sigma = errors->odds_sigma = pooled_sigma(p, errors->n, 0, PRIOR_SIGMA);
  errors->arrivals_sigma = pooled_sigma(p, errors->n, 1, PRIOR_ARRIVALS);
  return status;
}
