/* Plans over cores: hardly a core is idle, whatever the numbers, and long plans come first. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include "cli/cores.h"

static void cores_are_shared(void **state) {
  (void)state;
  static const struct {
    size_t cores, plans, at_once, threads;
  } cases[] = {{1, 5, 1, 1}, {2, 1, 1, 2},  {2, 2, 2, 1},  {2, 3, 1, 2},
               {2, 7, 2, 1}, {8, 12, 4, 2}, {8, 16, 8, 1}, {8, 3, 1, 8}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    size_t at_once, threads;
    fsim_share_cores(cases[i].cores, cases[i].plans, &at_once, &threads);
    assert_int_equal(at_once, cases[i].at_once);
    assert_int_equal(threads, cases[i].threads);
  }
}

/* Of all numbers: never more threads than cores, and at most an eighth of the time is idle unless
 * even one plan after the other, on all cores, would leave as much. */
static void no_core_is_idle_for_long(void **state) {
  (void)state;
  for (size_t cores = 1; cores <= 64; cores++) {
    for (size_t plans = 1; plans <= 200; plans++) {
      size_t at_once, threads;
      fsim_share_cores(cores, plans, &at_once, &threads);
      assert_true(at_once >= 1 && threads >= 1 && at_once * threads <= cores);
      size_t rounds = (plans + at_once - 1) / at_once;
      assert_true((double)plans * (double)threads >= 0.875 * (double)(rounds * cores));
    }
  }
}

static void the_longest_come_first(void **state) {
  (void)state;
  const double work[] = {3, 0, 7, 3, 9};
  const size_t expected[] = {4, 2, 0, 3, 1};
  size_t order[5];
  assert_int_equal(fsim_order_by_work(work, 5, order), 0);
  for (size_t i = 0; i < 5; i++) assert_int_equal(order[i], expected[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cores_are_shared),
      cmocka_unit_test(no_core_is_idle_for_long),
      cmocka_unit_test(the_longest_come_first),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
