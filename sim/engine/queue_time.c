#include "sim/engine/queue_time.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/block.h"
#include "sim/engine/pick.h"
#include "sim/random/vector.h"

#define NEVER INT32_MAX
#define STRETCHES 4
#define TILE 64  /* visits whose places in the queue are found together */
#define LONG 128 /* a queue in which finding each place would take longer than merging */

static int room(int32_t **column, size_t *capacity, size_t n) {
  void *items = *column;
  int failed = fsim_grow(&items, capacity, n, sizeof **column);
  *column = items;
  return failed;
}

void fsim_queue_time_open(fsim_queue_time *q, int32_t from, bool orderly) {
  q->from = q->since = q->last = from;
  q->orderly = orderly;
  q->queued = q->n_come = q->n_gives_up = 0;
  q->first_go = q->n_go = TILE; /* before them stand marks: gone before the start */
  q->cells = 0;
}

void fsim_queue_time_free(fsim_queue_time *q) {
  free(q->crossed);
  free(q->at_least);
  free(q->come);
  free(q->go);
  free(q->gives_up);
  free(q->gone);
  free(q->up);
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
  if (room(&q->up, &q->unsorted_capacity, n) != 0) return -1;
  if (room(&q->gives_up, &q->up_capacity, q->n_gives_up + n + 1) != 0) return -1;
  size_t left = q->n_go - q->first_go;
  if (q->first_go > left + TILE) { /* never more moved than were taken */
    memmove(q->go + TILE, q->go + q->first_go, left * sizeof *q->go);
    q->first_go = TILE;
    q->n_go = TILE + left;
  }
  if (room(&q->go, &q->go_capacity, q->n_go + n + 1) != 0) return -1;
  for (size_t i = 0; i < TILE; i++) q->go[i] = -1;
  size_t cells = 2 * (q->queued + n + 1);
  if (cells <= q->cells) return 0;
  void *crossed = q->crossed, *at_least = q->at_least;
  if (fsim_grow(&crossed, &q->length_capacity, cells, sizeof *q->crossed) != 0) return -1;
  q->crossed = crossed;
  if (fsim_grow(&at_least, &q->least_capacity, cells, sizeof *q->at_least) != 0) return -1;
  q->at_least = at_least;
  memset(q->crossed + q->cells, 0, (cells - q->cells) * sizeof *q->crossed);
  memset(q->at_least + q->cells, 0, (cells - q->cells) * sizeof *q->at_least);
  q->cells = cells;
  return 0;
}

static void sort_out(fsim_queue_time *q, const fsim_line *line) {
  fsim_waiting to = {q->come + q->n_come, q->go + q->n_go, q->up, 0, 0, 0};
  if (line->order == NULL) {
    fsim_pick_waiting(line->enter, line->queue, line->fate, &to, line->n);
  } else {
    for (size_t i = 0; i < line->n; i++) {
      uint32_t row = fsim_line_row(line, i);
      fsim_pick_waiting(line->enter + row, line->queue + row, line->fate + row, &to, 1);
    }
  }
  for (size_t i = 0; i < to.n_up; i++) add_give_up(q, to.up[i]);
  q->n_come = to.n_come;
  q->n_go += to.n_go;
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

/* Who comes and who goes, and the crossings at the length with which they begin. */
typedef struct events {
  const int32_t *come, *gone;
  int64_t *cell;
  int32_t from;
} events;

/* A stretch of time: how many have come, how many have come or gone, and how many will have. */
typedef struct stretch {
  size_t came, done, end;
} stretch;

/* Who comes is taken before who goes in the same second. Without branches. */
static inline __attribute__((always_inline)) void take_event(const events *all, stretch *s,
                                                             bool early) {
  int32_t comes = all->come[s->came], goes = all->gone[s->done - s->came];
  size_t up = comes <= goes, twice = 4 * s->came - 2 * s->done;
  int32_t t = comes < goes ? comes : goes;
  if (early && t < all->from) t = all->from;
  all->cell[(ptrdiff_t)(twice + 3 * up) - 2] += t;
  s->came += up;
  s->done++;
}

/* Stretches side by side, since within one every event waits for the one before. */
static inline __attribute__((always_inline)) void take_events(const events *given,
                                                              const stretch *part, bool early) {
  const events all = *given;
  stretch a = part[0], b = part[1], c = part[2], d = part[3];
  size_t both = a.end - a.done < b.end - b.done ? a.end - a.done : b.end - b.done;
  size_t others = c.end - c.done < d.end - d.done ? c.end - c.done : d.end - d.done;
  for (size_t left = both < others ? both : others; left > 0; left--) {
    take_event(&all, &a, early);
    take_event(&all, &b, early);
    take_event(&all, &c, early);
    take_event(&all, &d, early);
  }
  while (a.done < a.end) take_event(&all, &a, early);
  while (b.done < b.end) take_event(&all, &b, early);
  while (c.done < c.end) take_event(&all, &c, early);
  while (d.done < d.end) take_event(&all, &d, early);
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

/* Up to those who come last. Of the n_gone, those who go later or in that second are left. */
static const int32_t *pass_time(fsim_queue_time *q, const int32_t *gone, size_t n_gone) {
  size_t n = q->n_come, came = 0, out = 0;
  stretch part[STRETCHES];
  for (size_t k = 0; k < STRETCHES; k++) {
    size_t come_end = n * (k + 1) / STRETCHES;
    int32_t until = q->come[k + 1 < STRETCHES ? come_end : n - 1];
    size_t out_end = out + gone_before(gone + out, n_gone - out, until);
    part[k] = (stretch){came, came + out, come_end + out_end};
    came = come_end;
    out = out_end;
  }
  events all = {q->come, gone, q->crossed + 2 * q->queued, q->from};
  if (q->come[0] < q->from || gone[0] < q->from) {
    take_events(&all, part, true);
  } else {
    take_events(&all, part, false);
  }
  q->queued = q->queued + n - out;
  q->n_come = 0;
  return gone + out;
}

/* Nobody comes meanwhile. */
static void let_go(fsim_queue_time *q, const int32_t *gone, size_t n) {
  for (size_t i = 0; i < n; i++)
    q->crossed[2 * --q->queued] += gone[i] > q->from ? gone[i] : q->from;
}

/* Up to those who come last. */
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
  let_go(q, gone, n_gone - (size_t)(gone - q->gone)); /* in the very second of the last */
  return 0;
}

/* ---- who is where, as long as all leave in the order in which they came ---- */

static inline __attribute__((always_inline)) int32_t later(int32_t a, int32_t b) {
  return a > b ? a : b;
}

/* Whoever comes is k-th from the time at which the k-th before him goes until the next one does:
 * for k = 1, 2 … until all of the tile were further ahead when they came. Of come[i], go[i] is his
 * own. */
FSIM_CLONES
static void add_tile(const int32_t *restrict come, const int32_t *restrict go,
                     int64_t *restrict at_least) {
  int32_t more = 1;
  for (ptrdiff_t k = 1; more; k++) {
    const int32_t *ahead = go - k, *next = ahead + 1;
    int32_t sum = 0;
    more = 0;
    for (size_t i = 0; i < TILE; i++) {
      int32_t stands = next[i] - later(ahead[i], come[i]);
      sum += stands > 0 ? stands : 0;
      more |= ahead[i] > come[i];
    }
    at_least[k] += sum;
  }
}

/* The same for one, of whose time only that from `from` on counts. */
static void add_one(int32_t come, const int32_t *go, int32_t from, int64_t *at_least) {
  int32_t begin = later(come, from);
  for (ptrdiff_t k = 1;; k++) {
    int32_t stands = later(go[1 - k], from) - later(go[-k], begin);
    if (stands > 0) at_least[k] += stands;
    if (go[-k] <= begin) return;
  }
}

static void pass_in_order(fsim_queue_time *q) {
  size_t n = q->n_come, i = 0;
  const int32_t *go = q->go + q->n_go - n;
  if (n == 0) return;
  for (; i < n && q->come[i] < q->from; i++) add_one(q->come[i], go + i, q->from, q->at_least);
  for (; i + TILE <= n; i += TILE) add_tile(q->come + i, go + i, q->at_least);
  for (; i < n; i++) add_one(q->come[i], go + i, q->from, q->at_least);
  q->last = q->come[n - 1];
  q->first_go += gone_before(q->go + q->first_go, q->n_go - q->first_go, q->last);
  q->queued = q->n_go - q->first_go;
  q->n_come = 0;
}

/* A long queue, or sums of a tile that might not fit. */
static bool must_merge(const fsim_queue_time *q) {
  if (q->n_come == 0) return false;
  return q->queued > LONG || q->go[q->n_go - 1] - later(q->come[0], q->from) > INT32_MAX / TILE;
}

/* From the last who came on by crossings: those still in the queue were counted until they go. */
static void begin_to_merge(fsim_queue_time *q) {
  q->orderly = false;
  q->since = later(q->last, q->from);
  for (size_t k = 1; k <= q->queued; k++) {
    int32_t goes = later(q->go[q->first_go + q->queued - k], q->from);
    if (goes > q->since) q->at_least[k] -= goes - q->since;
    q->crossed[2 * k - 1] += q->since;
  }
}

int fsim_queue_time_tell(fsim_queue_time *q, const fsim_line *line) {
  if (make_room(q, line->n) != 0) return -1;
  sort_out(q, line);
  if (q->orderly && must_merge(q)) begin_to_merge(q);
  if (!q->orderly) return pass_piece(q);
  pass_in_order(q);
  return 0;
}

/* A length's time is what is left of its crossings: each begins or ends it, and so do the first
 * second that counts and the horizon. */
static void record_lengths(const fsim_queue_time *q, int32_t horizon_s, fsim_recorder *recorder,
                           size_t team) {
  int64_t below = q->since;
  for (size_t length = 0; 2 * length < q->cells; length++) {
    int64_t above = q->crossed[2 * length + 1] - q->crossed[2 * length], seconds = above - below;
    if (length == q->queued) seconds += horizon_s;
    seconds += length == 0 ? q->since - q->from : q->at_least[length];
    seconds -= q->at_least[length + 1];
    if (seconds > 0) fsim_record_team_length(recorder, team, (uint32_t)length, seconds);
    below = above;
  }
}

int fsim_queue_time_close(fsim_queue_time *q, int32_t horizon_s, fsim_recorder *recorder,
                          size_t team) {
  if (make_room(q, 1) != 0) return -1;
  if (q->orderly) {
    q->since = horizon_s > q->from ? horizon_s : q->from;
    q->queued = 0;
  } else {
    size_t n_gone;
    const int32_t *gone = gone_until(q, horizon_s - 1, &n_gone);
    if (gone == NULL) return -1;
    let_go(q, gone, gone_before(gone, n_gone, horizon_s));
  }
  if (horizon_s > q->from) record_lengths(q, horizon_s, recorder, team);
  return 0;
}
