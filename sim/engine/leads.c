/* The leads of a block: when they arrive, what they are, and their order by profile. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/block.h"
#include "sim/random/vector.h"

FSIM_CLONES
void fsim_count_up(uint32_t *x, uint32_t first, size_t n) {
  for (size_t i = 0; i < n; i++) x[i] = first + (uint32_t)i;
}

FSIM_CLONES
static bool all_alike(const uint16_t *x, size_t n) {
  uint16_t differ = 0;
  for (size_t i = 0; i < n; i++) differ |= x[i] ^ x[0];
  return differ == 0;
}

/* Puts number, arrive and profile, now in order of number, in order of profile; slot_of remembers.
 */
static int group_by_profile(fsim_block *b, size_t n) {
  size_t n_profiles = b->scenario->n_profiles;
  if (all_alike(b->profile, n)) {
    fsim_count_up(b->slot_of, 0, n);
    return FSIM_OK;
  }
  uint32_t *first = fsim_zeroed(n_profiles + 1, sizeof *first);
  if (first == NULL) return fsim_no_memory(b->report);
  for (size_t i = 0; i < n; i++) first[b->profile[i] + 1]++;
  for (size_t p = 0; p < n_profiles; p++) first[p + 1] += first[p];
  for (size_t i = 0; i < n; i++) b->slot_of[i] = first[b->profile[i]]++;
  free(first);
  for (size_t i = 0; i < n; i++) {
    b->s_lead[b->slot_of[i]] = b->number[i];
    b->s_time[b->slot_of[i]] = b->arrive[i];
    b->s_parent[b->slot_of[i]] = b->profile[i];
  }
  memcpy(b->number, b->s_lead, n * sizeof *b->number);
  memcpy(b->arrive, b->s_time, n * sizeof *b->arrive);
  memcpy(b->profile, b->s_parent, n * sizeof *b->profile);
  return FSIM_OK;
}

int fsim_block_fill(fsim_block *b, fsim_arrivals *arrivals, size_t most, double share) {
  uint32_t first = arrivals->number;
  size_t n = 0;
  if (most > b->capacity) most = b->capacity;
  while (n < most) {
    size_t want = most - n < FSIM_MOST_ARRIVALS ? most - n : FSIM_MOST_ARRIVALS;
    size_t came = fsim_arrivals_next(arrivals, b->arrive + n, want);
    n += came;
    if (came < want) break;
  }
  b->n_leads = n;
  b->n_journeys = 0;
  b->n_pendings = 0;
  b->n_rows = b->n_handed = 0;
  if (n == 0) return FSIM_OK;
  fsim_count_up(b->number, first, n);
  fsim_draw_profiles(b->scenario, b->part->replication, b->part->stream, b->number, b->profile,
                     b->u, n);
  int status = group_by_profile(b, n);
  if (status != FSIM_OK) return status;
  memset(b->kept, 0, n * sizeof *b->kept);
  if (b->keep_rows)
    fsim_draw_kept(b->scenario, b->part->replication, b->part->stream, b->number, share, b->kept,
                   b->u, n);
  memset(b->journeys, 0, n * sizeof *b->journeys);
  for (size_t f = 0; f < b->scenario->n_funnels; f++)
    memset(b->ordinal + f * b->capacity, 0, n * sizeof *b->ordinal);
  memset(b->pending, 0xff, n * sizeof *b->pending); /* FSIM_NO_PENDING */
  memset(b->gone, 0, n * sizeof *b->gone);
  if (b->scenario->n_changes > 0) fsim_draw_reach(b, n);
  return FSIM_OK;
}
