#include "analysis/fit/expected.h"

#include <gsl/gsl_cdf.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/fit/leaks.h"
#include "analysis/fit/planned.h"
#include "analysis/fit/scores.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"

#define DAY INT64_C(86400)
#define FEWEST 20           /* cases; fewer prove nothing */
#define NO_PLAN (1.0 / 3)   /* share of exact dates that no plan gives */
#define HALF 0.5            /* share that must be ruled out */
#define LEAST_PLANNED 10    /* days: of shorter plans a day is much */
#define CHANCE_FILLED 0.02  /* one-sided: dates are filled in, hardly ever taken out */
#define CHANCE_LENGTH 0.005 /* plans for ends of quarters swing by themselves */
#define TRIFLE 0.05         /* smaller differences are left alone */
#define LEAST_OLD_WEEKS 4   /* and two of young ones */

/* One case with what is looked at, in days since 1970-01-01. */
typedef struct dated {
  int64_t created, expected, closed; /* closed: INT64_MAX while open; expected: of is_set only */
  bool is_set, is_closed, is_won, from_start;
  size_t week; /* of the creation, backwards from the end of the log */
  double rank; /* of the planned length, as a share of all */
} dated;

typedef struct looking {
  dated *c;
  size_t n;
  int64_t end;
  fsim_text *why;
} looking;

static int gather(const fsim_log *log, fsim_report *report, looking *l) {
  l->c = fsim_zeroed(log->n_cases, sizeof *l->c);
  if (l->c == NULL) return fsim_no_memory(report);
  l->end = fsim_day_of(log->end - 1);
  for (size_t c = 0; c < log->n_cases; c++) {
    const fsim_case *which = &log->cases[c];
    if ((size_t)which->funnel + 1 != log->n_funnels) continue;
    const bool is_closed = which->outcome != FSIM_NONE;
    l->c[l->n++] =
        (dated){.created = fsim_day_of(which->created),
                .expected = which->expected != FSIM_NO_TIME ? fsim_day_of(which->expected) : 0,
                .closed = is_closed ? fsim_day_of(which->closed) : INT64_MAX,
                .is_set = which->expected != FSIM_NO_TIME,
                .is_closed = is_closed,
                .is_won = is_closed && log->funnels[which->funnel].wins[which->outcome],
                .from_start = which->seen_from <= which->created,
                .week = (size_t)((log->end - 1 - which->created) / (7 * DAY))};
  }
  return FSIM_OK;
}

/* ---- filled in because of the end ---- */

static void doubt_filled(const looking *l, bool wins, const char *those) {
  double n[2] = {0}, filled[2] = {0};
  for (size_t i = 0; i < l->n; i++) {
    const bool side = wins ? l->c[i].is_won : l->c[i].is_closed;
    n[side] += 1;
    filled[side] += l->c[i].is_set;
  }
  if (l->why->length > 0 || (!fsim_filled_much_more(filled[1], n[1], filled[0], n[0]) &&
                             !fsim_filled_much_more(filled[0], n[0], filled[1], n[1])))
    return;
  fsim_text_append(l->why,
                   "it is filled in for %.0f %% of the cases that %s and %.0f %% of the others: it "
                   "tells the outcome",
                   100 * filled[1] / n[1], those, 100 * filled[0] / n[0]);
}

/* ---- too exact ---- */

typedef enum extent { TOO_FEW, LITTLE, UNSURE, MUCH } extent;

/* Whether a share is more than any plan gives, by its lower 95 % limit, or may be most, by the
 * upper one. */
static extent extent_of(size_t part, size_t whole) {
  double low, high;
  if (whole < FEWEST) return TOO_FEW;
  fsim_share_limits((double)part, (double)whole, 0.9, &low, &high);
  return low > NO_PLAN ? MUCH : high > HALF ? UNSURE : LITTLE;
}

static void doubt_overwritten(const looking *l, bool wins) {
  size_t n = 0, same = 0;
  for (size_t i = 0; i < l->n; i++) {
    const dated *c = &l->c[i];
    if (!c->is_set || !(wins ? c->is_won : c->is_closed)) continue;
    if (c->expected - c->created < LEAST_PLANNED) continue;
    n++;
    same += llabs(c->closed - c->expected) <= 1;
  }
  if (l->why->length > 0 || extent_of(same, n) != MUCH) return;
  fsim_text_append(l->why,
                   "%zu of %zu cases that %s closed within a day of it, which no plan gives: it is "
                   "overwritten when they close",
                   same, n, wins ? "were won" : "ended");
}

/* Of cases that were open a little before their date, and were followed until a little after. */
static extent moved(const looking *l, size_t *near, size_t *n) {
  *n = *near = 0;
  for (size_t i = 0; i < l->n; i++) {
    const dated *c = &l->c[i];
    const int64_t planned = c->expected - c->created, little = planned < 20 ? 1 : planned / 10;
    if (!c->is_set || planned <= little || c->expected + little >= l->end) continue;
    if (c->closed < c->expected - little) continue;
    ++*n;
    *near += c->closed <= c->expected + little;
  }
  return extent_of(*near, *n);
}

static void doubt_moved(const looking *l) {
  size_t n, near;
  if (l->why->length > 0 || moved(l, &near, &n) != MUCH) return;
  fsim_text_append(l->why,
                   "%zu of %zu cases that were open shortly before it closed within a tenth of the "
                   "planned time around it: it is moved on for as long as they are open",
                   near, n);
}

/* The last doubt: nothing shows that dates stay as they are set. */
static void doubt_kept(const looking *l) {
  size_t n, near, set = 0;
  const extent how = moved(l, &near, &n);
  for (size_t i = 0; i < l->n; i++) set += l->c[i].is_set;
  if (l->why->length > 0 || set < FSIM_FEWEST_PLANNED) return; /* so few are not used */
  if (how == TOO_FEW)
    fsim_text_append(l->why,
                     "only %zu cases were seen from shortly before it to shortly after: too few to "
                     "tell whether it stays as it was set",
                     n);
  else if (how == UNSURE)
    fsim_text_append(
        l->why,
        "%zu of %zu cases that were open shortly before it closed within a tenth of the "
        "planned time around it: it may be moved on while they are open",
        near, n);
}

/* ---- another one for older cases ---- */

static int by_length(const void *left, const void *right) {
  const dated *a = left, *b = right;
  const int64_t x = a->expected - a->created, y = b->expected - b->created;
  if (a->is_set != b->is_set) return a->is_set ? -1 : 1;
  return (x > y) - (x < y);
}

/* Ranks of the planned lengths, ties alike; cases with dates come first. Returns how many. */
static size_t rank(dated *c, size_t n) {
  size_t set = 0;
  qsort(c, n, sizeof *c, by_length);
  while (set < n && c[set].is_set) set++;
  for (size_t i = 0, j; i < set; i = j) {
    for (j = i; j < set && by_length(&c[i], &c[j]) == 0;) j++;
    for (size_t k = i; k < j; k++) c[k].rank = (double)(i + j - 1) / 2 / (double)set;
  }
  return set;
}

/* In so many weeks before the end most cases have not had the time to close; 0: not known. */
static int young_weeks(const looking *l, fsim_report *report, size_t *weeks) {
  size_t n = 0;
  int64_t *took = fsim_zeroed(l->n, sizeof *took);
  *weeks = 0;
  if (took == NULL) return fsim_no_memory(report);
  for (size_t i = 0; i < l->n; i++) {
    if (l->c[i].is_closed) took[n++] = l->c[i].closed - l->c[i].created;
  }
  qsort(took, n, sizeof *took, fsim_compare_days);
  if (n >= FEWEST) *weeks = took[n / 2] < 14 ? 2 : (size_t)((took[n / 2] + 3) / 7);
  free(took);
  return FSIM_OK;
}

typedef struct by_week {
  double n, sum;
} by_week;

typedef struct contrast {
  double n[2], mean[2]; /* old, young */
  double p;             /* two-sided; 1: too few to tell */
} contrast;

/* The mean of a number among old and young cases: Student's t with the variance among cases, made
 * larger where weeks differ more than cases do. */
static int compare_ages(const dated *c, size_t n, double (*number)(const dated *), size_t young,
                        fsim_report *report, contrast *out) {
  size_t last = 0, counted[2] = {0};
  for (size_t i = 0; i < n; i++) last = c[i].week > last ? c[i].week : last;
  by_week *weeks = fsim_zeroed(last + 1, sizeof *weeks);
  double squares = 0, between = 0;
  *out = (contrast){.p = 1};
  if (weeks == NULL) return fsim_no_memory(report);
  for (size_t i = 0; i < n; i++) {
    const size_t side = c[i].week < young;
    if (!c[i].from_start) continue;
    weeks[c[i].week].n += 1;
    weeks[c[i].week].sum += number(&c[i]);
    out->n[side] += 1;
    out->mean[side] += number(&c[i]);
    squares += number(&c[i]) * number(&c[i]);
  }
  for (size_t s = 0; s < 2; s++) out->mean[s] /= fmax(out->n[s], 1);
  for (size_t s = 0; s < 2; s++) squares -= out->n[s] * out->mean[s] * out->mean[s];
  const double variance = squares / fmax(out->n[0] + out->n[1] - 2, 1);
  for (size_t w = 0; w <= last; w++) {
    const size_t side = w < young;
    if (weeks[w].n <= 0) continue;
    counted[side]++;
    between += weeks[w].n * pow(weeks[w].sum / weeks[w].n - out->mean[side], 2);
  }
  free(weeks);
  if (counted[0] < LEAST_OLD_WEEKS || counted[1] < 2 || out->n[0] < FEWEST || out->n[1] < FEWEST ||
      variance <= 0)
    return FSIM_OK;
  const double left = (double)(counted[0] + counted[1] - 2);
  const double wild = fmax(1, between / left / variance);
  const double error = sqrt(wild * variance * (1 / out->n[0] + 1 / out->n[1]));
  out->p = 2 * gsl_cdf_tdist_Q(fabs(out->mean[0] - out->mean[1]) / error, left);
  return FSIM_OK;
}

static double is_filled(const dated *c) {
  return c->is_set;
}

static double rank_of(const dated *c) {
  return c->rank;
}

/* The median planned length of old or young cases, which stand in its order. */
static int64_t median(const dated *c, size_t set, size_t young, bool of_young, double n) {
  double seen = 0;
  for (size_t i = 0; i < set; i++) {
    if (!c[i].from_start || (c[i].week < young) != of_young) continue;
    seen += 1;
    if (2 * seen >= n) return c[i].expected - c[i].created;
  }
  return 0;
}

static int doubt_by_age(const fsim_log *log, const looking *l, fsim_report *report) {
  size_t young = 0;
  contrast filled, length;
  int status = young_weeks(l, report, &young);
  if (status != FSIM_OK || young == 0 || l->why->length > 0) return status;
  const size_t set = rank(l->c, l->n);
  status = compare_ages(l->c, l->n, is_filled, young, report, &filled);
  if (status == FSIM_OK) status = compare_ages(l->c, set, rank_of, young, report, &length);
  if (status != FSIM_OK) return status;
  char date[32];
  fsim_format_date((int32_t)fsim_day_of(log->end - (int64_t)young * 7 * DAY), date, sizeof date);
  if (filled.p / 2 < CHANCE_FILLED && filled.mean[0] - filled.mean[1] > TRIFLE)
    fsim_text_append(
        l->why,
        "%.0f %% of the cases created before %s have it and %.0f %% of those since: it "
        "is filled in while they are open",
        100 * filled.mean[0], date, 100 * filled.mean[1]);
  else if (length.p < CHANCE_LENGTH && fabs(length.mean[0] - length.mean[1]) > TRIFLE)
    fsim_text_append(l->why,
                     "cases created before %s have a planned length of %" PRId64
                     " days (median), those since %" PRId64
                     ": it changes while they are open (or planning has changed)",
                     date, median(l->c, set, young, false, length.n[0]),
                     median(l->c, set, young, true, length.n[1]));
  return FSIM_OK;
}

int fsim_doubt_expected(const fsim_log *log, fsim_report *report, fsim_text *why) {
  looking l = {.why = why};
  int status = gather(log, report, &l);
  if (status == FSIM_OK) {
    doubt_filled(&l, true, "were won");
    doubt_filled(&l, false, "ended");
    doubt_overwritten(&l, true);
    doubt_overwritten(&l, false);
    doubt_moved(&l);
    status = doubt_by_age(log, &l, report);
    doubt_kept(&l);
  }
  free(l.c);
  if (status == FSIM_OK && why->failed) status = fsim_no_memory(report);
  return status;
}

int fsim_drop_doubtful(fsim_log *log, fsim_report *report) {
  fsim_text why = {0};
  int status = fsim_doubt_expected(log, report, &why);
  for (size_t c = 0; c < log->n_cases && why.length > 0; c++) log->cases[c].expected = FSIM_NO_TIME;
  free(why.text);
  return status;
}
