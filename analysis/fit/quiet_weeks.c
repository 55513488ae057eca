#include "analysis/fit/quiet_weeks.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/fit/week_swing.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"

#define DAY INT64_C(86400)
#define REACH 13   /* weeks before and after that tell what is usual */
#define FEWEST 6   /* of them */
#define LEVEL 0.02 /* of the log, and of its turns of the year */
#define EACH 0.1
#define USUAL 0.75
#define PRIOR (FSIM_SWING_PRIOR * FSIM_SWING_PRIOR)

typedef struct series {
  const double *seen, *expected; /* expected NULL: all weeks alike */
} series;

typedef struct candidate {
  size_t first, n;
  double p, wins, begun;
  bool turn; /* of the year */
} candidate;

static double expected_in(const series *s, size_t week) {
  return s->expected != NULL ? s->expected[week] : 1;
}

/* What is usual around weeks first … first + n - 1: seen over expected. */
typedef struct usual {
  double level, seen, variance, weight; /* of the factor of a week; weeks it is known from */
  size_t n;
} usual;

static bool is_reference(const series *s, size_t week, size_t first, size_t n) {
  const bool near = week + REACH >= first && week < first + n + REACH;
  return near && (week < first || week >= first + n) && expected_in(s, week) > 0.5;
}

static usual usual_around(const series *s, size_t weeks, size_t first, size_t n) {
  usual u = {0};
  double expected = 0, sum = 0;
  for (size_t w = 0; w < weeks; w++) {
    if (!is_reference(s, w, first, n)) continue;
    u.seen += s->seen[w];
    expected += expected_in(s, w);
    u.n++;
  }
  if (u.n < FEWEST || u.seen <= 0) return (usual){0};
  u.level = u.seen / expected;
  for (size_t w = 0; w < weeks; w++) {
    if (!is_reference(s, w, first, n)) continue;
    const double mean = u.level * expected_in(s, w), chance = 1 / mean;
    const double own = pow(PRIOR / (PRIOR + chance), 2);
    sum += own * (pow(s->seen[w] / mean - 1, 2) * (double)u.n / (double)(u.n - 1) - chance);
    u.weight += own;
  }
  u.variance = fmax(FSIM_SWING_PRIOR_WEEKS * PRIOR + sum, 0) / (FSIM_SWING_PRIOR_WEEKS + u.weight);
  return u;
}

/* The chance that weeks are as quiet; *share gets seen over usual. */
static double chance_of(const series *s, size_t weeks, size_t first, size_t n, double *share) {
  const usual u = usual_around(s, weeks, first, n);
  double mean = 0, squares = 0, seen = 0;
  *share = 1;
  for (size_t w = first; w < first + n; w++) {
    const double m = u.level * expected_in(s, w);
    mean += m;
    squares += m * m;
    seen += s->seen[w];
  }
  if (mean < 1) return 1;
  *share = seen / mean;
  const double swing = u.variance * (squares + mean * mean / (double)u.n);
  const double variance = mean + mean * mean / u.seen + swing;
  const double freedom =
      (FSIM_SWING_PRIOR_WEEKS + u.weight) * pow(variance / fmax(swing, 1e-9 * mean), 2);
  const double t = (seen - mean) / sqrt(variance);
  return freedom < 1e6 ? gsl_cdf_tdist_P(t, freedom) : gsl_cdf_ugaussian_P(t);
}

/* Whether a week has a day from 24 December to 1 January. */
static bool turns_year(const fsim_log_weeks *weeks, size_t week) {
  for (int d = 0; d < 7; d++) {
    int year, month, day;
    fsim_date_from_days((int32_t)((weeks->first + (int64_t)week * FSIM_WEEK_S) / DAY + d), &year,
                        &month, &day);
    if ((month == 12 && day >= 24) || (month == 1 && day == 1)) return true;
  }
  return false;
}

typedef struct looking {
  const fsim_log_weeks *weeks;
  series wins, begun;
} looking;

/* Whether a week next to a span is as quiet: then it is no holiday of one week or two. */
static bool goes_on(const looking *l, const candidate *c, size_t week) {
  const usual wins = usual_around(&l->wins, l->weeks->n, c->first, c->n);
  const usual begun = usual_around(&l->begun, l->weeks->n, c->first, c->n);
  return l->wins.seen[week] <= USUAL * wins.level * expected_in(&l->wins, week) &&
         l->begun.seen[week] <= USUAL * begun.level;
}

static bool is_quiet(const looking *l, size_t first, size_t n, candidate *c) {
  *c = (candidate){.first = first, .n = n, .turn = true};
  for (size_t w = first; w < first + n; w++) c->turn = c->turn && turns_year(l->weeks, w);
  const double wins = chance_of(&l->wins, l->weeks->n, first, n, &c->wins);
  const double begun = chance_of(&l->begun, l->weeks->n, first, n, &c->begun);
  if (wins > EACH || begun > EACH || c->wins > USUAL || c->begun > USUAL) return false;
  c->p = gsl_cdf_chisq_Q(-2 * (log(wins) + log(begun)), 4);
  if (c->p > (c->turn ? LEVEL : LEVEL / (2 * (double)l->weeks->n))) return false;
  if (first == 0 || goes_on(l, c, first - 1)) return false;
  return first + n < l->weeks->n ? !goes_on(l, c, first + n) : c->turn;
}

static int compare_candidates(const void *left, const void *right) {
  const candidate *a = left, *b = right;
  return a->p < b->p ? -1 : a->p > b->p ? 1 : (a->first > b->first) - (a->first < b->first);
}

static int compare_spans(const void *left, const void *right) {
  const fsim_quiet_span *a = left, *b = right;
  return (a->from > b->from) - (a->from < b->from);
}

static void take(const candidate *c, const looking *l, fsim_quiet_weeks *quiet) {
  const int64_t from = l->weeks->first + (int64_t)c->first * FSIM_WEEK_S;
  const int64_t to = from + (int64_t)c->n * FSIM_WEEK_S;
  bool apart = quiet->n < FSIM_MOST_QUIET;
  for (size_t i = 0; i < quiet->n; i++)
    apart = apart && (to < quiet->span[i].from || from > quiet->span[i].to);
  if (apart) quiet->span[quiet->n++] = (fsim_quiet_span){from, to, c->wins, c->begun};
}

int fsim_quiet_weeks_of(const fsim_log_weeks *weeks, const double *seen, const double *expected,
                        const double *begun, fsim_report *report, fsim_quiet_weeks *quiet) {
  *quiet = (fsim_quiet_weeks){.weeks = *weeks};
  const looking l = {weeks, {seen, expected}, {begun, NULL}};
  candidate *found = fsim_zeroed(2 * weeks->n + 1, sizeof *found);
  size_t n = 0;
  if (found == NULL) return fsim_no_memory(report);
  for (size_t w = 0; w < weeks->n; w++) {
    n += is_quiet(&l, w, 1, &found[n]);
    if (w + 1 < weeks->n) n += is_quiet(&l, w, 2, &found[n]);
  }
  qsort(found, n, sizeof *found, compare_candidates);
  for (size_t i = 0; i < n; i++) take(&found[i], &l, quiet);
  qsort(quiet->span, quiet->n, sizeof *quiet->span, compare_spans);
  free(found);
  return FSIM_OK;
}

const fsim_quiet_span *fsim_quiet_span_at(const fsim_quiet_weeks *quiet, int64_t t) {
  for (size_t i = 0; i < quiet->n; i++) {
    if (t >= quiet->span[i].from && t < quiet->span[i].to) return &quiet->span[i];
  }
  return NULL;
}

bool fsim_week_is_quiet(const fsim_quiet_weeks *quiet, size_t week) {
  return fsim_quiet_span_at(quiet, quiet->weeks.first + (int64_t)week * FSIM_WEEK_S) != NULL;
}

char *fsim_quiet_sentence(const fsim_quiet_span *span, char *buffer, size_t size) {
  char from[32], to[32];
  snprintf(buffer, size, "Quiet from %s to %s: %.0f %% of the usual wins, %.0f %% of new cases",
           fsim_format_date((int32_t)(span->from / DAY), from, sizeof from),
           fsim_format_date((int32_t)(span->to / DAY) - 1, to, sizeof to), 100 * span->wins,
           100 * span->begun);
  return buffer;
}
