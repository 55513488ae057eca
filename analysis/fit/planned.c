#include "analysis/fit/planned.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/log_parts.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

#define DAY INT64_C(86400)
#define MOST_GROUPS 8
#define FEWEST_CASES (FSIM_FEWEST_PLANNED / 2) /* of a group */

int64_t fsim_day_of(int64_t time) {
  return time / DAY - (time % DAY < 0);
}

int64_t fsim_planned_days(const fsim_case *which) {
  if (which->expected == FSIM_NO_TIME) return FSIM_NOT_PLANNED;
  return fsim_day_of(which->expected) - fsim_day_of(which->created);
}

/* ---- groups ---- */

/* Group g holds lengths above edge[g - 1] and up to edge[g]; the last one has no edge. */
typedef struct groups {
  int64_t edge[MOST_GROUPS - 1];
  size_t n; /* groups; 0: too few dates */
} groups;

static size_t group_of(const groups *g, int64_t days) {
  size_t at = 0;
  while (at + 1 < g->n && days > g->edge[at]) at++;
  return at;
}

/* The nearest length, as a ratio, among those that people plan with. */
static int64_t round_days(int64_t days) {
  static const int64_t plain[] = {0,   1,   2,   3,   5,    7,    10,   14,   21,  30,
                                  45,  60,  75,  90,  120,  150,  180,  240,  300, 365,
                                  450, 545, 730, 910, 1095, 1460, 1825, 2555, 3650};
  const size_t n = sizeof plain / sizeof *plain;
  size_t best = 0;
  for (size_t i = 1; i < n; i++) {
    const double to = log((double)days + 0.5);
    if (fabs(log((double)plain[i] + 0.5) - to) < fabs(log((double)plain[best] + 0.5) - to))
      best = i;
  }
  return plain[best];
}

int fsim_compare_days(const void *left, const void *right) {
  const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
  return (a > b) - (a < b);
}

/* The smallest group while it is too small: SIZE_MAX when none is. */
static size_t too_small(const groups *g, const int64_t *days, size_t n) {
  size_t count[MOST_GROUPS] = {0}, least = 0;
  for (size_t i = 0; i < n; i++) count[group_of(g, days[i])]++;
  for (size_t k = 1; k < g->n; k++) {
    if (count[k] < count[least]) least = k;
  }
  return g->n > 1 && count[least] < FEWEST_CASES ? least : SIZE_MAX;
}

/* Joins a group with the one after it, or the last one with the one before. */
static void join(groups *g, size_t which) {
  const size_t edge = which + 1 < g->n ? which : which - 1;
  for (size_t e = edge; e + 2 < g->n; e++) g->edge[e] = g->edge[e + 1];
  g->n--;
}

static groups groups_of(int64_t *days, size_t n) {
  groups g = {.n = 0};
  size_t wanted = n / FEWEST_CASES;
  if (wanted > MOST_GROUPS) wanted = MOST_GROUPS;
  if (wanted < 2) return g;
  qsort(days, n, sizeof *days, fsim_compare_days);
  g.n = 1;
  for (size_t k = 1; k < wanted; k++) {
    const int64_t edge = round_days(days[k * n / wanted]);
    if (edge < days[n - 1] && (g.n == 1 || edge > g.edge[g.n - 2])) g.edge[g.n++ - 1] = edge;
  }
  for (size_t small; (small = too_small(&g, days, n)) != SIZE_MAX;) join(&g, small);
  if (g.n == 1) g.n = 0;
  return g;
}

/* to-30d, 31-60d, over-60d */
static int name_group(const groups *g, size_t which, fsim_name_list *levels, fsim_report *report) {
  fsim_text name = {0};
  const int64_t from = which > 0 ? g->edge[which - 1] + 1 : 0;
  if (which + 1 == g->n)
    fsim_text_append(&name, "over-%" PRId64 "d", from - 1);
  else if (which == 0)
    fsim_text_append(&name, "to-%" PRId64 "d", g->edge[0]);
  else if (from == g->edge[which])
    fsim_text_append(&name, "%" PRId64 "d", from);
  else
    fsim_text_append(&name, "%" PRId64 "-%" PRId64 "d", from, g->edge[which]);
  int status = name.failed ? fsim_no_memory(report) : fsim_name_list_add(levels, name.text, report);
  free(name.text);
  return status;
}

/* ---- the attribute ---- */

static bool is_planned(const fsim_log *log, const fsim_case *which) {
  return (size_t)which->funnel + 1 == log->n_funnels &&
         fsim_planned_days(which) != FSIM_NOT_PLANNED;
}

static int name_levels(const fsim_log *log, const groups *g, fsim_name_list *levels,
                       fsim_report *report) {
  fsim_name_list_free(levels);
  int status = fsim_name_list_add(levels, "none", report);
  for (size_t k = 0; k < g->n && status == FSIM_OK; k++) status = name_group(g, k, levels, report);
  if (status == FSIM_OK && g->n > 0 && log->n_funnels > 1)
    status = fsim_name_list_add(levels, "not-yet", report);
  return status;
}

int fsim_group_planned(fsim_log *log, fsim_report *report) {
  const size_t row = log->n_attributes, at = row - 1;
  size_t n = 0;
  int64_t *days = fsim_zeroed(log->n_cases, sizeof *days);
  if (days == NULL) return fsim_no_memory(report);
  for (size_t c = 0; c < log->n_cases; c++) {
    if (is_planned(log, &log->cases[c])) days[n++] = fsim_planned_days(&log->cases[c]);
  }
  const groups g = groups_of(days, n);
  free(days);
  int status = name_levels(log, &g, &log->attributes[at].levels, report);
  for (size_t c = 0; c < log->n_cases && status == FSIM_OK; c++) {
    const fsim_case *which = &log->cases[c];
    size_t level = 0;
    if (g.n > 0 && is_planned(log, which))
      level = 1 + group_of(&g, fsim_planned_days(which));
    else if (g.n > 0 && (size_t)which->funnel + 1 < log->n_funnels)
      level = 1 + g.n;
    log->level[c * row + at] = (int16_t)level;
  }
  return status;
}

static int widen(fsim_log *log, fsim_report *report) {
  const size_t row = log->n_attributes;
  int16_t *level = fsim_zeroed(log->n_cases, (row + 1) * sizeof *level);
  fsim_log_attribute *attributes = realloc(log->attributes, (row + 1) * sizeof *attributes);
  if (attributes != NULL) log->attributes = attributes;
  char *name = fsim_copy_text(FSIM_PLANNED, strlen(FSIM_PLANNED));
  if (level == NULL || attributes == NULL || name == NULL) {
    free(level);
    free(name);
    return fsim_no_memory(report);
  }
  for (size_t c = 0; c < log->n_cases; c++)
    memcpy(level + c * (row + 1), log->level + c * row, row * sizeof *level);
  free(log->level);
  log->level = level;
  log->attributes[log->n_attributes++] = (fsim_log_attribute){.name = name};
  log->has_planned = true;
  return FSIM_OK;
}

int fsim_add_planned(fsim_log *log, fsim_report *report) {
  bool any = false;
  for (size_t c = 0; c < log->n_cases && !any; c++) any = is_planned(log, &log->cases[c]);
  if (!any) return FSIM_OK;
  int status = widen(log, report);
  return status == FSIM_OK ? fsim_group_planned(log, report) : status;
}
