#include "analysis/decide/plans.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

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

static int run_job(const fsim_variant *variant, fsim_plan_job *job,
                   const fsim_plans_options *options, fsim_tables *tables, fsim_report *report) {
  fsim_variant plan;
  fsim_report *own = fsim_report_new();
  const char **sets = fsim_zeroed(job->n_also + 1, sizeof *sets);
  int status = own == NULL || sets == NULL ? fsim_no_memory(report) : FSIM_OK;
  for (size_t i = 0; i < job->n_also && status == FSIM_OK; i++) sets[i] = job->also[i];
  size_t n = job->n_also + (job->set != NULL);
  if (status == FSIM_OK && job->set != NULL) sets[n - 1] = job->set;
  if (status == FSIM_OK) status = fsim_tables_ready(tables, report);
  if (status == FSIM_OK) {
    status = fsim_variant_derive(variant, job->set != NULL ? job->set : variant->name, sets, n, own,
                                 &plan);
    fsim_outputs_options run = {.threads = 1, .cache = tables->cache};
    if (status == FSIM_OK) status = make_measures(job, &plan, options, own);
    if (status == FSIM_OK)
      status = fsim_outputs_run(&plan, job->measures, options->n_names, options->replications, &run,
                                own, &job->outputs);
    if (status == FSIM_OK) job->team_cost_per_week = fsim_people_cost_per_week(plan.scenario);
    fsim_variant_free(&plan);
    if (status != FSIM_OK) {
      int told = refuse(job, own, report);
      if (status == FSIM_BAD_INPUT || told != FSIM_OK)
        status = told;
      else
        fsim_failure(report, FSIM_NOWHERE, "%s", job->refused);
    }
  }
  free(sets);
  fsim_report_free(own);
  return status;
}

int fsim_plans_run(const fsim_variant *variant, fsim_plan_job *jobs, size_t n,
                   const fsim_plans_options *options, fsim_report *report) {
  int worst = FSIM_OK, threads = options->threads > 0 ? options->threads : omp_get_num_procs();
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
      int status = run_job(variant, &jobs[i], options, &tables, report);
#pragma omp critical(fsim_plans)
      {
        if (status != FSIM_OK) {
#pragma omp atomic write
          worst = status;
        }
        done++;
        if (options->progress != NULL) options->progress(options->context, done, n);
      }
    }
    fsim_tables_free(&tables);
  }
  return worst;
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
