/* Many points of a global analysis simulated side by side, each in two worlds. Private to this
 * folder.
 *
 * The points of a row share their replications, 2 * row and 2 * row + 1, so that common random
 * numbers make their differences small; the two worlds of a point are independent. */
#ifndef FSIM_ANALYSIS_DECIDE_POINTS_H
#define FSIM_ANALYSIS_DECIDE_POINTS_H

#include "analysis/decide/inputs.h"
#include "analysis/decide/outputs.h"

typedef struct fsim_points_options {
  char *const *names; /* of measures, [n_names] */
  size_t n_names;
  int threads; /* 0: all cores */
  void (*progress)(void *context, size_t done, size_t of);
  void *context;
} fsim_points_options;

/* u: [rows][points][inputs]; *y: [n_names][rows][points][2], which the caller frees. A point that
 * cannot be, or whose measure has nothing to divide by, is FSIM_BAD_INPUT. */
int fsim_points_run(const fsim_inputs *inputs, const double *u, size_t rows, size_t points,
                    const fsim_points_options *options, fsim_report *report, double **y);

/* The measures by name, or where none are named the value of all wins, or all wins. Free also after
 * an error. */
int fsim_points_measures(const fsim_variant *variant, const char *const *wanted, size_t n_wanted,
                         fsim_report *report, char ***names, fsim_measure **measures, size_t *n);
void fsim_points_measures_free(char **names, fsim_measure *measures, size_t n);

#endif
