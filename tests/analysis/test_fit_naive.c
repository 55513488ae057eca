/* The forecasts that a model must beat, on exports whose future is certain. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <math.h>

#include "analysis/fit/naive.h"
#include "fit_files.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

#define DAYS 182
#define LAG 21 /* days from a lead to its deal's win */
#define AHEAD 6

static void append_date(fsim_text *csv, int day) {
  char date[32];
  fsim_text_append(csv, "%s",
                   fsim_format_date(fsim_days_from_date(2026, 1, 5) + day, date, sizeof date));
}

/* Two leads a day; every second becomes a deal after two weeks, won a week later. */
static fsim_log *read_leads_and_deals(void) {
  fsim_text leads = {0}, deals = {0};
  fsim_text_append(&leads, "id,created\n");
  fsim_text_append(&deals, "deal,lead,created,won\n");
  for (int i = 0; i < 2 * DAYS; i++) {
    const int day = i / 2;
    fsim_text_append(&leads, "L%d,", i);
    append_date(&leads, day);
    fsim_text_append(&leads, "\n");
    if (i % 2 == 1 || day + LAG - 7 >= DAYS) continue;
    fsim_text_append(&deals, "D%d,L%d,", i, i);
    append_date(&deals, day + LAG - 7);
    fsim_text_append(&deals, ",");
    if (day + LAG < DAYS) append_date(&deals, day + LAG);
    fsim_text_append(&deals, "\n");
  }
  assert_false(leads.failed || deals.failed);
  const char *files[] = {fit_file("naive-leads.csv", leads.text),
                         fit_file("naive-deals.csv", deals.text)};
  static const char mapping[] =
      "kind: joined\nknown: all\nend: 2026-07-06\n"
      "columns: {case: deal, lead: lead, created: created}\n"
      "outcomes: {won: {date: won, counts_as: win}}\n"
      "leads: {columns: {case: id, created: created}}\n";
  fsim_log *log = fit_read(files, 2, fit_file("naive.yaml", mapping), NULL, FSIM_OK, NULL);
  free(leads.text);
  free(deals.text);
  return log;
}

/* The mean of a week's futures, which are evenly spread quantiles: off by no more than their range
 * over their number. */
static void expect(const double *futures, size_t n, size_t week, double mean) {
  double sum = 0, least = futures[week], most = futures[week];
  for (size_t r = 0; r < n; r++) {
    const double x = futures[r * AHEAD + week];
    sum += x;
    least = x < least ? x : least;
    most = x > most ? x : most;
  }
  assert_true(fabs(sum / (double)n - mean) <= (most - least) / (double)n + 1e-9);
}

/* Seven wins a week, of which those of the first weeks are of what is known. */
static void ladder_knows(size_t funnels, size_t weeks_known) {
  fsim_log *log = read_leads_and_deals();
  fsim_report *report = fsim_report_new();
  double *open = NULL, *all = NULL;
  size_t n = 0;
  assert_int_equal(fsim_chain_ladder(log, funnels, 12, AHEAD, report, &open, &all, &n), FSIM_OK);
  for (size_t week = 0; week < AHEAD; week++) {
    expect(open, n, week, week < weeks_known ? 7 : 0);
    expect(all, n, week, 7);
  }
  free(open);
  free(all);
  fsim_report_free(report);
  fsim_log_free(log);
}

static void the_ladder_of_leads_knows_what_is_open(void **state) {
  (void)state;
  ladder_knows(FSIM_ALL_FUNNELS, 3);
}

/* Deals alone: a week's wins are of deals that are open, the rest of deals still to come. */
static void the_ladder_of_one_funnel_knows_its_own(void **state) {
  (void)state;
  ladder_knows(1, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_ladder_of_leads_knows_what_is_open),
      cmocka_unit_test(the_ladder_of_one_funnel_knows_its_own),
  };
  return cmocka_run_group_tests_name("fit_naive", tests, NULL, NULL);
}
