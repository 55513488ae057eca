/* Exports that hold only cases that had begun by some day: after it none come, though nothing says
 * that business has stopped. */
#include <math.h>

#include "analysis/fit/arrivals.h"

#define DAY INT64_C(86400)
#define LOOK_BACK (84 * DAY)  /* whose cases tell how many were to be expected */
#define LEAST_LOOK (28 * DAY) /* a first day tells no pace */
/* That came after the last one, of Poisson's: one in half a thousand million. */
#define EXPECTED_OF_NONE 20
/* Times as many as in any pause before: imports come every few months, and every year has holidays.
 */
#define TIMES_OF_PAUSES 3

/* The arrivals of the weeks before a time, as it moves on through the cases. */
typedef struct looking_back {
  const fsim_log *log;
  size_t funnel, tail; /* the first case that is looked at */
  int64_t begin;       /* of the first arrival */
  double n;
} looking_back;

static bool arrives(const looking_back *l, size_t c) {
  return fsim_arrives(&l->log->cases[c], l->funnel, l->log->begin, l->log->end);
}

/* How many would have come in a pause that begins at `last` at the pace of the weeks before it. */
static double expected_in(looking_back *l, int64_t last, int64_t pause) {
  for (; l->log->cases[l->tail].created < last - LOOK_BACK; l->tail++) l->n -= arrives(l, l->tail);
  const int64_t from = l->begin > last - LOOK_BACK ? l->begin : last - LOOK_BACK;
  return l->n * (double)pause / fmax((double)(last - from), (double)LEAST_LOOK);
}

int64_t fsim_arrivals_end(const fsim_log *log, size_t funnel) {
  looking_back l = {.log = log, .funnel = funnel, .begin = FSIM_NO_TIME};
  int64_t last = FSIM_NO_TIME;
  double most = 0;
  for (size_t c = 0; c < log->n_cases; c++) { /* by created */
    const int64_t created = log->cases[c].created;
    if (!arrives(&l, c)) continue;
    if (l.begin == FSIM_NO_TIME) l.begin = created;
    if (last != FSIM_NO_TIME) most = fmax(most, expected_in(&l, last, created - last));
    l.n += 1;
    last = created;
  }
  if (last == FSIM_NO_TIME) return FSIM_NO_TIME;
  const double expected = expected_in(&l, last, log->end - last);
  const bool ended = expected > EXPECTED_OF_NONE && expected > TIMES_OF_PAUSES * most;
  return ended ? (last / DAY + 1) * DAY : FSIM_NO_TIME;
}
