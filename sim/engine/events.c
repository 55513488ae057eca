#include "sim/engine/events.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"

#define NO_CHUNK UINT32_MAX
#define EVENTS_PER_BUCKET 128
#define MOST_BUCKETS 16384
#define BINS 256
#define FEW 24 /* events of one bin that are sorted by insertion */

int fsim_events_make(fsim_events *e, int32_t horizon, double expected) {
  memset(e, 0, sizeof *e);
  double want = expected / EVENTS_PER_BUCKET;
  if (!(want < MOST_BUCKETS)) want = MOST_BUCKETS;
  while (e->shift < 30 && (double)(horizon >> e->shift) > want) e->shift++;
  e->n_buckets = (size_t)(horizon >> e->shift) + 1;
  e->first = fsim_zeroed(e->n_buckets, sizeof *e->first);
  e->last = fsim_zeroed(e->n_buckets, sizeof *e->last);
  e->bin = fsim_zeroed(BINS + 1, sizeof *e->bin);
  e->spare = NO_CHUNK;
  if (e->first == NULL || e->last == NULL || e->bin == NULL) {
    fsim_events_free(e);
    return -1;
  }
  fsim_events_clear(e);
  return 0;
}

void fsim_events_free(fsim_events *e) {
  free(e->first);
  free(e->last);
  free(e->chunks);
  free(e->now);
  free(e->late);
  free(e->bin);
  free(e->sorted);
  memset(e, 0, sizeof *e);
}

static int32_t end_of(const fsim_events *e, size_t bucket) {
  int64_t end = ((int64_t)bucket + 1) << e->shift;
  return end < INT32_MAX ? (int32_t)end : INT32_MAX;
}

static void set_bucket(fsim_events *e, size_t bucket) {
  e->bucket = bucket;
  e->end = end_of(e, bucket);
}

int32_t fsim_events_next_end(const fsim_events *e) {
  return e->bucket + 1 < e->n_buckets ? end_of(e, e->bucket + 1) : INT32_MAX;
}

void fsim_events_clear(fsim_events *e) {
  memset(e->first, 0xff, e->n_buckets * sizeof *e->first);
  memset(e->last, 0xff, e->n_buckets * sizeof *e->last);
  e->n_chunks = 0;
  e->spare = NO_CHUNK;
  e->n_now = e->next = e->n_late = 0;
  set_bucket(e, 0);
}

/* ---- what comes while a bucket is worked off ---- */

int fsim_events_add_late(fsim_events *e, uint64_t major, uint64_t minor, uint32_t item,
                         uint32_t stamp) {
  void *items = e->late;
  if (fsim_grow(&items, &e->late_capacity, e->n_late + 1, sizeof *e->late) != 0) return -1;
  e->late = items;
  fsim_event key = {major, minor, item, stamp};
  size_t at = e->n_late++;
  while (at > 0 && fsim_event_before(&key, &e->late[(at - 1) / 2])) {
    e->late[at] = e->late[(at - 1) / 2];
    at = (at - 1) / 2;
  }
  fsim_event *to = &e->late[at];
  to->major = major;
  to->minor = minor;
  to->item = item;
  to->stamp = stamp;
  return 0;
}

static void take_late(fsim_events *e, fsim_event *event) {
  *event = e->late[0];
  fsim_event last = e->late[--e->n_late];
  size_t at = 0, n = e->n_late;
  while (2 * at + 1 < n) {
    size_t child = 2 * at + 1;
    if (child + 1 < n && fsim_event_before(&e->late[child + 1], &e->late[child])) child++;
    if (!fsim_event_before(&e->late[child], &last)) break;
    e->late[at] = e->late[child];
    at = child;
  }
  if (n > 0) e->late[at] = last;
}

/* ---- buckets ---- */

static uint32_t new_chunk(fsim_events *e) {
  uint32_t chunk = e->spare;
  if (chunk != NO_CHUNK) {
    e->spare = e->chunks[chunk].next;
  } else {
    void *items = e->chunks;
    if (fsim_grow(&items, &e->chunk_capacity, e->n_chunks + 1, sizeof *e->chunks) != 0)
      return NO_CHUNK;
    e->chunks = items;
    chunk = (uint32_t)e->n_chunks++;
  }
  e->chunks[chunk].n = 0;
  e->chunks[chunk].next = NO_CHUNK;
  return chunk;
}

fsim_event_chunk *fsim_events_room(fsim_events *e, size_t bucket) {
  uint32_t last = e->last[bucket];
  if (last == NO_CHUNK || e->chunks[last].n == FSIM_CHUNK_EVENTS) {
    uint32_t chunk = new_chunk(e);
    if (chunk == NO_CHUNK) return NULL;
    if (last == NO_CHUNK) {
      e->first[bucket] = chunk;
    } else {
      e->chunks[last].next = chunk;
    }
    e->last[bucket] = last = chunk;
  }
  return &e->chunks[last];
}

static int by_key(const void *a, const void *b) {
  return fsim_event_before(a, b) ? -1 : fsim_event_before(b, a);
}

static void sort_few(fsim_event *event, size_t n) {
  for (size_t i = 1; i < n; i++) {
    fsim_event one = event[i];
    size_t at = i;
    for (; at > 0 && fsim_event_before(&one, &event[at - 1]); at--) event[at] = event[at - 1];
    event[at] = one;
  }
}

/* By the time in the bucket into bins, then each bin, which is small, by the whole key. */
static void sort_bucket(fsim_events *e) {
  size_t n = e->n_now;
  if (n <= FEW) {
    sort_few(e->now, n);
    return;
  }
  int shift = e->shift > 8 ? e->shift - 8 : 0;
  memset(e->bin, 0, (BINS + 1) * sizeof *e->bin);
  for (size_t i = 0; i < n; i++)
    e->bin[((fsim_event_time(&e->now[i]) >> shift) & (BINS - 1)) + 1]++;
  for (size_t b = 0; b < BINS; b++) e->bin[b + 1] += e->bin[b];
  for (size_t i = 0; i < n; i++)
    e->sorted[e->bin[(fsim_event_time(&e->now[i]) >> shift) & (BINS - 1)]++] = e->now[i];
  fsim_event *swap = e->now;
  e->now = e->sorted;
  e->sorted = swap;
  for (size_t b = 0, from = 0; b < BINS; b++) {
    size_t count = e->bin[b] - from;
    if (count > FEW) {
      qsort(e->now + from, count, sizeof *e->now, by_key);
    } else {
      sort_few(e->now + from, count);
    }
    from = e->bin[b];
  }
}

int fsim_events_turn(fsim_events *e) {
  if (e->bucket + 1 >= e->n_buckets) return 0;
  set_bucket(e, e->bucket + 1);
  e->n_now = e->next = 0;
  uint32_t chunk = e->first[e->bucket];
  for (uint32_t c = chunk; c != NO_CHUNK; c = e->chunks[c].next) e->n_now += e->chunks[c].n;
  if (e->n_now > e->now_capacity || e->n_now > e->sorted_capacity) {
    void *now = e->now, *sorted = e->sorted;
    size_t room = e->now_capacity < e->sorted_capacity ? e->now_capacity : e->sorted_capacity;
    size_t other = room;
    if (fsim_grow(&now, &room, e->n_now, sizeof *e->now) != 0) return -1;
    e->now = now;
    e->now_capacity = room;
    if (fsim_grow(&sorted, &other, e->n_now, sizeof *e->now) != 0) return -1;
    e->sorted = sorted;
    e->now_capacity = e->sorted_capacity = other;
  }
  size_t n = 0;
  while (chunk != NO_CHUNK) {
    fsim_event_chunk *from = &e->chunks[chunk];
    memcpy(e->now + n, from->event, from->n * sizeof *e->now);
    n += from->n;
    uint32_t next = from->next;
    from->next = e->spare;
    e->spare = chunk;
    chunk = next;
  }
  sort_bucket(e);
  return 1;
}

bool fsim_events_take(fsim_events *e, fsim_event *event) {
  const fsim_event *first = fsim_events_first(e);
  if (first == NULL) return false;
  if (e->n_late > 0 && first == &e->late[0]) {
    take_late(e, event);
  } else {
    *event = *first;
    e->next++;
  }
  return true;
}
