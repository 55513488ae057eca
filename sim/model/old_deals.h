/* Deals that are open at the start: older than the model can explain, and of values of their own.
 */
#ifndef FSIM_MODEL_OLD_DEALS_H
#define FSIM_MODEL_OLD_DEALS_H

#include "sim/model/scenario.h"

/* One warning for each stage with such deals in the pipeline: their number and oldest age. A deal
 * is too old when no exit of its stage lets more than one visit in 1e12 last as long; it then
 * leaves at the start, by an exit drawn with the shares of new visits. */
void fsim_warn_old_deals(const fsim_scenario *scenario, fsim_report *report);

/* Some deal has a value of its own. */
bool fsim_deals_have_values(const fsim_scenario *scenario);

#endif
