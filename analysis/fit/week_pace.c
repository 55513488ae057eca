#include "analysis/fit/week_pace.h"

#include <stdlib.h>

#include "sim/base/array.h"

fsim_week_pace *fsim_week_pace_new(const fsim_log_weeks *weeks, fsim_report *report) {
  fsim_week_pace *pace = fsim_zeroed(1, sizeof *pace);
  if (pace != NULL) {
    pace->weeks = *weeks;
    pace->factor = fsim_zeroed(weeks->n, sizeof *pace->factor);
    pace->elapsed = fsim_zeroed(weeks->n + 1, sizeof *pace->elapsed);
  }
  if (pace == NULL || pace->factor == NULL || pace->elapsed == NULL) {
    fsim_week_pace_free(pace);
    fsim_no_memory(report);
    return NULL;
  }
  for (size_t w = 0; w < weeks->n; w++) pace->factor[w] = 1;
  fsim_week_pace_sum(pace);
  return pace;
}

void fsim_week_pace_sum(fsim_week_pace *pace) {
  for (size_t w = 0; w < pace->weeks.n; w++)
    pace->elapsed[w + 1] = pace->elapsed[w] + pace->factor[w] * FSIM_WEEK_S;
}

void fsim_week_pace_free(fsim_week_pace *pace) {
  if (pace == NULL) return;
  free(pace->factor);
  free(pace->elapsed);
  free(pace);
}

/* Since the first week began. */
static double elapsed_at(const fsim_week_pace *pace, int64_t t) {
  const int64_t since = t - pace->weeks.first, all = (int64_t)pace->weeks.n * FSIM_WEEK_S;
  if (since < 0) return (double)since;
  if (since >= all) return pace->elapsed[pace->weeks.n] + (double)(since - all);
  const size_t week = (size_t)(since / FSIM_WEEK_S);
  return pace->elapsed[week] + pace->factor[week] * (double)(since % FSIM_WEEK_S);
}

double fsim_pace_time(const fsim_week_pace *pace, int64_t from, int64_t to) {
  return pace == NULL ? (double)(to - from) : elapsed_at(pace, to) - elapsed_at(pace, from);
}

int64_t fsim_pace_next(const fsim_week_pace *pace, int64_t t) {
  if (pace == NULL) return INT64_MAX;
  if (t < pace->weeks.first) return pace->weeks.first;
  const int64_t next = (t - pace->weeks.first) / FSIM_WEEK_S + 1;
  return next <= (int64_t)pace->weeks.n ? pace->weeks.first + next * FSIM_WEEK_S : INT64_MAX;
}
