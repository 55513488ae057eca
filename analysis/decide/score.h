/* Derivatives by score functions, from the counts of the plan as it is: no plan is simulated again.
 *
 * The derivative of a mean is its covariance with the score, the derivative of the log of the
 * chance of what was drawn (Reiman & Weiss, Operations Research 37, 1989; L'Ecuyer, Management
 * Science 36, 1990): of exits sum n_k dp_k / p_k, of a Poisson stream n - expected. Valid for any
 * measure and any rule; but its variance grows with the number of draws, so that differences under
 * common random numbers are narrower in large scenarios. */
#ifndef FSIM_ANALYSIS_DECIDE_SCORE_H
#define FSIM_ANALYSIS_DECIDE_SCORE_H

#include "analysis/decide/outputs.h"
#include "analysis/decide/steps.h"

typedef struct fsim_score {
  const char *why_not;      /* static text: why there is none; then nothing below */
  fsim_interval slope;      /* of the measure by the log of the lever */
  fsim_interval elasticity; /* the same as a share of the measure */
} fsim_score;

typedef struct fsim_score_options {
  const fsim_outputs *base; /* the plan as it is */
  const fsim_measure *measure;
  size_t number; /* of the measure in `base` */
  double confidence;
  const double *confidence_of; /* [n] of single levers; NULL: the one above */
  int threads;                 /* 0: all cores */
} fsim_score_options;

/* scores[n] of levers. Refused are those that move anything else than the chances of exits of one
 * stage or the rate of a Poisson stream; exits that have waits of their own, race, or change with
 * the queue; funnels with ages of dropping, which move along; deals of the start; uncertain
 * numbers. Two alarms refuse one as well: the mean of the score must be 0, and its variance its
 * information, within 4 standard errors. */
int fsim_scores_make(const fsim_variant *variant, const fsim_step *steps, size_t n,
                     const fsim_score_options *options, fsim_report *report, fsim_score *scores);

#endif
