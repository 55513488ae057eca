/* How long a first-come queue has each length: those who come and those who go, merged.
 *
 * Those who are served leave in the order in which they came, so only those who give up must be put
 * in order. A line is told piece by piece. Private to this folder. */
#ifndef FSIM_ENGINE_QUEUE_TIME_H
#define FSIM_ENGINE_QUEUE_TIME_H

#include "sim/engine/places.h"
#include "sim/record/team_counts.h"

/* All zero: no memory yet. */
typedef struct fsim_queue_time {
  int32_t from; /* counted from then on */
  size_t queued;
  bool orderly;      /* nobody gives up, and the queue was never long: who is where, one by one */
  int32_t last;      /* when somebody came last */
  int32_t since;     /* by crossings from then on */
  int64_t *at_least; /* [cells] seconds at a length of k or more, as long as it was orderly */
  size_t least_capacity;
  int64_t *crossed; /* [cells] sums of the times at which the length fell from k + 1 to k, and of
                       those at which it rose, for every k */
  size_t length_capacity, cells;
  int32_t *come; /* of the present piece */
  size_t n_come, come_capacity;
  int32_t *go; /* when those are served who still are in the queue, in order, and a last mark */
  size_t first_go, n_go, go_capacity;
  int32_t *gives_up; /* the same of those who give up, as a heap */
  size_t n_gives_up, up_capacity;
  int32_t *up; /* scratch: those of the present piece who give up */
  size_t unsorted_capacity;
  int32_t *gone; /* scratch: both in order, up to some time */
  size_t gone_capacity;
} fsim_queue_time;

/* An empty queue; nothing counts before `from`. `orderly`: nobody will give up. */
void fsim_queue_time_open(fsim_queue_time *queue, int32_t from, bool orderly);
/* The next piece of the line, which has been served. 0, or -1 when memory is out. */
int fsim_queue_time_tell(fsim_queue_time *queue, const fsim_line *line);
/* Up to the horizon; then the team's seconds at each length are counted. 0 or -1. */
int fsim_queue_time_close(fsim_queue_time *queue, int32_t horizon_s, fsim_recorder *recorder,
                          size_t team);
void fsim_queue_time_free(fsim_queue_time *queue);

#endif
