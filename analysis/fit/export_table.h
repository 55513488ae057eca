/* One table of an export, row by row, with the columns that the mapping names. Private to this
 * folder. */
#ifndef FSIM_ANALYSIS_FIT_EXPORT_TABLE_H
#define FSIM_ANALYSIS_FIT_EXPORT_TABLE_H

#include "analysis/fit/export_file.h"
#include "analysis/fit/log_builder.h"
#include "analysis/fit/read_log.h"
#include "sim/base/csv.h"

typedef struct fsim_export_table {
  const char *path;
  const fsim_mapping *mapping;
  fsim_log_builder *builder;
  fsim_export_file file;
  fsim_csv *csv;
  size_t column[FSIM_COLUMNS]; /* SIZE_MAX: none */
  size_t *attribute;           /* [mapping->n_attributes] columns, SIZE_MAX: not in this table */
  size_t *date;                /* [n_dates] columns of outcomes' or stages' dates; SIZE_MAX: none */
  size_t n_dates;
  size_t *filter; /* [mapped->n_filters] columns */
  const fsim_mapped_table *mapped;
  bool decimal_comma;
  bool *by_day; /* [columns] of dates: none of the first ones has a time of day */
  fsim_date_order order;
  const fsim_read_log_options *options;
  size_t told; /* bytes that progress was told of */
} fsim_export_table;

/* `mapped` is one of the mapping's own tables. `dates`: further columns that
 * hold dates (NULL entries: none). Finds out in which order dates are written, and fails when the
 * file does not settle it. Close also after an error. */
int fsim_export_table_open(const char *path, const fsim_mapping *mapping,
                           const fsim_mapped_table *mapped, const char *const *dates,
                           size_t n_dates, const fsim_read_log_options *options,
                           fsim_log_builder *builder, fsim_report *report,
                           fsim_export_table *table);
void fsim_export_table_close(fsim_export_table *table);

/* 1: a row, 0: the end, -1: memory. Broken and blank rows, and those that `where` leaves out,
 * become findings and are passed over. */
int fsim_export_table_next(fsim_export_table *table);
int64_t fsim_export_table_line(const fsim_export_table *table);
/* "" where the mapping names no such column. */
const char *fsim_export_field(const fsim_export_table *table, fsim_column_role role);

typedef enum fsim_field_state {
  FSIM_FIELD_GOOD,
  FSIM_FIELD_BLANK,
  FSIM_FIELD_BAD
} fsim_field_state;
/* A time in a column, noted with the builder. */
fsim_field_state fsim_export_time(const fsim_export_table *table, size_t column, int64_t *time);
/* Whether the column has dates without a time of day. */
bool fsim_export_by_day(const fsim_export_table *table, size_t column);
/* The row's value: an amount (money.h), times the quantity where the mapping names one. Where the
 * mapping does not say it, the decimal sign is the one that the first rows need. */
fsim_field_state fsim_export_value(const fsim_export_table *table, double *value);
/* Gives the case the date on which it is expected to close, which is known since then
 * (FSIM_NO_TIME: since its creation). */
int fsim_export_expected(const fsim_export_table *table, size_t which, int64_t since);
/* Of all fields of the row. */
uint64_t fsim_export_row_hash(const fsim_export_table *table);
/* Gives the case the attributes that this row has. */
int fsim_export_attributes(const fsim_export_table *table, size_t which);

#endif
