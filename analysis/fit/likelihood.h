/* The censored, truncated likelihood of stays with competing exits. Private to this folder. */
#ifndef FSIM_ANALYSIS_FIT_LIKELIHOOD_H
#define FSIM_ANALYSIS_FIT_LIKELIHOOD_H

#include "analysis/fit/laws.h"
#include "analysis/fit/maximise.h"

/* Stays that are alike, counted once, all from age 0: what is under observation only from an age
 * counts as another stay that was open then, with a weight below 0, by which the likelihood is
 * divided. So there are as many groups as ages, not as pairs of them. Ages are in units of `unit`,
 * so that numbers are near 1. */
typedef struct fsim_grouped {
  fsim_stay *stay;
  size_t n, n_exits;
  double unit;
  double resolution; /* in units; of ends at age 0 of exact times: the smallest age above 0 */
  double zero_resolution;
  double n_stays, n_ends; /* sums of weights */
  double longest;         /* follow-up */
  double log_units;       /* of a log-likelihood: from densities per unit to those of the ages */
} fsim_grouped;

/* What the law of each exit gives for each stay, kept from one value of the likelihood to the next:
 * where only one exit's parameters move, only its column is taken anew. */
typedef struct fsim_law_columns {
  fsim_exit_law *law; /* [n_exits] that the columns are of; no parts: none yet */
  double *to;         /* [n_exits * n] of an end: its probability; else the survival */
} fsim_law_columns;

typedef struct fsim_law_model {
  const fsim_grouped *data;
  const fsim_law_spec *spec; /* [n_exits] */
  bool may_never;
  size_t n_theta;
  fsim_law_columns *columns; /* written by fsim_log_likelihood */
} fsim_law_model;

int fsim_group_stays(const fsim_stays *stays, fsim_report *report, fsim_grouped *grouped);
void fsim_grouped_free(fsim_grouped *grouped);

/* Free also after an error. */
int fsim_law_columns_make(const fsim_grouped *grouped, fsim_report *report,
                          fsim_law_columns *columns);
void fsim_law_columns_free(fsim_law_columns *columns);

size_t fsim_count_theta(const fsim_law_spec *spec, size_t n_exits, bool may_never);
/* Laws in units from theta; *never gets p_0. */
void fsim_laws_from_theta(const fsim_law_model *model, const double *theta, fsim_exit_law *exit,
                          double *never);
double fsim_log_likelihood(const fsim_law_model *model, const double *theta);
/* The same from laws in units: of all stays, per unit of the ages; of one stay, per unit of
 * `grouped`, without its weight. */
double fsim_log_likelihood_of_laws(const fsim_grouped *grouped, const fsim_exit_law *exit,
                                   double never);
double fsim_log_likelihood_of_stay(const fsim_grouped *grouped, const fsim_stay *stay,
                                   const fsim_exit_law *exit, double never);

/* Of one exit's law, parts mixed. */
double fsim_exit_survival(const fsim_exit_law *law, double t);

#endif
