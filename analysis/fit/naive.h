/* Forecasts that need no model: what a new method must beat. Private to this folder. */
#ifndef FSIM_ANALYSIS_FIT_NAIVE_H
#define FSIM_ANALYSIS_FIT_NAIVE_H

#include "analysis/fit/log.h"

/* Both count what fsim_log_counts_win says. Wins of the last `recent` weeks, each as likely as the
 * others in every week to come. *futures [n][weeks] belongs to the caller; NULL when fewer than two
 * weeks are known. */
int fsim_recent_weeks(const fsim_log *log, size_t funnels, int recent, size_t weeks,
                      fsim_report *report, double **futures, size_t *n);

/* Chain ladder, additive (Mack, Schadenversicherungsmathematik, 2002, 3.1.3): cases of one week are
 * a cohort; a cohort wins in its j-th week the share of its size that cohorts won in theirs, seen
 * in the last `recent` weeks. Poisson about that. Cohorts to come are as large as those of the last
 * weeks. Cohorts of orders are customers, by the week of their first one. */
int fsim_chain_ladder(const fsim_log *log, size_t funnels, int recent, size_t weeks,
                      fsim_report *report, double **open, double **all, size_t *n);

#endif
