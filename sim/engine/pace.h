/* The paces of one replication: weeks in which waits run faster or slower (docs/model-language.md).
 * Private to this folder.
 *
 * A pace is a random change of time. Its clock L(t) is the integral of the factor of each week
 * from the start on, and t itself before the start; after the horizon it goes on at factor 1. A
 * wait of w drawn for a visit whose wait begins at t ends at L^-1(L(t) + w). Factors are gamma
 * distributed with mean 1, keyed by (seed, replication, name of the pace, week), and held in fixed
 * point, so that clocks are sums of integers: exact, monotone, the same in every engine. */
#ifndef FSIM_ENGINE_PACE_H
#define FSIM_ENGINE_PACE_H

#include "sim/model/plan.h"

#define FSIM_PACE_UNIT ((int64_t)1 << 24) /* what a clock counts in a second at factor 1 */

typedef struct fsim_paces {
  const fsim_plan *plan;
  int64_t horizon;
  size_t n_weeks;
  int64_t *speed; /* [plan->n_paces][n_weeks]: of a week, FSIM_PACE_UNIT at factor 1 */
  int64_t *clock; /* [plan->n_paces][n_weeks + 1]: at its start; the last at the horizon */
  bool drawn;
  uint32_t replication; /* of which, once drawn */
} fsim_paces;

/* Start from {0}. 0, or -1 when memory is out. */
int fsim_paces_make(fsim_paces *paces, const fsim_plan *plan);
void fsim_paces_free(fsim_paces *paces);
/* The clocks of a replication; nothing is done when they are there already. */
void fsim_paces_draw(fsim_paces *paces, uint32_t replication);

/* The pace of a stage's waits; FSIM_NO_PACE. */
static inline uint16_t fsim_pace_of(const fsim_plan *plan, size_t stage) {
  return plan->n_paces == 0 ? FSIM_NO_PACE : plan->stage_pace[stage];
}

/* By how much the clock of a pace runs between two seconds. */
int64_t fsim_pace_between(const fsim_paces *paces, uint16_t pace, int64_t from, int64_t to);
/* The second, rounded to the nearest, in which the clock has run by `length` >= 0 since `from`; the
 * first when it stands still. */
int64_t fsim_pace_end(const fsim_paces *paces, uint16_t pace, int64_t from, int64_t length);
/* Waits as drawn for visits that begin at `from` become what they last. Those that would not end
 * within 2^31 s last 2^31 - 1 s. */
void fsim_pace_change(const fsim_paces *paces, uint16_t pace, const int32_t *from, int32_t *wait,
                      size_t n);
/* The same where there is a pace; nothing for FSIM_NO_PACE. */
static inline void fsim_pace_waits(const fsim_paces *paces, uint16_t pace, const int32_t *from,
                                   int32_t *wait, size_t n) {
  if (pace != FSIM_NO_PACE) fsim_pace_change(paces, pace, from, wait, n);
}

#endif
