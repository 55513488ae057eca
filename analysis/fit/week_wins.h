/* Wins of each week of a log against those that its rates by age and month expect. */
#ifndef FSIM_ANALYSIS_FIT_WEEK_WINS_H
#define FSIM_ANALYSIS_FIT_WEEK_WINS_H

#include "analysis/fit/estimate.h"

typedef struct fsim_week_wins {
  fsim_log_weeks weeks;
  double *seen, *expected;             /* [weeks.n] */
  double seen_before, expected_before; /* of the part of a week before the first */
} fsim_week_wins;

/* Of n funnels together, from stages that swing; expected where all weeks have the factor 1. Free
 * with fsim_week_wins_free also after an error. */
int fsim_week_wins_of(const fsim_log *log, const fsim_fitted_funnel *funnel, size_t n,
                      fsim_report *report, fsim_week_wins *wins);
void fsim_week_wins_free(fsim_week_wins *wins);

/* Whether a case can be won from this stage after a wait that the week's factor acts on. */
bool fsim_stage_swings(const fsim_log *log, const fsim_fitted_funnel *funnel, size_t stage);

#endif
