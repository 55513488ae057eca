/* One visit of a stage in numbers: where it leads and how long it takes, rules applied. Private to
 * the chain.
 *
 * Exits drawn when the visit begins: E[T^n; exit k] = p_k * E[X_k^n; X_k <= d] for the deadline d.
 * A race: the same with the other clocks' survival in the integral, the cumulative incidence of
 * competing risks (Prentice et al. 1978). All from the laws' survival functions and quantiles. */
#ifndef FSIM_MODEL_STAGE_NUMBERS_H
#define FSIM_MODEL_STAGE_NUMBERS_H

#include "sim/model/scenario.h"

/* P(A), E[T; A], E[T^2; A] of the time T of a visit that ends in the way A. */
typedef struct fsim_moments {
  double p, first, second;
} fsim_moments;

/* The wait's exits and, last, what the deadline (INFINITY: none) cuts off: [n_exits + 1]. Work time
 * is not in it. FSIM_FAILED when an integral does not converge. */
int fsim_stage_moments(const fsim_stage *stage, const fsim_stage_law *law, double deadline_s,
                       fsim_report *report, fsim_moments *moments);
/* Adds a time with this mean and variance that is independent of how the visit ends. */
void fsim_moments_add(fsim_moments *moments, double mean_s, double variance_s2);

/* P(still waiting after t): of the laws alone, without deadline. */
double fsim_stage_open(const fsim_stage *stage, const fsim_stage_law *law, double t_s);
/* The time after which this share is still waiting, at most the deadline. */
double fsim_stage_open_until(const fsim_stage *stage, const fsim_stage_law *law, double deadline_s,
                             double share);
/* An exit in pieces of time: between[i] = P(exit, t_s[i] < T <= t_s[i + 1]) for i < n - 1, in one
 * pass. t_s rising. */
int fsim_stage_exit_pieces(const fsim_stage *stage, const fsim_stage_law *law, size_t exit,
                           const double *t_s, size_t n, fsim_report *report, double *between);
/* P(exit k is taken after t and up to `until`): without deadline. */
int fsim_stage_exit_between(const fsim_stage *stage, const fsim_stage_law *law, size_t exit,
                            double t_s, double until_s, fsim_report *report, double *probability);

/* Times at which laws jump, bend or end: where integrals must be split. */
typedef struct fsim_times {
  double *time; /* rising, distinct, > 0, finite */
  size_t n, room;
  bool failed; /* memory was out */
} fsim_times;
void fsim_times_of(const fsim_stage *stage, const fsim_stage_law *law, fsim_times *times);

#endif
