/* A wait on a grid of times. Private to the exact floor.
 *
 * Entries are taken as linear between the points of the grid; then a wait's share of point k is the
 * second difference of the integral of its distribution function, which keeps its mass and mean. */
#ifndef FSIM_EXACT_KERNEL_H
#define FSIM_EXACT_KERNEL_H

#include "sim/model/scenario.h"

typedef struct fsim_exact_grid {
  double step_s;
  size_t n;      /* points 0 … n */
  size_t length; /* of the transforms: a power of two, 2 n or more */
  double damping;
} fsim_exact_grid;

/* length: of the transforms, a power of two, at least twice n. */
fsim_exact_grid fsim_exact_grid_of(double horizon_s, size_t n, size_t length);

/* integral[k]: of P(X <= t, X <= deadline) up to point k; moved[k] (NULL: not wanted): its
 * derivative by the log of X's scale. [n + 2] */
void fsim_exact_integrate(const fsim_exact_grid *grid, const fsim_distribution *d,
                          double deadline_s, double *integral, double *moved);
/* The same of the visits that the deadline ends. */
void fsim_exact_integrate_rule(const fsim_exact_grid *grid, const fsim_distribution *d,
                               double deadline_s, double *integral, double *moved);
/* dP(X <= t) by the log of X's scale, by central differences. */
double fsim_exact_moved_cdf(const fsim_distribution *d, double t_s);
/* An exit in pieces of time, before deadlines: piece[i] = P(exit, t_s[i] < T <= t_s[i + 1]) for
 * i < n - 1. In a race the clocks share a piece as their hazards in it: exact in sum, and to the
 * square of the step each. */
void fsim_exact_pieces(const fsim_stage *stage, const fsim_stage_law *law, size_t exit,
                       const double *t_s, size_t n, double *piece);
/* The damped transform of an integral's second differences, packed as GSL does: [length]. */
void fsim_exact_kernel(const fsim_exact_grid *grid, const double *integral, double *spectrum);
/* The damped transform of values at the points 0 … n, and back; in place, [length]. */
void fsim_exact_transform(const fsim_exact_grid *grid, double *values);
void fsim_exact_values(const fsim_exact_grid *grid, double *spectrum);

#endif
