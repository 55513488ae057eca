/* Commits: all rows and sums of the first so many replications are in the file, then their count.
 *
 * A kill at any moment is harmless: chunks and sums go to places that the last commit does not
 * refer to; whatever refers to them, and the attribute `replications`, which says how far readers
 * may go, reaches the file in one flush, as a whole or not at all (journal.h).
 *
 * Chunks that are not full and the sums are written again at every commit, and the older versions
 * remain as holes. So a commit waits until twenty times as much was written in full chunks, but no
 * longer than ten seconds: holes stay below a twentieth of the file, and a kill costs seconds. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/store/hdf.h"
#include "sim/store/writer.h"

#define SHORTEST_S 0.25
#define LONGEST_S 10
#define HOLES_SHARE 20

static double now_s(void) {
  struct timespec t;
  if (clock_gettime(CLOCK_MONOTONIC, &t) != 0) return 0;
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool due(const fsim_store_writer *w) {
  if (w->last_commit_s == 0 || w->commit_every_s < 0) return true;
  double since = now_s() - w->last_commit_s;
  if (w->commit_every_s > 0) return since >= w->commit_every_s;
  uint64_t bytes = fsim_chunks_bytes(w->chunks) - w->bytes_then;
  return since >= LONGEST_S || (since >= SHORTEST_S && bytes >= HOLES_SHARE * w->commit_bytes);
}

static int write_commit(fsim_store_writer *w, uint32_t done, const fsim_pool *pool) {
  const char *current = fsim_aggregates_find(w->file, w->committed);
  bool use_other = current != NULL && strcmp(current, FSIM_AGGREGATES) == 0;
  if (fsim_chunks_settle(w->chunks) != 0) return -1;
  if (fsim_aggregates_write(w->file, use_other ? FSIM_AGGREGATES_OTHER : FSIM_AGGREGATES, done,
                            pool, &w->pool_bytes) != 0)
    return -1;
  if (fsim_hdf_put_number(w->file, "replications", H5T_NATIVE_UINT32, &done) != 0) return -1;
  return H5Fflush(w->file, H5F_SCOPE_GLOBAL) < 0 ? -1 : 0;
}

static int commit_now(fsim_store_writer *w, uint32_t done, const fsim_pool *pool,
                      fsim_report *report) {
  w->waiting = 0;
  if (done == w->committed) return FSIM_OK;
  w->pool_bytes = 0;
  int ret = fsim_chunks_write_full(w->chunks);
  uint64_t before = fsim_chunks_bytes(w->chunks);
  if (ret == 0) ret = write_commit(w, done, pool);
  if (ret != 0) {
    w->broken = true;
    return fsim_hdf_failure(report, "write", w->partial);
  }
  w->committed = done;
  w->bytes_then = fsim_chunks_bytes(w->chunks);
  w->commit_bytes = w->bytes_then - before + w->pool_bytes;
  w->last_commit_s = now_s();
  return FSIM_OK;
}

static int keep_pool(fsim_store_writer *w, const fsim_pool *pool) {
  if (w->waiting_pool == NULL) w->waiting_pool = fsim_pool_new(pool->n_histograms);
  fsim_pool *kept = w->waiting_pool;
  if (kept == NULL) return -1;
  size_t n = pool->n_histograms;
  kept->units = pool->units;
  memcpy(kept->count, pool->count, n * FSIM_TIME_CLASSES * sizeof *kept->count);
  memcpy(kept->below_sq, pool->below_sq, n * FSIM_COARSE_CLASSES * sizeof *kept->below_sq);
  memcpy(kept->below_n, pool->below_n, n * FSIM_COARSE_CLASSES * sizeof *kept->below_n);
  memcpy(kept->n_sq, pool->n_sq, n * sizeof *kept->n_sq);
  return 0;
}

int fsim_store_commit(void *self, uint32_t done, const fsim_pool *pool, fsim_report *report) {
  fsim_store_writer *w = self;
  fsim_hdf_quiet();
  if (w->broken) return FSIM_FAILED;
  if (due(w)) return commit_now(w, done, pool, report);
  if (keep_pool(w, pool) != 0) return fsim_no_memory(report);
  w->waiting = done;
  return FSIM_OK;
}

int fsim_store_commit_waiting(fsim_store_writer *w, fsim_report *report) {
  if (w->waiting == 0 || w->broken) return FSIM_OK;
  return commit_now(w, w->waiting, w->waiting_pool, report);
}
