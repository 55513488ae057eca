/* Groups of leads: 0 is all of them, then one for every value of every attribute, attribute after
 * attribute (sim/record/shape.h). */
#ifndef FSIM_ANALYSIS_GROUPS_H
#define FSIM_ANALYSIS_GROUPS_H

#include "sim/model/scenario.h"

/* The attribute of that name. FSIM_BAD_INPUT, with those there are, when the scenario has none. */
int fsim_attribute_called(const fsim_scenario *scenario, const char *name, fsim_report *report,
                          size_t *attribute);
/* The group of an attribute's first value; those of its other values follow. */
size_t fsim_first_group(const fsim_scenario *scenario, size_t attribute);
/* All leads, then the attribute's values; only all where it has but one value, which says the same.
 * *groups is the caller's to free. */
int fsim_groups_of(const fsim_scenario *scenario, size_t attribute, fsim_report *report,
                   size_t **groups, size_t *n);
/* "all" or the attribute's value. */
const char *fsim_group_name(const fsim_scenario *scenario, size_t group);

#endif
