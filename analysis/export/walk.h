/* Journeys and visits of one replication as they were known on a day. Private to this folder. */
#ifndef FSIM_ANALYSIS_EXPORT_WALK_H
#define FSIM_ANALYSIS_EXPORT_WALK_H

#include "analysis/export/text.h"

typedef struct fsim_known_visit {
  const fsim_stage *stage;
  int32_t entered, left;   /* left: INT32_MAX while it goes on */
  int32_t started, worked; /* work began and was done; INT32_MAX: not yet, never, or no work */
  bool at_a_team;          /* it joined a queue when it entered */
  const fsim_team *team;   /* NULL: none, or not known */
  const char *exit;        /* where it went; NULL while it goes on */
} fsim_known_visit;

typedef struct fsim_known_journey {
  size_t row, lead_row; /* in the tables of journeys and leads */
  const fsim_funnel *funnel;
  int32_t started, ended;      /* ended: INT32_MAX while it is open */
  const fsim_outcome *outcome; /* NULL while it is open */
  double value;
  bool has_value; /* the funnel gives one */
  const fsim_known_visit *visit;
  size_t n_visits;
} fsim_known_journey;

typedef int (*fsim_see_journey)(void *context, const fsim_known_journey *journey);

/* Calls `see` for every wanted journey that had started by then, in the order of leads and
 * journeys; stops at its first status other than FSIM_OK. Rows that cannot be of the scenario:
 * FSIM_FAILED. */
int fsim_walk_journeys(const fsim_export_request *request, fsim_see_journey see, void *context,
                       fsim_report *report);

/* Is the row of leads one of the scenario? If not, FSIM_FAILED says that the rows are damaged. */
int fsim_check_lead(const fsim_export_request *request, size_t lead_row, fsim_report *report);

/* "web-17", "web-17.2"; in a CSV's quotes or an XML's escapes where needed. */
void fsim_write_lead_id(const fsim_export_request *request, size_t lead_row, fsim_write_text *write,
                        FILE *out);
void fsim_write_case_id(const fsim_export_request *request, const fsim_known_journey *journey,
                        fsim_write_text *write, FILE *out);
void fsim_write_time(const fsim_export_request *request, int32_t t, FILE *out);
const char *fsim_attribute_of(const fsim_export_request *request, size_t lead_row,
                              size_t attribute);

#endif
