/* Philox and its keys: known answers, uniforms, independence of order and batch. */
/* clang-format off */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#include <Random123/philox.h>
#pragma GCC diagnostic pop

#include "sim/base/text.h"
#include "sim/random/key.h"

#define N 1000

static double uniform_of(uint32_t low, uint32_t high) {
  uint64_t bits = (uint64_t)high << 32 | low;
  return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

/* The three vectors of Random123's kat_vectors, as far as our counter's last word 0 allows, and
 * Random123's own code for the rest. */
static void first_known_answer_of_philox(void **state) {
  (void)state;
  double first, second;
  fsim_uniform_pair((fsim_key){{0, 0}}, 0, 0, 0, &first, &second);
  assert_true(first == uniform_of(0x6627e8d5, 0xe169c58d));
  assert_true(second == uniform_of(0xbc57ac4c, 0x9b00dbd8));
}

static void agrees_with_random123(void **state) {
  (void)state;
  for (uint32_t i = 0; i < N; i++) {
    philox4x32_key_t key = {{i * 2654435761U, ~i * 40503U}};
    philox4x32_ctr_t counter = {{i * 97U, i << 16 | 3U, i % 11U, 0}};
    philox4x32_ctr_t want = philox4x32(counter, key);
    double first, second;
    fsim_uniform_pair((fsim_key){{key.v[0], key.v[1]}}, counter.v[0], counter.v[1], counter.v[2],
                      &first, &second);
    assert_true(first == uniform_of(want.v[0], want.v[1]));
    assert_true(second == uniform_of(want.v[2], want.v[3]));
  }
}

static void batches_equal_single_draws(void **state) {
  (void)state;
  static uint32_t lead[N], pass[N];
  static double first[N], second[N], alone[N];
  fsim_key key = fsim_key_make(7, 3, 1, 2, 3);
  for (uint32_t i = 0; i < N; i++) {
    lead[i] = i * 7919U + 0xFFFF0000U * (i & 1U);
    pass[i] = i << 16 | (N - i);
  }
  for (size_t n = 0; n < 40; n++) {
    for (int with_pass = 0; with_pass < 2; with_pass++) {
      size_t count = n < 39 ? n : N;
      const uint32_t *passes = with_pass ? pass : NULL;
      fsim_uniform_pairs(key, lead, passes, FSIM_PURPOSE_WORK, first, second, count);
      fsim_uniform_pairs(key, lead, passes, FSIM_PURPOSE_WORK, alone, NULL, count);
      for (size_t i = 0; i < count; i++) {
        double a, b;
        fsim_uniform_pair(key, lead[i], with_pass ? pass[i] : 0, FSIM_PURPOSE_WORK, &a, &b);
        assert_true(first[i] == a && second[i] == b && alone[i] == a);
      }
    }
  }
}

/* What a published run used must give the same numbers for ever. */
static void keys_never_change(void **state) {
  (void)state;
  fsim_key key = fsim_key_make(20260105, 4, fsim_hash_name("web"), fsim_hash_name("basic"),
                               fsim_hash_name("proposal"));
  fsim_key other = fsim_key_make(20260105, 4, fsim_hash_name("web"), fsim_hash_name("proposal"),
                                 fsim_hash_name("basic"));
  assert_int_equal(key.word[0], 0x2EFC2997);
  assert_int_equal(key.word[1], 0x1197FCD1);
  assert_true(key.word[0] != other.word[0] || key.word[1] != other.word[1]);
}

static void every_part_of_a_key_counts(void **state) {
  (void)state;
  fsim_key base = fsim_key_make(1, 2, 3, 4, 5);
  const uint64_t parts[][5] = {{2, 2, 3, 4, 5}, {1, 3, 3, 4, 5}, {1, 2, 4, 4, 5}, {1, 2, 3, 5, 5},
                               {1, 2, 3, 4, 6}, {2, 1, 3, 4, 5}, {1, 2, 3, 5, 4}};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    fsim_key key = fsim_key_make(parts[i][0], parts[i][1], parts[i][2], parts[i][3], parts[i][4]);
    assert_true(key.word[0] != base.word[0] && key.word[1] != base.word[1]);
  }
}

/* Mean, variance and lag correlation of uniforms over leads, visits, purposes and replications:
 * |z| < 4 each. */
static void check_uniform(const double *u, size_t n) {
  double sum = 0, squares = 0, products = 0;
  for (size_t i = 0; i < n; i++) {
    assert_true(u[i] > 0 && u[i] < 1);
    double off = u[i] - 0.5;
    sum += off;
    squares += off * off;
    if (i > 0) products += off * (u[i - 1] - 0.5);
  }
  double count = (double)n;
  assert_true(fabs(sum / sqrt(count / 12.0)) < 4);
  assert_true(fabs((squares - count / 12.0) / sqrt(count / 180.0)) < 4);
  assert_true(fabs(products / sqrt(count / 144.0)) < 4);
}

static void uniforms_are_uniform_and_uncorrelated(void **state) {
  (void)state;
  enum { COUNT = 200000 };
  static double u[COUNT];
  double unused;
  for (uint32_t i = 0; i < COUNT; i++) {
    fsim_uniform_pair(fsim_key_make(1, 0, 5, 6, 7), i, 0, 0, &u[i], &unused);
  }
  check_uniform(u, COUNT);
  for (uint32_t i = 0; i < COUNT; i += 2) {
    fsim_uniform_pair(fsim_key_make(1, 0, 5, 6, 7), 9, i, 1, &u[i], &u[i + 1]);
  }
  check_uniform(u, COUNT);
  for (uint32_t i = 0; i < COUNT; i++) {
    fsim_uniform_pair(fsim_key_make(1, i, 5, 6, 7), 3, 0, 0, &u[i], &unused);
  }
  check_uniform(u, COUNT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(first_known_answer_of_philox),
      cmocka_unit_test(agrees_with_random123),
      cmocka_unit_test(batches_equal_single_draws),
      cmocka_unit_test(keys_never_change),
      cmocka_unit_test(every_part_of_a_key_counts),
      cmocka_unit_test(uniforms_are_uniform_and_uncorrelated),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
