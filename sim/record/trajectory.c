#include "sim/record/trajectory.h"

#include <stdlib.h>

#include "sim/base/array.h"

const char *const fsim_table_names[FSIM_N_TABLES] = {"leads", "journeys", "visits"};

const char *const fsim_reason_names[FSIM_STILL_OPEN + 1] = {
    "exit", "expire", "drop", "limit", "abandon", "open",
};

#define ID_HELP_REPLICATION "replication, from 0"
#define ID_HELP_LEAD "lead of the replication, from 0, stream after stream"
#define ID_HELP_JOURNEY "journey of the lead, from 0 in order of start"

const fsim_column fsim_columns[FSIM_N_COLUMNS] = {
    [FSIM_LEAD_REPLICATION] = {"replication", FSIM_LEADS, FSIM_U32, FSIM_NO_NAMES, "",
                               ID_HELP_REPLICATION},
    [FSIM_LEAD_LEAD] = {"lead", FSIM_LEADS, FSIM_U32, FSIM_NO_NAMES, "", ID_HELP_LEAD},
    [FSIM_LEAD_STREAM] = {"stream", FSIM_LEADS, FSIM_U16, FSIM_STREAM_NAMES, "",
                          "stream in which the lead arrived"},
    [FSIM_LEAD_NUMBER] = {"number", FSIM_LEADS, FSIM_U32, FSIM_NO_NAMES, "",
                          "number of the lead in its stream, in order of arrival from 0"},
    [FSIM_LEAD_T_ARRIVE] = {"t_arrive", FSIM_LEADS, FSIM_I32, FSIM_NO_NAMES, "seconds since",
                            "arrival (open deals: when they entered their stage)"},
    [FSIM_JOURNEY_REPLICATION] = {"replication", FSIM_JOURNEYS, FSIM_U32, FSIM_NO_NAMES, "",
                                  ID_HELP_REPLICATION},
    [FSIM_JOURNEY_LEAD] = {"lead", FSIM_JOURNEYS, FSIM_U32, FSIM_NO_NAMES, "", ID_HELP_LEAD},
    [FSIM_JOURNEY_JOURNEY] = {"journey", FSIM_JOURNEYS, FSIM_U16, FSIM_NO_NAMES, "",
                              ID_HELP_JOURNEY},
    [FSIM_JOURNEY_PARENT] = {"parent", FSIM_JOURNEYS, FSIM_U16, FSIM_NO_NAMES, "",
                             "journey that led to this one; its own number when there is none"},
    [FSIM_JOURNEY_FUNNEL] = {"funnel", FSIM_JOURNEYS, FSIM_U16, FSIM_FUNNEL_NAMES, "",
                             "funnel that the journey passes through"},
    [FSIM_JOURNEY_T_START] = {"t_start", FSIM_JOURNEYS, FSIM_I32, FSIM_NO_NAMES, "seconds since",
                              "start (open deals: when they entered their stage)"},
    [FSIM_JOURNEY_T_END] = {"t_end", FSIM_JOURNEYS, FSIM_I32, FSIM_NO_NAMES, "seconds since",
                            "end; the horizon when open"},
    [FSIM_JOURNEY_OUTCOME] = {"outcome", FSIM_JOURNEYS, FSIM_U16, FSIM_OUTCOME_NAMES, "",
                              "how it ended"},
    [FSIM_JOURNEY_VALUE] = {"value", FSIM_JOURNEYS, FSIM_F64, FSIM_NO_NAMES, "currency",
                            "value, rounded to cents; 0 where the funnel has none"},
    [FSIM_VISIT_REPLICATION] = {"replication", FSIM_VISITS, FSIM_U32, FSIM_NO_NAMES, "",
                                ID_HELP_REPLICATION},
    [FSIM_VISIT_LEAD] = {"lead", FSIM_VISITS, FSIM_U32, FSIM_NO_NAMES, "", ID_HELP_LEAD},
    [FSIM_VISIT_JOURNEY] = {"journey", FSIM_VISITS, FSIM_U16, FSIM_NO_NAMES, "", ID_HELP_JOURNEY},
    [FSIM_VISIT_STAGE] = {"stage", FSIM_VISITS, FSIM_U16, FSIM_STAGE_NAMES, "", "stage visited"},
    [FSIM_VISIT_VISIT] = {"visit", FSIM_VISITS, FSIM_U16, FSIM_NO_NAMES, "",
                          "visit of the journey to this stage, from 0"},
    [FSIM_VISIT_T_ENTER] = {"t_enter", FSIM_VISITS, FSIM_I32, FSIM_NO_NAMES, "seconds since",
                            "when the stage was entered"},
    [FSIM_VISIT_QUEUE] = {"queue", FSIM_VISITS, FSIM_I32, FSIM_NO_NAMES, "s", "time in the queue"},
    [FSIM_VISIT_WORK] = {"work", FSIM_VISITS, FSIM_I32, FSIM_NO_NAMES, "s",
                         "calendar time from the start of work to its end"},
    [FSIM_VISIT_WAIT] = {"wait", FSIM_VISITS, FSIM_I32, FSIM_NO_NAMES, "s",
                         "time without anybody's work, until it left or the horizon came"},
    [FSIM_VISIT_EXIT] = {"exit", FSIM_VISITS, FSIM_U16, FSIM_EXIT_NAMES, "",
                         "stage or outcome that it left for"},
    [FSIM_VISIT_REASON] = {"reason", FSIM_VISITS, FSIM_U8, FSIM_REASON_NAMES, "", "why it left"},
    [FSIM_VISIT_WOULD_EXIT] = {"would_exit", FSIM_VISITS, FSIM_U16, FSIM_EXIT_NAMES, "",
                               "where it would have gone without the rule that ended it"},
};

size_t fsim_column_size(fsim_column_type type) {
  switch (type) {
    case FSIM_U8:
      return 1;
    case FSIM_U16:
      return 2;
    case FSIM_U32:
    case FSIM_I32:
      return 4;
    case FSIM_F64:
      return 8;
  }
  return 0;
}

fsim_trajectory *fsim_trajectory_new(size_t n_attributes) {
  fsim_trajectory *made = fsim_zeroed(1, sizeof *made);
  if (made == NULL) return NULL;
  made->n_attributes = n_attributes;
  made->attribute = fsim_zeroed(n_attributes, sizeof *made->attribute);
  if (made->attribute == NULL) {
    free(made);
    return NULL;
  }
  return made;
}

void fsim_trajectory_free(fsim_trajectory *trajectory) {
  if (trajectory == NULL) return;
  for (size_t c = 0; c < FSIM_N_COLUMNS; c++) free(trajectory->column[c]);
  for (size_t a = 0; a < trajectory->n_attributes; a++) free(trajectory->attribute[a]);
  free(trajectory->attribute);
  free(trajectory);
}

void fsim_trajectory_clear(fsim_trajectory *trajectory) {
  for (size_t t = 0; t < FSIM_N_TABLES; t++) trajectory->rows[t] = 0;
}

/* All columns of a table grow together, so one capacity serves them all; a column that has already
 * grown when another one fails only has room to spare. */
static int grow_column(void **column, size_t capacity, size_t need, size_t size) {
  size_t have = capacity;
  return fsim_grow(column, &have, need, size);
}

int fsim_trajectory_reserve(fsim_trajectory *trajectory, fsim_table table, size_t rows) {
  size_t need = trajectory->rows[table] + rows;
  if (need < rows) return -1;
  if (need <= trajectory->capacity[table]) return 0;
  size_t capacity = trajectory->capacity[table] + trajectory->capacity[table] / 2;
  if (capacity < need) capacity = need;
  if (capacity < 1024) capacity = 1024;
  for (size_t c = 0; c < FSIM_N_COLUMNS; c++) {
    if (fsim_columns[c].table != table) continue;
    if (grow_column(&trajectory->column[c], trajectory->capacity[table], capacity,
                    fsim_column_size(fsim_columns[c].type)) != 0)
      return -1;
  }
  if (table == FSIM_LEADS) {
    for (size_t a = 0; a < trajectory->n_attributes; a++) {
      void *values = trajectory->attribute[a];
      if (grow_column(&values, trajectory->capacity[table], capacity, 1) != 0) return -1;
      trajectory->attribute[a] = values;
    }
  }
  trajectory->capacity[table] = capacity;
  return 0;
}
