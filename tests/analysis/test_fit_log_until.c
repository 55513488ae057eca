/* A log cut at a time is the log read from files that were cut at that time. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#include "sim/base/quantity.h"
#include "sim/base/text.h"
#include "tests/analysis/fit_files.h"

#define CASES 240                      /* enough for groups of planned lengths */
#define START (INT64_C(86400) * 20454) /* 2026-01-01 */
#define ROUNDS 12
#define NOT_YET INT64_MAX

static const char *clock_text(int64_t time, int64_t cut, char *text, size_t size) {
  if (time == NOT_YET || time >= cut) return "";
  return fsim_format_instant((int32_t)(START / 86400), time - START, text, size);
}

/* ---- a company that is exported twice: at its end, and at the cut ---- */

typedef struct made_deal {
  int64_t created, stage[3], won, lost;
  double value;
} made_deal;

static int64_t after(gsl_rng *rng, int64_t time, double mean_days) {
  return time == NOT_YET ? NOT_YET : time + (int64_t)gsl_ran_exponential(rng, mean_days * 86400);
}

/* Some skip stages, some come back to them, some are in two at one time. */
static void make_deals(gsl_rng *rng, made_deal *deals) {
  for (size_t i = 0; i < CASES; i++) {
    made_deal *d = &deals[i];
    d->created = START + (int64_t)gsl_rng_uniform_int(rng, 100 * 86400);
    int64_t now = d->created;
    for (size_t s = 0; s < 3; s++) {
      const bool has = gsl_rng_uniform(rng) < 0.8;
      if (has && gsl_rng_uniform(rng) < 0.9) now = after(rng, now, 9);
      d->stage[s] = has ? now : NOT_YET;
    }
    if (gsl_rng_uniform(rng) < 0.15) d->stage[0] = after(rng, now, 2);
    const int64_t end = after(rng, now, 20);
    const double fate = gsl_rng_uniform(rng);
    d->won = fate < 0.4 ? end : NOT_YET;
    d->lost = fate >= 0.4 && fate < 0.8 ? end : NOT_YET;
    d->value = floor(1000 * gsl_rng_uniform(rng));
  }
}

static const char *write_deals(const made_deal *deals, const char *name, int64_t cut) {
  fsim_text t = {0};
  char created[32], won[32], lost[32];
  fsim_text_append(&t, "deal_id,created,won_at,lost_at,status,value,region\n");
  for (size_t i = 0; i < CASES; i++) {
    const made_deal *d = &deals[i];
    if (d->created >= cut) continue;
    fsim_text_append(
        &t, "D%zu,%s,%s,%s,%s,%.0f,%s\n", i, clock_text(d->created, cut, created, sizeof created),
        clock_text(d->won, cut, won, sizeof won), clock_text(d->lost, cut, lost, sizeof lost),
        d->won < cut    ? "won"
        : d->lost < cut ? "lost"
                        : "open",
        d->value, i % 3 ? "north" : "south");
  }
  const char *path = fit_file(name, t.text);
  free(t.text);
  return path;
}

/* The date on which a deal is expected to close: every row of it names a later one. */
static const char *due_text(const made_deal *d, size_t i, size_t row, char *text, size_t size) {
  if (i % 3 == 2) return "";
  const int64_t days = 5 + (int64_t)(i * 37 % 90) + 20 * (int64_t)row;
  return clock_text(d->created - d->created % 86400 + days * 86400, NOT_YET, text, size);
}

static const char *write_history(const made_deal *deals, const char *name, int64_t cut) {
  static const char *const stages[] = {"first", "second", "third"};
  fsim_text t = {0};
  char entered[32], due[32];
  fsim_text_append(&t, "deal_id,stage,entered,due\n");
  for (size_t i = 0; i < CASES; i++) {
    /* Of some deals the first row comes within hours of the creation, of others much later. */
    const int64_t first = i % 5 ? deals[i].created + (int64_t)(i % 5) * 18000 : NOT_YET;
    if (deals[i].created < cut && first < cut)
      fsim_text_append(&t, "D%zu,new,%s,%s\n", i, clock_text(first, cut, entered, sizeof entered),
                       due_text(&deals[i], i, 0, due, sizeof due));
    for (size_t s = 0; s < 3; s++) {
      if (deals[i].created >= cut || deals[i].stage[s] >= cut) continue;
      fsim_text_append(&t, "D%zu,%s,%s,%s\n", i, stages[s],
                       clock_text(deals[i].stage[s], cut, entered, sizeof entered),
                       due_text(&deals[i], i, s + 1, due, sizeof due));
    }
  }
  const char *path = fit_file(name, t.text);
  free(t.text);
  return path;
}

/* The same company as an event log, with work that is scheduled, begun and completed. */
static const char *write_events(const made_deal *deals, const char *name, int64_t cut) {
  fsim_text t = {0};
  char text[32], due[32];
  fsim_text_append(&t, "case,activity,time,lifecycle,resource,due\n");
  for (size_t i = 0; i < CASES; i++) {
    const made_deal *d = &deals[i];
    const int64_t times[] = {d->created, d->stage[0], d->stage[1], d->stage[2], d->won, d->lost};
    static const char *const names[] = {"created", "first", "second", "third", "won", "lost"};
    for (size_t e = 0; e < 6; e++) {
      if (times[e] >= cut) continue;
      fsim_text_append(&t, "D%zu,%s,%s,complete,system,%s\n", i, names[e],
                       clock_text(times[e], cut, text, sizeof text),
                       due_text(d, i, e, due, sizeof due));
    }
    static const char *const steps[] = {"schedule", "start", "complete"};
    for (size_t w = 0; w < 3 && d->stage[1] != NOT_YET; w++) {
      const int64_t time = d->stage[1] + (int64_t)w * (int64_t)(3600 * (i + 1));
      if (time >= cut) continue;
      fsim_text_append(&t, "D%zu,call,%s,%s,%s,\n", i, clock_text(time, cut, text, sizeof text),
                       steps[w],
                       w == 0   ? "system"
                       : w == 1 ? "Ann"
                                : "Bob");
    }
  }
  const char *path = fit_file(name, t.text);
  free(t.text);
  return path;
}

/* ---- the same ---- */

static const char *name_in(const fsim_name_list *names, int32_t number) {
  return number == FSIM_NONE ? "" : names->name[number];
}

static void same_case(const fsim_log *a, const fsim_log *b, size_t c) {
  const fsim_case *x = &a->cases[c], *y = &b->cases[c];
  assert_string_equal(fsim_case_id(a, x), fsim_case_id(b, y));
  assert_int_equal(x->funnel, y->funnel);
  assert_int_equal(x->outcome, y->outcome);
  assert_int_equal(x->parent, y->parent);
  assert_int_equal(x->created, y->created);
  assert_int_equal(x->closed, y->closed);
  assert_int_equal(x->seen_from, y->seen_from);
  assert_int_equal(x->first_entry, y->first_entry);
  assert_true(x->expected == y->expected);
  assert_true(x->value == y->value || (isnan(x->value) && isnan(y->value)));
  assert_int_equal(x->n_visits, y->n_visits);
  for (size_t v = 0; v < x->n_visits; v++) {
    const fsim_log_visit *p = &a->visits[x->first_visit + v], *q = &b->visits[y->first_visit + v];
    assert_int_equal(p->stage, q->stage);
    assert_int_equal(p->entered, q->entered);
    assert_int_equal(p->left, q->left);
  }
  for (size_t i = 0; i < a->n_attributes; i++)
    assert_string_equal(name_in(&a->attributes[i].levels, a->level[c * a->n_attributes + i]),
                        name_in(&b->attributes[i].levels, b->level[c * b->n_attributes + i]));
}

static void same_logs(const fsim_log *a, const fsim_log *b) {
  assert_int_equal(a->n_cases, b->n_cases);
  assert_int_equal(a->n_visits, b->n_visits);
  assert_int_equal(a->end, b->end);
  assert_int_equal(a->by_day, b->by_day);
  assert_int_equal(a->complete_from_begin, b->complete_from_begin);
  assert_int_equal(a->n_attributes, b->n_attributes);
  for (size_t c = 0; c < a->n_cases; c++) same_case(a, b, c);
  assert_int_equal(a->n_work, b->n_work);
  for (size_t w = 0; w < a->n_work; w++) {
    const fsim_log_work *p = &a->work[w], *q = &b->work[w];
    assert_int_equal(p->which_case, q->which_case);
    assert_int_equal(p->stage, q->stage);
    assert_int_equal(p->scheduled, q->scheduled);
    assert_int_equal(p->started, q->started);
    assert_int_equal(p->completed, q->completed);
    assert_string_equal(name_in(&a->activities, p->activity), name_in(&b->activities, q->activity));
    assert_string_equal(name_in(&a->resources, p->resource), name_in(&b->resources, q->resource));
  }
}

static fsim_log *read_until(const char *const *files, size_t n, const char *mapping, int64_t end) {
  fsim_report *report = fsim_report_new();
  const fsim_read_log_options options = {.mapping = mapping, .end = end};
  fsim_log *log = NULL;
  const int status = fsim_read_log(files, n, &options, report, &log);
  const fsim_message *message = fsim_report_message(report, 0);
  if (status != FSIM_OK && message != NULL) print_message("%s\n", message->text);
  assert_int_equal(status, FSIM_OK);
  fsim_report_free(report);
  return log;
}

static void cuts_alike(const char *mapping_text, bool events, unsigned long seed) {
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, seed);
  int grouped = 0;
  for (int round = 0; round < ROUNDS; round++) {
    made_deal deals[CASES];
    make_deals(rng, deals);
    const char *mapping = fit_file("until.yaml", mapping_text);
    const int64_t end = START + INT64_C(86400) * 200;
    const int64_t cut =
        START + INT64_C(86400) * 20 + (int64_t)gsl_rng_uniform_int(rng, 130 * 86400);
    const char *whole[] = {events ? write_events(deals, "until-whole.csv", end)
                                  : write_deals(deals, "until-whole.csv", end),
                           events ? NULL : write_history(deals, "until-whole-history.csv", end)};
    const char *part[] = {events ? write_events(deals, "until-part.csv", cut)
                                 : write_deals(deals, "until-part.csv", cut),
                          events ? NULL : write_history(deals, "until-part-history.csv", cut)};
    fsim_log *all = read_until(whole, events ? 1 : 2, mapping, end), *then = NULL;
    fsim_log *cut_files = read_until(part, events ? 1 : 2, mapping, cut);
    fsim_report *report = fsim_report_new();
    assert_int_equal(fsim_log_until(all, cut, true, report, &then), FSIM_OK);
    same_logs(then, cut_files);
    grouped += then->attributes[then->n_attributes - 1].levels.n > 2;
    fsim_report_free(report);
    fsim_log_free(then);
    fsim_log_free(all);
    fsim_log_free(cut_files);
  }
  assert_in_range(grouped, 1, ROUNDS);
  gsl_rng_free(rng);
}

#define DEALS_MAPPING                                                                              \
  "kind: deals\n"                                                                                  \
  "columns: {case: deal_id, created: created, status: status, value: value, attributes: {region: " \
  "region}}\n"                                                                                     \
  "known: all\n"                                                                                   \
  "history: {columns: {case: deal_id, activity: stage, time: entered, expected: due}}\n"           \
  "ignore: [new]\n"                                                                                \
  "stages: {first: [first], second: [second], third: [third]}\n"                                   \
  "outcomes: {won: {from: [won], date: won_at, counts_as: win}, lost: {from: [lost], date: "       \
  "lost_at}}\n"

#define EVENTS_MAPPING                                                                     \
  "kind: events\n"                                                                         \
  "columns: {case: case, activity: activity, time: time, lifecycle: lifecycle, resource: " \
  "resource, expected: due}\n"                                                             \
  "known: all\n"                                                                           \
  "stages: {new: [created], first: [first], second: [second], third: [third]}\n"           \
  "outcomes: {won: {from: [won], counts_as: win}, lost: [lost]}\n"                         \
  "work: {second: [call]}\n"

static void cuts_deals_with_a_history(void **state) {
  (void)state;
  cuts_alike(DEALS_MAPPING, false, 11);
}

static void cuts_deals_that_stay_in_the_furthest_stage(void **state) {
  (void)state;
  cuts_alike(DEALS_MAPPING "returns: furthest\nskipped: fill\n", false, 12);
}

static void cuts_event_logs_with_work(void **state) {
  (void)state;
  cuts_alike(EVENTS_MAPPING, true, 13);
}

static void hides_values_of_open_deals(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  made_deal deals[CASES];
  make_deals(rng, deals);
  const char *files[] = {write_deals(deals, "until-values.csv", NOT_YET),
                         write_history(deals, "until-values-history.csv", NOT_YET)};
  fsim_log *all = read_until(files, 2, fit_file("until-values.yaml", DEALS_MAPPING),
                             START + INT64_C(86400) * 400);
  fsim_report *report = fsim_report_new();
  fsim_log *then = NULL;
  assert_int_equal(fsim_log_until(all, START + INT64_C(86400) * 60, false, report, &then), FSIM_OK);
  size_t open = 0;
  for (size_t c = 0; c < then->n_cases; c++) {
    open += then->cases[c].outcome == FSIM_NONE;
    assert_int_equal(isnan(then->cases[c].value) != 0, then->cases[c].outcome == FSIM_NONE);
  }
  assert_in_range(open, 5, then->n_cases - 5);
  fsim_report_free(report);
  fsim_log_free(then);
  fsim_log_free(all);
  gsl_rng_free(rng);
}

static void hides_values_that_come_with_wins(void **state) {
  (void)state;
  const char *files[] = {fit_file("until-at-win.csv",
                                  "deal_id,created,won_at,lost_at,status,value,region\n"
                                  "1,2026-01-02,2026-01-09,,won,10,n\n"
                                  "2,2026-01-02,2026-02-09,,won,20,n\n"
                                  "3,2026-01-02,,2026-02-09,lost,0,n\n"),
                         fit_file("until-at-win-history.csv", "deal_id,stage,entered,due\n")};
  fsim_log *log = read_until(files, 2, fit_file("until.yaml", DEALS_MAPPING "values: at_win\n"),
                             START + INT64_C(86400) * 90);
  fsim_report *report = fsim_report_new();
  fsim_log *then = NULL;
  assert_int_equal(fsim_log_until(log, START + INT64_C(86400) * 20, true, report, &then), FSIM_OK);
  assert_true(fit_case(log, "1")->value == 10 && fit_case(log, "2")->value == 20);
  assert_true(isnan(fit_case(log, "3")->value));
  assert_true(fit_case(then, "1")->value == 10);
  assert_true(isnan(fit_case(then, "2")->value));
  fsim_report_free(report);
  fsim_log_free(then);
  fsim_log_free(log);
}

/* 600 deals over half a year, planned for 15 to 94 days, that take 5 to 74 whatever was planned. */
static fsim_log *read_planned(const char *expected) {
  fsim_text t = {0}, mapping = {0};
  fsim_text_append(&t, "id,created,closed,status,due\n");
  for (int i = 0; i < 600; i++) {
    char created[40], closed[40], due[40];
    const int64_t at = START + i * INT64_C(25920), end = at + (5 + i * 53 % 70) * INT64_C(86400);
    const bool open = end >= START + 180 * INT64_C(86400);
    fsim_format_instant((int32_t)(START / 86400), at - START, created, sizeof created);
    fsim_format_instant((int32_t)(START / 86400), end - START, closed, sizeof closed);
    fsim_format_date((int32_t)(at / 86400) + 15 + i * 37 % 80, due, sizeof due);
    fsim_text_append(&t, "%d,%s,%s,%s,%s\n", i, created, open ? "" : closed,
                     open    ? "open"
                     : i % 3 ? "lost"
                             : "won",
                     due);
  }
  fsim_text_append(&mapping,
                   "kind: deals\ncolumns: {case: id, created: created, closed: closed, status: "
                   "status, expected: %s}\noutcomes: {won: [won], lost: [lost]}\n",
                   expected);
  const char *files[] = {fit_file("until-planned.csv", t.text)};
  fsim_log *log =
      fit_read(files, 1, fit_file("until-planned.yaml", mapping.text), NULL, FSIM_OK, NULL);
  free(t.text);
  free(mapping.text);
  return log;
}

static size_t planned_lengths(const fsim_log *log, int days, fsim_report *report) {
  fsim_log *cut = NULL;
  assert_int_equal(fsim_log_until(log, START + days * INT64_C(86400), true, report, &cut), FSIM_OK);
  assert_true(cut->has_planned);
  const size_t n = cut->attributes[cut->n_attributes - 1].levels.n - 1; /* without "none" */
  fsim_log_free(cut);
  return n;
}

/* After a month and a half hardly any deal was seen around its date: nobody could have said that
 * dates stay as they are, unless the mapping does. */
static void a_cut_decides_by_itself_whether_dates_are_believed(void **state) {
  (void)state;
  fsim_report *report = fsim_report_new();
  fsim_log *log = read_planned("due");
  assert_true(log->has_planned && log->planned_by_data);
  assert_int_equal(planned_lengths(log, 40, report), 0);
  assert_true(planned_lengths(log, 170, report) > 1);
  fsim_log_free(log);
  log = read_planned("{column: due, as: first}");
  assert_false(log->planned_by_data);
  assert_true(planned_lengths(log, 40, report) > 1);
  fsim_log_free(log);
  fsim_report_free(report);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cuts_deals_with_a_history),
      cmocka_unit_test(cuts_deals_that_stay_in_the_furthest_stage),
      cmocka_unit_test(cuts_event_logs_with_work),
      cmocka_unit_test(hides_values_of_open_deals),
      cmocka_unit_test(hides_values_that_come_with_wins),
      cmocka_unit_test(a_cut_decides_by_itself_whether_dates_are_believed),
  };
  return cmocka_run_group_tests_name("fit_log_until", tests, NULL, NULL);
}
