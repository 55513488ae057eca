/* What the readers of all kinds of exports share. */
#ifndef FSIM_ANALYSIS_FIT_READ_LOG_PARTS_H
#define FSIM_ANALYSIS_FIT_READ_LOG_PARTS_H

#include "analysis/fit/export_table.h"

typedef struct fsim_log_reading {
  const fsim_mapping *m;
  const fsim_read_log_options *options;
  fsim_log_builder *b;
  fsim_report *report;
  size_t funnel, leads_funnel;
  bool end_given;
} fsim_log_reading;

/* A finding on the row that is being read (static texts; `what` is the example). */
int fsim_row_finding(const fsim_log_reading *r, const fsim_export_table *t, const char *kind,
                     const char *done, const char *what);
/* A row whose time of a role is blank or none; the example says in which column. */
int fsim_row_bad_time(const fsim_log_reading *r, const fsim_export_table *t, fsim_column_role role,
                      const char *kind, const char *id);
/* Orders of customers (read_orders.c). */
int fsim_read_orders(fsim_log_reading *r, const char *path);

#endif
