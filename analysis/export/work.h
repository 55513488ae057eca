/* Whose work a visit was, as far as rows and laws tell. Private to this folder. */
#ifndef FSIM_ANALYSIS_EXPORT_WORK_H
#define FSIM_ANALYSIS_EXPORT_WORK_H

#include "analysis/export/export.h"

typedef struct fsim_known_work {
  bool at_a_team;        /* the visit came to a team, and its times are known */
  const fsim_team *team; /* NULL: none, or it changed on a date and the rows do not tell */
} fsim_known_work;

/* The profile of the lead in a row. */
size_t fsim_profile_of_lead(const fsim_export_request *request, size_t lead_row);

/* The work of the visit in a row. Rows do not say which changes on dates reached a lead: those that
 * reach everybody are sure, of the others all possible ones must have the same team. */
fsim_known_work fsim_work_of_visit(const fsim_export_request *request, size_t lead_row,
                                   size_t visit_row);

#endif
