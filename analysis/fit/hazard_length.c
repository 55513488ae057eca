/* How long a piece of age is for its rates.
 *
 * Ends over time at risk leave the right share open when ends are spread over the piece. Where they
 * come together (a step that takes fifteen minutes each time, dates without times), the rate of a
 * piece leaves others open than were: of a stage that all leave after 14 minutes, a piece from 5 to
 * 15 would keep a third for ever. So a piece is given the length at which its rates leave open what
 * Nelson and Aalen's estimate does, ties broken (Fleming & Harrington, Communications in
 * Statistics 13, 1984). Where few are under observation at first, those who enter within the piece
 * count before they do, so that these few do no harm; what that takes off a rate that is the same
 * all along is given back. */
#include <math.h>
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

/* A piece of age, swept in order of time since its beginning. */
typedef struct sweep {
  const leaving *leave;
  const double *entry;
  size_t entered, left, entering, leaving; /* before it, and within it */
  double begin, width;
  double average;           /* under observation */
  double at, seen, counted; /* now under observation; with those who are to enter the piece */
  double share;             /* integral of those seen over those that count */
} sweep;

/* Who counts as at risk: all under observation; while these are few at first, those who are to
 * enter count, too, up to the average. */
static double at_risk_in(const sweep *s) {
  return fmax(s->seen, fmin(s->counted, s->average));
}

static void go_on(sweep *s, double until) {
  if (s->seen > 0) s->share += s->seen / at_risk_in(s) * (until - s->at);
  s->at = until;
}

/* Nelson and Aalen's sum over the piece, over the share of it that is seen. */
static double hazard_of(sweep *s) {
  double hazard = 0;
  size_t e = 0;
  s->seen = (double)(s->entered - s->left);
  s->counted = s->seen + (double)s->entering;
  for (size_t l = 0; l <= s->leaving; l++) {
    const leaving *out = l < s->leaving ? &s->leave[s->left + l] : NULL;
    const double age = out != NULL ? out->age - s->begin : s->width;
    for (; e < s->entering && s->entry[s->entered + e] - s->begin <= age; e++) {
      go_on(s, s->entry[s->entered + e] - s->begin);
      s->seen += 1;
    }
    if (out == NULL && s->counted <= 0) break;
    go_on(s, age);
    if (out == NULL) break;
    if (out->ends) hazard += 1 / at_risk_in(s);
    s->seen -= 1;
    s->counted -= 1;
  }
  return s->share > 0 ? hazard * s->at / s->share : hazard;
}

static void measure(fsim_hazard *h, const leaving *leave, const double *entry, size_t n) {
  size_t entered = 0, left = 0;
  for (size_t p = 0; p < h->n_pieces; p++) {
    const double begin = h->from[p], end = h->from[p + 1];
    sweep s = {.leave = leave,
               .entry = entry,
               .entered = entered,
               .left = left,
               .begin = begin,
               .width = end - begin};
    double at_risk = 0, ends = 0;
    for (; entered < n && entry[entered] < end; entered++)
      at_risk -= fmax(entry[entered] - begin, 0);
    for (; left < n && leave[left].age < end; left++) {
      at_risk += fmax(leave[left].age - begin, SECOND);
      ends += leave[left].ends;
    }
    at_risk += (double)(entered - left) * s.width;
    s.entering = entered - s.entered;
    s.leaving = left - s.left;
    s.average = at_risk / s.width;
    h->length[p] = ends > 0 && at_risk > 0 ? hazard_of(&s) * at_risk / ends : s.width;
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
    leave[i] = (leaving){
        ends ? fsim_end_age(stage, stay, by_day) : fsim_stay_age(stage, stay, stay->to), ends};
    entry[i] = fsim_stay_age(stage, stay, stay->from);
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
