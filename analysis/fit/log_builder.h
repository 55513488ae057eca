/* Rows of an export gathered into cases, then a log. Private to this folder.
 *
 * The readers of each kind of export hand over what each row says, in any order; cases are put in
 * order of time, and whatever does not fit together becomes a finding, at the end. */
#ifndef FSIM_ANALYSIS_FIT_LOG_BUILDER_H
#define FSIM_ANALYSIS_FIT_LOG_BUILDER_H

#include "analysis/fit/mapping.h"

typedef struct fsim_log_builder fsim_log_builder;

int fsim_log_builder_new(const fsim_mapping *mapping, fsim_report *report,
                         fsim_log_builder **builder);
void fsim_log_builder_free(fsim_log_builder *builder);

/* A funnel with the mapping's stages and outcomes. */
int fsim_builder_funnel(fsim_log_builder *b, const char *name, const fsim_meaning *stages,
                        size_t n_stages, const fsim_meaning *outcomes, size_t n_outcomes,
                        size_t *funnel);
/* The case of that id in a funnel, made when it is new (*fresh). */
int fsim_builder_case(fsim_log_builder *b, size_t funnel, const char *id, int64_t line,
                      size_t *which, bool *fresh);
/* SIZE_MAX when there is no such case. */
size_t fsim_builder_find(const fsim_log_builder *b, size_t funnel, const char *id);
void fsim_builder_created(fsim_log_builder *b, size_t which, int64_t time);
/* When the case was created, and whether that came out of a column without times of day. */
int64_t fsim_builder_creation(const fsim_log_builder *b, size_t which, bool *by_day);
bool fsim_builder_has_parent(const fsim_log_builder *b, size_t which);
void fsim_builder_value(fsim_log_builder *b, size_t which, double value);
/* When the case is to close (FSIM_NO_TIME: blank), and since when that is known (FSIM_NO_TIME:
 * since its creation). What was known first stays. */
void fsim_builder_expected(fsim_log_builder *b, size_t which, int64_t expected, int64_t since);
/* Whether rows of one case say different things of it, so that they tell what was known when. */
bool fsim_builder_expected_changes(const fsim_log_builder *b);
void fsim_builder_parent(fsim_log_builder *b, size_t which, size_t parent);
/* The value of an attribute (of the mapping's list); blank is "unknown", the first one stays. */
int fsim_builder_level(fsim_log_builder *b, size_t which, size_t attribute, const char *value);
/* Gives a case the value that another one has. */
void fsim_builder_inherit(fsim_log_builder *b, size_t which, size_t from, size_t attribute);
/* The case entered a stage, or reached an outcome. */
int fsim_builder_entered(fsim_log_builder *b, size_t which, int32_t stage, int64_t time,
                         int64_t line);
int fsim_builder_ended(fsim_log_builder *b, size_t which, int32_t outcome, int64_t time,
                       int64_t line);
/* The last event's time is a date out of a column without times of day. */
void fsim_builder_by_day(fsim_log_builder *b);
/* Dates of creation of this funnel are out of such a column. */
void fsim_builder_created_by_day(fsim_log_builder *b, size_t funnel);
/* The last event stands on a row of its own with that text: a second such row is a duplicate. */
void fsim_builder_row_text(fsim_log_builder *b, uint64_t hash);
/* A piece of work: what happened to it. */
typedef enum fsim_work_step {
  FSIM_WORK_SCHEDULED,
  FSIM_WORK_STARTED,
  FSIM_WORK_DONE
} fsim_work_step;
int fsim_builder_work(fsim_log_builder *b, size_t which, const char *activity, int32_t stage,
                      const char *resource, fsim_work_step step, int64_t time);

/* Moves a case up the chain of its parents until they are in order of time, by exchanging what the
 * cases say (not their ids); true when it moved. */
bool fsim_builder_sift(fsim_log_builder *b, size_t which);
/* Every case reaches that outcome when it is created. */
int fsim_builder_end_all(fsim_log_builder *b, int32_t outcome);

/* A file is begun: what follows was read there. */
int fsim_builder_file(fsim_log_builder *b, const char *path);
/* A name that the mapping does not know; the first ones are kept. */
int fsim_builder_unknown(fsim_log_builder *b, const char *name);
#define FSIM_THIS_FILE (-1) /* the one that is being read */
/* One more of a kind (static texts); the first three are kept as examples. `file`: of the log's
 * files, or FSIM_THIS_FILE. */
int fsim_builder_finding(fsim_log_builder *b, const char *kind, const char *done, int64_t line,
                         int32_t file, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
/* Whether the next one of that kind would be kept as an example. */
bool fsim_builder_wants_example(const fsim_log_builder *b, const char *kind);
void fsim_builder_row(fsim_log_builder *b); /* counts a row as read */
/* Counts the row as used unless it was left out since it was read. */
void fsim_builder_row_done(fsim_log_builder *b);
/* Rows that stand together from a line on and were counted as used are left out after all. */
int fsim_builder_leave_out(fsim_log_builder *b, size_t rows, const char *kind, int64_t line,
                           const char *what);
/* Times seen so far had a time of day. */
void fsim_builder_has_clock(fsim_log_builder *b);
/* Something was known at this time: moves the log's end on. */
void fsim_builder_seen(fsim_log_builder *b, int64_t time);

/* Puts all together; the builder is empty afterwards. `end` FSIM_NO_TIME: the last time seen. */
int fsim_builder_finish(fsim_log_builder *b, int64_t end, fsim_log **log);

#endif
