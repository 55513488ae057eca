#include "sim/engine/line_order.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/random/vector.h"

#define MOST_BITS 13 /* of a digit: its counts fill the nearest cache */
#define FEW 48       /* keys that are sorted by insertion */

int fsim_line_order_room(fsim_line_order *o, size_t n) {
  void *key = o->key, *other = o->other;
  size_t have = o->capacity, also = o->capacity;
  if (n > UINT32_MAX || fsim_grow(&key, &have, n, sizeof *o->key) != 0) return -1;
  o->key = key;
  if (fsim_grow(&other, &also, n, sizeof *o->other) != 0) return -1;
  o->other = other;
  o->capacity = have;
  if (o->count == NULL) o->count = fsim_zeroed((size_t)1 << MOST_BITS, sizeof *o->count);
  return o->count == NULL ? -1 : 0;
}

void fsim_line_order_free(fsim_line_order *o) {
  free(o->key);
  free(o->other);
  free(o->count);
}

static void sort_few(uint64_t *key, size_t n) {
  for (size_t i = 1; i < n; i++) {
    uint64_t one = key[i];
    size_t at = i;
    for (; at > 0 && key[at - 1] >> 32 > one >> 32; at--) key[at] = key[at - 1];
    key[at] = one;
  }
}

typedef struct span {
  uint32_t first, last;
} span;

FSIM_CLONES
static span find_span(const uint64_t *key, size_t n) {
  uint32_t first = UINT32_MAX, last = 0;
  for (size_t i = 0; i < n; i++) {
    uint32_t t = (uint32_t)(key[i] >> 32);
    first = t < first ? t : first;
    last = t > last ? t : last;
  }
  return (span){first, last};
}

/* A counting sort by one digit, lowest first. */
static void sort_digit(fsim_line_order *o, uint32_t first, int shift, int bits, size_t n) {
  uint32_t *count = o->count, mask = ((uint32_t)1 << bits) - 1, sum = 0;
  memset(count, 0, ((size_t)mask + 1) * sizeof *count);
  for (size_t i = 0; i < n; i++) count[((uint32_t)(o->key[i] >> 32) - first) >> shift & mask]++;
  for (size_t k = 0; k <= mask; k++) {
    uint32_t its = count[k];
    count[k] = sum;
    sum += its;
  }
  for (size_t i = 0; i < n; i++) {
    uint64_t key = o->key[i];
    o->other[count[((uint32_t)(key >> 32) - first) >> shift & mask]++] = key;
  }
  uint64_t *swap = o->key;
  o->key = o->other;
  o->other = swap;
}

void fsim_line_order_sort(fsim_line_order *o, size_t n) {
  if (n <= FEW) {
    sort_few(o->key, n);
    return;
  }
  span s = find_span(o->key, n);
  int width = 1, most = n < 2048 ? 8 : MOST_BITS;
  while (width < 32 && (s.last - s.first) >> width > 0) width++;
  int digits = (width + most - 1) / most, bits = (width + digits - 1) / digits;
  for (int d = 0; d < digits; d++) sort_digit(o, s.first, d * bits, bits, n);
}

/* ---- an inbox ---- */

FSIM_CLONES
static bool all_later(const int32_t *t, size_t n) {
  int later = 1;
  for (size_t i = 1; i < n; i++) later &= t[i] > t[i - 1];
  return later;
}

static bool stands_in_order(const fsim_inbox *in) {
  const size_t step = 512;
  for (size_t first = 0; first < in->n; first += step) {
    size_t from = first > 0 ? first - 1 : 0, end = first + step < in->n ? first + step : in->n;
    if (all_later(in->t + from, end - from)) continue;
    for (size_t i = from + 1; i < end; i++) {
      if (in->t[i] < in->t[i - 1]) return false;
      if (in->t[i] == in->t[i - 1] && in->lead[i] < in->lead[i - 1]) return false;
    }
  }
  return true;
}

/* Rows of one second by lead. */
static void sort_ties(uint64_t *key, const uint32_t *lead, size_t n) {
  for (size_t i = 1; i < n; i++) {
    uint64_t one = key[i];
    if (key[i - 1] >> 32 != one >> 32) continue;
    uint32_t its = lead[(uint32_t)one];
    size_t at = i;
    for (; at > 0 && key[at - 1] >> 32 == one >> 32 && lead[(uint32_t)key[at - 1]] > its; at--)
      key[at] = key[at - 1];
    key[at] = one;
  }
}

int fsim_inbox_sort(fsim_line_order *o, fsim_inbox *in, fsim_inbox *spare) {
  if (stands_in_order(in)) return 0;
  if (fsim_line_order_room(o, in->n) != 0) return -1;
  for (size_t i = 0; i < in->n; i++) o->key[i] = (uint64_t)in->t[i] << 32 | i;
  fsim_line_order_sort(o, in->n);
  sort_ties(o->key, in->lead, in->n);
  for (size_t i = 0; i < in->n; i++) {
    uint32_t row = (uint32_t)o->key[i];
    spare->journey[i] = in->journey[row];
    spare->lead[i] = in->lead[row];
    spare->t[i] = (int32_t)(o->key[i] >> 32);
  }
  fsim_inbox sorted = {spare->journey, spare->lead, spare->t, in->n};
  *spare = (fsim_inbox){in->journey, in->lead, in->t, 0};
  *in = sorted;
  return 0;
}
