#include "analysis/decide/global.h"

#include <stdlib.h>

#include "analysis/decide/points.h"
#include "sim/base/array.h"

/* Rows; the indices of a few inputs are then known to a few per cent. */
#define USUAL_BASE 512

static int plan_points(fsim_global *g, const fsim_global_options *options, fsim_report *report,
                       double **u) {
  int status = fsim_inputs_make(g->variant, &options->inputs, report, &g->inputs);
  if (status != FSIM_OK) return status;
  if (g->inputs.n > FSIM_SOBOL_MOST_INPUTS)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "%zu inputs are too many for --global, which takes at most %d: screen "
                          "them with --morris first and vary those that matter",
                          g->inputs.n, FSIM_SOBOL_MOST_INPUTS);
  g->design = fsim_sobol_plan(g->inputs.n, options->base > 0 ? options->base : USUAL_BASE);
  g->design.pairs = options->pairs;
  g->design.seed = g->variant->scenario->seed;
  return fsim_sobol_make(&g->design, g->variant->scenario->seed, report, u);
}

static int estimate(fsim_global *g, const double *y, fsim_report *report) {
  size_t values = 2 * fsim_sobol_rows(&g->design) * fsim_sobol_points(&g->design);
  g->sobol = fsim_zeroed(g->n_measures, sizeof *g->sobol);
  if (g->sobol == NULL) return fsim_no_memory(report);
  int status = FSIM_OK;
  for (size_t m = 0; m < g->n_measures && status == FSIM_OK; m++)
    status = fsim_sobol_estimate(&g->design, y + m * values, g->confidence, report, &g->sobol[m]);
  return status;
}

int fsim_global_make(const fsim_variant *variant, const fsim_global_options *options,
                     fsim_report *report, fsim_global **global) {
  fsim_global *g = *global = fsim_zeroed(1, sizeof *g);
  if (g == NULL) return fsim_no_memory(report);
  g->variant = variant;
  g->confidence = options->confidence > 0 ? options->confidence : variant->scenario->confidence;
  double *u = NULL, *y = NULL;
  int status = fsim_points_measures(variant, options->metrics, options->n_metrics, report,
                                    &g->names, &g->measures, &g->n_measures);
  if (status == FSIM_OK) status = plan_points(g, options, report, &u);
  if (status == FSIM_OK) {
    fsim_points_options run = {.names = g->names,
                               .n_names = g->n_measures,
                               .threads = options->threads,
                               .progress = options->progress,
                               .context = options->context};
    status = fsim_points_run(&g->inputs, u, fsim_sobol_rows(&g->design),
                             fsim_sobol_points(&g->design), &run, report, &y);
  }
  if (status == FSIM_OK) status = estimate(g, y, report);
  free(u);
  free(y);
  return status;
}

size_t fsim_global_runs(const fsim_global *g) {
  return 2 * fsim_sobol_rows(&g->design) * fsim_sobol_points(&g->design);
}

void fsim_global_free(fsim_global *g) {
  if (g == NULL) return;
  for (size_t m = 0; g->sobol != NULL && m < g->n_measures; m++) fsim_sobol_free(&g->sobol[m]);
  free(g->sobol);
  fsim_points_measures_free(g->names, g->measures, g->n_measures);
  fsim_inputs_free(&g->inputs);
  free(g);
}
