/* Where results go: what the runner of an engine calls and the result file (or a test) provides.
 *
 * The runner works in batches of replications. In a batch its threads call take() for parts and
 * finish() for replications, strictly in order of (replication, part), one call at a time; help()
 * at any time from any thread; tend() only on the thread that called the runner. Between batches,
 * when all threads rest, the runner calls commit() on that same thread. */
#ifndef FSIM_RECORD_SINK_H
#define FSIM_RECORD_SINK_H

#include "sim/record/pool.h"
#include "sim/record/trajectory.h"

typedef struct fsim_sink {
  void *self;
  /* A part of a replication's trajectory. The sink copies what it needs. */
  int (*take)(void *self, const fsim_trajectory *part, fsim_report *report);
  /* A replication is whole: its record (shape.n_cells cells). Called after its parts. */
  int (*finish)(void *self, uint32_t replication, const int64_t *record, fsim_report *report);
  /* Does one piece of waiting work (compressing a chunk); false when there is none. */
  bool (*help)(void *self);
  /* Writes what is ready. */
  int (*tend)(void *self, fsim_report *report);
  /* All replications below `done` are whole, and `pool` sums exactly the units up to there. */
  int (*commit)(void *self, uint32_t done, const fsim_pool *pool, fsim_report *report);
} fsim_sink;

#endif
