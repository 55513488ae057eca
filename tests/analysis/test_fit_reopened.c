/* Cases that go on after an end: which end counts is the mapping's choice. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */

#include "sim/base/text.h"
#include "tests/analysis/fit_files.h"

#define DAY INT64_C(86400)
#define JANUARY (20454 * DAY) /* 2026-01-01 */

/* A is lost on the 5th, reopened on the 9th and won on the 12th; B is lost, reopened and open; C is
 * won and then lost without a stage in between; D is lost for good; E is reopened twice. */
static const char events[] =
    "case,activity,time,amount,region\n"
    "A,talks,2026-01-02,10,north\n"
    "A,lost,2026-01-05,10,north\n"
    "A,offer,2026-01-09,10,north\n"
    "A,won,2026-01-12,10,north\n"
    "B,talks,2026-01-02,1,south\n"
    "B,lost,2026-01-04,1,south\n"
    "B,talks,2026-01-08,1,south\n"
    "C,talks,2026-01-03,1,south\n"
    "C,won,2026-01-06,1,south\n"
    "C,lost,2026-01-07,1,south\n"
    "D,talks,2026-01-03,1,south\n"
    "D,lost,2026-01-06,1,south\n"
    "E,talks,2026-01-01,1,south\n"
    "E,lost,2026-01-02,1,south\n"
    "E,talks,2026-01-03,1,south\n"
    "E,lost,2026-01-04,1,south\n"
    "E,talks,2026-01-05,1,south\n"
    "E,won,2026-01-13,1,south\n";

static fsim_log *read_reopened(const char *how, int status, const char *says) {
  const char *files[] = {fit_file("reopened.csv", events)};
  fsim_text mapping = {0};
  fsim_text_append(&mapping,
                   "kind: events\ncolumns: {case: case, activity: activity, time: time, value: "
                   "amount, attributes: {region: region}}\n"
                   "stages: {talks: [talks], offer: [offer]}\n"
                   "outcomes: {won: [won], lost: [lost]}\nknown: all\n%s",
                   how);
  fsim_log *log = fit_read(files, 1, fit_file("reopened.yaml", mapping.text), NULL, status, says);
  free(mapping.text);
  return log;
}

/* won, lost, open: 0, 1, -1 */
static void ends(const fsim_log *log, const char *id, int32_t outcome, int day) {
  const fsim_case *c = fit_case(log, id);
  if (c == NULL) fail_msg("%s is missing", id);
  assert_int_equal(c->outcome, outcome);
  if (outcome != FSIM_NONE) assert_int_equal((c->closed - JANUARY) / DAY + 1, day);
}

static void the_first_end_counts_unless_said_otherwise(void **state) {
  (void)state;
  fsim_log *log = read_reopened("", FSIM_OK, NULL);
  assert_int_equal(log->n_cases, 5);
  ends(log, "A", 1, 5);
  ends(log, "B", 1, 4);
  ends(log, "C", 0, 6);
  ends(log, "E", 1, 2);
  assert_int_equal(fit_found(log, "a stage entered after the outcome"), 4);
  assert_int_equal(fit_found(log, "another outcome after the first"), 3);
  fsim_log_free(log);
}

static void the_last_end_counts_on_request(void **state) {
  (void)state;
  fsim_log *log = read_reopened("reopened: last\n", FSIM_OK, NULL);
  assert_int_equal(log->n_cases, 5);
  ends(log, "A", 0, 12);
  ends(log, "B", FSIM_NONE, 0);
  ends(log, "C", 1, 7);
  ends(log, "D", 1, 6);
  ends(log, "E", 0, 13);
  const fsim_case *a = fit_case(log, "A");
  assert_int_equal(a->n_visits, 2); /* talks until the offer, open all the time */
  assert_int_equal(log->visits[a->first_visit].left, JANUARY + 8 * DAY);
  assert_int_equal(log->visits[a->first_visit + 1].left, JANUARY + 11 * DAY);
  const fsim_case *b = fit_case(log, "B");
  assert_int_equal(b->n_visits, 1);
  assert_int_equal(log->visits[b->first_visit].left, FSIM_NEVER);
  fsim_log_free(log);
}

static void reopened_cases_are_new_ones_on_request(void **state) {
  (void)state;
  fsim_log *log = read_reopened("reopened: new\n", FSIM_OK, NULL);
  assert_int_equal(log->n_cases, 9);
  ends(log, "A", 1, 5);
  ends(log, "A/2", 0, 12);
  ends(log, "B", 1, 4);
  ends(log, "B/2", FSIM_NONE, 0);
  ends(log, "C", 0, 6); /* a correction makes no case */
  ends(log, "E", 1, 2);
  ends(log, "E/2", 1, 4);
  ends(log, "E/3", 0, 13);
  assert_int_equal(fit_found(log, "a case that was reopened after its end"), 4);
  assert_int_equal(fit_found(log, "another outcome after the first"), 1);
  const fsim_case *again = fit_case(log, "A/2");
  assert_int_equal(again->created, JANUARY + 8 * DAY);
  assert_int_equal(again->n_visits, 1);
  assert_int_equal(log->visits[again->first_visit].stage, 1);
  assert_true(again->value == 10);
  const size_t attribute = (size_t)(again - log->cases) * log->n_attributes;
  assert_string_equal(log->attributes[0].levels.name[log->level[attribute]], "north");
  fsim_log_free(log);
}

static void says_what_it_knows(void **state) {
  (void)state;
  read_reopened("reopened: visit\n", FSIM_BAD_INPUT, "reopened must be first, last or new");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_end_counts_unless_said_otherwise),
      cmocka_unit_test(the_last_end_counts_on_request),
      cmocka_unit_test(reopened_cases_are_new_ones_on_request),
      cmocka_unit_test(says_what_it_knows),
  };
  return cmocka_run_group_tests_name("fit_reopened", tests, NULL, NULL);
}
