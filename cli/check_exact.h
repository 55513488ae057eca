/* The last part of `funnelsim check`: exact figures within the horizon. */
#ifndef FSIM_CLI_CHECK_EXACT_H
#define FSIM_CLI_CHECK_EXACT_H

#include <stdio.h>

#include "sim/model/scenario.h"

/* Expected wins a week of the window and what is still open at the horizon, by funnel, without
 * simulating; nothing where there is no exact answer (teams, laws that change on a date) or no
 * lead. `medians`: uncertain numbers stand at their medians. */
int fsim_print_exact(const fsim_scenario *scenario, bool medians, FILE *out, fsim_report *report);

#endif
