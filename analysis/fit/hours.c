#include "analysis/fit/hours.h"

#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/base/quantity.h"

#define DAY INT64_C(86400)
#define QUARTER 900
#define EVEN_SHARE_CLOSED 50 /* of an even share: fewer times are slips */
#define SLIPS 500
#define NEARLY_ALL_DAY (23 * 3600)
#define USUAL_TIMES 12 /* chance of none of them: six in a million */

static int compare_seconds(const void *left, const void *right) {
  const int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
  return (a > b) - (a < b);
}

static size_t weekday_of(int64_t time) {
  return (size_t)fsim_weekday((int32_t)(time / DAY));
}

static void set_day(fsim_hours *h, size_t d, int32_t *second, size_t n) {
  if (n == 0) return;
  qsort(second, n, sizeof *second, compare_seconds);
  const size_t slips = n / SLIPS;
  h->from[d] = second[slips] / QUARTER * QUARTER;
  h->to[d] = (second[n - 1 - slips] + QUARTER - 1) / QUARTER * QUARTER;
  if (h->to[d] <= h->from[d]) h->to[d] = h->from[d] + QUARTER;
  if (h->to[d] > DAY) h->to[d] = (int32_t)DAY;
}

static bool is_near(int32_t a, int32_t b) {
  return abs(a - b) <= QUARTER;
}

/* Weekdays in a row that are open alike but for a quarter of an hour have the same hours. */
static void join_days(fsim_hours *h) {
  for (size_t first = 0, next; first < 7; first = next) {
    int32_t from = h->from[first], to = h->to[first];
    for (next = first + 1; next < 7; next++) {
      const bool open = to > from && h->to[next] > h->from[next];
      if (!open || !is_near(h->from[next], from) || !is_near(h->to[next], to)) break;
      from = h->from[next] < from ? h->from[next] : from;
      to = h->to[next] > to ? h->to[next] : to;
    }
    for (size_t d = first; d < next; d++) {
      h->from[d] = from;
      h->to[d] = to;
    }
  }
}

static void find_closed(fsim_hours *h, const int64_t *time, size_t n) {
  const int32_t first = (int32_t)(time[0] / DAY), last = (int32_t)(time[n - 1] / DAY);
  double days[7] = {0};
  for (int32_t day = first; day <= last; day++) days[fsim_weekday(day)] += 1;
  size_t at = 0;
  for (int32_t day = first; day <= last && h->n_closed < FSIM_MOST_CLOSED; day++) {
    size_t seen = 0;
    for (; at < n && time[at] / DAY == day; at++) seen++;
    const size_t d = (size_t)fsim_weekday(day);
    const bool open = h->to[d] > h->from[d];
    if (open && seen == 0 && (double)h->seen[d] / days[d] >= USUAL_TIMES)
      h->closed[h->n_closed++] = day;
  }
}

int fsim_hours_of(const int64_t *time, size_t n, fsim_report *report, fsim_hours *h) {
  *h = (fsim_hours){.always = true};
  if (n == 0) return FSIM_OK;
  int32_t *second = fsim_zeroed(n, sizeof *second);
  if (second == NULL) return fsim_no_memory(report);
  for (size_t i = 0; i < n; i++) h->seen[weekday_of(time[i])]++;
  bool all_day = true;
  for (size_t d = 0; d < 7; d++) {
    if (h->seen[d] * 7 * EVEN_SHARE_CLOSED >= n) {
      size_t k = 0;
      for (size_t i = 0; i < n; i++) {
        if (weekday_of(time[i]) == d) second[k++] = (int32_t)(time[i] % DAY);
      }
      set_day(h, d, second, k);
    }
    all_day = all_day && h->to[d] - h->from[d] >= NEARLY_ALL_DAY;
  }
  free(second);
  h->always = all_day;
  if (!h->always) {
    join_days(h);
    find_closed(h, time, n);
  }
  return FSIM_OK;
}

static bool is_closed(const fsim_hours *h, int32_t day) {
  for (size_t i = 0; i < h->n_closed; i++) {
    if (h->closed[i] == day) return true;
  }
  return false;
}

double fsim_open_seconds(const fsim_hours *h, int64_t from, int64_t to) {
  if (h->always) return (double)(to - from);
  double sum = 0;
  for (int64_t day = from / DAY; day * DAY < to; day++) {
    const size_t d = (size_t)fsim_weekday((int32_t)day);
    if (is_closed(h, (int32_t)day)) continue;
    int64_t opens = day * DAY + h->from[d], closes = day * DAY + h->to[d];
    if (opens < from) opens = from;
    if (closes > to) closes = to;
    if (closes > opens) sum += (double)(closes - opens);
  }
  return sum;
}
