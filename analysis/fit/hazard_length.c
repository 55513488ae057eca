/* How long a piece of age is for its rates.
 *
 * Ends over time at risk leave the right share open when ends are spread over the piece. Where they
 * come together (a step that takes fifteen minutes each time, dates without times), the rate of a
 * piece leaves others open than were: of a stage that all leave after 14 minutes, a piece from 5 to
 * 15 would keep a third for ever. So a piece is given the length at which its rates leave open what
 * Nelson and Aalen's estimate does, ties broken (Fleming & Harrington, Communications in
 * Statistics 13, 1984). Entries into observation count from the beginning of the piece, on both
 * sides, so that few at risk at first do no harm. */
#include <stdlib.h>

#include "analysis/fit/hazard_parts.h"
#include "sim/base/array.h"

#define SECOND 0.5 /* at risk for an end within its second */

typedef struct leaving {
  double age;
  bool ends;
} leaving;

static int compare_leavings(const void *left, const void *right) {
  const leaving *a = left, *b = right;
  if (a->age != b->age) return a->age < b->age ? -1 : 1;
  return (int)b->ends - (int)a->ends;
}

static int compare_ages(const void *left, const void *right) {
  const double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static void measure(fsim_hazard *h, const leaving *leave, const double *entry, size_t n) {
  size_t entered = 0, left = 0;
  for (size_t p = 0; p < h->n_pieces; p++) {
    const double begin = h->from[p], width = h->from[p + 1] - begin;
    while (entered < n && entry[entered] < h->from[p + 1]) entered++;
    double risk = (double)(entered - left), at_risk = 0, hazard = 0, ends = 0;
    for (; left < n && leave[left].age < h->from[p + 1]; left++) {
      const double age = leave[left].age - begin;
      at_risk += age > SECOND ? age : SECOND;
      if (leave[left].ends) {
        hazard += 1 / risk;
        ends += 1;
      }
      risk -= 1;
    }
    at_risk += risk * width;
    h->length[p] = ends > 0 ? hazard * at_risk / ends : width;
  }
}

int fsim_hazard_lengths(const fsim_stage_stays *stage, bool by_day, fsim_report *report,
                        fsim_hazard *h) {
  leaving *leave = fsim_zeroed(stage->n, sizeof *leave);
  double *entry = fsim_zeroed(stage->n, sizeof *entry);
  h->length = fsim_zeroed(h->n_pieces, sizeof *h->length);
  int status = leave && entry && h->length ? FSIM_OK : fsim_no_memory(report);
  for (size_t i = 0; i < stage->n && status == FSIM_OK; i++) {
    const fsim_dated_stay *stay = &stage->stay[i];
    const bool ends = stay->exit != FSIM_NONE;
    leave[i] =
        (leaving){ends ? fsim_end_age(stay, by_day) : (double)(stay->to - stay->entered), ends};
    entry[i] = (double)(stay->from - stay->entered);
  }
  if (status == FSIM_OK) {
    qsort(leave, stage->n, sizeof *leave, compare_leavings);
    qsort(entry, stage->n, sizeof *entry, compare_ages);
    measure(h, leave, entry, stage->n);
  }
  free(leave);
  free(entry);
  return status;
}
