/* A file of an export as text in UTF-8. Private to this folder. */
#ifndef FSIM_ANALYSIS_FIT_EXPORT_FILE_H
#define FSIM_ANALYSIS_FIT_EXPORT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/report.h"

typedef struct fsim_export_file {
  const char *text;
  size_t length;
  const char *converted_from; /* static name of an encoding, or NULL */
  void *mapped;               /* the file's pages, which the system reads and drops as needed */
  size_t mapped_length;
  char *converted;
} fsim_export_file;

/* UTF-8 is used as it lies on disk; UTF-16 (with its mark) and Windows-1252 are converted in
 * memory. Close with fsim_export_file_close also after an error. */
int fsim_export_file_open(const char *path, fsim_report *report, fsim_export_file *file);
void fsim_export_file_close(fsim_export_file *file);

#endif
