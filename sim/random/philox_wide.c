#include "sim/random/philox_wide.h"

#include "sim/random/vector.h"

#ifdef FSIM_WIDE_X86

#include <immintrin.h>

#define EIGHT __attribute__((target("avx512f,avx512dq,avx512vl")))
#define INLINE static inline __attribute__((always_inline))
#define REGISTERS 4

typedef struct round_keys {
  long long first[FSIM_PHILOX_ROUNDS], second[FSIM_PHILOX_ROUNDS];
} round_keys;

static round_keys keys_of(fsim_key key) {
  round_keys keys;
  uint32_t k0 = key.word[0], k1 = key.word[1];
  for (int round = 0; round < FSIM_PHILOX_ROUNDS; round++) {
    keys.first[round] = k0;
    keys.second[round] = k1;
    k0 += FSIM_PHILOX_WEYL_0;
    k1 += FSIM_PHILOX_WEYL_1;
  }
  return keys;
}

/* The high half of every lane in its low half; a shuffle, because the shifts share their port with
 * the multiplications. */
INLINE EIGHT __m512i high_half(__m512i x) {
  return _mm512_shuffle_epi32(x, _MM_PERM_DDBB);
}

INLINE EIGHT __m512i xor_of_three(__m512i a, __m512i b, __m512i c) {
  return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}

/* (k + 1/2) 2^-52 of the upper 52 bits of high : low. */
INLINE EIGHT __m512d eight_uniforms(__m512i high, __m512i low) {
  const __m512i one = _mm512_set1_epi64(0x3FF0000000000000);
  __m512i bits = _mm512_mask_shuffle_epi32(low, 0xAAAA, high, _MM_PERM_CCAA);
  bits = _mm512_or_si512(_mm512_srli_epi64(bits, 12), one);
  return _mm512_sub_pd(_mm512_castsi512_pd(bits), _mm512_set1_pd(1.0 - 0x1p-53));
}

/* Rows that are left from i on, at most eight. */
INLINE __mmask8 rows_from(size_t i, size_t n) {
  size_t left = i < n ? n - i : 0;
  return (__mmask8)((1u << (left < 8 ? left : 8)) - 1);
}

/* Only the low halves of the lanes count: the multiplication reads nothing else, so what the high
 * halves hold is left there until the end. Several registers of leads at a time hide its latency.
 */
INLINE EIGHT void eight_at_a_time(fsim_key key, const uint32_t *lead, const uint32_t *pass,
                                  uint32_t purpose, double *first, double *second, size_t n) {
  const __m512i m0 = _mm512_set1_epi64((long long)FSIM_PHILOX_MULTIPLIER_0);
  const __m512i m1 = _mm512_set1_epi64((long long)FSIM_PHILOX_MULTIPLIER_1);
  const round_keys keys = keys_of(key);
  for (size_t i = 0; i < n; i += 8 * REGISTERS) {
    __mmask8 rows[REGISTERS];
    __m512i c0[REGISTERS], c1[REGISTERS], c2[REGISTERS], c3[REGISTERS];
    for (int h = 0; h < REGISTERS; h++) {
      size_t at = i + 8 * (size_t)h;
      rows[h] = rows_from(at, n);
      c0[h] = _mm512_cvtepu32_epi64(_mm256_maskz_loadu_epi32(rows[h], lead + at));
      c1[h] = pass ? _mm512_cvtepu32_epi64(_mm256_maskz_loadu_epi32(rows[h], pass + at))
                   : _mm512_setzero_si512();
      c2[h] = _mm512_set1_epi64(purpose);
      c3[h] = _mm512_setzero_si512();
    }
    for (int round = 0; round < FSIM_PHILOX_ROUNDS; round++) {
      const __m512i key0 = _mm512_set1_epi64(keys.first[round]);
      const __m512i key1 = _mm512_set1_epi64(keys.second[round]);
      for (int h = 0; h < REGISTERS; h++) {
        __m512i p0 = _mm512_mul_epu32(c0[h], m0), p1 = _mm512_mul_epu32(c2[h], m1);
        c0[h] = xor_of_three(high_half(p1), c1[h], key0);
        c2[h] = xor_of_three(high_half(p0), c3[h], key1);
        c1[h] = p1;
        c3[h] = p0;
      }
    }
    for (int h = 0; h < REGISTERS; h++) {
      size_t at = i + 8 * (size_t)h;
      _mm512_mask_storeu_pd(first + at, rows[h], eight_uniforms(c1[h], c0[h]));
      if (second) _mm512_mask_storeu_pd(second + at, rows[h], eight_uniforms(c3[h], c2[h]));
    }
  }
}

/* Without passes, or without second uniforms, the loop has less to do. */
EIGHT static void by_eight(fsim_key key, const uint32_t *lead, const uint32_t *pass,
                           uint32_t purpose, double *first, double *second, size_t n) {
  if (pass != NULL && second != NULL) {
    eight_at_a_time(key, lead, pass, purpose, first, second, n);
  } else if (pass != NULL) {
    eight_at_a_time(key, lead, pass, purpose, first, NULL, n);
  } else if (second != NULL) {
    eight_at_a_time(key, lead, NULL, purpose, first, second, n);
  } else {
    eight_at_a_time(key, lead, NULL, purpose, first, NULL, n);
  }
}

__attribute__((target("avx2"))) static size_t four_at_a_time(fsim_key key, const uint32_t *lead,
                                                             const uint32_t *pass, uint32_t purpose,
                                                             double *first, double *second,
                                                             size_t n) {
  const __m256i m0 = _mm256_set1_epi64x((long long)FSIM_PHILOX_MULTIPLIER_0);
  const __m256i m1 = _mm256_set1_epi64x((long long)FSIM_PHILOX_MULTIPLIER_1);
  const __m256i low = _mm256_set1_epi64x(0xFFFFFFFF);
  const __m256i one = _mm256_set1_epi64x(0x3FF0000000000000);
  const __m256d below_one = _mm256_set1_pd(1.0 - 0x1p-53);
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    __m256i c0[2], c1[2], c2[2], c3[2];
    for (int h = 0; h < 2; h++) {
      c0[h] = _mm256_cvtepu32_epi64(_mm_loadu_si128((const __m128i *)(lead + i + 4 * h)));
      c1[h] = pass ? _mm256_cvtepu32_epi64(_mm_loadu_si128((const __m128i *)(pass + i + 4 * h)))
                   : _mm256_setzero_si256();
      c2[h] = _mm256_set1_epi64x(purpose);
      c3[h] = _mm256_setzero_si256();
    }
    uint32_t k0 = key.word[0], k1 = key.word[1];
    for (int round = 0; round < FSIM_PHILOX_ROUNDS; round++) {
      const __m256i key0 = _mm256_set1_epi64x(k0), key1 = _mm256_set1_epi64x(k1);
      for (int h = 0; h < 2; h++) {
        __m256i p0 = _mm256_mul_epu32(c0[h], m0), p1 = _mm256_mul_epu32(c2[h], m1);
        c0[h] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p1, 32), c1[h]), key0);
        c2[h] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p0, 32), c3[h]), key1);
        c1[h] = p1;
        c3[h] = p0;
      }
      k0 += FSIM_PHILOX_WEYL_0;
      k1 += FSIM_PHILOX_WEYL_1;
    }
    for (int h = 0; h < 2; h++) {
      __m256i a = _mm256_or_si256(_mm256_slli_epi64(c1[h], 32), _mm256_and_si256(c0[h], low));
      __m256i b = _mm256_or_si256(_mm256_slli_epi64(c3[h], 32), _mm256_and_si256(c2[h], low));
      a = _mm256_or_si256(_mm256_srli_epi64(a, 12), one);
      b = _mm256_or_si256(_mm256_srli_epi64(b, 12), one);
      _mm256_storeu_pd(first + i + 4 * h, _mm256_sub_pd(_mm256_castsi256_pd(a), below_one));
      if (second)
        _mm256_storeu_pd(second + i + 4 * h, _mm256_sub_pd(_mm256_castsi256_pd(b), below_one));
    }
  }
  return i;
}

size_t fsim_philox_wide(fsim_key key, const uint32_t *lead, const uint32_t *pass, uint32_t purpose,
                        double *first, double *second, size_t n) {
  if (fsim_has_avx512()) {
    by_eight(key, lead, pass, purpose, first, second, n);
    return n;
  }
  if (__builtin_cpu_supports("avx2"))
    return four_at_a_time(key, lead, pass, purpose, first, second, n);
  return 0;
}

#else

size_t fsim_philox_wide(fsim_key key, const uint32_t *lead, const uint32_t *pass, uint32_t purpose,
                        double *first, double *second, size_t n) {
  (void)key;
  (void)lead;
  (void)pass;
  (void)purpose;
  (void)first;
  (void)second;
  (void)n;
  return 0;
}

#endif
