/* The complete weeks that end with a log. They begin on any day of the week. */
#ifndef FSIM_ANALYSIS_FIT_LOG_WEEKS_H
#define FSIM_ANALYSIS_FIT_LOG_WEEKS_H

#include <stddef.h>
#include <stdint.h>

#define FSIM_WEEK_S INT64_C(604800)

typedef struct fsim_log_weeks {
  int64_t first; /* the time at which the first one begins */
  size_t n;
} fsim_log_weeks;

static inline fsim_log_weeks fsim_log_weeks_of(int64_t begin, int64_t end) {
  const size_t n = end > begin ? (size_t)((end - begin) / FSIM_WEEK_S) : 0;
  return (fsim_log_weeks){end - (int64_t)n * FSIM_WEEK_S, n};
}

/* The week that a time lies in; SIZE_MAX: none of them. */
static inline size_t fsim_log_week(const fsim_log_weeks *weeks, int64_t t) {
  const int64_t week = t < weeks->first ? -1 : (t - weeks->first) / FSIM_WEEK_S;
  return week < 0 || week >= (int64_t)weeks->n ? SIZE_MAX : (size_t)week;
}

#endif
