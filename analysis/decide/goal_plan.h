/* Planning backwards: what levers must be for a target to be reached with a given probability.
 *
 * The target is judged replication by replication: a plan that reaches it on average fails about
 * every second time. All plans share their random numbers, so the probability moves with the lever
 * without noise of its own, and the smallest value is found by narrowing down (stochastic root
 * finding under common random numbers: Pasupathy & Kim, ACM TOMACS 21, 2011). Its interval inverts
 * Wilson's for the probability. */
#ifndef FSIM_ANALYSIS_DECIDE_GOAL_PLAN_H
#define FSIM_ANALYSIS_DECIDE_GOAL_PLAN_H

#include <stdio.h>

#include "analysis/decide/dates.h"
#include "analysis/decide/needs.h"
#include "analysis/decide/target.h"
#include "analysis/decide/vary.h"

#define FSIM_MOST_VARIED 3

typedef struct fsim_goal_options {
  const char *target;
  double probability; /* with which it shall be reached, 0: 0.8 */
  double confidence;  /* of intervals, 0: the scenario's */
  const char *const *vary;
  size_t n_vary; /* 0: only what the plan as it is gives; at most FSIM_MOST_VARIED */
  uint32_t replications;
  int threads;
  void (*progress)(void *context, size_t done, size_t of);
  void *context;
} fsim_goal_options;

/* One plan that was tried. */
typedef struct fsim_tried {
  double at[FSIM_MOST_VARIED];
  char *refused;
  fsim_interval reached; /* probability of the target */
  fsim_interval mean;    /* of the metric */
  double cost_per_week;  /* of teams and leads */
} fsim_tried;

typedef struct fsim_goal_plan {
  const fsim_variant *variant; /* not owned */
  fsim_target_goal goal;
  fsim_measure measure;
  double probability, confidence;
  uint32_t replications;
  fsim_vary vary[FSIM_MOST_VARIED];
  size_t n_vary;
  fsim_tried *tried; /* the plan as it is first */
  size_t n_tried, room;
  size_t answer;      /* index of the plan found; SIZE_MAX: the target is out of reach */
  fsim_tried again;   /* the answer judged by as many fresh replications: what was chosen for
                         looking good in those of the search looks better in them than it is */
  size_t nearest;     /* of all tried the one that reaches it most often, or comes nearest to it */
  size_t busiest;     /* out of reach: the team with the highest utilisation there; SIZE_MAX: none */
  fsim_interval busy; /* its utilisation */
  double low, high;   /* one lever: interval of the value found; NAN beyond the bounds */
  bool not_monotone;  /* the probability does not move one way with the lever */
  double stretch;     /* the classical plan: all streams times this; NAN when there is none */
  fsim_tried classic; /* what that gives */
  fsim_need *needs;   /* [n_needs] of the classical plan, stage by stage */
  size_t n_needs;
  fsim_dates dates; /* of targets FUNNEL.OUTCOME of all leads; else none */
} fsim_goal_plan;

/* Free the result also after an error. */
int fsim_goal_plan_make(const fsim_variant *variant, const fsim_goal_options *options,
                        fsim_report *report, fsim_goal_plan **plan);
void fsim_goal_plan_free(fsim_goal_plan *plan);

int fsim_goal_plan_text(const fsim_goal_plan *plan, FILE *out, fsim_report *report);
int fsim_goal_plan_json(const fsim_goal_plan *plan, FILE *out, fsim_report *report);

#endif
