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

#define FOUR __attribute__((target("avx2")))

/* (k + 1/2) 2^-52 of the upper 52 bits of high : low. */
INLINE FOUR __m256d four_uniforms(__m256i high, __m256i low) {
  const __m256i one = _mm256_set1_epi64x(0x3FF0000000000000);
  __m256i bits = _mm256_blend_epi32(low, _mm256_slli_epi64(high, 32), 0xAA);
  bits = _mm256_or_si256(_mm256_srli_epi64(bits, 12), one);
  return _mm256_sub_pd(_mm256_castsi256_pd(bits), _mm256_set1_pd(1.0 - 0x1p-53));
}

INLINE FOUR __m256i four_words(const uint32_t *word) {
  return _mm256_cvtepu32_epi64(_mm_loadu_si128((const __m128i *)word));
}

/* Four leads' words, each in the low half of a lane; what the high halves hold is not read. */
typedef struct four_leads {
  __m256i c0, c1, c2, c3;
} four_leads;

/* A round whose keys are in the words 1 and 3 already, or come with what is multiplied. */
INLINE FOUR void turn(four_leads *x, __m256i p0, __m256i p1) {
  x->c0 = _mm256_xor_si256(_mm256_srli_epi64(p1, 32), x->c1);
  x->c2 = _mm256_xor_si256(_mm256_srli_epi64(p0, 32), x->c3);
  x->c1 = p1;
  x->c3 = p0;
}

/* The high half of a product takes part in this round, the low half in the next: so the keys of two
 * rounds, one in each half, cost one XOR instead of two. */
INLINE FOUR void two_rounds(four_leads *x, const __m256i *keys) {
  const __m256i m0 = _mm256_set1_epi64x((long long)FSIM_PHILOX_MULTIPLIER_0);
  const __m256i m1 = _mm256_set1_epi64x((long long)FSIM_PHILOX_MULTIPLIER_1);
  turn(x, _mm256_xor_si256(_mm256_mul_epu32(x->c0, m0), keys[1]),
       _mm256_xor_si256(_mm256_mul_epu32(x->c2, m1), keys[0]));
  turn(x, _mm256_mul_epu32(x->c0, m0), _mm256_mul_epu32(x->c2, m1));
}

/* As eight_at_a_time, for as many whole registers of rows. Unrolled, since what the first rounds
 * multiply is the same in all rows. */
INLINE FOUR void some_registers(const __m256i (*keys)[2], const uint32_t *lead,
                                const uint32_t *pass, uint32_t purpose, double *first,
                                double *second, int registers) {
  four_leads x[REGISTERS];
  for (int h = 0; h < registers; h++)
    x[h] = (four_leads){four_words(lead + 4 * h),
                        pass ? four_words(pass + 4 * h) : _mm256_setzero_si256(),
                        _mm256_set1_epi64x(purpose), _mm256_setzero_si256()};
#pragma GCC unroll 5
  for (int pair = 0; pair < FSIM_PHILOX_ROUNDS / 2; pair++)
    for (int h = 0; h < registers; h++) two_rounds(&x[h], keys[pair]);
  for (int h = 0; h < registers; h++) {
    _mm256_storeu_pd(first + 4 * h, four_uniforms(x[h].c1, x[h].c0));
    if (second) _mm256_storeu_pd(second + 4 * h, four_uniforms(x[h].c3, x[h].c2));
  }
}

/* The last rows; fewer than four of them stand in a register with others that do not matter. */
FOUR static void last_rows(const __m256i (*keys)[2], const uint32_t *lead, const uint32_t *pass,
                           uint32_t purpose, double *first, double *second, size_t n) {
  for (size_t i = 0, m; i < n; i += m) {
    uint32_t its_lead[4] = {0}, its_pass[4] = {0};
    double a[4], b[4];
    m = n - i < 4 ? n - i : 4;
    for (size_t k = 0; k < m; k++) its_lead[k] = lead[i + k];
    for (size_t k = 0; pass && k < m; k++) its_pass[k] = pass[i + k];
    some_registers(keys, its_lead, its_pass, purpose, a, b, 1);
    for (size_t k = 0; k < m; k++) first[i + k] = a[k];
    for (size_t k = 0; second && k < m; k++) second[i + k] = b[k];
  }
}

/* Without a sign, since the high half may reach into its place. */
INLINE long long both_halves(long long high, long long low) {
  return (long long)((unsigned long long)high << 32 | (unsigned long long)low);
}

INLINE FOUR void four_at_a_time(fsim_key key, const uint32_t *lead, const uint32_t *pass,
                                uint32_t purpose, double *first, double *second, size_t n) {
  const size_t together = 4 * REGISTERS;
  const round_keys of = keys_of(key);
  __m256i keys[FSIM_PHILOX_ROUNDS / 2][2];
  for (int pair = 0; pair < FSIM_PHILOX_ROUNDS / 2; pair++) {
    const long long *k0 = of.first + 2 * pair, *k1 = of.second + 2 * pair;
    keys[pair][0] = _mm256_set1_epi64x(both_halves(k0[0], k0[1]));
    keys[pair][1] = _mm256_set1_epi64x(both_halves(k1[0], k1[1]));
  }
  size_t i = 0;
  for (; i + together <= n; i += together)
    some_registers(keys, lead + i, pass ? pass + i : NULL, purpose, first + i,
                   second ? second + i : NULL, REGISTERS);
  if (i < n)
    last_rows(keys, lead + i, pass ? pass + i : NULL, purpose, first + i,
              second ? second + i : NULL, n - i);
}

FOUR static void by_four(fsim_key key, const uint32_t *lead, const uint32_t *pass, uint32_t purpose,
                         double *first, double *second, size_t n) {
  if (pass != NULL && second != NULL) {
    four_at_a_time(key, lead, pass, purpose, first, second, n);
  } else if (pass != NULL) {
    four_at_a_time(key, lead, pass, purpose, first, NULL, n);
  } else if (second != NULL) {
    four_at_a_time(key, lead, NULL, purpose, first, second, n);
  } else {
    four_at_a_time(key, lead, NULL, purpose, first, NULL, n);
  }
}

bool fsim_philox_wide(fsim_key key, const uint32_t *lead, const uint32_t *pass, uint32_t purpose,
                      double *first, double *second, size_t n) {
  if (fsim_has_avx512()) {
    by_eight(key, lead, pass, purpose, first, second, n);
  } else if (__builtin_cpu_supports("avx2")) {
    by_four(key, lead, pass, purpose, first, second, n);
  } else {
    return false;
  }
  return true;
}

#else

bool fsim_philox_wide(fsim_key key, const uint32_t *lead, const uint32_t *pass, uint32_t purpose,
                      double *first, double *second, size_t n) {
  (void)key;
  (void)lead;
  (void)pass;
  (void)purpose;
  (void)first;
  (void)second;
  (void)n;
  return false;
}

#endif
