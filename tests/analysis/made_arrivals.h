/* Logs of nothing but arrivals, as tests make them: Poisson, wild weeks, levels that wander. */
#ifndef FSIM_TESTS_MADE_ARRIVALS_H
#define FSIM_TESTS_MADE_ARRIVALS_H

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#include "analysis/fit/arrivals.h"
#include "sim/base/quantity.h"

#define DAY INT64_C(86400)
#define WEEK (7 * DAY)
#define MOST 400000

typedef struct made_arrivals {
  int begin_day, weeks; /* days since 1970-01-01 */
  double per_day;       /* on the first day */
  double growth;        /* of the logarithm, a month */
  double wander;        /* deviation of the logarithm's steps from month to month */
  double week_cv;       /* gamma factors of weeks */
  double month[12];     /* factors; 0: all are 1 */
  double weekday[7];    /* factors; 0: all are 1 */
} made_arrivals;

static fsim_case made_case[MOST];

static inline fsim_log made_log(gsl_rng *rng, const made_arrivals *of) {
  size_t n = 0;
  double level = 0, week = 1;
  int before = -1;
  for (int d = 0; d < 7 * of->weeks; d++) {
    int year, month, day;
    const int32_t date = of->begin_day + d;
    fsim_date_from_days(date, &year, &month, &day);
    if (before >= 0 && month != before) level += gsl_ran_gaussian(rng, of->wander);
    before = month;
    if (d % 7 == 0 && of->week_cv > 0)
      week = gsl_ran_gamma(rng, 1 / (of->week_cv * of->week_cv), of->week_cv * of->week_cv);
    double mean = of->per_day * week * exp(level + of->growth * (d + 0.5) / FSIM_MONTH_DAYS);
    if (of->month[month - 1] > 0) mean *= of->month[month - 1];
    if (of->weekday[0] > 0) mean *= of->weekday[fsim_weekday(date)];
    for (unsigned k = gsl_ran_poisson(rng, mean); k > 0 && n < MOST; k--) {
      const int64_t at = date * DAY + (int64_t)(gsl_rng_uniform(rng) * (double)DAY);
      made_case[n++] = (fsim_case){.created = at, .seen_from = at, .parent = FSIM_NONE};
    }
  }
  /* Months and weeks need cases by date only from day to day: within a day their order is free. */
  return (fsim_log){.cases = made_case,
                    .n_cases = n,
                    .begin = of->begin_day * DAY,
                    .end = (of->begin_day + 7 * of->weeks) * DAY};
}

#endif
