/* Opening a result file and telling what is wrong with one that is not; what reader.c and resume.c
 * both read. */
#ifndef FSIM_STORE_OPENING_H
#define FSIM_STORE_OPENING_H

#include <hdf5.h>

#include "sim/base/report.h"

/* FSIM_BAD_INPUT when there is no such file, or it is not a result of funnelsim or of a newer one;
 * FSIM_FAILED when it is damaged. */
int fsim_open_result(const char *path, unsigned flags, hid_t access, fsim_report *report,
                     hid_t *file);

/* Input files kept beside the scenario. */
typedef struct fsim_stored_files {
  char **names;
  char **texts;
  size_t *lengths;
  size_t n;
} fsim_stored_files;

/* `group` is /scenario. */
int fsim_stored_files_read(hid_t group, const char *path, fsim_report *report,
                           fsim_stored_files *files);
void fsim_stored_files_free(fsim_stored_files *files);

/* Element `replication` of an index. 0 or -1. */
int fsim_stored_first_row(hid_t file, const char *index, uint32_t replication, uint64_t *row);

#endif
