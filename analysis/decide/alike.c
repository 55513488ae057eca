#include "analysis/decide/alike.h"

#include <string.h>

static bool same_time(const fsim_scenario *a, const fsim_scenario *b) {
  return a->start_days == b->start_days && a->horizon_s == b->horizon_s &&
         a->warm_up_s == b->warm_up_s;
}

int fsim_check_alike(const fsim_variant *variants, size_t n, const char *without_common_numbers,
                     fsim_report *remarks, fsim_report *report, bool *paired) {
  const fsim_scenario *base = variants[0].scenario;
  for (size_t v = 1; v < n; v++) {
    const fsim_scenario *other = variants[v].scenario;
    bool same = base->seed == other->seed;
    if (paired != NULL) paired[v] = same;
    if (!same)
      fsim_warn(remarks, FSIM_NOWHERE,
                "%s has another seed than %s: no common random numbers, so %s", variants[v].name,
                variants[0].name, without_common_numbers);
    if (!same_time(base, other))
      fsim_warn(remarks, FSIM_NOWHERE,
                "%s and %s do not cover the same weeks (start, warm_up or horizon): differences "
                "may come from that",
                variants[0].name, variants[v].name);
    if (strcmp(base->currency, other->currency) != 0)
      return fsim_bad_input(report, FSIM_NOWHERE, "%s is in %s, %s in %s: they cannot be compared",
                            variants[0].name, base->currency, variants[v].name, other->currency);
  }
  return FSIM_OK;
}
