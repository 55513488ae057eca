/* The leads of a block: when they arrive, what they are, and their order by profile. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/text.h"
#include "sim/engine/block.h"

/* The value of an attribute from one uniform, values in the order of the scenario. Adds it to the
 * profiles so far. */
static void draw_attribute(fsim_block *b, const fsim_stream *stream, size_t attribute, size_t n) {
  const fsim_attribute *a = &b->scenario->attributes[attribute];
  size_t certain = a->n_values;
  for (size_t v = 0; v < a->n_values; v++) {
    if (fsim_stream_share(b->scenario, stream, attribute, v) >= 1) certain = v;
  }
  for (size_t i = 0; i < n; i++) b->profile[i] = (uint16_t)(b->profile[i] * a->n_values);
  if (certain < a->n_values) {
    for (size_t i = 0; i < n; i++) b->profile[i] = (uint16_t)(b->profile[i] + certain);
    return;
  }
  fsim_key key = fsim_key_make(b->scenario->seed, b->part->replication, stream->hash,
                               fsim_hash_name(""), fsim_hash_name(a->name));
  fsim_uniform_pairs(key, b->number, NULL, FSIM_PURPOSE_ATTRIBUTE, b->u, NULL, n);
  double below = 0;
  for (size_t v = 0; v + 1 < a->n_values; v++) {
    below += fsim_stream_share(b->scenario, stream, attribute, v);
    for (size_t i = 0; i < n; i++) b->profile[i] = (uint16_t)(b->profile[i] + (b->u[i] >= below));
  }
}

static void draw_profiles(fsim_block *b, const fsim_stream *stream, size_t n) {
  if (stream->given != NULL) {
    for (size_t i = 0; i < n; i++) b->profile[i] = stream->given[b->number[i]].profile;
    return;
  }
  memset(b->profile, 0, n * sizeof *b->profile);
  for (size_t a = 0; a < b->scenario->n_attributes; a++) draw_attribute(b, stream, a, n);
}

/* Puts number, arrive and profile, now in order of number, in order of profile; slot_of remembers.
 */
static int group_by_profile(fsim_block *b, size_t n) {
  size_t n_profiles = b->scenario->n_profiles;
  bool one = true;
  for (size_t i = 0; i < n; i++) one &= b->profile[i] == b->profile[0];
  if (one) {
    for (size_t i = 0; i < n; i++) b->slot_of[i] = (uint32_t)i;
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

static void choose_kept(fsim_block *b, const fsim_stream *stream, double share, size_t n) {
  for (size_t i = 0; i < n; i++) b->kept[i] = b->keep_rows;
  if (!b->keep_rows || share >= 1) return;
  uint64_t none = fsim_hash_name("");
  fsim_key key = fsim_key_make(b->scenario->seed, b->part->replication, stream->hash, none, none);
  fsim_uniform_pairs(key, b->number, NULL, FSIM_PURPOSE_SAMPLE, b->u, NULL, n);
  for (size_t i = 0; i < n; i++) b->kept[i] = b->u[i] < share;
}

int fsim_block_fill(fsim_block *b, fsim_arrivals *arrivals, size_t most, double share) {
  const fsim_stream *stream = &b->scenario->streams[b->part->stream];
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
  b->n_rows = 0;
  if (n == 0) return FSIM_OK;
  for (size_t i = 0; i < n; i++) b->number[i] = first + (uint32_t)i;
  draw_profiles(b, stream, n);
  int status = group_by_profile(b, n);
  if (status != FSIM_OK) return status;
  choose_kept(b, stream, share, n);
  memset(b->journeys, 0, n * sizeof *b->journeys);
  for (size_t f = 0; f < b->scenario->n_funnels; f++)
    memset(b->ordinal + f * b->capacity, 0, n * sizeof *b->ordinal);
  for (size_t i = 0; i < n; i++) b->pending[i] = FSIM_NO_PENDING;
  if (b->scenario->n_changes > 0) fsim_draw_reach(b);
  return FSIM_OK;
}
