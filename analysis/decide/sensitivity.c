#include "analysis/decide/sensitivity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/compare_metrics.h"
#include "analysis/decide/expected.h"
#include "analysis/decide/lenses.h"
#include "analysis/decide/rank.h"
#include "analysis/decide/sensitivity_work.h"
#include "analysis/decide/slopes.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

/* More people than any queue can use. */
#define PLENTY "10000"
/* A hundred plans take a minute with so many; common random numbers do the rest. */
#define USUAL_REPLICATIONS 50
/* Of computed values that are the same. */
#define ROUNDING 1e-10

typedef fsim_sensitivity_work work;

static int list_names(work *w, const fsim_sensitivity_options *options, fsim_report *report) {
  const fsim_scenario *scenario = w->s->variant->scenario;
  int failed = 0;
  for (size_t i = 0; i < options->n_metrics && !failed; i++)
    failed = fsim_name_add(&w->names, "%s", options->metrics[i]);
  if (options->n_metrics == 0) {
    const char *primary = fsim_primary_metric(scenario);
    failed = fsim_name_add(&w->names, "%s", primary);
    if (!failed && strcmp(primary, "won") != 0) failed = fsim_name_add(&w->names, "won");
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
    status = fsim_effect_differences(w, job, &relief->change, report);
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

/* Which measures are computed: those that the exact engine has of the plan as it is. */
static int choose_exact(work *w, const fsim_sensitivity_options *options, fsim_report *report) {
  const fsim_variant *variant = w->s->variant;
  size_t n = w->names.n, fit = 0;
  w->exact = fsim_zeroed(n, sizeof *w->exact);
  double *totals = fsim_zeroed(2 * n, sizeof *totals);
  fsim_measure *measures = fsim_zeroed(n, sizeof *measures);
  fsim_report *own = fsim_report_new();
  int status = w->exact && totals && measures && own ? FSIM_OK : fsim_no_memory(report);
  for (size_t m = 0; m < n && status == FSIM_OK; m++) {
    status = fsim_measure_make(variant->scenario, variant->shape, w->names.names[m], report,
                               &measures[m]);
    if (status == FSIM_OK)
      w->exact[m] = !options->simulate && fsim_expected_fits(variant, &measures[m]);
    fit += w->exact[m];
  }
  if (status == FSIM_OK && fit > 0 &&
      fsim_expected_make(variant, measures, w->exact, n, own, totals, totals + n) != FSIM_OK)
    memset(w->exact, 0, n * sizeof *w->exact);
  for (size_t m = 0; measures != NULL && m < n; m++) fsim_measure_free(&measures[m]);
  fsim_report_free(own);
  free(measures);
  free(totals);
  return status;
}

/* What differs by rounding only is the same. */
static void level(const double *base, double *value) {
  if (fabs(*value - *base) <= ROUNDING * fabs(*base)) *value = *base;
}

static void level_computed(work *w) {
  const fsim_outputs *base = &w->jobs[0].outputs;
  for (size_t i = 1; i < w->n_jobs; i++) {
    fsim_outputs *o = &w->jobs[i].outputs;
    for (size_t m = 0; m < w->names.n && w->jobs[i].refused == NULL; m++) {
      if (!w->exact[m]) continue;
      for (uint32_t r = 0; r < o->replications; r++) {
        level(&base->top[m * base->room + r], &o->top[m * o->room + r]);
        level(&base->bottom[m * base->room + r], &o->bottom[m * o->room + r]);
      }
    }
  }
}

static int run_all(work *w, const fsim_sensitivity_options *options, uint32_t n,
                   fsim_report *report) {
  fsim_sensitivity *s = w->s;
  fsim_plans_options run = {.names = w->names.names,
                            .n_names = w->names.n,
                            .replications = n,
                            .threads = options->threads,
                            .exact = w->exact,
                            .progress = options->progress,
                            .context = options->context};
  int status = fsim_plans_run(s->variant, w->jobs, w->n_jobs, &run, report);
  if (status != FSIM_OK) return status;
  if (w->jobs[0].refused != NULL)
    return fsim_bad_input(report, FSIM_NOWHERE, "%s", w->jobs[0].refused);
  level_computed(w);
  w->units = fsim_zeroed(w->n_steps * w->jobs[0].outputs.replications, sizeof *w->units);
  w->n_units = fsim_zeroed(w->n_steps, sizeof *w->n_units);
  s->values = fsim_zeroed(s->n_measures, sizeof *s->values);
  s->effects = fsim_zeroed(w->n_steps, sizeof *s->effects);
  if (!w->units || !w->n_units || !s->values || !s->effects) return fsim_no_memory(report);
  s->n_effects = w->n_steps;
  s->intervals = w->n_jobs - 1;
  s->exact = w->exact[0];
  s->computed = true;
  for (size_t m = 0; m < w->names.n; m++) s->computed = s->computed && w->exact[m];
  return FSIM_OK;
}

static int estimate_all(work *w, const fsim_sensitivity_options *options, uint32_t n,
                        fsim_report *report) {
  fsim_sensitivity *s = w->s;
  fsim_difference *itself = NULL;
  int status = fsim_effect_differences(w, &w->jobs[0], &itself, report);
  for (size_t m = 0; m < s->n_measures && status == FSIM_OK; m++) s->values[m] = itself[m].base;
  free(itself);
  for (size_t i = 0; i < w->n_steps && status == FSIM_OK; i++)
    status = fsim_effect_make(w, i, report);
  if (status == FSIM_OK) status = make_reliefs(w, report);
  if (status == FSIM_OK) status = rank(w, report);
  if (status == FSIM_OK && options->slopes > 0) status = fsim_effect_slopes(w, options, n, report);
  if (status == FSIM_OK) qsort(s->effects, s->n_effects, sizeof *s->effects, by_size);
  return status;
}

static uint32_t replications_of(const fsim_scenario *scenario, uint32_t asked) {
  bool few = scenario->replications > 0 && scenario->replications < USUAL_REPLICATIONS;
  uint32_t n = asked;
  if (n == 0) n = few ? scenario->replications : USUAL_REPLICATIONS;
  return scenario->uncertain ? n + n % 2 : n;
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
  uint32_t n = replications_of(variant->scenario, options->replications);
  if (status == FSIM_OK) status = choose_exact(&w, options, report);
  if (status == FSIM_OK) status = run_all(&w, options, n, report);
  if (status == FSIM_OK) status = estimate_all(&w, options, n, report);
  if (status == FSIM_OK) {
    s->replications = n;
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
  free(w.exact);
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
