/* A scenario from a text, and an engine that makes up rows and counts by formula: the store must
 * give back whatever it was given. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

/* cmocka wants these four before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/text.h"
#include "sim/store/store.h"

#define FIXTURE_YAML(seed, mean)                                            \
  "scenario: made-up\n"                                                     \
  "currency: EUR\n"                                                         \
  "models:\n"                                                               \
  "  basic:\n"                                                              \
  "    funnel: basic\n"                                                     \
  "    entry: enquiry\n"                                                    \
  "    stages:\n"                                                           \
  "      enquiry: {wait: {exponential: {mean: " mean                        \
  "}}, exits: {offer: 0.5, lost: rest}}\n"                                  \
  "      offer: {wait: 5 d, exits: {won: 0.4, enquiry: 0.1, lost: rest}}\n" \
  "    outcomes: {won: {counts_as: win}, lost: {}}\n"                       \
  "    value: 1000\n"                                                       \
  "start: 2026-01-05\n"                                                     \
  "horizon: 12 w\n"                                                         \
  "warm_up: 2 w\n"                                                          \
  "replications: 20\n"                                                      \
  "seed: " seed                                                             \
  "\n"                                                                      \
  "attributes: {segment: [smb, enterprise], stream: [a, b, c]}\n"           \
  "streams:\n"                                                              \
  "  web:\n"                                                                \
  "    into: basic\n"                                                       \
  "    rate: 5 / d\n"                                                       \
  "    attributes: {segment: {smb: 0.8, enterprise: 0.2}, stream: a}\n"     \
  "  past:\n"                                                               \
  "    into: basic\n"                                                       \
  "    csv: {file: leads.csv, date: created}\n"                             \
  "    attributes: {segment: smb, stream: b}\n"

#define FIXTURE_CSV "created\n2026-01-06\n2026-01-07 10:00\n"

typedef struct fixture {
  fsim_report *report;
  fsim_source *source;
  fsim_scenario *scenario;
  fsim_shape *shape;
} fixture;

static inline void fixture_show(const fsim_report *report) {
  const fsim_message *m;
  for (size_t i = 0; (m = fsim_report_message(report, i)) != NULL; i++)
    fprintf(stderr, "%s:%d:%d: %s\n", m->file == NULL ? "" : m->file, m->line, m->column, m->text);
}

static inline fixture fixture_make(const char *yaml, const char *csv) {
  fixture f = {.report = fsim_report_new()};
  const char *name = "leads.csv";
  size_t length = strlen(csv);
  int status = fsim_source_parse("made-up.yaml", yaml, strlen(yaml), &name, &csv, &length, 1, NULL,
                                 0, f.report, &f.source);
  if (status == FSIM_OK)
    status = fsim_source_realise(f.source, FSIM_CENTRAL, f.report, &f.scenario);
  if (status == FSIM_OK) status = fsim_shape_make(f.scenario, f.report, &f.shape);
  if (status != FSIM_OK) fixture_show(f.report);
  assert_int_equal(status, FSIM_OK);
  return f;
}

static inline fixture fixture_usual(void) {
  return fixture_make(FIXTURE_YAML("42", "3 d"), FIXTURE_CSV);
}

static inline void fixture_free(fixture *f) {
  fsim_shape_free(f->shape);
  fsim_scenario_free(f->scenario);
  fsim_source_free(f->source);
  fsim_report_free(f->report);
}

/* The file of a test, fresh. */
static inline char *fixture_path(char *path, size_t size, const char *name) {
  char partial[400];
  snprintf(path, size, "%s/store-%s.h5", FSIM_BINARY_DIR, name);
  snprintf(partial, sizeof partial, "%s.partial", path);
  unlink(path);
  unlink(partial);
  return path;
}

static inline bool exists(const char *path) {
  struct stat info;
  return stat(path, &info) == 0;
}

/* ---- made-up results: pure functions of replication, table and row ---- */

static inline uint64_t made_up(uint64_t a, uint64_t b, uint64_t c) {
  return fsim_hash_mix(fsim_hash_mix(a, b), c);
}

static inline size_t made_up_rows(uint32_t replication, size_t table, size_t scale) {
  static const size_t per_lead[FSIM_N_TABLES] = {1, 2, 7};
  return replication % 5 == 3 ? 0 : per_lead[table] * (scale + made_up(replication, 0, 0) % 100);
}

/* As small as real columns are: names in range, times within the horizon, some columns constant or
 * equal to others, but for some replications. */
static inline uint64_t made_up_value(const fixture *f, size_t column, uint32_t replication,
                                     size_t row) {
  const fsim_scenario *s = f->scenario;
  bool usual = replication % 8 != 7;
  if (usual && column == FSIM_VISIT_WOULD_EXIT) column = FSIM_VISIT_EXIT;
  if (usual && column == FSIM_LEAD_NUMBER) column = FSIM_LEAD_LEAD;
  uint64_t x = made_up(replication, column, row) >> 8;
  switch (fsim_columns[column].names) {
    case FSIM_STREAM_NAMES:
      return x % s->n_streams;
    case FSIM_FUNNEL_NAMES:
      return x % s->n_funnels;
    case FSIM_STAGE_NAMES:
      return x % s->n_stages;
    case FSIM_OUTCOME_NAMES:
      return x % (s->n_outcomes + 1);
    case FSIM_EXIT_NAMES:
      return x % (s->n_stages + s->n_outcomes + 1);
    case FSIM_REASON_NAMES:
      return x % (FSIM_STILL_OPEN + 1);
    case FSIM_NO_NAMES:
    case FSIM_ATTRIBUTE_NAMES:
      break;
  }
  if (strcmp(fsim_columns[column].name, "replication") == 0) return replication;
  if (usual && (column == FSIM_VISIT_QUEUE || column == FSIM_VISIT_WORK)) return 0;
  return x % (uint64_t)s->horizon_s % (fsim_columns[column].type == FSIM_U16 ? 60000 : UINT32_MAX);
}

static inline void made_up_set(void *column, fsim_column_type type, size_t row, uint64_t value) {
  switch (type) {
    case FSIM_U8:
      ((uint8_t *)column)[row] = (uint8_t)value;
      break;
    case FSIM_U16:
      ((uint16_t *)column)[row] = (uint16_t)value;
      break;
    case FSIM_U32:
      ((uint32_t *)column)[row] = (uint32_t)value;
      break;
    case FSIM_I32:
      ((int32_t *)column)[row] = (int32_t)value - 1000; /* open deals began before the start */
      break;
    case FSIM_F64:
      ((double *)column)[row] = (double)value / 100;
      break;
  }
}

/* Rows first … first + n - 1 of a replication's table, added to a trajectory. */
static inline void made_up_part(const fixture *f, fsim_trajectory *rows, size_t table, size_t first,
                                size_t n) {
  assert_int_equal(fsim_trajectory_reserve(rows, (fsim_table)table, n), 0);
  for (size_t c = 0; c < FSIM_N_COLUMNS; c++) {
    if (fsim_columns[c].table != table) continue;
    for (size_t i = 0; i < n; i++)
      made_up_set(rows->column[c], fsim_columns[c].type, i,
                  made_up_value(f, c, rows->replication, first + i));
  }
  for (size_t a = 0; table == FSIM_LEADS && a < rows->n_attributes; a++)
    for (size_t i = 0; i < n; i++)
      rows->attribute[a][i] = (uint8_t)(made_up(rows->replication, 1000 + a, first + i) %
                                        f->scenario->attributes[a].n_values);
  rows->rows[table] = n;
}

static inline void made_up_record(const fixture *f, uint32_t replication, int64_t *record) {
  for (size_t i = 0; i < f->shape->n_cells; i++)
    record[i] = (int64_t)(made_up(replication, 7, i) % 1000) - 3;
}

static inline void made_up_unit(const fixture *f, uint32_t replication, uint32_t *histograms) {
  for (size_t i = 0; i < f->shape->n_histograms * FSIM_TIME_CLASSES; i++) {
    uint64_t x = made_up(replication, 8, i);
    histograms[i] = x % 16 == 0 && i % FSIM_TIME_CLASSES < 2000 ? (uint32_t)(x >> 48) : 0;
  }
}

typedef struct made_up_run {
  uint32_t first, end, batch;
  size_t scale; /* leads of a replication, about */
} made_up_run;

/* Delivers replications to a sink as the runner does, two parts each; then the status. */
static inline int made_up_deliver(const fixture *f, const made_up_run *run, const fsim_sink *sink,
                                  fsim_pool *pool) {
  int status = FSIM_OK;
  fsim_trajectory *part = fsim_trajectory_new(f->scenario->n_attributes);
  int64_t *record = calloc(f->shape->n_cells, sizeof *record);
  uint32_t *unit = calloc(f->shape->n_histograms * FSIM_TIME_CLASSES, sizeof *unit);
  assert_true(part != NULL && record != NULL && unit != NULL);
  for (uint32_t r = run->first; status == FSIM_OK && r < run->end; r++) {
    part->replication = r;
    for (int half = 0; status == FSIM_OK && half < 2; half++) {
      fsim_trajectory_clear(part);
      for (size_t t = 0; t < FSIM_N_TABLES; t++) {
        size_t n = made_up_rows(r, t, run->scale), middle = n / 3;
        made_up_part(f, part, t, half == 0 ? 0 : middle, half == 0 ? middle : n - middle);
      }
      status = sink->take(sink->self, part, f->report);
    }
    made_up_record(f, r, record);
    made_up_unit(f, r, unit);
    if (status == FSIM_OK) status = sink->finish(sink->self, r, record, f->report);
    fsim_pool_add(pool, unit);
    if (r % 3 == 0) sink->help(sink->self);
    if (status == FSIM_OK) status = sink->tend(sink->self, f->report);
    if (status == FSIM_OK && ((r + 1) % run->batch == 0 || r + 1 == run->end))
      status = sink->commit(sink->self, r + 1, pool, f->report);
  }
  fsim_trajectory_free(part);
  free(record);
  free(unit);
  return status;
}

static inline fsim_store_options made_up_options(const char *path, uint32_t replications) {
  return (fsim_store_options){.path = path,
                              .engine = "made-up",
                              .keep_replications = UINT32_MAX,
                              .keep_share = 1,
                              .replications = replications,
                              .commit_every_s = -1};
}

/* A whole file. */
static inline void made_up_file(const fixture *f, const char *path, uint32_t replications,
                                uint32_t batch, size_t scale) {
  fsim_store_options options = made_up_options(path, replications);
  made_up_run run = {0, replications, batch, scale};
  fsim_store_writer *writer;
  fsim_pool *pool = fsim_pool_new(f->shape->n_histograms);
  int status = fsim_store_create(f->source, f->scenario, f->shape, &options, f->report, &writer);
  if (status == FSIM_OK) status = made_up_deliver(f, &run, fsim_store_sink(writer), pool);
  if (status == FSIM_OK) status = fsim_store_finish(writer, f->report, f->report);
  if (status != FSIM_OK) fixture_show(f->report);
  assert_int_equal(status, FSIM_OK);
  fsim_store_close(writer);
  fsim_pool_free(pool);
}

/* ---- the same contents? ---- */

static inline void *all_bytes(hid_t set, size_t *length) {
  hid_t type = H5Dget_type(set), space = H5Dget_space(set);
  *length = (size_t)H5Sget_simple_extent_npoints(space) * H5Tget_size(type);
  void *bytes = calloc(*length + 1, 1);
  assert_non_null(bytes);
  assert_true(H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) >= 0);
  H5Tclose(type);
  H5Sclose(space);
  return bytes;
}

static inline herr_t compare_object(hid_t file, const char *name, const H5O_info_t *info,
                                    void *other) {
  if (info->type != H5O_TYPE_DATASET) return 0;
  size_t n, m;
  hid_t a = H5Dopen2(file, name, H5P_DEFAULT), b = H5Dopen2(*(hid_t *)other, name, H5P_DEFAULT);
  if (a < 0 || b < 0) fail_msg("%s is missing", name);
  void *x = all_bytes(a, &n), *y = all_bytes(b, &m);
  if (n != m || memcmp(x, y, n) != 0) fail_msg("%s differs", name);
  free(x);
  free(y);
  H5Dclose(a);
  H5Dclose(b);
  return 0;
}

/* Every dataset of either is in the other, bit for bit. */
static inline void assert_same_contents(const char *path_a, const char *path_b) {
  hid_t a = H5Fopen(path_a, H5F_ACC_RDONLY, H5P_DEFAULT);
  hid_t b = H5Fopen(path_b, H5F_ACC_RDONLY, H5P_DEFAULT);
  assert_true(a >= 0 && b >= 0);
  assert_true(H5Ovisit(a, H5_INDEX_NAME, H5_ITER_NATIVE, compare_object, &b) >= 0);
  assert_true(H5Ovisit(b, H5_INDEX_NAME, H5_ITER_NATIVE, compare_object, &a) >= 0);
  H5Fclose(a);
  H5Fclose(b);
}

static inline bool report_says(const fsim_report *report, const char *words) {
  const fsim_message *m;
  for (size_t i = 0; (m = fsim_report_message(report, i)) != NULL; i++)
    if (strstr(m->text, words) != NULL) return true;
  return false;
}

#endif
