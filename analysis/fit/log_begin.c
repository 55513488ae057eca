/* From when on a log is complete. */
#include <math.h>
#include <stdlib.h>

#include "analysis/fit/log_builder_parts.h"
#include "analysis/fit/planned.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"

#define DAY INT64_C(86400)

/* Ends that make the chance of ending known. */
#define ENDS_FOR_CHANCE 30
/* Logarithm of one in a million. */
#define NO_CHANCE -13.8

/* Share of the sorted ages at closing that are above an age, never quite 0. */
static double share_above(const int64_t *age, size_t n, int64_t at) {
  size_t low = 0, high = n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (age[middle] <= at)
      low = middle + 1;
    else
      high = middle;
  }
  return ((double)(n - low) + 1) / ((double)n + 1);
}

/* The day of the first outcome, when it is beyond belief that none of the cases created before had
 * ended earlier, each with the chance that those which did end had: then this is an export of what
 * was open on that day, and of all since. */
static int find_begin(const fsim_log_builder *b, int64_t *begin, bool *open_only) {
  const fsim_log *cases_of = b->log;
  int64_t first = INT64_MAX;
  size_t closed = 0;
  double chance = 0;
  int64_t *age = fsim_zeroed(cases_of->n_cases, sizeof *age);
  if (age == NULL) return fsim_no_memory(b->report);
  for (size_t c = 0; c < cases_of->n_cases; c++) {
    const fsim_case *which = &cases_of->cases[c];
    if (which->outcome == FSIM_NONE) continue;
    age[closed++] = which->closed - which->created;
    if (which->closed < first) first = which->closed;
  }
  qsort(age, closed, sizeof *age, fsim_compare_days);
  for (size_t c = 0; c < cases_of->n_cases && closed >= ENDS_FOR_CHANCE; c++) {
    int64_t waited = first - cases_of->cases[c].created - DAY;
    if (waited > 0) chance += log(share_above(age, closed, waited));
  }
  free(age);
  *open_only = chance < NO_CHANCE;
  if (*open_only) *begin = first - first % DAY;
  return FSIM_OK;
}

int fsim_set_begin(fsim_log_builder *b) {
  fsim_log *log = b->log;
  const fsim_mapping *m = b->mapping;
  log->begin = m->begin != FSIM_NO_TIME ? m->begin : log->cases[0].created;
  bool open_only = m->known_open;
  int status = FSIM_OK;
  if (!m->known_given && m->begin == FSIM_NO_TIME) {
    status = find_begin(b, &log->begin, &open_only);
    char date[32];
    if (status == FSIM_OK && open_only)
      status = fsim_builder_finding(
          b, "older cases are known only if they were open when the export begins",
          "they count from that day on (known: open, begin)", log->cases[0].line,
          log->cases[0].file, "begins %s",
          fsim_format_date((int32_t)(log->begin / DAY), date, sizeof date));
  }
  log->complete_from_begin = open_only;
  for (size_t c = 0; c < log->n_cases; c++) {
    fsim_case *which = &log->cases[c];
    bool late = open_only && which->created < log->begin;
    which->seen_from = late ? log->begin : which->created;
  }
  return status;
}
