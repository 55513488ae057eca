/* Classes of time, slots and cells, pools, trajectory columns. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* needs some of the above */
#include <cmocka.h>

#include "sim/record/pool.h"
#include "sim/record/recorder.h"
#include "sim/record/trajectory.h"

static void time_classes_are_narrow_and_cover_all_times(void **state) {
  (void)state;
  for (int32_t t = 0; t < 256; t++) assert_int_equal(fsim_time_class(t), t);
  for (size_t c = 0; c + 1 < FSIM_TIME_CLASSES; c++) {
    double from = fsim_time_class_from(c), to = fsim_time_class_from(c + 1);
    assert_true(to > from);
    if (c >= 256) assert_true((to - from) / from <= 1.0 / 256);
    if (to > 2147483647.0) break;
    assert_int_equal(fsim_time_class((int32_t)ceil(from)), c);
    assert_int_equal(fsim_time_class((int32_t)ceil(to) - 1), c);
  }
  assert_int_equal(fsim_time_class(INT32_MAX), FSIM_TIME_CLASSES - 1);
}

static void age_classes_are_whole_time_classes(void **state) {
  (void)state;
  static const int32_t windows[] = {1, 100, 3600, 86400, 56 * 86400, 364 * 86400, INT32_MAX};
  for (size_t w = 0; w < sizeof windows / sizeof *windows; w++) {
    size_t n = fsim_age_classes(windows[w]), before = 0;
    assert_true(n <= FSIM_AGE_CLASSES);
    assert_true(fabs(fsim_age_class_from(windows[w], n) - windows[w]) < 1);
    for (size_t c = 0; c < n; c++)
      assert_true(fsim_age_class_from(windows[w], c + 1) >= fsim_age_class_from(windows[w], c));
    for (size_t t = 0; t < FSIM_TIME_CLASSES && fsim_time_class_from(t) < windows[w]; t++) {
      double from = fsim_time_class_from(t), last = fsim_time_class_from(t + 1) - 1;
      size_t age = fsim_age_class(windows[w], (int32_t)from);
      assert_int_equal(fsim_age_class(windows[w], (int32_t)fmin(last, INT32_MAX)), age);
      assert_true(age >= before && age < n);
      assert_true(fsim_age_class_from(windows[w], age) <= from);
      before = age;
    }
    assert_int_equal(fsim_age_class(windows[w], INT32_MAX), n - 1);
  }
}

static void every_array_has_a_name_a_unit_and_its_own_cells(void **state) {
  (void)state;
  for (int a = 0; a < FSIM_N_CELLS; a++) {
    const fsim_record_array *array = &fsim_record_arrays[a];
    assert_non_null(array->name);
    assert_non_null(array->units);
    assert_non_null(array->help);
    assert_in_range(array->n_dims, 1, FSIM_MOST_DIMS);
    for (int b = 0; b < a; b++) assert_string_not_equal(array->name, fsim_record_arrays[b].name);
    for (int d = 0; d + 1 < array->n_dims; d++)
      assert_int_not_equal(array->dims[d], FSIM_DIM_GROUP);
  }
}

/* A histogram with n times in one class, of one unit. */
static void add_unit(fsim_pool *pool, size_t histogram, size_t class, uint32_t n, size_t class_2,
                     uint32_t n_2) {
  uint32_t *h = calloc(pool->n_histograms * FSIM_TIME_CLASSES, sizeof *h);
  h[histogram * FSIM_TIME_CLASSES + class] += n;
  h[histogram * FSIM_TIME_CLASSES + class_2] += n_2;
  fsim_pool_add(pool, h);
  free(h);
}

static void a_pool_sums_units(void **state) {
  (void)state;
  fsim_pool *pool = fsim_pool_new(2);
  add_unit(pool, 1, 100, 3, 5000, 4);
  add_unit(pool, 1, 20, 5, 5000, 6);
  assert_int_equal(pool->units, 2);
  assert_int_equal(pool->count[FSIM_TIME_CLASSES + 5000], 10);
  assert_int_equal(pool->count[FSIM_TIME_CLASSES + 20], 5);
  assert_true(fsim_sum128_value(pool->n_sq[1]) == 7.0 * 7 + 11 * 11);
  assert_true(fsim_sum128_value(pool->n_sq[0]) == 0);
  size_t from = FSIM_COARSE_CLASSES;
  /* below class 2 * 16 only the 5 of the second unit, below 10 * 16 also the 3 of the first */
  assert_true(fsim_sum128_value(pool->below_sq[from + 2]) == 25);
  assert_true(fsim_sum128_value(pool->below_n[from + 2]) == 55);
  assert_true(fsim_sum128_value(pool->below_sq[from + 10]) == 9 + 25);
  assert_true(fsim_sum128_value(pool->below_n[from + 10]) == 3 * 7 + 5 * 11);
  fsim_pool_free(pool);
}

static void pools_of_threads_merge_to_the_whole(void **state) {
  (void)state;
  fsim_pool *whole = fsim_pool_new(1), *a = fsim_pool_new(1), *b = fsim_pool_new(1);
  for (uint32_t i = 1; i < 9; i++) {
    add_unit(whole, 0, i * 100, 4000000000u / i, 6000, i);
    add_unit(i % 2 == 0 ? a : b, 0, i * 100, 4000000000u / i, 6000, i);
  }
  fsim_pool_merge(a, b);
  assert_int_equal(a->units, whole->units);
  assert_memory_equal(a->count, whole->count, FSIM_TIME_CLASSES * sizeof *a->count);
  assert_memory_equal(a->below_sq, whole->below_sq, FSIM_COARSE_CLASSES * sizeof *a->below_sq);
  assert_memory_equal(a->below_n, whole->below_n, FSIM_COARSE_CLASSES * sizeof *a->below_n);
  assert_memory_equal(a->n_sq, whole->n_sq, sizeof *a->n_sq);
  assert_true(a->n_sq[0].high > 0); /* the sums do pass 64 bits */
  fsim_pool_free(whole);
  fsim_pool_free(a);
  fsim_pool_free(b);
}

static void columns_grow_and_keep_their_rows(void **state) {
  (void)state;
  fsim_trajectory *t = fsim_trajectory_new(2);
  for (uint32_t n = 1; n < 100000; n *= 3) {
    assert_int_equal(fsim_trajectory_reserve(t, FSIM_LEADS, n), 0);
    for (uint32_t i = 0; i < n; i++) {
      size_t row = t->rows[FSIM_LEADS]++;
      ((uint32_t *)t->column[FSIM_LEAD_LEAD])[row] = (uint32_t)row;
      t->attribute[1][row] = (uint8_t)row;
    }
  }
  for (size_t row = 0; row < t->rows[FSIM_LEADS]; row++) {
    assert_int_equal(((uint32_t *)t->column[FSIM_LEAD_LEAD])[row], row);
    assert_int_equal(t->attribute[1][row], (uint8_t)row);
  }
  fsim_trajectory_clear(t);
  assert_int_equal(t->rows[FSIM_LEADS], 0);
  assert_int_equal(fsim_trajectory_reserve(t, FSIM_VISITS, SIZE_MAX), -1);
  fsim_trajectory_free(t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(time_classes_are_narrow_and_cover_all_times),
      cmocka_unit_test(age_classes_are_whole_time_classes),
      cmocka_unit_test(every_array_has_a_name_a_unit_and_its_own_cells),
      cmocka_unit_test(a_pool_sums_units),
      cmocka_unit_test(pools_of_threads_merge_to_the_whole),
      cmocka_unit_test(columns_grow_and_keep_their_rows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
