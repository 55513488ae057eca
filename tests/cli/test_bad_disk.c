/* A disk that takes no more: status 1, the remedy on stderr, no result under the final name. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */

#define PROGRAM FSIM_BINARY_DIR "/funnelsim"

static char folder[] = "/tmp/funnelsim-disk-XXXXXX";

static const char scenario[] =
    "scenario: tiny\n"
    "models: [one]\n"
    "start: 2026-01-05\n"
    "horizon: 8 w\n"
    "replications: 6\n"
    "seed: 7\n"
    "attributes: {segment: [smb, enterprise]}\n"
    "streams:\n"
    "  web: {into: one, rate: 20 / d, attributes: {segment: {smb: 0.7, enterprise: 0.3}}}\n";

static const char model[] =
    "funnel: one\n"
    "entry: talk\n"
    "stages:\n"
    "  talk:\n"
    "    wait: {exponential: {mean: 4 d}}\n"
    "    exits: {won: 0.5, lost: rest}\n"
    "outcomes: {won: {counts_as: win}, lost: {}}\n";

static void put(const char *name, const char *text) {
  FILE *file = fopen(name, "wb");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static size_t get(const char *name, char text[8192]) {
  FILE *file = fopen(name, "rb");
  assert_non_null(file);
  size_t size = fread(text, 1, 8191, file);
  text[size] = '\0';
  fclose(file);
  return size;
}

/* Runs into out.h5 with files of at most `most` bytes. The limit holds for its messages too. */
static int run(rlim_t most, void (*on_limit)(int)) {
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    struct rlimit limit = {most, most};
    int out = open("out.txt", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int err = open("err.txt", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (out < 0 || err < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) _exit(99);
    if (signal(SIGXFSZ, on_limit) == SIG_ERR || setrlimit(RLIMIT_FSIZE, &limit) < 0) _exit(99);
    execl(PROGRAM, PROGRAM, "run", "s.yaml", "-o", "out.h5", (char *)NULL);
    _exit(99);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static void refused(void (*on_limit)(int)) {
  char text[8192];
  int status = run(8192, on_limit);
  get("err.txt", text);
  if (status != 1 || !strstr(text, "choose another folder with -o"))
    fail_msg("status %d and:\n%s", status, text);
  assert_int_equal(get("out.txt", text), 0);
}

static void says_what_to_do_when_files_may_not_grow(void **state) {
  (void)state;
  refused(SIG_IGN);
  assert_int_not_equal(access("out.h5", F_OK), 0);
  refused(SIG_DFL);
  assert_int_not_equal(access("out.h5", F_OK), 0);
}

static void runs_without_the_limit(void **state) {
  (void)state;
  assert_int_equal(run(RLIM_INFINITY, SIG_DFL), 0);
  assert_int_equal(access("out.h5", F_OK), 0);
}

static int begin(void **state) {
  (void)state;
  if (!mkdtemp(folder) || chdir(folder) < 0) return -1;
  put("s.yaml", scenario);
  put("one.yaml", model);
  return 0;
}

static int end(void **state) {
  (void)state;
  static const char *const names[] = {"s.yaml",         "one.yaml", "out.h5",
                                      "out.h5.partial", "out.txt",  "err.txt"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) unlink(names[i]);
  return chdir("/") < 0 ? -1 : rmdir(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(says_what_to_do_when_files_may_not_grow),
      cmocka_unit_test(runs_without_the_limit),
  };
  return cmocka_run_group_tests(tests, begin, end);
}
