/* How many by a date, when so many are reached, and which weeks' leads still count.
 *
 * Counted from the end of the warm-up, week by week, replication by replication: the quantiles are
 * of single runs, not of a mean. */
#ifndef FSIM_ANALYSIS_DECIDE_DATES_H
#define FSIM_ANALYSIS_DECIDE_DATES_H

#include "analysis/decide/outputs.h"

typedef struct fsim_by_date {
  int32_t day;           /* since 1970-01-01: the end of the week */
  double p10, p50, p90;  /* journeys so far */
  fsim_interval reached; /* probability that the wanted number is there */
} fsim_by_date;

typedef struct fsim_dates {
  fsim_by_date *dates; /* every fourth week, and the last */
  size_t n_dates;
  double wanted;
  /* Day by which the number is reached in 10, 50 and 90 % of the runs; INT32_MAX: not within the
   * horizon. */
  int32_t reached_p10, reached_p50, reached_p90;
  /* The last days of arrival whose leads bring at least half, and a twentieth, of the journeys that
   * leads of the first half of the window bring; INT32_MIN: none do. */
  int32_t half_counts, still_counts;
} fsim_dates;

/* `outcome`: global index; `wanted`: journeys from the end of the warm-up on. */
int fsim_dates_make(const fsim_variant *variant, size_t outcome, double wanted,
                    uint32_t replications, int threads, fsim_report *report, fsim_dates *dates);
void fsim_dates_free(fsim_dates *dates);

#endif
