#include "sim/random/table_wide.h"

#include "sim/random/vector.h"

#ifdef FSIM_WIDE_X86

#include <immintrin.h>

#define EIGHT __attribute__((target("avx512f,avx512dq,avx512vl")))
#define FOUR __attribute__((target("avx2")))
#define INLINE static inline __attribute__((always_inline))

/* What all draws from one table share. */
typedef struct lookup {
  const double *pieces;
  int bits;
  double factor, offset;
} lookup;

INLINE EIGHT __m512d two_pieces(const double *pieces, int64_t a, int64_t b) {
  return _mm512_insertf64x4(_mm512_castpd256_pd512(_mm256_load_pd(pieces + a)),
                            _mm256_load_pd(pieces + b), 1);
}

/* Coefficients c[0 … 3] of eight pieces from the places of their first ones. */
INLINE EIGHT void eight_pieces(const double *pieces, __m512i place, __m512d *c) {
  int64_t at[8];
  _mm512_storeu_si512(at, place);
  __m512d r02 = two_pieces(pieces, at[0], at[2]), r13 = two_pieces(pieces, at[1], at[3]);
  __m512d r46 = two_pieces(pieces, at[4], at[6]), r57 = two_pieces(pieces, at[5], at[7]);
  __m512d even_low = _mm512_unpacklo_pd(r02, r13), odd_low = _mm512_unpackhi_pd(r02, r13);
  __m512d even_high = _mm512_unpacklo_pd(r46, r57), odd_high = _mm512_unpackhi_pd(r46, r57);
  c[0] = _mm512_shuffle_f64x2(even_low, even_high, 0x88);
  c[1] = _mm512_shuffle_f64x2(odd_low, odd_high, 0x88);
  c[2] = _mm512_shuffle_f64x2(even_low, even_high, 0xDD);
  c[3] = _mm512_shuffle_f64x2(odd_low, odd_high, 0xDD);
}

INLINE EIGHT __m512d eight_values(lookup t, __m512d x) {
  const __m512d one = _mm512_set1_pd(1.0), half = _mm512_set1_pd(0.5);
  const __m128i drop = _mm_cvtsi32_si128(52 - t.bits), bits = _mm_cvtsi32_si128(t.bits);
  __mmask8 upper = _mm512_cmp_pd_mask(x, half, _CMP_NLT_UQ);
  __m512d v = _mm512_mask_sub_pd(x, upper, one, x);
  v = _mm512_max_pd(v, _mm512_set1_pd(FSIM_LEAST_TAIL));
  v = _mm512_min_pd(v, _mm512_set1_pd(FSIM_MOST_TAIL));
  __m512i pattern =
      _mm512_sub_epi64(_mm512_castpd_si512(v), _mm512_set1_epi64((long long)FSIM_TABLE_LOWEST));
  __m512i index = _mm512_srl_epi64(pattern, drop);
  index = _mm512_mask_add_epi64(index, upper, index,
                                _mm512_set1_epi64((long long)FSIM_TABLE_OCTAVES << t.bits));
  __m512i fraction =
      _mm512_and_si512(_mm512_sll_epi64(pattern, bits), _mm512_set1_epi64(0xFFFFFFFFFFFFF));
  __m512d f =
      _mm512_sub_pd(_mm512_castsi512_pd(_mm512_or_si512(fraction, _mm512_castpd_si512(one))), one);
  __m512d c[4];
  eight_pieces(t.pieces, _mm512_slli_epi64(index, 2), c);
  __m512d y = _mm512_add_pd(c[2], _mm512_mul_pd(f, c[3]));
  y = _mm512_add_pd(c[1], _mm512_mul_pd(f, y));
  y = _mm512_add_pd(c[0], _mm512_mul_pd(f, y));
  return _mm512_add_pd(_mm512_set1_pd(t.offset), _mm512_mul_pd(_mm512_set1_pd(t.factor), y));
}

INLINE EIGHT __m256i eight_seconds(__m512d value) {
  value = _mm512_max_pd(value, _mm512_setzero_pd());
  value = _mm512_min_pd(value, _mm512_set1_pd(FSIM_LONGEST_WAIT_S));
  return _mm512_cvttpd_epi32(_mm512_add_pd(value, _mm512_set1_pd(0.5)));
}

/* Rows that are left from i on, at most eight. */
INLINE __mmask8 rows_from(size_t i, size_t n) {
  size_t left = n - i;
  return (__mmask8)((1u << (left < 8 ? left : 8)) - 1);
}

EIGHT static void values_by_eight(lookup t, const double *u, double *value, size_t n) {
  for (size_t i = 0; i < n; i += 8) {
    __mmask8 rows = rows_from(i, n);
    __m512d x = _mm512_maskz_loadu_pd(rows, u + i);
    _mm512_mask_storeu_pd(value + i, rows, eight_values(t, x));
  }
}

EIGHT static void seconds_by_eight(lookup t, const double *u, int32_t *seconds, size_t n) {
  for (size_t i = 0; i < n; i += 8) {
    __mmask8 rows = rows_from(i, n);
    __m512d x = _mm512_maskz_loadu_pd(rows, u + i);
    _mm256_mask_storeu_epi32(seconds + i, rows, eight_seconds(eight_values(t, x)));
  }
}

INLINE FOUR __m256d two_halves(const double *pieces, int64_t a, int64_t b) {
  return _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_load_pd(pieces + a)),
                              _mm_load_pd(pieces + b), 1);
}

#define STRETCH 64 /* draws whose places are found together */

/* Places of the pieces of whole registers of draws, and where in them the draws are. Through
 * memory, because moving places from a vector to addresses takes longer. */
INLINE FOUR void find_places(lookup t, const double *u, int64_t *place, double *where, size_t n) {
  const __m256d one = _mm256_set1_pd(1.0), half = _mm256_set1_pd(0.5);
  const __m128i drop = _mm_cvtsi32_si128(52 - t.bits), bits = _mm_cvtsi32_si128(t.bits);
  const __m256i other_side = _mm256_set1_epi64x((long long)FSIM_TABLE_OCTAVES << t.bits);
  for (size_t i = 0; i < n; i += 4) {
    __m256d x = _mm256_loadu_pd(u + i);
    __m256d upper = _mm256_cmp_pd(x, half, _CMP_NLT_UQ);
    __m256d v = _mm256_min_pd(x, _mm256_sub_pd(one, x));
    v = _mm256_max_pd(v, _mm256_set1_pd(FSIM_LEAST_TAIL));
    v = _mm256_min_pd(v, _mm256_set1_pd(FSIM_MOST_TAIL));
    __m256i pattern =
        _mm256_sub_epi64(_mm256_castpd_si256(v), _mm256_set1_epi64x((long long)FSIM_TABLE_LOWEST));
    __m256i index = _mm256_add_epi64(_mm256_srl_epi64(pattern, drop),
                                     _mm256_and_si256(_mm256_castpd_si256(upper), other_side));
    __m256i fraction =
        _mm256_and_si256(_mm256_sll_epi64(pattern, bits), _mm256_set1_epi64x(0xFFFFFFFFFFFFF));
    _mm256_storeu_si256((__m256i *)(place + i), _mm256_slli_epi64(index, 2));
    __m256i from_one = _mm256_or_si256(fraction, _mm256_castpd_si256(one));
    _mm256_storeu_pd(where + i, _mm256_sub_pd(_mm256_castsi256_pd(from_one), one));
  }
}

INLINE FOUR __m256d four_values(lookup t, const int64_t *at, const double *where) {
  __m256d f = _mm256_loadu_pd(where);
  __m256d low_02 = two_halves(t.pieces, at[0], at[2]);
  __m256d low_13 = two_halves(t.pieces, at[1], at[3]);
  __m256d high_02 = two_halves(t.pieces + 2, at[0], at[2]);
  __m256d high_13 = two_halves(t.pieces + 2, at[1], at[3]);
  __m256d c0 = _mm256_unpacklo_pd(low_02, low_13), c1 = _mm256_unpackhi_pd(low_02, low_13);
  __m256d c2 = _mm256_unpacklo_pd(high_02, high_13), c3 = _mm256_unpackhi_pd(high_02, high_13);
  __m256d y = _mm256_add_pd(c2, _mm256_mul_pd(f, c3));
  y = _mm256_add_pd(c1, _mm256_mul_pd(f, y));
  y = _mm256_add_pd(c0, _mm256_mul_pd(f, y));
  return _mm256_add_pd(_mm256_set1_pd(t.offset), _mm256_mul_pd(_mm256_set1_pd(t.factor), y));
}

INLINE FOUR __m128i four_seconds(__m256d value) {
  value = _mm256_max_pd(value, _mm256_setzero_pd());
  value = _mm256_min_pd(value, _mm256_set1_pd(FSIM_LONGEST_WAIT_S));
  return _mm256_cvttpd_epi32(_mm256_add_pd(value, _mm256_set1_pd(0.5)));
}

FOUR static size_t values_by_four(lookup t, const double *u, double *value, size_t n) {
  int64_t place[STRETCH];
  double where[STRETCH];
  n -= n % 4;
  for (size_t i = 0, m; i < n; i += m) {
    m = n - i < STRETCH ? n - i : STRETCH;
    find_places(t, u + i, place, where, m);
    for (size_t k = 0; k < m; k += 4)
      _mm256_storeu_pd(value + i + k, four_values(t, place + k, where + k));
  }
  return n;
}

FOUR static size_t seconds_by_four(lookup t, const double *u, int32_t *seconds, size_t n) {
  int64_t place[STRETCH];
  double where[STRETCH];
  n -= n % 4;
  for (size_t i = 0, m; i < n; i += m) {
    m = n - i < STRETCH ? n - i : STRETCH;
    find_places(t, u + i, place, where, m);
    for (size_t k = 0; k < m; k += 4) {
      __m128i rounded = four_seconds(four_values(t, place + k, where + k));
      _mm_storeu_si128((__m128i *)(seconds + i + k), rounded);
    }
  }
  return n;
}

size_t fsim_table_values_wide(const fsim_table *table, double factor, double offset,
                              const double *u, double *value, size_t n) {
  lookup t = {table->pieces, table->bits, factor, offset};
  if (!fsim_has_avx512())
    return __builtin_cpu_supports("avx2") ? values_by_four(t, u, value, n) : 0;
  values_by_eight(t, u, value, n);
  return n;
}

size_t fsim_table_seconds_wide(const fsim_table *table, double factor, double offset,
                               const double *u, int32_t *seconds, size_t n) {
  lookup t = {table->pieces, table->bits, factor, offset};
  if (!fsim_has_avx512())
    return __builtin_cpu_supports("avx2") ? seconds_by_four(t, u, seconds, n) : 0;
  seconds_by_eight(t, u, seconds, n);
  return n;
}

#else

size_t fsim_table_values_wide(const fsim_table *table, double factor, double offset,
                              const double *u, double *value, size_t n) {
  (void)table, (void)factor, (void)offset, (void)u, (void)value, (void)n;
  return 0;
}

size_t fsim_table_seconds_wide(const fsim_table *table, double factor, double offset,
                               const double *u, int32_t *seconds, size_t n) {
  (void)table, (void)factor, (void)offset, (void)u, (void)seconds, (void)n;
  return 0;
}

#endif
