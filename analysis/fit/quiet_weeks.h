/* Holidays in a log: weeks that are quiet beyond what weeks swing by, for wins and for new cases.
 *
 * Two weeks of Christmas among the twelve that a model is fitted to would lower all of its
 * forecast, so their level is their own. A slump is no holiday: it is followed by no week as
 * before, lasts for more than two weeks, or moves wins or new cases alone. */
#ifndef FSIM_ANALYSIS_FIT_QUIET_WEEKS_H
#define FSIM_ANALYSIS_FIT_QUIET_WEEKS_H

#include <stdbool.h>

#include "analysis/fit/log_weeks.h"
#include "sim/base/report.h"

typedef struct fsim_quiet_span {
  int64_t from, to;   /* one week or two */
  double wins, begun; /* as shares of what the other weeks would have given */
} fsim_quiet_span;

#define FSIM_MOST_QUIET 8

typedef struct fsim_quiet_weeks {
  fsim_log_weeks weeks;
  fsim_quiet_span span[FSIM_MOST_QUIET]; /* by time */
  size_t n;
} fsim_quiet_weeks;

/* Wins seen and expected, and new cases, of each week. A week, or two in a row, is held against
 * those of a quarter before and after it: Student's t of its wins and of its new cases, with the
 * variance of Poisson's counts times a factor that swings (as much as the others do, pooled with a
 * prior; degrees of freedom after Satterthwaite, Biometrics Bulletin 2, 1946), both one-sided
 * probabilities together by Fisher's method (1932). Each must be below a tenth and show three
 * quarters of what is usual at most, both together two in a hundred for all weeks of the log
 * (Bonferroni); for weeks with days from 24 December to 1 January, two in a hundred for these. */
int fsim_quiet_weeks_of(const fsim_log_weeks *weeks, const double *seen, const double *expected,
                        const double *begun, fsim_report *report, fsim_quiet_weeks *quiet);

/* The span that holds a time; NULL: it is not quiet. */
const fsim_quiet_span *fsim_quiet_span_at(const fsim_quiet_weeks *quiet, int64_t t);
/* "Quiet from … to …: …", without a full stop. */
char *fsim_quiet_sentence(const fsim_quiet_span *span, char *buffer, size_t size);
/* Whether a week of quiet->weeks is. */
bool fsim_week_is_quiet(const fsim_quiet_weeks *quiet, size_t week);

#endif
