/* Trajectories in memory: the columns of leads, journeys and visits.
 *
 * The columns are listed once, in fsim_columns; the result file writes and reads them by that
 * table. Rows are in (replication, lead, journey, visit) order. `lead` counts the leads of a
 * replication from 0, stream after stream, in order of their number; with a sample of leads the
 * numbers of the leads left out are missing. Times are seconds since the start, int32. */
#ifndef FSIM_RECORD_TRAJECTORY_H
#define FSIM_RECORD_TRAJECTORY_H

#include "sim/model/scenario.h"

typedef enum fsim_table { FSIM_LEADS, FSIM_JOURNEYS, FSIM_VISITS, FSIM_N_TABLES } fsim_table;

typedef enum fsim_column_type { FSIM_U8, FSIM_U16, FSIM_U32, FSIM_I32, FSIM_F64 } fsim_column_type;

/* Whose names the values stand for (an HDF5 enum in the file). */
typedef enum fsim_names {
  FSIM_NO_NAMES,
  FSIM_STREAM_NAMES,
  FSIM_FUNNEL_NAMES,
  FSIM_STAGE_NAMES,
  FSIM_OUTCOME_NAMES, /* and "open" = number of outcomes */
  FSIM_EXIT_NAMES,    /* stages, then outcomes, then "open": the target that a visit left for */
  FSIM_REASON_NAMES,
  FSIM_ATTRIBUTE_NAMES /* one column for each attribute */
} fsim_names;

typedef enum fsim_column_id {
  FSIM_LEAD_REPLICATION,
  FSIM_LEAD_LEAD,
  FSIM_LEAD_STREAM,
  FSIM_LEAD_NUMBER, /* of the lead in its stream: with the stream its identity */
  FSIM_LEAD_T_ARRIVE,
  FSIM_JOURNEY_REPLICATION,
  FSIM_JOURNEY_LEAD,
  FSIM_JOURNEY_JOURNEY,
  FSIM_JOURNEY_PARENT, /* journey number of the parent; its own number when there is none */
  FSIM_JOURNEY_FUNNEL,
  FSIM_JOURNEY_T_START,
  FSIM_JOURNEY_T_END, /* the horizon when open */
  FSIM_JOURNEY_OUTCOME,
  FSIM_JOURNEY_VALUE, /* rounded to cents; 0 where the funnel has none */
  FSIM_VISIT_REPLICATION,
  FSIM_VISIT_LEAD,
  FSIM_VISIT_JOURNEY,
  FSIM_VISIT_STAGE,
  FSIM_VISIT_VISIT,
  FSIM_VISIT_T_ENTER,
  FSIM_VISIT_QUEUE,
  FSIM_VISIT_WORK,
  FSIM_VISIT_WAIT,
  FSIM_VISIT_EXIT,       /* where it went */
  FSIM_VISIT_REASON,     /* fsim_reason */
  FSIM_VISIT_WOULD_EXIT, /* where it would have gone without the rule; equals exit otherwise */
  FSIM_N_COLUMNS
} fsim_column_id;

typedef struct fsim_column {
  const char *name;
  fsim_table table;
  fsim_column_type type;
  fsim_names names;
  const char *units; /* "s", "seconds since" (the file adds the start), "currency", "" */
  const char *help;
} fsim_column;

extern const fsim_column fsim_columns[FSIM_N_COLUMNS];
extern const char *const fsim_table_names[FSIM_N_TABLES]; /* "leads", "journeys", "visits" */
extern const char *const fsim_reason_names[FSIM_STILL_OPEN + 1];
size_t fsim_column_size(fsim_column_type type);

/* Rows of one part of a replication (a range of its leads), complete and in order. */
typedef struct fsim_trajectory {
  uint32_t replication;
  size_t rows[FSIM_N_TABLES];
  size_t capacity[FSIM_N_TABLES];
  void *column[FSIM_N_COLUMNS]; /* of the column's type */
  uint8_t **attribute;          /* [n_attributes]: value of each lead; at most 255 values (else u16
                                   would be needed: the scenario's reader refuses more) */
  size_t n_attributes;
} fsim_trajectory;

fsim_trajectory *fsim_trajectory_new(size_t n_attributes);
void fsim_trajectory_free(fsim_trajectory *trajectory);
void fsim_trajectory_clear(fsim_trajectory *trajectory);
/* Room for `rows` more rows in a table; 0, or -1 when memory is out. */
int fsim_trajectory_reserve(fsim_trajectory *trajectory, fsim_table table, size_t rows);

#endif
