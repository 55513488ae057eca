#include "analysis/decide/sensitivity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/compare_metrics.h"
#include "analysis/decide/lenses.h"
#include "analysis/decide/plans.h"
#include "analysis/decide/rank.h"
#include "analysis/ratio.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

/* More people than any queue can use. */
#define PLENTY "10000"
/* A hundred plans take a minute with so many; common random numbers do the rest. */
#define USUAL_REPLICATIONS 50

/* All plans: the base, a step a lever, steps back, a relief a team. */
typedef struct work {
  fsim_sensitivity *s;
  fsim_step *steps;
  size_t n_steps;
  fsim_plan_job *jobs;
  size_t n_jobs;
  size_t *step_job, *back_job, *relief_job; /* [n_steps], [n_steps] (SIZE_MAX: none), [n_teams] */
  fsim_name_list names;                     /* the measures, then "spent" */
  double *units;   /* [n_steps][replications]: differences of the first measure */
  size_t *n_units; /* [n_steps]: how many of them; 0: refused, or nothing to divide by */
} work;

static int list_names(work *w, const fsim_sensitivity_options *options, fsim_report *report) {
  const fsim_scenario *scenario = w->s->variant->scenario;
  int failed = 0;
  for (size_t i = 0; i < options->n_metrics && !failed; i++)
    failed = fsim_name_add(&w->names, "%s", options->metrics[i]);
  if (options->n_metrics == 0) {
    failed = fsim_name_add(&w->names, "%s", fsim_primary_metric(scenario));
    for (size_t f = 0; f < scenario->n_funnels && !failed; f++)
      failed = fsim_name_add(&w->names, "%s.won", scenario->funnels[f].name);
  }
  w->s->n_measures = w->names.n;
  if (!failed) failed = fsim_name_add(&w->names, "spent");
  return failed ? fsim_no_memory(report) : FSIM_OK;
}

/* ---- jobs ---- */

static int add_job(work *w, const char *path, const char *step, size_t *index) {
  fsim_text set = {0};
  fsim_text_append(&set, "%s=%s", path, step);
  if (set.failed) return -1;
  w->jobs[w->n_jobs].set = set.text;
  *index = w->n_jobs++;
  return 0;
}

static bool team_works(const fsim_scenario *scenario, size_t team) {
  for (size_t i = 0; i < scenario->n_profiles * scenario->n_stages; i++) {
    const fsim_stage_law *law = &scenario->versions[0].stages[i];
    if (law->work.set && law->work.team == team) return true;
  }
  return false;
}

static int plan_jobs(work *w, fsim_report *report) {
  const fsim_scenario *scenario = w->s->variant->scenario;
  size_t most = 1 + 2 * w->n_steps + scenario->n_teams;
  w->jobs = fsim_zeroed(most, sizeof *w->jobs);
  w->step_job = fsim_zeroed(w->n_steps, sizeof *w->step_job);
  w->back_job = fsim_zeroed(w->n_steps, sizeof *w->back_job);
  w->relief_job = fsim_zeroed(scenario->n_teams, sizeof *w->relief_job);
  if (!w->jobs || !w->step_job || !w->back_job || !w->relief_job) return fsim_no_memory(report);
  w->n_jobs = 1; /* the base is the first */
  int failed = 0;
  for (size_t t = 0; t < scenario->n_teams && !failed; t++) {
    char path[256];
    snprintf(path, sizeof path, "teams.%s.size", scenario->teams[t].name);
    w->relief_job[t] = SIZE_MAX;
    if (team_works(scenario, t)) failed = add_job(w, path, PLENTY, &w->relief_job[t]);
  }
  for (size_t i = 0; i < w->n_steps && !failed; i++) {
    const fsim_step *step = &w->steps[i];
    failed = add_job(w, step->lever->path, step->by, &w->step_job[i]);
    w->back_job[i] = SIZE_MAX;
    if (!failed && step->back != NULL)
      failed = add_job(w, step->lever->path, step->back, &w->back_job[i]);
  }
  return failed ? fsim_no_memory(report) : FSIM_OK;
}

/* ---- effects ---- */

static int differences(const work *w, const fsim_plan_job *job, fsim_difference **made,
                       fsim_report *report) {
  const fsim_sensitivity *s = w->s;
  const fsim_plan_job *base = &w->jobs[0];
  double simultaneous = 1 - (1 - s->confidence) / (double)s->intervals;
  *made = fsim_zeroed(s->n_measures, sizeof **made);
  if (*made == NULL) return fsim_no_memory(report);
  int status = FSIM_OK;
  for (size_t m = 0; m < s->n_measures && status == FSIM_OK; m++)
    status =
        fsim_difference_make(&base->outputs, &base->measures[m], &job->outputs, &job->measures[m],
                             m, true, s->confidence, simultaneous, report, &(*made)[m]);
  return status;
}

/* What the step costs a week (people, leads), and what is left of its gain in money. */
static int add_costs(const work *w, const fsim_plan_job *job, fsim_lever_effect *effect,
                     fsim_report *report) {
  const fsim_sensitivity *s = w->s;
  const fsim_plan_job *base = &w->jobs[0];
  uint32_t n = base->outputs.replications;
  bool in_pairs = base->outputs.uncertain;
  double people = job->team_cost_per_week - base->team_cost_per_week;
  double *memory = fsim_zeroed(2 * (size_t)n, sizeof *memory);
  effect->cost_per_week = NAN;
  effect->net = fsim_interval_none();
  if (memory == NULL) return fsim_no_memory(report);
  double *a = memory, *b = memory + n;
  size_t spent = s->n_measures;
  size_t units = fsim_unit_values(&base->outputs, &base->measures[spent], spent, n, in_pairs, a);
  fsim_unit_values(&job->outputs, &job->measures[spent], spent, n, in_pairs, b);
  double sum = 0;
  for (size_t u = 0; u < units; u++) {
    b[u] += people - a[u];
    sum += b[u];
  }
  if (units > 0 && sum != 0) {
    effect->cost_per_week = sum / (double)units;
    const fsim_measure *first = &base->measures[0];
    bool money = strcmp(first->units, "currency / w") == 0;
    const double *change = w->units + (size_t)(effect - s->effects) * n;
    for (size_t u = 0; u < units && money; u++) b[u] = change[u] - b[u];
    if (money)
      effect->net = fsim_interval_mean(b, units, 1 - (1 - s->confidence) / (double)s->intervals);
  }
  free(memory);
  return FSIM_OK;
}

/* Unit values of the first measure's change. */
static int difference_units(const work *w, const fsim_plan_job *job, double *units, size_t *n_units,
                            fsim_report *report) {
  const fsim_plan_job *base = &w->jobs[0];
  uint32_t n = base->outputs.replications;
  double *a = fsim_zeroed(n, sizeof *a);
  if (a == NULL) return fsim_no_memory(report);
  bool in_pairs = base->outputs.uncertain;
  size_t of_base = fsim_unit_values(&base->outputs, &base->measures[0], 0, n, in_pairs, a);
  size_t of_job = fsim_unit_values(&job->outputs, &job->measures[0], 0, n, in_pairs, units);
  *n_units = of_base < of_job ? of_base : of_job;
  for (size_t u = 0; u < *n_units; u++) units[u] -= a[u];
  free(a);
  return FSIM_OK;
}

/* Change of the measure as a share of it, over the lever's: both vary from unit to unit, so the
 * interval is that of a ratio of means (jackknife: Quenouille 1956; Tukey 1958). */
static int add_elasticity(const work *w, size_t i, fsim_lever_effect *e, fsim_report *report) {
  const fsim_plan_job *base = &w->jobs[0];
  uint32_t n = base->outputs.replications;
  size_t units = w->n_units[i];
  if (units < 2 || !isfinite(e->relative) || e->relative == 0) return FSIM_OK;
  double *a = fsim_zeroed(n, sizeof *a), sum = 0, sum_change = 0;
  if (a == NULL) return fsim_no_memory(report);
  const double *change = w->units + i * n;
  fsim_unit_values(&base->outputs, &base->measures[0], 0, n, base->outputs.uncertain, a);
  for (size_t u = 0; u < units; u++) {
    sum += a[u];
    sum_change += change[u];
  }
  bool defined = sum != 0;
  double count = (double)units, all = sum_change / sum;
  for (size_t u = 0; u < units && defined; u++) {
    double rest = sum - a[u];
    defined = rest != 0;
    a[u] = (count * all - (count - 1) * (sum_change - change[u]) / rest) / e->relative;
  }
  if (defined)
    e->elasticity =
        fsim_interval_mean(a, units, 1 - (1 - w->s->confidence) / (double)w->s->intervals);
  free(a);
  return FSIM_OK;
}

static char *copy(const char *text) {
  return fsim_copy_text(text, strlen(text));
}

static int make_effect(work *w, size_t i, fsim_report *report) {
  fsim_sensitivity *s = w->s;
  const fsim_step *step = &w->steps[i];
  fsim_plan_job *job = &w->jobs[w->step_job[i]];
  fsim_lever_effect *e = &s->effects[i];
  e->lever = copy(step->lever->path);
  e->kind = copy(step->lever->kind);
  e->value = copy(step->lever->value);
  e->step = copy(step->by);
  e->relative = step->relative;
  e->elasticity = e->net = fsim_interval_none();
  e->cost_per_week = NAN;
  if (!e->lever || !e->kind || !e->value || !e->step) return fsim_no_memory(report);
  fsim_lever_belongs(s->variant->scenario, e->lever, &e->stage, &e->team, &e->stream);
  if (job->refused != NULL) {
    e->refused = copy(job->refused);
    return e->refused == NULL ? fsim_no_memory(report) : FSIM_OK;
  }
  double *units = w->units + i * w->jobs[0].outputs.replications;
  int status = differences(w, job, &e->change, report);
  if (status == FSIM_OK) status = difference_units(w, job, units, &w->n_units[i], report);
  if (status == FSIM_OK) status = add_costs(w, job, e, report);
  if (status == FSIM_OK) status = add_elasticity(w, i, e, report);
  if (status != FSIM_OK) return status;
  if (w->back_job[i] == SIZE_MAX) return FSIM_OK;
  const fsim_plan_job *back = &w->jobs[w->back_job[i]];
  if (back->refused != NULL) return FSIM_OK;
  e->step_back = copy(step->back);
  if (e->step_back == NULL) return fsim_no_memory(report);
  return differences(w, back, &e->back, report);
}

static int make_reliefs(work *w, fsim_report *report) {
  fsim_sensitivity *s = w->s;
  size_t n = s->variant->scenario->n_teams;
  s->reliefs = fsim_zeroed(n, sizeof *s->reliefs);
  if (s->reliefs == NULL) return fsim_no_memory(report);
  int status = FSIM_OK;
  for (size_t t = 0; t < n && status == FSIM_OK; t++) {
    if (w->relief_job[t] == SIZE_MAX) continue;
    const fsim_plan_job *job = &w->jobs[w->relief_job[t]];
    if (job->refused != NULL) continue;
    fsim_relief *relief = &s->reliefs[s->n_reliefs++];
    relief->team = t;
    status = differences(w, job, &relief->change, report);
  }
  return status;
}

/* ---- ranks ---- */

/* More leads are no way past a bottleneck: they rank only where nothing else is moved. */
static bool is_candidate(const work *w, size_t i, bool only_demand) {
  return w->n_units[i] > 0 && (only_demand || w->s->effects[i].stream == SIZE_MAX);
}

static int rank(work *w, fsim_report *report) {
  fsim_sensitivity *s = w->s;
  size_t n = 0, best = 0, n_units = 0;
  bool only_demand = true;
  for (size_t i = 0; i < s->n_effects; i++) only_demand = only_demand && !is_candidate(w, i, false);
  const double **effects = fsim_zeroed(s->n_effects, sizeof *effects);
  size_t *which = fsim_zeroed(s->n_effects, sizeof *which);
  double *first = fsim_zeroed(s->n_effects, sizeof *first);
  bool *tied = fsim_zeroed(s->n_effects, sizeof *tied);
  int status = effects && which && first && tied ? FSIM_OK : fsim_no_memory(report);
  for (size_t i = 0; i < s->n_effects && status == FSIM_OK; i++) {
    if (!is_candidate(w, i, only_demand)) continue;
    which[n] = i;
    n_units = w->n_units[i]; /* of all that have any */
    effects[n] = w->units + i * w->jobs[0].outputs.replications;
    double size = fabs(s->effects[i].change[0].change.estimate);
    if (n == 0 || size > fabs(s->effects[which[best]].change[0].change.estimate)) best = n;
    n++;
  }
  uint64_t seed = s->variant->scenario->seed;
  if (status == FSIM_OK) status = fsim_rank_first(effects, n, n_units, seed, report, first);
  if (status == FSIM_OK)
    status = fsim_rank_ties(effects, n, n_units, best, s->confidence, report, tied);
  for (size_t i = 0; i < s->n_effects; i++) s->effects[i].first = NAN;
  for (size_t k = 0; k < n && status == FSIM_OK; k++) {
    s->effects[which[k]].first = first[k];
    s->effects[which[k]].tied = tied[k];
  }
  free(effects);
  free(which);
  free(first);
  free(tied);
  return status;
}

static double size_of(const fsim_lever_effect *e) {
  if (e->refused != NULL) return -2;
  double size = fabs(e->change[0].change.estimate);
  return isnan(size) ? -1 : size;
}

static int by_size(const void *a, const void *b) {
  const fsim_lever_effect *x = a, *y = b;
  double size_x = size_of(x), size_y = size_of(y);
  if (size_x != size_y) return size_x < size_y ? 1 : -1;
  return strcmp(x->lever, y->lever);
}

/* ---- all of it ---- */

static int run_all(work *w, const fsim_sensitivity_options *options, fsim_report *report) {
  fsim_sensitivity *s = w->s;
  const fsim_scenario *scenario = s->variant->scenario;
  uint32_t n = options->replications;
  bool few = scenario->replications > 0 && scenario->replications < USUAL_REPLICATIONS;
  if (n == 0) n = few ? scenario->replications : USUAL_REPLICATIONS;
  if (scenario->uncertain) n += n % 2;
  fsim_plans_options run = {.names = w->names.names,
                            .n_names = w->names.n,
                            .replications = n,
                            .threads = options->threads,
                            .progress = options->progress,
                            .context = options->context};
  int status = fsim_plans_run(s->variant, w->jobs, w->n_jobs, &run, report);
  if (status != FSIM_OK) return status;
  if (w->jobs[0].refused != NULL)
    return fsim_bad_input(report, FSIM_NOWHERE, "%s", w->jobs[0].refused);
  w->units = fsim_zeroed(w->n_steps * n, sizeof *w->units);
  w->n_units = fsim_zeroed(w->n_steps, sizeof *w->n_units);
  s->values = fsim_zeroed(s->n_measures, sizeof *s->values);
  s->effects = fsim_zeroed(w->n_steps, sizeof *s->effects);
  if (!w->units || !w->n_units || !s->values || !s->effects) return fsim_no_memory(report);
  s->n_effects = w->n_steps;
  s->intervals = w->n_jobs - 1;
  return FSIM_OK;
}

static int estimate_all(work *w, fsim_report *report) {
  fsim_sensitivity *s = w->s;
  const fsim_plan_job *base = &w->jobs[0];
  int status = FSIM_OK;
  for (size_t m = 0; m < s->n_measures && status == FSIM_OK; m++) {
    fsim_difference itself;
    status =
        fsim_difference_make(&base->outputs, &base->measures[m], &base->outputs, &base->measures[m],
                             m, true, s->confidence, s->confidence, report, &itself);
    s->values[m] = itself.base;
  }
  for (size_t i = 0; i < w->n_steps && status == FSIM_OK; i++) status = make_effect(w, i, report);
  if (status == FSIM_OK) status = make_reliefs(w, report);
  if (status == FSIM_OK) status = rank(w, report);
  if (status == FSIM_OK) qsort(s->effects, s->n_effects, sizeof *s->effects, by_size);
  return status;
}

int fsim_sensitivity_make(const fsim_variant *variant, const fsim_sensitivity_options *options,
                          fsim_report *report, fsim_sensitivity **sensitivity) {
  fsim_sensitivity *s = *sensitivity = fsim_zeroed(1, sizeof *s);
  if (s == NULL) return fsim_no_memory(report);
  s->variant = variant;
  s->confidence = options->confidence > 0 ? options->confidence : variant->scenario->confidence;
  work w = {.s = s};
  int status = list_names(&w, options, report);
  if (status == FSIM_OK)
    status = fsim_steps_make(variant, &options->steps, report, &w.steps, &w.n_steps);
  if (status == FSIM_OK) status = plan_jobs(&w, report);
  if (status == FSIM_OK) status = run_all(&w, options, report);
  if (status == FSIM_OK) status = estimate_all(&w, report);
  if (status == FSIM_OK) {
    s->replications = w.jobs[0].outputs.replications;
    status = fsim_lenses_make(variant, s->replications, options->threads, report, &s->lenses);
  }
  s->names = w.names.names;
  s->n_names = w.names.n;
  if (w.jobs != NULL) {
    s->measures = w.jobs[0].measures;
    w.jobs[0].measures = NULL;
  }
  fsim_plan_jobs_free(w.jobs, w.n_jobs, w.names.n);
  free(w.steps);
  free(w.step_job);
  free(w.back_job);
  free(w.relief_job);
  free(w.units);
  free(w.n_units);
  return status;
}

const fsim_lever_effect *fsim_bottleneck(const fsim_sensitivity *s) {
  for (size_t i = 0; i < s->n_effects; i++) {
    const fsim_lever_effect *e = &s->effects[i];
    if (e->refused != NULL || isnan(e->first)) continue;
    const fsim_interval *effect = &e->change[0].change;
    return effect->low > 0 || effect->high < 0 ? e : NULL;
  }
  return NULL;
}

void fsim_sensitivity_free(fsim_sensitivity *s) {
  if (s == NULL) return;
  for (size_t i = 0; i < s->n_effects; i++) {
    fsim_lever_effect *e = &s->effects[i];
    char *texts[] = {e->lever, e->kind, e->value, e->step, e->refused, e->step_back};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) free(texts[k]);
    free(e->change);
    free(e->back);
  }
  for (size_t i = 0; i < s->n_reliefs; i++) free(s->reliefs[i].change);
  for (size_t m = 0; s->measures != NULL && m < s->n_names; m++) fsim_measure_free(&s->measures[m]);
  fsim_name_list names = {s->names, s->n_names, 0};
  fsim_names_free(&names);
  free(s->measures);
  free(s->values);
  free(s->effects);
  free(s->reliefs);
  free(s->lenses);
  free(s);
}
