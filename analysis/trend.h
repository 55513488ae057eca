/* Whether a queue grows without end, from its mean length in the weeks of every replication. */
#ifndef FSIM_ANALYSIS_TREND_H
#define FSIM_ANALYSIS_TREND_H

#include <stdbool.h>
#include <stddef.h>

/* Fewer weeks tell nothing. */
#define FSIM_TREND_WEEKS 8

/* weekly: [n][weeks]; mean: [weeks] over replications; of: replications to a unit (2 where numbers
 * are uncertain); slopes: [n] scratch.
 *
 * In both halves of the weeks it must rise: replications are independent, so the mean of their
 * slopes has a t interval (Law, Simulation Modeling and Analysis, 2015, ch. 9), whatever the
 * correlation of the weeks. A queue that only fills up to where it stays rises in the first half
 * alone. And the last quarter must be more than half as long again as the first. */
bool fsim_grows_without_end(const double *weekly, const double *mean, size_t n, size_t weeks,
                            size_t of, double *slopes);

#endif
