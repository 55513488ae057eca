/* Result files as a source of summaries: rows counted again give the stored sums, and a file that
 * was altered is found out. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/stored.h"
#include "analysis/summary.h"
#include "sim/base/array.h"
#include "sim/engine/engine.h"

static const char *const path = FSIM_BINARY_DIR "/test_stored.h5";

static const char yaml[] =
    "scenario: stored\n"
    "start: 2026-01-05\n"
    "horizon: 10 w\n"
    "warm_up: 2 w\n"
    "replications: 6\n"
    "seed: 4\n"
    "models:\n"
    "  basic:\n"
    "    funnel: basic\n"
    "    entry: lead\n"
    "    stages:\n"
    "      lead:\n"
    "        wait: {lognormal: {mean: 3 d, cv: 1}}\n"
    "        exits: {offer: {uncertain: {beta: {successes: 30, trials: 60}}}, lost: rest}\n"
    "      offer:\n"
    "        wait: {gamma: {mean: 9 d, cv: 0.8}}\n"
    "        exits: {won: 0.5, lead: 0.1, lost: rest}\n"
    "        expire: {after: 20 d, to: lost}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "    value: {lognormal: {mean: 900, cv: 1}}\n"
    "streams:\n"
    "  web: {into: basic, rate: 5 / d, cost: 3}\n";

/* Simulates into `path`, keeping the trajectories of so many replications. */
static void write_file(uint32_t keep, double share) {
  fsim_report *report = fsim_report_new();
  fsim_source *source = NULL;
  fsim_scenario *scenario = NULL;
  fsim_shape *shape = NULL;
  fsim_store_writer *writer = NULL;
  fsim_run_result result;
  unlink(path);
  fsim_store_options to = {.path = path,
                           .engine = "independent",
                           .keep_replications = keep,
                           .keep_share = share,
                           .replications = 6};
  fsim_run_options how = {.threads = 1, .keep = {keep, share}, .end = 6};
  int status = fsim_source_parse("stored.yaml", yaml, strlen(yaml), NULL, NULL, NULL, 0, NULL, 0,
                                 report, &source);
  if (status == FSIM_OK) status = fsim_source_realise(source, FSIM_CENTRAL, report, &scenario);
  if (status == FSIM_OK) status = fsim_shape_make(scenario, report, &shape);
  if (status == FSIM_OK) status = fsim_store_create(source, scenario, shape, &to, report, &writer);
  assert_int_equal(status, FSIM_OK);
  status = fsim_run(source, scenario, shape, &how, fsim_store_sink(writer), report, &result);
  if (status == FSIM_OK) status = fsim_store_finish(writer, report, report);
  assert_int_equal(status, FSIM_OK);
  fsim_store_close(writer);
  fsim_shape_free(shape);
  fsim_scenario_free(scenario);
  fsim_source_free(source);
  fsim_report_free(report);
}

/* Opens `path`, counts its rows again, and builds a summary; the first message goes to *text. */
static int recompute(uint32_t *checked, char *text, size_t size) {
  fsim_report *report = fsim_report_new();
  fsim_store_reader *reader = NULL;
  fsim_pool *pool = NULL;
  fsim_series_source source;
  fsim_summary *summary = NULL;
  fsim_summary_options options = {NULL, 0};
  assert_int_equal(fsim_store_open(path, report, &reader), FSIM_OK);
  assert_int_equal(fsim_stored_source(reader, report, &pool, &source), FSIM_OK);
  int status = fsim_stored_recompute(reader, &source, report, checked);
  const fsim_message *first = fsim_report_message(report, 0);
  snprintf(text, size, "%s", first == NULL ? "" : first->text);
  assert_int_equal(fsim_summary_make(&source, &options, report, &summary), FSIM_OK);
  assert_true(summary->throughput[0].total.mean.estimate > 0);
  fsim_summary_free(summary);
  fsim_pool_free(pool);
  fsim_store_reader_close(reader);
  fsim_report_free(report);
  return status;
}

/* Adds 1 to the last cell of a dataset of 64-bit integers. */
static void alter(const char *dataset) {
  hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
  hid_t set = H5Dopen2(file, dataset, H5P_DEFAULT), space = H5Dget_space(set);
  assert_true(file >= 0 && set >= 0 && space >= 0);
  size_t n = (size_t)H5Sget_simple_extent_npoints(space);
  int64_t *values = fsim_zeroed(n, sizeof *values);
  assert_non_null(values);
  assert_true(H5Dread(set, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
  values[n - 1] += 1;
  assert_true(H5Dwrite(set, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
  free(values);
  H5Sclose(space);
  H5Dclose(set);
  H5Fclose(file);
}

static void rows_counted_again_are_the_stored_sums(void **state) {
  (void)state;
  uint32_t checked;
  char text[512];
  write_file(UINT32_MAX, 1);
  assert_int_equal(recompute(&checked, text, sizeof text), FSIM_OK);
  assert_int_equal(checked, 6);
  write_file(3, 1);
  assert_int_equal(recompute(&checked, text, sizeof text), FSIM_OK);
  assert_int_equal(checked, 3);
}

static void an_altered_sum_is_named(void **state) {
  (void)state;
  uint32_t checked;
  char text[512];
  write_file(UINT32_MAX, 1);
  alter("/series/ended");
  assert_int_equal(recompute(&checked, text, sizeof text), FSIM_FAILED);
  assert_int_equal(checked, 5);
  assert_non_null(strstr(text, "replication 5: ended[basic.lost, segment=all] is "));
}

static void without_all_leads_there_is_nothing_to_compare(void **state) {
  (void)state;
  uint32_t checked;
  char text[512];
  write_file(0, 1);
  assert_int_equal(recompute(&checked, text, sizeof text), FSIM_BAD_INPUT);
  assert_non_null(strstr(text, "no trajectories"));
  write_file(UINT32_MAX, 0.3);
  assert_int_equal(recompute(&checked, text, sizeof text), FSIM_BAD_INPUT);
  assert_non_null(strstr(text, "only a share of the leads"));
}

static int remove_file(void **state) {
  (void)state;
  unlink(path);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_counted_again_are_the_stored_sums),
      cmocka_unit_test(an_altered_sum_is_named),
      cmocka_unit_test(without_all_leads_there_is_nothing_to_compare),
  };
  return cmocka_run_group_tests(tests, NULL, remove_file);
}
