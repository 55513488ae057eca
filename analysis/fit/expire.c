#include "analysis/fit/expire.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/base/quantity.h"

#define ENDS_OF_TIME_OUT 20
#define SHARE_OF_TIME_OUT 0.9
#define LEAST_SHARE 0.75
#define TIMES_THE_RATE 5.0

static double age_of(const fsim_dated_stay *stay) {
  return (double)(stay->to - stay->entered);
}

static double width_at(double age, bool by_day) {
  const double most = (by_day ? 3 : 2) * FSIM_DAY;
  return age / 8 < most ? age / 8 : most;
}

typedef struct window {
  double from, to; /* ages; `to` belongs to it */
  size_t first, n; /* of the sorted ends */
} window;

/* The window with most ends of those that begin with an end. */
static window densest(const double *end, size_t n, bool by_day) {
  window best = {0};
  for (size_t i = 0, j = 0; i < n; i++) {
    const double width = width_at(end[i], by_day);
    if (j < i) j = i;
    while (j < n && end[j] <= end[i] + width) j++;
    if (j - i > best.n) best = (window){end[i], end[j - 1], i, j - i};
  }
  return best;
}

static bool is_time_out(const fsim_stage_stays *stage, size_t exit, const window *w) {
  double at_risk = 0, aside = 0, own_before = 0, others_before = 0, seconds = 0, inside = 0;
  for (size_t i = 0; i < stage->n; i++) {
    const fsim_dated_stay *stay = &stage->stay[i];
    const double from = (double)(stay->from - stay->entered), to = age_of(stay);
    if (from <= w->from && to >= w->from) {
      at_risk += 1;
      aside += stay->exit != (int32_t)exit && to <= w->to;
      inside += (to < w->to ? to : w->to) - w->from;
    }
    if (to < w->from && stay->exit != FSIM_NONE)
      *(stay->exit == (int32_t)exit ? &own_before : &others_before) += 1;
    if (from < w->from) seconds += (to < w->from ? to : w->from) - from;
  }
  const double k = (double)w->n, n = at_risk - aside;
  if (k < ENDS_OF_TIME_OUT || others_before + own_before < 1 || k < SHARE_OF_TIME_OUT * n)
    return false;
  /* A rate within the window from the time spent there; all at one second is as sharp as it gets.
   */
  const bool sharp = k * seconds > TIMES_THE_RATE * own_before * inside;
  return sharp && gsl_cdf_beta_Pinv(0.01, k, n - k + 1) > LEAST_SHARE;
}

int fsim_find_time_out(const fsim_stage_stays *stage, const bool *may_expire, bool by_day,
                       fsim_report *report, fsim_time_out *found) {
  *found = (fsim_time_out){0};
  double *end = fsim_zeroed(stage->n, sizeof *end);
  if (end == NULL) return fsim_no_memory(report);
  for (size_t x = 0; x < stage->n_exits; x++) {
    size_t n = 0;
    for (size_t i = 0; i < stage->n && may_expire[x]; i++) {
      if (stage->stay[i].exit == (int32_t)x && age_of(&stage->stay[i]) > 0)
        end[n++] = age_of(&stage->stay[i]);
    }
    gsl_sort(end, 1, n);
    const window w = densest(end, n, by_day);
    if (w.n <= found->n || !is_time_out(stage, x, &w)) continue;
    const double median = gsl_stats_median_from_sorted_data(end + w.first, 1, w.n);
    *found = (fsim_time_out){
        .after = (int64_t)(median + 0.5), .from = (int64_t)w.from, .exit = x, .n = w.n};
  }
  free(end);
  return FSIM_OK;
}

void fsim_stays_expire(fsim_stage_stays *stage, const fsim_time_out *rule) {
  stage->expire_after = rule->after;
  stage->expire_exit = rule->exit;
  for (size_t i = 0; i < stage->n; i++) {
    fsim_dated_stay *stay = &stage->stay[i];
    const int64_t age = stay->to - stay->entered;
    if (stay->exit == FSIM_NONE) continue; /* open ones keep their age */
    const bool by_rule = stay->exit == (int32_t)rule->exit && age >= rule->from;
    if (!by_rule && age <= rule->after) continue;
    stay->expired = true;
    stay->exit = FSIM_NONE;
    stay->to = stay->entered + rule->after;
    if (stay->from > stay->to) stay->from = stay->to;
  }
}
