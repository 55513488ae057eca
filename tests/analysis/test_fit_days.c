/* Dates without a time of day among times: a CRM that tells the day of closing only. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <string.h>

#include "tests/analysis/fit_files.h"

#define HOUR INT64_C(3600)
#define DAY (24 * HOUR)
#define JANUARY (20454 * DAY) /* 2026-01-01 */
#define DATED "a date without a time of day, where other columns have times"

static const char mapping[] =
    "kind: deals\n"
    "columns: {case: id, created: created, closed: closed, status: status}\n"
    "outcomes: {won: {from: [Won], counts_as: win}, lost: [Lost]}\n"
    "ignore: [Open]\n"
    "stages: {talks: [Talks], offer: [Offer]}\n"
    "history: {columns: {case: deal, activity: stage, time: at}}\n"
    "known: all\n";

static fsim_log *read_both(const char *deals, const char *history) {
  const char *files[] = {fit_file("days-deals.csv", deals), fit_file("days-history.csv", history)};
  return fit_read(files, 2, fit_file("days.map.yaml", mapping), NULL, FSIM_OK, NULL);
}

static void ends_follow_what_happened_on_their_day(void **state) {
  (void)state;
  fsim_log *log = read_both(
      "id,created,closed,status\n"
      "A,2026-01-01 09:00,2026-01-03,Won\n"           /* noon */
      "B,2026-01-01 09:00,2026-01-03 00:00:00,Lost\n" /* after the offer at 16:30 */
      "C,2026-01-02 17:00,2026-01-02,Lost\n"          /* as it was created */
      "D,2026-01-01 09:00,2026-01-04,Won\n"           /* told with its time by the history */
      "E,2026-01-01 09:00,2026-02-01,Open\n",
      "deal,stage,at\n"
      "A,Talks,2026-01-01 09:00\n"
      "A,Offer,2026-01-03 10:15\n"
      "B,Talks,2026-01-01 09:00\n"
      "B,Offer,2026-01-03 16:30\n"
      "D,Talks,2026-01-01 09:00\n"
      "D,Won,2026-01-04 18:45\n");
  assert_false(log->by_day);
  assert_int_equal(fit_found(log, DATED), 3);
  assert_int_equal(fit_found(log, "a stage entered after the outcome"), 0);
  assert_int_equal(fit_found(log, "an outcome before the case was created"), 0);
  assert_int_equal(fit_case(log, "A")->closed, JANUARY + 2 * DAY + 12 * HOUR);
  assert_int_equal(fit_case(log, "A")->n_visits, 2);
  assert_int_equal(fit_case(log, "B")->closed, JANUARY + 2 * DAY + 16 * HOUR + HOUR / 2);
  assert_int_equal(fit_case(log, "B")->n_visits, 2);
  assert_int_equal(fit_case(log, "C")->closed, JANUARY + DAY + 17 * HOUR);
  assert_int_equal(fit_case(log, "C")->created, fit_case(log, "C")->closed);
  assert_int_equal(fit_case(log, "D")->closed, JANUARY + 3 * DAY + 18 * HOUR + 3 * HOUR / 4);
  assert_int_equal(fit_case(log, "E")->outcome, FSIM_NONE);
  fsim_log_free(log);
}

/* The log goes on until noon of the last day, so that what is dated then is known. */
static void days_of_creation_are_before_what_happened_on_them(void **state) {
  (void)state;
  fsim_log *log = read_both(
      "id,created,closed,status\n"
      "A,2026-01-01,2026-01-05,Won\n"
      "B,2026-01-02,,Open\n"
      "C,2026-01-05,,Open\n",
      "deal,stage,at\n"
      "A,Talks,2026-01-01 09:00\n"
      "B,Talks,2026-01-02 15:00\n");
  assert_int_equal(fit_case(log, "A")->created, JANUARY + 9 * HOUR);
  assert_int_equal(fit_case(log, "A")->closed, JANUARY + 4 * DAY + 12 * HOUR);
  assert_int_equal(fit_case(log, "B")->created, JANUARY + DAY + 12 * HOUR);
  assert_int_equal(fit_case(log, "C")->created, JANUARY + 4 * DAY + 12 * HOUR);
  assert_int_equal(log->end, JANUARY + 4 * DAY + 12 * HOUR + 1);
  fsim_log_free(log);
}

/* A column in which some times are midnight has times. */
static void midnight_among_times_is_midnight(void **state) {
  (void)state;
  fsim_log *log = read_both(
      "id,created,closed,status\n"
      "A,2026-01-01 09:00,2026-01-03 00:00,Won\n"
      "B,2026-01-01 09:00,2026-01-03 08:00,Won\n",
      "deal,stage,at\n"
      "A,Talks,2026-01-01 09:00\n");
  assert_int_equal(fit_found(log, DATED), 0);
  assert_int_equal(fit_case(log, "A")->closed, JANUARY + 2 * DAY);
  fsim_log_free(log);
}

static void an_export_of_days_alone_stays_one_of_days(void **state) {
  (void)state;
  fsim_log *log = read_both(
      "id,created,closed,status\n"
      "A,2026-01-01,2026-01-03,Won\n",
      "deal,stage,at\n"
      "A,Talks,2026-01-01\n"
      "A,Offer,2026-01-03\n");
  assert_true(log->by_day);
  assert_int_equal(fit_found(log, DATED), 0);
  assert_int_equal(fit_case(log, "A")->closed, JANUARY + 2 * DAY);
  assert_int_equal(fit_case(log, "A")->n_visits, 2);
  fsim_log_free(log);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ends_follow_what_happened_on_their_day),
      cmocka_unit_test(days_of_creation_are_before_what_happened_on_them),
      cmocka_unit_test(midnight_among_times_is_midnight),
      cmocka_unit_test(an_export_of_days_alone_stays_one_of_days),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
