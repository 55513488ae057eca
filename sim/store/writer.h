/* A result file that is being written: what writer.c, commit.c and resume.c share. */
#ifndef FSIM_STORE_WRITER_H
#define FSIM_STORE_WRITER_H

#include <hdf5.h>

#include "sim/store/aggregates.h"
#include "sim/store/chunks.h"
#include "sim/store/store.h"

struct fsim_store_writer {
  hid_t file;
  char *path;    /* final */
  char *partial; /* PATH.partial */
  const fsim_scenario *scenario;
  const fsim_shape *shape;
  fsim_layout *layout;
  fsim_chunks *chunks;
  fsim_sink sink;

  uint32_t committed;        /* replications that the file surely has */
  uint32_t committed_before; /* when it was opened */
  bool resumed; /* the partial file of a killed run, which stays also when nothing is added */
  bool broken;  /* a write failed: the file stays as the last commit left it */
  bool finished;
  double commit_every_s; /* see fsim_store_options */
  double last_commit_s;  /* on the monotonic clock; 0: none yet */
  uint64_t bytes_then,
      commit_bytes; /* of chunks, at the last commit; written by that commit alone */
  uint64_t pool_bytes;
  uint32_t waiting; /* replications that are whole but not yet committed; 0: none */
  fsim_pool *waiting_pool;
};

/* A writer without a file; NULL when memory is out. */
fsim_store_writer *fsim_store_writer_new(const fsim_scenario *scenario, const fsim_shape *shape,
                                         const fsim_store_options *options);
/* Closes and frees; 0, or -1 when HDF5 failed to close. */
int fsim_store_writer_free(fsim_store_writer *writer);
/* Whether a file may be written there: an existing folder, not a folder itself. */
int fsim_store_check_target(const char *path, fsim_report *report);
/* File properties: see writer.c. Negative when HDF5 fails. */
hid_t fsim_store_access(void);

/* commit.c */
int fsim_store_commit(void *self, uint32_t done, const fsim_pool *pool, fsim_report *report);
/* Commits what waits. */
int fsim_store_commit_waiting(fsim_store_writer *writer, fsim_report *report);

#endif
