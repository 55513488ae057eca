/* The result file (HDF5): writing, resuming, extending, reading. docs/result-file.md describes it.
 */
#ifndef FSIM_STORE_STORE_H
#define FSIM_STORE_STORE_H

#include "sim/model/source.h"
#include "sim/record/sink.h"

/* ---- writing ---- */

typedef struct fsim_store_writer fsim_store_writer;

typedef struct fsim_store_options {
  const char *path; /* final name; PATH.partial until whole */
  const char *engine;
  uint32_t keep_replications; /* see fsim_keep */
  double keep_share;
  uint32_t replications; /* in the end */
  double commit_every_s; /* time between commits that reach the file; 0: as commit.c thinks
                            best; negative: every one that the engine offers */
} fsim_store_options;

/* Creates PATH.partial. Folders that are missing, unwritable or full: FSIM_FAILED (or BAD_INPUT for
 * a folder that does not exist), and nothing is left behind. */
int fsim_store_create(const fsim_source *source, const fsim_scenario *scenario,
                      const fsim_shape *shape, const fsim_store_options *options,
                      fsim_report *report, fsim_store_writer **writer);
/* Opens PATH.partial of a killed run (`extend` false) or a copy of the finished PATH (`extend`
 * true) to go on: rows after the last commit are cut off. Scenario, seed, version and digests must
 * be those of the file, else FSIM_BAD_INPUT says which differs. *done is the count of replications
 * to go on from, *pool the sums so far (owner: the caller). */
int fsim_store_continue(const fsim_source *source, const fsim_scenario *scenario,
                        const fsim_shape *shape, const fsim_store_options *options, bool extend,
                        fsim_report *report, fsim_store_writer **writer, uint32_t *done,
                        fsim_pool **pool);
/* Does the finished file options->path hold what a run with these options gives? If not,
 * FSIM_BAD_INPUT says what differs. replications 0: as many as the same scenario took. */
int fsim_store_check(const fsim_source *source, const fsim_scenario *scenario,
                     const fsim_store_options *options, fsim_report *report);
const fsim_sink *fsim_store_sink(fsim_store_writer *writer);
/* Marks it complete with the run's warnings and notes, closes the file and renames it. On failure the partial
 * stays. The writer is still to be freed by fsim_store_close. */
int fsim_store_finish(fsim_store_writer *writer, const fsim_report *warnings, fsim_report *report);
/* Closes; the partial file stays, readable, with what was committed (or is removed when nothing
 * was). Frees the writer in every case. */
void fsim_store_close(fsim_store_writer *writer);

/* ---- reading ---- */

typedef struct fsim_store_reader fsim_store_reader;

/* Opens a result file (also a .partial): foreign, damaged, truncated or newer files get a message
 * with the remedy. The scenario inside is parsed and realised (central). */
int fsim_store_open(const char *path, fsim_report *report, fsim_store_reader **reader);
void fsim_store_reader_close(fsim_store_reader *reader);

const fsim_scenario *fsim_store_scenario(const fsim_store_reader *reader);
const fsim_source *fsim_store_source(const fsim_store_reader *reader);
const fsim_shape *fsim_store_shape(const fsim_store_reader *reader);
uint32_t fsim_store_replications(const fsim_store_reader *reader); /* committed */
bool fsim_store_complete(const fsim_store_reader *reader);
const char *fsim_store_engine(const fsim_store_reader *reader);
size_t fsim_store_n_warnings(const fsim_store_reader *reader);
const char *fsim_store_warning(const fsim_store_reader *reader, size_t i);
/* What was chosen for the run, such as its warm-up or number of replications. */
size_t fsim_store_n_notes(const fsim_store_reader *reader);
const char *fsim_store_note(const fsim_store_reader *reader, size_t i);
/* Replications whose trajectories are inside, and the share of leads kept in them. */
void fsim_store_kept(const fsim_store_reader *reader, uint32_t *replications, double *share);

/* Cells of one array for replications first … first + n - 1: values[n][cells of the array]. */
int fsim_store_series(fsim_store_reader *reader, fsim_cells array, uint32_t first, uint32_t n,
                      int64_t *values, fsim_report *report);
/* Sums over units; owner: the caller. */
int fsim_store_pool(fsim_store_reader *reader, fsim_report *report, fsim_pool **pool);
/* All rows of one replication; owner: the caller. */
int fsim_store_rows(fsim_store_reader *reader, uint32_t replication, fsim_report *report,
                    fsim_trajectory **rows);

#endif
