#include "sim/engine/pace.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/text.h"
#include "sim/random/key.h"

#define WEEK_S 604800

int fsim_paces_make(fsim_paces *p, const fsim_plan *plan) {
  p->plan = plan;
  p->horizon = plan->scenario->horizon_s;
  p->n_weeks = (size_t)((p->horizon + WEEK_S - 1) / WEEK_S);
  p->drawn = false;
  p->speed = fsim_zeroed(plan->n_paces * p->n_weeks, sizeof *p->speed);
  p->clock = fsim_zeroed(plan->n_paces * (p->n_weeks + 1), sizeof *p->clock);
  if (p->speed != NULL && p->clock != NULL) return 0;
  fsim_paces_free(p);
  return -1;
}

void fsim_paces_free(fsim_paces *p) {
  free(p->speed);
  free(p->clock);
  memset(p, 0, sizeof *p);
}

static void draw_clock(fsim_paces *p, size_t pace, uint32_t replication) {
  const fsim_pace *of = p->plan->paces[pace];
  int64_t *speed = p->speed + pace * p->n_weeks, *clock = p->clock + pace * (p->n_weeks + 1);
  uint64_t none = fsim_hash_name("");
  fsim_key key = fsim_key_make(p->plan->scenario->seed, replication, none, none, of->hash);
  for (size_t week = 0; week < p->n_weeks; week++) {
    double u, unused;
    fsim_uniform_pair(key, (uint32_t)week, 0, FSIM_PURPOSE_PACE, &u, &unused);
    double factor = fsim_draw(of->factor, u); /* a table would take longer than a run's weeks */
    int64_t from = (int64_t)week * WEEK_S, left = p->horizon - from;
    speed[week] = (int64_t)(factor * (double)FSIM_PACE_UNIT + 0.5);
    clock[week + 1] = clock[week] + speed[week] * (left < WEEK_S ? left : WEEK_S);
  }
}

void fsim_paces_draw(fsim_paces *p, uint32_t replication) {
  if (p->drawn && p->replication == replication) return;
  for (size_t pace = 0; pace < p->plan->n_paces; pace++) draw_clock(p, pace, replication);
  p->drawn = true;
  p->replication = replication;
}

/* One pace, its tables at hand. */
typedef struct clockwork {
  const int64_t *speed, *clock;
  int64_t n_weeks, horizon;
} clockwork;

static clockwork works_of(const fsim_paces *p, uint16_t pace) {
  return (clockwork){p->speed + pace * p->n_weeks, p->clock + pace * (p->n_weeks + 1),
                     (int64_t)p->n_weeks, p->horizon};
}

static inline int64_t clock_at(const clockwork *c, int64_t t) {
  if (t <= 0) return t * FSIM_PACE_UNIT;
  if (t >= c->horizon) return c->clock[c->n_weeks] + (t - c->horizon) * FSIM_PACE_UNIT;
  int64_t week = t / WEEK_S;
  return c->clock[week] + c->speed[week] * (t - week * WEEK_S);
}

static inline int64_t nearest(int64_t length, int64_t speed) {
  return (length + speed / 2) / speed;
}

/* The walk begins where it would end at factor 1. */
static inline int64_t end_of(const clockwork *c, int64_t from, int64_t length) {
  if (length <= 0) return from;
  int64_t until = clock_at(c, from) + length, last = c->n_weeks;
  if (until <= 0) return from + nearest(length, FSIM_PACE_UNIT);
  if (until > c->clock[last]) return c->horizon + nearest(until - c->clock[last], FSIM_PACE_UNIT);
  int64_t week = ((from > 0 ? from : 0) + length / FSIM_PACE_UNIT) / WEEK_S;
  if (week >= last) week = last - 1;
  while (c->clock[week] >= until) week--;
  while (c->clock[week + 1] < until) week++;
  return week * WEEK_S + nearest(until - c->clock[week], c->speed[week]);
}

int64_t fsim_pace_between(const fsim_paces *p, uint16_t pace, int64_t from, int64_t to) {
  clockwork c = works_of(p, pace);
  return clock_at(&c, to) - clock_at(&c, from);
}

int64_t fsim_pace_end(const fsim_paces *p, uint16_t pace, int64_t from, int64_t length) {
  clockwork c = works_of(p, pace);
  return end_of(&c, from, length);
}

void fsim_pace_change(const fsim_paces *p, uint16_t pace, const int32_t *from, int32_t *wait,
                      size_t n) {
  clockwork c = works_of(p, pace);
  for (size_t i = 0; i < n; i++) {
    int64_t lasts = end_of(&c, from[i], wait[i] * FSIM_PACE_UNIT) - from[i];
    wait[i] = lasts < INT32_MAX ? (int32_t)lasts : INT32_MAX;
  }
}
