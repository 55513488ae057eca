/* A result file as a source of series, and the proof that its rows and its sums say the same. */
#ifndef FSIM_ANALYSIS_STORED_H
#define FSIM_ANALYSIS_STORED_H

#include "analysis/series.h"
#include "sim/store/store.h"

/* Fills *source with what the reader has; *pool belongs to the caller and, like the reader, must
 * outlive the source. A file without any replication is FSIM_FAILED. */
int fsim_stored_source(fsim_store_reader *reader, fsim_report *report, fsim_pool **pool,
                       fsim_series_source *source);

/* Rows of replications one by one, from the reader; `read` is NULL when there is no reader, or not
 * all leads of all replications are kept. */
fsim_row_source fsim_stored_rows(fsim_store_reader *reader);

/* Counts the stored rows again (fsim_recount) and compares every cell of every replication that has
 * them with /series and, when all replications have, the pooled times too. *checked is the number
 * of replications compared. FSIM_FAILED names the first difference; FSIM_BAD_INPUT when the file
 * keeps no trajectories, or only a share of the leads. */
int fsim_stored_recompute(fsim_store_reader *reader, const fsim_series_source *source,
                          fsim_report *report, uint32_t *checked);

#endif
