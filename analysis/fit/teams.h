/* Teams: who works on which stages, how many at once, when, and how long a piece takes.
 *
 * A stage has work where pieces of it are recorded with their start and completion. From when a
 * piece is scheduled (else started) until it is completed, the case is in a stage of its own,
 * STAGE-work, where it queues for a team; the rest of the time it is in the stage itself. Teams are
 * only fitted where queues are made by them: where cases wait while people are free, the waiting is
 * the customers' or has other reasons, and stays a wait as it was seen. */
#ifndef FSIM_ANALYSIS_FIT_TEAMS_H
#define FSIM_ANALYSIS_FIT_TEAMS_H

#include "analysis/fit/hours.h"
#include "analysis/fit/laws.h"
#include "analysis/fit/log.h"

/* One stay in the queue and the work of a stage. */
typedef struct fsim_work_stay {
  size_t which_case;
  int32_t stage; /* of the log's funnel, without work */
  int32_t resource;
  int64_t joined;
  int64_t started;   /* FSIM_NEVER: not before it left, or the end of the log */
  int64_t completed; /* FSIM_NEVER: not before the end */
  int64_t left;      /* FSIM_NEVER: still there */
} fsim_work_stay;

typedef struct fsim_fitted_team {
  char *name;
  bool *serves; /* [stages of the funnel] */
  int size;
  fsim_hours hours;
  size_t n_resources;
  size_t n_pieces;
  double queued_hours; /* open time with somebody in the queue */
  double full_share;   /* of it, share of time with `size` at work */
  bool never_queued;   /* nobody ever waited: size is the most at work at once, a lower bound */
} fsim_fitted_team;

typedef struct fsim_fitted_work {
  size_t team;
  fsim_stage_fit *time;     /* of the working time, in open seconds; one exit */
  fsim_stage_fit *patience; /* NULL: hardly anyone leaves the queue */
  size_t n_queued, n_started, n_served, n_abandoned; /* started: served or under way */
  struct fsim_gave_up {
    size_t which_case;
    int64_t joined;
  } * gave_up;       /* [n_abandoned] left the queue; by case and time */
  double mean_queue; /* seconds */
} fsim_fitted_work;

typedef struct fsim_fitted_teams {
  fsim_fitted_team *team;
  size_t n;
  fsim_fitted_work *work; /* [n_stages] */
  bool *has_work;         /* [n_stages] of the log's funnel: cases have work there, by a team */
  bool *refused;          /* [n_stages]: they have, but wait while people are free */
  int32_t *work_stage;    /* [n_stages] STAGE-work in `log` */
  size_t n_stages;
  fsim_log *log; /* with STAGE-work stages; NULL when there is no team */
} fsim_fitted_teams;

/* Free with fsim_fitted_teams_free also after an error. */
int fsim_teams_of(const fsim_log *log, size_t funnel, fsim_report *report,
                  fsim_fitted_teams *teams);
void fsim_fitted_teams_free(fsim_fitted_teams *teams);

#endif
