/* Result files: what goes in comes out; resuming and extending change nothing; wrong files are
 * told. */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/store/fixture.h"

static fsim_store_reader *open_file(const fixture *f, const char *path) {
  fsim_store_reader *reader;
  int status = fsim_store_open(path, f->report, &reader);
  if (status != FSIM_OK) fixture_show(f->report);
  assert_int_equal(status, FSIM_OK);
  return reader;
}

/* All rows, counts and sums of a file are those that were made up for it. */
static void assert_made_up(const fixture *f, const char *path, uint32_t replications,
                           size_t scale) {
  fsim_store_reader *reader = open_file(f, path);
  assert_int_equal(fsim_store_replications(reader), replications);
  fsim_pool *sum = fsim_pool_new(f->shape->n_histograms), *stored;
  int64_t *record = calloc(f->shape->n_cells, sizeof *record);
  int64_t *back = calloc(f->shape->n_cells, sizeof *back);
  uint32_t *unit = calloc(f->shape->n_histograms * FSIM_TIME_CLASSES, sizeof *unit);
  fsim_trajectory *expected = fsim_trajectory_new(f->scenario->n_attributes), *rows;
  assert_true(sum != NULL && record != NULL && back != NULL && unit != NULL && expected != NULL);
  for (uint32_t r = 0; r < replications; r++) {
    made_up_record(f, r, record);
    for (size_t a = 0; a < FSIM_N_CELLS; a++)
      assert_int_equal(
          fsim_store_series(reader, (fsim_cells)a, r, 1, back + f->shape->offset[a], f->report),
          FSIM_OK);
    assert_memory_equal(record, back, f->shape->n_cells * sizeof *record);
    assert_int_equal(fsim_store_rows(reader, r, f->report, &rows), FSIM_OK);
    expected->replication = r;
    for (size_t t = 0; t < FSIM_N_TABLES; t++) {
      size_t n = made_up_rows(r, t, scale);
      fsim_trajectory_clear(expected);
      made_up_part(f, expected, t, 0, n);
      assert_int_equal(rows->rows[t], n);
      for (size_t c = 0; n > 0 && c < FSIM_N_COLUMNS; c++)
        if (fsim_columns[c].table == t)
          assert_memory_equal(rows->column[c], expected->column[c],
                              n * fsim_column_size(fsim_columns[c].type));
      for (size_t a = 0; t == FSIM_LEADS && n > 0 && a < expected->n_attributes; a++)
        assert_memory_equal(rows->attribute[a], expected->attribute[a], n);
    }
    fsim_trajectory_free(rows);
    made_up_unit(f, r, unit);
    fsim_pool_add(sum, unit);
  }
  assert_int_equal(fsim_store_pool(reader, f->report, &stored), FSIM_OK);
  size_t n = f->shape->n_histograms;
  assert_int_equal(stored->units, sum->units);
  assert_memory_equal(stored->count, sum->count, n * FSIM_TIME_CLASSES * sizeof *sum->count);
  assert_memory_equal(stored->below_sq, sum->below_sq,
                      n * FSIM_COARSE_CLASSES * sizeof *sum->below_sq);
  assert_memory_equal(stored->below_n, sum->below_n,
                      n * FSIM_COARSE_CLASSES * sizeof *sum->below_n);
  assert_memory_equal(stored->n_sq, sum->n_sq, n * sizeof *sum->n_sq);
  fsim_pool_free(sum);
  fsim_pool_free(stored);
  fsim_trajectory_free(expected);
  free(record);
  free(back);
  free(unit);
  fsim_store_reader_close(reader);
}

static void gives_back_every_row_count_and_sum(void **state) {
  (void)state;
  char path[300];
  fixture f = fixture_usual();
  made_up_file(&f, fixture_path(path, sizeof path, "round"), 12, 5, 4000);
  assert_made_up(&f, path, 12, 4000);
  fixture_free(&f);
}

static void gives_back_the_scenario_and_the_warnings(void **state) {
  (void)state;
  char path[300], partial[400];
  fixture f = fixture_usual();
  fsim_warn(f.report, FSIM_NOWHERE, "team sdr has more work than time");
  made_up_file(&f, fixture_path(path, sizeof path, "scenario"), 2, 2, 10);
  snprintf(partial, sizeof partial, "%s.partial", path);
  assert_false(exists(partial));
  fsim_store_reader *reader = open_file(&f, path);
  assert_true(fsim_store_complete(reader));
  assert_string_equal(fsim_store_engine(reader), "made-up");
  assert_int_equal(fsim_store_n_warnings(reader), 1);
  assert_string_equal(fsim_store_warning(reader, 0), "team sdr has more work than time");
  assert_string_equal(fsim_source_resolved(fsim_store_source(reader)),
                      fsim_source_resolved(f.source));
  assert_int_equal(fsim_source_n_files(fsim_store_source(reader)), 1);
  assert_int_equal(fsim_store_scenario(reader)->seed, 42);
  assert_int_equal(fsim_store_shape(reader)->n_cells, f.shape->n_cells);
  uint32_t kept;
  double share;
  fsim_store_kept(reader, &kept, &share);
  assert_int_equal(kept, 2);
  assert_true(share == 1);
  fsim_store_reader_close(reader);
  fixture_free(&f);
}

/* Batches, and with them partial chunks, leave no trace in the contents. */
static void batches_leave_no_trace(void **state) {
  (void)state;
  char one[300], many[300];
  fixture f = fixture_usual();
  made_up_file(&f, fixture_path(one, sizeof one, "one"), 15, 15, 3000);
  made_up_file(&f, fixture_path(many, sizeof many, "many"), 15, 1, 3000);
  assert_same_contents(one, many);
  fixture_free(&f);
}

static int go_on(const fixture *f, const char *path, uint32_t replications, uint32_t batch,
                 size_t scale, bool extend) {
  fsim_store_options options = made_up_options(path, replications);
  fsim_store_writer *writer;
  fsim_pool *pool;
  uint32_t done;
  int status = fsim_store_continue(f->source, f->scenario, f->shape, &options, extend, f->report,
                                   &writer, &done, &pool);
  if (status != FSIM_OK) return status;
  made_up_run run = {done, replications, batch, scale};
  status = made_up_deliver(f, &run, fsim_store_sink(writer), pool);
  if (status == FSIM_OK) status = fsim_store_finish(writer, f->report, f->report);
  fsim_store_close(writer);
  fsim_pool_free(pool);
  return status;
}

static void extending_equals_one_longer_run(void **state) {
  (void)state;
  char longer[300], extended[300];
  fixture f = fixture_usual();
  made_up_file(&f, fixture_path(longer, sizeof longer, "longer"), 16, 4, 3000);
  made_up_file(&f, fixture_path(extended, sizeof extended, "extended"), 7, 3, 3000);
  assert_int_equal(go_on(&f, extended, 11, 2, 3000, true), FSIM_OK);
  assert_int_equal(go_on(&f, extended, 16, 5, 3000, true), FSIM_OK);
  assert_same_contents(longer, extended);
  assert_made_up(&f, extended, 16, 3000);
  fixture_free(&f);
}

/* A run that ends without finish, as after Ctrl-C, goes on where it stopped. */
static void a_stopped_run_resumes(void **state) {
  (void)state;
  char path[300], partial[400], whole[300];
  fixture f = fixture_usual();
  made_up_file(&f, fixture_path(whole, sizeof whole, "whole"), 10, 10, 3000);
  fixture_path(path, sizeof path, "stopped");
  snprintf(partial, sizeof partial, "%s.partial", path);
  fsim_store_options options = made_up_options(path, 10);
  options.commit_every_s = 1000; /* the second commit waits, and close() must make it */
  made_up_run run = {0, 6, 2, 3000};
  fsim_store_writer *writer;
  fsim_pool *pool = fsim_pool_new(f.shape->n_histograms);
  assert_int_equal(fsim_store_create(f.source, f.scenario, f.shape, &options, f.report, &writer),
                   FSIM_OK);
  assert_int_equal(made_up_deliver(&f, &run, fsim_store_sink(writer), pool), FSIM_OK);
  fsim_store_close(writer);
  fsim_pool_free(pool);
  assert_false(exists(path));
  assert_made_up(&f, partial, 6, 3000);
  assert_int_equal(go_on(&f, path, 10, 3, 3000, false), FSIM_OK);
  assert_false(exists(partial));
  assert_same_contents(whole, path);
  fixture_free(&f);
}

static void nothing_stays_of_a_run_without_a_commit(void **state) {
  (void)state;
  char path[300], partial[400];
  fixture f = fixture_usual();
  fixture_path(path, sizeof path, "nothing");
  snprintf(partial, sizeof partial, "%s.partial", path);
  fsim_store_options options = made_up_options(path, 10);
  fsim_store_writer *writer;
  assert_int_equal(fsim_store_create(f.source, f.scenario, f.shape, &options, f.report, &writer),
                   FSIM_OK);
  assert_true(exists(partial));
  fsim_store_close(writer);
  assert_false(exists(partial));
  assert_false(exists(path));
  fixture_free(&f);
}

/* ---- killed ---- */

enum { KILL_REPLICATIONS = 20, KILL_SCALE = 2000 };

static void write_until_killed(const fixture *f, const char *path, bool resume) {
  if (resume) {
    (void)go_on(f, path, KILL_REPLICATIONS, 1, KILL_SCALE, false);
    return;
  }
  fsim_store_options options = made_up_options(path, KILL_REPLICATIONS);
  made_up_run run = {0, KILL_REPLICATIONS, 1, KILL_SCALE};
  fsim_store_writer *writer;
  fsim_pool *pool = fsim_pool_new(f->shape->n_histograms);
  if (fsim_store_create(f->source, f->scenario, f->shape, &options, f->report, &writer) != FSIM_OK)
    return;
  if (made_up_deliver(f, &run, fsim_store_sink(writer), pool) == FSIM_OK)
    (void)fsim_store_finish(writer, f->report, f->report);
  fsim_store_close(writer);
}

static void kill_after(const fixture *f, const char *path, bool resume, long microseconds) {
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    write_until_killed(f, path, resume);
    _exit(0);
  }
  struct timespec pause = {microseconds / 1000000, microseconds % 1000000 * 1000};
  nanosleep(&pause, NULL);
  kill(child, SIGKILL);
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
}

/* Twice killed at some moment, readable each time up to its commit, then resumed: the same file. */
static void a_killed_run_is_readable_and_resumes_to_the_same_file(void **state) {
  (void)state;
  char whole[300], path[300], partial[400];
  const char *more = getenv("FSIM_TEST_KILLS");
  long kills = more == NULL ? 10 : atol(more), readable = 0;
  uint64_t moment = 0;
  fixture f = fixture_usual();
  struct timespec t0, t1;
  clock_gettime(CLOCK_MONOTONIC, &t0);
  made_up_file(&f, fixture_path(whole, sizeof whole, "unkilled"), KILL_REPLICATIONS, 1, KILL_SCALE);
  clock_gettime(CLOCK_MONOTONIC, &t1);
  uint64_t span = (uint64_t)(t1.tv_sec - t0.tv_sec) * 1000000 +
                  (uint64_t)((t1.tv_nsec - t0.tv_nsec) / 1000) + 1;
  for (long k = 0; k < kills; k++) {
    fixture_path(path, sizeof path, "killed");
    snprintf(partial, sizeof partial, "%s.partial", path);
    for (int again = 0; again < 2; again++) {
      if (exists(path)) break;
      kill_after(&f, path, again == 1 && exists(partial), (long)(made_up(++moment, 1, 1) % span));
      if (!exists(partial)) continue;
      fsim_report *report = fsim_report_new();
      fsim_store_reader *reader;
      int status = fsim_store_open(partial, report, &reader);
      if (status == FSIM_OK) {
        uint32_t done = fsim_store_replications(reader);
        fsim_store_reader_close(reader);
        assert_made_up(&f, partial, done, KILL_SCALE);
        readable++;
      } else {
        if (!report_says(report, "no finished replication")) {
          fixture_show(report);
          fail_msg("a killed run left a file that cannot be read");
        }
      }
      fsim_report_free(report);
    }
    if (exists(path)) continue;     /* the kill came too late */
    if (!exists(partial)) continue; /* or too early */
    int status = go_on(&f, path, KILL_REPLICATIONS, 3, KILL_SCALE, false);
    if (status != FSIM_OK) fixture_show(f.report);
    assert_int_equal(status, FSIM_OK);
    assert_same_contents(whole, path);
  }
  assert_true(readable >= kills / 2);
  fixture_free(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gives_back_every_row_count_and_sum),
      cmocka_unit_test(gives_back_the_scenario_and_the_warnings),
      cmocka_unit_test(batches_leave_no_trace),
      cmocka_unit_test(extending_equals_one_longer_run),
      cmocka_unit_test(a_stopped_run_resumes),
      cmocka_unit_test(nothing_stays_of_a_run_without_a_commit),
      cmocka_unit_test(a_killed_run_is_readable_and_resumes_to_the_same_file),
  };
  return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
