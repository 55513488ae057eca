/* Times at which the laws of a stage jump, bend or end. */
#include <math.h>
#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/model/stage_numbers.h"

static void add_time(fsim_times *times, double t) {
  if (!isfinite(t) || !(t > 0) || times->failed) return;
  if (fsim_grow((void **)&times->time, &times->room, times->n + 1, sizeof *times->time) != 0) {
    times->failed = true;
    return;
  }
  times->time[times->n++] = t;
}

/* `whole` = offset + factor * the value of `d`. */
static void add_steps(fsim_times *times, const fsim_distribution *d, double offset, double factor) {
  double by = offset + factor * d->shift, unit = factor * d->scale;
  double lowest, highest;
  fsim_support(d, &lowest, &highest);
  add_time(times, offset + factor * lowest);
  add_time(times, offset + factor * highest);
  for (size_t i = 0; d->values && i < d->n; i++) add_time(times, by + unit * d->values[i]);
  for (size_t i = 0; d->parts && i < d->n; i++) add_steps(times, d->parts[i], by, unit);
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

void fsim_times_of(const fsim_stage *stage, const fsim_stage_law *law, fsim_times *times) {
  static const double shares[] = {0.001, 0.05, 0.3, 0.7, 0.95, 0.999};
  *times = (fsim_times){0};
  for (size_t k = 0; k < stage->n_exits; k++) {
    if (k > 0 && law->waits[k] == law->waits[k - 1]) continue;
    add_steps(times, law->waits[k], 0, 1);
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
      add_time(times, fsim_quantile(law->waits[k], shares[i]));
  }
  if (times->n == 0) return;
  qsort(times->time, times->n, sizeof *times->time, compare);
  size_t kept = 1;
  for (size_t i = 1; i < times->n; i++) {
    if (times->time[i] > times->time[kept - 1]) times->time[kept++] = times->time[i];
  }
  times->n = kept;
}
