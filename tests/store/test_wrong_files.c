/* Files that are not what they should be, and places where none can be written: messages, no harm.
 */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/store/fixture.h"

static void assert_refused(const char *path, int status, const char *words) {
  fsim_report *report = fsim_report_new();
  fsim_store_reader *reader = NULL;
  int got = fsim_store_open(path, report, &reader);
  if (got != status || !report_says(report, words)) fixture_show(report);
  assert_int_equal(got, status);
  assert_null(reader);
  assert_true(report_says(report, words));
  fsim_report_free(report);
}

static void write_bytes(const char *path, const void *bytes, size_t n) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, n, file), n);
  assert_int_equal(fclose(file), 0);
}

static char *read_bytes(const char *path, size_t *n) {
  struct stat info;
  assert_int_equal(stat(path, &info), 0);
  *n = (size_t)info.st_size;
  char *bytes = malloc(*n);
  FILE *file = fopen(path, "rb");
  assert_true(bytes != NULL && file != NULL);
  assert_int_equal(fread(bytes, 1, *n, file), *n);
  fclose(file);
  return bytes;
}

static void says_what_is_no_result_file(void **state) {
  (void)state;
  char path[300];
  fixture_path(path, sizeof path, "foreign");
  assert_refused(path, FSIM_BAD_INPUT, "No such file");
  assert_refused(FSIM_BINARY_DIR, FSIM_BAD_INPUT, "a folder");
  write_bytes(path, "", 0);
  assert_refused(path, FSIM_BAD_INPUT, "empty");
  write_bytes(path, "scenario: baseline\n", 19);
  assert_refused(path, FSIM_BAD_INPUT, "not an HDF5 file");
  hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(file >= 0 && H5Fclose(file) >= 0);
  assert_refused(path, FSIM_BAD_INPUT, "another program");
}

static void says_that_a_file_is_of_another_version(void **state) {
  (void)state;
  static const struct {
    uint32_t version;
    const char *word;
  } cases[] = {{99, "newer"}, {1, "older"}};
  char path[300];
  fixture f = fixture_usual();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    made_up_file(&f, fixture_path(path, sizeof path, cases[i].word), 2, 2, 10);
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t attribute = H5Aopen(file, "format_version", H5P_DEFAULT);
    assert_true(H5Awrite(attribute, H5T_NATIVE_UINT32, &cases[i].version) >= 0);
    H5Aclose(attribute);
    H5Fclose(file);
    assert_refused(path, FSIM_BAD_INPUT, cases[i].word);
  }
  fixture_free(&f);
}

static void says_that_a_file_is_cut_short(void **state) {
  (void)state;
  char path[300];
  fixture f = fixture_usual();
  made_up_file(&f, fixture_path(path, sizeof path, "short"), 2, 2, 500);
  size_t n;
  char *bytes = read_bytes(path, &n);
  for (size_t keep = 64; keep < n; keep = keep * 2 + 7) {
    write_bytes(path, bytes, keep);
    assert_refused(path, FSIM_FAILED, "cut short");
  }
  free(bytes);
  fixture_free(&f);
}

/* Bytes of compressed rows are changed: the checksum of zlib's format gives them away. */
static void says_that_rows_are_damaged(void **state) {
  (void)state;
  char path[300];
  fixture f = fixture_usual();
  made_up_file(&f, fixture_path(path, sizeof path, "damaged"), 2, 2, 2000);
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  hid_t set = H5Dopen2(file, "/visits/wait", H5P_DEFAULT);
  hsize_t offset[1] = {0}, size = 0;
  haddr_t address = 0;
  unsigned mask;
  assert_true(H5Dget_chunk_info_by_coord(set, offset, &mask, &address, &size) >= 0);
  H5Dclose(set);
  H5Fclose(file);
  size_t n;
  char *bytes = read_bytes(path, &n);
  bytes[address + size / 2] ^= 0x10;
  write_bytes(path, bytes, n);
  fsim_store_reader *reader;
  assert_int_equal(fsim_store_open(path, f.report, &reader), FSIM_OK);
  fsim_trajectory *rows;
  assert_int_equal(fsim_store_rows(reader, 1, f.report, &rows), FSIM_FAILED);
  assert_true(report_says(f.report, "damaged"));
  assert_null(rows);
  fsim_store_reader_close(reader);
  free(bytes);
  fixture_free(&f);
}

static int try_to_create(const fixture *f, const char *path) {
  fsim_store_options options = made_up_options(path, 2);
  fsim_store_writer *writer = NULL;
  int status = fsim_store_create(f->source, f->scenario, f->shape, &options, f->report, &writer);
  fsim_store_close(writer);
  return status;
}

static void says_where_no_file_can_be_written(void **state) {
  (void)state;
  fixture f = fixture_usual();
  assert_int_equal(try_to_create(&f, FSIM_BINARY_DIR), FSIM_BAD_INPUT);
  assert_true(report_says(f.report, "is a folder"));
  assert_int_equal(try_to_create(&f, FSIM_BINARY_DIR "/no-such-folder/out.h5"), FSIM_BAD_INPUT);
  assert_true(report_says(f.report, "create it first"));
  assert_int_equal(try_to_create(&f, FSIM_SOURCE_DIR "/CMakeLists.txt/out.h5"), FSIM_BAD_INPUT);
  assert_int_equal(try_to_create(&f, "/proc/out.h5"), FSIM_FAILED);
  assert_true(report_says(f.report, "cannot create /proc/out.h5.partial"));
  assert_int_equal(try_to_create(&f, "/dev/null"), FSIM_BAD_INPUT);
  assert_true(report_says(f.report, "is a device or a pipe"));
  fixture_free(&f);
}

/* Root may write anywhere, so a child becomes somebody else. */
static void says_that_a_folder_may_not_be_written(void **state) {
  (void)state;
  char folder[300], path[320];
  fixture f = fixture_usual();
  fixture_path(folder, sizeof folder, "read-only");
  assert_true(mkdir(folder, 0755) == 0 || errno == EEXIST);
  assert_int_equal(chmod(folder, 0555), 0);
  snprintf(path, sizeof path, "%s/out.h5", folder);
  pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setuid(65534) != 0) _exit(3);
    if (try_to_create(&f, path) != FSIM_FAILED) _exit(4);
    _exit(report_says(f.report, "choose another folder") ? 0 : 5);
  }
  int status;
  assert_true(child > 0 && waitpid(child, &status, 0) == child);
  assert_int_equal(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0);
  rmdir(folder);
  fixture_free(&f);
}

static int continue_with(const char *yaml, const char *csv, const char *path, bool extend,
                         uint32_t keep, const char *words) {
  fixture f = fixture_make(yaml, csv);
  fsim_store_options options = made_up_options(path, 5);
  options.keep_replications = keep;
  fsim_store_writer *writer;
  fsim_pool *pool;
  uint32_t done;
  int status = fsim_store_continue(f.source, f.scenario, f.shape, &options, extend, f.report,
                                   &writer, &done, &pool);
  if (!report_says(f.report, words)) fixture_show(f.report);
  assert_true(report_says(f.report, words));
  assert_null(writer);
  assert_null(pool);
  fixture_free(&f);
  return status;
}

static void says_what_differs_from_the_file_to_go_on_with(void **state) {
  (void)state;
  const char *usual = FIXTURE_YAML("42", "3 d");
  char path[300], partial[400];
  fixture f = fixture_usual();
  fixture_path(path, sizeof path, "differs");
  snprintf(partial, sizeof partial, "%s.partial", path);
  assert_int_equal(continue_with(usual, FIXTURE_CSV, path, false, UINT32_MAX, "no "), 2);
  assert_int_equal(continue_with(usual, FIXTURE_CSV, path, true, UINT32_MAX, "to extend"), 2);
  made_up_file(&f, path, 2, 2, 10);
  assert_int_equal(continue_with(usual, FIXTURE_CSV, path, false, UINT32_MAX, "whole already"), 2);
  assert_int_equal(
      continue_with(FIXTURE_YAML("43", "3 d"), FIXTURE_CSV, path, true, UINT32_MAX, "seed 42"), 2);
  assert_int_equal(
      continue_with(FIXTURE_YAML("42", "4 d"), FIXTURE_CSV, path, true, UINT32_MAX, "3 d"), 2);
  assert_int_equal(
      continue_with(usual, FIXTURE_CSV "2026-01-09\n", path, true, UINT32_MAX, "another leads.csv"),
      2);
  assert_int_equal(continue_with(usual, FIXTURE_CSV, path, true, 1, "trajectories"), 2);
  assert_false(exists(partial));
  assert_true(exists(path));
  fixture_free(&f);
}

/* A disk that fills up: writes beyond a size fail, at several sizes. In a child, because the limit
 * cannot be lifted again by all users. */
static void a_full_disk_gives_a_message_and_no_file(void **state) {
  (void)state;
  char path[300];
  fixture f = fixture_usual();
  fixture_path(path, sizeof path, "full");
  for (rlim_t limit = 4096; limit < 4000000; limit = limit * 5) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
      struct rlimit full = {limit, limit};
      signal(SIGXFSZ, SIG_IGN);
      if (setrlimit(RLIMIT_FSIZE, &full) != 0) _exit(10);
      fsim_store_options options = made_up_options(path, 12);
      made_up_run run = {0, 12, 2, 3000};
      fsim_store_writer *writer = NULL;
      fsim_pool *pool = fsim_pool_new(f.shape->n_histograms);
      int status = fsim_store_create(f.source, f.scenario, f.shape, &options, f.report, &writer);
      if (status == FSIM_OK) status = made_up_deliver(&f, &run, fsim_store_sink(writer), pool);
      if (status == FSIM_OK) status = fsim_store_finish(writer, f.report, f.report);
      fsim_store_close(writer);
      fsim_pool_free(pool);
      exit(status != FSIM_FAILED ? 11 : report_says(f.report, strerror(EFBIG)) ? 0 : 12);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_false(exists(path));
  }
  fixture_free(&f);
}

static void other_programs_read_it(void **state) {
  (void)state;
  char path[300], command[900];
  fixture f = fixture_usual();
  made_up_file(&f, fixture_path(path, sizeof path, "others"), 4, 2, 500);
  fixture_free(&f);
  if (system("command -v h5dump >/dev/null 2>&1") == 0) {
    snprintf(command, sizeof command, "h5dump -H '%s' | grep -q 'DATASET \"t_enter\"'", path);
    assert_int_equal(system(command), 0);
  } else {
    print_message("h5dump is not installed: not tried\n");
  }
  if (system("/usr/bin/python3 -c 'import h5py' >/dev/null 2>&1") == 0) {
    snprintf(command, sizeof command,
             "/usr/bin/python3 '%s/docs/read_results.py' '%s' | grep 'replications: 4' >/dev/null",
             FSIM_SOURCE_DIR, path);
    assert_int_equal(system(command), 0);
  } else {
    print_message("python3-h5py is not installed: not tried\n");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(says_what_is_no_result_file),
      cmocka_unit_test(says_that_a_file_is_of_another_version),
      cmocka_unit_test(says_that_a_file_is_cut_short),
      cmocka_unit_test(says_that_rows_are_damaged),
      cmocka_unit_test(says_where_no_file_can_be_written),
      cmocka_unit_test(says_that_a_folder_may_not_be_written),
      cmocka_unit_test(says_what_differs_from_the_file_to_go_on_with),
      cmocka_unit_test(a_full_disk_gives_a_message_and_no_file),
      cmocka_unit_test(other_programs_read_it),
  };
  return cmocka_run_group_tests_name("wrong files", tests, NULL, NULL);
}
