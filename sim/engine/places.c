#include "sim/engine/places.h"

#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/engine/block.h"
#include "sim/model/hours.h"

/* When each place is free, as a heap. */
typedef struct places {
  const fsim_team *team;
  int32_t horizon;
  int32_t *free; /* [most places] */
  size_t n;
  size_t size; /* index of the size in force at the last start */
} places;

static inline void sift_down(int32_t *heap, size_t n, int32_t t) {
  size_t at = 0, child;
  while ((child = 2 * at + 1) < n) {
    child += child + 1 < n && heap[child + 1] < heap[child];
    if (heap[child] >= t) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = t;
}

static void add_place(places *p, int32_t t) {
  size_t at = p->n++;
  for (; at > 0 && p->free[(at - 1) / 2] > t; at = (at - 1) / 2)
    p->free[at] = p->free[(at - 1) / 2];
  p->free[at] = t;
}

static void drop_place(places *p) {
  p->n--;
  if (p->n > 0) sift_down(p->free, p->n, p->free[p->n]);
}

static int32_t later(int32_t a, int32_t b) {
  return a > b ? a : b;
}

/* The first place's next start at or after t, as if sizes did not change any more. */
static int32_t next_start(const places *p, int32_t t) {
  return p->n == 0 ? FSIM_NEVER : fsim_team_opens(p->team, later(t, p->free[0]));
}

/* The next start, with all changes of size that come before it or with it: a new place is free at
 * once, a place that goes is idle or the first to be done. */
static int32_t start_after(places *p, int32_t t) {
  int32_t start = next_start(p, t);
  while (p->size + 1 < p->team->n_sizes && p->team->sizes[p->size + 1].from_s <= start) {
    const fsim_team_size *now = &p->team->sizes[++p->size];
    while (p->n < now->places) add_place(p, now->from_s);
    while (p->n > now->places) drop_place(p);
    start = next_start(p, t);
  }
  return start;
}

static void stay_in_queue(const places *p, const fsim_line *line, uint32_t row, int32_t enter,
                          fsim_served_fate fate, int64_t seconds) {
  int32_t left = p->horizon - enter;
  line->queue[row] = seconds < left ? (int32_t)seconds : left;
  line->worked[row] = 0;
  line->fate[row] = (uint8_t)fate;
}

/* When the place of a visit is free that starts work now. */
static int32_t freed_at(const fsim_line *line, uint32_t row, int32_t enter, int32_t done) {
  if (line->holds == NULL || !line->holds[row] || done == FSIM_NEVER) return done;
  int64_t before = (int64_t)done - enter, whole = before + line->wait[row];
  if (whole > line->deadline[row])
    whole = before > line->deadline[row] ? before : line->deadline[row];
  return enter + whole < FSIM_NEVER ? (int32_t)(enter + whole) : FSIM_NEVER;
}

static void serve(places *p, const fsim_line *line, uint32_t row, int32_t enter) {
  int32_t patience = line->patience[row], deadline = line->deadline[row];
  int32_t limit = deadline < patience ? deadline : patience;
  int32_t start = start_after(p, enter);
  if ((int64_t)start - enter > limit) {
    stay_in_queue(p, line, row, enter, deadline <= patience ? FSIM_OVERDUE : FSIM_IMPATIENT, limit);
    return;
  }
  if (start >= p->horizon) {
    stay_in_queue(p, line, row, enter, FSIM_WORKED, INT32_MAX);
    return;
  }
  int32_t done = fsim_team_done(p->team, start, line->work[row]);
  line->queue[row] = start - enter;
  line->worked[row] = (done < p->horizon ? done : p->horizon) - start;
  line->fate[row] = FSIM_WORKED;
  sift_down(p->free, p->n, freed_at(line, row, enter, done));
}

/* A team that is always open and as large: the same without a look at the clock. */
static void serve_all_plainly(places *p, const fsim_line *line) {
  const int32_t horizon = p->horizon;
  for (size_t i = 0; i < line->n; i++) {
    uint32_t row = (uint32_t)line->order[i];
    int32_t enter = (int32_t)(line->order[i] >> 32);
    int32_t patience = line->patience[row], deadline = line->deadline[row];
    int32_t limit = deadline < patience ? deadline : patience, start = later(enter, p->free[0]);
    if (start - enter > limit) {
      stay_in_queue(p, line, row, enter, deadline <= patience ? FSIM_OVERDUE : FSIM_IMPATIENT,
                    limit);
      continue;
    }
    if (start >= horizon) {
      stay_in_queue(p, line, row, enter, FSIM_WORKED, INT32_MAX);
      continue;
    }
    int32_t work = line->work[row], left = horizon - start, done = FSIM_NEVER;
    if (work < FSIM_NEVER - start) done = start + work;
    line->queue[row] = start - enter;
    line->worked[row] = work < left ? work : left;
    line->fate[row] = FSIM_WORKED;
    sift_down(p->free, p->n, done);
  }
}

int fsim_serve_line(const fsim_team *team, int32_t horizon_s, const fsim_line *line) {
  size_t most = 0;
  for (size_t k = 0; k < team->n_sizes; k++)
    if (team->sizes[k].places > most) most = team->sizes[k].places;
  places p = {.team = team, .horizon = horizon_s};
  p.free = fsim_zeroed(most, sizeof *p.free);
  if (p.free == NULL) return -1;
  p.n = team->sizes[0].places;
  if (team->open == NULL && team->n_sizes == 1 && line->holds == NULL && p.n > 0) {
    serve_all_plainly(&p, line);
  } else {
    for (size_t i = 0; i < line->n; i++)
      serve(&p, line, (uint32_t)line->order[i], (int32_t)(line->order[i] >> 32));
  }
  free(p.free);
  return 0;
}
