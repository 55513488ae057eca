/* Weeks of holidays: found, hardly ever where there are none, no slump taken for one, and a
 * forecast whose level they do not lower. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "analysis/fit/fitted_set.h"
#include "analysis/fit/forecast.h"
#include "fit_files.h"
#include "sim/base/quantity.h"

#define DAY INT64_C(86400)
#define WEEK (7 * DAY)
#define MOST 60

typedef struct counts {
  size_t n;
  int64_t first;
  double seen[MOST], expected[MOST], begun[MOST];
} counts;

/* Negative binomial wins and new cases of weeks from 2026-03-02 on: no Christmas among 40. */
static counts draw(gsl_rng *rng, size_t n, double wins, double begun, double cv) {
  counts c = {.n = n, .first = fsim_days_from_date(2026, 3, 2) * DAY};
  for (size_t w = 0; w < n; w++) {
    c.expected[w] = wins;
    c.seen[w] =
        gsl_ran_poisson(rng, wins * (cv > 0 ? gsl_ran_gamma(rng, 1 / (cv * cv), cv * cv) : 1));
    c.begun[w] =
        gsl_ran_poisson(rng, begun * (cv > 0 ? gsl_ran_gamma(rng, 1 / (cv * cv), cv * cv) : 1));
  }
  return c;
}

static fsim_quiet_weeks look(const counts *c) {
  fsim_quiet_weeks quiet;
  fsim_report *report = fsim_report_new();
  const fsim_log_weeks weeks = {c->first, c->n};
  assert_int_equal(fsim_quiet_weeks_of(&weeks, c->seen, c->expected, c->begun, report, &quiet),
                   FSIM_OK);
  fsim_report_free(report);
  return quiet;
}

/* Of wins, of new cases. */
static void quieten(counts *c, size_t first, size_t n, double wins, double begun) {
  for (size_t w = first; w < first + n; w++) {
    c->seen[w] = floor(c->seen[w] * wins);
    c->begun[w] = floor(c->begun[w] * begun);
  }
}

static bool is_found(const fsim_quiet_weeks *quiet, size_t first, size_t n) {
  const int64_t from = quiet->weeks.first + (int64_t)first * WEEK;
  return quiet->n == 1 && quiet->span[0].from == from &&
         quiet->span[0].to == from + (int64_t)n * WEEK;
}

/* At most one log in a hundred, over sizes and swings. */
static void chance_is_no_holiday(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  unsigned n = 0, found = 0;
  for (int i = 0; i < 1600; i++, n++) {
    const counts c =
        draw(rng, i % 2 ? 26 : 52, i % 4 < 2 ? 5 : 40, i % 4 < 2 ? 15 : 120, 0.1 * (i % 5));
    found += look(&c).n > 0;
  }
  print_message("%u of %u\n", found, n);
  assert_true(gsl_cdf_binomial_Q(found, 0.01, n) > 0.001);
  gsl_rng_free(rng);
}

/* Two weeks at 45 %, with 40 wins and 120 new cases a week elsewhere, weeks that swing by 15 %. */
static void two_weeks_of_holidays_are_found(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  unsigned found = 0;
  for (int i = 0; i < 200; i++) {
    counts c = draw(rng, 26, 40, 120, 0.15);
    quieten(&c, 15, 2, 0.45, 0.45);
    const fsim_quiet_weeks quiet = look(&c);
    found += is_found(&quiet, 15, 2);
    if (!is_found(&quiet, 15, 2)) continue;
    assert_true(fsim_week_is_quiet(&quiet, 15) && fsim_week_is_quiet(&quiet, 16));
    assert_false(fsim_week_is_quiet(&quiet, 14) || fsim_week_is_quiet(&quiet, 17));
    assert_true(quiet.span[0].wins > 0.25 && quiet.span[0].wins < 0.75);
  }
  print_message("%u of 200\n", found);
  assert_true(gsl_cdf_binomial_P(found, 0.9, 200) > 0.001);
  gsl_rng_free(rng);
}

/* Wins alone, new cases alone, three weeks, the last weeks. */
static void a_slump_is_no_holiday(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  for (int i = 0; i < 4; i++) {
    counts c = draw(rng, 26, 100, 300, 0);
    quieten(&c, i == 3 ? 24 : 15, i == 2 ? 3 : 2, i == 1 ? 1 : 0.4, i == 0 ? 1 : 0.4);
    assert_int_equal(look(&c).n, 0);
  }
  gsl_rng_free(rng);
}

/* The last weeks of a year may be followed by none. */
static void the_turn_of_the_year_is_known(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  counts c = draw(rng, 26, 20, 60, 0.1);
  c.first = fsim_days_from_date(2026, 12, 21) * DAY - 24 * WEEK;
  quieten(&c, 24, 2, 0.45, 0.45);
  const fsim_quiet_weeks quiet = look(&c);
  assert_true(is_found(&quiet, 24, 2));
  char sentence[128];
  assert_non_null(strstr(fsim_quiet_sentence(&quiet.span[0], sentence, sizeof sentence),
                         "from 2026-12-21 to 2027-01-03"));
  gsl_rng_free(rng);
}

/* ---- the whole fit ---- */

static const char mapping[] =
    "kind: deals\n"
    "funnel: deals\n"
    "columns: {case: id, created: created, closed: closed, status: status}\n"
    "outcomes: {won: {from: [won], counts_as: win}, lost: {from: [lost]}}\n"
    "ignore: [open]\n"
    "begin: 2026-01-05\n"
    "end: 2027-01-04\n"; /* 52 weeks */
#define WEEKS 52
#define PER_DAY 20.0

/* Exponential waits of 14 days, half of the deals won; time runs and new deals come at 0.45 in two
 * weeks. */
static double factor_of(double t, size_t holiday) {
  const size_t week = (size_t)(t / WEEK);
  return week == holiday || week == holiday + 1 ? 0.45 : 1;
}

static double after(double t, double wait, size_t holiday) {
  for (;;) {
    const double f = factor_of(t, holiday), end = (floor(t / WEEK) + 1) * WEEK;
    if (wait <= (end - t) * f) return t + wait / f;
    wait -= (end - t) * f;
    t = end;
  }
}

static void make(gsl_rng *rng, size_t holiday, fsim_text *csv) {
  const double end = WEEKS * WEEK;
  const int32_t start = fsim_days_from_date(2026, 1, 5);
  size_t id = 0;
  fsim_text_append(csv, "id,created,closed,status\n");
  for (double t = gsl_ran_exponential(rng, DAY / PER_DAY); t < end;
       t += gsl_ran_exponential(rng, DAY / PER_DAY)) {
    if (gsl_rng_uniform(rng) > factor_of(t, holiday)) continue;
    const double closed = after(t, gsl_ran_exponential(rng, 14.0 * DAY), holiday);
    const bool won = gsl_rng_uniform(rng) < 0.5;
    char from[40], to[40];
    fsim_format_instant(start, (int64_t)t, from, sizeof from);
    fsim_format_instant(start, (int64_t)closed, to, sizeof to);
    fsim_text_append(csv, "%zu,%s,%s,%s\n", id++, from, closed < end ? to : "",
                     closed < end ? (won ? "won" : "lost") : "open");
  }
}

typedef struct made {
  fsim_report *report;
  fsim_log *log;
  fsim_fitted_set set;
} made;

static made fit_made(gsl_rng *rng, size_t holiday, int64_t recent_weeks) {
  made m = {.report = fsim_report_new()};
  fsim_text csv = {0};
  make(rng, holiday, &csv);
  assert_false(csv.failed);
  const char *map = fit_file("quiet.map.yaml", mapping), *deals = fit_file("quiet.csv", csv.text);
  m.log = fit_read(&deals, 1, map, NULL, FSIM_OK, NULL);
  const fsim_fit_options options = {.since = m.log->end - recent_weeks * WEEK};
  assert_int_equal(fsim_estimate_set(m.log, 0, &options, m.report, &m.set), FSIM_OK);
  free(csv.text);
  return m;
}

static void free_made(made *m) {
  fsim_fitted_set_free(&m->set);
  fsim_log_free(m->log);
  fsim_report_free(m->report);
}

/* A sum and its squares, of ratios to the truth. */
typedef struct ratios {
  double sum, squares;
  unsigned n;
} ratios;

static void add(ratios *r, double x) {
  r->sum += x;
  r->squares += x * x;
  r->n++;
}

static double error_from_one(const ratios *r) {
  const double mean = r->sum / r->n;
  return (mean - 1) / sqrt((r->squares / r->n - mean * mean) / (r->n - 1));
}

/* Two of the twelve weeks that are fitted: rates and arrivals would be 9 % too low. */
static void holidays_set_no_level(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  ratios waits = {0}, arrivals = {0};
  for (int i = 0; i < 20; i++) {
    made m = fit_made(rng, WEEKS - 6, 12);
    const fsim_fitted_funnel *f = &m.set.funnel[0];
    assert_true(is_found(&f->quiet, WEEKS - 6, 2));
    size_t s = 0;
    while (f->stays.stage[s].n == 0) s++;
    const fsim_hazard *h = &f->stage[s].hazard;
    double ends = 0, time = 0;
    for (size_t p = 0; p < h->n_pieces; p++) {
      const double both = h->ends[2 * p] + h->ends[2 * p + 1];
      ends += both;
      time += both > 0 ? both / (h->rate[2 * p] + h->rate[2 * p + 1]) : 0;
    }
    add(&waits, time / ends / (14.0 * (double)DAY));
    add(&arrivals, f->arrivals.per_day / PER_DAY);
    free_made(&m);
  }
  print_message("waits %.3f, arrivals %.3f\n", waits.sum / waits.n, arrivals.sum / arrivals.n);
  assert_true(fabs(error_from_one(&waits)) < 3.6); /* one in a thousand, 19 degrees of freedom */
  assert_true(fabs(error_from_one(&arrivals)) < 3.6);
  gsl_rng_free(rng);
}

/* The forecast of 26 weeks has them again: two weeks with 45 % of the new deals, others as ever. */
static void holidays_come_again(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  made m = fit_made(rng, 20, 12);
  fsim_model_text text = {0};
  fsim_forecast forecast = {0};
  const fsim_model_text_options write = {
      .scenario = "quiet", .weeks = 26, .replications = 60, .seed = 1};
  assert_int_equal(fsim_write_model_text(m.log, &m.set, &write, m.report, &text), FSIM_OK);
  assert_non_null(strstr(text.scenario, "on: 2027-05-25  # quiet on these days a year before"));
  assert_non_null(strstr(text.scenario, "on: 2027-06-08  # as ever again"));
  assert_int_equal(fsim_forecast_run(m.log, &text, &m.set, &write, 2, m.report, &forecast),
                   FSIM_OK);
  double begun[26] = {0}, won[26] = {0};
  for (size_t r = 0; r < forecast.n; r++) {
    for (size_t k = 0; k < 26; k++) {
      begun[k] += forecast.begun[r * 26 + k] / (7 * PER_DAY * forecast.n);
      won[k] += forecast.all[r * 26 + k] / (3.5 * PER_DAY * forecast.n);
    }
  }
  for (size_t k = 0; k < 26; k++) { /* the days fall one weekday later a year on */
    const bool is_quiet = k == 20 || k == 21;
    if (k == 19 || k == 22) continue;
    assert_true(is_quiet ? begun[k] < 0.65 : begun[k] > 0.85 && begun[k] < 1.15);
    assert_true(!is_quiet || won[k] < 0.7);
  }
  fsim_forecast_free(&forecast);
  fsim_model_text_free(&text);
  free_made(&m);
  gsl_rng_free(rng);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(chance_is_no_holiday),  cmocka_unit_test(two_weeks_of_holidays_are_found),
      cmocka_unit_test(a_slump_is_no_holiday), cmocka_unit_test(the_turn_of_the_year_is_known),
      cmocka_unit_test(holidays_set_no_level), cmocka_unit_test(holidays_come_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
