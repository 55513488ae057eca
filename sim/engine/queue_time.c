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
static const int32_t *gone_until(fsim_queue_time *q, int32_t t) {
  q->go[q->n_go] = NEVER;
  const int32_t *go = q->go + q->first_go;
  if (q->n_gives_up == 0 || q->gives_up[0] > t) return go;
  size_t most = q->n_go - q->first_go + q->n_gives_up + 1, n = 0;
  if (room(&q->gone, &q->gone_capacity, most) != 0) return NULL;
  while (*go <= t || (q->n_gives_up > 0 && q->gives_up[0] <= t)) {
    bool up = q->n_gives_up > 0 && q->gives_up[0] < *go;
    q->gone[n++] = up ? take_give_up(q) : *go++;
  }
  q->first_go = (size_t)(go - q->go);
  q->gone[n] = NEVER;
  return q->gone;
}

/* Those who come are taken before those who go in the same second. */
static const int32_t *pass_time(fsim_queue_time *q, const int32_t *gone) {
  const int32_t *come = q->come;
  int64_t *at_length = q->at_length + q->queued;
  int32_t now = q->now;
  size_t n = q->n_come, in = 0, out = 0;
  while (in < n) {
    int32_t comes = come[in], goes = gone[out];
    int32_t next = comes < goes ? comes : goes;
    size_t first = comes <= goes;
    next = next > now ? next : now;
    at_length[(ptrdiff_t)(in - out)] += next - now;
    now = next;
    in += first;
    out += 1 - first;
  }
  q->now = now;
  q->queued += in - out;
  q->n_come = 0;
  return gone + out;
}

/* Up to those who come last, or to a mark among them. */
static int pass_piece(fsim_queue_time *q) {
  if (q->n_come == 0) return 0;
  int32_t last = q->come[q->n_come - 1];
  const int32_t *gone = gone_until(q, last);
  if (gone == NULL) return -1;
  bool merged = gone == q->gone;
  gone = pass_time(q, gone);
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
  const int32_t *gone = gone_until(q, horizon_s - 1);
  if (gone == NULL) return -1;
  q->come[0] = horizon_s; /* as a mark */
  q->n_come = 1;
  if (horizon_s > q->now) pass_time(q, gone);
  for (size_t length = 0; length < q->most; length++)
    if (q->at_length[length] > 0)
      fsim_record_team_length(recorder, team, (uint32_t)length, q->at_length[length]);
  return 0;
}
