/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */

#include "sim/base/array.h"
#include "sim/base/text.h"

/* FNV-1a of "a" is af63dc4c8601ec8c (the authors' test vector); the finaliser is a bijection, so
 * these figures pin the function for every later version: results depend on them. */
static void hashes_names_as_in_every_version(void **state) {
  (void)state;
  uint64_t h = UINT64_C(0xaf63dc4c8601ec8c);
  h ^= h >> 33;
  h *= UINT64_C(0xff51afd7ed558ccd);
  h ^= h >> 33;
  h *= UINT64_C(0xc4ceb9fe1a85ec53);
  h ^= h >> 33;
  assert_true(fsim_hash_name("a") == h);
  assert_true(fsim_hash_bytes("a", 1) == h);
  assert_true(fsim_hash_name("ab") != fsim_hash_name("ba"));
  assert_true(fsim_hash_name("") != 0);
}

static void mixes_in_order(void **state) {
  (void)state;
  assert_true(fsim_hash_mix(1, 2) != fsim_hash_mix(2, 1));
  assert_true(fsim_hash_mix(0, 0) != 0);
  assert_true(fsim_hash_mix(1, 2) == fsim_hash_mix(1, 2));
}

/* Flipping one bit of either word flips about half of the bits of the mix. */
static void mixes_every_bit(void **state) {
  (void)state;
  for (int bit = 0; bit < 64; bit++) {
    int a = 0, b = 0;
    for (uint64_t i = 0; i < 200; i++) {
      uint64_t m = fsim_hash_mix(i, i * 7);
      a += __builtin_popcountll(m ^ fsim_hash_mix(i ^ (UINT64_C(1) << bit), i * 7));
      b += __builtin_popcountll(m ^ fsim_hash_mix(i, (i * 7) ^ (UINT64_C(1) << bit)));
    }
    /* binomial(12800, 1/2): sd 56.6; five of them, for 128 looks */
    assert_in_range(a, 6400 - 283, 6400 + 283);
    assert_in_range(b, 6400 - 283, 6400 + 283);
  }
}

static void finds_the_nearest_name(void **state) {
  (void)state;
  static const char *const known[] = {"qualified",   "proposal",  "negotiation", "won", "lost",
                                      "exponential", "lognormal", "s",           "sdr"};
  size_t n = sizeof known / sizeof *known;
  assert_string_equal(fsim_nearest_name("qualifed", known, n), "qualified");
  assert_string_equal(fsim_nearest_name("porposal", known, n), "proposal");
  assert_string_equal(fsim_nearest_name("Negotiaton", known, n), "negotiation");
  assert_string_equal(fsim_nearest_name("lsot", known, n), "lost");
  assert_string_equal(fsim_nearest_name("sdx", known, n), "sdr");
  assert_string_equal(fsim_nearest_name("WON", known, n), "won");
  assert_null(fsim_nearest_name("marketing", known, n));
  assert_null(fsim_nearest_name("x", known, n));
  assert_null(fsim_nearest_name("", known, n));
  assert_null(fsim_nearest_name("qualified", NULL, 0));
}

static void survives_very_long_names(void **state) {
  (void)state;
  char name[300];
  memset(name, 'x', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  const char *const known[] = {name, "won"};
  assert_null(fsim_nearest_name(name, known, 2));
  assert_string_equal(fsim_nearest_name("wno", known, 2), "won");
}

static void appends_and_grows(void **state) {
  (void)state;
  fsim_text text = {0};
  for (int i = 0; i < 1000; i++) fsim_text_append(&text, "%d,", i);
  assert_int_equal(text.failed, 0);
  assert_int_equal(text.length, 3890);
  assert_int_equal(strlen(text.text), 3890);
  assert_memory_equal(text.text, "0,1,2,", 6);
  assert_string_equal(text.text + 3890 - 8, "998,999,");
  free(text.text);
}

static void copies_part_of_a_text(void **state) {
  (void)state;
  char *copy = fsim_copy_text("stage", 3);
  assert_string_equal(copy, "sta");
  free(copy);
  copy = fsim_copy_text(NULL, 0);
  assert_string_equal(copy, "");
  free(copy);
}

static void refuses_sizes_that_overflow(void **state) {
  (void)state;
  volatile size_t most = SIZE_MAX;
  assert_null(fsim_aligned(most, 2));
  assert_null(fsim_aligned(most, 1));
  void *items = NULL;
  size_t capacity = 0;
  assert_int_equal(fsim_grow(&items, &capacity, most, 8), -1);
  assert_null(items);
  assert_int_equal(capacity, 0);
}

static void gives_aligned_and_zeroed_memory(void **state) {
  (void)state;
  void *empty = fsim_zeroed(0, 8);
  assert_non_null(empty);
  free(empty);
  int *numbers = fsim_zeroed(100, sizeof *numbers);
  for (int i = 0; i < 100; i++) assert_int_equal(numbers[i], 0);
  free(numbers);
  for (size_t n = 0; n < 200; n += 7) {
    void *block = fsim_aligned(n, 3);
    assert_non_null(block);
    assert_int_equal((uintptr_t)block % 64, 0);
    free(block);
  }
}

static void grows_and_keeps_what_was_there(void **state) {
  (void)state;
  void *items = NULL;
  size_t capacity = 0;
  for (size_t i = 0; i < 1000; i++) {
    assert_int_equal(fsim_grow(&items, &capacity, i + 1, sizeof(size_t)), 0);
    assert_true(capacity > i);
    ((size_t *)items)[i] = i;
  }
  for (size_t i = 0; i < 1000; i++) assert_int_equal(((size_t *)items)[i], i);
  free(items);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hashes_names_as_in_every_version),
      cmocka_unit_test(mixes_in_order),
      cmocka_unit_test(mixes_every_bit),
      cmocka_unit_test(finds_the_nearest_name),
      cmocka_unit_test(survives_very_long_names),
      cmocka_unit_test(appends_and_grows),
      cmocka_unit_test(copies_part_of_a_text),
      cmocka_unit_test(refuses_sizes_that_overflow),
      cmocka_unit_test(gives_aligned_and_zeroed_memory),
      cmocka_unit_test(grows_and_keeps_what_was_there),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
