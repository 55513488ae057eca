/* What `run --warm-up auto` asks before it looks, and says of what it found. */
#ifndef FSIM_CLI_SETTLING_H
#define FSIM_CLI_SETTLING_H

#include "analysis/warm_up.h"

/* *wanted is false, with a note, where the run starts from open deals: nothing settles then.
 * FSIM_BAD_INPUT when a team has more work than it can do and nothing holds its queue. */
int fsim_settling_wanted(const fsim_scenario *scenario, fsim_report *report, bool *wanted);
/* FSIM_BAD_INPUT where a queue grows without end, or the run is too short to look at. */
int fsim_settling_check(const fsim_scenario *scenario, const fsim_settling *settling,
                        fsim_report *report);
/* A note of what was found, and a warning where the run is too short. */
void fsim_settling_say(const fsim_scenario *scenario, const fsim_settling *settling,
                       fsim_report *report);

#endif
