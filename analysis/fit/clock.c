#include "analysis/fit/clock.h"

#include <math.h>
#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/base/quantity.h"

/* Steps of a piece of age: of a day, at most a week's number of them; more where cases leave so
 * fast that more than this share would leave in a step. */
#define MOST_DAYS 7
#define MOST_STEPS 40
#define LEAVE_IN_STEP 0.05

void fsim_clock_free(fsim_clock *clock) {
  free(clock->age);
  free(clock->weight);
  *clock = (fsim_clock){0};
}

static double rate_of_all(const fsim_hazard *h, size_t piece, const double *factor) {
  double all = 0;
  for (size_t x = 0; x < h->n_exits; x++)
    all += h->rate[piece * h->n_exits + x] * (factor != NULL ? factor[x] : 1);
  return all;
}

static size_t steps_of(const fsim_hazard *h, size_t piece, double all) {
  const double days = fmin(ceil((h->from[piece + 1] - h->from[piece]) / FSIM_DAY), MOST_DAYS);
  const double fine = fmin(ceil(all * h->length[piece] / LEAVE_IN_STEP), MOST_STEPS);
  return (size_t)fmax(fmax(days, fine), 1);
}

/* Probability that this exit's clock rings in a step of this length, given that neither it nor the
 * clocks of the exits before it have rung; `back`: the last exit rings first. */
static double ring(const fsim_hazard *h, size_t piece, size_t exit, const double *factor,
                   double all, double step, bool back) {
  double before = 0, own = 0;
  for (size_t x = 0; x < h->n_exits; x++) {
    double rate = h->rate[piece * h->n_exits + x] * (factor != NULL ? factor[x] : 1);
    if (back ? x > exit : x < exit) before += rate;
    if (x == exit) own = rate;
  }
  if (own <= 0) return 0;
  double leave = -expm1(-all * step);
  double p = leave * own / all / (1 - leave * before / all);
  return p < 1 ? p : 1;
}

static int make_room(const fsim_hazard *h, fsim_report *report, fsim_clock *clock) {
  *clock = (fsim_clock){0};
  clock->age = fsim_zeroed(h->n_pieces * MOST_STEPS, sizeof *clock->age);
  clock->weight = fsim_zeroed(h->n_pieces * MOST_STEPS, sizeof *clock->weight);
  return clock->age && clock->weight ? FSIM_OK : fsim_no_memory(report);
}

int fsim_wait_of(const fsim_hazard *hazard, size_t exit, fsim_report *report, fsim_clock *wait) {
  const size_t n = hazard->n_exits;
  double open = 1, share = 0;
  int status = make_room(hazard, report, wait);
  for (size_t p = 0; p < hazard->n_pieces && status == FSIM_OK; p++) {
    const double width = hazard->from[p + 1] - hazard->from[p];
    const double all = rate_of_all(hazard, p, NULL), own = hazard->rate[p * n + exit];
    const size_t steps = steps_of(hazard, p, all);
    const double lasts = hazard->length[p] / (double)steps;
    for (size_t k = 0; k < steps && all > 0; k++) {
      const double leave = -expm1(-all * lasts);
      if (own > 0 && open > 0) {
        wait->age[wait->n] = hazard->from[p] + width * ((double)k + 0.5) / (double)steps;
        wait->weight[wait->n++] = open * leave * own / all;
        share += open * leave * own / all;
      }
      open *= 1 - leave;
    }
  }
  wait->never = 1 - share;
  return status;
}

int fsim_clock_of(const fsim_hazard *hazard, size_t exit, int month, fsim_report *report,
                  fsim_clock *clock) {
  const double *factor = month < 0 ? NULL : hazard->factor + (size_t)month * hazard->n_exits;
  int status = make_room(hazard, report, clock);
  double left = 1;
  bool back = false;
  for (size_t p = 0; p < hazard->n_pieces && status == FSIM_OK; p++) {
    const double all = rate_of_all(hazard, p, factor);
    const size_t steps = steps_of(hazard, p, all);
    const double step = (hazard->from[p + 1] - hazard->from[p]) / (double)steps;
    for (size_t k = 0; k < steps; k++, back = !back) {
      const size_t turn = back ? hazard->n_exits - 1 - exit : exit;
      const double place = ((double)turn + 0.5) / (double)hazard->n_exits;
      const double rings =
          ring(hazard, p, exit, factor, all, hazard->length[p] / (double)steps, back);
      if (rings <= 0 || left <= 0) continue;
      clock->age[clock->n] = hazard->from[p] + step * ((double)k + place);
      clock->weight[clock->n++] = left * rings;
      left *= 1 - rings;
    }
  }
  clock->never = left;
  return status;
}
