#include "sim/engine/pick.h"

#include <stdbool.h>

#include "sim/random/vector.h"

static size_t pick_from(size_t i, const uint16_t *restrict bucket, uint16_t wanted,
                        uint32_t *restrict index, size_t m, size_t n) {
  for (; i < n; i++) {
    index[m] = (uint32_t)i;
    m += bucket[i] == wanted;
  }
  return m;
}

/* Without branches: a row that is not wanted is overwritten by the next. */
static size_t pick_rows(const uint16_t *restrict bucket, uint16_t wanted,
                        const uint32_t *restrict journey, const uint32_t *restrict lead,
                        const int32_t *restrict t, fsim_triple to, size_t n) {
  uint32_t *restrict to_journey = to.journey, *restrict to_lead = to.lead;
  int32_t *restrict to_t = to.t;
  size_t m = 0;
  for (size_t i = 0; i < n; i++) {
    to_journey[m] = journey[i];
    to_lead[m] = lead[i];
    to_t[m] = t[i];
    m += bucket[i] == wanted;
  }
  return m;
}

static void pick_waiting(const int32_t *restrict enter, const int32_t *restrict queue,
                         const uint8_t *restrict fate, fsim_waiting *to, size_t n) {
  fsim_waiting at = *to;
  for (size_t i = 0; i < n; i++) {
    int32_t end = enter[i] + queue[i];
    bool waits = queue[i] > 0, served = fate[i] == 0;
    at.come[at.n_come] = enter[i];
    at.n_come += waits;
    if (waits & !served) {
      at.up[at.n_up++] = end;
    } else {
      at.go[at.n_go] = end;
      at.n_go += waits;
    }
  }
  *to = at;
}

#ifdef FSIM_WIDE_X86

#include <immintrin.h>

#define SIXTEEN __attribute__((target("avx512f,avx512bw,avx512vl,popcnt")))
#define INLINE static inline __attribute__((always_inline))

/* Compressing a register has no counterpart in C that a compiler would find: 16 rows at a time, a
 * fifth of the plain loop's time. */
SIXTEEN static size_t pick_wide(const uint16_t *bucket, uint16_t wanted, uint32_t *index,
                                size_t n) {
  const __m256i all_wanted = _mm256_set1_epi16((short)wanted);
  const __m512i step = _mm512_set1_epi32(16);
  __m512i rows = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  size_t i = 0, m = 0;
  for (; i + 16 <= n; i += 16) {
    __m256i some = _mm256_loadu_si256((const __m256i *)(bucket + i));
    __mmask16 is = _mm256_cmpeq_epi16_mask(some, all_wanted);
    unsigned count = (unsigned)_mm_popcnt_u32(is);
    _mm512_mask_storeu_epi32(index + m, (__mmask16)((1u << count) - 1),
                             _mm512_maskz_compress_epi32(is, rows));
    m += count;
    rows = _mm512_add_epi32(rows, step);
  }
  return pick_from(i, bucket, wanted, index, m, n);
}

/* The `count` lanes of `is` to the front. */
INLINE SIXTEEN void compress(void *to, __mmask16 is, unsigned count, const void *from,
                             __mmask16 rows) {
  __m512i x = _mm512_maskz_compress_epi32(is, _mm512_maskz_loadu_epi32(rows, from));
  _mm512_mask_storeu_epi32(to, (__mmask16)((1u << count) - 1), x);
}

SIXTEEN static size_t pick_rows_wide(const uint16_t *bucket, uint16_t wanted,
                                     const uint32_t *journey, const uint32_t *lead,
                                     const int32_t *t, fsim_triple to, size_t n) {
  const __m256i all_wanted = _mm256_set1_epi16((short)wanted);
  size_t m = 0;
  for (size_t i = 0; i < n; i += 16) {
    __mmask16 rows = (__mmask16)((1u << (n - i < 16 ? n - i : 16)) - 1);
    __m256i some = _mm256_maskz_loadu_epi16(rows, bucket + i);
    __mmask16 is = _mm256_mask_cmpeq_epi16_mask(rows, some, all_wanted);
    unsigned count = (unsigned)_mm_popcnt_u32(is);
    compress(to.journey + m, is, count, journey + i, rows);
    compress(to.lead + m, is, count, lead + i, rows);
    compress(to.t + m, is, count, t + i, rows);
    m += count;
  }
  return m;
}

INLINE SIXTEEN size_t add_some(int32_t *to, __mmask16 is, __m512i x) {
  unsigned count = (unsigned)_mm_popcnt_u32(is);
  _mm512_mask_storeu_epi32(to, (__mmask16)((1u << count) - 1), _mm512_maskz_compress_epi32(is, x));
  return count;
}

SIXTEEN static void pick_waiting_wide(const int32_t *enter, const int32_t *queue,
                                      const uint8_t *fate, fsim_waiting *to, size_t n) {
  fsim_waiting at = *to;
  for (size_t i = 0; i < n; i += 16) {
    __mmask16 rows = (__mmask16)((1u << (n - i < 16 ? n - i : 16)) - 1);
    __m512i come = _mm512_maskz_loadu_epi32(rows, enter + i);
    __m512i wait = _mm512_maskz_loadu_epi32(rows, queue + i);
    __m128i how = _mm_maskz_loadu_epi8(rows, fate + i);
    __m512i end = _mm512_add_epi32(come, wait);
    __mmask16 waits = _mm512_cmpgt_epi32_mask(wait, _mm512_setzero_si512());
    __mmask16 served = _mm_cmpeq_epi8_mask(how, _mm_setzero_si128());
    at.n_come += add_some(at.come + at.n_come, waits, come);
    at.n_go += add_some(at.go + at.n_go, waits & served, end);
    if (waits & ~served) at.n_up += add_some(at.up + at.n_up, waits & (__mmask16)~served, end);
  }
  *to = at;
}

#define EIGHT __attribute__((target("avx2,popcnt")))

/* For a mask of eight lanes: its lanes in rising order, one a byte, the first in the lowest. */
#define UP_TO_0(lanes) (lanes), (lanes) << 8
#define UP_TO_1(lanes) UP_TO_0(lanes), UP_TO_0((lanes) << 8 | 1)
#define UP_TO_2(lanes) UP_TO_1(lanes), UP_TO_1((lanes) << 8 | 2)
#define UP_TO_3(lanes) UP_TO_2(lanes), UP_TO_2((lanes) << 8 | 3)
#define UP_TO_4(lanes) UP_TO_3(lanes), UP_TO_3((lanes) << 8 | 4)
#define UP_TO_5(lanes) UP_TO_4(lanes), UP_TO_4((lanes) << 8 | 5)
#define UP_TO_6(lanes) UP_TO_5(lanes), UP_TO_5((lanes) << 8 | 6)
#define UP_TO_7(lanes) UP_TO_6(lanes), UP_TO_6((lanes) << 8 | 7)
static const uint64_t lanes_of[256] = {UP_TO_7(UINT64_C(0))};

/* What brings the lanes of `is` to the front. */
INLINE EIGHT __m256i to_front(unsigned is) {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)&lanes_of[is]));
}

/* Writes eight lanes, of which those after the wanted ones are overwritten by the next: there is
 * room for them, because no more have been written than read. */
INLINE EIGHT void put_front(void *to, __m256i order, __m256i x) {
  _mm256_storeu_si256((__m256i *)to, _mm256_permutevar8x32_epi32(x, order));
}

INLINE EIGHT __m256i load_eight(const void *from) {
  return _mm256_loadu_si256((const __m256i *)from);
}

/* Which of eight buckets are wanted. */
INLINE EIGHT unsigned wanted_of(const uint16_t *bucket, __m128i wanted) {
  __m128i is = _mm_cmpeq_epi16(_mm_loadu_si128((const __m128i *)bucket), wanted);
  return (unsigned)_mm_movemask_epi8(_mm_packs_epi16(is, _mm_setzero_si128()));
}

EIGHT static size_t pick_by_eight(const uint16_t *bucket, uint16_t wanted, uint32_t *index,
                                  size_t n) {
  const __m128i all_wanted = _mm_set1_epi16((short)wanted);
  const __m256i step = _mm256_set1_epi32(8);
  __m256i rows = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  size_t i = 0, m = 0;
  for (; i + 8 <= n; i += 8) {
    unsigned is = wanted_of(bucket + i, all_wanted);
    put_front(index + m, to_front(is), rows);
    m += (unsigned)_mm_popcnt_u32(is);
    rows = _mm256_add_epi32(rows, step);
  }
  return pick_from(i, bucket, wanted, index, m, n);
}

EIGHT static size_t pick_rows_by_eight(const uint16_t *bucket, uint16_t wanted,
                                       const uint32_t *journey, const uint32_t *lead,
                                       const int32_t *t, fsim_triple to, size_t n) {
  const __m128i all_wanted = _mm_set1_epi16((short)wanted);
  size_t i = 0, m = 0;
  for (; i + 8 <= n; i += 8) {
    unsigned is = wanted_of(bucket + i, all_wanted);
    __m256i order = to_front(is);
    put_front(to.journey + m, order, load_eight(journey + i));
    put_front(to.lead + m, order, load_eight(lead + i));
    put_front(to.t + m, order, load_eight(t + i));
    m += (unsigned)_mm_popcnt_u32(is);
  }
  fsim_triple rest = {to.journey + m, to.lead + m, to.t + m};
  return m + pick_rows(bucket + i, wanted, journey + i, lead + i, t + i, rest, n - i);
}

INLINE EIGHT size_t add_front(int32_t *to, unsigned is, __m256i x) {
  put_front(to, to_front(is), x);
  return (unsigned)_mm_popcnt_u32(is);
}

EIGHT static void pick_waiting_by_eight(const int32_t *enter, const int32_t *queue,
                                        const uint8_t *fate, fsim_waiting *to, size_t n) {
  fsim_waiting at = *to;
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    __m256i come = load_eight(enter + i), wait = load_eight(queue + i);
    __m256i how = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(fate + i)));
    __m256i end = _mm256_add_epi32(come, wait), none = _mm256_setzero_si256();
    __m256i waits = _mm256_cmpgt_epi32(wait, none), served = _mm256_cmpeq_epi32(how, none);
    unsigned all = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(waits));
    unsigned go = all & (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(served));
    at.n_come += add_front(at.come + at.n_come, all, come);
    at.n_go += add_front(at.go + at.n_go, go, end);
    if (all != go) at.n_up += add_front(at.up + at.n_up, all & ~go, end);
  }
  *to = at;
  pick_waiting(enter + i, queue + i, fate + i, to, n - i);
}

void fsim_pick_waiting(const int32_t *enter, const int32_t *queue, const uint8_t *fate,
                       fsim_waiting *to, size_t n) {
  if (fsim_has_avx512() && n > 1) {
    pick_waiting_wide(enter, queue, fate, to, n);
  } else if (__builtin_cpu_supports("avx2") && n >= 8) {
    pick_waiting_by_eight(enter, queue, fate, to, n);
  } else {
    pick_waiting(enter, queue, fate, to, n);
  }
}

size_t fsim_pick(const uint16_t *bucket, uint16_t wanted, uint32_t *index, size_t n) {
  if (fsim_has_avx512()) return pick_wide(bucket, wanted, index, n);
  if (__builtin_cpu_supports("avx2")) return pick_by_eight(bucket, wanted, index, n);
  return pick_from(0, bucket, wanted, index, 0, n);
}

size_t fsim_pick_rows(const uint16_t *bucket, uint16_t wanted, const uint32_t *journey,
                      const uint32_t *lead, const int32_t *t, fsim_triple to, size_t n) {
  if (fsim_has_avx512()) return pick_rows_wide(bucket, wanted, journey, lead, t, to, n);
  if (__builtin_cpu_supports("avx2"))
    return pick_rows_by_eight(bucket, wanted, journey, lead, t, to, n);
  return pick_rows(bucket, wanted, journey, lead, t, to, n);
}

#else

size_t fsim_pick(const uint16_t *bucket, uint16_t wanted, uint32_t *index, size_t n) {
  return pick_from(0, bucket, wanted, index, 0, n);
}

size_t fsim_pick_rows(const uint16_t *bucket, uint16_t wanted, const uint32_t *journey,
                      const uint32_t *lead, const int32_t *t, fsim_triple to, size_t n) {
  return pick_rows(bucket, wanted, journey, lead, t, to, n);
}

void fsim_pick_waiting(const int32_t *enter, const int32_t *queue, const uint8_t *fate,
                       fsim_waiting *to, size_t n) {
  pick_waiting(enter, queue, fate, to, n);
}

#endif
