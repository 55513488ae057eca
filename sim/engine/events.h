/* Events in order of time: a calendar of buckets, each sorted when its turn comes. Private to this
 * folder.
 *
 * The horizon is known, so every bucket has its place from the start (Brown 1988's calendar queue
 * without a year): an event for a later bucket is added unsorted, a bucket is sorted once, and only
 * events made within the current bucket go through a heap. */
#ifndef FSIM_ENGINE_EVENTS_H
#define FSIM_ENGINE_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Events come in order of (major, minor); the upper 32 bits of major are the time. */
typedef struct fsim_event {
  uint64_t major, minor;
  uint32_t item, stamp; /* what it is about, as its maker understands it */
} fsim_event;

static inline int32_t fsim_event_time(const fsim_event *event) {
  return (int32_t)(event->major >> 32);
}

static inline bool fsim_event_before(const fsim_event *a, const fsim_event *b) {
  return a->major != b->major ? a->major < b->major : a->minor < b->minor;
}

#define FSIM_CHUNK_EVENTS 42 /* a chunk fills about a kilobyte */
typedef struct fsim_event_chunk {
  uint32_t next, n;
  fsim_event event[FSIM_CHUNK_EVENTS];
} fsim_event_chunk;

typedef struct fsim_events {
  int shift; /* of a time to its bucket */
  size_t n_buckets, bucket;
  int32_t end;            /* of the current bucket: later events are added unsorted */
  uint32_t *first, *last; /* [n_buckets] chunks */
  fsim_event_chunk *chunks;
  size_t n_chunks, chunk_capacity;
  uint32_t spare;  /* chunks to be used again */
  fsim_event *now; /* the current bucket, sorted */
  size_t n_now, next, now_capacity;
  fsim_event *late; /* a heap of what came while it was worked off */
  size_t n_late, late_capacity;
  uint32_t *bin; /* scratch of the sort */
  fsim_event *sorted;
  size_t sorted_capacity;
} fsim_events;

/* For times 0 <= t < horizon, about `expected` events in all. 0, or -1 when memory is out. */
int fsim_events_make(fsim_events *events, int32_t horizon, double expected);
void fsim_events_free(fsim_events *events);
/* Forgets all events; the first bucket is current. */
void fsim_events_clear(fsim_events *events);
/* The last chunk of a later bucket, with room for one more; NULL when memory is out. */
fsim_event_chunk *fsim_events_room(fsim_events *events, size_t bucket);
/* An event of the current bucket, by its parts. 0, or -1 when memory is out. */
int fsim_events_add_late(fsim_events *events, uint64_t major, uint64_t minor, uint32_t item,
                         uint32_t stamp);

/* An event not before the one taken last. 0, or -1 when memory is out. Inlined, so that an event
 * goes from registers to its place. */
static inline int fsim_events_add(fsim_events *e, const fsim_event *event) {
  int32_t t = fsim_event_time(event);
  if (t < e->end)
    return fsim_events_add_late(e, event->major, event->minor, event->item, event->stamp);
  fsim_event_chunk *to = fsim_events_room(e, (size_t)(t >> e->shift));
  if (to == NULL) return -1;
  fsim_event *at = &to->event[to->n++];
  at->major = event->major;
  at->minor = event->minor;
  at->item = event->item;
  at->stamp = event->stamp;
  return 0;
}

/* The first event of the current bucket, which stays; NULL when it has none left. */
static inline const fsim_event *fsim_events_first(const fsim_events *e) {
  const fsim_event *now = e->next < e->n_now ? &e->now[e->next] : NULL;
  if (e->n_late == 0) return now;
  return now == NULL || fsim_event_before(&e->late[0], now) ? &e->late[0] : now;
}
/* Takes the first event of the current bucket; false when it has none left. */
bool fsim_events_take(fsim_events *events, fsim_event *event);
/* The end of the bucket after the current one; INT32_MAX when there is none. */
int32_t fsim_events_next_end(const fsim_events *events);
/* Goes on to the next bucket: 1, 0 when there is none, -1 when memory is out. */
int fsim_events_turn(fsim_events *events);

#endif
