/* When a run has settled, by MSER-5 on the mean path. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <math.h>
#include <stdio.h>

#include "analysis/warm_up.h"
#include "memory_run.h"

/* Days of horizon and warm-up, stage, rate. */
static const char model[] =
    "scenario: settling\n"
    "start: 2026-01-05\n"
    "horizon: %d d\n"
    "warm_up: %d d\n"
    "replications: 100\n"
    "seed: 5\n"
    "models:\n"
    "  f:\n"
    "    funnel: f\n"
    "    entry: a\n"
    "    stages: {a: {%s}}\n"
    "    outcomes: {won: {counts_as: win}}\n"
    "teams: {t: {size: 1}}\n"
    "streams: {new: {into: f, rate: %s / d}}\n";

static const char busy[] = "work: {team: t, time: {exponential: {mean: 0.2 d}}}, exits: {won: 1}";

static void write_model(char *text, size_t size, int days, int warm_up, const char *stage,
                        const char *rate) {
  int length = snprintf(text, size, model, days, warm_up, stage, rate);
  assert_true(length > 0 && (size_t)length < size);
}

static fsim_settling settling_of(int days, const char *stage, const char *rate) {
  char text[1024];
  write_model(text, sizeof text, days, 0, stage, rate);
  fsim_report *report = fsim_report_new();
  fsim_source *source = NULL;
  fsim_scenario *s = NULL;
  fsim_shape *shape = NULL;
  fsim_settling settling;
  fsim_run_options options = {.threads = 1};
  expect_fine(fsim_source_parse("test.yaml", text, strlen(text), NULL, NULL, NULL, 0, NULL, 0,
                                report, &source),
              report);
  expect_fine(fsim_source_realise(source, FSIM_CENTRAL, report, &s), report);
  expect_fine(fsim_shape_make(s, report, &shape), report);
  expect_fine(fsim_settling_find(source, s, shape, 100, &options, report, &settling), report);
  fsim_shape_free(shape);
  fsim_scenario_free(s);
  fsim_source_free(source);
  fsim_report_free(report);
  return settling;
}

/* M/M/1 at 80 % from empty: 4 in the system in the long run, less at first. */
static void a_queue_from_empty_is_cut_to_its_steady_state(void **state) {
  (void)state;
  fsim_settling s = settling_of(200, busy, "4");
  assert_true(s.enough_days && !s.too_short && !s.grows);
  assert_in_range(s.days, 10, 80);
  char text[1024];
  run whole, cut;
  write_model(text, sizeof text, 200, 0, busy, "4");
  simulate(&whole, text, 400);
  write_model(text, sizeof text, 200, (int)s.days, busy, "4");
  simulate(&cut, text, 400);
  fsim_interval before = whole.summary->funnels[0].wip.mean,
                after = cut.summary->funnels[0].wip.mean;
  print_message("cut after %zu days: %.3f (%.3f), whole run %.3f, in the long run 4\n", s.days,
                after.estimate, after.standard_error, before.estimate);
  assert_true(fabs(after.estimate - 4) < 4 * after.standard_error);
  assert_true(before.estimate < after.estimate);
  end(&whole);
  end(&cut);
}

/* In progress rises for exactly 30 days; the smoothed path sees it up to six days early. */
static void a_fixed_wait_is_cut_where_it_ends(void **state) {
  (void)state;
  fsim_settling s = settling_of(900, "wait: 30 d, exits: {won: 1}", "20");
  assert_false(s.too_short);
  assert_in_range(s.days, 20, 35);
}

static void what_is_settled_from_the_start_is_hardly_cut(void **state) {
  (void)state;
  fsim_settling s = settling_of(365, "exits: {won: 1}", "20");
  assert_true(s.enough_days && !s.too_short);
  assert_true(s.days < 365 / 4);
}

static void a_run_shorter_than_its_waits_is_too_short(void **state) {
  (void)state;
  assert_true(
      settling_of(100, "wait: {exponential: {mean: 200 d}}, exits: {won: 1}", "20").too_short);
}

static void an_overloaded_queue_has_no_steady_state(void **state) {
  (void)state;
  assert_true(settling_of(200, busy, "6").grows);
}

/* Seven days to a value, five values to a batch, four batches. */
static void few_days_tell_nothing(void **state) {
  (void)state;
  assert_false(settling_of(25, "exits: {won: 1}", "20").enough_days);
  assert_true(settling_of(26, "exits: {won: 1}", "20").enough_days);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_queue_from_empty_is_cut_to_its_steady_state),
      cmocka_unit_test(a_fixed_wait_is_cut_where_it_ends),
      cmocka_unit_test(what_is_settled_from_the_start_is_hardly_cut),
      cmocka_unit_test(a_run_shorter_than_its_waits_is_too_short),
      cmocka_unit_test(an_overloaded_queue_has_no_steady_state),
      cmocka_unit_test(few_days_tell_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
