#include "analysis/decide/points.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>

#include "analysis/decide/compare_metrics.h"
#include "sim/base/array.h"

typedef struct work {
  const fsim_inputs *inputs;
  const fsim_points_options *options;
  size_t rows, points;
  double *y;
} work;

/* The measure's value in both worlds, to where it belongs. */
static int take(const work *w, size_t at, const fsim_measure *measures, const fsim_outputs *outputs,
                fsim_report *report) {
  for (size_t m = 0; m < w->options->n_names; m++) {
    double *y = w->y + (m * w->rows * w->points + at) * 2;
    const double *top = fsim_outputs_top(outputs, m), *bottom = fsim_outputs_bottom(outputs, m);
    for (int world = 0; world < 2; world++) {
      y[world] = measures[m].ratio ? top[world] / bottom[world] : top[world];
      if (isfinite(y[world])) continue;
      return fsim_bad_input(report, FSIM_NOWHERE,
                            "%s has nothing to divide by in some of the runs: give a longer "
                            "horizon, narrower ranges or another metric",
                            w->options->names[m]);
    }
  }
  return FSIM_OK;
}

static int run_point(const work *w, fsim_tables *tables, const double *u, size_t at,
                     fsim_report *report) {
  size_t n = w->options->n_names;
  fsim_point point;
  fsim_outputs outputs = {.first = (uint32_t)(2 * (at / w->points))};
  fsim_measure *measures = fsim_zeroed(n, sizeof *measures);
  if (measures == NULL) return fsim_no_memory(report);
  int status = fsim_point_make(w->inputs, u, report, &point);
  if (status == FSIM_OK) status = fsim_tables_ready(tables, report);
  fsim_outputs_options run = {.threads = 1, .cache = tables->cache};
  for (size_t m = 0; m < n && status == FSIM_OK; m++)
    status = fsim_measure_make(point.plan.scenario, point.plan.shape, w->options->names[m], report,
                               &measures[m]);
  if (status == FSIM_OK)
    status = fsim_outputs_run(&point.plan, measures, n, 2, &run, report, &outputs);
  if (status == FSIM_OK) status = take(w, at, measures, &outputs, report);
  for (size_t m = 0; m < n; m++) fsim_measure_free(&measures[m]);
  free(measures);
  fsim_outputs_free(&outputs);
  fsim_point_free(&point);
  return status;
}

/* What went wrong at one point is told once, though other threads may have met it too. */
static void pass_on(const fsim_report *own, int status, fsim_report *report) {
  const fsim_message *message;
  for (size_t i = 0; (message = fsim_report_message(own, i)) != NULL; i++) {
    if (message->severity != FSIM_ERROR) continue;
    if (status == FSIM_BAD_INPUT)
      fsim_bad_input(report, FSIM_NOWHERE, "%s", message->text);
    else
      fsim_failure(report, FSIM_NOWHERE, "%s", message->text);
  }
}

int fsim_points_run(const fsim_inputs *inputs, const double *u, size_t rows, size_t points,
                    const fsim_points_options *options, fsim_report *report, double **y) {
  work w = {inputs, options, rows, points, NULL};
  size_t n = rows * points, done = 0;
  int worst = FSIM_OK, threads = options->threads > 0 ? options->threads : omp_get_num_procs();
  *y = w.y = fsim_zeroed(options->n_names * n, 2 * sizeof *w.y);
  if (w.y == NULL) return fsim_no_memory(report);
#pragma omp parallel num_threads(threads)
  {
    fsim_tables tables = {0};
#pragma omp for schedule(dynamic)
    for (size_t i = 0; i < n; i++) {
      int before;
#pragma omp atomic read
      before = worst;
      if (before != FSIM_OK) continue;
      fsim_report *own = fsim_report_new();
      int status = own == NULL ? FSIM_FAILED : run_point(&w, &tables, u + i * inputs->n, i, own);
#pragma omp critical(fsim_points)
      {
        if (status != FSIM_OK && worst == FSIM_OK) {
          if (own == NULL)
            fsim_no_memory(report);
          else
            pass_on(own, status, report);
#pragma omp atomic write
          worst = status;
        }
        done++;
        if (options->progress != NULL) options->progress(options->context, done, n);
      }
      fsim_report_free(own);
    }
    fsim_tables_free(&tables);
  }
  return worst;
}

int fsim_points_measures(const fsim_variant *variant, const char *const *wanted, size_t n_wanted,
                         fsim_report *report, char ***names, fsim_measure **measures, size_t *n) {
  fsim_name_list list = {0};
  int failed = 0;
  for (size_t i = 0; i < n_wanted && !failed; i++) failed = fsim_name_add(&list, "%s", wanted[i]);
  if (n_wanted == 0) failed = fsim_name_add(&list, "%s", fsim_primary_metric(variant->scenario));
  *names = list.names;
  *n = list.n;
  *measures = fsim_zeroed(list.n, sizeof **measures);
  if (failed || *measures == NULL) return fsim_no_memory(report);
  int status = FSIM_OK;
  for (size_t m = 0; m < *n && status == FSIM_OK; m++)
    status =
        fsim_measure_make(variant->scenario, variant->shape, (*names)[m], report, &(*measures)[m]);
  return status;
}

void fsim_points_measures_free(char **names, fsim_measure *measures, size_t n) {
  for (size_t m = 0; m < n; m++) {
    free(names[m]);
    if (measures != NULL) fsim_measure_free(&measures[m]);
  }
  free(names);
  free(measures);
}
