/* How sure the hours are at which people begin and end their day. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/fit/hours.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"

#define DAY INT64_C(86400)
#define QUARTER 900
#define SLIPS 500      /* one time in so many is left out on either side, as in hours.c */
#define NEIGHBOURS 10  /* times next to the edge that tell how dense they are there */
#define FEWEST_DAYS 10 /* fewer tell little, whatever the limits */
#define FAR_APART 1800 /* limits, in seconds: two quarters of an hour */
/* For limits of 95 %: weekdays are joined where their first times lie close together, which makes
 * these look denser than they are (measured: with 0.95 they hold 91 to 95 %). */
#define LIMIT 0.98

static int compare_seconds(const void *left, const void *right) {
  const int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
  return (a > b) - (a < b);
}

/* How far before the first of n rising seconds the edge may lie, when work comes in ever less
 * towards it: squares of distances from the edge are then even. */
static double reach(const int32_t *second, size_t n, size_t slips) {
  const size_t most = n > slips + 1 ? n - slips - 1 : 0, k = most < NEIGHBOURS ? most : NEIGHBOURS;
  if (k == 0) return (double)DAY;
  const double share = sqrt(gsl_cdf_beta_Pinv(LIMIT, (double)slips + 1, (double)k));
  return share / (1 - share) * (second[slips + k] - second[slips]);
}

/* The edge at the beginning of rising seconds. */
static void judge(const int32_t *second, size_t n, int32_t earliest, fsim_hours_edge *edge) {
  const size_t slips = n / SLIPS;
  const double low = second[slips] - reach(second, n, slips);
  edge->high = second[slips];
  edge->low = low < earliest ? earliest : (int32_t)low;
  edge->unsure = edge->days < FEWEST_DAYS || edge->high - edge->low > FAR_APART;
}

static bool has_hours_of(const fsim_hours *h, int64_t time, size_t d) {
  const size_t other = (size_t)fsim_weekday((int32_t)(time / DAY));
  return h->to[other] > h->from[other] && h->from[other] == h->from[d] && h->to[other] == h->to[d];
}

/* Days at work, and those with work in the first and in the last open quarter of an hour. */
static size_t gather(const int64_t *time, size_t n, const fsim_hours *h, size_t d, int32_t *second,
                     fsim_hours_edge *opens, fsim_hours_edge *closes) {
  int64_t day = INT64_MIN, opened = INT64_MIN, closed = INT64_MIN;
  size_t k = 0;
  for (size_t i = 0; i < n; i++) { /* rising */
    if (!has_hours_of(h, time[i], d)) continue;
    const int32_t at = (int32_t)(time[i] % DAY);
    const int64_t today = time[i] / DAY;
    second[k++] = at;
    opens->days += today != day;
    day = today;
    if (at >= h->from[d] && at < h->from[d] + QUARTER && opened != today) {
      opens->days_at++;
      opened = today;
    }
    if (at >= h->to[d] - QUARTER && at <= h->to[d] && closed != today) {
      closes->days_at++;
      closed = today;
    }
  }
  closes->days = opens->days;
  return k;
}

static void judge_day(const int64_t *time, size_t n, fsim_hours *h, size_t d, int32_t *second) {
  fsim_hours_edge opens = {0}, closes = {0}, mirrored;
  const size_t k = gather(time, n, h, d, second, &opens, &closes);
  if (k == 0) return;
  qsort(second, k, sizeof *second, compare_seconds);
  judge(second, k, 0, &opens);
  for (size_t i = 0; i < k; i++) second[i] = -second[i]; /* the end of the day, from behind */
  qsort(second, k, sizeof *second, compare_seconds);
  mirrored = closes;
  judge(second, k, -(int32_t)DAY, &mirrored);
  closes = mirrored;
  closes.low = -mirrored.high;
  closes.high = -mirrored.low;
  h->opens[d] = opens;
  h->closes[d] = closes;
}

int fsim_hours_doubt(const int64_t *time, size_t n, fsim_report *report, fsim_hours *h) {
  int32_t *second = fsim_zeroed(n, sizeof *second);
  if (second == NULL) return fsim_no_memory(report);
  for (size_t d = 0; d < 7 && !h->always; d++) {
    if (h->to[d] > h->from[d]) judge_day(time, n, h, d, second);
  }
  free(second);
  return FSIM_OK;
}
