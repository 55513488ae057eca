/* A small table of an analysis kept in a finished result file: a group with columns of texts and of
 * numbers, and attributes. A record is a struct whose members a kind of table describes. */
#ifndef FSIM_STORE_STORED_TABLE_H
#define FSIM_STORE_STORED_TABLE_H

#include <stddef.h>

#include "sim/base/report.h"

/* A member of the record: char **, double *, char * or double, by the list that it stands in. */
typedef struct fsim_stored_member {
  const char *name;
  size_t offset;
} fsim_stored_member;

typedef struct fsim_stored_kind {
  const char *group;
  const char *repair; /* what makes it anew: "run funnelsim sensitivity" and the file's name */
  size_t rows;        /* offset of the number of rows, a size_t */
  const fsim_stored_member *texts, *numbers; /* columns; at least one of texts */
  const fsim_stored_member *notes, *values;  /* attributes */
  size_t n_texts, n_numbers, n_notes, n_values;
} fsim_stored_kind;

/* Puts the table in place of the one that the file has: a copy is changed, then it takes the file's
 * place, so that a kill leaves the old file whole. */
int fsim_stored_put(const char *path, const fsim_stored_kind *kind, const void *record,
                    fsim_report *report);
/* A zeroed record stays without rows where the file has no such table. Free in every case. */
int fsim_stored_get(const char *path, const fsim_stored_kind *kind, fsim_report *report,
                    void *record);
/* Frees what the members hold; the record itself is the caller's to clear. */
void fsim_stored_free(const fsim_stored_kind *kind, void *record);

#endif
