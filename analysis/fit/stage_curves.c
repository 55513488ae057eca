#include "analysis/fit/stage_curves.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/fit/incidence.h"
#include "analysis/fit/survival.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"

#define AGES 121
#define SHARE_SHOWN 0.98
#define Z95 1.959963984540054

void fsim_stage_curves_free(fsim_stage_curves *curves) {
  for (size_t x = 0; curves->exit != NULL && x < curves->n_exits; x++) {
    free(curves->exit[x].seen);
    free(curves->exit[x].low);
    free(curves->exit[x].high);
    free(curves->exit[x].model);
  }
  free(curves->exit);
  free(curves->age);
  free(curves->at_risk);
  *curves = (fsim_stage_curves){0};
}

static int make_curves(size_t n_exits, fsim_report *report, fsim_stage_curves *c) {
  c->n_exits = n_exits;
  c->age = fsim_zeroed(AGES, sizeof *c->age);
  c->at_risk = fsim_zeroed(AGES, sizeof *c->at_risk);
  c->exit = fsim_zeroed(n_exits, sizeof *c->exit);
  if (!c->age || !c->at_risk || !c->exit) return fsim_no_memory(report);
  for (size_t x = 0; x < n_exits; x++) {
    fsim_exit_curve *e = &c->exit[x];
    e->seen = fsim_zeroed(AGES, sizeof *e->seen);
    e->low = fsim_zeroed(AGES, sizeof *e->low);
    e->high = fsim_zeroed(AGES, sizeof *e->high);
    e->model = fsim_zeroed(AGES, sizeof *e->model);
    if (!e->seen || !e->low || !e->high || !e->model) return fsim_no_memory(report);
  }
  return FSIM_OK;
}

/* The age by which nearly all stays that ended had done so; 0: none ended. */
static int last_age_shown(const fsim_stay *stay, size_t n, fsim_report *report, double *age) {
  double *ends = fsim_zeroed(n, sizeof *ends);
  size_t n_ends = 0;
  *age = 0;
  if (ends == NULL) return fsim_no_memory(report);
  for (size_t i = 0; i < n; i++) {
    if (stay[i].exit >= 0) ends[n_ends++] = stay[i].to;
  }
  gsl_sort(ends, 1, n_ends);
  if (n_ends > 0) *age = fmax(ends[(size_t)((double)(n_ends - 1) * SHARE_SHOWN)], 60);
  free(ends);
  return FSIM_OK;
}

static void set_limits(double share, double variance, double *low, double *high) {
  *low = *high = NAN;
  if (!(share > 0) || share >= 1) return;
  const double rate = -log1p(-share);
  const double off = Z95 * sqrt(variance) / ((1 - share) * rate);
  *low = -expm1(-rate * exp(-off));
  *high = -expm1(-rate * exp(off));
}

static void fill_exit(const fsim_fitted_stage *stage, const fsim_hazard *rates,
                      const fsim_incidence_curve *data, size_t x, double resolution,
                      const fsim_stage_curves *c) {
  fsim_exit_curve *e = &c->exit[x];
  for (size_t i = 0; i < c->n; i++) {
    const size_t step = fsim_incidence_at(data, c->age[i] - resolution);
    if (step != SIZE_MAX) {
      e->seen[i] = data->incidence[step * c->n_exits + x];
      set_limits(e->seen[i], fsim_incidence_variance(data, step, x), &e->low[i], &e->high[i]);
    } else {
      e->low[i] = e->high[i] = NAN;
    }
    e->model[i] = stage->laws != NULL ? fsim_fit_incidence(stage->laws, x, c->age[i])
                                      : fsim_hazard_incidence(rates, x, c->age[i]);
  }
}

/* Time-outs as the data have them: ends by their exit. */
static void show_expired(const fsim_stage_stays *stage, fsim_stay *stay) {
  for (size_t i = 0; i < stage->n; i++) {
    if (stage->stay[i].expired) stay[i].exit = (int32_t)stage->expire_exit;
  }
}

/* From the age of the time-out on, nobody is left in the model. */
static void expire_model(const fsim_stage_stays *stage, const fsim_stage_curves *c) {
  for (size_t i = 0; i < c->n; i++) {
    double all = 0;
    if (c->age[i] < (double)stage->expire_after) continue;
    for (size_t x = 0; x < c->n_exits; x++) {
      fsim_exit_curve *e = &c->exit[x];
      if (i > 0 && x != stage->expire_exit) e->model[i] = e->model[i - 1];
      if (x != stage->expire_exit) all += e->model[i];
    }
    c->exit[stage->expire_exit].model[i] = 1 - all;
  }
}

static void count_at_risk(const fsim_stay *stay, size_t n, const fsim_stage_curves *c) {
  for (size_t i = 0; i < c->n; i++) {
    for (size_t k = 0; k < n; k++)
      c->at_risk[i] += stay[k].from <= c->age[i] && stay[k].to >= c->age[i];
  }
}

int fsim_stage_curves_of(const fsim_fitted_funnel *fitted, size_t stage, fsim_report *report,
                         fsim_stage_curves *curves) {
  fsim_stage_stays as_seen = fitted->stays.stage[stage];
  as_seen.pace = NULL; /* the data in days of the calendar, and the rates beside them */
  const fsim_stage_stays *from = &as_seen;
  const double resolution = fitted->stays.by_day ? FSIM_DAY : 0;
  *curves = (fsim_stage_curves){0};
  fsim_stay *stay = fsim_zeroed(from->n, sizeof *stay);
  fsim_incidence_curve *data = NULL;
  fsim_hazard rates = {0}; /* averaged over the months, as they were seen */
  double last = 0;
  int status = stay == NULL ? fsim_no_memory(report) : FSIM_OK;
  if (status == FSIM_OK) {
    fsim_stay_ages(from, fitted->stays.by_day, stay);
    show_expired(from, stay);
    status = last_age_shown(stay, from->n, report, &last);
    if (last > 0) last = fmax(last, 1.05 * (double)from->expire_after); /* a step, not an edge */
  }
  if (status == FSIM_OK) status = make_curves(from->n_exits, report, curves);
  if (status == FSIM_OK && last > 0) {
    const fsim_stays stays = {stay, from->n, from->n_exits, resolution};
    status = fsim_incidence_of(&stays, report, &data);
  }
  if (status == FSIM_OK)
    status = fsim_hazard_fit(from, fitted->stays.by_day, false, report, &rates);
  if (status == FSIM_OK && last > 0) {
    curves->n = AGES;
    for (size_t i = 0; i < AGES; i++) curves->age[i] = (last + resolution) * (double)i / (AGES - 1);
    for (size_t x = 0; x < from->n_exits; x++) {
      for (size_t i = 0; i < from->n; i++) curves->exit[x].ends += stay[i].exit == (int32_t)x;
      fill_exit(&fitted->stage[stage], &rates, data, x, resolution, curves);
    }
    if (from->expire_after > 0) expire_model(from, curves);
    count_at_risk(stay, from->n, curves);
  }
  fsim_incidence_curve_free(data);
  fsim_hazard_free(&rates);
  free(stay);
  return status;
}
