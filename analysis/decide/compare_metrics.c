#include "analysis/decide/compare_metrics.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/array.h"

int fsim_name_add(fsim_name_list *list, const char *format, ...) {
  void *items = list->names;
  if (fsim_grow(&items, &list->room, list->n + 1, sizeof *list->names) != 0) return -1;
  list->names = items;
  va_list arguments;
  va_start(arguments, format);
  int written = vasprintf(&list->names[list->n], format, arguments);
  va_end(arguments);
  if (written < 0) return -1;
  list->n++;
  return 0;
}

void fsim_names_free(fsim_name_list *list) {
  for (size_t i = 0; i < list->n; i++) free(list->names[i]);
  free(list->names);
  *list = (fsim_name_list){0};
}

static bool has_value(const fsim_scenario *scenario, size_t funnel) {
  for (size_t p = 0; p < scenario->n_profiles; p++) {
    if (scenario->versions[0].values[p * scenario->n_funnels + funnel] != NULL) return true;
  }
  return false;
}

const char *fsim_primary_metric(const fsim_scenario *scenario) {
  for (size_t f = 0; f < scenario->n_funnels; f++) {
    if (has_value(scenario, f)) return "value";
  }
  return "won";
}

static bool wins(const fsim_scenario *scenario, size_t funnel) {
  const fsim_funnel *f = &scenario->funnels[funnel];
  bool any = false;
  for (size_t o = 0; o < f->n_outcomes; o++)
    any = any || scenario->outcomes[f->first_outcome + o].win;
  return any;
}

static bool works(const fsim_scenario *scenario) {
  for (size_t i = 0; i < scenario->n_profiles * scenario->n_stages; i++) {
    if (scenario->versions[0].stages[i].work.set) return true;
  }
  return false;
}

int fsim_default_metrics(const fsim_scenario *scenario, size_t attribute, fsim_name_list *list) {
  const char *primary = fsim_primary_metric(scenario);
  const fsim_attribute *a = &scenario->attributes[attribute];
  int failed = fsim_name_add(list, "%s", primary);
  for (size_t v = 0; v < a->n_values && a->n_values > 1 && !failed; v++)
    failed = fsim_name_add(list, "%s[%s=%s]", primary, a->name, a->values[v]);
  for (size_t f = 0; f < scenario->n_funnels && !failed; f++) {
    const char *name = scenario->funnels[f].name;
    failed = fsim_name_add(list, "%s.won", name);
    if (!failed && has_value(scenario, f)) failed = fsim_name_add(list, "%s.value", name);
    if (!failed) failed = fsim_name_add(list, "%s.conversion", name);
    for (size_t v = 0; v < a->n_values && a->n_values > 1 && !failed; v++)
      failed = fsim_name_add(list, "%s.conversion[%s=%s]", name, a->name, a->values[v]);
    if (!failed) failed = fsim_name_add(list, "%s.cycle_days", name);
    for (size_t v = 0; v < a->n_values && a->n_values > 1 && !failed; v++)
      failed = fsim_name_add(list, "%s.cycle_days[%s=%s]", name, a->name, a->values[v]);
    if (!failed) failed = fsim_name_add(list, "%s.wip", name);
    if (!failed && wins(scenario, f)) failed = fsim_name_add(list, "%s.open_at_end", name);
  }
  for (size_t t = 0; t < scenario->n_teams && works(scenario) && !failed; t++) {
    const char *name = scenario->teams[t].name;
    failed = fsim_name_add(list, "teams.%s.utilisation", name) ||
             fsim_name_add(list, "teams.%s.queue_days", name) ||
             fsim_name_add(list, "teams.%s.abandoned_share", name);
  }
  return failed ? -1 : 0;
}
