/* Compressed chunks: zlib takes them back, whatever the elements. */
/* cmocka wants these four before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "sim/store/compress.h"

static uint64_t next_random(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return *state >> 11;
}

static void assert_round_trip(const void *elements, size_t n, size_t size, size_t most_packed) {
  fsim_compressor *c = fsim_compressor_new(n * size);
  assert_non_null(c);
  const uint8_t *packed;
  size_t length;
  assert_int_equal(fsim_compress(c, elements, n, size, &packed, &length), 0);
  assert_true(length <= most_packed);
  uint8_t *planes = malloc(n * size), *back = malloc(n * size);
  assert_non_null(planes);
  assert_non_null(back);
  uLongf got = n * size;
  assert_int_equal(uncompress(planes, &got, packed, length), Z_OK);
  assert_int_equal(got, n * size);
  for (size_t i = 0; i < n; i++)
    for (size_t b = 0; b < size; b++) back[i * size + b] = planes[b * n + i];
  assert_memory_equal(back, elements, n * size);
  free(planes);
  free(back);
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

static void refuses_more_than_it_has_room_for(void **state) {
  (void)state;
  fsim_compressor *c = fsim_compressor_new(16);
  assert_non_null(c);
  const uint8_t *packed;
  size_t length;
  uint32_t x[5] = {1, 2, 3, 4, 5};
  assert_int_equal(fsim_compress(c, x, 5, 4, &packed, &length), -1);
  assert_int_equal(fsim_compress(c, x, 4, 4, &packed, &length), 0);
  fsim_compressor_free(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_elements_come_back),
      cmocka_unit_test(small_numbers_become_small),
      cmocka_unit_test(constant_chunks_of_any_value_and_length_become_tiny),
      cmocka_unit_test(refuses_more_than_it_has_room_for),
  };
  return cmocka_run_group_tests_name("compress", tests, NULL, NULL);
}
