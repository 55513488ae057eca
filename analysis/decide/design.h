/* Which plans a batch runs: a full grid of values, or a Latin hypercube of ranges. */
#ifndef FSIM_ANALYSIS_DECIDE_DESIGN_H
#define FSIM_ANALYSIS_DECIDE_DESIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/report.h"

/* A number of the scenario that differs from plan to plan. */
typedef struct fsim_factor {
  char *path;
  char **levels; /* grid: [n_levels] as written */
  size_t n_levels;
  double low, high;      /* range */
  char prefix[4], *unit; /* "x" and "", or "" and " / d": what stands around the number */
} fsim_factor;

typedef struct fsim_design {
  fsim_factor *factors; /* grid factors first, then ranges */
  size_t n_factors, n_grid;
  size_t n_points;
  char **values; /* [n_points][n_factors]: what each plan is set to */
} fsim_design;

/* grids: "PATH=A,B,C" (commas inside brackets do not count); ranges: "PATH=LO..HI" with `n_samples`
 * points by Latin hypercube sampling (McKay, Beckman & Conover, Technometrics 21, 1979), the same
 * for the same seed. Points are the grid times the samples; no factor: one point without values.
 * Free also after an error. */
int fsim_design_make(const char *const *grids, size_t n_grids, const char *const *ranges,
                     size_t n_ranges, size_t n_samples, uint64_t seed, fsim_report *report,
                     fsim_design *design);
void fsim_design_free(fsim_design *design);

#endif
