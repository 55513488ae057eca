/* When people work, from the times at which they begin and complete pieces of work. */
#ifndef FSIM_ANALYSIS_FIT_HOURS_H
#define FSIM_ANALYSIS_FIT_HOURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/report.h"

#define FSIM_MOST_CLOSED 400

typedef struct fsim_hours {
  int32_t from[7], to[7];           /* seconds of the day, Monday first; from == to: closed */
  size_t seen[7];                   /* times on that weekday */
  bool always;                      /* nothing points to opening hours */
  int32_t closed[FSIM_MOST_CLOSED]; /* days since 1970 without work, rising */
  size_t n_closed;
} fsim_hours;

/* From `n` sorted times. A weekday with less than a fiftieth of an even share of them is closed;
 * the others are open from the quarter of an hour in which the first times lie to the end of that
 * in which the last lie, without one time in five hundred on either side. An open weekday without
 * any time, where twelve would be usual, is a closed date. */
int fsim_hours_of(const int64_t *time, size_t n, fsim_report *report, fsim_hours *hours);

/* Open seconds between two times. */
double fsim_open_seconds(const fsim_hours *hours, int64_t from, int64_t to);

#endif
