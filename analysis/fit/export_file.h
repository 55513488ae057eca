/* A file of an export as text in UTF-8. Private to this folder. */
#ifndef FSIM_ANALYSIS_FIT_EXPORT_FILE_H
#define FSIM_ANALYSIS_FIT_EXPORT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/report.h"

typedef struct fsim_export_file {
  const char *text;
  size_t length;
  const char *converted_from; /* name of an encoding, or NULL */
  void *mapped;               /* the file's pages, which the system reads and drops as needed */
  size_t mapped_length;
  size_t passed; /* bytes whose pages have been given back */
} fsim_export_file;

/* UTF-8 is used as it lies on disk; other encodings are converted into a nameless file. `encoding`
 * is a name that iconv(3) knows; NULL: UTF-16 by its mark, else UTF-8 if it is that, else
 * Windows-1252. Close with fsim_export_file_close also after an error. */
int fsim_export_file_open(const char *path, const char *encoding, fsim_report *report,
                          fsim_export_file *file);
/* The rows before `at` are done with: their pages need not stay in memory. */
void fsim_export_file_pass(fsim_export_file *file, size_t at);
void fsim_export_file_close(fsim_export_file *file);

#endif
