/* What steps give: differences, costs, elasticities. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/sensitivity_work.h"
#include "analysis/decide/slopes.h"
#include "analysis/ratio.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

typedef fsim_sensitivity_work work;

/* What is computed has no units and no chance. */
static void call_exact(fsim_interval *interval) {
  if (!isfinite(interval->estimate)) return;
  *interval = (fsim_interval){interval->estimate, interval->estimate, interval->estimate, 0, 0,
                              fsim_by_exact};
}

int fsim_effect_differences(const work *w, const fsim_plan_job *job, fsim_difference **made,
                            fsim_report *report) {
  const fsim_sensitivity *s = w->s;
  const fsim_plan_job *base = &w->jobs[0];
  *made = fsim_zeroed(s->n_measures, sizeof **made);
  if (*made == NULL) return fsim_no_memory(report);
  int status = FSIM_OK;
  for (size_t m = 0; m < s->n_measures && status == FSIM_OK; m++) {
    fsim_difference *d = &(*made)[m];
    status =
        fsim_difference_make(&base->outputs, &base->measures[m], &job->outputs, &job->measures[m],
                             m, true, s->confidence, fsim_effect_confidence(s), report, d);
    if (!w->exact[m]) continue;
    call_exact(&d->base);
    call_exact(&d->other);
    call_exact(&d->change);
  }
  return status;
}

/* Unit values of a measure's change. */
static int difference_units(const work *w, const fsim_plan_job *job, size_t m, double *units,
                            size_t *n_units, fsim_report *report) {
  const fsim_plan_job *base = &w->jobs[0];
  uint32_t n = base->outputs.replications;
  double *a = fsim_zeroed(n, sizeof *a);
  if (a == NULL) return fsim_no_memory(report);
  bool in_pairs = base->outputs.uncertain;
  size_t of_base = fsim_unit_values(&base->outputs, &base->measures[m], m, n, in_pairs, a);
  size_t of_job = fsim_unit_values(&job->outputs, &job->measures[m], m, n, in_pairs, units);
  *n_units = of_base < of_job ? of_base : of_job;
  for (size_t u = 0; u < *n_units; u++) units[u] -= a[u];
  free(a);
  return FSIM_OK;
}

/* What the step costs a week (people, leads), what it gives for that, and what is left of a gain in
 * money. */
static int add_costs(const work *w, const fsim_plan_job *job, fsim_lever_effect *e,
                     fsim_report *report) {
  const fsim_sensitivity *s = w->s;
  uint32_t n = w->jobs[0].outputs.replications;
  double people = job->team_cost_per_week - w->jobs[0].team_cost_per_week, sum = 0;
  double *cost = fsim_zeroed(n, sizeof *cost);
  if (cost == NULL) return fsim_no_memory(report);
  size_t units, of_change = w->n_units[e - s->effects];
  int status = difference_units(w, job, s->n_measures, cost, &units, report);
  for (size_t u = 0; u < units; u++) sum += cost[u] += people;
  if (status == FSIM_OK && units > 0 && sum != 0) {
    e->cost_per_week = sum / (double)units;
    const double *change = w->units + (size_t)(e - s->effects) * n;
    bool money = strcmp(w->jobs[0].measures[0].units, "currency / w") == 0;
    double confidence = fsim_effect_confidence(s);
    if (sum > 0 && units == of_change)
      e->gain_per_cost = fsim_ratio_fieller(change, cost, units, confidence);
    for (size_t u = 0; u < units; u++) cost[u] = change[u] - cost[u];
    if (money && units == of_change) e->net = fsim_interval_mean(cost, units, confidence);
  }
  if (w->exact[0] && w->exact[s->n_measures]) {
    call_exact(&e->net);
    call_exact(&e->gain_per_cost);
  }
  free(cost);
  return status;
}

static int add_elasticity(const work *w, size_t i, fsim_lever_effect *e, fsim_report *report) {
  const fsim_outputs *base = &w->jobs[0].outputs;
  uint32_t n = base->replications;
  double *now = fsim_zeroed(n, sizeof *now);
  if (now == NULL) return fsim_no_memory(report);
  fsim_unit_values(base, &w->jobs[0].measures[0], 0, n, base->uncertain, now);
  e->elasticity = fsim_elasticity(w->units + i * n, now, w->n_units[i], e->relative,
                                  fsim_effect_confidence(w->s));
  if (w->exact[0]) call_exact(&e->elasticity);
  free(now);
  return FSIM_OK;
}

static char *copy(const char *text) {
  return fsim_copy_text(text, strlen(text));
}

int fsim_effect_make(work *w, size_t i, fsim_report *report) {
  fsim_sensitivity *s = w->s;
  const fsim_step *step = &w->steps[i];
  fsim_plan_job *job = &w->jobs[w->step_job[i]];
  fsim_lever_effect *e = &s->effects[i];
  e->lever = copy(step->lever->path);
  e->kind = copy(step->lever->kind);
  e->value = copy(step->lever->value);
  e->step = copy(step->by);
  e->relative = step->relative;
  e->method = fsim_by_step;
  e->elasticity = e->slope = e->net = e->gain_per_cost = fsim_interval_none();
  e->cost_per_week = NAN;
  if (!e->lever || !e->kind || !e->value || !e->step) return fsim_no_memory(report);
  fsim_lever_belongs(s->variant->scenario, e->lever, &e->stage, &e->team, &e->stream);
  if (job->refused != NULL) {
    e->refused = copy(job->refused);
    return e->refused == NULL ? fsim_no_memory(report) : FSIM_OK;
  }
  double *units = w->units + i * w->jobs[0].outputs.replications;
  int status = fsim_effect_differences(w, job, &e->change, report);
  if (status == FSIM_OK) status = difference_units(w, job, 0, units, &w->n_units[i], report);
  if (status == FSIM_OK) status = add_costs(w, job, e, report);
  if (status == FSIM_OK) status = add_elasticity(w, i, e, report);
  if (status != FSIM_OK || w->back_job[i] == SIZE_MAX) return status;
  const fsim_plan_job *back = &w->jobs[w->back_job[i]];
  if (back->refused != NULL) return FSIM_OK;
  e->step_back = copy(step->back);
  if (e->step_back == NULL) return fsim_no_memory(report);
  return fsim_effect_differences(w, back, &e->back, report);
}

/* ---- slopes ---- */

static bool is_sure(const fsim_lever_effect *e) {
  return e->refused == NULL && (e->change[0].change.low > 0 || e->change[0].change.high < 0);
}

static double size_of(const fsim_lever_effect *e) {
  double size = fabs(e->change[0].change.estimate);
  return isnan(size) ? -1 : size;
}

/* Steps that can be, the clear and large effects first; returns how many are clear. */
static size_t order_steps(const work *w, size_t *order, size_t *n) {
  const fsim_lever_effect *effects = w->s->effects;
  size_t sure = 0;
  *n = 0;
  for (size_t i = 0; i < w->n_steps; i++) {
    if (effects[i].refused != NULL) continue;
    size_t at = (*n)++;
    for (; at > 0; at--) {
      const fsim_lever_effect *before = &effects[order[at - 1]];
      bool ahead = is_sure(&effects[i]) != is_sure(before) ? is_sure(&effects[i])
                                                           : size_of(&effects[i]) > size_of(before);
      if (!ahead) break;
      order[at] = order[at - 1];
    }
    order[at] = i;
    sure += is_sure(&effects[i]);
  }
  return sure;
}

static void take_slope(const fsim_slope *slope, fsim_lever_effect *e) {
  e->curved = slope->curved;
  e->no_score = slope->no_score;
  if (slope->method == fsim_by_step) return;
  e->method = slope->method;
  e->slope = slope->slope;
  e->elasticity = slope->elasticity;
  if (slope->method != fsim_by_exact) return;
  call_exact(&e->slope);
  call_exact(&e->elasticity);
}

int fsim_effect_slopes(work *w, const fsim_sensitivity_options *options, uint32_t replications,
                       fsim_report *report) {
  const fsim_sensitivity *s = w->s;
  size_t n, *order = fsim_zeroed(w->n_steps, sizeof *order);
  fsim_step *steps = fsim_zeroed(w->n_steps, sizeof *steps);
  fsim_slope *slopes = fsim_zeroed(w->n_steps, sizeof *slopes);
  int status = order && steps && slopes ? FSIM_OK : fsim_no_memory(report);
  if (status == FSIM_OK) {
    size_t sure = order_steps(w, order, &n);
    fsim_slopes_options how = {.plans = {.names = w->names.names,
                                         .n_names = 1,
                                         .replications = replications,
                                         .threads = options->threads,
                                         .exact = w->exact,
                                         .progress = options->progress,
                                         .context = options->context},
                               .n_central = sure < options->slopes ? sure : options->slopes,
                               .confidence = fsim_effect_confidence(s),
                               .exact = w->exact[0]};
    for (size_t k = 0; k < n; k++) steps[k] = w->steps[order[k]];
    status = fsim_slopes_make(s->variant, steps, n, &w->jobs[0], &how, report, slopes);
    for (size_t k = 0; k < n && status == FSIM_OK; k++)
      take_slope(&slopes[k], &s->effects[order[k]]);
  }
  free(order);
  free(steps);
  free(slopes);
  return status;
}
