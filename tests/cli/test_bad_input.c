/* Wrong scenarios given to the built program: status 2, the place on stderr, no result file. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */

#define PROGRAM FSIM_BINARY_DIR "/funnelsim"

extern char **environ;

static char folder[] = "/tmp/funnelsim-bad-XXXXXX";

static const char good[] =
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

/* One wrong value: `old` in the good text becomes `new`; stderr must hold `place`. */
static const struct {
  int in_model;
  const char *old, *new, *place;
} wrong[] = {
    {0, "2026-01-05", "2026-02-30", "s.yaml:3:"},
    {0, "horizon: 8 w", "horizon: 8", "s.yaml:4:"},
    {0, "horizon: 8 w", "horizon: 8 parsecs", "s.yaml:4:"},
    {0, "horizon: 8 w", "horizon: -8 w", "s.yaml:4:"},
    {0, "replications: 6", "replications: [6]", "s.yaml:5:"},
    {0, "replications: 6", "replications: many", "s.yaml:5:"},
    {0, "seed: 7", "sead: 7", "s.yaml:6:"},
    {0, "20 / d", "-20 / d", "s.yaml:9:"},
    {0, "20 / d", "nan / d", "s.yaml:9:"},
    {0, "into: one", "into: two", "s.yaml:9:"},
    {0, "smb: 0.7", "smb: 0.8", "s.yaml:9:"},
    {1, "mean: 4 d", "mean: 4", "one.yaml:5:"},
    {1, "mean: 4 d", "mean: -4 d", "one.yaml:5:"},
    {1, "mean: 4 d", "mean: .nan", "one.yaml:5:"},
    {1, "won: 0.5", "won: 1.5", "one.yaml:6:"},
    {1, "lost: rest", "lost: 0.4", "one.yaml:6:"},
    {1, "lost: rest", "gone: rest", "one.yaml:6:"},
    {1, "entry: talk", "entry: walk", "one.yaml:2:"},
};

static void path_of(char path[128], const char *name) {
  snprintf(path, 128, "%s/%s", folder, name);
}

static void put(const char *name, const char *text, size_t size) {
  char path[128];
  path_of(path, name);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(text, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
}

static void put_changed(const char *name, const char *text, const char *old, const char *new) {
  const char *at = strstr(text, old);
  assert_non_null(at);
  char all[2048];
  int size = snprintf(all, sizeof all, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
  assert_in_range(size, 1, sizeof all - 1);
  put(name, all, (size_t)size);
}

static size_t get(const char *name, char text[8192]) {
  char path[128];
  path_of(path, name);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  size_t size = fread(text, 1, 8191, file);
  text[size] = '\0';
  fclose(file);
  return size;
}

/* The status of `funnelsim run s.yaml -o out.h5`. */
static int run(void) {
  const char *words[] = {PROGRAM, "run", "s.yaml", "-o", "out.h5", NULL};
  char *argv[6];
  for (size_t i = 0; i < 6; i++) argv[i] = (char *)(uintptr_t)words[i];
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder);
  posix_spawn_file_actions_addopen(&actions, 1, "out.txt", O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, "err.txt", O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t child = 0;
  int status = 0;
  assert_int_equal(posix_spawn(&child, PROGRAM, &actions, NULL, argv, environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static void refused(const char *what, const char *place) {
  int status = run();
  char out[8192], err[8192], path[128];
  get("err.txt", err);
  if (status != 2 || !strstr(err, place))
    fail_msg("%s: status %d, no %s in:\n%s", what, status, place, err);
  assert_int_equal(get("out.txt", out), 0);
  path_of(path, "out.h5");
  assert_int_not_equal(access(path, F_OK), 0);
}

static void test_wrong_values(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    put("s.yaml", good, sizeof good - 1);
    put("one.yaml", model, sizeof model - 1);
    put_changed(wrong[i].in_model ? "one.yaml" : "s.yaml", wrong[i].in_model ? model : good,
                wrong[i].old, wrong[i].new);
    refused(wrong[i].new, wrong[i].place);
  }
}

static void test_empty_and_binary(void **state) {
  (void)state;
  put("one.yaml", model, sizeof model - 1);
  put("s.yaml", "", 0);
  refused("empty", "s.yaml");
  put("s.yaml", "\x89HDF\r\n\x1a\n\0\0\xff\xfe", 12);
  refused("binary", "s.yaml");
}

/* A few hundred bytes that would become millions of values, and brackets without end. */
static void test_bomb_and_depth(void **state) {
  (void)state;
  char text[2048];
  int size = snprintf(text, sizeof text, "a: &a [x,x,x,x,x,x,x,x,x]\n");
  for (int name = 'b'; name < 'k'; name++) {
    size += snprintf(text + size, sizeof text - (size_t)size, "%c: &%c [", name, name);
    for (int i = 0; i < 9; i++)
      size += snprintf(text + size, sizeof text - (size_t)size, "%s*%c", i ? "," : "", name - 1);
    size += snprintf(text + size, sizeof text - (size_t)size, "]\n");
  }
  put("s.yaml", text, (size_t)size);
  refused("alias bomb", "more than 1000000 values");
  memset(text, '[', sizeof text);
  put("s.yaml", text, sizeof text);
  refused("deep", "s.yaml:1:65: error: nested more than 64 levels deep");
}

/* What the cases above change is what makes them wrong. */
static void test_good_runs(void **state) {
  (void)state;
  put("s.yaml", good, sizeof good - 1);
  put("one.yaml", model, sizeof model - 1);
  assert_int_equal(run(), 0);
}

static int begin(void **state) {
  (void)state;
  return mkdtemp(folder) ? 0 : -1;
}

static int end(void **state) {
  (void)state;
  static const char *const names[] = {"s.yaml", "one.yaml", "out.h5", "out.txt", "err.txt"};
  char path[128];
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    path_of(path, names[i]);
    unlink(path);
  }
  return rmdir(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_wrong_values),
      cmocka_unit_test(test_empty_and_binary),
      cmocka_unit_test(test_bomb_and_depth),
      cmocka_unit_test(test_good_runs),
  };
  return cmocka_run_group_tests(tests, begin, end);
}
