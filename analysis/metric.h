/* Output metrics: one table of self-describing entries, each a mean over replications or a ratio of
 * totals, made from the arrays of sim/record/shape.h.
 *
 * Adding a metric means one line in fsim_metrics. Summary, its JSON names, help and docs come from
 * here, so they cannot disagree. */
#ifndef FSIM_ANALYSIS_METRIC_H
#define FSIM_ANALYSIS_METRIC_H

#include "analysis/interval.h"
#include "analysis/series.h"

typedef enum fsim_metric_id {
  FSIM_PER_WEEK_ENDED, /* throughput */
  FSIM_TOTAL_ENDED,
  FSIM_PER_WEEK_VALUE,
  FSIM_SHARE_OF_ENDED, /* journeys */
  FSIM_CYCLE_DAYS,
  FSIM_WON_OF_ENDED, /* funnels */
  FSIM_OPEN_SHARE,
  FSIM_TOTAL_OPEN,
  FSIM_PER_WEEK_STARTED,
  FSIM_PER_WEEK_WON,
  FSIM_TOTAL_WON,
  FSIM_PROGRESS_MEAN,
  FSIM_PER_WEEK_WON_VALUE,
  FSIM_VALUE_PER_WIN,
  FSIM_COST_PER_WIN,
  FSIM_WIN_DAYS,
  FSIM_PER_WEEK_SPENT,   /* all streams */
  FSIM_PER_WEEK_ENTERED, /* stages */
  FSIM_EXIT_SHARE,
  FSIM_STAGE_DAYS,
  FSIM_QUEUE_DAYS,
  FSIM_STAGE_PROGRESS,
  FSIM_PER_WEEK_RULED,
  FSIM_WORK_DAYS,
  FSIM_UTILISATION, /* teams */
  FSIM_QUEUE_LENGTH,
  FSIM_TEAM_QUEUE_DAYS,
  FSIM_ABANDONED_SHARE,
  FSIM_JOINED_PER_WEEK,
  FSIM_CLASS_QUEUE_DAYS, /* classes of priority */
  FSIM_CLASS_SERVED_SHARE,
  FSIM_CLASS_JOINED_PER_WEEK,
  FSIM_PART_QUEUE_DAYS, /* waterfall: of journeys with an outcome, in a stage */
  FSIM_PART_WORK_DAYS,
  FSIM_PART_WAIT_DAYS,
  FSIM_N_METRICS
} fsim_metric_id;

/* Which cells of an array are summed, given a subject. */
typedef enum fsim_span {
  FSIM_ITSELF,   /* the subject's own cell */
  FSIM_OUTCOMES, /* the outcomes of its funnel */
  FSIM_WINS,     /* those that count as wins */
  FSIM_OPEN,     /* its open journeys */
  FSIM_FATES,    /* outcomes and open */
  FSIM_EXITS,    /* exits and rules of its stage */
  FSIM_STREAMS   /* all streams */
} fsim_span;

typedef struct fsim_term {
  fsim_cells array;
  fsim_span span;
} fsim_term;

typedef enum fsim_per {
  FSIM_PER_REPLICATION,
  FSIM_PER_WINDOW_WEEK,
  FSIM_PER_WINDOW_SECOND,
  FSIM_PER_PLACE_SECOND, /* of the team, in open hours of the window */
  FSIM_PER_TERM          /* a ratio of totals: the metric's `bottom` */
} fsim_per;

typedef struct fsim_metric {
  const char *list; /* of summary's records that it belongs to */
  const char *name;
  const char *units;
  const char *help; /* with its denominator */
  fsim_term top;
  double scale; /* times the top: cents to currency, seconds to days */
  fsim_per per;
  fsim_term bottom;
  bool count; /* of things: all zero means "rule of three" */
  bool share; /* between 0 and 1 */
} fsim_metric;

extern const fsim_metric fsim_metrics[FSIM_N_METRICS];

/* What a metric is about; what its terms do not use is ignored. */
typedef struct fsim_subject {
  size_t funnel, outcome, stage, exit, group, team, priority;
} fsim_subject;

typedef struct fsim_estimate {
  fsim_interval mean; /* the error of the mean */
  bool times;         /* quantiles are of single times, else of replications */
  fsim_interval p10, p50, p90;
} fsim_estimate;

/* A cell of an array of the record. */
typedef struct fsim_metric_cell {
  fsim_cells array;
  size_t cell; /* within the array */
} fsim_metric_cell;

/* Lists the cells that a term sums, at most `most`; returns how many there are. */
size_t fsim_metric_cells(const fsim_scenario *scenario, const fsim_shape *shape, fsim_term term,
                         const fsim_subject *subject, fsim_metric_cell *cells, size_t most);
/* What the sum of the top is multiplied by: units, and what the metric is per. */
double fsim_metric_scale(const fsim_scenario *scenario, const fsim_metric *metric,
                         const fsim_subject *subject);
/* top[replications] (scaled) and, for ratios, bottom[replications] of a metric. */
int fsim_metric_values(fsim_series *series, fsim_metric_id id, const fsim_subject *subject,
                       double *top, double *bottom, fsim_report *report);
int fsim_metric_estimate(fsim_series *series, fsim_metric_id id, const fsim_subject *subject,
                         double confidence, fsim_report *report, fsim_estimate *estimate);
/* The estimate of a metric without denominator from its values of every replication;
 * work[replications] is scratch. */
void fsim_estimate_values(const fsim_series_source *source, fsim_metric_id id, const double *values,
                          double *work, double confidence, fsim_estimate *estimate);
/* Puts quantiles of single times (in days, with Woodruff's intervals) from the pool in place of
 * those of replications (with order statistics). */
void fsim_estimate_times(const fsim_series_source *source, size_t histogram, double confidence,
                         fsim_estimate *estimate);
/* Seconds of the window. */
double fsim_window_s(const fsim_scenario *scenario);
/* Cost of all people of all teams in open hours of the window, busy or not: it does not vary. */
double fsim_people_cost_per_week(const fsim_scenario *scenario);

#endif
