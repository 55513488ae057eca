/* New cases: how many a day come at the end of a log, how they differ by weekday and month, whether
 * they grow, and how wild single weeks are. */
#ifndef FSIM_ANALYSIS_FIT_ARRIVALS_H
#define FSIM_ANALYSIS_FIT_ARRIVALS_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/fit/log.h"
#include "analysis/fit/quiet_weeks.h"

#define FSIM_YEAR_MONTHS 12
#define FSIM_MONTH_DAYS (365.25 / 12)

/* Months of the year, or of the quarter where less than two years are known. */
typedef struct fsim_arrival_months {
  size_t n_months; /* complete calendar months looked at; 0: too few to tell */
  size_t period;   /* 12 or 3 */
  double p;        /* that none differs */
  bool differ;
  /* January first, mean 1 over a year; drawn towards 1; all 1 unless they differ. With limits of
   * 95 %. */
  double factor[FSIM_YEAR_MONTHS], low[FSIM_YEAR_MONTHS], high[FSIM_YEAR_MONTHS];
  double error; /* of a factor: root mean square, of logarithms */
} fsim_arrival_months;

/* Growth by the same share all the time. */
typedef struct fsim_arrival_trend {
  size_t n_weeks;         /* complete weeks looked at; 0: too few to tell */
  double p;               /* that there is none */
  double seen, low, high; /* of the logarithm in a month, limits of 95 % */
  bool found;
  double per_day;   /* of the logarithm: what is written, drawn towards 0; 0 unless it is found */
  double error;     /* of per_day */
  double span_days; /* for how long it goes on after the log */
} fsim_arrival_trend;

typedef struct fsim_arrivals {
  size_t n_weeks;    /* complete weeks looked at; 0: no cases or no more of them, no stream */
  int64_t ended;     /* the midnight after the last one, where they have stopped coming; else
                      * FSIM_NO_TIME */
  bool part_of_week; /* the log is shorter than a week, n_weeks is 1 */
  double per_day;    /* mean over a year, at the level of the end of the log */
  double weekday[7]; /* factors, Monday first, mean 1 */
  bool weekdays_differ;
  double week_cv; /* spread of weekly counts beyond Poisson, as a share of the mean */
  fsim_arrival_months months;
  fsim_arrival_trend trend;
} fsim_arrivals;

/* Arrivals of the funnel's cases that follow no other case. The level, weekdays and weeks' spread
 * are those of complete weeks from `since` on that end with the log; months and growth are of all
 * of it. */
int fsim_arrivals_of(const fsim_log *log, size_t funnel, int64_t since,
                     const fsim_quiet_weeks *quiet, fsim_report *report, fsim_arrivals *arrivals);

/* Whether a case is such an arrival that the log saw come. */
static inline bool fsim_arrives(const fsim_case *c, size_t funnel, int64_t from, int64_t to) {
  return c->funnel == (int32_t)funnel && c->parent == FSIM_NONE && c->created >= from &&
         c->created < to && c->seen_from <= c->created;
}

/* When arrivals begin: with the log, or with the first one where it comes more than a week later.
 * FSIM_NO_TIME: there are none. */
int64_t fsim_arrivals_begin(const fsim_log *log, size_t funnel);

/* The midnight after the last one, where none came after it though from the twelve weeks before
 * more than twenty were to be expected, and three times as many as in any pause before; else
 * FSIM_NO_TIME. */
int64_t fsim_arrivals_end(const fsim_log *log, size_t funnel);

/* What the calendar and growth make of a span of whole days, beside the level of the log's end
 * (`end`): the mean of their factors over its days. */
double fsim_arrivals_weight(const fsim_arrivals *arrivals, int64_t from, int64_t to, int64_t end);

/* The logarithms' errors of what is written: of the level at the log's end (chance and wild weeks,
 * months, growth since the middle of the weeks), and of the growth over its span. */
double fsim_level_error(const fsim_arrivals *arrivals);
double fsim_growth_error(const fsim_arrivals *arrivals);

/* ---- private to this folder ---- */

/* By weekdays that arrivals has; whole calendar months from `begin` to the log's end. */
int fsim_arrival_months_of(const fsim_log *log, size_t funnel, int64_t begin,
                           const double weekday[7], fsim_report *report,
                           fsim_arrival_months *months);
/* Beside the months of arrivals, where they differ. */
int fsim_arrival_trend_of(const fsim_log *log, size_t funnel, int64_t begin,
                          const fsim_arrival_months *months, fsim_report *report,
                          fsim_arrival_trend *trend);

/* Of months and of growth: the period - 1 regressors of a span of whole days. Effects sum to zero,
 * so the last month's is minus the sum of the others. */
void fsim_month_contrasts(int64_t from, int64_t to, size_t period, double *x);

/* Levels that wander by steps are no random walk of weeks, and noise of months is not normal: by
 * simulation these give at most about one false alarm in a hundred logs (docs/fit.md). */
#define FSIM_MONTHS_LEVEL 0.005
#define FSIM_TREND_LEVEL 0.01

#endif
