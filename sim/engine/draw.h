/* The draws of many visits to one stage under one law, as columns. Private to this folder. */
#ifndef FSIM_ENGINE_DRAW_H
#define FSIM_ENGINE_DRAW_H

#include "sim/engine/lead.h"

/* Columns of `capacity` rows; the first two are given, the others are drawn. */
typedef struct fsim_draws {
  uint32_t *lead; /* number in the stream */
  uint32_t *pass; /* journey ordinal << 16 | visit number; NULL: 0 in all rows */
  uint16_t *exit;
  int32_t *wait;
  double *u, *v;            /* of the exit; of the wait */
  int32_t *work, *patience; /* where the law has work; INT32_MAX: endless */
  double *w, *x;            /* scratch */
  int32_t *clock;
  uint32_t *index;
} fsim_draws;

int fsim_draws_make(fsim_draws *draws, size_t capacity);
void fsim_draws_free(fsim_draws *draws);

/* Exits and waits, and work and patience where the law has work; the stage's pace is left out.
 * `key` is the stage's. */
void fsim_draw_visits(const fsim_plan *plan, uint32_t replication, size_t stream, size_t stage,
                      fsim_key key, const fsim_plan_law *law, fsim_draws *draws, size_t n);
/* Waits where every exit has its own, from exit and v; w, clock and index are scratch. */
void fsim_draw_own_waits(const fsim_plan_law *law, const fsim_draws *draws, size_t n);
/* Every exit has a clock; the first to run out is taken, at a tie the first in order. Gives exit,
 * wait, and in v the uniform of the clock that was first; w and clock are scratch. */
void fsim_draw_race(const fsim_scenario *scenario, uint32_t replication, size_t stream,
                    size_t stage, const fsim_plan_law *law, const fsim_draws *draws, size_t n);
/* The exit whose stretch of (0, 1) holds u. */
void fsim_choose_exits(const fsim_plan_law *law, const double *u, uint16_t *exit, size_t n);
/* The exit chosen by u after `queue` seconds in the queue (speed to lead). */
uint16_t fsim_exit_after_queue(const fsim_plan_law *law, double u, int32_t queue);
/* What changes for all make of a visit whose wait begins `before` seconds after enter. `drawn`
 * holds the visit as its first law had it. */
void fsim_draw_changed(const fsim_leads *leads, uint32_t replication, size_t stream, size_t stage,
                       size_t slot, int32_t enter, int32_t before, uint32_t number, uint32_t pass,
                       fsim_drawn *drawn);

#endif
