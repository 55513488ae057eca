/* Which teams journeys may come to after which. */
#ifndef FSIM_MODEL_TEAM_GRAPH_H
#define FSIM_MODEL_TEAM_GRAPH_H

#include "sim/model/node.h"
#include "sim/model/plan.h"

/* Fills team_rank, team_returns and stage_works of a plan whose laws and links are made. */
int fsim_team_graph(fsim_plan *plan, fsim_arena *arena, fsim_report *report);

#endif
