/* What the columns of one file of an export look like: how much is filled in, what parses as a date
 * or a number, which values there are. Private to this folder. */
#ifndef FSIM_ANALYSIS_FIT_GUESS_TABLE_H
#define FSIM_ANALYSIS_FIT_GUESS_TABLE_H

#include "analysis/fit/export_file.h"
#include "analysis/fit/guess_words.h"
#include "analysis/fit/mapping.h"
#include "sim/base/csv.h"

#define FSIM_GUESS_VALUES 128 /* more different values are not a list of stages */
#define FSIM_GUESS_ROLES (FSIM_COLUMNS + FSIM_GUESS_EXTRA)

typedef struct fsim_guess_column {
  char *header, *words;
  size_t filled, numbers, amounts, dates;
  size_t epochs; /* of the dates: counts since 1970, which may be ids as well */
  size_t year_first, day_first, month_first; /* dates that can be read in one way only */
  size_t commas, points;                     /* numbers with such a decimal sign */
  size_t looked_at, distinct;                /* of the first filled fields */
  fsim_name_list values;                     /* in order of appearance, unless `many` */
  size_t count[FSIM_GUESS_VALUES];
  bool many;
  bool taken; /* has a role */
} fsim_guess_column;

typedef struct fsim_guess_table {
  const char *path;
  fsim_export_file file;
  fsim_csv *csv;
  char delimiter; /* ' ': runs of blanks; 0: what the header shows */
  fsim_guess_column *column;
  size_t n_columns, n_rows;
  size_t role[FSIM_GUESS_ROLES]; /* columns, SIZE_MAX: none */
  size_t filter;                 /* only rows count in which this column has that value; SIZE_MAX */
  char *filter_value;
  fsim_date_order order; /* of the dates, unknown when they do not settle it */
} fsim_guess_table;

/* Reads the file once (a million rows at most). Close also after an error. */
int fsim_guess_table_open(const char *path, fsim_report *report, fsim_guess_table *table);
/* Back to the first row. */
int fsim_guess_table_rewind(fsim_guess_table *table, fsim_report *report);
/* The next row that counts; false at the end. Broken rows are passed over. */
bool fsim_guess_table_next(fsim_guess_table *table);
/* Lets only rows with that value in a column count, and looks at them anew. */
int fsim_guess_table_keep(fsim_guess_table *table, size_t column, const char *value,
                          fsim_report *report);
void fsim_guess_table_close(fsim_guess_table *table);

/* Counts since 1970 are dates where the header says so. */
bool fsim_guess_is_date(const fsim_guess_column *column);
bool fsim_guess_is_number(const fsim_guess_column *column);
bool fsim_guess_is_unique(const fsim_guess_column *column);
/* Text with a few different values: a stage, a status, a segment. */
bool fsim_guess_is_category(const fsim_guess_column *column);

/* Finds the column whose words and data fit the role best, and takes it. */
void fsim_guess_take(fsim_guess_table *table, size_t role);
/* The order of the dates in all columns that are dates. */
fsim_date_order fsim_guess_order(const fsim_guess_table *table);
/* The present row's field of that role; "" for none. */
const char *fsim_guess_field(const fsim_guess_table *table, size_t role);
/* Its time; false when blank or unreadable. */
bool fsim_guess_time(const fsim_guess_table *table, size_t column, int64_t *time);

#endif
