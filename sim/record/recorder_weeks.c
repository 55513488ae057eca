#include "sim/record/recorder_weeks.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/random/vector.h"

#define STEP 64     /* times of a run that are looked at together */
#define SHORT_RUN 8 /* runs below it are not worth their bookkeeping */

int fsim_week_table_init(fsim_week_table *table, size_t rows, size_t columns) {
  table->rows = rows;
  table->columns = columns;
  table->first = UINT32_MAX;
  table->last = 0;
  table->cell = fsim_zeroed(FSIM_WEEK_COPIES * rows, columns * sizeof *table->cell);
  table->sum = fsim_zeroed(columns, sizeof *table->sum);
  return table->cell == NULL || table->sum == NULL ? -1 : 0;
}

void fsim_week_table_free(fsim_week_table *table) {
  free(table->cell);
  free(table->sum);
}

/* The division becomes a multiplication in vectors. */
static inline __attribute__((always_inline)) uint32_t whole_weeks(int32_t t) {
  return (uint32_t)(t < 0 ? 0 : t) / FSIM_WEEK_S;
}

typedef struct range {
  uint32_t first, last;
} range;

FSIM_CLONES
static range make_keys(const int32_t *restrict t, uint32_t *restrict key, size_t n) {
  range r = {UINT32_MAX, 0};
  for (size_t i = 0; i < n; i++) {
    uint32_t week = whole_weeks(t[i]);
    key[i] = week;
    r.first = week < r.first ? week : r.first;
    r.last = week > r.last ? week : r.last;
  }
  return r;
}

FSIM_CLONES
static range make_keys_of_rows(const int32_t *restrict t, const uint16_t *restrict row,
                               uint32_t columns, uint32_t *restrict key, size_t n) {
  range r = {UINT32_MAX, 0};
  for (size_t i = 0; i < n; i++) {
    uint32_t week = whole_weeks(t[i]);
    key[i] = row[i] * columns + week;
    r.first = week < r.first ? week : r.first;
    r.last = week > r.last ? week : r.last;
  }
  return r;
}

static void count_keys(fsim_week_table *table, size_t n) {
  const uint32_t *restrict key = table->key;
  size_t size = table->rows * table->columns;
  uint32_t *a = table->cell, *b = a + size, *c = b + size, *d = c + size;
  size_t i = 0;
  for (; i + FSIM_WEEK_COPIES <= n; i += FSIM_WEEK_COPIES) {
    a[key[i]]++;
    b[key[i + 1]]++;
    c[key[i + 2]]++;
    d[key[i + 3]]++;
  }
  for (; i < n; i++) a[key[i]]++;
}

static void widen(fsim_week_table *table, range r) {
  if (r.first < table->first) table->first = r.first;
  if (r.last > table->last) table->last = r.last;
}

void fsim_sort_weeks(fsim_week_table *table, const int32_t *t, const uint16_t *row, size_t n) {
  table->first = UINT32_MAX;
  table->last = 0;
  for (size_t done = 0; done < n; done += FSIM_WEEK_CHUNK) {
    size_t now = n - done < FSIM_WEEK_CHUNK ? n - done : FSIM_WEEK_CHUNK;
    widen(table,
          make_keys_of_rows(t + done, row + done, (uint32_t)table->columns, table->key, now));
    count_keys(table, now);
  }
}

FSIM_CLONES
static void take(uint32_t *restrict sum, uint32_t *restrict a, uint32_t *restrict b,
                 uint32_t *restrict c, uint32_t *restrict d, size_t n) {
  for (size_t i = 0; i < n; i++) {
    sum[i] = a[i] + b[i] + c[i] + d[i];
    a[i] = b[i] = c[i] = d[i] = 0;
  }
}

fsim_weeks fsim_take_weeks(fsim_week_table *table, size_t row) {
  if (table->first > table->last) return (fsim_weeks){table->sum, 0, 0};
  size_t size = table->rows * table->columns, n = table->last + 1 - table->first;
  uint32_t *a = table->cell + row * table->columns + table->first;
  take(table->sum, a, a + size, a + 2 * size, a + 3 * size, n);
  return (fsim_weeks){table->sum, table->first, table->first + n};
}

FSIM_CLONES
static void add(uint32_t *restrict into, const uint32_t *restrict count, size_t n) {
  for (size_t i = 0; i < n; i++) into[i] += count[i];
}

void fsim_add_weeks(uint32_t *into, fsim_weeks weeks) {
  add(into + weeks.first, weeks.count, weeks.end - weeks.first);
}

/* How many steps of times from t on lie wholly in from … to - 1. */
FSIM_CLONES
static size_t steps_within(const int32_t *t, size_t n, int32_t from, int32_t to) {
  size_t i = 0;
  for (; i + STEP <= n; i += STEP) {
    int32_t outside = 0;
    for (size_t k = 0; k < STEP; k++) outside |= (t[i + k] < from) | (t[i + k] >= to);
    if (outside) break;
  }
  return i;
}

/* Length of the run of one week with which n times begin. */
static size_t run_length(const int32_t *t, size_t n, size_t week) {
  int64_t after = ((int64_t)week + 1) * FSIM_WEEK_S;
  int32_t from = week == 0 ? INT32_MIN : (int32_t)week * FSIM_WEEK_S;
  int32_t to = after < INT32_MAX ? (int32_t)after : INT32_MAX;
  size_t i = 0;
  while (i < n && i < SHORT_RUN && t[i] >= from && t[i] < to) i++;
  if (i < SHORT_RUN) return i;
  i += steps_within(t + i, n - i, from, to);
  while (i < n && t[i] >= from && t[i] < to) i++;
  return i;
}

static void count_some(fsim_week_table *table, const int32_t *t, size_t n) {
  widen(table, make_keys(t, table->key, n));
  count_keys(table, n);
}

fsim_weeks fsim_tally_weeks(fsim_week_table *table, const int32_t *t, size_t n) {
  table->first = UINT32_MAX;
  table->last = 0;
  for (size_t i = 0; i < n;) {
    size_t week = fsim_week_of(t[i]), run = run_length(t + i, n - i, week);
    if (run < SHORT_RUN && run < n - i) {
      run = n - i < FSIM_WEEK_CHUNK ? n - i : FSIM_WEEK_CHUNK;
      count_some(table, t + i, run);
    } else {
      widen(table, (range){(uint32_t)week, (uint32_t)week});
      table->cell[week] += (uint32_t)run;
    }
    i += run;
  }
  return fsim_take_weeks(table, 0);
}
