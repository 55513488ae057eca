/* Who comes first, by paired unit values of several effects. */
#ifndef FSIM_ANALYSIS_DECIDE_RANK_H
#define FSIM_ANALYSIS_DECIDE_RANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/report.h"

/* effects[n][units]: what each lever changed in every unit. first[n]: how often each has the
 * largest size of mean effect when units are drawn anew (bootstrap of whole units: Efron, Annals of
 * Statistics 7, 1979), which keeps the correlation that common random numbers bring. Effects that
 * are level share the place; where all are 0, none has it. */
int fsim_rank_first(const double *const *effects, size_t n, size_t units, uint64_t seed,
                    fsim_report *report, double *first);

/* tied[n]: the size of the effect is not clearly below that of effect `best` (paired differences,
 * Bonferroni over the n - 1 others; Hsu 1984). */
int fsim_rank_ties(const double *const *effects, size_t n, size_t units, size_t best,
                   double confidence, fsim_report *report, bool *tied);

#endif
