/* Which rows are in a bucket: the compaction behind every step from stage to stage. */
#ifndef FSIM_ENGINE_PICK_H
#define FSIM_ENGINE_PICK_H

#include <stddef.h>
#include <stdint.h>

/* Writes the numbers i < n with bucket[i] == wanted to index, rising; returns how many. index has
 * room for n. */
size_t fsim_pick(const uint16_t *bucket, uint16_t wanted, uint32_t *index, size_t n);

/* Three columns of journeys, side by side. */
typedef struct fsim_triple {
  uint32_t *journey, *lead;
  int32_t *t;
} fsim_triple;

/* Writes these columns of the rows i < n with bucket[i] == wanted, in their order; returns how
 * many. `to` has room for n. */
size_t fsim_pick_rows(const uint16_t *bucket, uint16_t wanted, const uint32_t *journey,
                      const uint32_t *lead, const int32_t *t, fsim_triple to, size_t n);

/* When some come to a queue, when those of them who are served go, and the others. */
typedef struct fsim_waiting {
  int32_t *come, *go, *up;
  size_t n_come, n_go, n_up;
} fsim_waiting;

/* Adds those of n visits who have to wait (queue > 0), in their order; fate 0: served. There is
 * room for n in each column. */
void fsim_pick_waiting(const int32_t *enter, const int32_t *queue, const uint8_t *fate,
                       fsim_waiting *to, size_t n);

#endif
