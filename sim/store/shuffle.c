#include "sim/store/shuffle.h"

#include <string.h>

#include "sim/random/vector.h"

#define AT_ONCE 2048 /* elements: what is read for each plane again stays in the nearest cache */

/* Shifts and narrowing stores, which compilers turn into vector packs. The shifts take the bytes in
 * the file's order on every machine. */

FSIM_CLONES
static void shuffle_2(const uint16_t *restrict in, size_t n, uint8_t *restrict out, size_t plane) {
  uint8_t *restrict high = out + plane;
  for (size_t i = 0; i < n; i++) out[i] = (uint8_t)in[i];
  for (size_t i = 0; i < n; i++) high[i] = (uint8_t)(in[i] >> 8);
}

FSIM_CLONES
static void shuffle_4(const uint32_t *restrict in, size_t n, uint8_t *restrict out, size_t plane) {
  for (int byte = 0; byte < 4; byte++) {
    uint8_t *restrict to = out + (size_t)byte * plane;
    int shift = 8 * byte;
    for (size_t i = 0; i < n; i++) to[i] = (uint8_t)(in[i] >> shift);
  }
}

FSIM_CLONES
static void shuffle_8(const uint64_t *restrict in, size_t n, uint8_t *restrict out, size_t plane) {
  for (int byte = 0; byte < 8; byte++) {
    uint8_t *restrict to = out + (size_t)byte * plane;
    int shift = 8 * byte;
    for (size_t i = 0; i < n; i++) to[i] = (uint8_t)(in[i] >> shift);
  }
}

void fsim_shuffle(const void *elements, size_t n, size_t size, uint8_t *planes, size_t plane) {
  const uint8_t *from = elements;
  if (size == 1) {
    memcpy(planes, from, n);
    return;
  }
  for (size_t i = 0; i < n; i += AT_ONCE) {
    size_t some = n - i < AT_ONCE ? n - i : AT_ONCE;
    const void *in = from + i * size;
    if (size == 2) shuffle_2(in, some, planes + i, plane);
    if (size == 4) shuffle_4(in, some, planes + i, plane);
    if (size == 8) shuffle_8(in, some, planes + i, plane);
  }
}

/* The byte of an element in memory that belongs into a plane. */
static uint8_t byte_of_plane(const uint8_t *element, size_t size, size_t plane) {
  const uint16_t one = 1;
  bool little = *(const uint8_t *)&one == 1;
  return element[little ? plane : size - 1 - plane];
}

void fsim_shuffle_same(const uint8_t *element, size_t n, size_t size, uint8_t *planes,
                       size_t plane) {
  for (size_t p = 0; p < size; p++) memset(planes + p * plane, byte_of_plane(element, size, p), n);
}

bool fsim_all_same(const void *elements, size_t n, size_t size, const uint8_t *element) {
  const uint8_t *bytes = elements;
  return n == 0 ||
         (memcmp(bytes, element, size) == 0 && memcmp(bytes, bytes + size, (n - 1) * size) == 0);
}
