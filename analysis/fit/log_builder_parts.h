/* What log_builder.c gathers and log_finish.c puts together. */
#ifndef FSIM_ANALYSIS_FIT_LOG_BUILDER_PARTS_H
#define FSIM_ANALYSIS_FIT_LOG_BUILDER_PARTS_H

#include "analysis/fit/log_builder.h"

/* What a row says of a case: stage >= 0 entered, or outcome ~what reached. */
typedef struct fsim_log_event {
  int64_t time;
  int32_t line;
  int16_t file;
  bool by_day; /* its column has dates without a time of day */
  uint32_t which;
  int32_t what;
  uint64_t text; /* hash of the row, 0: not a row of its own */
} fsim_log_event;

typedef struct fsim_work_event {
  size_t which;
  int64_t time;
  int32_t activity, stage, resource;
  fsim_work_step step;
} fsim_work_event;

struct fsim_log_builder {
  const fsim_mapping *mapping;
  fsim_report *report;
  fsim_log *log; /* cases without visits until the end */
  size_t case_room, level_room, id_room, finding_room, funnel_room;
  size_t *slot; /* hash table of cases + 1; 0 empty */
  size_t n_slots;
  fsim_log_event *event;
  size_t n_events, event_room;
  fsim_work_event *work;
  size_t n_work, work_room;
  int64_t last_seen;
  size_t n_expected, n_expected_changes; /* rows with such a date, and with another one */
  int32_t file;                          /* being read: of log->files */
  bool has_clock, row_left_out;
  unsigned created_by_day; /* bit f: cases of funnel f have dates of creation without a time */
};

/* Where times of day are known elsewhere: finds a time for the case's dates that have none, and
 * takes out ends that another row tells with their time; times are no more in order then
 * (log_days.c). */
int fsim_place_days(fsim_log_builder *b, size_t which, fsim_log_event *event, size_t *n);
/* The log goes on at least until noon of such dates. */
void fsim_see_days(fsim_log_builder *b);

/* Sets the log's begin, and from when on each of its cases was seen (log_begin.c). */
int fsim_set_begin(fsim_log_builder *b);

/* Tells of events far from all others in time, and takes them out; tells of moments at which many
 * cases changed at once (log_checks.c). */
int fsim_check_times(fsim_log_builder *b);

#endif
