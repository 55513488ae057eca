#include "sim/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"

char *fsim_copy_text(const char *text, size_t length) {
  if (length == SIZE_MAX) return NULL;
  char *copy = malloc(length + 1);
  if (!copy) return NULL;
  if (length > 0) memcpy(copy, text, length);
  copy[length] = '\0';
  return copy;
}

/* ---- hashes ---- */

/* The finaliser of MurmurHash3 (Appleby, 2011): every input bit moves every output bit. */
static uint64_t finalise(uint64_t h) {
  h ^= h >> 33;
  h *= UINT64_C(0xff51afd7ed558ccd);
  h ^= h >> 33;
  h *= UINT64_C(0xc4ceb9fe1a85ec53);
  h ^= h >> 33;
  return h;
}

uint64_t fsim_hash_bytes(const void *bytes, size_t length) {
  const unsigned char *byte = bytes;
  uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a (Fowler, Noll & Vo, 1991), 64 bits */
  for (size_t i = 0; i < length; i++) {
    h ^= byte[i];
    h *= UINT64_C(0x100000001b3);
  }
  return finalise(h);
}

uint64_t fsim_hash_name(const char *name) {
  return fsim_hash_bytes(name, strlen(name));
}

uint64_t fsim_hash_mix(uint64_t a, uint64_t b) {
  /* The golden ratio's bits keep (0, 0) from being a fixed point; finalising `a` first makes the
   * two arguments unlike. */
  return finalise(finalise(a + UINT64_C(0x9e3779b97f4a7c15)) + b);
}

/* ---- the nearest name ---- */

#define LONGEST_NAME 63 /* longer names are not compared: nobody mistypes them by hand */

static unsigned char lower(char c) {
  return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static size_t least(size_t a, size_t b) {
  return a < b ? a : b;
}

/* Damerau (1964) and Levenshtein (1966): insertions, deletions, changes, swaps of neighbours
 * (optimal string alignment). */
static size_t edit_distance(const char *a, size_t n, const char *b, size_t m) {
  size_t row[3][LONGEST_NAME + 1];
  size_t *before = row[0], *above = row[1], *here = row[2];
  for (size_t j = 0; j <= m; j++) above[j] = j;
  for (size_t i = 1; i <= n; i++) {
    here[0] = i;
    for (size_t j = 1; j <= m; j++) {
      size_t change = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
      here[j] = least(least(above[j] + 1, here[j - 1] + 1), above[j - 1] + change);
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1]))
        here[j] = least(here[j], before[j - 2] + 1);
    }
    size_t *spare = before;
    before = above;
    above = here;
    here = spare;
  }
  return above[m];
}

const char *fsim_nearest_name(const char *wrong, const char *const *known, size_t count) {
  size_t length = strlen(wrong);
  if (length == 0 || length > LONGEST_NAME) return NULL;
  size_t most = length < 6 ? 1 : length / 3; /* one slip even in the shortest names */
  const char *nearest = NULL;
  for (size_t i = 0; i < count; i++) {
    if (!known[i]) continue;
    size_t other = strlen(known[i]);
    if (other > LONGEST_NAME) continue;
    size_t distance = edit_distance(wrong, length, known[i], other);
    if (distance > most || distance >= other) continue;
    if (nearest && distance == most) continue; /* the first of equals */
    nearest = known[i];
    most = distance;
  }
  return nearest;
}

/* ---- a growing string ---- */

void fsim_text_append(fsim_text *text, const char *format, ...) {
  if (text->failed) return;
  va_list list;
  va_start(list, format);
  va_list again;
  va_copy(again, list);
  int wanted = vsnprintf(NULL, 0, format, list);
  va_end(list);
  if (wanted < 0 || text->length > SIZE_MAX / 2 - (size_t)wanted) {
    text->failed = 1;
  } else {
    void *items = text->text;
    if (fsim_grow(&items, &text->capacity, text->length + (size_t)wanted + 1, 1) != 0) {
      text->failed = 1;
    } else {
      text->text = items;
      vsnprintf(text->text + text->length, (size_t)wanted + 1, format, again);
      text->length += (size_t)wanted;
    }
  }
  va_end(again);
}
