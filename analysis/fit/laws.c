#include "analysis/fit/laws.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/law_kinds.h"
#include "analysis/fit/likelihood.h"
#include "analysis/fit/survival.h"
#include "sim/base/array.h"

#define STARTS 3
#define SLACK 0.002 /* of exact ages: a step of 864 seconds is recorded as 863, 864 and 865 */

void fsim_stage_fit_free(fsim_stage_fit *fit) {
  if (fit == NULL) return;
  free(fit->exit);
  free(fit->theta);
  free(fit->covariance);
  free(fit);
}

/* ---- where to start ---- */

/* Mean and spread of the logarithms of the ages at which stays ended by an exit. */
static bool log_moments(const fsim_grouped *g, size_t exit, double *mean, double *sd) {
  double n = 0, sum = 0, squares = 0;
  for (size_t i = 0; i < g->n; i++) {
    if (g->stay[i].exit != (int32_t)exit) continue;
    double w = (double)g->stay[i].weight;
    double x = log(fmax(g->stay[i].to + g->resolution / 2, g->zero_resolution / 2));
    n += w;
    sum += w * x;
    squares += w * x * x;
  }
  if (n <= 0) return false;
  *mean = sum / n;
  *sd = sqrt(fmax(squares / n - *mean * *mean, 0.04));
  return true;
}

static double ends_by(const fsim_grouped *g, size_t exit) {
  double n = 0;
  for (size_t i = 0; i < g->n; i++) {
    if (g->stay[i].exit == (int32_t)exit) n += (double)g->stay[i].weight;
  }
  return n;
}

/* The first start takes what was seen as it is; the others know that slow ends are missing. */
static bool set_start(const fsim_law_model *m, int start, double *theta) {
  const fsim_grouped *g = m->data;
  const double slower = start == 0 ? 0 : start == 1 ? 0.5 : 1.2;
  const double open = fmax(g->n_stays - g->n_ends, 1);
  double *at = theta;
  for (size_t k = 1; k < g->n_exits; k++) *at++ = log(ends_by(g, k) / ends_by(g, 0));
  if (m->may_never) *at++ = log(open / ends_by(g, 0)) - slower;
  for (size_t k = 0; k < g->n_exits; k++) {
    double mean, sd;
    if (!log_moments(g, k, &mean, &sd)) return false;
    const size_t parts = m->spec[k].n_parts;
    if (parts > 1) *at++ = 0;
    for (size_t i = 0; i < parts; i++) {
      double parameter[2] = {1, 1};
      double shift = parts > 1 ? (i == 0 ? -sd : sd) : 0;
      fsim_law_entries[m->spec[k].kind[i]].start(mean + slower + shift, sd * (parts > 1 ? 0.6 : 1),
                                                 parameter);
      for (size_t p = 0; p < fsim_law_parameters(m->spec[k].kind[i]); p++)
        *at++ = log(parameter[p]);
    }
  }
  return true;
}

/* ---- what is known of the maximum ---- */

static double value_of(const double *theta, void *model) {
  return fsim_log_likelihood(model, theta);
}

/* Ages back in the unit of the stays: theta of times moves by log unit. */
static void to_unit_of_stays(const fsim_law_model *m, fsim_stage_fit *fit) {
  const double by = log(m->data->unit);
  size_t at = m->data->n_exits - 1 + m->may_never;
  for (size_t k = 0; k < m->data->n_exits; k++) {
    at += m->spec[k].n_parts - 1;
    for (size_t i = 0; i < m->spec[k].n_parts; i++) {
      const fsim_law_entry *entry = &fsim_law_entries[m->spec[k].kind[i]];
      for (size_t p = 0; p < fsim_law_parameters(m->spec[k].kind[i]); p++, at++) {
        if (!entry->is_time[p]) continue;
        fit->theta[at] += by;
        fit->exit[k].part[i].parameter[p] *= m->data->unit;
      }
    }
  }
}

static int describe(fsim_law_model *m, fsim_stage_fit *fit, fsim_report *report) {
  const fsim_grouped *g = m->data;
  fsim_laws_from_theta(m, fit->theta, fit->exit, &fit->never);
  fit->log_likelihood = fsim_log_likelihood(m, fit->theta);
  fit->aic = 2 * (double)m->n_theta - 2 * fit->log_likelihood;
  fit->bic = (double)m->n_theta * log(g->n_stays) - 2 * fit->log_likelihood;
  fit->bic_events = (double)m->n_theta * log(g->n_ends) - 2 * fit->log_likelihood;
  double unfinished = 0;
  for (size_t k = 0; k < g->n_exits; k++)
    unfinished += fit->exit[k].share * fsim_exit_survival(&fit->exit[k], g->longest);
  fit->share_identified = unfinished < 0.05 || g->n_ends >= g->n_stays;
  const fsim_climb climb = {value_of, m, m->n_theta, m->data->n_ends};
  int status = fsim_climb_covariance(&climb, fit->theta, report, fit->covariance);
  to_unit_of_stays(m, fit);
  return status;
}

/* The climb from one start. */
typedef struct ascent {
  double theta[FSIM_MOST_THETA];
  double value;
  bool steep;
  int status;
} ascent;

static int climb_from(const fsim_law_model *model, int start, fsim_report *report, ascent *a) {
  fsim_law_columns columns = {0};
  fsim_law_model own = *model;
  own.columns = &columns;
  if (!set_start(&own, start, a->theta))
    return fsim_bad_input(report, FSIM_NOWHERE, "an exit that was never seen cannot be fitted");
  int status = fsim_law_columns_make(own.data, report, &columns);
  const fsim_climb climb = {value_of, &own, own.n_theta, own.data->n_ends};
  if (status == FSIM_OK) status = fsim_climb_by_gradient(&climb, a->theta, report, &a->steep);
  if (status == FSIM_OK) a->value = fsim_log_likelihood(&own, a->theta);
  fsim_law_columns_free(&columns);
  return status;
}

static int maximise(fsim_law_model *m, fsim_report *report, fsim_stage_fit *fit) {
  ascent from[STARTS] = {0};
#pragma omp parallel for schedule(dynamic)
  for (int start = 0; start < STARTS; start++)
    from[start].status = climb_from(m, start, report, &from[start]);
  double best = -INFINITY;
  bool steep = true;
  for (int start = 0; start < STARTS; start++) {
    if (from[start].status != FSIM_OK) return from[start].status;
    if (from[start].value <= best + 1e-9) continue;
    best = from[start].value;
    steep = from[start].steep;
    memcpy(fit->theta, from[start].theta, m->n_theta * sizeof *fit->theta);
  }
  if (!steep) return FSIM_OK;
  const fsim_climb climb = {value_of, m, m->n_theta, m->data->n_ends};
  int status = fsim_climb_by_simplex(&climb, fit->theta, 0.01, report);
  return status == FSIM_OK ? fsim_climb_by_gradient(&climb, fit->theta, report, &steep) : status;
}

static fsim_stage_fit *new_fit(size_t n_exits, size_t n_theta) {
  fsim_stage_fit *fit = fsim_zeroed(1, sizeof *fit);
  if (fit == NULL) return NULL;
  fit->n_exits = n_exits;
  fit->n_theta = n_theta;
  fit->exit = fsim_zeroed(n_exits, sizeof *fit->exit);
  fit->theta = fsim_zeroed(n_theta, sizeof *fit->theta);
  fit->covariance = fsim_zeroed(n_theta * n_theta, sizeof *fit->covariance);
  if (fit->exit && fit->theta && fit->covariance) return fit;
  fsim_stage_fit_free(fit);
  return NULL;
}

int fsim_stage_fit_copy(const fsim_stage_fit *fit, fsim_report *report, fsim_stage_fit **copy) {
  const size_t n = fit->n_theta;
  fsim_stage_fit *made = new_fit(fit->n_exits, n);
  *copy = made;
  if (made == NULL) return fsim_no_memory(report);
  const fsim_stage_fit own = *made;
  *made = *fit;
  made->exit = own.exit;
  made->theta = own.theta;
  made->covariance = own.covariance;
  memcpy(made->exit, fit->exit, fit->n_exits * sizeof *made->exit);
  memcpy(made->theta, fit->theta, n * sizeof *made->theta);
  memcpy(made->covariance, fit->covariance, n * n * sizeof *made->covariance);
  return FSIM_OK;
}

int fsim_fit_laws(const fsim_stays *stays, const fsim_law_spec *spec_of_exit, bool may_never,
                  fsim_report *report, fsim_stage_fit **out) {
  *out = NULL;
  fsim_grouped grouped;
  int status = fsim_group_stays(stays, report, &grouped);
  fsim_law_columns columns = {0};
  if (status == FSIM_OK) status = fsim_law_columns_make(&grouped, report, &columns);
  fsim_law_model m = {
      .data = &grouped, .spec = spec_of_exit, .may_never = may_never, .columns = &columns};
  m.n_theta = fsim_count_theta(spec_of_exit, stays->n_exits, may_never);
  if (status == FSIM_OK && m.n_theta > FSIM_MOST_THETA)
    status =
        fsim_bad_input(report, FSIM_NOWHERE, "too many exits to fit laws to: %zu", stays->n_exits);
  fsim_stage_fit *fit = status == FSIM_OK ? new_fit(stays->n_exits, m.n_theta) : NULL;
  if (status == FSIM_OK && fit == NULL) status = fsim_no_memory(report);
  if (status == FSIM_OK) status = maximise(&m, report, fit);
  if (status == FSIM_OK) status = describe(&m, fit, report);
  fsim_law_columns_free(&columns);
  fsim_grouped_free(&grouped);
  if (status == FSIM_OK)
    *out = fit;
  else
    fsim_stage_fit_free(fit);
  return status;
}

/* ---- against the data ---- */

double fsim_fit_incidence(const fsim_stage_fit *fit, size_t exit, double age) {
  return fit->exit[exit].share * (1 - fsim_exit_survival(&fit->exit[exit], age));
}

int fsim_fit_distance(const fsim_stays *stays, const fsim_stage_fit *fit, fsim_report *report,
                      double *distance) {
  fsim_incidence_curve *curve = NULL;
  const double slack = stays->resolution > 0 ? 0 : SLACK;
  *distance = 0;
  int status = fsim_incidence_of(stays, report, &curve);
  if (status != FSIM_OK) return status;
  for (size_t i = 0; i < curve->n; i++) {
    for (size_t k = 0; k < curve->n_exits; k++) {
      const double seen = curve->incidence[i * curve->n_exits + k];
      const double age = curve->age[i] + stays->resolution;
      const double early = fsim_fit_incidence(fit, k, age * (1 - slack));
      const double late = fsim_fit_incidence(fit, k, age * (1 + slack));
      const double off = fmax(early - seen, seen - late);
      if (off > *distance) *distance = off;
    }
  }
  fsim_incidence_curve_free(curve);
  return FSIM_OK;
}
