/* What the columns of an export mean: the mapping file. Private to this folder. */
#ifndef FSIM_ANALYSIS_FIT_MAPPING_H
#define FSIM_ANALYSIS_FIT_MAPPING_H

#include "analysis/fit/log.h"
#include "analysis/fit/timestamp.h"
#include "sim/model/node.h"

typedef enum fsim_export_kind {
  FSIM_EXPORT_EVENTS,      /* a row an event: case, activity, time */
  FSIM_EXPORT_DEALS,       /* a row a deal, optionally with a history of stages */
  FSIM_EXPORT_TRANSACTIONS /* a row an order of a customer */
} fsim_export_kind;

typedef enum fsim_column_role {
  FSIM_COLUMN_CASE,
  FSIM_COLUMN_ACTIVITY,
  FSIM_COLUMN_TIME,
  FSIM_COLUMN_LIFECYCLE,
  FSIM_COLUMN_RESOURCE,
  FSIM_COLUMN_VALUE,
  FSIM_COLUMN_QUANTITY, /* how many times the value column the value is; of unit prices */
  FSIM_COLUMN_CREATED,
  FSIM_COLUMN_CLOSED,
  FSIM_COLUMN_STATUS,
  FSIM_COLUMN_PARENT,   /* deals: the lead's id in the table of leads */
  FSIM_COLUMN_ORDER,    /* transactions: the id of an order, of which each row is a line */
  FSIM_COLUMN_EXPECTED, /* the date on which the case is expected to close */
  FSIM_COLUMN_DEAL,     /* leads: the id of the deal that came of the lead, where deals name none */
  FSIM_COLUMNS
} fsim_column_role;

extern const char *const fsim_column_roles[FSIM_COLUMNS];

/* A stage or an outcome: which activities or statuses mean it. */
typedef struct fsim_meaning {
  const char *name;
  const char **from; /* patterns with * */
  size_t n_from;
  const char *date; /* deals: the column with the date on which it came; NULL */
  bool win;
  int32_t stage; /* of work: the stage in which it is done */
  fsim_place place;
} fsim_meaning;

/* Rows that count: those whose field in that column matches one of the patterns. */
typedef struct fsim_mapped_filter {
  const char *column;
  const char **is;
  size_t n_is;
  fsim_place place;
} fsim_mapped_filter;

typedef struct fsim_mapped_table {
  const char *file;                 /* NULL: given on the command line */
  const char *column[FSIM_COLUMNS]; /* NULL: none */
  fsim_place place[FSIM_COLUMNS];
  bool expected_as_first;      /* the expected date is the one that was set first */
  fsim_mapped_filter *filters; /* where: each must let a row pass */
  size_t n_filters;
} fsim_mapped_table;

typedef struct fsim_mapped_attribute {
  const char *name, *column;
  const fsim_mapped_table *table; /* in which it stands: that of cases, or of leads */
  bool leak_allowed;
  fsim_place place;
} fsim_mapped_attribute;

/* What becomes of a case that goes on after an end. */
typedef enum fsim_reopened {
  FSIM_REOPENED_FIRST, /* its first end counts, what follows is left out */
  FSIM_REOPENED_LAST,  /* it was open until its last end */
  FSIM_REOPENED_NEW    /* it is a new case from then on */
} fsim_reopened;

typedef struct fsim_mapping {
  fsim_export_kind kind;
  const char *file; /* of the mapping itself */
  const char *funnel;
  fsim_mapped_table table, history, leads;
  bool has_history, has_leads;
  const char *leads_funnel;
  fsim_meaning *stages, *outcomes, *lead_outcomes;
  size_t n_stages, n_outcomes, n_lead_outcomes;
  bool lead_converts; /* the last outcome of leads is "converted", when a deal comes of one */
  bool joined;        /* kind: joined */
  fsim_meaning *work; /* activities that are work in a stage */
  size_t n_work;
  const char **ignore;
  size_t n_ignore;
  fsim_mapped_attribute *attributes;
  size_t n_attributes;
  bool fill_skipped; /* skipped: fill */
  bool furthest;     /* returns: furthest */
  fsim_reopened reopened;
  bool known_open; /* known: open */
  bool known_given;
  bool values_at_win; /* values: at_win */
  fsim_date_order order;
  char delimiter; /* 0: found from the header */
  bool decimal_comma, decimal_given;
  const char *encoding; /* NULL: found from the bytes */
  int64_t begin, end;   /* FSIM_NO_TIME: as the data say */
  fsim_arena *arena;    /* all of it lives there */
} fsim_mapping;

/* Reads a mapping file. FSIM_BAD_INPUT with place and remedy; free also then. */
int fsim_mapping_read(const char *path, fsim_report *report, fsim_mapping *mapping);
/* The same from text; `name` stands in messages. */
int fsim_mapping_parse(const char *name, const char *text, size_t length, fsim_report *report,
                       fsim_mapping *mapping);
void fsim_mapping_free(fsim_mapping *mapping);

/* Whether a text matches a pattern, in which * stands for anything; case counts. */
bool fsim_matches(const char *pattern, const char *text);
/* The name in stages, outcomes, work or ignore (without patterns) that a misspelt one most likely
 * meant, or NULL. */
int fsim_mapping_nearest(const fsim_mapping *mapping, const char *name, fsim_report *report,
                         const char **nearest);
/* The first meaning that an activity or status has, FSIM_NONE for none. */
int32_t fsim_meaning_of(const fsim_meaning *meanings, size_t n, const char *text);

#endif
