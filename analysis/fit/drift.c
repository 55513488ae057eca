#include "analysis/fit/drift.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/fit/hazard_parts.h"
#include "analysis/fit/log_weeks.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"

#define LEAST_WEEKS 8
#define LEAST_ENDS 20
#define LEAST_EXPECTED 5 /* in either half; where one could hardly see any, it cannot be judged */

void fsim_drift_free(fsim_drift *drift) {
  free(drift->test);
  fsim_stays_free(&drift->stays);
  *drift = (fsim_drift){0};
}

/* ---- ages that count for an exit ---- */

/* Pieces of age; those in which no end was seen do not count. */
typedef struct ages {
  double *from; /* [n + 1] */
  size_t n;
} ages;

#define HALF_A_SECOND 0.5

/* Of each piece of the rates the ages from this exit's first end to its last: ends that come late
 * in a piece tell nothing of the ages before them, which other weeks were seen at. */
static int find_ages(const fsim_stage_stays *stage, const fsim_hazard *h, bool by_day, size_t exit,
                     fsim_report *report, ages *a) {
  double *first = fsim_zeroed(h->n_pieces, sizeof *first);
  double *last = fsim_zeroed(h->n_pieces, sizeof *last);
  *a = (ages){.from = fsim_zeroed(3 * h->n_pieces + 1, sizeof *a->from)};
  int status = first && last && a->from ? FSIM_OK : fsim_no_memory(report);
  for (size_t p = 0; p < h->n_pieces && status == FSIM_OK; p++) first[p] = INFINITY;
  for (size_t i = 0; i < stage->n && status == FSIM_OK; i++) {
    const fsim_dated_stay *stay = &stage->stay[i];
    if (stay->exit != (int32_t)exit) continue;
    const size_t p = fsim_hazard_piece(h, stage, stay, by_day);
    first[p] = fmin(first[p], fsim_end_age(stage, stay, by_day) - HALF_A_SECOND);
    last[p] = fmax(last[p], fsim_end_age(stage, stay, by_day) + HALF_A_SECOND);
  }
  for (size_t p = 0; p < h->n_pieces && status == FSIM_OK; p++) {
    a->from[a->n++] = h->from[p];
    if (isfinite(first[p]) && first[p] > h->from[p]) a->from[a->n++] = first[p];
    if (isfinite(first[p]) && last[p] < h->from[p + 1]) a->from[a->n++] = last[p];
  }
  if (status == FSIM_OK) a->from[a->n] = h->from[h->n_pieces];
  free(first);
  free(last);
  return status;
}

static size_t piece_of(const ages *a, double age) {
  size_t low = 0, high = a->n;
  while (high - low > 1) {
    const size_t middle = low + (high - low) / 2;
    if (a->from[middle] <= age)
      low = middle;
    else
      high = middle;
  }
  return low;
}

/* ---- seen and expected by piece of age and week ---- */

typedef struct table {
  const fsim_log_weeks *weeks;
  size_t n_pieces;
  double *time;            /* [n_pieces * weeks] seconds under observation */
  double *ends;            /* the same, of one exit */
  double *seen, *expected; /* [weeks] in pieces that both halves were seen at */
} table;

static int make_table(const fsim_log_weeks *w, size_t n_pieces, fsim_report *report, table *t) {
  *t = (table){.weeks = w, .n_pieces = n_pieces};
  t->time = fsim_zeroed(n_pieces * w->n, sizeof *t->time);
  t->ends = fsim_zeroed(n_pieces * w->n, sizeof *t->ends);
  t->seen = fsim_zeroed(w->n, sizeof *t->seen);
  t->expected = fsim_zeroed(w->n, sizeof *t->expected);
  return t->time && t->ends && t->seen && t->expected ? FSIM_OK : fsim_no_memory(report);
}

static void free_table(table *t) {
  free(t->time);
  free(t->ends);
  free(t->seen);
  free(t->expected);
}

static void add_time(void *context, size_t piece, int64_t at, double seconds) {
  table *t = context;
  const size_t week = fsim_log_week(t->weeks, at);
  if (week != SIZE_MAX) t->time[piece * t->weeks->n + week] += seconds;
}

static void add_stays(table *t, const fsim_stage_stays *stage, const ages *a, bool by_day,
                      size_t exit) {
  for (size_t i = 0; i < stage->n; i++) {
    const fsim_dated_stay *stay = &stage->stay[i];
    fsim_hazard_walk(stage, stay, by_day, a->from, a->n, fsim_next_day, add_time, t);
    const size_t week = fsim_log_week(t->weeks, stay->to);
    if (stay->exit != (int32_t)exit || week == SIZE_MAX) continue;
    t->ends[piece_of(a, fsim_end_age(stage, stay, by_day)) * t->weeks->n + week] += 1;
  }
}

/* ---- the test ---- */

static bool is_late(const fsim_log_weeks *w, size_t week) {
  return week >= w->n / 2;
}

/* Ends expected in each week when rates by age hold all the time, and the score of the second half
 * with its information: within each piece of age seen and expected agree in sum. */
static void expect(const table *t, double *score, double *information) {
  const size_t n = t->weeks->n;
  *score = *information = 0;
  for (size_t p = 0; p < t->n_pieces; p++) {
    const double *time = t->time + p * n, *ends = t->ends + p * n;
    double all_time = 0, all_ends = 0, late = 0;
    for (size_t w = 0; w < n; w++) {
      all_time += time[w];
      all_ends += ends[w];
      late += time[w] * is_late(t->weeks, w);
    }
    if (late <= 0 || late >= all_time) continue; /* one half never saw such ages */
    for (size_t w = 0; w < n; w++) {
      const double e = all_ends * time[w] / all_time, x = is_late(t->weeks, w) - late / all_time;
      t->seen[w] += ends[w];
      t->expected[w] += e;
      *score += (ends[w] - e) * x;
      *information += e * x * x;
    }
  }
}

/* False where there is too little to test. */
static bool judge(const table *t, fsim_drift_test *test) {
  const size_t n = t->weeks->n;
  double score, information, statistic = 0, seen_half[2] = {0}, expected_half[2] = {0};
  size_t counted = 0;
  expect(t, &score, &information);
  for (size_t w = 0; w < n; w++) {
    const double seen = t->seen[w], expected = t->expected[w];
    seen_half[is_late(t->weeks, w)] += seen;
    expected_half[is_late(t->weeks, w)] += expected;
    test->n += seen;
    if (expected < 1) continue;
    statistic += (seen - expected) * (seen - expected) / expected;
    counted++;
  }
  if (test->n < LEAST_ENDS || counted < LEAST_WEEKS || information <= 0) return false;
  if (fmin(expected_half[0], expected_half[1]) < LEAST_EXPECTED) return false;
  const double chi = score * score / information, left = (double)counted - 2;
  const double wild = (statistic - chi) / left;
  test->p =
      2 * (wild > 1 ? gsl_cdf_tdist_Q(sqrt(chi / wild), left) : gsl_cdf_ugaussian_Q(sqrt(chi)));
  test->ratio = (seen_half[1] / expected_half[1]) / (seen_half[0] / expected_half[0]);
  return true;
}

static int test_exit(const fsim_log_weeks *w, const fsim_hazard *h, size_t s, size_t exit,
                     fsim_drift *drift, fsim_report *report) {
  const fsim_stage_stays *stage = &drift->stays.stage[s];
  const bool by_day = drift->stays.by_day;
  fsim_drift_test test = {.stage = (int32_t)s, .exit = (int32_t)exit};
  ages a = {0};
  table t = {0};
  int status = find_ages(stage, h, by_day, exit, report, &a);
  if (status == FSIM_OK) status = make_table(w, a.n, report, &t);
  if (status == FSIM_OK) {
    add_stays(&t, stage, &a, by_day, exit);
    if (judge(&t, &test)) drift->test[drift->n++] = test;
  }
  free_table(&t);
  free(a.from);
  return status;
}

static int test_stage(const fsim_log_weeks *w, size_t s, fsim_drift *drift, fsim_report *report) {
  const fsim_stage_stays *stage = &drift->stays.stage[s];
  fsim_hazard h = {0};
  int status = fsim_hazard_fit(stage, drift->stays.by_day, false, report, &h);
  for (size_t x = 0; x < stage->n_exits && status == FSIM_OK; x++)
    status = test_exit(w, &h, s, x, drift, report);
  fsim_hazard_free(&h);
  return status;
}

/* New cases by week, against as many in each, or as months and growth make of it. */
static int test_arrivals(const fsim_log *log, const fsim_log_weeks *w,
                         const fsim_arrivals *arrivals, fsim_drift *drift, fsim_report *report) {
  table t;
  int status = make_table(w, 1, report, &t);
  for (size_t k = 0; k < w->n && status == FSIM_OK; k++) {
    const int64_t from = w->first + (int64_t)k * FSIM_WEEK_S;
    t.time[k] = fsim_arrivals_weight(arrivals, from, from + FSIM_WEEK_S, log->end);
  }
  for (size_t c = 0; c < log->n_cases && status == FSIM_OK; c++) {
    const fsim_case *which = &log->cases[c];
    if (fsim_arrives(which, drift->stays.funnel, w->first, log->end))
      t.ends[fsim_log_week(w, which->created)] += 1;
  }
  fsim_drift_test test = {.stage = FSIM_NONE, .exit = FSIM_NONE};
  if (status == FSIM_OK && judge(&t, &test)) drift->test[drift->n++] = test;
  free_table(&t);
  return status;
}

static int compare_tests(const void *left, const void *right) {
  const double a = ((const fsim_drift_test *)left)->p, b = ((const fsim_drift_test *)right)->p;
  return (a > b) - (a < b);
}

static void adjust(fsim_drift *drift) {
  double most = 0;
  qsort(drift->test, drift->n, sizeof *drift->test, compare_tests);
  for (size_t i = 0; i < drift->n; i++) {
    most = fmax(most, fmin(1, drift->test[i].p * (double)(drift->n - i)));
    drift->test[i].adjusted = most;
  }
}

int fsim_drift_of(const fsim_log *log, size_t funnel, const fsim_arrivals *arrivals,
                  fsim_report *report, fsim_drift *drift) {
  *drift = (fsim_drift){.arrivals_change = arrivals->months.differ || arrivals->trend.found};
  const fsim_log_weeks w = fsim_log_weeks_of(log->begin, log->end);
  int status = fsim_stays_of(log, funnel, report, &drift->stays);
  if (status != FSIM_OK || w.n < LEAST_WEEKS) return status;
  size_t most = 1;
  for (size_t s = 0; s < drift->stays.n_stages; s++) most += drift->stays.stage[s].n_exits;
  drift->n_weeks = w.n;
  drift->middle = w.first + (int64_t)(w.n / 2) * FSIM_WEEK_S;
  drift->test = fsim_zeroed(most, sizeof *drift->test);
  if (drift->test == NULL) return fsim_no_memory(report);
  for (size_t s = 0; s < drift->stays.n_stages && status == FSIM_OK; s++) {
    if (drift->stays.stage[s].n > 0) status = test_stage(&w, s, drift, report);
  }
  if (status == FSIM_OK) status = test_arrivals(log, &w, arrivals, drift, report);
  if (status == FSIM_OK) adjust(drift);
  return status;
}

size_t fsim_drift_found(const fsim_drift *drift) {
  size_t n = 0;
  while (n < drift->n && drift->test[n].adjusted < FSIM_DRIFT_LEVEL) n++;
  return n;
}

char *fsim_drift_sentence(const fsim_log *log, const fsim_drift *drift, size_t test, char *buffer,
                          size_t size) {
  const fsim_drift_test *t = &drift->test[test];
  const fsim_log_funnel *of = &log->funnels[drift->stays.funnel];
  char date[32], change[64];
  fsim_format_date((int32_t)(drift->middle / 86400), date, sizeof date);
  if (!isfinite(t->ratio))
    snprintf(change, sizeof change, "only");
  else if (t->ratio >= 2)
    snprintf(change, sizeof change, "%.1f times as often", t->ratio);
  else
    snprintf(change, sizeof change, "%.0f %% %s often", 100 * fabs(t->ratio - 1),
             t->ratio < 1 ? "less" : "more");
  if (t->stage == FSIM_NONE) {
    snprintf(buffer, size, "new cases come %s from %s on%s", change, date,
             drift->arrivals_change ? " than their months and growth say" : "");
    return buffer;
  }
  const fsim_stage_stays *stage = &drift->stays.stage[t->stage];
  const fsim_stay_exit *e = &stage->exit[t->exit];
  snprintf(buffer, size, "cases leave %s for %s %s from %s on", stage->name,
           e->outcome ? of->outcomes.name[e->index] : drift->stays.stage[e->index].name, change,
           date);
  return buffer;
}
