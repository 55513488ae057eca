/* Counting times by week: the part of the recorder that every visit passes through. Private to this
 * folder.
 *
 * Times that come in runs of one week are counted by run; others one by one in a table that has
 * several copies of each counter, so that neighbours in one week do not wait for each other. */
#ifndef FSIM_RECORD_RECORDER_WEEKS_H
#define FSIM_RECORD_RECORDER_WEEKS_H

#include <stddef.h>
#include <stdint.h>

#define FSIM_WEEK_S 604800
#define FSIM_WEEK_COPIES 4
#define FSIM_WEEK_CHUNK 1024

typedef struct fsim_week_table {
  size_t rows, columns;
  uint32_t *cell; /* [FSIM_WEEK_COPIES][rows][columns]; all zero between uses */
  uint32_t *sum;  /* [columns] */
  uint32_t first, last;
  uint32_t key[FSIM_WEEK_CHUNK];
} fsim_week_table;

/* Counts of the weeks first … end - 1; count[0] is that of the first. */
typedef struct fsim_weeks {
  const uint32_t *count;
  size_t first, end;
} fsim_weeks;

/* Rows for as many kinds as are told apart; `columns` is one more than there are weeks, so that the
 * horizon itself has a place. -1 when memory is out. */
int fsim_week_table_init(fsim_week_table *table, size_t rows, size_t columns);
void fsim_week_table_free(fsim_week_table *table);

/* Times before the start are in the first week. */
static inline size_t fsim_week_of(int32_t t) {
  return t < 0 ? 0 : (size_t)(t / FSIM_WEEK_S);
}

/* Counts n times. The result lasts until the next call. */
fsim_weeks fsim_tally_weeks(fsim_week_table *table, const int32_t *t, size_t n);
/* Counts n times (none negative) by row; then every row is taken once. */
void fsim_sort_weeks(fsim_week_table *table, const int32_t *t, const uint16_t *row, size_t n);
/* The result lasts until the next call. */
fsim_weeks fsim_take_weeks(fsim_week_table *table, size_t row);
/* Adds counts to a row of counters that starts with week 0. */
void fsim_add_weeks(uint32_t *into, fsim_weeks weeks);

#endif
