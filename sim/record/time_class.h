/* The class of a time in 32-bit lanes, for loops that become vector code. Private to this folder.
 */
#ifndef FSIM_RECORD_TIME_CLASS_H
#define FSIM_RECORD_TIME_CLASS_H

#include <stdint.h>
#include <string.h>

/* fsim_time_class: a float has bits enough once those below the class are gone. */
static inline __attribute__((always_inline)) uint32_t fsim_time_lane(int32_t t) {
  int32_t fine = -(int32_t)(t >= 65536) & 0x7f;
  float x = (float)(t & ~fine);
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  uint32_t class = (bits >> 15) - ((127u + 8u) << 8) + 256u;
  uint32_t small = -(uint32_t)(t < 256);
  return ((uint32_t)t & small) | (class & ~small);
}

#endif
