/* Teams and links of what was fitted, as JSON. Private to this folder. */
#ifndef FSIM_ANALYSIS_FIT_FIT_SET_JSON_H
#define FSIM_ANALYSIS_FIT_FIT_SET_JSON_H

#include <jansson.h>

#include "analysis/fit/fitted_set.h"

/* Teams of one funnel of the set: [{team, size, size_is_least, full_share, queued_hours, people,
 * pieces, hours, closed, work: [{stage, queued, served, abandoned, mean_queue_hours, time,
 * patience}]}]; a time is {n, ended, law, parameters: [{name, unit, estimate, low, high}]} with
 * limits of 95 % from the inverse information on the logarithm. A new reference, NULL = memory. */
json_t *fsim_fitted_teams_json(const fsim_log *log, const fsim_fitted_set *set, size_t funnel);

/* Links from or to one funnel of the set: [{from, outcome, to, outcomes, followed, probability,
 * low, high}], limits of 95 % (Clopper & Pearson 1934). Where the way to the next funnel was not
 * counted but follows from how the log is cut into funnels, counts and limits are null. A new
 * reference, NULL = memory. */
json_t *fsim_fitted_links_json(const fsim_fitted_set *set, size_t funnel);

#endif
