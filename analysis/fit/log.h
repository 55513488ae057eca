/* A CRM export in memory: cases that pass through stages to an outcome, or are still open.
 *
 * Whatever the export looks like (event log, deals table, two joined tables, transactions), the
 * readers bring it into this one form, and the estimators know nothing else. One case is one
 * journey of one lead through one funnel; cases of two tables, or repeat orders of one customer,
 * are joined by `parent`. Times are whole seconds since 1970-01-01T00:00:00 of the wall clock of
 * the export (no zones, no daylight saving, as DESIGN's semantics want it). */
#ifndef FSIM_ANALYSIS_FIT_LOG_H
#define FSIM_ANALYSIS_FIT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/report.h"

#define FSIM_NEVER INT64_MAX   /* has not happened by the end of the log */
#define FSIM_NO_TIME INT64_MIN /* not recorded */
#define FSIM_NONE (-1)

/* A list of names, numbered from 0 in the order in which the model shall list them. */
typedef struct fsim_name_list {
  char **name; /* owned */
  size_t n, capacity;
} fsim_name_list;

typedef struct fsim_log_funnel {
  char *name;
  fsim_name_list stages;
  fsim_name_list outcomes;
  bool *wins; /* [outcomes.n]: counts as a win */
  /* A wait for what follows a win of the one funnel and begins in the other; FSIM_NONE for others.
   * Its last outcome is that it followed. */
  int32_t wait_from, wait_to;
  int32_t wait_number; /* the how manieth case that follows, from 1 */
} fsim_log_funnel;

/* A category of the cases, e.g. segment or owner. */
typedef struct fsim_log_attribute {
  char *name;
  fsim_name_list levels; /* "unknown" stands for blank fields */
} fsim_log_attribute;

typedef struct fsim_case {
  int32_t funnel;
  int32_t outcome;        /* of the funnel, or FSIM_NONE while it is open */
  int64_t parent;         /* the case of the same lead that this one follows, or FSIM_NONE */
  int64_t created;        /* when it entered the funnel */
  int64_t closed;         /* when it reached its outcome, FSIM_NEVER while it is open */
  int64_t seen_from;      /* the log knows it because it was open then: created, or later (delayed
                           * entry: a case older than the log's beginning is under observation only
                           * from here) */
  double value;           /* NAN when not recorded */
  int64_t expected;       /* when it was to close, as was known when it was created; FSIM_NO_TIME */
  int64_t expected_since; /* when that was known: within a day of its creation */
  size_t first_visit, n_visits; /* in time order; none: known only by its dates */
  size_t id;                    /* its name in the export: offset into fsim_log.ids */
  int32_t line, file;           /* where it was first read; of fsim_log.files */
  int64_t first_entry; /* when its first stage was recorded; that visit counts from `created` */
} fsim_case;

/* One stay in one stage. It left into the next visit of the case, or into the case's outcome. */
typedef struct fsim_log_visit {
  int32_t stage;
  int64_t entered;
  int64_t left; /* FSIM_NEVER while it goes on */
} fsim_log_visit;

/* One piece of work of a person on a case, from lifecycle and resource columns. */
typedef struct fsim_log_work {
  size_t which_case;
  int32_t stage;     /* of the case's funnel, or FSIM_NONE */
  int32_t activity;  /* of fsim_log.activities */
  int32_t resource;  /* of fsim_log.resources: who began it or, if that is not known, completed
                      * it; FSIM_NONE */
  int64_t scheduled; /* FSIM_NO_TIME when not recorded */
  int64_t started;   /* FSIM_NO_TIME when not recorded */
  int64_t completed; /* FSIM_NO_TIME or, while it goes on, FSIM_NEVER */
} fsim_log_work;

/* What was wrong with the input, by kind. Every row that is not used is in one of those that say
 * FSIM_ROW_LEFT_OUT; their counts and n_used make n_rows. */
#define FSIM_ROW_LEFT_OUT "the row is left out"
typedef struct fsim_finding {
  const char *kind; /* static: "time runs backwards", "duplicate row", ... */
  const char *done; /* static: what was made of such rows: "left out", "moved to ...", "kept" */
  size_t count;
  struct {
    int64_t line;
    int32_t file;   /* of fsim_log.files */
    char text[120]; /* the case's id and what was seen */
  } example[3];
} fsim_finding;

typedef struct fsim_log {
  fsim_log_funnel *funnels;
  size_t n_funnels;
  fsim_log_attribute *attributes; /* the same for all funnels; the first is "segment" */
  size_t n_attributes;
  fsim_name_list resources, activities;
  fsim_name_list files;   /* that were read */
  fsim_name_list unknown; /* the first statuses and activities that the mapping does not know */
  fsim_case *cases;       /* by created, then by line */
  size_t n_cases;
  int16_t *level; /* [n_cases * n_attributes], FSIM_NONE never: blanks are level "unknown" */
  fsim_log_visit *visits;
  size_t n_visits;
  fsim_log_work *work; /* by started */
  size_t n_work;
  char *ids; /* all ids, each terminated */
  size_t ids_length;
  int64_t begin; /* nothing is known of what ended before: 0 delay when the log is complete */
  int64_t end;   /* when the export was made: what had not happened by then is open */
  bool by_day;   /* times are dates only: events of one day have no order among themselves */
  bool complete_from_begin; /* cases created before `begin` are known only if still open then */
  bool orders;              /* cases are waits for the next order of a customer */
  bool values_at_win;       /* values become known when deals are won; others have none */
  bool has_planned;         /* the last attribute is made of expected dates: planned.h */
  bool planned_by_data;     /* nothing but the data tells that these were known: expected.h */
  fsim_finding *findings;
  size_t n_findings;
  int64_t n_rows; /* read, all files together */
  int64_t n_used; /* of them */
} fsim_log;

void fsim_log_free(fsim_log *log);
const char *fsim_case_id(const fsim_log *log, const fsim_case *which);
/* The file of an example of a finding where there are several, else NULL. */
const char *fsim_example_file(const fsim_log *log, const fsim_finding *finding, size_t example);
/* Whether anything was won. Where nothing was: FSIM_BAD_INPUT when there are names that the mapping
 * does not know (they are listed), else a warning. */
int fsim_log_check_wins(const fsim_log *log, fsim_report *report);

/* Which funnels a forecast is of: one, or FSIM_ALL_FUNNELS, where the wins that count are all
 * orders, else those of the last funnel. */
#define FSIM_ALL_FUNNELS SIZE_MAX
bool fsim_log_counts(const fsim_log *log, size_t funnels, const fsim_case *which);
/* Whether the case is such a win. */
bool fsim_log_counts_win(const fsim_log *log, size_t funnels, const fsim_case *which);
/* When what brings the case became known: of orders, when the customer first ordered; of deals that
 * come of leads, where both are forecast, when the lead was created; else when the case was. */
int64_t fsim_log_known_since(const fsim_log *log, size_t funnels, const fsim_case *which);

/* The log as it would have been exported at `cut`: later cases, visits, outcomes and work are
 * gone, what was going on is open again, expected dates that its own data speak against are none
 * (expected.h), values of deals open then are kept only when
 * `values_known` and not log->values_at_win. Values and attributes have no history in a
 * log: they count as known from the creation on. A new log that the caller frees. */
int fsim_log_until(const fsim_log *log, int64_t cut, bool values_known, fsim_report *report,
                   fsim_log **out);

#endif
