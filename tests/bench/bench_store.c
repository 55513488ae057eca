/* How fast rows become a file: the store against the same columns through HDF5's own gzip-4 filter.
 *
 *   taskset -c 0 bench_store [replications]
 *
 * Rows like those of a scenario of six stages with lognormal waits: about 36,500 leads and 85,000
 * visits a replication, times in seconds over a year, no queue and no work. One thread does all. */
#include <hdf5.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "sim/store/store.h"

static const char yaml[] =
    "scenario: bench\nmodels:\n  basic:\n    funnel: basic\n    entry: s1\n    stages:\n"
    "      s1: {wait: 4 d, exits: {s2: 0.6, lost: rest}}\n"
    "      s2: {wait: 4 d, exits: {s3: 0.55, lost: rest}}\n"
    "      s3: {wait: 4 d, exits: {s4: 0.5, lost: rest}}\n"
    "      s4: {wait: 4 d, exits: {s5: 0.45, lost: rest}}\n"
    "      s5: {wait: 4 d, exits: {s6: 0.6, lost: rest}}\n"
    "      s6: {wait: 4 d, exits: {won: 0.35, lost: rest}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "start: 2026-01-05\nhorizon: 365 d\nreplications: 1\nseed: 1\n"
    "streams: {web: {into: basic, rate: 100 / d}}\n";

enum { LEADS = 36500, STAGES = 6 };

static double now_s(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static uint64_t state = 88172645463325252u;
static double uniform(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (double)(state >> 11) * 0x1p-53;
}

/* A skewed wait with a mean of four days. */
static int32_t wait_s(void) {
  double u = uniform() * uniform() * uniform();
  return (int32_t)(345600 * 8 * u) + 1;
}

#define SET(id, type, row, value) (((type *)part->column[id])[row] = (type)(value))

static void add_visit(fsim_trajectory *part, uint32_t lead, size_t stage, int32_t t, int32_t wait,
                      size_t exit) {
  size_t row = part->rows[FSIM_VISITS]++;
  SET(FSIM_VISIT_REPLICATION, uint32_t, row, part->replication);
  SET(FSIM_VISIT_LEAD, uint32_t, row, lead);
  SET(FSIM_VISIT_JOURNEY, uint16_t, row, 0);
  SET(FSIM_VISIT_STAGE, uint16_t, row, stage);
  SET(FSIM_VISIT_VISIT, uint16_t, row, 0);
  SET(FSIM_VISIT_T_ENTER, int32_t, row, t);
  SET(FSIM_VISIT_QUEUE, int32_t, row, 0);
  SET(FSIM_VISIT_WORK, int32_t, row, 0);
  SET(FSIM_VISIT_WAIT, int32_t, row, wait);
  SET(FSIM_VISIT_EXIT, uint16_t, row, exit);
  SET(FSIM_VISIT_REASON, uint8_t, row, 0);
  SET(FSIM_VISIT_WOULD_EXIT, uint16_t, row, exit);
}

static void add_lead(fsim_trajectory *part, uint32_t lead) {
  static const double advance[STAGES] = {0.60, 0.55, 0.50, 0.45, 0.60, 0.35};
  int32_t arrive = (int32_t)((double)lead / LEADS * 365 * 86400), t = arrive;
  size_t row = part->rows[FSIM_LEADS]++, stage = 0, exit = 0;
  for (bool on = true; on && stage < STAGES; stage++) {
    int32_t wait = wait_s();
    on = uniform() < advance[stage];
    exit = on ? stage + 1 : STAGES + 1;
    add_visit(part, lead, stage, t, wait, exit);
    t += wait;
  }
  SET(FSIM_LEAD_REPLICATION, uint32_t, row, part->replication);
  SET(FSIM_LEAD_LEAD, uint32_t, row, lead);
  SET(FSIM_LEAD_STREAM, uint16_t, row, 0);
  SET(FSIM_LEAD_NUMBER, uint32_t, row, lead);
  SET(FSIM_LEAD_T_ARRIVE, int32_t, row, arrive);
  for (size_t a = 0; a < part->n_attributes; a++) part->attribute[a][row] = 0;
  row = part->rows[FSIM_JOURNEYS]++;
  SET(FSIM_JOURNEY_REPLICATION, uint32_t, row, part->replication);
  SET(FSIM_JOURNEY_LEAD, uint32_t, row, lead);
  SET(FSIM_JOURNEY_JOURNEY, uint16_t, row, 0);
  SET(FSIM_JOURNEY_PARENT, uint16_t, row, 0);
  SET(FSIM_JOURNEY_FUNNEL, uint16_t, row, 0);
  SET(FSIM_JOURNEY_T_START, int32_t, row, arrive);
  SET(FSIM_JOURNEY_T_END, int32_t, row, t);
  SET(FSIM_JOURNEY_OUTCOME, uint16_t, row, exit == STAGES ? 0 : 1);
  SET(FSIM_JOURNEY_VALUE, double, row, 0);
}

/* Seconds that the store takes, through to the closed and renamed file. */
static double time_store(const fsim_source *source, const fsim_scenario *scenario,
                         const fsim_shape *shape, fsim_trajectory *part, uint32_t replications,
                         fsim_report *report) {
  fsim_store_options options = {.path = "bench-store.h5",
                                .engine = "bench",
                                .keep_replications = UINT32_MAX,
                                .keep_share = 1,
                                .replications = replications};
  int64_t *record = calloc(shape->n_cells, sizeof *record);
  fsim_pool *pool = fsim_pool_new(shape->n_histograms);
  fsim_store_writer *writer = NULL;
  double start = now_s();
  int status = record == NULL || pool == NULL
                   ? FSIM_FAILED
                   : fsim_store_create(source, scenario, shape, &options, report, &writer);
  const fsim_sink *sink = status == FSIM_OK ? fsim_store_sink(writer) : NULL;
  for (uint32_t r = 0; status == FSIM_OK && r < replications; r++) {
    part->replication = r;
    status = sink->take(sink->self, part, report);
    if (status == FSIM_OK) status = sink->finish(sink->self, r, record, report);
    if (status == FSIM_OK) status = sink->tend(sink->self, report);
    if (status == FSIM_OK && r % 8 == 7) status = sink->commit(sink->self, r + 1, pool, report);
  }
  if (status == FSIM_OK) status = sink->commit(sink->self, replications, pool, report);
  if (status == FSIM_OK) status = fsim_store_finish(writer, NULL, report);
  fsim_store_close(writer);
  double seconds = now_s() - start;
  fsim_pool_free(pool);
  free(record);
  return status == FSIM_OK ? seconds : -1;
}

static hid_t memory_type(fsim_column_type type) {
  static const int sizes[] = {1, 2, 4, -4, 8};
  switch (sizes[type]) {
    case 1:
      return H5T_NATIVE_UINT8;
    case 2:
      return H5T_NATIVE_UINT16;
    case 4:
      return H5T_NATIVE_UINT32;
    case -4:
      return H5T_NATIVE_INT32;
    default:
      return H5T_NATIVE_DOUBLE;
  }
}

static hid_t make_column(hid_t file, size_t column) {
  char name[80];
  hsize_t none = 0, most = H5S_UNLIMITED, chunk = 65536;
  snprintf(name, sizeof name, "%s_%s", fsim_table_names[fsim_columns[column].table],
           fsim_columns[column].name);
  hid_t space = H5Screate_simple(1, &none, &most), properties = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(properties, 1, &chunk);
  H5Pset_shuffle(properties);
  H5Pset_deflate(properties, 4);
  hid_t set = H5Dcreate2(file, name, memory_type(fsim_columns[column].type), space, H5P_DEFAULT,
                         properties, H5P_DEFAULT);
  H5Pclose(properties);
  H5Sclose(space);
  return set;
}

static int append_column(hid_t set, hid_t type, const void *values, hsize_t from, hsize_t n) {
  hsize_t end = from + n;
  if (H5Dset_extent(set, &end) < 0) return -1;
  hid_t space = H5Dget_space(set), memory = H5Screate_simple(1, &n, NULL);
  H5Sselect_hyperslab(space, H5S_SELECT_SET, &from, NULL, &n, NULL);
  int ret = H5Dwrite(set, type, memory, space, H5P_DEFAULT, values) < 0 ? -1 : 0;
  H5Sclose(space);
  H5Sclose(memory);
  return ret;
}

/* The same columns through HDF5's filters, shuffle and gzip 4. */
static double time_filters(const fsim_trajectory *part, uint32_t replications) {
  double start = now_s();
  hid_t sets[FSIM_N_COLUMNS];
  hid_t file = H5Fcreate("bench-filters.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  int ret = file < 0 ? -1 : 0;
  for (size_t c = 0; ret == 0 && c < FSIM_N_COLUMNS; c++)
    if ((sets[c] = make_column(file, c)) < 0) return -1;
  for (uint32_t r = 0; r < replications; r++)
    for (size_t c = 0; ret == 0 && c < FSIM_N_COLUMNS; c++) {
      hsize_t n = part->rows[fsim_columns[c].table];
      ret = append_column(sets[c], memory_type(fsim_columns[c].type), part->column[c], r * n, n);
    }
  for (size_t c = 0; ret == 0 && c < FSIM_N_COLUMNS; c++) H5Dclose(sets[c]);
  if (file < 0 || H5Fclose(file) < 0) ret = -1;
  return ret == 0 ? now_s() - start : -1;
}

int main(int argc, char **argv) {
  uint32_t replications = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100, few;
  fsim_report *report = fsim_report_new();
  fsim_source *source = NULL;
  fsim_scenario *scenario = NULL;
  fsim_shape *shape = NULL;
  if (replications < 10) replications = 10;
  few = replications / 10;
  if (fsim_source_parse("bench.yaml", yaml, sizeof yaml - 1, NULL, NULL, NULL, 0, NULL, 0, report,
                        &source) != FSIM_OK ||
      fsim_source_realise(source, FSIM_CENTRAL, report, &scenario) != FSIM_OK ||
      fsim_shape_make(scenario, report, &shape) != FSIM_OK) {
    fprintf(stderr, "the scenario of the benchmark is wrong\n");
    return 1;
  }
  fsim_trajectory *part = fsim_trajectory_new(scenario->n_attributes);
  if (part == NULL || fsim_trajectory_reserve(part, FSIM_LEADS, LEADS) != 0 ||
      fsim_trajectory_reserve(part, FSIM_JOURNEYS, LEADS) != 0 ||
      fsim_trajectory_reserve(part, FSIM_VISITS, (size_t)LEADS * STAGES) != 0)
    return 1;
  for (uint32_t lead = 0; lead < LEADS; lead++) add_lead(part, lead);
  double visits = (double)part->rows[FSIM_VISITS];
  double store = time_store(source, scenario, shape, part, replications, report);
  double filters = time_filters(part, few);
  if (store < 0 || filters < 0) {
    fprintf(stderr, "cannot write bench-store.h5 and bench-filters.h5 here\n");
    return 1;
  }
  double fast = visits * replications / store / 1e6, slow = visits * few / filters / 1e6;
  printf("store                 %6.1f million visits/s\n", fast);
  printf("HDF5's gzip-4 filter  %6.1f million visits/s\n", slow);
  printf("ratio                 %6.1f\n", fast / slow);
  unlink("bench-store.h5");
  unlink("bench-filters.h5");
  fsim_trajectory_free(part);
  fsim_shape_free(shape);
  fsim_scenario_free(scenario);
  fsim_source_free(source);
  fsim_report_free(report);
  return 0;
}
