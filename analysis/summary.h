/* The summary of a run in memory: every estimate that `funnelsim summary` prints.
 *
 * It is built from a series source (a result file or a test's arrays) and printed as text, JSON or
 * CSV; the printers only choose words and digits. Groups: 0 stands for all leads, then the values
 * of one attribute. */
#ifndef FSIM_ANALYSIS_SUMMARY_H
#define FSIM_ANALYSIS_SUMMARY_H

#include <stdint.h>
#include <stdio.h>

#include "analysis/conversion.h"
#include "analysis/metric.h"
#include "analysis/variance.h"
#include "sim/model/source.h"
#include "sim/store/effects.h"
#include "sim/store/indices.h"

typedef struct fsim_summary_options {
  const char *by;    /* attribute whose values are shown; NULL: segment */
  double confidence; /* 0: the scenario's */
} fsim_summary_options;

typedef struct fsim_throughput_record {
  size_t funnel, outcome, group;
  fsim_estimate per_week, total, value_per_week;
} fsim_throughput_record;

typedef struct fsim_journeys_record {
  size_t funnel, outcome, group;
  fsim_estimate share, cycle_days;
  fsim_interval of_ended; /* mean cycle time, not corrected for those still open */
} fsim_journeys_record;

typedef struct fsim_funnel_record {
  size_t funnel, group;
  fsim_estimate started_per_week, won_per_week, wip, open_share;
  fsim_estimate value_per_week, value_per_win, cost_per_win;
  fsim_interval all_cost_per_win; /* leads and people; group 0 only, none without teams */
  fsim_estimate won_of_ended, win_days;
  fsim_conversion conversion;
} fsim_funnel_record;

typedef struct fsim_stage_record {
  size_t funnel, stage, group;
  fsim_estimate entered_per_week, time_days, queue_days, work_days, wip;
  fsim_interval of_ended; /* mean time, as those of queue and work: not corrected for open visits */
  size_t first_exit, n_exits; /* into summary.exits */
} fsim_stage_record;

typedef struct fsim_exit_record {
  size_t slot;
  char *name; /* "proposal", "lost (expire)" */
  bool loses; /* it ends the journey without a win */
  fsim_estimate share;
} fsim_exit_record;

typedef struct fsim_variance_record {
  size_t funnel, outcome;
  bool uncertain; /* false: no number is, so all of it is chance */
  fsim_variance_split split;
} fsim_variance_record;

/* Journeys of the leads that arrived in these weeks. */
typedef struct fsim_cohort_record {
  size_t funnel;
  size_t from_week, weeks;
  double journeys;                     /* a replication */
  fsim_interval won_share, open_share; /* of all journeys of the cohort, open ones included */
  bool immature;
} fsim_cohort_record;

/* What a rule ended, and what that gave away. */
typedef struct fsim_rule_record {
  size_t funnel, stage;
  bool expires, drops, abandons; /* abandons: patience, or a limit of the team's queue */
  fsim_estimate ended_per_week;
  fsim_interval would_win;      /* share of the ended visits whose journey would have won */
  fsim_interval value_per_week; /* of those wins; both none when unknown */
  const char *why_not;          /* unknown because of this; else NULL */
} fsim_rule_record;

/* Only where some stage has work. Queue times have p50 and p90 of visits. */
typedef struct fsim_team_record {
  size_t team;
  fsim_estimate utilisation, queue_length, queue_days, abandoned_share, joined_per_week;
  double queue_length_p90; /* 90 % of the time it is no longer; NAN when unknown */
  double cost_per_week;    /* of all people in open hours, busy or not: it does not vary */
  const char *limit;       /* what holds work up: "people", "hours", "queue limit", "nothing" */
  bool grows;              /* its queue grows without end */
  size_t grows_from_week;  /* of the run, from 0 */
} fsim_team_record;

/* A class of priority of a team that has several. */
typedef struct fsim_class_record {
  size_t team, priority; /* 0 is served first */
  fsim_estimate queue_days, served_share, joined_per_week;
} fsim_class_record;

/* Where the days of journeys with an outcome went, stage by stage; only where teams work. */
typedef struct fsim_part_record {
  size_t funnel, outcome, stage;
  fsim_estimate queue_days, work_days, wait_days; /* per journey */
} fsim_part_record;

#define FSIM_ALL_FUNNELS SIZE_MAX

/* An estimate again, by what is known beforehand (analysis/known.h, analysis/control.h). */
typedef struct fsim_narrowed_record {
  size_t funnel, group; /* FSIM_ALL_FUNNELS: all of them */
  fsim_metric_id metric;
  fsim_interval interval;
  double narrower;  /* than the plain interval, as a share; below 0: wider; NAN: unknown */
  bool by_arrivals; /* the number of leads */
  bool by_wins;     /* the expected wins */
  bool by_rest;     /* what comes behind the last team (analysis/conditional.h) */
  bool exact;       /* the mean itself is known */
} fsim_narrowed_record;

/* A cohort with more than this share open is not ripe for comparison. */
#define FSIM_IMMATURE_OPEN 0.05
#define FSIM_COHORT_WEEKS 4

typedef struct fsim_summary {
  const fsim_series_source *source; /* not owned; outlives the summary */
  double confidence, window_days;
  size_t units;     /* of the intervals: pairs where numbers are uncertain */
  size_t attribute; /* shown as groups */
  size_t *groups;
  size_t n_groups;
  fsim_throughput_record *throughput;
  size_t n_throughput;
  fsim_journeys_record *journeys;
  size_t n_journeys;
  fsim_funnel_record *funnels;
  size_t n_funnels;
  fsim_stage_record *stages;
  size_t n_stages;
  fsim_exit_record *exits;
  size_t n_exits;
  fsim_variance_record *variance;
  size_t n_variance;
  char **numbers; /* paths of the uncertain numbers; none unless fsim_summary_uncertain was asked */
  size_t n_numbers;
  fsim_interval *number_shares; /* [n_variance][n_numbers] of the total variance, by itself */
  bool too_few_pairs;           /* to tell the numbers apart: then none is known */
  fsim_cohort_record *cohorts;
  size_t n_cohorts;
  fsim_rule_record *rules;
  size_t n_rules;
  fsim_team_record *teams;
  size_t n_teams;
  fsim_class_record *classes;
  size_t n_classes;
  fsim_part_record *parts;
  size_t n_parts;
  fsim_narrowed_record *narrowed; /* none unless fsim_summary_known was asked */
  size_t n_narrowed;
  fsim_estimate *spent_per_week; /* [n_groups] */
  fsim_estimate value_per_week;  /* of all funnels' wins */
} fsim_summary;

/* FSIM_BAD_INPUT for an attribute that the scenario has not. */
int fsim_summary_make(const fsim_series_source *source, const fsim_summary_options *options,
                      fsim_report *report, fsim_summary **summary);
void fsim_summary_free(fsim_summary *summary);
/* Adds what each uncertain number brings about by itself; `source` is what the results are of. */
int fsim_summary_uncertain(fsim_summary *summary, const fsim_source *source, fsim_report *report);

/* Adds estimates that are narrower for what is known: how many leads were to come and, where the
 * exact engine answers, the expected wins; and what comes behind the last team, from `rows` (NULL:
 * there are none) of at most FSIM_MOST_ROWS visits. */
#define FSIM_MOST_ROWS 5e6
int fsim_summary_known(fsim_summary *summary, const fsim_source *source,
                       const fsim_row_source *rows, fsim_report *report);

/* What the printers tell beside the numbers. */
typedef struct fsim_summary_frame {
  const char *engine; /* NULL: unknown */
  bool complete;
  const char *const *warnings;
  size_t n_warnings;
  const char *const *notes; /* what was chosen for the run */
  size_t n_notes;
  bool full;                          /* text: all tables, not only a screenful */
  const fsim_stored_effects *effects; /* of `funnelsim sensitivity`; NULL: none */
  const fsim_stored_indices *indices; /* of `funnelsim sensitivity --global`; NULL: none */
} fsim_summary_frame;

/* Each returns FSIM_FAILED when `out` cannot be written. */
int fsim_summary_text(const fsim_summary *summary, const fsim_summary_frame *frame, FILE *out,
                      fsim_report *report);
int fsim_summary_json(const fsim_summary *summary, const fsim_summary_frame *frame, FILE *out,
                      fsim_report *report);
int fsim_summary_csv(const fsim_summary *summary, FILE *out, fsim_report *report);

/* The team with the highest utilisation; NULL where none works. */
const fsim_team_record *fsim_busiest_team(const fsim_summary *summary);
/* "all" or the attribute's value. */
const char *fsim_summary_group(const fsim_summary *summary, size_t group);

#endif
