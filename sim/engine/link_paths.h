/* By which links a lead's journeys follow each other. Private to this folder. */
#ifndef FSIM_ENGINE_LINK_PATHS_H
#define FSIM_ENGINE_LINK_PATHS_H

#include "sim/model/scenario.h"

/* Why journeys that links start cannot be simulated cohort by cohort (static text), or NULL.
 *
 * Every lead must come to a funnel at most once, so that its journeys need no count: the order of
 * their starts, by which they are counted, is known only to a calendar. And of two journeys of a
 * lead side by side that may stand in one queue, which started first must be known without one: it
 * is where one end started both. */
const char *fsim_refuse_links(const fsim_scenario *scenario);

#endif
