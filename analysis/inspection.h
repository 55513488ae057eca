/* What `check` knows before any run: every funnel solved exactly for every group of leads that it
 * treats alike, and the journeys that flow through the links in the long run. */
#ifndef FSIM_ANALYSIS_INSPECTION_H
#define FSIM_ANALYSIS_INSPECTION_H

#include "sim/base/text.h"
#include "sim/model/chain.h"
#include "sim/model/law_group.h"

typedef struct fsim_funnel_inspection {
  fsim_law_groups groups; /* of profiles, in the base version */
  fsim_chain **chains;    /* [groups.n] */
  double *flow;           /* [groups.n] journeys a second in the long run */
} fsim_funnel_inspection;

typedef struct fsim_inspection {
  const fsim_scenario *scenario;   /* not owned */
  fsim_funnel_inspection *funnels; /* [n_funnels] */
  double *team_load;               /* [n_teams] places filled by work, and by visits that hold
                                      them to their end, always open */
  bool *team_used;                 /* [n_teams] some stage gives it work, at some date */
  bool *team_holds;                /* [n_teams] some visits hold their place to their end */
  bool uncertain;
} fsim_inspection;

int fsim_inspection_make(const fsim_scenario *scenario, bool uncertain, fsim_report *report,
                         fsim_inspection *inspection);
void fsim_inspection_free(fsim_inspection *inspection);

/* P(an outcome that counts as a win), and mean time to such an outcome. */
double fsim_chain_conversion(const fsim_scenario *scenario, const fsim_chain *chain);
double fsim_chain_days_won(const fsim_scenario *scenario, const fsim_chain *chain);
/* "segment smb; source web or webinar", "all leads" when the funnel treats all alike. */
void fsim_group_text(const fsim_inspection *inspection, size_t funnel, size_t group,
                     fsim_text *text);
/* Places there on average while the team is open, and the share of all time that it is open. */
double fsim_team_places_open(const fsim_scenario *scenario, const fsim_team *team,
                             double *open_share);
const char *fsim_target_name(const fsim_scenario *scenario, fsim_target target);

/* Cycle times beyond the horizon, empty starts, teams with too much work or none. */
void fsim_warn_of_plan(const fsim_inspection *inspection, fsim_report *report);
/* The same of a scenario that nobody has inspected yet. */
int fsim_warn_of_scenario(const fsim_scenario *scenario, bool uncertain, fsim_report *report);

#endif
