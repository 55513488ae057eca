/* How a backward plan is searched. Private to this folder. */
#ifndef FSIM_ANALYSIS_DECIDE_GOAL_SEARCH_H
#define FSIM_ANALYSIS_DECIDE_GOAL_SEARCH_H

#include "analysis/decide/goal_plan.h"
#include "analysis/decide/plans.h"

typedef struct fsim_goal_search {
  fsim_goal_plan *plan;
  const fsim_goal_options *options;
  fsim_report *report;
} fsim_goal_search;

/* Simulates plans side by side and judges them. */
int fsim_goal_run(const fsim_goal_search *search, fsim_plan_job *jobs, fsim_tried *tried, size_t n);
/* Tries those of the points that were not yet. */
int fsim_goal_try(const fsim_goal_search *search, double (*points)[FSIM_MOST_VARIED], size_t n);
void fsim_goal_free_sets(char **sets, size_t n);

/* One lever: the smallest value that will do, and its interval. */
int fsim_goal_solve_one(const fsim_goal_search *search);
/* Several: the cheapest mix. Every line of the last lever over a grid of the others is narrowed
 * down; whole numbers are all tried, other levers then refined around the best. */
int fsim_goal_solve_mix(const fsim_goal_search *search);
/* The answer by fresh replications, which follow those of the search (a second stage: Stein, Annals
 * of Mathematical Statistics 16, 1945). */
int fsim_goal_judge_again(const fsim_goal_search *search);
/* Where the target is out of reach: the team that is busiest in the plan that comes nearest. */
int fsim_goal_find_busiest(const fsim_goal_search *search);

#endif
