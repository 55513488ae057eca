/* Philox4x32-10 over arrays of leads. The state words are kept in 64-bit lanes, so that a round is
 * two 32 x 32 -> 64 bit multiplications that every vector unit has. */
#include "sim/random/key.h"

#include <string.h>

#include "sim/base/text.h"
#include "sim/random/philox_wide.h"

#define LOW_WORD UINT64_C(0xFFFFFFFF)

fsim_key fsim_key_make(uint64_t seed, uint64_t replication, uint64_t stream, uint64_t funnel,
                       uint64_t stage) {
  uint64_t hash = fsim_hash_mix(seed, replication);
  hash = fsim_hash_mix(hash, stream);
  hash = fsim_hash_mix(hash, funnel);
  hash = fsim_hash_mix(hash, stage);
  return (fsim_key){{(uint32_t)hash, (uint32_t)(hash >> 32)}};
}

/* (k + 1/2) 2^-52 for the upper 52 bits k: put k under the exponent of 1 and subtract exactly. */
static inline __attribute__((always_inline)) double uniform_of(uint64_t bits) {
  uint64_t pattern = (bits >> 12) | UINT64_C(0x3FF0000000000000);
  double one_to_two;
  memcpy(&one_to_two, &pattern, sizeof one_to_two);
  return one_to_two - (1.0 - 0x1p-53);
}

static inline __attribute__((always_inline)) void philox(uint64_t lead, uint64_t pass,
                                                         uint64_t purpose, fsim_key key,
                                                         double *first, double *second) {
  uint64_t c0 = lead, c1 = pass, c2 = purpose, c3 = 0;
  uint32_t k0 = key.word[0], k1 = key.word[1];
  for (int round = 0; round < FSIM_PHILOX_ROUNDS; round++) {
    uint64_t p0 = c0 * FSIM_PHILOX_MULTIPLIER_0, p1 = c2 * FSIM_PHILOX_MULTIPLIER_1;
    c0 = (p1 >> 32) ^ c1 ^ k0;
    c2 = (p0 >> 32) ^ c3 ^ k1;
    c1 = p1 & LOW_WORD;
    c3 = p0 & LOW_WORD;
    k0 += FSIM_PHILOX_WEYL_0;
    k1 += FSIM_PHILOX_WEYL_1;
  }
  *first = uniform_of(c1 << 32 | c0);
  *second = uniform_of(c3 << 32 | c2);
}

void fsim_uniform_pair(fsim_key key, uint32_t lead, uint32_t pass, uint32_t purpose, double *first,
                       double *second) {
  philox(lead, pass, purpose, key, first, second);
}

static void both_of_passes(fsim_key key, const uint32_t *restrict lead,
                           const uint32_t *restrict pass, uint32_t purpose, double *restrict first,
                           double *restrict second, size_t n) {
  for (size_t i = 0; i < n; i++) philox(lead[i], pass[i], purpose, key, &first[i], &second[i]);
}

static void first_of_passes(fsim_key key, const uint32_t *restrict lead,
                            const uint32_t *restrict pass, uint32_t purpose, double *restrict first,
                            size_t n) {
  for (size_t i = 0; i < n; i++) {
    double unused;
    philox(lead[i], pass[i], purpose, key, &first[i], &unused);
  }
}

static void both_of_leads(fsim_key key, const uint32_t *restrict lead, uint32_t purpose,
                          double *restrict first, double *restrict second, size_t n) {
  for (size_t i = 0; i < n; i++) philox(lead[i], 0, purpose, key, &first[i], &second[i]);
}

static void first_of_leads(fsim_key key, const uint32_t *restrict lead, uint32_t purpose,
                           double *restrict first, size_t n) {
  for (size_t i = 0; i < n; i++) {
    double unused;
    philox(lead[i], 0, purpose, key, &first[i], &unused);
  }
}

void fsim_uniform_pairs(fsim_key key, const uint32_t *lead, const uint32_t *pass, uint32_t purpose,
                        double *first, double *second, size_t n) {
  if (fsim_philox_wide(key, lead, pass, purpose, first, second, n)) return;
  if (pass != NULL && second != NULL) {
    both_of_passes(key, lead, pass, purpose, first, second, n);
  } else if (pass != NULL) {
    first_of_passes(key, lead, pass, purpose, first, n);
  } else if (second != NULL) {
    both_of_leads(key, lead, purpose, first, second, n);
  } else {
    first_of_leads(key, lead, purpose, first, n);
  }
}
