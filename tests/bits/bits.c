/* Runs a short piece of a scenario and prints a digest of every row and every count of it. Rows of
 * the last replications are not kept, which engines may count in other ways. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/text.h"
#include "sim/engine/engine.h"

typedef struct digest {
  uint64_t hash;
  uint64_t pooled; /* of the last commit: how many there are is a matter of time */
  size_t rows;
  size_t n_cells;
} digest;

static int digest_part(void *self, const fsim_trajectory *part, fsim_report *report) {
  digest *d = self;
  (void)report;
  for (size_t c = 0; c < FSIM_N_COLUMNS; c++) {
    size_t bytes = part->rows[fsim_columns[c].table] * fsim_column_size(fsim_columns[c].type);
    d->hash = fsim_hash_mix(d->hash, fsim_hash_bytes(part->column[c], bytes));
  }
  for (size_t a = 0; a < part->n_attributes; a++)
    d->hash = fsim_hash_mix(d->hash, fsim_hash_bytes(part->attribute[a], part->rows[FSIM_LEADS]));
  d->rows += part->rows[FSIM_VISITS];
  return FSIM_OK;
}

static int digest_record(void *self, uint32_t replication, const int64_t *record,
                         fsim_report *report) {
  digest *d = self;
  (void)report;
  d->hash =
      fsim_hash_mix(d->hash + replication, fsim_hash_bytes(record, d->n_cells * sizeof(int64_t)));
  return FSIM_OK;
}

static bool nothing_to_help(void *self) {
  (void)self;
  return false;
}

static int nothing_to_tend(void *self, fsim_report *report) {
  (void)self;
  (void)report;
  return FSIM_OK;
}

static int digest_commit(void *self, uint32_t done, const fsim_pool *pool, fsim_report *report) {
  digest *d = self;
  (void)done;
  (void)report;
  size_t cells = pool->n_histograms * FSIM_TIME_CLASSES;
  d->pooled = fsim_hash_bytes(pool->count, cells * sizeof(uint64_t));
  return FSIM_OK;
}

static int run(const char *path, fsim_report *report, digest *d) {
  const char *const sets[] = {"horizon=40 w", "warm_up=4 w"};
  fsim_source *source = NULL;
  fsim_scenario *scenario = NULL;
  fsim_shape *shape = NULL;
  int ret = fsim_source_load(path, sets, sizeof sets / sizeof sets[0], report, &source);
  if (ret) goto out;
  if ((ret = fsim_source_realise(source, FSIM_CENTRAL, report, &scenario))) goto out;
  if ((ret = fsim_shape_make(scenario, report, &shape))) goto out;
  d->n_cells = shape->n_cells;
  fsim_run_options options = {.threads = 1, .keep = {.replications = 2, .share = 1}, .end = 4};
  fsim_sink sink = {.self = d,
                    .take = digest_part,
                    .finish = digest_record,
                    .help = nothing_to_help,
                    .tend = nothing_to_tend,
                    .commit = digest_commit};
  fsim_run_result result;
  ret = fsim_run(source, scenario, shape, &options, &sink, report, &result);
out:
  fsim_shape_free(shape);
  fsim_scenario_free(scenario);
  fsim_source_free(source);
  return ret;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  fsim_report *report = fsim_report_new();
  digest d = {0};
  int ret = run(argv[1], report, &d);
  for (size_t i = 0; ret && fsim_report_message(report, i); i++)
    fprintf(stderr, "%s\n", fsim_report_message(report, i)->text);
  fsim_report_free(report);
  if (!ret) printf("%016" PRIx64 " of %zu visits\n", fsim_hash_mix(d.hash, d.pooled), d.rows);
  return ret;
}
