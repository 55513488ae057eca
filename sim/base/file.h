/* Whole input files in memory, with size limits and digests. */
#ifndef FSIM_BASE_FILE_H
#define FSIM_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/report.h"

/* Reads a whole regular file into *text (terminated, the caller frees). Missing, unreadable, a
 * folder, or longer than `limit` bytes: FSIM_BAD_INPUT with a message that names it; `place` is
 * where it was asked for. */
int fsim_read_file(const char *path, size_t limit, fsim_place place, fsim_report *report,
                   char **text, size_t *length);

/* Whether a regular file begins with HDF5's signature, as every result file does. */
bool fsim_begins_as_hdf5(const char *path);

/* SHA-256 in lower-case hexadecimal, 64 characters and a terminator. */
void fsim_sha256(const void *bytes, size_t length, char hex[65]);

/* folder of `path` joined with `name` (as it is when absolute); the caller frees; NULL = memory. */
char *fsim_path_beside(const char *path, const char *name);

#endif
