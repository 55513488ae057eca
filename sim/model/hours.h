/* A team's clock: when it is open, and when work is done that runs in open hours only. */
#ifndef FSIM_MODEL_HOURS_H
#define FSIM_MODEL_HOURS_H

#include "sim/model/scenario.h"

/* What never comes within the horizon. */
#define FSIM_NEVER INT32_MAX

/* First instant at or after t at which the team is open (t itself if it is open then). */
int32_t fsim_team_opens(const fsim_team *team, int32_t t);
/* First instant after t at which an open team closes; FSIM_NEVER for one that is always open. */
int32_t fsim_team_closes(const fsim_team *team, int32_t t);
/* When `work` seconds in open hours are done that start at `start`, an instant when the team is
 * open (work that ends with the hours ends at closing time, work of no length at once). */
int32_t fsim_team_done(const fsim_team *team, int32_t start, int32_t work);
/* Seconds open in from <= t < to. */
int64_t fsim_team_open_time(const fsim_team *team, int32_t from, int32_t to);
/* Seconds open times the places (or people) there, in from <= t < to. */
int64_t fsim_team_place_time(const fsim_team *team, int32_t from, int32_t to);
double fsim_team_people_time(const fsim_team *team, int32_t from, int32_t to);
/* Places at t. */
uint32_t fsim_team_places(const fsim_team *team, int32_t t);

#endif
