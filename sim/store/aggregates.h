/* /aggregates: the sums over replications that intervals of quantiles need (record/pool.h).
 *
 * They change at every commit, so a file that is being written has two such groups: a commit fills
 * the one that the last commit does not refer to. Each says how many replications it sums; the
 * valid one is that whose count is the file's `replications`. A finished file has only /aggregates.
 */
#ifndef FSIM_STORE_AGGREGATES_H
#define FSIM_STORE_AGGREGATES_H

#include <hdf5.h>

#include "sim/record/pool.h"
#include "sim/store/compress.h"

#define FSIM_AGGREGATES "/aggregates"
#define FSIM_AGGREGATES_OTHER "/aggregates_other"

/* Makes an empty group of sums, of no replication. 0 or -1. */
int fsim_aggregates_create(hid_t file, const char *group, size_t n_histograms);
/* Writes a pool that sums `replications`. Adds the bytes written. 0 or -1. */
int fsim_aggregates_write(hid_t file, const char *group, uint32_t replications,
                          const fsim_pool *pool, uint64_t *bytes);
/* Reads a group's sums into an empty pool of the right size. 0 or -1. */
int fsim_aggregates_read(hid_t file, const char *group, fsim_pool *pool);
/* The group that sums so many replications, or NULL. */
const char *fsim_aggregates_find(hid_t file, uint32_t replications);

#endif
