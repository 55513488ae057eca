/* Runs side by side: what cannot be started says why, and a stop reaches those that run. The runs
 * are this program itself, told what to do by its first word. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/pool.h"

static void stop_now(void *context, size_t done, size_t of) {
  (void)of;
  *(size_t *)context = done;
  if (done == 1) raise(SIGTERM);
}

static void every_run_tells_how_it_ended(void **state) {
  (void)state;
  fsim_job jobs[3] = {{0}, {0}, {0}};
  fsim_job_word(&jobs[0], "well");
  fsim_job_word(&jobs[1], "badly");
  fsim_job_word(&jobs[2], "well");
  assert_int_equal(fsim_pool_run(jobs, 3, 2, NULL, NULL, NULL), FSIM_OK);
  assert_int_equal(jobs[0].status, 0);
  assert_int_equal(jobs[1].status, 2);
  assert_string_equal(jobs[1].said, "it went badly");
  assert_int_equal(jobs[2].status, 0);
  for (int i = 0; i < 3; i++) fsim_job_free(&jobs[i]);
}

/* The stop comes while no wait is under way, the moment that used to be lost: the sleeper would end
 * by itself, and well. */
static void a_stop_between_two_waits_reaches_the_runs(void **state) {
  (void)state;
  fsim_job jobs[3] = {{0}, {0}, {0}};
  size_t done = 0;
  fsim_job_word(&jobs[0], "well");
  fsim_job_word(&jobs[1], "sleep");
  fsim_job_word(&jobs[2], "well");
  assert_int_equal(fsim_pool_run(jobs, 3, 2, stop_now, &done, NULL), FSIM_FAILED);
  assert_int_equal(done, 2);
  assert_int_equal(jobs[1].status, FSIM_FAILED);
  for (int i = 0; i < 3; i++) fsim_job_free(&jobs[i]);
}

static void what_cannot_be_started_says_why(void **state) {
  (void)state;
  fsim_job job = {.failed = true};
  fsim_report *report = fsim_report_new();
  errno = 0;
  assert_int_equal(fsim_pool_run(&job, 1, 1, NULL, NULL, report), FSIM_FAILED);
  assert_non_null(strstr(fsim_report_message(report, 0)->text, strerror(ENOMEM)));
  fsim_report_free(report);
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "sleep") == 0) return (int)sleep(20);
  if (argc > 1 && strcmp(argv[1], "badly") == 0)
    return fputs("it went  badly\n", stderr) < 0 ? 3 : 2;
  if (argc > 1) return 0;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_run_tells_how_it_ended),
      cmocka_unit_test(a_stop_between_two_waits_reaches_the_runs),
      cmocka_unit_test(what_cannot_be_started_says_why),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
