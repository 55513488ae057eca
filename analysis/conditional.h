/* Conditional Monte Carlo behind the last team: where a journey goes on so that no team can be met
 * any more, what it will still bring is known in expectation, by where it goes on and when
 * (sim/exact/ahead.h), and stands in place of what chance made of it.
 *
 * Sums over replications keep their means, whatever the queues did before (Asmussen & Glynn,
 * Stochastic Simulation, 2007, V.4; Fu & Hu, Conditional Monte Carlo, 1997): all chance behind the
 * last team is gone, and with it that of values where they are independent of queues. A journey
 * counts by its first visit to a stage from which neither exits, rules nor links lead to work; what
 * follows it by links is in that figure. Journeys that never get there count as they ended. */
#ifndef FSIM_ANALYSIS_CONDITIONAL_H
#define FSIM_ANALYSIS_CONDITIONAL_H

#include "sim/record/shape.h"
#include "sim/record/trajectory.h"

typedef struct fsim_conditional fsim_conditional;

/* *conditional is NULL, with a static text in *why_not, where there is nothing to gain or no exact
 * rest: no work, no stage behind it, uncertain numbers, laws that change on dates, more kinds of
 * leads than FSIM_MOST_CONDITIONED. Scenario and shape must outlive it. */
#define FSIM_MOST_CONDITIONED 64
int fsim_conditional_make(const fsim_scenario *scenario, const fsim_shape *shape,
                          fsim_report *report, fsim_conditional **conditional,
                          const char **why_not);
void fsim_conditional_free(fsim_conditional *conditional);
/* Value is conditioned too: no queue goes by value, no deal has a value of its own. */
bool fsim_conditional_values(const fsim_conditional *conditional);

/* Adds whole leads, in order, of one replication: sums[2 n_funnels][n_groups], wins of each funnel
 * in the window, then their value; groups as in the record (0: all leads). */
int fsim_conditional_add(const fsim_conditional *conditional, const fsim_trajectory *rows,
                         fsim_report *report, double *sums);

#endif
