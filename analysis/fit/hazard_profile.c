/* Whether the months of a quarter differ by more than weeks do. */
#include <math.h>
#include <stdlib.h>

#include "analysis/fit/hazard_parts.h"
#include "sim/base/array.h"

#define WEEK INT64_C(604800)

static int64_t next_week(int64_t t) {
  return (fsim_floor_days(t) / 7 + 1) * WEEK;
}

typedef struct weeks {
  const fsim_hazard *hazard;
  int64_t first; /* week of the first stay's observation */
  size_t n;
  double *expected; /* [n * n_exits] */
  double *seen;     /* [n * n_exits] */
} weeks;

static size_t week_of(const weeks *w, int64_t t) {
  int64_t week = fsim_floor_days(t) / 7 - w->first;
  return week < 0 ? 0 : (size_t)week < w->n ? (size_t)week : w->n - 1;
}

static void add_expected(void *context, size_t piece, int64_t at, double seconds) {
  weeks *w = context;
  const fsim_hazard *h = w->hazard;
  const double *factor = h->factor + (size_t)fsim_month_of_quarter(at) * h->n_exits;
  for (size_t x = 0; x < h->n_exits; x++)
    w->expected[week_of(w, at) * h->n_exits + x] +=
        seconds * h->rate[piece * h->n_exits + x] * factor[x];
}

/* Weeks that lie in two months are cut there, so that a factor holds in all of a step. */
static int64_t next_week_or_month(int64_t t) {
  int64_t week = next_week(t), month = fsim_next_month(t);
  return week < month ? week : month;
}

/* Pearson's statistic over its degrees of freedom: how much wilder weeks are than Poisson. */
static double dispersion(const weeks *w, size_t exit) {
  double statistic = 0, n = 0;
  for (size_t k = 0; k < w->n; k++) {
    double expected = w->expected[k * w->hazard->n_exits + exit];
    double off = w->seen[k * w->hazard->n_exits + exit] - expected;
    if (expected < 1) continue;
    statistic += off * off / expected;
    n += 1;
  }
  double left = n - FSIM_QUARTER_MONTHS;
  return left >= 1 && statistic > left ? statistic / left : 1;
}

/* The factor of a month of the quarter without the week that raises it most: what one week shows
 * once (a clean-up of old deals) is no calendar. */
static double without_its_strongest_week(const weeks *w, size_t exit, size_t month,
                                         const int64_t *month_of_week) {
  const fsim_hazard *h = w->hazard;
  const double factor = h->factor[month * h->n_exits + exit];
  double seen = 0, expected = 0, most = 0, seen_then = 0, expected_then = 0;
  for (size_t k = 0; k < w->n; k++) {
    if ((size_t)month_of_week[k] != month) continue;
    const double ends = w->seen[k * h->n_exits + exit];
    const double at_one = w->expected[k * h->n_exits + exit] / factor;
    seen += ends;
    expected += at_one;
    if (ends - at_one <= most) continue;
    most = ends - at_one;
    seen_then = ends;
    expected_then = at_one;
  }
  return (seen - seen_then + FSIM_PRIOR_ENDS) / (expected - expected_then + FSIM_PRIOR_ENDS);
}

static bool exit_is_real(const weeks *w, size_t exit, const int64_t *month_of_week) {
  const fsim_hazard *h = w->hazard;
  double expected[FSIM_QUARTER_MONTHS] = {0}, n[FSIM_QUARTER_MONTHS] = {0};
  for (size_t k = 0; k < w->n; k++) {
    size_t m = (size_t)month_of_week[k];
    expected[m] += w->expected[k * h->n_exits + exit] / h->factor[m * h->n_exits + exit];
    n[m] += 1;
  }
  const double wild = dispersion(w, exit);
  bool real = false;
  for (size_t m = 0; m < FSIM_QUARTER_MONTHS; m++) {
    double f = h->factor[m * h->n_exits + exit];
    if (n[m] < 2) return false;
    if (f > 0.5 && f < 2) continue;
    double error = sqrt(wild / (expected[m] + FSIM_PRIOR_ENDS));
    if (f >= 2 && without_its_strongest_week(w, exit, m, month_of_week) < 2) continue;
    real = real || fabs(f - 1) > 5 * error;
  }
  return real;
}

int fsim_hazard_profile_is_real(const fsim_stage_stays *stage, const fsim_hazard *with_profile,
                                bool by_day, fsim_report *report, bool *real) {
  *real = false;
  if (stage->n == 0) return FSIM_OK;
  int64_t first = INT64_MAX, last = INT64_MIN;
  for (size_t i = 0; i < stage->n; i++) {
    if (stage->stay[i].from < first) first = stage->stay[i].from;
    if (stage->stay[i].to > last) last = stage->stay[i].to;
  }
  weeks w = {.hazard = with_profile, .first = fsim_floor_days(first) / 7};
  w.n = (size_t)(fsim_floor_days(last) / 7 - w.first + 1);
  w.expected = fsim_zeroed(w.n * stage->n_exits, sizeof *w.expected);
  w.seen = fsim_zeroed(w.n * stage->n_exits, sizeof *w.seen);
  int64_t *month = fsim_zeroed(w.n, sizeof *month);
  int status = w.expected && w.seen && month ? FSIM_OK : fsim_no_memory(report);
  for (size_t i = 0; i < stage->n && status == FSIM_OK; i++) {
    const fsim_dated_stay *stay = &stage->stay[i];
    fsim_hazard_walk(stage, stay, by_day, with_profile->from, with_profile->n_pieces,
                     next_week_or_month, add_expected, &w);
    if (stay->exit != FSIM_NONE)
      w.seen[week_of(&w, stay->to) * stage->n_exits + (size_t)stay->exit] += 1;
  }
  for (size_t k = 0; k < w.n && status == FSIM_OK; k++)
    month[k] = fsim_month_of_quarter((w.first + (int64_t)k) * WEEK + WEEK / 2);
  for (size_t x = 0; x < stage->n_exits && status == FSIM_OK; x++)
    *real = *real || exit_is_real(&w, x, month);
  free(w.expected);
  free(w.seen);
  free(month);
  return status;
}
