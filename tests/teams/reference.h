/* A second implementation of what funnels and teams mean: slow, plain, and independent of the
 * engines, which must give the same rows.
 *
 * One replication. All that is going to happen stands in an unsorted list; the entry with the
 * smallest key is searched for, taken out and worked off. The key is (time, rank, phase, stream,
 * lead, journey): starts of journeys have rank -1; then come the teams, those that journeys reach
 * first before those that they reach later; for each of them its clock, places that become free,
 * arrivals at the queue, and at last patience and deadlines that run out there. After each of the
 * first three the team takes the heads of its queue while it is open and has places. */
#ifndef TESTS_TEAMS_REFERENCE_H
#define TESTS_TEAMS_REFERENCE_H

#include "sim/engine/arrivals.h"
#include "sim/record/trajectory.h"

#define NO_TEAM UINT16_MAX

/* What a visit's row does not tell, for tests of properties. */
typedef struct visit_detail {
  uint16_t team; /* NO_TEAM: the stage has no work, or a deal's work was over at the start */
  bool started;
  bool holds;     /* keeps a place to its end; a deal in its wait holds one without a team's work */
  bool full;      /* left at once because the queue was full */
  bool deal;      /* under way at the start */
  int64_t joined; /* counts those who joined any queue, from 1; 0: never did */
  int64_t work;   /* seconds of work drawn */
  int64_t limit_s; /* seconds after t_enter when patience or a deadline would end its queueing */
  int64_t cents;   /* the journey's value */
  uint16_t profile;
} visit_detail;

typedef struct reference {
  fsim_trajectory *rows;
  visit_detail *detail; /* of each visit, in the order of the rows */
} reference;

/* Free the reference whether or not this failed. */
int reference_run(const fsim_plan *plan, const fsim_arrival_laws *arrivals, uint32_t replication,
                  fsim_report *report, reference *r);
void reference_free(reference *r);

#endif
