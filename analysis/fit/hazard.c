#include <math.h>
#include <stdlib.h>

#include "analysis/fit/hazard_parts.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"

/* Ends that make a piece. With eight, a rate's standard error is about a third of it. */
#define ENDS_OF_PIECE 8
/* Months that differ by less are not told apart: each was mostly seen once, and levels move by a
 * fifth or a quarter from month to month without any calendar. */
#define LEAST_RATIO 2.0
#define PROFILE_ROUNDS 30
#define DAY INT64_C(86400)

void fsim_hazard_free(fsim_hazard *hazard) {
  free(hazard->from);
  free(hazard->rate);
  free(hazard->length);
  free(hazard->ends);
  free(hazard->factor);
  *hazard = (fsim_hazard){0};
}

/* ---- the calendar ---- */

int64_t fsim_floor_days(int64_t t) {
  return t >= 0 ? t / DAY : -((DAY - 1 - t) / DAY);
}

int fsim_month_of_quarter(int64_t t) {
  int year, month, day;
  fsim_date_from_days((int32_t)fsim_floor_days(t), &year, &month, &day);
  return (month - 1) % FSIM_QUARTER_MONTHS;
}

int64_t fsim_next_month(int64_t t) {
  int year, month, day;
  fsim_date_from_days((int32_t)fsim_floor_days(t), &year, &month, &day);
  return fsim_days_from_date(month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1) * DAY;
}

int64_t fsim_next_day(int64_t t) {
  return (fsim_floor_days(t) + 1) * DAY;
}

/* ---- time at risk, cut at bins of age and at the calendar ---- */

typedef struct grid {
  size_t n_bins, n_exits;
  double *edge;    /* [n_bins + 1] */
  double *at_risk; /* [n_bins * months] seconds */
  double *ends;    /* [n_bins * months * n_exits] */
} grid;

static void free_grid(grid *g) {
  free(g->edge);
  free(g->at_risk);
  free(g->ends);
}

/* Steps of a minute up to an hour's, then days, weeks, four weeks: ends come fast at first. */
static double next_edge(double age, bool by_day) {
  static const double steps[] = {60, 300, 900, 3600, 3 * 3600.0, 6 * 3600.0, 12 * 3600.0};
  for (size_t i = 0; i < sizeof steps / sizeof *steps && !by_day; i++) {
    if (age < steps[i]) return steps[i];
  }
  /* From noon to noon whole days pass: they must not be edges. */
  if (by_day && age < FSIM_DAY / 2) return FSIM_DAY / 2;
  if (age < 60 * FSIM_DAY) return age < FSIM_DAY && !by_day ? FSIM_DAY : age + FSIM_DAY;
  return age + (age < 400 * FSIM_DAY ? 7 : 28) * FSIM_DAY;
}

static int make_grid(grid *g, double last_end, size_t n_exits, bool by_day, fsim_report *report) {
  g->n_bins = 1;
  g->n_exits = n_exits;
  for (double age = next_edge(0, by_day); age <= last_end; age = next_edge(age, by_day))
    g->n_bins++;
  g->edge = fsim_zeroed(g->n_bins + 1, sizeof *g->edge);
  g->at_risk = fsim_zeroed(g->n_bins * FSIM_QUARTER_MONTHS, sizeof *g->at_risk);
  g->ends = fsim_zeroed(g->n_bins * FSIM_QUARTER_MONTHS * n_exits, sizeof *g->ends);
  if (!g->edge || !g->at_risk || !g->ends) return fsim_no_memory(report);
  for (size_t b = 0; b < g->n_bins; b++) g->edge[b + 1] = next_edge(g->edge[b], by_day);
  return FSIM_OK;
}

static size_t piece_of(const double *from, size_t n, double age) {
  size_t low = 0, high = n;
  while (high - low > 1) {
    size_t middle = (low + high) / 2;
    if (from[middle] <= age)
      low = middle;
    else
      high = middle;
  }
  return low;
}

/* What begins and ends on one day takes some hours. */
double fsim_end_age(const fsim_stage_stays *stage, const fsim_dated_stay *stay, bool by_day) {
  return fsim_stay_age(stage, stay, stay->to + (by_day && stay->to == stay->entered ? DAY / 4 : 0));
}

size_t fsim_hazard_piece(const fsim_hazard *h, const fsim_stage_stays *stage,
                         const fsim_dated_stay *stay, bool by_day) {
  return piece_of(h->from, h->n_pieces, fsim_end_age(stage, stay, by_day));
}

void fsim_hazard_walk(const fsim_stage_stays *stage, const fsim_dated_stay *stay, bool by_day,
                      const double *from, size_t n, int64_t (*next)(int64_t), fsim_take_time take,
                      void *context) {
  const bool ends = stay->exit != FSIM_NONE;
  double age = fsim_stay_age(stage, stay, stay->from);
  double last = ends ? fsim_end_age(stage, stay, by_day) : fsim_stay_age(stage, stay, stay->to);
  if (ends && last - age < 0.5) age = last - 0.5; /* ends within its second */
  if (last > from[n]) last = from[n];
  size_t piece = piece_of(from, n, age < 0 ? 0 : age);
  for (int64_t at = stay->from; age < last;) {
    const int64_t turn = next(at), week = fsim_pace_next(stage->pace, at);
    const int64_t boundary = turn < week ? turn : week;
    double until = last, calendar = fsim_stay_age(stage, stay, boundary);
    if (piece + 1 < n && from[piece + 1] < until) until = from[piece + 1];
    if (calendar > age && calendar < until) until = calendar;
    take(context, piece, at, until - age);
    age = until;
    if (piece + 1 < n && age >= from[piece + 1]) piece++;
    if (age >= calendar && age < last) at = boundary;
  }
}

static void add_at_risk(void *context, size_t piece, int64_t at, double seconds) {
  grid *g = context;
  g->at_risk[piece * FSIM_QUARTER_MONTHS + (size_t)fsim_month_of_quarter(at)] += seconds;
}

static void fill_grid(grid *g, const fsim_stage_stays *stage, bool by_day) {
  for (size_t i = 0; i < stage->n; i++) {
    const fsim_dated_stay *stay = &stage->stay[i];
    fsim_hazard_walk(stage, stay, by_day, g->edge, g->n_bins, fsim_next_month, add_at_risk, g);
    if (stay->exit == FSIM_NONE) continue;
    size_t bin = piece_of(g->edge, g->n_bins, fsim_end_age(stage, stay, by_day));
    size_t month = (size_t)fsim_month_of_quarter(stay->to);
    g->ends[(bin * FSIM_QUARTER_MONTHS + month) * g->n_exits + (size_t)stay->exit] += 1;
  }
}

/* ---- pieces ---- */

static double sum(const double *x, size_t n) {
  double total = 0;
  for (size_t i = 0; i < n; i++) total += x[i];
  return total;
}

static double ends_in(const grid *g, size_t bin) {
  const size_t row = FSIM_QUARTER_MONTHS * g->n_exits;
  return sum(g->ends + bin * row, row);
}

/* Ends to be expected of bins without any, from which on these are no chance: one in a thousand. */
#define EXPECTED_OF_NONE 6.9

/* Where ends come only from bin `some` on, though at one rate many would have come before: that bin
 * begins a piece, too. A renewal after a year does not come a little all year. */
static bool begins_late(const grid *g, size_t first, size_t some, size_t next) {
  double before = 0, all = 0, ends = 0;
  for (size_t b = first; b < next; b++) {
    const double risk = sum(g->at_risk + b * FSIM_QUARTER_MONTHS, FSIM_QUARTER_MONTHS);
    if (b < some) before += risk;
    all += risk;
    ends += ends_in(g, b);
  }
  return all > 0 && ends * before / all > EXPECTED_OF_NONE;
}

/* Which bins begin a piece, so that each has enough ends. */
static void find_pieces(const grid *g, bool *begins) {
  for (size_t first = 0; first < g->n_bins;) {
    size_t next = first, some = SIZE_MAX;
    for (double have = 0; next < g->n_bins && have < ENDS_OF_PIECE; next++) {
      const double ends = ends_in(g, next);
      if (ends > 0 && some == SIZE_MAX) some = next;
      have += ends;
    }
    begins[first] = true;
    if (some != SIZE_MAX && begins_late(g, first, some, next)) begins[some] = true;
    first = next;
  }
}

/* The arrays of the grid are joined in place. */
static void join_bins(grid *g, const bool *begins) {
  const size_t row = FSIM_QUARTER_MONTHS * g->n_exits;
  size_t n = 0;
  for (size_t b = 0; b < g->n_bins; b++) {
    if (begins[b] && b > 0) n++;
    if (begins[b]) g->edge[n] = g->edge[b];
    for (size_t i = 0; i < row && n != b; i++)
      g->ends[n * row + i] = (begins[b] ? 0 : g->ends[n * row + i]) + g->ends[b * row + i];
    for (size_t m = 0; m < FSIM_QUARTER_MONTHS && n != b; m++) {
      double *to = &g->at_risk[n * FSIM_QUARTER_MONTHS + m];
      *to = (begins[b] ? 0 : *to) + g->at_risk[b * FSIM_QUARTER_MONTHS + m];
    }
  }
  g->edge[n + 1] = g->edge[g->n_bins];
  g->n_bins = n + 1;
}

static double ends_of(const grid *g, size_t piece, size_t month, size_t exit) {
  return g->ends[(piece * FSIM_QUARTER_MONTHS + month) * g->n_exits + exit];
}

/* The grid of a stage's stays, in pieces; free it also after an error. */
static int read_grid(const fsim_stage_stays *stage, bool by_day, fsim_report *report, grid *g,
                     double *last_end) {
  *last_end = -1;
  for (size_t i = 0; i < stage->n; i++) {
    const fsim_dated_stay *stay = &stage->stay[i];
    double age = fsim_end_age(stage, stay, by_day);
    if (stay->exit != FSIM_NONE && age > *last_end) *last_end = age;
  }
  int status = make_grid(g, *last_end, stage->n_exits, by_day, report);
  if (status != FSIM_OK) return status;
  bool *begins = fsim_zeroed(g->n_bins, sizeof *begins);
  if (begins == NULL) return fsim_no_memory(report);
  fill_grid(g, stage, by_day);
  find_pieces(g, begins);
  join_bins(g, begins);
  free(begins);
  return FSIM_OK;
}

/* Pieces first … last - 1 with factors of their own. */
typedef struct part {
  const grid *g;
  size_t first, last;
  double *rate;   /* [n_bins * n_exits] of the whole grid */
  double *factor; /* [FSIM_QUARTER_MONTHS * n_exits] */
  bool pooled;    /* months that differ by less than LEAST_RATIO share a factor */
} part;

static void set_rates(const part *t) {
  const grid *g = t->g;
  for (size_t p = t->first; p < t->last; p++) {
    for (size_t x = 0; x < g->n_exits; x++) {
      double ends = 0, risk = 0;
      for (size_t m = 0; m < FSIM_QUARTER_MONTHS; m++) {
        ends += ends_of(g, p, m, x);
        risk += g->at_risk[p * FSIM_QUARTER_MONTHS + m] * t->factor[m * g->n_exits + x];
      }
      t->rate[p * g->n_exits + x] = risk > 0 ? ends / risk : 0;
    }
  }
}

/* What the months of one exit hold; pooled ones hold the sum. */
typedef struct months {
  double ends[FSIM_QUARTER_MONTHS], expected[FSIM_QUARTER_MONTHS];
  size_t group[FSIM_QUARTER_MONTHS]; /* a month stands for its group */
} months;

static double factor_of(const months *m, size_t group) {
  double ends = FSIM_PRIOR_ENDS, expected = FSIM_PRIOR_ENDS;
  for (size_t k = 0; k < FSIM_QUARTER_MONTHS; k++) {
    ends += m->group[k] == group ? m->ends[k] : 0;
    expected += m->group[k] == group ? m->expected[k] : 0;
  }
  return ends / expected;
}

/* Joins the two groups that are most alike; false when all are too different. */
static bool pool_two(months *m) {
  double least = LEAST_RATIO;
  size_t from = FSIM_QUARTER_MONTHS, to = FSIM_QUARTER_MONTHS;
  for (size_t a = 0; a < FSIM_QUARTER_MONTHS; a++) {
    for (size_t b = a + 1; b < FSIM_QUARTER_MONTHS; b++) {
      if (m->group[a] == m->group[b]) continue;
      const double x = factor_of(m, m->group[a]), y = factor_of(m, m->group[b]);
      const double ratio = x > y ? x / y : y / x;
      if (ratio >= least) continue;
      least = ratio;
      from = m->group[b];
      to = m->group[a];
    }
  }
  for (size_t k = 0; k < FSIM_QUARTER_MONTHS; k++) {
    if (m->group[k] == from) m->group[k] = to;
  }
  return least < LEAST_RATIO;
}

/* Factors given the rates: ends over expected ends, both with the prior, then so that together the
 * expected ends are unchanged. */
static void set_factors(const part *t) {
  const grid *g = t->g;
  for (size_t x = 0; x < g->n_exits; x++) {
    double all = 0, weighted = 0;
    months of = {.group = {0, 1, 2}};
    for (size_t m = 0; m < FSIM_QUARTER_MONTHS; m++) {
      for (size_t p = t->first; p < t->last; p++) {
        of.expected[m] += g->at_risk[p * FSIM_QUARTER_MONTHS + m] * t->rate[p * g->n_exits + x];
        of.ends[m] += ends_of(g, p, m, x);
      }
    }
    while (t->pooled && pool_two(&of)) continue;
    for (size_t m = 0; m < FSIM_QUARTER_MONTHS; m++) {
      const double factor = factor_of(&of, of.group[m]);
      t->factor[m * g->n_exits + x] = factor;
      all += of.expected[m];
      weighted += of.expected[m] * factor;
    }
    for (size_t m = 0; m < FSIM_QUARTER_MONTHS && weighted > 0; m++)
      t->factor[m * g->n_exits + x] *= all / weighted;
  }
}

/* Months are pooled once it is known how much they differ. */
static void fit_part(const part *t, bool profile) {
  part apart = *t;
  apart.pooled = false;
  set_rates(t);
  for (int round = 0; round < PROFILE_ROUNDS && profile; round++) {
    set_factors(&apart);
    set_rates(t);
  }
  for (int round = 0; round < PROFILE_ROUNDS && profile && t->pooled; round++) {
    set_factors(t);
    set_rates(t);
  }
}

static int make_hazard(grid *g, bool profile, const double *factor, fsim_report *report,
                       fsim_hazard *h) {
  const size_t n = g->n_bins * g->n_exits, n_factors = FSIM_QUARTER_MONTHS * g->n_exits;
  h->n_pieces = g->n_bins;
  h->n_exits = g->n_exits;
  h->profile = profile;
  h->rate = fsim_zeroed(n, sizeof *h->rate);
  h->ends = fsim_zeroed(n, sizeof *h->ends);
  h->factor = fsim_zeroed(n_factors, sizeof *h->factor);
  if (!h->rate || !h->ends || !h->factor) return fsim_no_memory(report);
  for (size_t i = 0; i < n_factors; i++) h->factor[i] = factor != NULL ? factor[i] : 1;
  for (size_t p = 0; p < g->n_bins; p++) {
    for (size_t x = 0; x < g->n_exits; x++) {
      for (size_t m = 0; m < FSIM_QUARTER_MONTHS; m++)
        h->ends[p * g->n_exits + x] += ends_of(g, p, m, x);
    }
  }
  const part whole = {g, 0, g->n_bins, h->rate, h->factor, true};
  fit_part(&whole, profile && factor == NULL);
  h->from = g->edge;
  g->edge = NULL;
  return FSIM_OK;
}

/* `factor` NULL: estimated too, if `profile`. */
static int fit(const fsim_stage_stays *stage, bool by_day, bool profile, const double *factor,
               fsim_report *report, fsim_hazard *hazard) {
  *hazard = (fsim_hazard){0};
  grid g = {0};
  double last_end;
  int status = read_grid(stage, by_day, report, &g, &last_end);
  if (status == FSIM_OK) status = make_hazard(&g, profile, factor, report, hazard);
  if (status == FSIM_OK) status = fsim_hazard_lengths(stage, by_day, report, hazard);
  hazard->last_end = last_end;
  free_grid(&g);
  return status;
}

int fsim_hazard_fit(const fsim_stage_stays *stage, bool by_day, bool profile, fsim_report *report,
                    fsim_hazard *hazard) {
  return fit(stage, by_day, profile, NULL, report, hazard);
}

int fsim_hazard_refit(const fsim_stage_stays *stage, bool by_day, fsim_report *report,
                      fsim_hazard *hazard) {
  fsim_hazard anew;
  int status = fit(stage, by_day, hazard->profile, hazard->factor, report, &anew);
  fsim_hazard_free(hazard);
  *hazard = anew;
  return status;
}

/* ---- a stage in two parts ---- */

/* Ends that each part must have: a factor is then known to a third. */
#define ENDS_OF_PART 30

/* Poisson log-likelihood of a part's ends, up to a constant. */
static double likelihood(const part *t) {
  const grid *g = t->g;
  double sum = 0;
  for (size_t p = t->first; p < t->last; p++) {
    for (size_t x = 0; x < g->n_exits; x++) {
      double rate = t->rate[p * g->n_exits + x];
      for (size_t m = 0; m < FSIM_QUARTER_MONTHS && rate > 0; m++) {
        double expected = rate * t->factor[m * g->n_exits + x];
        double ends = ends_of(g, p, m, x);
        if (ends > 0) sum += ends * log(expected);
        sum -= g->at_risk[p * FSIM_QUARTER_MONTHS + m] * expected;
      }
    }
  }
  return sum;
}

static double fit_likelihood(part t) {
  for (size_t i = 0; i < FSIM_QUARTER_MONTHS * t.g->n_exits; i++) t.factor[i] = 1;
  fit_part(&t, true);
  return likelihood(&t);
}

static double best_cut(const grid *g, double *rate, double *factor) {
  const size_t row = FSIM_QUARTER_MONTHS * g->n_exits;
  double all = sum(g->ends, g->n_bins * row), before = 0, age = 0;
  double best = fit_likelihood((part){g, 0, g->n_bins, rate, factor, false});
  for (size_t p = 0; p + 1 < g->n_bins; p++) {
    before += sum(g->ends + p * row, row);
    if (before < ENDS_OF_PART || all - before < ENDS_OF_PART || g->edge[p + 1] < FSIM_DAY) continue;
    double both = fit_likelihood((part){g, 0, p + 1, rate, factor, false}) +
                  fit_likelihood((part){g, p + 1, g->n_bins, rate, factor, false});
    if (both <= best) continue;
    best = both;
    age = g->edge[p + 1];
  }
  return age;
}

int fsim_hazard_cut(const fsim_stage_stays *stage, bool by_day, fsim_report *report, double *age) {
  grid g = {0};
  double last_end;
  *age = 0;
  int status = read_grid(stage, by_day, report, &g, &last_end);
  double *rate = fsim_zeroed(g.n_bins * g.n_exits, sizeof *rate);
  double *factor = fsim_zeroed(FSIM_QUARTER_MONTHS * g.n_exits, sizeof *factor);
  if (rate == NULL || factor == NULL) status = fsim_no_memory(report);
  if (status == FSIM_OK) *age = best_cut(&g, rate, factor);
  free(rate);
  free(factor);
  free_grid(&g);
  return status;
}
