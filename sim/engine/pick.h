/* Which rows are in a bucket: the compaction behind every step from stage to stage. */
#ifndef FSIM_ENGINE_PICK_H
#define FSIM_ENGINE_PICK_H

#include <stddef.h>
#include <stdint.h>

/* Writes the numbers i < n with bucket[i] == wanted to index, rising; returns how many. index has
 * room for n. */
size_t fsim_pick(const uint16_t *bucket, uint16_t wanted, uint32_t *index, size_t n);

#endif
