/* Expected close dates: used where they tell more than chance, refused where they were not known at
 * the time, and cut as they were known. */
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

#include "analysis/fit/backtest.h"
#include "analysis/fit/planned_text.h"
#include "fit_made.h"

#define END (180 * DAY)

static const char mapping[] =
    "kind: deals\n"
    "funnel: deals\n"
    "columns: {case: id, created: created, closed: closed, status: status, expected: %s}\n"
    "outcomes: {won: {from: [won], counts_as: win}, lost: {from: [lost]}}\n"
    "ignore: [open]\n"
    "begin: 2026-01-01\n"
    "end: 2026-06-30\n"; /* 180 days */

/* ---- deals with a plan ---- */

typedef struct deal {
  double created, planned, took;
  bool won;
} deal;

/* Planned for one of three lengths, for about a month, more or less, for an end of a quarter, or
 * for two lengths of which the longer one becomes the usual one in the middle. */
typedef enum planning { PLAN_OF_THREE, PLAN_SPREAD, PLAN_QUARTER_END, PLAN_CHANGES } planning;
/* What becomes of the date until it is exported. */
typedef enum keeping {
  KEPT,
  OVERWRITTEN,        /* when the deal closes */
  OVERWRITTEN_BY_WIN, /* when it is won */
  MOVED,              /* whenever it has passed, up to two weeks later */
  SET_LATE,           /* some time after the creation, for the rest */
  CLEARED,            /* when it closes */
  SET_AT_WIN
} keeping;

static double plan(gsl_rng *rng, planning how, double created) {
  static const double three[] = {20, 40, 80};
  if (how == PLAN_OF_THREE) return three[gsl_rng_uniform_int(rng, 3)];
  if (how == PLAN_CHANGES) return gsl_rng_uniform(rng) < (created < END / 2 ? 0.2 : 0.8) ? 90 : 20;
  if (how == PLAN_SPREAD) return ceil(gsl_ran_lognormal(rng, log(35), 0.7));
  /* The end of a quarter of 91 days that is nearest to some month and a half. */
  const double goal = created / DAY + gsl_ran_lognormal(rng, log(45), 0.6);
  const double day = floor(created / DAY), end = 91 * fmax(1, round(goal / 91));
  return (end > day + 3 ? end : end + 91) - day;
}

/* `tells`: how long a deal takes goes with its plan, else all take about a month. */
static deal make_deal(gsl_rng *rng, planning how, bool tells) {
  deal d = {.created = gsl_rng_uniform(rng) * END};
  d.planned = plan(rng, how, d.created);
  d.won = gsl_rng_uniform(rng) < 0.4;
  const double median = tells ? 0.75 * d.planned : 30;
  d.took = DAY * (d.won ? gsl_ran_lognormal(rng, log(median), 0.6)
                        : gsl_ran_lognormal(rng, log(0.9 * median), 0.8));
  return d;
}

/* The date that the export shows, in days; below 0: none. */
static double shown(gsl_rng *rng, const deal *d, keeping how) {
  const double created = floor(d->created / DAY), date = created + d->planned;
  const double closed = (d->created + d->took) / DAY;
  const double seen = fmin(closed, END / DAY),
               set = d->created / DAY + gsl_ran_exponential(rng, 12);
  const bool ended = closed < END / DAY;
  double moved = date;
  switch (how) {
    case OVERWRITTEN:
      return ended ? floor(closed) : date;
    case OVERWRITTEN_BY_WIN:
      return ended && d->won ? floor(closed) : date;
    case MOVED:
      while (moved + 14 * gsl_rng_uniform(rng) < seen)
        moved += gsl_rng_uniform(rng) < 0.5 ? 14 : 30;
      return moved;
    case SET_LATE:
      return set < seen ? floor(set) + ceil(d->planned / 2) : -1;
    case CLEARED:
      return ended ? -1 : date;
    case SET_AT_WIN:
      return ended && d->won ? floor(closed) : -1;
    default:
      return date;
  }
}

static void append_date(fsim_text *csv, double day) {
  char text[40];
  fsim_format_date(fsim_days_from_date(2026, 1, 1) + (int32_t)day, text, sizeof text);
  if (day >= 0) fsim_text_append(csv, "%s", text);
}

static void append_planned(gsl_rng *rng, size_t id, const deal *d, keeping how, fsim_text *csv) {
  char from[40], to[40];
  const double end = d->created + d->took;
  const int32_t start = fsim_days_from_date(2026, 1, 1);
  fsim_format_instant(start, (int64_t)d->created, from, sizeof from);
  fsim_format_instant(start, (int64_t)end, to, sizeof to);
  fsim_text_append(csv, "%zu,%s,%s,%s,", id, from, end < END ? to : "",
                   end >= END ? "open"
                   : d->won   ? "won"
                              : "lost");
  append_date(csv, shown(rng, d, how));
  fsim_text_append(csv, "\n");
}

static const char *make_export(unsigned long seed, size_t n, planning plan_how, bool tells,
                               keeping how) {
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  fsim_text csv = {0};
  gsl_rng_set(rng, seed);
  fsim_text_append(&csv, "id,created,closed,status,due\n");
  for (size_t i = 0; i < n; i++) {
    const deal d = make_deal(rng, plan_how, tells);
    append_planned(rng, i, &d, how, &csv);
  }
  gsl_rng_free(rng);
  assert_false(csv.failed);
  const char *path = fit_file("expected.csv", csv.text);
  free(csv.text);
  return path;
}

static const char *mapping_with(const char *expected) {
  char text[sizeof mapping + 64];
  snprintf(text, sizeof text, mapping, expected);
  return fit_file("expected.map.yaml", text);
}

static fsim_log *read_with(const char *deals, const char *expected) {
  return fit_read(&deals, 1, mapping_with(expected), NULL, FSIM_OK, NULL);
}

/* ---- what is refused ---- */

/* Whether the export is refused, and for that reason. */
static bool is_refused(const char *deals, const char *says) {
  fsim_report *report = fsim_report_new();
  const fsim_read_log_options options = {.mapping = mapping_with("due"), .end = FSIM_NO_TIME};
  fsim_log *log = NULL;
  const int status = fsim_read_log(&deals, 1, &options, report, &log);
  const fsim_message *m = fsim_report_message(report, 0);
  const bool refused = status != FSIM_OK;
  if (refused) {
    assert_int_equal(status, FSIM_BAD_INPUT);
    assert_int_equal(m->line, 3);
    if (says != NULL && strstr(m->text, says) == NULL) print_message("%s\n", m->text);
  }
  const bool right = refused && (says == NULL || strstr(m->text, says) != NULL);
  fsim_log_free(log);
  fsim_report_free(report);
  return right;
}

static unsigned count_refused(unsigned seeds, size_t n, planning plan_how, bool tells, keeping how,
                              const char *says) {
  unsigned refused = 0;
  for (unsigned seed = 1; seed <= seeds; seed++)
    refused += is_refused(make_export(seed, n, plan_how, tells, how), says);
  return refused;
}

static void check_count(unsigned count, double least, double most, unsigned n, const char *what) {
  if (gsl_cdf_binomial_P(count, least, n) < 1e-4 ||
      (count > 0 && gsl_cdf_binomial_Q(count - 1, most, n) < 1e-4))
    fail_msg("%s: %u of %u where %.1f to %.1f are to be expected", what, count, n, least * n,
             most * n);
}

/* In nine exports of ten at least, whether or not the plan means something. */
static void dates_that_were_not_known_are_refused(void **state) {
  (void)state;
  enum { N = 12 };
  static const struct {
    keeping how;
    const char *says;
  } cases[] = {{OVERWRITTEN, "it is overwritten when they close"},
               {OVERWRITTEN_BY_WIN, "it is overwritten when they close"},
               {MOVED, "it is moved on for as long as they are open"},
               {SET_LATE, "while they are open"},
               {CLEARED, "it tells the outcome"},
               {SET_AT_WIN, "it tells the outcome"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    for (int tells = 0; tells < 2; tells++)
      check_count(count_refused(N, 600, PLAN_SPREAD, tells, cases[i].how, cases[i].says), 0.9, 1, N,
                  cases[i].says);
  }
}

/* Where all have a date chance decides one test only, at half of one in a hundred, and the little
 * that plans for ends of quarters swing by themselves adds. */
static void dates_that_were_kept_are_hardly_ever_refused(void **state) {
  (void)state;
  enum { N = 60 };
  for (int how = PLAN_OF_THREE; how <= PLAN_QUARTER_END; how++) {
    for (int tells = 0; tells < 2; tells++)
      check_count(count_refused(N, 600, (planning)how, tells, KEPT, NULL), 0, 0.02, N, "refused");
  }
}

static void the_mapping_may_say_that_it_is_the_first_date(void **state) {
  (void)state;
  const char *deals = make_export(1, 600, PLAN_SPREAD, true, OVERWRITTEN);
  fsim_log *log = read_with(deals, "{column: due, as: first}");
  assert_true(log->has_planned);
  fsim_log_free(log);
  const char *files[] = {deals};
  fit_read(files, 1, mapping_with("{column: due, as: frist}"), NULL, FSIM_BAD_INPUT,
           "as must be last or first");
  fit_read(files, 1, mapping_with("{as: first}"), NULL, FSIM_BAD_INPUT, "names no column");
}

/* ---- groups ---- */

static size_t level_of(const fsim_log *log, size_t which) {
  return (size_t)log->level[(which + 1) * log->n_attributes - 1];
}

/* Lengths of 1 to 400 days and 60 deals without a date. */
static void lengths_are_put_into_groups_that_planners_name(void **state) {
  (void)state;
  fsim_text csv = {0};
  fsim_text_append(&csv, "id,created,closed,status,due\n");
  for (int i = 1; i <= 460; i++) {
    fsim_text_append(&csv, "%d,2026-01-05 09:00,%s,", i, i % 2 ? "2026-02-01 12:00,won" : ",open");
    append_date(&csv, i <= 400 ? 4 + i : -1);
    fsim_text_append(&csv, "\n");
  }
  fsim_log *log = read_with(fit_file("expected-groups.csv", csv.text), "{column: due, as: first}");
  static const char *const names[] = {"none",     "to-90d",   "91-150d",
                                      "151-240d", "241-300d", "over-300d"};
  static const size_t right[] = {60, 90, 60, 90, 60, 100}; /* 1 to 45 would be too few */
  const fsim_log_attribute *a = &log->attributes[log->n_attributes - 1];
  size_t n[16] = {0};
  assert_string_equal(a->name, "planned");
  for (size_t c = 0; c < log->n_cases; c++) n[level_of(log, c)]++;
  assert_int_equal(a->levels.n, 6);
  for (size_t l = 0; l < 6; l++) {
    assert_string_equal(a->levels.name[l], names[l]);
    assert_int_equal(n[l], right[l]);
  }
  fsim_log_free(log);
  free(csv.text);
}

/* ---- what is found ---- */

typedef struct found {
  fsim_log *log;
  fsim_fitted_attributes attributes;
  fsim_funnel_stays stays;
  fsim_stage_segments segments; /* of the one stage */
} found;

/* The one stage with the laws that it has, so that many seeds take seconds. */
static void look_at(const char *deals, found *f) {
  static const fsim_law_spec spec[2] = {{1, {FSIM_LAW_LOGNORMAL}}, {1, {FSIM_LAW_LOGNORMAL}}};
  fsim_report *report = fsim_report_new();
  f->log = read_with(deals, "{column: due, as: first}");
  assert_int_equal(fsim_stays_of(f->log, 0, report, &f->stays), FSIM_OK);
  assert_int_equal(fsim_attributes_of(f->log, 0, FSIM_NO_TIME, report, &f->attributes), FSIM_OK);
  assert_int_equal(f->attributes.n, 1);
  assert_true(f->attributes.attribute[0].planned);
  const fsim_stage_stays *stage = &f->stays.stage[0];
  fsim_stay *stay = calloc(stage->n, sizeof *stay);
  assert_non_null(stay);
  fsim_stay_ages(stage, false, stay);
  const fsim_stays stays = {stay, stage->n, stage->n_exits, 0};
  fsim_stage_fit *laws = NULL;
  assert_int_equal(fsim_fit_laws(&stays, spec, false, report, &laws), FSIM_OK);
  const fsim_segment_stage looked_at = {.stays = stage, .never_exit = 1, .laws = laws};
  double p = 1;
  assert_int_equal(fsim_segments_of(f->log, &f->attributes, &looked_at, 1, false, FSIM_SPLIT_LEVEL,
                                    &p, report, &f->segments),
                   FSIM_OK);
  fsim_stage_fit_free(laws);
  free(stay);
  fsim_report_free(report);
}

static void free_found(found *f) {
  fsim_stage_segments_free(&f->segments);
  fsim_attributes_free(&f->attributes);
  fsim_stays_free(&f->stays);
  fsim_log_free(f->log);
}

/* One stage, and values that all are alike: Holm halves the level. */
static void dates_without_information_are_not_used(void **state) {
  (void)state;
  enum { N = 80 };
  unsigned small = 0, used = 0;
  for (unsigned seed = 1; seed <= N; seed++) {
    found f;
    look_at(make_export(1000 + seed, 300, PLAN_OF_THREE, false, KEPT), &f);
    const double p = f.attributes.attribute[0].p;
    small += p < 0.2;
    used += f.segments.n_terms > 0;
    assert_int_equal(f.segments.n_terms > 0, p < FSIM_SPLIT_LEVEL);
    free_found(&f);
  }
  print_message("small %u, used %u of %d\n", small, used, N);
  check_count(small, 0.1, 0.1, N, "small p");
  check_count(used, 0, FSIM_SPLIT_LEVEL / 2, N, "used");
}

/* Planned for 20, 40, 80 days: waits that are twice as long each, and the same odds. */
static void factors_of_planned_lengths_are_recovered(void **state) {
  (void)state;
  enum { N = 30 };
  unsigned n_found = 0, covered[6] = {0};
  for (unsigned seed = 1; seed <= N; seed++) {
    found f;
    look_at(make_export(2000 + seed, 600, PLAN_OF_THREE, true, KEPT), &f);
    const fsim_stage_segments *s = &f.segments;
    const bool is_found = s->n_terms == 1 && f.attributes.attribute[0].n_values == 3;
    n_found += is_found;
    for (size_t g = 0; g < 2 && is_found; g++) {
      const double *e = s->term[0].effect + g * s->n_effects;
      const double *d = s->term[0].error + g * s->n_effects;
      for (size_t j = 0; j < 3; j++) {
        const size_t k = j == 0 ? 0 : s->n_classes - 2 + j, next = k + s->n_effects;
        const double off = e[next] - e[k] - (j == 0 ? 0 : log(2));
        covered[3 * g + j] += fabs(off) < 1.96 * hypot(d[k], d[next]);
      }
    }
    free_found(&f);
  }
  print_message("found %u, covered", n_found);
  for (size_t j = 0; j < 6; j++) print_message(" %u", covered[j]);
  print_message(" of %d\n", N);
  check_count(n_found, 0.99, 1, N, "found");
  for (size_t j = 0; j < 6; j++) check_count(covered[j], 0.95, 0.97, n_found, "covered");
}

/* ---- what is said ---- */

static void says(const fsim_log *log, const fsim_fitted_funnel *f, const char *what, bool used) {
  fsim_text text = {0};
  fsim_planned_append(log, f, &text);
  json_t *json = fsim_planned_json(log, f);
  if (strstr(text.text, what) == NULL) fail_msg("\"%s\" is not in \"%s\"", what, text.text);
  assert_int_equal(json_is_true(json_object_get(json, "used")), used);
  assert_int_equal(json_integer_value(json_object_get(json, "cases")), 300);
  json_decref(json);
  free(text.text);
}

static void fit_says_whether_dates_are_used(void **state) {
  (void)state;
  fsim_report *report = fsim_report_new();
  for (int tells = 0; tells < 2; tells++) {
    for (int segments = tells; segments < 2; segments++) {
      const fsim_fit_options options = {.since = FSIM_NO_TIME, .segments = segments};
      fsim_log *log = read_with(make_export(3, 300, PLAN_OF_THREE, tells, KEPT), "due");
      fsim_fitted_funnel f;
      assert_int_equal(fsim_estimate(log, 0, &options, report, &f), FSIM_OK);
      says(log, &f,
           !segments ? "was not tested"
           : tells   ? "is used, as the attribute planned, in open."
                     : "It tells nothing beyond chance (p = ",
           tells);
      fsim_fitted_free(&f);
      fsim_log_free(log);
    }
  }
  fsim_report_free(report);
}

/* ---- what it is good for ---- */

static double crps_of(const fsim_log *log, bool segments) {
  const int64_t cut = log->end - 56 * (int64_t)DAY;
  const fsim_backtest_options options = {.cuts = &cut,
                                         .n_cuts = 1,
                                         .weeks = 8,
                                         .recent_weeks = 0,
                                         .laws = true,
                                         .segments = segments,
                                         .replications = 100,
                                         .seed = 1,
                                         .threads = 1,
                                         .values_known = true};
  fsim_report *report = fsim_report_new();
  fsim_backtest b;
  assert_int_equal(fsim_backtest_run(log, 0, &options, report, &b), FSIM_OK);
  const double crps = b.score[FSIM_METHOD_MODEL][FSIM_SCORED_OPEN].crps;
  fsim_backtest_free(&b);
  fsim_report_free(report);
  return crps;
}

/* Where plans have grown longer the deals open at the cut take longer than those before them. */
static void open_deals_are_forecast_better(void **state) {
  (void)state;
  enum { N = 4 };
  double sum = 0, squares = 0;
  for (unsigned seed = 1; seed <= N; seed++) {
    fsim_log *log = read_with(make_export(3000 + seed, 700, PLAN_CHANGES, true, KEPT),
                              "{column: due, as: first}");
    const double without = crps_of(log, false), with = crps_of(log, true);
    sum += with - without;
    squares += (with - without) * (with - without);
    fsim_log_free(log);
  }
  const double mean = sum / N, error = sqrt((squares - sum * mean) / (N - 1) / N);
  print_message("%.3f, error %.3f\n", mean, error);
  assert_true(mean < -gsl_cdf_tdist_Pinv(0.95, N - 1) * error);
}

/* ---- leads ---- */

/* Of a lead it is not known yet how long its deals will be planned for. */
static void leads_have_no_planned_length(void **state) {
  (void)state;
  fsim_text leads = {0}, deals = {0};
  fsim_text_append(&leads, "lead_id,created\n");
  fsim_text_append(&deals, "deal_id,lead_id,created,closed,status,due\n");
  for (int i = 0; i < 240; i++) {
    fsim_text_append(&leads, "L%d,2026-01-05\n", i);
    fsim_text_append(&deals, "D%d,L%d,2026-02-02,%s,", i, i, i % 2 ? "2026-03-01,won" : ",open");
    append_date(&deals, 32 + (i < 120 ? 10 : 50));
    fsim_text_append(&deals, "\n");
  }
  const char *files[] = {fit_file("expected-leads.csv", leads.text),
                         fit_file("expected-deals.csv", deals.text)};
  static const char joined[] =
      "kind: joined\n"
      "columns: {case: deal_id, lead: lead_id, created: created, closed: closed, status: status,\n"
      "          expected: {column: due, as: first}}\n"
      "outcomes: {won: {from: [won], counts_as: win}, lost: {from: [lost]}}\n"
      "leads: {columns: {case: lead_id, created: created}}\n";
  fsim_log *log = fit_read(files, 2, fit_file("expected-joined.yaml", joined), NULL, FSIM_OK, NULL);
  const fsim_name_list *levels = &log->attributes[log->n_attributes - 1].levels;
  size_t n[8] = {0};
  for (size_t c = 0; c < log->n_cases; c++) {
    const char *level = levels->name[level_of(log, c)];
    const bool is_deal = (size_t)log->cases[c].funnel + 1 == log->n_funnels;
    n[level_of(log, c)]++;
    assert_int_equal(is_deal, strcmp(level, "not-yet") != 0);
  }
  assert_string_equal(levels->name[1], "to-10d");
  assert_string_equal(levels->name[2], "over-10d");
  assert_int_equal(n[0], 0);
  assert_int_equal(n[1], 120);
  assert_int_equal(n[2], 120);
  fsim_log_free(log);
  static const char of_leads[] =
      "kind: joined\n"
      "columns: {case: deal_id, lead: lead_id, created: created, closed: closed, status: status}\n"
      "outcomes: {won: {from: [won], counts_as: win}, lost: {from: [lost]}}\n"
      "leads: {columns: {case: lead_id, created: created, expected: created}}\n";
  fit_read(files, 2, fit_file("expected-joined.yaml", of_leads), NULL, FSIM_BAD_INPUT,
           "leads have none");
  free(leads.text);
  free(deals.text);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(dates_that_were_not_known_are_refused),
      cmocka_unit_test(dates_that_were_kept_are_hardly_ever_refused),
      cmocka_unit_test(the_mapping_may_say_that_it_is_the_first_date),
      cmocka_unit_test(lengths_are_put_into_groups_that_planners_name),
      cmocka_unit_test(dates_without_information_are_not_used),
      cmocka_unit_test(factors_of_planned_lengths_are_recovered),
      cmocka_unit_test(fit_says_whether_dates_are_used),
      cmocka_unit_test(open_deals_are_forecast_better),
      cmocka_unit_test(leads_have_no_planned_length),
  };
  return cmocka_run_group_tests_name("fit_expected", tests, NULL, NULL);
}
