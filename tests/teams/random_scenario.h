/* Small random scenarios, the same for the same number, on purpose coarse: times are whole minutes,
 * often equal or none at all, so that many things happen in one second. */
#ifndef TESTS_TEAMS_RANDOM_SCENARIO_H
#define TESTS_TEAMS_RANDOM_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

typedef struct random_scenario {
  char *yaml;
  char *leads; /* leads.csv */
  char *deals; /* deals.csv */
} random_scenario;

/* False when memory is out. Free it in either case. */
bool random_scenario_make(uint64_t number, bool teams, random_scenario *made);
/* With teams that take turns, all first come, first served, and journeys that only go forward. */
bool random_scenario_forward(uint64_t number, random_scenario *made);
/* The same with links that bring a lead to every funnel once at most. */
bool random_scenario_linked(uint64_t number, random_scenario *made);
/* Weeks that differ, in one of four kinds: without teams, with them, or as the two above. */
bool random_scenario_paced(uint64_t number, random_scenario *made);
void random_scenario_free(random_scenario *scenario);

#endif
