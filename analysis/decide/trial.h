/* How long a real A/B test of a change on a share of the leads must run to see it.
 *
 * The scenario itself is the test: which leads get the change is drawn by key, both arms share
 * streams, teams and dates. Counted are leads from their first entry into a changed stage on, and
 * those of them that have won by the end of each week: who has not yet won counts as not won, as in
 * life. Every replication is put to the test that an analyst would make, two proportions with
 * pooled variance (Fleiss, Levin & Paik, Statistical Methods for Rates and Proportions, 2003,
 * ch. 3); the share of replications that it convinces is its power. So waiting for outcomes,
 * bunched arrivals, queues and uncertain numbers are all in it (of the last, the power is the
 * average over what is not known: O'Hagan, Stevens & Campbell, Pharmaceutical Statistics 4, 2005).
 */
#ifndef FSIM_ANALYSIS_DECIDE_TRIAL_H
#define FSIM_ANALYSIS_DECIDE_TRIAL_H

#include <jansson.h>

#include "analysis/decide/outputs.h"

/* Longer tests are not simulated. */
#define FSIM_MOST_TRIAL_WEEKS 260

typedef struct fsim_trial_options {
  const char *metric; /* FUNNEL.…: wins of that funnel count; else those of the changed stages' */
  double confidence;  /* of the test, two-sided, and of the interval of its weeks */
  double power;       /* 0: 0.8 */
  uint32_t replications;
  fsim_outputs_options run;
} fsim_trial_options;

/* Arms: 0 without the change, 1 with it. */
typedef struct fsim_trial_week {
  fsim_interval seen; /* share of replications whose test sees the difference by the end of it */
  double leads[2];    /* counted by then, in one replication on average */
  double won[2];      /* share of them that has won by then */
} fsim_trial_week;

typedef struct fsim_trial {
  char *variant, *text;  /* names of the plan and of the change with its date */
  char *stages, *funnel; /* "basic.qualified, basic.proposal"; whose wins count */
  double share, power, confidence;
  uint32_t replications;
  const char *unfit; /* why there is no such test (static text); then nothing below */
  fsim_trial_week *weeks;
  size_t n_weeks;
  size_t needed;    /* weeks to the power asked for; 0: more than n_weeks */
  size_t low, high; /* its interval; 0: more than n_weeks */
  double about;     /* weeks by the normal approximation where `needed` is 0; NAN: no difference
                       is seen at all */
} fsim_trial;

/* Does a change reach only some of the leads? */
bool fsim_is_trial(const fsim_change *change);

/* Of change `change` of the variant's scenario. Where its horizon is too short the simulation goes
 * on, up to FSIM_MOST_TRIAL_WEEKS after the change. Free the result also after an error. */
int fsim_trial_make(const fsim_variant *variant, size_t change, const fsim_trial_options *options,
                    fsim_report *report, fsim_trial *trial);
void fsim_trial_free(fsim_trial *trial);

/* 0, or -1 when it could not be written. */
int fsim_trial_text(const fsim_trial *trial, FILE *out);
/* NULL when memory is out. */
json_t *fsim_trial_json(const fsim_trial *trial);

#endif
