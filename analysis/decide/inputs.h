/* What a global analysis varies: levers over ranges, and the scenario's uncertain numbers. */
#ifndef FSIM_ANALYSIS_DECIDE_INPUTS_H
#define FSIM_ANALYSIS_DECIDE_INPUTS_H

#include "analysis/decide/vary.h"

typedef struct fsim_inputs_options {
  const char *const *ranges; /* "LEVER=LO..HI"; without bounds 20 % less … 20 % more */
  size_t n_ranges;
  const char *const *globs; /* further levers, 20 % less … 20 % more */
  size_t n_globs;
  bool practical; /* where neither is given: every practical lever (steps.h) in that way */
} fsim_inputs_options;

typedef struct fsim_input {
  char *path;
  char *range;    /* "x0.8 to x1.2", "2 to 9", or the law of an uncertain number */
  bool uncertain; /* drawn from its own law; else `vary` */
  fsim_vary vary;
} fsim_input;

typedef struct fsim_inputs {
  const fsim_variant *variant; /* not owned */
  fsim_input *list;            /* ranges in the order given, then uncertain numbers */
  size_t n, n_ranges;
} fsim_inputs;

/* FSIM_BAD_INPUT when there are none, and for a lever that is given twice. Free also after an
 * error. */
int fsim_inputs_make(const fsim_variant *variant, const fsim_inputs_options *options,
                     fsim_report *report, fsim_inputs *inputs);
void fsim_inputs_free(fsim_inputs *inputs);

/* The value at a uniform number: ranges are even, whole numbers all equally likely. */
double fsim_input_value(const fsim_input *input, double u);
/* The plan at a point u[inputs->n], its uncertain numbers chosen. It may borrow from
 * inputs->variant. Errors name the point. Free with fsim_point_free also after an error. */
typedef struct fsim_point {
  fsim_variant plan;       /* what a run needs: source, scenario, shape */
  fsim_variant derived;    /* owned; empty where no lever has a range */
  fsim_scenario *realised; /* owned; NULL where nothing is uncertain */
} fsim_point;
int fsim_point_make(const fsim_inputs *inputs, const double *u, fsim_report *report,
                    fsim_point *point);
void fsim_point_free(fsim_point *point);

#endif
