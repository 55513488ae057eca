/* The built program run by the shell in a folder of its own. */
#ifndef TESTS_CLI_SHELL_H
#define TESTS_CLI_SHELL_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */

#define PROGRAM FSIM_BINARY_DIR "/funnelsim"

static char folder[] = "/tmp/funnelsim-test-XXXXXX";

/* Runs a command in the folder; its exit status (128 and more: by a signal), what it wrote on
 * stdout in `out`, cut at its size. */
static inline int shell(const char *command, char *out, size_t size) {
  char line[4096], rest[4096];
  int length = snprintf(line, sizeof line, "cd %s && { %s; }", folder, command);
  assert_in_range(length, 1, sizeof line - 1);
  FILE *pipe = popen(line, "r");
  assert_non_null(pipe);
  size_t n = fread(out, 1, size - 1, pipe);
  out[n] = '\0';
  while (fread(rest, 1, sizeof rest, pipe) > 0) {
  }
  int status = pclose(pipe);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The same without caring for what it says. */
static inline int quietly(const char *command) {
  char line[2048], out[16];
  snprintf(line, sizeof line, "{ %s; } >/dev/null 2>&1", command);
  return shell(line, out, sizeof out);
}

static inline void put(const char *name, const void *bytes, size_t size) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
}

static inline void put_text(const char *name, const char *text) {
  put(name, text, strlen(text));
}

static int make_folder(void **state) {
  (void)state;
  return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state) {
  (void)state;
  char command[128];
  snprintf(command, sizeof command, "rm -r %s", folder);
  return system(command);
}

#endif
