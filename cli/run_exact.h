/* `funnelsim run --engine exact`: expected figures at once, nothing is simulated or written. */
#ifndef FSIM_CLI_RUN_EXACT_H
#define FSIM_CLI_RUN_EXACT_H

#include "cli/option.h"
#include "cli/simulate.h"

/* Whether the arguments ask for it. */
bool fsim_exact_asked(const fsim_arguments *arguments);
/* FSIM_BAD_INPUT for options that need a simulation, and where there is no exact answer. */
int fsim_run_exact(const fsim_arguments *arguments, const fsim_run_request *request,
                   fsim_report *report);

#endif
