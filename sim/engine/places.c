#include "sim/engine/places.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/block.h"
#include "sim/model/hours.h"
#include "sim/random/vector.h"

#define LEAST_ROOM 64

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

static void add_place(fsim_places *p, int32_t t) {
  size_t at = p->n++;
  for (; at > 0 && p->free[(at - 1) / 2] > t; at = (at - 1) / 2)
    p->free[at] = p->free[(at - 1) / 2];
  p->free[at] = t;
}

static void drop_place(fsim_places *p) {
  p->n--;
  if (p->n > 0) sift_down(p->free, p->n, p->free[p->n]);
}

static int32_t later(int32_t a, int32_t b) {
  return a > b ? a : b;
}

/* The first place's next start at or after t, as if sizes did not change any more. */
static int32_t next_start(const fsim_places *p, int32_t t) {
  return p->n == 0 ? FSIM_NEVER : fsim_team_opens(p->team, later(t, p->free[0]));
}

/* The next start, with all changes of size that come before it or with it: a new place is free at
 * once, a place that goes is idle or the first to be done. */
static int32_t start_after(fsim_places *p, int32_t t) {
  int32_t start = next_start(p, t);
  while (p->size + 1 < p->team->n_sizes && p->team->sizes[p->size + 1].from_s <= start) {
    const fsim_team_size *now = &p->team->sizes[++p->size];
    while (p->n < now->places) add_place(p, now->from_s);
    while (p->n > now->places) drop_place(p);
    start = next_start(p, t);
  }
  return start;
}

static void stay_in_queue(const fsim_places *p, const fsim_line *line, uint32_t row, int32_t enter,
                          fsim_served_fate fate, int64_t seconds) {
  int32_t left = p->horizon - enter;
  line->queue[row] = seconds < left ? (int32_t)seconds : left;
  line->worked[row] = 0;
  line->fate[row] = (uint8_t)fate;
}

/* When the place of a visit is free that starts work now. */
static int32_t freed_at(const fsim_line *line, uint32_t row, int32_t enter, int32_t deadline,
                        int32_t done) {
  if (line->holds == NULL || !line->holds[row] || done == FSIM_NEVER) return done;
  int64_t before = (int64_t)done - enter, whole = before + line->wait[row];
  if (whole > deadline) whole = before > deadline ? before : deadline;
  return enter + whole < FSIM_NEVER ? (int32_t)(enter + whole) : FSIM_NEVER;
}

static void serve(fsim_places *p, const fsim_line *line, uint32_t row) {
  bool leaves = line->patience != NULL;
  int32_t patience = leaves ? line->patience[row] : INT32_MAX;
  int32_t deadline = leaves ? line->deadline[row] : INT32_MAX;
  int32_t enter = line->enter[row], limit = deadline < patience ? deadline : patience;
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
  sift_down(p->free, p->n, freed_at(line, row, enter, deadline, done));
}

/* ---- a team that is always open and as large: the same without a look at the clock ---- */

/* When the place that is free at `free` is free again; `leaves`: some may leave the queue. */
static inline __attribute__((always_inline)) int32_t serve_plainly(const fsim_places *p,
                                                                   const fsim_line *line,
                                                                   uint32_t row, int32_t free,
                                                                   bool leaves) {
  int32_t enter = line->enter[row], start = later(enter, free);
  int32_t patience = leaves ? line->patience[row] : INT32_MAX;
  int32_t deadline = leaves ? line->deadline[row] : INT32_MAX;
  int32_t limit = deadline < patience ? deadline : patience;
  if ((leaves && start - enter > limit) || start >= p->horizon) {
    bool late = leaves && start - enter > limit;
    fsim_served_fate fate = !late                  ? FSIM_WORKED
                            : deadline <= patience ? FSIM_OVERDUE
                                                   : FSIM_IMPATIENT;
    stay_in_queue(p, line, row, enter, fate, late ? limit : INT32_MAX);
    return free;
  }
  int32_t work = line->work[row], left = p->horizon - start;
  line->queue[row] = start - enter;
  line->worked[row] = work < left ? work : left;
  line->fate[row] = FSIM_WORKED;
  return work < FSIM_NEVER - start ? start + work : FSIM_NEVER;
}

static void serve_one_place(fsim_places *p, const fsim_line *line) {
  int32_t free = p->free[0];
  for (size_t i = 0; i < line->n; i++)
    free = line->patience != NULL ? serve_plainly(p, line, fsim_line_row(line, i), free, true)
                                  : serve_plainly(p, line, fsim_line_row(line, i), free, false);
  p->free[0] = free;
}

/* When each is served where nobody leaves the queue and they stand in order (Lindley 1952), into
 * line->queue: all of them, or those before the horizon. The loop does nothing else, since every
 * step of it waits for the one before. */
static size_t find_starts(fsim_places *p, const fsim_line *line) {
  const int32_t *restrict enter = line->enter, *restrict work = line->work;
  int32_t *restrict start = line->queue;
  int64_t free = p->free[0], horizon = p->horizon;
  size_t n = 0;
  for (; n < line->n; n++) {
    int64_t its = enter[n] > free ? enter[n] : free;
    if (its >= horizon) break;
    start[n] = (int32_t)its;
    free = its + work[n];
  }
  p->free[0] = free < FSIM_NEVER ? (int32_t)free : FSIM_NEVER;
  return n;
}

FSIM_CLONES
static void from_starts(const int32_t *restrict enter, const int32_t *restrict work,
                        int32_t horizon, int32_t *restrict queue, int32_t *restrict worked,
                        size_t n) {
  for (size_t i = 0; i < n; i++) {
    int32_t start = queue[i], left = horizon - start;
    queue[i] = start - enter[i];
    worked[i] = work[i] < left ? work[i] : left;
  }
}

static void serve_one_in_order(fsim_places *p, const fsim_line *line) {
  size_t n = find_starts(p, line);
  from_starts(line->enter, line->work, p->horizon, line->queue, line->worked, n);
  memset(line->fate, FSIM_WORKED, n * sizeof *line->fate);
  for (size_t i = n; i < line->n; i++)
    stay_in_queue(p, line, (uint32_t)i, line->enter[i], FSIM_WORKED, INT32_MAX);
}

/* Puts t in the place of the first: always down to the leaves, without a branch that depends on
 * data, so that the next visit need not wait for more than the first level. */
static inline __attribute__((always_inline)) void push_down(int32_t *heap, int levels, int32_t t) {
  size_t at = 0;
  for (int level = 0; level < levels; level++) {
    size_t child = 2 * at + 1;
    child += heap[child + 1] < heap[child];
    int32_t other = heap[child];
    heap[at] = other < t ? other : t;
    t = other < t ? t : other;
    at = child;
  }
  heap[at] = t;
}

static inline __attribute__((always_inline)) void serve_in_order(fsim_places *p,
                                                                 const fsim_line *line, int levels,
                                                                 bool leaves) {
  for (size_t i = 0; i < line->n; i++) {
    int32_t free = p->free[0], next = serve_plainly(p, line, fsim_line_row(line, i), free, leaves);
    if (next != free) push_down(p->free, levels, next);
  }
}

#ifdef FSIM_WIDE_X86

#include <immintrin.h>

#define MOST_SORTED 64 /* places that four registers hold, or eight of half the width */
#define WIDE __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq")))
#define INLINE static inline __attribute__((always_inline))

/* The places' times in rising order in registers, those that are not there at the end: instead of
 * the first, t, which is no earlier. Every entry becomes the one behind it or t, or stays. */
INLINE WIDE void put_in_order(__m512i *x, int registers, int32_t t) {
  const __m512i never = _mm512_set1_epi32(FSIM_NEVER), its = _mm512_set1_epi32(t);
  for (int k = 0; k < registers; k++) {
    __m512i behind = k + 1 < registers ? x[k + 1] : never;
    behind = _mm512_alignr_epi32(behind, x[k], 1);
    x[k] = _mm512_min_epi32(behind, _mm512_max_epi32(x[k], its));
  }
}

INLINE WIDE void serve_sorted(fsim_places *p, const fsim_line *line, int registers) {
  __m512i x[4];
  for (int k = 0; k < registers; k++) x[k] = _mm512_loadu_si512(p->free + 16 * k);
  for (size_t i = 0; i < line->n; i++) {
    int32_t free = _mm_cvtsi128_si32(_mm512_castsi512_si128(x[0]));
    uint32_t row = fsim_line_row(line, i);
    int32_t next = line->patience != NULL ? serve_plainly(p, line, row, free, true)
                                          : serve_plainly(p, line, row, free, false);
    put_in_order(x, registers, next);
  }
  for (int k = 0; k < registers; k++) _mm512_storeu_si512(p->free + 16 * k, x[k]);
}

WIDE static void serve_wide(fsim_places *p, const fsim_line *line) {
  switch ((p->n + 15) / 16) {
    case 1:
      serve_sorted(p, line, 1);
      return;
    case 2:
      serve_sorted(p, line, 2);
      return;
    case 3:
      serve_sorted(p, line, 3);
      return;
    default:
      serve_sorted(p, line, 4);
  }
}

#define HALF __attribute__((target("avx2")))

/* The same with half as wide registers: `next` holds each register's entries one place further to
 * the front, its first at the end, where the first of the register behind belongs. */
INLINE HALF void put_in_half_order(__m256i *x, int registers, int32_t t) {
  const __m256i one_on = _mm256_setr_epi32(1, 2, 3, 4, 5, 6, 7, 0);
  const __m256i its = _mm256_set1_epi32(t);
  __m256i next = _mm256_permutevar8x32_epi32(x[0], one_on);
  for (int k = 0; k < registers; k++) {
    __m256i after = k + 1 < registers ? _mm256_permutevar8x32_epi32(x[k + 1], one_on)
                                      : _mm256_set1_epi32(FSIM_NEVER);
    __m256i behind = _mm256_blend_epi32(next, after, 0x80);
    x[k] = _mm256_min_epi32(behind, _mm256_max_epi32(x[k], its));
    next = after;
  }
}

INLINE HALF void serve_half_sorted(fsim_places *p, const fsim_line *line, int registers) {
  __m256i x[8];
  for (int k = 0; k < registers; k++) x[k] = _mm256_loadu_si256((const __m256i *)(p->free + 8 * k));
  for (size_t i = 0; i < line->n; i++) {
    int32_t free = _mm256_cvtsi256_si32(x[0]);
    uint32_t row = fsim_line_row(line, i);
    int32_t next = line->patience != NULL ? serve_plainly(p, line, row, free, true)
                                          : serve_plainly(p, line, row, free, false);
    put_in_half_order(x, registers, next);
  }
  for (int k = 0; k < registers; k++) _mm256_storeu_si256((__m256i *)(p->free + 8 * k), x[k]);
}

HALF static void serve_half_wide(fsim_places *p, const fsim_line *line) {
  size_t registers = (p->n + 7) / 8;
  if (registers <= 1) {
    serve_half_sorted(p, line, 1);
  } else if (registers == 2) {
    serve_half_sorted(p, line, 2);
  } else if (registers <= 4) {
    serve_half_sorted(p, line, 4);
  } else if (registers <= 6) {
    serve_half_sorted(p, line, 6);
  } else {
    serve_half_sorted(p, line, 8);
  }
}

static bool few_enough(const fsim_places *p) {
  return p->n <= MOST_SORTED && (fsim_has_avx512() || __builtin_cpu_supports("avx2"));
}

static void serve_sorted_places(fsim_places *p, const fsim_line *line) {
  if (fsim_has_avx512()) {
    serve_wide(p, line);
  } else {
    serve_half_wide(p, line);
  }
}

#else

static bool few_enough(const fsim_places *p) {
  (void)p;
  return false;
}

static void serve_sorted_places(fsim_places *p, const fsim_line *line) {
  (void)p, (void)line;
}

#endif

static void serve_many_places(fsim_places *p, const fsim_line *line) {
  int levels = 0;
  while (((size_t)2 << levels) - 1 < p->n) levels++;
  if (few_enough(p)) {
    serve_sorted_places(p, line);
  } else if (line->patience == NULL) {
    serve_in_order(p, line, levels, false);
  } else {
    serve_in_order(p, line, levels, true);
  }
}

void fsim_places_serve(fsim_places *p, const fsim_line *line) {
  if (p->team->open != NULL || p->team->n_sizes > 1 || line->holds != NULL || p->n == 0) {
    for (size_t i = 0; i < line->n; i++) serve(p, line, fsim_line_row(line, i));
  } else if (p->n == 1 && line->patience == NULL && line->order == NULL) {
    serve_one_in_order(p, line);
  } else if (p->n == 1) {
    serve_one_place(p, line);
  } else {
    serve_many_places(p, line);
  }
}

int fsim_places_open(fsim_places *p, const fsim_team *team, int32_t horizon_s) {
  size_t most = 0, room = 1;
  for (size_t k = 0; k < team->n_sizes; k++)
    if (team->sizes[k].places > most) most = team->sizes[k].places;
  while (room < most + 1 || room < LEAST_ROOM) room *= 2;
  void *items = p->free;
  if (fsim_grow(&items, &p->capacity, room, sizeof *p->free) != 0) return -1;
  p->free = items;
  p->team = team;
  p->horizon = horizon_s;
  p->size = 0;
  p->n = team->sizes[0].places;
  for (size_t i = 0; i < room; i++) p->free[i] = i < p->n ? 0 : FSIM_NEVER;
  return 0;
}

void fsim_places_free(fsim_places *p) {
  free(p->free);
}
