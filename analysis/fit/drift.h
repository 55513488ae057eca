/* Whether a funnel was the same early and late in an export.
 *
 * For every stage and exit, and for arrivals, a score test of the second half of the weeks against
 * the first: ends seen in each week against those expected from rates by age that hold all the time
 * (the log-rank test with pieces of age as strata: Mantel, Cancer Chemotherapy Reports 50, 1966).
 * Only ages at which both halves saw cases count; what one half could hardly see is not tested.
 * Where weeks are wilder than Poisson about their halves, the variance is enlarged by as much and
 * Student's t judges (quasi-likelihood: McCullagh & Nelder 1989, 4.5 and 9.2). Together the tests
 * give a false alarm in at most one of twenty exports that do not drift (Holm, Scandinavian Journal
 * of Statistics 6, 1979). Weeks count as independent: waves of weeks can pass for drift. */
#ifndef FSIM_ANALYSIS_FIT_DRIFT_H
#define FSIM_ANALYSIS_FIT_DRIFT_H

#include "analysis/fit/arrivals.h"
#include "analysis/fit/hazard.h"

typedef struct fsim_drift_test {
  int32_t stage; /* of the funnel's stays as fsim_stays_of numbers them; FSIM_NONE: arrivals */
  int32_t exit;
  double n;        /* ends, or arrivals */
  double ratio;    /* rate of the second half of the weeks over that of the first */
  double p;        /* of this test alone, two-sided */
  double adjusted; /* Holm's, over all tests */
} fsim_drift_test;

typedef struct fsim_drift {
  size_t n; /* tests: twenty ends or more, five expected in each half, eight weeks or more */
  fsim_drift_test *test; /* the surest first */
  int64_t middle;        /* where the second half begins */
  size_t n_weeks;
  bool arrivals_change;    /* with months or by growth, which the test of arrivals allows for */
  fsim_funnel_stays stays; /* of the whole log: names of stages and exits */
} fsim_drift;

#define FSIM_DRIFT_LEVEL 0.05

/* Of the whole log, whatever part of it is fitted; arrivals beside their months and growth. Free
 * with fsim_drift_free also after an error.
 */
int fsim_drift_of(const fsim_log *log, size_t funnel, const fsim_arrivals *arrivals,
                  fsim_report *report, fsim_drift *drift);
void fsim_drift_free(fsim_drift *drift);
/* How many tests stand at FSIM_DRIFT_LEVEL. */
size_t fsim_drift_found(const fsim_drift *drift);

/* One sentence for such a test, without a full stop: "deals leave offer for won 30 % less often
 * from 2026-02-02 on than before". Returns buffer. */
char *fsim_drift_sentence(const fsim_log *log, const fsim_drift *drift, size_t test, char *buffer,
                          size_t size);

#endif
