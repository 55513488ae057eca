#include "sim/engine/queue_time.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/block.h"

#define NEVER INT32_MAX

static int room(int32_t **column, size_t *capacity, size_t n) {
  void *items = *column;
  int failed = fsim_grow(&items, capacity, n, sizeof **column);
  *column = items;
  return failed;
}

void fsim_queue_time_open(fsim_queue_time *q, int32_t from) {
  q->now = from;
  q->queued = q->n_come = q->first_go = q->n_go = q->n_gives_up = 0;
  if (q->most > 0) memset(q->at_length, 0, q->most * sizeof *q->at_length);
  q->most = 0;
}

void fsim_queue_time_free(fsim_queue_time *q) {
  free(q->at_length);
  free(q->come);
  free(q->go);
  free(q->gives_up);
  free(q->gone);
}

/* ---- those who give up ---- */

static void add_give_up(fsim_queue_time *q, int32_t t) {
  size_t at = q->n_gives_up++;
  for (; at > 0 && q->gives_up[(at - 1) / 2] > t; at = (at - 1) / 2)
    q->gives_up[at] = q->gives_up[(at - 1) / 2];
  q->gives_up[at] = t;
}

static int32_t take_give_up(fsim_queue_time *q) {
  int32_t first = q->gives_up[0], t = q->gives_up[--q->n_gives_up];
  size_t at = 0, n = q->n_gives_up, child;
  while ((child = 2 * at + 1) < n) {
    child += child + 1 < n && q->gives_up[child + 1] < q->gives_up[child];
    if (q->gives_up[child] >= t) break;
    q->gives_up[at] = q->gives_up[child];
    at = child;
  }
  q->gives_up[at] = t;
  return first;
}

/* ---- who comes and goes ---- */

static int make_room(fsim_queue_time *q, size_t n) {
  if (room(&q->come, &q->come_capacity, n) != 0) return -1;
  if (room(&q->gives_up, &q->up_capacity, q->n_gives_up + n + 1) != 0) return -1;
  size_t left = q->n_go - q->first_go;
  if (q->first_go > left) { /* never more moved than were taken */
    memmove(q->go, q->go + q->first_go, left * sizeof *q->go);
    q->first_go = 0;
    q->n_go = left;
  }
  if (room(&q->go, &q->go_capacity, q->n_go + n + 1) != 0) return -1;
  size_t most = q->queued + n + 1;
  if (most <= q->most) return 0;
  void *items = q->at_length;
  if (fsim_grow(&items, &q->length_capacity, most, sizeof *q->at_length) != 0) return -1;
  q->at_length = items;
  memset(q->at_length + q->most, 0, (most - q->most) * sizeof *q->at_length);
  q->most = most;
  return 0;
}

static void sort_out(fsim_queue_time *q, const fsim_line *line) {
  int32_t *come = q->come, *go = q->go + q->n_go;
  size_t n = 0, m = 0;
  for (size_t i = 0; i < line->n; i++) {
    uint32_t row = fsim_line_row(line, i);
    int32_t enter = line->enter[row], queue = line->queue[row];
    bool served = line->fate[row] == FSIM_WORKED;
    come[n] = enter;
    go[m] = enter + queue;
    n += queue > 0;
    m += (queue > 0) & served;
    if (!served && queue > 0) add_give_up(q, enter + queue);
  }
  q->n_come = n;
  q->n_go += m;
}

/* Those who go no later than t, in order (others may follow), and a mark behind them. */
static const int32_t *gone_until(fsim_queue_time *q, int32_t t, size_t *n_gone) {
  q->go[q->n_go] = NEVER;
  const int32_t *go = q->go + q->first_go;
  *n_gone = q->n_go - q->first_go;
  if (q->n_gives_up == 0 || q->gives_up[0] > t) return go;
  size_t most = q->n_go - q->first_go + q->n_gives_up + 1, n = 0;
  if (room(&q->gone, &q->gone_capacity, most) != 0) return NULL;
  while (*go <= t || (q->n_gives_up > 0 && q->gives_up[0] <= t)) {
    bool up = q->n_gives_up > 0 && q->gives_up[0] < *go;
    q->gone[n++] = up ? take_give_up(q) : *go++;
  }
  q->first_go = (size_t)(go - q->go);
  q->gone[n] = NEVER;
  *n_gone = n;
  return q->gone;
}

/* A stretch of time: those who come in it and those who go, and how many of both. */
typedef struct stretch {
  const int32_t *come, *gone;
  int64_t *at_length; /* at the present length */
  int32_t now;
  size_t events;
} stretch;

/* Who comes is taken before who goes in the same second. Without branches. */
static inline __attribute__((always_inline)) void take_event(stretch *s) {
  int32_t comes = *s->come, goes = *s->gone, next = comes < goes ? comes : goes;
  ptrdiff_t first = comes <= goes;
  next = next > s->now ? next : s->now;
  *s->at_length += next - s->now;
  s->now = next;
  s->come += first;
  s->gone += 1 - first;
  s->at_length += 2 * first - 1;
}

/* How many go before t. */
static size_t gone_before(const int32_t *gone, size_t n, int32_t t) {
  size_t low = 0;
  while (n > 0) {
    size_t half = n / 2;
    if (gone[low + half] < t) {
      low += half + 1;
      n -= half + 1;
    } else {
      n = half;
    }
  }
  return low;
}

static int32_t later(int32_t a, int32_t b) {
  return a > b ? a : b;
}

/* Both halves of those who come side by side, since within one every event waits for the one
 * before. Of the n_gone, those who go after the last has come are left. */
static const int32_t *pass_time(fsim_queue_time *q, const int32_t *gone, size_t n_gone) {
  size_t n = q->n_come, half = n / 2;
  const int32_t *come = q->come;
  size_t out = gone_before(gone, n_gone, come[n - 1]);
  size_t half_out = gone_before(gone, out, come[half]);
  int32_t now = q->now;
  if (half > 0) now = later(now, come[half - 1]);
  if (half_out > 0) now = later(now, gone[half_out - 1]);
  stretch a = {come, gone, q->at_length + q->queued, q->now, half + half_out};
  stretch b = {come + half, gone + half_out, q->at_length + q->queued + half - half_out, now,
               n - half + out - half_out};
  size_t both = a.events < b.events ? a.events : b.events;
  for (size_t i = 0; i < both; i++) {
    take_event(&a);
    take_event(&b);
  }
  for (size_t i = both; i < a.events; i++) take_event(&a);
  for (size_t i = both; i < b.events; i++) take_event(&b);
  q->now = b.now;
  q->queued = (size_t)(b.at_length - q->at_length);
  q->n_come = 0;
  return b.gone;
}

/* Up to those who come last, or to a mark among them. */
static int pass_piece(fsim_queue_time *q) {
  if (q->n_come == 0) return 0;
  int32_t last = q->come[q->n_come - 1];
  size_t n_gone;
  const int32_t *gone = gone_until(q, last, &n_gone);
  if (gone == NULL) return -1;
  bool merged = gone == q->gone;
  gone = pass_time(q, gone, n_gone);
  if (!merged) {
    q->first_go = (size_t)(gone - q->go);
    return 0;
  }
  for (; *gone != NEVER; gone++) q->queued--; /* in the very second of the last */
  return 0;
}

int fsim_queue_time_tell(fsim_queue_time *q, const fsim_line *line) {
  if (make_room(q, line->n) != 0) return -1;
  sort_out(q, line);
  return pass_piece(q);
}

int fsim_queue_time_close(fsim_queue_time *q, int32_t horizon_s, fsim_recorder *recorder,
                          size_t team) {
  if (make_room(q, 1) != 0) return -1;
  size_t n_gone;
  const int32_t *gone = gone_until(q, horizon_s - 1, &n_gone);
  if (gone == NULL) return -1;
  q->come[0] = horizon_s; /* as a mark */
  q->n_come = 1;
  if (horizon_s > q->now) pass_time(q, gone, n_gone);
  for (size_t length = 0; length < q->most; length++)
    if (q->at_length[length] > 0)
      fsim_record_team_length(recorder, team, (uint32_t)length, q->at_length[length]);
  return 0;
}
