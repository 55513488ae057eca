/* How many by a date, when so many are reached, and which weeks' leads still count.
 *
 * Counted from the end of the warm-up, week by week, replication by replication: the quantiles are
 * of single runs, not of a mean. */
#ifndef FSIM_ANALYSIS_DECIDE_DATES_H
#define FSIM_ANALYSIS_DECIDE_DATES_H

#include "analysis/decide/outputs.h"

typedef struct fsim_by_date {
  int32_t day;           /* since 1970-01-01: the end of the week */
  double p10, p50, p90;  /* so far */
  fsim_interval reached; /* probability that the wanted number is there */
  double counts;         /* share of what leads that arrive in the week before that day bring in the
                            end which comes within the horizon; NAN: they bring nothing */
} fsim_by_date;

typedef struct fsim_dates {
  fsim_by_date *dates; /* every fourth week, and the last */
  size_t n_dates;
  double wanted;
  /* Day by which the number is reached in 10, 50 and 90 % of the runs; INT32_MAX: not within the
   * horizon. */
  int32_t reached_p10, reached_p50, reached_p90;
  /* The last days of arrival whose leads bring at least half, and a twentieth, of what they bring
   * in the end within the horizon; INT32_MIN: none do. */
  int32_t half_counts, still_counts;
  double all_count; /* that share of the leads of the whole window */
} fsim_dates;

/* Weeks after the warm-up; the last may be a part of one. */
typedef struct fsim_week_span {
  size_t first, n;
} fsim_week_span;
fsim_week_span fsim_weeks_of(const fsim_scenario *scenario);
/* Days since 1970-01-01 of the end of a week (0: the first of the run), at most the horizon's. */
int32_t fsim_end_of_week(const fsim_scenario *scenario, size_t week);

/* The cells of one week of an array with weeks, whose other dimensions are those of the measure's
 * top; `made` has the scale 1 and no name. Free with fsim_measure_free also after an error. */
int fsim_measure_of_week(const fsim_shape *shape, const fsim_measure *of, fsim_cells array,
                         size_t week, fsim_measure *made, fsim_report *report);
/* FSIM_WEEK_VALUE or FSIM_WEEK_ENDED, as the measure has dates; *scale makes totals of its cells in
 * the measure's units. */
fsim_cells fsim_weekly_array(const fsim_scenario *scenario, const fsim_measure *of, double *scale);

/* Only numbers and values of ended journeys have dates. */
bool fsim_has_dates(const fsim_measure *measure);

/* `wanted`: of the measure in all, from the end of the warm-up on. What leads bring in the end is
 * seen by simulating on beyond the horizon, with the first 50 replications. */
int fsim_dates_make(const fsim_variant *variant, const fsim_measure *measure, double wanted,
                    double confidence, uint32_t replications, int threads, fsim_report *report,
                    fsim_dates *dates);
void fsim_dates_free(fsim_dates *dates);

#endif
