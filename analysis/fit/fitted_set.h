/* All that a scenario needs of a log: one funnel, or several with the links between them. */
#ifndef FSIM_ANALYSIS_FIT_FITTED_SET_H
#define FSIM_ANALYSIS_FIT_FITTED_SET_H

#include "analysis/fit/week_swing.h"

/* After an outcome of one funnel comes a case in another one, at once. */
typedef struct fsim_fitted_link {
  size_t from, to;    /* of fsim_fitted_set.funnel */
  size_t outcome;     /* of `from` */
  size_t n, followed; /* outcomes, and how many of them were followed; 0: nothing was estimated */
  double probability;
  double probability_error; /* its standard deviation */
} fsim_fitted_link;

typedef struct fsim_fitted_set {
  fsim_fitted_funnel *funnel; /* in the order of the log */
  size_t n;
  fsim_fitted_teams *teams; /* [n] of each funnel; NULL: none were looked for */
  fsim_fitted_link *link;
  size_t n_links;
  size_t funnels; /* as was asked for */
} fsim_fitted_set;

/* Fits one funnel of a log, or all with FSIM_ALL_FUNNELS. Free with fsim_fitted_set_free also after
 * an error. */
int fsim_estimate_set(const fsim_log *log, size_t funnels, const fsim_fit_options *options,
                      fsim_report *report, fsim_fitted_set *set);
void fsim_fitted_set_free(fsim_fitted_set *set);

/* The links of a set whose funnels are fitted. */
int fsim_estimate_links(const fsim_log *log, fsim_report *report, fsim_fitted_set *set);

/* The number of the stage that stands at a place when stages are listed: the entry first, the later
 * part of a stage behind its first part, else as they are numbered. */
size_t fsim_fitted_stage_at(const fsim_fitted_funnel *fitted, size_t place);

#endif
