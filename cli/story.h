/* The story of one lead in dated lines: what `funnelsim trace` prints. */
#ifndef FSIM_CLI_STORY_H
#define FSIM_CLI_STORY_H

#include <stdio.h>

#include "sim/record/trajectory.h"

/* `rows` are those of one lead. Prints its arrival with its attributes, then journeys and visits in
 * order of time: how long each took, why it moved on, and what a rule cut short. */
int fsim_story_print(const fsim_scenario *scenario, const fsim_trajectory *rows, FILE *out,
                     fsim_report *report);

#endif
