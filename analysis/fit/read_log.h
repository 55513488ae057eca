/* From the files of a CRM export and a mapping file to a log (log.h). */
#ifndef FSIM_ANALYSIS_FIT_READ_LOG_H
#define FSIM_ANALYSIS_FIT_READ_LOG_H

#include "analysis/fit/log.h"

typedef struct fsim_read_log_options {
  const char *mapping;     /* the mapping file (YAML), or NULL: guessed from header and data */
  const char *date_format; /* "y-m-d", "d/m/y", "m/d/y" (with - . or / alike), or NULL */
  int64_t end;             /* FSIM_NO_TIME: the last time in the export (or the mapping's `end`) */
  /* Called now and then with bytes read so far and in all of the present file; may be NULL. */
  void (*progress)(void *context, uint64_t done, uint64_t all);
  void *context;
} fsim_read_log_options;

/* Reads the export (`files`: one to three; the mapping may name others beside itself, then n may
 * be 0). Streams: memory grows with cases and visits, not with the bytes of the files.
 * FSIM_BAD_INPUT with file, line and remedy when the mapping or the header does not fit; broken
 * rows are no errors but findings of the log. The caller frees *log. */
int fsim_read_log(const char *const *files, size_t n, const fsim_read_log_options *options,
                  fsim_report *report, fsim_log **log);

/* Writes the mapping that the files themselves suggest, as commented YAML that says why, into
 * *yaml (the caller frees). */
int fsim_guess_mapping(const char *const *files, size_t n, const fsim_read_log_options *options,
                       fsim_report *report, char **yaml);

#endif
