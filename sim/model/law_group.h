/* Which laws are the same: profiles and versions mostly share them, so that what is worked out from
 * a law need be worked out only once. Equality is by content, not by address. */
#ifndef FSIM_MODEL_LAW_GROUP_H
#define FSIM_MODEL_LAW_GROUP_H

#include "sim/model/scenario.h"

bool fsim_equal_stage_laws(const fsim_stage *stage, const fsim_stage_law *a,
                           const fsim_stage_law *b);
uint64_t fsim_hash_stage_law(const fsim_stage *stage, const fsim_stage_law *law);

/* Rows (version x profile) of a scenario that treat one funnel alike. */
typedef struct fsim_law_groups {
  size_t n;       /* groups */
  size_t *first;  /* [n]: the first row of each */
  size_t *of_row; /* [n_rows]: row = version * n_profiles + profile */
} fsim_law_groups;

/* Groups by the stage laws of a funnel and its value, over versions 0 … n_versions - 1. */
int fsim_law_groups_make(const fsim_scenario *scenario, size_t funnel, size_t n_versions,
                         fsim_report *report, fsim_law_groups *groups);
void fsim_law_groups_free(fsim_law_groups *groups);

#endif
