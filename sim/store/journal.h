/* Commits that a kill cannot cut in two.
 *
 * HDF5 changes its metadata (indices, headers, attributes) in place, many small writes at every
 * flush. This driver, between HDF5 and its ordinary one, lets raw data through and holds metadata
 * back until the flush ends. Then all of it goes to FILE.journal first, next to its places, and the
 * journal is removed. A process that is killed leaves either no whole journal, and the file as the
 * commit before made it; or a whole one, and opening the file finishes the commit. */
#ifndef FSIM_STORE_JOURNAL_H
#define FSIM_STORE_JOURNAL_H

#include <hdf5.h>

#include "sim/base/report.h"

/* Makes files opened with these properties use the driver. 0 or -1. */
int fsim_journal_use(hid_t access);
/* From now on commits go through the journal beside `path`, the file's present name; before, a
 * half-made file is of no use anyway. 0 or -1. */
int fsim_journal_start(hid_t file, const char *path);
/* What HDF5 still holds goes nowhere: a write has failed, and the file is to stay as it is. */
void fsim_journal_abandon(hid_t file);
/* Finishes a commit that a kill has interrupted, unless the run is still at work. */
int fsim_journal_recover(const char *path, fsim_report *report);

#endif
