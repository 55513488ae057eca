/* Compressed chunks: zlib takes them back, whatever the elements. */
/* cmocka wants these four before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "sim/store/compress.h"
#include "sim/store/shuffle.h"

static uint64_t next_random(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return *state >> 11;
}

/* Elements and what zlib makes of their compressed form are the same. */
static void assert_unpacks(const uint8_t *packed, size_t length, const uint8_t *planes, size_t n,
                           size_t size, size_t most_packed) {
  uint8_t *back = malloc(n * size);
  uLongf got = n * size;
  assert_non_null(back);
  assert_true(length <= most_packed);
  assert_true(length <= fsim_compress_bound(n * size));
  assert_int_equal(uncompress(back, &got, packed, length), Z_OK);
  assert_int_equal(got, n * size);
  assert_memory_equal(back, planes, n * size);
  free(back);
}

static void assert_round_trip(const void *elements, size_t n, size_t size, size_t most_packed) {
  fsim_compressor *c = fsim_compressor_new();
  uint8_t *planes = malloc(n * size), *packed = malloc(fsim_compress_bound(n * size));
  const uint8_t *bytes = elements;
  assert_true(c != NULL && planes != NULL && packed != NULL);
  fsim_shuffle(elements, n, size, planes, n);
  for (size_t i = 0; i < n; i++)
    for (size_t b = 0; b < size; b++) assert_int_equal(planes[b * n + i], bytes[i * size + b]);
  size_t length = fsim_compress(c, planes, n, size, packed);
  assert_unpacks(packed, length, planes, n, size, most_packed);
  if (fsim_all_same(elements, n, size, elements)) {
    length = fsim_compress_same(elements, n, size, packed);
    assert_unpacks(packed, length, planes, n, size, most_packed);
  }
  free(planes);
  free(packed);
  fsim_compressor_free(c);
}

static void random_elements_come_back(void **state) {
  (void)state;
  uint64_t seed = 7;
  for (size_t size = 1; size <= 8; size *= 2) {
    for (size_t n = 1; n < 70000; n = 3 * n + 1) {
      uint8_t *x = malloc(n * size);
      assert_non_null(x);
      for (size_t i = 0; i < n * size; i++) x[i] = (uint8_t)next_random(&seed);
      assert_round_trip(x, n, size, n * size + n * size / 16 + 1024);
      free(x);
    }
  }
}

static void small_numbers_become_small(void **state) {
  (void)state;
  uint64_t seed = 8;
  enum { N = 65536 };
  static int32_t x[N];
  for (size_t i = 0; i < N; i++) x[i] = (int32_t)(next_random(&seed) % 100);
  assert_round_trip(x, N, 4, N * 11 / 10);
}

static void constant_chunks_of_any_value_and_length_become_tiny(void **state) {
  (void)state;
  static const uint64_t values[] = {0, 1, 143, 144, 255, 0x1234567890abcdefu, UINT64_MAX};
  for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
    for (size_t size = 1; size <= 8; size *= 2) {
      for (size_t n = 1; n <= 66000; n += n < 600 ? 1 : 21841) {
        uint8_t *x = malloc(n * size);
        assert_non_null(x);
        for (size_t i = 0; i < n; i++) memcpy(x + i * size, &values[v], size);
        assert_round_trip(x, n, size, size * (300 + n * 2 / 258) + 16);
        free(x);
      }
    }
  }
}

/* Planes that call for each kind of block, and some that mislead the sample. */
static void planes_of_every_kind_come_back(void **state) {
  (void)state;
  uint64_t seed = 9;
  enum { N = 65536 };
  static uint8_t x[N];
  for (size_t step = 1; step < N; step = 3 * step + 1) { /* runs from short to long */
    for (size_t i = 0; i < N; i++) x[i] = (uint8_t)(i / step * 37);
    assert_round_trip(x, N, 1, step > 300 ? N / 50 : N + N / 16);
  }
  for (unsigned values = 2; values <= 256; values++) { /* codes of few symbols and of many */
    for (size_t i = 0; i < N; i++) x[i] = (uint8_t)(next_random(&seed) % values);
    assert_round_trip(x, N, 1, (size_t)(N * (log2(values) / 8 + 0.08)));
  }
  for (unsigned skew = 2; skew < 30; skew++) { /* codes longer than the limit */
    for (size_t i = 0; i < N; i++) {
      uint8_t value = 0;
      while (value < 250 && next_random(&seed) % skew != 0) value++;
      x[i] = value;
    }
    assert_round_trip(x, N, 1, N);
  }
  memset(x, 0, N); /* changes only where the sample does not look */
  for (size_t i = 1000; i < 8000; i++) x[i] = (uint8_t)next_random(&seed);
  assert_round_trip(x, N, 1, N / 4);
  for (size_t i = 0; i < N; i++) x[i] = (uint8_t)(i % 2 == 0 ? 0 : next_random(&seed) % 2);
  assert_round_trip(x, N, 1, N / 4);
}

/* What the columns of identities look like: it is repeated strings that make them small. */
static void identities_become_small(void **state) {
  (void)state;
  uint64_t seed = 10;
  enum { N = 65536 };
  static uint32_t x[N];
  for (uint32_t i = 0; i < N; i++) x[i] = i + 100000;
  assert_round_trip(x, N, 4, N / 20);
  for (uint32_t i = 1; i < N; i++) x[i] = x[i - 1] + (uint32_t)(next_random(&seed) % 2);
  assert_round_trip(x, N, 4, N * 6 / 10);
}

static void planes_are_filled_bit_by_bit(void **state) {
  (void)state;
  uint64_t seed = 11;
  enum { N = 5000 };
  static uint8_t x[N * 8], at_once[N * 8], bit_by_bit[N * 8];
  for (size_t i = 0; i < N * 8; i++) x[i] = (uint8_t)next_random(&seed);
  for (size_t size = 1; size <= 8; size *= 2) {
    fsim_shuffle(x, N, size, at_once, N);
    for (size_t i = 0, some; i < N; i += some) {
      some = next_random(&seed) % 3000 + 1;
      if (some > N - i) some = N - i;
      fsim_shuffle(x + i * size, some, size, bit_by_bit + i, N);
    }
    assert_memory_equal(at_once, bit_by_bit, N * size);
    for (size_t i = 0; i < N; i++) memcpy(x + i * size, x, size);
    assert_true(fsim_all_same(x, N, size, x));
    fsim_shuffle(x, N, size, at_once, N);
    fsim_shuffle_same(x, N, size, bit_by_bit, N);
    assert_memory_equal(at_once, bit_by_bit, N * size);
    x[N * size - 1] ^= 1;
    assert_false(fsim_all_same(x, N, size, x));
    assert_false(fsim_all_same(x, 1, size, x + (N - 1) * size));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_elements_come_back),
      cmocka_unit_test(small_numbers_become_small),
      cmocka_unit_test(constant_chunks_of_any_value_and_length_become_tiny),
      cmocka_unit_test(planes_of_every_kind_come_back),
      cmocka_unit_test(identities_become_small),
      cmocka_unit_test(planes_are_filled_bit_by_bit),
  };
  return cmocka_run_group_tests_name("compress", tests, NULL, NULL);
}
