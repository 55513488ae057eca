/* A forecast week by week: what is won, what is in progress and what teams work, of single runs and
 * on average, split by the values of an attribute, and the probability of a target by each date.
 *
 * Weeks are told from the end of the warm-up on; what is won "so far" is counted from there.
 * Memory: five numbers for each replication and value of the attribute. */
#ifndef FSIM_ANALYSIS_DECIDE_WEEKLY_H
#define FSIM_ANALYSIS_DECIDE_WEEKLY_H

#include <stdint.h>
#include <stdio.h>

#include "analysis/metric.h"

/* Of a fitted scenario: "open" deals at the start, and "new" ones (analysis/fit/model_text.h). */
#define FSIM_DEAL_ATTRIBUTE "deal"

typedef struct fsim_weekly_options {
  const char *by;     /* attribute; NULL: FSIM_DEAL_ATTRIBUTE where there is one, else segment */
  const char *target; /* "won >= 40": in all from the end of the warm-up on; NULL: none */
  double confidence;  /* 0: the scenario's */
  const char *funnel; /* only its wins, value and journeys; NULL: those of all */
} fsim_weekly_options;

typedef struct fsim_week_figures {
  fsim_estimate won, won_so_far;     /* journeys */
  fsim_estimate value, value_so_far; /* currency */
  fsim_estimate open;                /* journeys in progress at the end of the week */
} fsim_week_figures;

typedef struct fsim_week_record {
  int32_t from, to;           /* days since 1970-01-01; `to` is the day after the last */
  fsim_week_figures *figures; /* [n_groups] */
  fsim_estimate *hours;       /* [n_teams] that places were busy */
  fsim_interval reached;      /* probability that the target is reached by `to` */
} fsim_week_record;

typedef struct fsim_weekly {
  const fsim_series_source *source; /* not owned; outlives this */
  const char *target;               /* as given, not owned; NULL: none */
  double confidence;
  size_t attribute;
  size_t funnel;  /* of the scenario; SIZE_MAX: all */
  size_t *groups; /* 0, then the values; only 0 where there is one value */
  size_t n_groups;
  size_t n_teams; /* 0 where no stage has work */
  fsim_week_record *weeks;
  size_t n_weeks;
} fsim_weekly;

/* FSIM_BAD_INPUT for an attribute or a funnel that the scenario has not, and a target that is not a
 * number of wins, of journeys that ended so, or of their value, in all. Reads the source once for
 * each of four arrays while a window of cells holds a week. */
int fsim_weekly_make(const fsim_series_source *source, const fsim_weekly_options *options,
                     fsim_report *report, fsim_weekly **weekly);
void fsim_weekly_free(fsim_weekly *weekly);

/* Each returns FSIM_FAILED when `out` cannot be written. */
int fsim_weekly_text(const fsim_weekly *weekly, FILE *out, fsim_report *report);
int fsim_weekly_json(const fsim_weekly *weekly, FILE *out, fsim_report *report);
int fsim_weekly_csv(const fsim_weekly *weekly, FILE *out, fsim_report *report);

#endif
