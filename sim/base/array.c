#include "sim/base/array.h"

#include <stdint.h>
#include <stdlib.h>

#define ALIGNMENT 64

void *fsim_zeroed(size_t count, size_t size) {
  if (count == 0 || size == 0) return calloc(1, 1);
  return calloc(count, size);
}

void *fsim_aligned(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
  if (bytes == 0) bytes = 1;
  if (__builtin_add_overflow(bytes, (size_t)ALIGNMENT - 1, &bytes)) return NULL;
  return aligned_alloc(ALIGNMENT, bytes / ALIGNMENT * ALIGNMENT);
}

int fsim_grow(void **items, size_t *capacity, size_t need, size_t size) {
  if (need <= *capacity) return 0;
  size_t wanted = need;
  if (*capacity <= SIZE_MAX / 2 && wanted < *capacity * 2) wanted = *capacity * 2;
  if (wanted < 8) wanted = 8;
  size_t bytes;
  if (__builtin_mul_overflow(wanted, size, &bytes)) return -1;
  void *grown = realloc(*items, bytes);
  if (!grown) return -1;
  *items = grown;
  *capacity = wanted;
  return 0;
}
