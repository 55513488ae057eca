/* What stored rows tell about teams. Private to this folder. */
#ifndef FSIM_ENGINE_RECOUNT_TEAMS_H
#define FSIM_ENGINE_RECOUNT_TEAMS_H

#include "sim/record/recorder.h"
#include "sim/record/trajectory.h"

/* Counts the visits that teams worked on, their queues and busy places, and where the time of
 * journeys went. The rows have been checked. */
int fsim_recount_teams(const fsim_trajectory *rows, fsim_recorder *recorder, fsim_report *report);

#endif
