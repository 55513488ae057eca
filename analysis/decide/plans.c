#include "analysis/decide/plans.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/expected.h"
#include "analysis/decide/reach.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

static int refuse(fsim_plan_job *job, const fsim_report *own, fsim_report *report) {
  const fsim_message *message;
  for (size_t i = 0; (message = fsim_report_message(own, i)) != NULL; i++) {
    if (message->severity != FSIM_ERROR) continue;
    job->refused = fsim_copy_text(message->text, strlen(message->text));
    return job->refused == NULL ? fsim_no_memory(report) : FSIM_OK;
  }
  return fsim_no_memory(report);
}

static int make_measures(fsim_plan_job *job, const fsim_variant *plan,
                         const fsim_plans_options *options, fsim_report *report) {
  job->measures = fsim_zeroed(options->n_names, sizeof *job->measures);
  if (job->measures == NULL) return fsim_no_memory(report);
  int status = FSIM_OK;
  for (size_t m = 0; m < options->n_names && status == FSIM_OK; m++)
    status = fsim_measure_make(plan->scenario, plan->shape, options->names[m], report,
                               &job->measures[m]);
  return status;
}

enum { EXACT_REPLICATIONS = 2 };

/* A plan on its way. */
typedef struct course {
  fsim_variant plan;
  fsim_reach reach;
  size_t group; /* of plans with this reach; SIZE_MAX: simulated whole */
} course;

/* Plans that leave the same journeys alone, and what these come to. */
typedef struct group {
  const fsim_reach *reach;
  size_t n_plans;
  fsim_crossings *crossings; /* [replications] */
  fsim_outputs standing;     /* sums of cells */
} group;

typedef struct field {
  const fsim_variant *variant;
  fsim_plan_job *jobs;
  course *courses; /* [n] */
  size_t n;
  group *groups; /* [n_groups] */
  size_t n_groups;
  fsim_measure *sums;        /* [n_names] of the variant: cells of its measures, unscaled */
  bool any_exact, all_exact; /* measures that are computed */
  const fsim_plans_options *options;
  fsim_report *report;
} field;

/* What a plan's own numbers forbid is said of the plan; all else ends the run. */
static int judge(field *f, size_t i, int status, const fsim_report *own) {
  if (status == FSIM_OK) return FSIM_OK;
  int told = refuse(&f->jobs[i], own, f->report);
  if (status == FSIM_BAD_INPUT || told != FSIM_OK) return told;
  return fsim_failure(f->report, FSIM_NOWHERE, "%s", f->jobs[i].refused);
}

static int derive(field *f, size_t i, fsim_tables *tables) {
  (void)tables;
  fsim_plan_job *job = &f->jobs[i];
  course *c = &f->courses[i];
  fsim_report *own = fsim_report_new();
  const char **sets = fsim_zeroed(job->n_also + 1, sizeof *sets);
  int status = own == NULL || sets == NULL ? fsim_no_memory(f->report) : FSIM_OK;
  c->group = SIZE_MAX;
  if (status == FSIM_OK) {
    size_t n = job->n_also + (job->set != NULL);
    for (size_t k = 0; k < job->n_also; k++) sets[k] = job->also[k];
    if (job->set != NULL) sets[n - 1] = job->set;
    status = fsim_variant_derive(f->variant, job->set != NULL ? job->set : f->variant->name, sets,
                                 n, own, &c->plan);
    if (status == FSIM_OK) status = make_measures(job, &c->plan, f->options, own);
    if (status == FSIM_OK && n > 0 && !f->options->whole && !f->all_exact)
      status = fsim_reach_make(f->variant, &c->plan, own, &c->reach);
    status = judge(f, i, status, own);
  }
  free(sets);
  fsim_report_free(own);
  return status;
}

/* Standing journeys are worth a run of their own for two plans or more. */
static int find_groups(field *f) {
  f->groups = fsim_zeroed(f->n, sizeof *f->groups);
  if (f->groups == NULL) return fsim_no_memory(f->report);
  for (size_t i = 0; i < f->n; i++) {
    course *c = &f->courses[i];
    if (f->jobs[i].refused != NULL || !c->reach.any) continue;
    for (c->group = 0; c->group < f->n_groups; c->group++)
      if (fsim_reach_equal(f->groups[c->group].reach, &c->reach)) break;
    f->groups[c->group].reach = &c->reach;
    f->groups[c->group].n_plans++;
    if (c->group == f->n_groups) f->n_groups++;
  }
  return FSIM_OK;
}

static fsim_scope scope_of(const group *g, bool standing) {
  return (fsim_scope){.standing = standing,
                      .funnel = g->reach->funnel,
                      .stream = g->reach->stream,
                      .crossings = g->crossings};
}

static int run_standing(field *f, size_t i, fsim_tables *tables) {
  group *g = &f->groups[i];
  if (g->n_plans < 2) return FSIM_OK;
  g->crossings = fsim_zeroed(f->options->replications, sizeof *g->crossings);
  if (g->crossings == NULL) return fsim_no_memory(f->report);
  fsim_scope scope = scope_of(g, true);
  fsim_outputs_options run = {.threads = 1, .cache = tables->cache, .scope = &scope};
  return fsim_outputs_run(f->variant, f->sums, f->options->n_names, f->options->replications, &run,
                          f->report, &g->standing);
}

/* Puts expectations in place of what is simulated, if anything is. */
static int compute(field *f, size_t i, fsim_report *own) {
  fsim_plan_job *job = &f->jobs[i];
  size_t n = f->options->n_names;
  if (!f->any_exact) return FSIM_OK;
  int status = FSIM_OK;
  if (f->all_exact) status = fsim_outputs_blank(n, EXACT_REPLICATIONS, own, &job->outputs);
  double *top = fsim_zeroed(2 * n, sizeof *top);
  if (top == NULL) status = fsim_no_memory(own);
  if (status == FSIM_OK)
    status = fsim_expected_make(&f->courses[i].plan, job->measures, f->options->exact, n, own, top,
                                top + n);
  for (size_t m = 0; m < n && status == FSIM_OK; m++) {
    if (!f->options->exact[m]) continue;
    for (uint32_t r = 0; r < job->outputs.replications; r++) {
      job->outputs.top[m * job->outputs.room + r] = top[m];
      job->outputs.bottom[m * job->outputs.room + r] = top[n + m];
    }
  }
  free(top);
  return status;
}

static int run_plan(field *f, size_t i, fsim_tables *tables) {
  fsim_plan_job *job = &f->jobs[i];
  course *c = &f->courses[i];
  if (job->refused != NULL) return FSIM_OK;
  const group *g =
      c->group == SIZE_MAX || f->groups[c->group].n_plans < 2 ? NULL : &f->groups[c->group];
  fsim_scope scope = {0};
  fsim_outputs_options run = {.threads = 1, .cache = tables->cache};
  if (g != NULL) {
    scope = scope_of(g, false);
    run.scope = &scope;
    run.standing = &g->standing;
  }
  fsim_report *own = fsim_report_new();
  if (own == NULL) return fsim_no_memory(f->report);
  int status = FSIM_OK;
  if (!f->all_exact)
    status = fsim_outputs_run(&c->plan, job->measures, f->options->n_names,
                              f->options->replications, &run, own, &job->outputs);
  if (status == FSIM_OK) status = compute(f, i, own);
  if (status == FSIM_OK) job->team_cost_per_week = fsim_people_cost_per_week(c->plan.scenario);
  status = judge(f, i, status, own);
  fsim_report_free(own);
  return status;
}

/* The work on each of n things, spread over the cores; the first failure ends it. */
static int spread(field *f, size_t n, int (*work)(field *, size_t, fsim_tables *), bool tell) {
  const fsim_plans_options *o = f->options;
  int worst = FSIM_OK, threads = o->threads > 0 ? o->threads : omp_get_num_procs();
  size_t done = 0;
#pragma omp parallel num_threads(threads)
  {
    fsim_tables tables = {0};
#pragma omp for schedule(dynamic)
    for (size_t i = 0; i < n; i++) {
      int before;
#pragma omp atomic read
      before = worst;
      if (before != FSIM_OK) continue;
      int status = fsim_tables_ready(&tables, f->report);
      if (status == FSIM_OK) status = work(f, i, &tables);
#pragma omp critical(fsim_plans)
      {
        if (status != FSIM_OK) {
#pragma omp atomic write
          worst = status;
        }
        done++;
        if (tell && o->progress != NULL) o->progress(o->context, done, n);
      }
    }
    fsim_tables_free(&tables);
  }
  return worst;
}

static int sums_of_cells(field *f) {
  size_t n = f->options->n_names;
  f->sums = fsim_zeroed(n, sizeof *f->sums);
  if (f->sums == NULL) return fsim_no_memory(f->report);
  int status = FSIM_OK;
  for (size_t m = 0; m < n && status == FSIM_OK; m++) {
    status = fsim_measure_make(f->variant->scenario, f->variant->shape, f->options->names[m],
                               f->report, &f->sums[m]);
    f->sums[m].scale = 1;
  }
  return status;
}

static void free_field(field *f) {
  for (size_t i = 0; f->courses != NULL && i < f->n; i++) {
    fsim_variant_free(&f->courses[i].plan);
    fsim_reach_free(&f->courses[i].reach);
  }
  for (size_t g = 0; g < f->n_groups; g++) {
    for (uint32_t r = 0; f->groups[g].crossings != NULL && r < f->options->replications; r++)
      fsim_crossings_free(&f->groups[g].crossings[r]);
    free(f->groups[g].crossings);
    fsim_outputs_free(&f->groups[g].standing);
  }
  for (size_t m = 0; f->sums != NULL && m < f->options->n_names; m++)
    fsim_measure_free(&f->sums[m]);
  free(f->sums);
  free(f->courses);
  free(f->groups);
}

int fsim_plans_run(const fsim_variant *variant, fsim_plan_job *jobs, size_t n,
                   const fsim_plans_options *options, fsim_report *report) {
  field f = {.variant = variant, .jobs = jobs, .n = n, .options = options, .report = report};
  f.courses = fsim_zeroed(n, sizeof *f.courses);
  f.all_exact = options->exact != NULL;
  for (size_t m = 0; m < options->n_names && options->exact != NULL; m++) {
    f.any_exact = f.any_exact || options->exact[m];
    f.all_exact = f.all_exact && options->exact[m];
  }
  int status = f.courses == NULL ? fsim_no_memory(report) : sums_of_cells(&f);
  if (status == FSIM_OK) status = spread(&f, n, derive, false);
  if (status == FSIM_OK) status = find_groups(&f);
  if (status == FSIM_OK) status = spread(&f, f.n_groups, run_standing, false);
  if (status == FSIM_OK) status = spread(&f, n, run_plan, true);
  free_field(&f);
  return status;
}

void fsim_plan_jobs_free(fsim_plan_job *jobs, size_t n, size_t n_names) {
  for (size_t i = 0; jobs != NULL && i < n; i++) {
    free(jobs[i].set);
    free(jobs[i].refused);
    for (size_t m = 0; jobs[i].measures != NULL && m < n_names; m++)
      fsim_measure_free(&jobs[i].measures[m]);
    free(jobs[i].measures);
    fsim_outputs_free(&jobs[i].outputs);
  }
  free(jobs);
}
