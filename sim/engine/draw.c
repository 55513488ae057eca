#include "sim/engine/draw.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/random/special.h"
#include "sim/random/vector.h"

#define LN2 0.69314718055994530942

int fsim_draws_make(fsim_draws *d, size_t capacity) {
  d->lead = fsim_aligned(capacity, sizeof *d->lead);
  d->pass = fsim_aligned(capacity, sizeof *d->pass);
  d->exit = fsim_aligned(capacity, sizeof *d->exit);
  d->wait = fsim_aligned(capacity, sizeof *d->wait);
  d->u = fsim_aligned(capacity, sizeof *d->u);
  d->v = fsim_aligned(capacity, sizeof *d->v);
  d->work = fsim_aligned(capacity, sizeof *d->work);
  d->patience = fsim_aligned(capacity, sizeof *d->patience);
  d->w = fsim_aligned(capacity, sizeof *d->w);
  d->x = fsim_aligned(capacity, sizeof *d->x);
  d->clock = fsim_aligned(capacity, sizeof *d->clock);
  d->index = fsim_aligned(capacity, sizeof *d->index);
  bool made = d->lead && d->pass && d->exit && d->wait && d->u && d->v && d->work && d->patience &&
              d->w && d->x && d->clock && d->index;
  if (!made) fsim_draws_free(d);
  return made ? 0 : -1;
}

void fsim_draws_free(fsim_draws *d) {
  free(d->lead);
  free(d->pass);
  free(d->exit);
  free(d->wait);
  free(d->u);
  free(d->v);
  free(d->work);
  free(d->patience);
  free(d->w);
  free(d->x);
  free(d->clock);
  free(d->index);
  memset(d, 0, sizeof *d);
}

/* second: NULL: not wanted. */
static void uniforms(fsim_key key, const fsim_draws *d, uint32_t purpose, double *first,
                     double *second, size_t n) {
  double unused;
  if (n == 1) {
    fsim_uniform_pair(key, d->lead[0], d->pass ? d->pass[0] : 0, purpose, first,
                      second ? second : &unused);
  } else {
    fsim_uniform_pairs(key, d->lead, d->pass, purpose, first, second, n);
  }
}

FSIM_CLONES
static void choose(const double *restrict u, const double *threshold, size_t n_exits,
                   uint16_t *restrict exit, size_t n) {
  double first = threshold[0];
  for (size_t i = 0; i < n; i++) exit[i] = u[i] >= first;
  for (size_t k = 1; k + 1 < n_exits; k++) {
    double above = threshold[k];
    for (size_t i = 0; i < n; i++) exit[i] = (uint16_t)(exit[i] + (u[i] >= above));
  }
}

void fsim_choose_exits(const fsim_plan_law *law, const double *u, uint16_t *exit, size_t n) {
  if (law->n_exits == 1) {
    memset(exit, 0, n * sizeof *exit);
  } else {
    choose(u, law->threshold, law->n_exits, exit, n);
  }
}

void fsim_draw_own_waits(const fsim_plan_law *law, const fsim_draws *d, size_t n) {
  for (size_t k = 0; k < law->n_exits; k++) {
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
      d->index[m] = (uint32_t)i;
      m += d->exit[i] == k;
    }
    for (size_t i = 0; i < m; i++) d->w[i] = d->v[d->index[i]];
    fsim_sample_seconds(law->wait[k], d->w, d->clock, m);
    for (size_t i = 0; i < m; i++) d->wait[d->index[i]] = d->clock[i];
  }
}

void fsim_draw_race(const fsim_scenario *scenario, uint32_t replication, size_t stream,
                    size_t stage, const fsim_plan_law *law, const fsim_draws *d, size_t n) {
  for (size_t k = 0; k < law->n_exits; k++) {
    uniforms(fsim_race_key(scenario, replication, stream, stage, law->clock_hash[k]), d,
             FSIM_PURPOSE_RACE, d->w, NULL, n);
    if (k == 0) {
      fsim_sample_seconds(law->wait[0], d->w, d->wait, n);
      memset(d->exit, 0, n * sizeof *d->exit);
      memcpy(d->v, d->w, n * sizeof *d->v);
      continue;
    }
    fsim_sample_seconds(law->wait[k], d->w, d->clock, n);
    for (size_t i = 0; i < n; i++) {
      if (d->clock[i] >= d->wait[i]) continue;
      d->wait[i] = d->clock[i];
      d->exit[i] = (uint16_t)k;
      d->v[i] = d->w[i];
    }
  }
}

void fsim_draw_visits(const fsim_plan *plan, uint32_t replication, size_t stream, size_t stage,
                      fsim_key key, const fsim_plan_law *law, fsim_draws *d, size_t n) {
  if (law->race) {
    fsim_draw_race(plan->scenario, replication, stream, stage, law, d, n);
  } else {
    uniforms(key, d, FSIM_PURPOSE_VISIT, d->u, d->v, n);
    fsim_choose_exits(law, d->u, d->exit, n);
    if (law->one_wait) {
      fsim_sample_seconds(law->wait[0], d->v, d->wait, n);
    } else {
      fsim_draw_own_waits(law, d, n);
    }
  }
  if (law->work == NULL) return;
  uniforms(key, d, FSIM_PURPOSE_WORK, d->w, d->x, n);
  fsim_sample_seconds(law->work, d->w, d->work, n);
  if (law->patience != NULL) {
    fsim_sample_seconds(law->patience, d->x, d->patience, n);
  } else {
    for (size_t i = 0; i < n; i++) d->patience[i] = INT32_MAX;
  }
}

/* The odds of an exit multiplied by a factor: its weight, all made to sum to 1. */
uint16_t fsim_exit_after_queue(const fsim_plan_law *law, double u, int32_t queue) {
  double factor =
      law->floor + (1 - law->floor) * fsim_exp(-LN2 * ((double)queue / law->half_life_s));
  double sum = 0, below = 0;
  for (size_t k = 0; k < law->n_exits; k++) {
    double p = law->threshold[k] - (k > 0 ? law->threshold[k - 1] : 0);
    sum += law->affected[k] ? p * factor : p;
  }
  uint16_t exit = 0;
  for (size_t k = 0; k + 1 < law->n_exits; k++) {
    double p = law->threshold[k] - (k > 0 ? law->threshold[k - 1] : 0);
    below += law->affected[k] ? p * factor : p;
    exit = (uint16_t)(exit + (u * sum >= below));
  }
  return exit;
}

/* A race while laws change: every clock runs on by itself. */
static void race_changed(const fsim_leads *leads, uint32_t replication, size_t stream, size_t stage,
                         size_t slot, int32_t enter, int32_t before, uint32_t number, uint32_t pass,
                         fsim_drawn *drawn) {
  const fsim_plan_law *law = drawn->law;
  int64_t first = 0;
  for (size_t k = 0; k < law->n_exits; k++) {
    const fsim_plan_law *last = law;
    double u, unused;
    int32_t wait, deadline;
    fsim_uniform_pair(
        fsim_race_key(leads->plan->scenario, replication, stream, stage, law->clock_hash[k]),
        number, pass, FSIM_PURPOSE_RACE, &u, &unused);
    fsim_sample_seconds(law->wait[k], &u, &wait, 1);
    int64_t clock =
        fsim_leads_wait_changed(leads, stage, slot, enter, before, k, u, wait, &last, &deadline);
    if (k > 0 && clock >= first) continue;
    first = clock;
    *drawn = (fsim_drawn){last, deadline, 0, (uint16_t)k, u};
  }
  drawn->wait = fsim_leads_stay(leads, stage, enter + before, first);
}

void fsim_draw_changed(const fsim_leads *leads, uint32_t replication, size_t stream, size_t stage,
                       size_t slot, int32_t enter, int32_t before, uint32_t number, uint32_t pass,
                       fsim_drawn *drawn) {
  if (drawn->law->race) {
    race_changed(leads, replication, stream, stage, slot, enter, before, number, pass, drawn);
    return;
  }
  int64_t wait = fsim_leads_wait_changed(leads, stage, slot, enter, before, drawn->exit, drawn->v,
                                         drawn->wait, &drawn->law, &drawn->deadline);
  drawn->wait = fsim_leads_stay(leads, stage, enter + before, wait);
}
