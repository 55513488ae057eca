/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */

#include "sim/base/file.h"

static char folder[64];
static char path[128];
static fsim_report *report;

static int begin(void **state) {
  (void)state;
  strcpy(folder, "/tmp/fsim-test-file-XXXXXX");
  if (!mkdtemp(folder)) return -1;
  snprintf(path, sizeof path, "%s/in.csv", folder);
  report = fsim_report_new();
  return report ? 0 : -1;
}

static int end(void **state) {
  (void)state;
  unlink(path);
  rmdir(folder);
  fsim_report_free(report);
  return 0;
}

static void put(const void *bytes, size_t length) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, length, file), length);
  assert_int_equal(fclose(file), 0);
}

static void refused(const char *name, size_t limit, const char *words) {
  char *text = NULL;
  size_t length = 0;
  fsim_place place = {"scenario.yaml", 3, 4};
  assert_int_equal(fsim_read_file(name, limit, place, report, &text, &length), FSIM_BAD_INPUT);
  assert_null(text);
  const fsim_message *message = fsim_report_message(report, 0);
  assert_non_null(strstr(message->text, words));
  assert_non_null(strstr(message->text, name));
  assert_string_equal(message->file, "scenario.yaml");
  assert_int_equal(message->line, 3);
}

static void knows_hdf5_by_its_first_bytes(void **state) {
  (void)state;
  put("\x89HDF\r\n\x1a\n", 8);
  assert_true(fsim_begins_as_hdf5(path));
  put("\x89HDF\r\n\x1a", 7);
  assert_false(fsim_begins_as_hdf5(path));
  put("scenario: a\n", 12);
  assert_false(fsim_begins_as_hdf5(path));
  assert_false(fsim_begins_as_hdf5(folder));
  unlink(path);
  assert_int_equal(mkfifo(path, 0600), 0); /* it would wait for a writer */
  assert_false(fsim_begins_as_hdf5(path));
}

static void reads_all_bytes_and_terminates(void **state) {
  (void)state;
  size_t size = 200001;
  char *bytes = malloc(size);
  for (size_t i = 0; i < size; i++) bytes[i] = (char)(i * 31);
  put(bytes, size);
  char *text = NULL;
  size_t length = 0;
  assert_int_equal(fsim_read_file(path, size, FSIM_NOWHERE, report, &text, &length), FSIM_OK);
  assert_int_equal(length, size);
  assert_memory_equal(text, bytes, size);
  assert_int_equal(text[length], '\0');
  free(text);
  free(bytes);
}

static void reads_an_empty_file(void **state) {
  (void)state;
  put("", 0);
  char *text = NULL;
  size_t length = 9;
  assert_int_equal(fsim_read_file(path, 10, FSIM_NOWHERE, report, &text, &length), FSIM_OK);
  assert_int_equal(length, 0);
  assert_string_equal(text, "");
  free(text);
}

static void refuses_a_missing_file(void **state) {
  (void)state;
  refused(path, 100, "no such file");
}

static void refuses_a_folder(void **state) {
  (void)state;
  refused(folder, 100, "is a folder");
}

static void refuses_a_file_over_the_limit(void **state) {
  (void)state;
  put("12345", 5);
  refused(path, 4, "more than the 4 allowed");
}

static void refuses_a_device_without_hanging(void **state) {
  (void)state;
  assert_int_equal(mkfifo(path, 0600), 0);
  refused(path, 100, "not a regular file");
}

/* FIPS 180-2, appendix B, and the digest of nothing. */
static void digests_as_the_standard_says(void **state) {
  (void)state;
  char hex[65];
  fsim_sha256("abc", 3, hex);
  assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  fsim_sha256("", 0, hex);
  assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void joins_paths(void **state) {
  (void)state;
  static const char *const cases[][3] = {{"a/b.yaml", "c.csv", "a/c.csv"},
                                         {"b.yaml", "c.csv", "c.csv"},
                                         {"a/b.yaml", "/c.csv", "/c.csv"},
                                         {"/b.yaml", "x/c.csv", "/x/c.csv"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *joined = fsim_path_beside(cases[i][0], cases[i][1]);
    assert_string_equal(joined, cases[i][2]);
    free(joined);
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(knows_hdf5_by_its_first_bytes),
      TEST(reads_all_bytes_and_terminates),
      TEST(reads_an_empty_file),
      TEST(refuses_a_missing_file),
      TEST(refuses_a_folder),
      TEST(refuses_a_file_over_the_limit),
      TEST(refuses_a_device_without_hanging),
      TEST(digests_as_the_standard_says),
      TEST(joins_paths),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
