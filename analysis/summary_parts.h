/* What the files of the summary share among themselves. */
#ifndef FSIM_ANALYSIS_SUMMARY_PARTS_H
#define FSIM_ANALYSIS_SUMMARY_PARTS_H

#include "analysis/summary.h"

typedef struct fsim_wanted {
  fsim_metric_id metric;
  fsim_estimate *estimate;
} fsim_wanted;

/* Several metrics of one subject. */
int fsim_estimate_all(fsim_series *series, const fsim_wanted *wanted, size_t n,
                      const fsim_subject *subject, double confidence, fsim_report *report);

/* Corrects cycle times and times in stages for what was still open. */
int fsim_summary_durations(fsim_summary *summary, fsim_report *report);
int fsim_summary_cohorts(fsim_summary *summary, fsim_series *series, fsim_report *report);
int fsim_summary_teams(fsim_summary *summary, fsim_series *series, fsim_report *report);
int fsim_summary_waterfall(fsim_summary *summary, fsim_series *series, fsim_report *report);
/* Whether a team's queue grows without end, and from which week on. */
int fsim_queue_trend(fsim_summary *summary, fsim_series *series, fsim_team_record *record,
                     fsim_report *report);
int fsim_summary_rules(fsim_summary *summary, fsim_series *series, fsim_report *report);

#endif
