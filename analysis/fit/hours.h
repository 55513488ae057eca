/* When people work, from the times at which they begin and complete pieces of work. */
#ifndef FSIM_ANALYSIS_FIT_HOURS_H
#define FSIM_ANALYSIS_FIT_HOURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/report.h"

#define FSIM_MOST_CLOSED 400

/* How sure an opening or a closing is, from all weekdays that share it. */
typedef struct fsim_hours_edge {
  size_t days;       /* that were seen at work */
  size_t days_at;    /* of these, with work in the first (or last) open quarter of an hour */
  int32_t low, high; /* seconds of the day: 95 % limits */
  bool unsure;       /* few days were seen, or the limits are far apart */
} fsim_hours_edge;

typedef struct fsim_hours {
  int32_t from[7], to[7]; /* seconds of the day, Monday first; from == to: closed */
  size_t seen[7];         /* times on that weekday */
  fsim_hours_edge opens[7], closes[7];
  bool always;                      /* nothing points to opening hours */
  int32_t closed[FSIM_MOST_CLOSED]; /* days since 1970 without work, rising */
  size_t n_closed;
} fsim_hours;

/* From `n` sorted times. A weekday with less than a fiftieth of an even share of them is closed;
 * the others are open from the quarter of an hour in which the first times lie to the end of that
 * in which the last lie, without one time in five hundred on either side. An open weekday without
 * any time, where twelve would be usual, is a closed date. */
int fsim_hours_of(const int64_t *time, size_t n, fsim_report *report, fsim_hours *hours);

/* How sure the hours are. Of a day that is busy alike around its edge the first time is past the
 * opening by a share of the span to the time k places later that is Beta(1, k) (Robson & Whitlock,
 * Biometrika 51, 1964; Cooke, Biometrika 66, 1979); where work fades out towards the edge, by the
 * root of such a share. The latter, which is the longer, gives the lower limit; the first time,
 * past the slips that are left out, is the upper one. */
int fsim_hours_doubt(const int64_t *time, size_t n, fsim_report *report, fsim_hours *hours);

/* Open seconds between two times. */
double fsim_open_seconds(const fsim_hours *hours, int64_t from, int64_t to);

#endif
