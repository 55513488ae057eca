#include "analysis/groups.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/text.h"

int fsim_attribute_called(const fsim_scenario *scenario, const char *name, fsim_report *report,
                          size_t *attribute) {
  for (size_t a = 0; a < scenario->n_attributes; a++) {
    if (strcmp(scenario->attributes[a].name, name) == 0) {
      *attribute = a;
      return FSIM_OK;
    }
  }
  fsim_text known = {0};
  for (size_t a = 0; a < scenario->n_attributes; a++) {
    fsim_text_append(&known, "%s%s", a > 0 ? ", " : "", scenario->attributes[a].name);
  }
  int status = fsim_bad_input(report, FSIM_NOWHERE, "no attribute '%s': the scenario has %s", name,
                              known.failed || known.text == NULL ? "others" : known.text);
  free(known.text);
  return status;
}

size_t fsim_first_group(const fsim_scenario *scenario, size_t attribute) {
  size_t first = 1;
  for (size_t a = 0; a < attribute; a++) first += scenario->attributes[a].n_values;
  return first;
}

int fsim_groups_of(const fsim_scenario *scenario, size_t attribute, fsim_report *report,
                   size_t **groups, size_t *n) {
  size_t first = fsim_first_group(scenario, attribute);
  size_t values = scenario->n_attributes > 0 ? scenario->attributes[attribute].n_values : 0;
  *n = 0;
  *groups = fsim_zeroed(values + 1, sizeof **groups);
  if (*groups == NULL) return fsim_no_memory(report);
  *n = 1;
  for (size_t v = 0; v < values && values > 1; v++) (*groups)[(*n)++] = first + v;
  return FSIM_OK;
}

const char *fsim_group_name(const fsim_scenario *scenario, size_t group) {
  size_t first = 1;
  for (size_t a = 0; a < scenario->n_attributes; a++) {
    const fsim_attribute *attribute = &scenario->attributes[a];
    if (group >= first && group < first + attribute->n_values)
      return attribute->values[group - first];
    first += attribute->n_values;
  }
  return "all";
}
