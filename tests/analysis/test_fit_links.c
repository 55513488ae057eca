/* What follows a win: orders after orders, deals after leads; how often and after how long. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "analysis/fit/fit_set_json.h"
#include "analysis/fit/fitted_set.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"
#include "tests/analysis/fit_files.h"

#define DAY 86400.0
enum { SEEDS = 10 };

static void append_day(fsim_text *text, double day) {
  char date[32];
  fsim_text_append(text, "%s", fsim_format_date(20458 + (int32_t)day, date, sizeof date));
}

static const char *const order_map =
    "kind: transactions\ncolumns: {case: customer, time: date}\nend: 2027-01-06\n";

/* 300 customers of twenty weeks, followed for a year: a share 0.55 comes back once, after a
 * lognormal time (median 20 d, sigma 0.9). */
static const char *write_orders(gsl_rng *rng) {
  fsim_text text = {0};
  fsim_text_append(&text, "customer,date\n");
  for (int c = 0; c < 300; c++) {
    const double first = 140 * gsl_rng_uniform(rng);
    fsim_text_append(&text, "c%d,", c);
    append_day(&text, first);
    fsim_text_append(&text, "\n");
    if (gsl_rng_uniform(rng) > 0.55) continue;
    fsim_text_append(&text, "c%d,", c);
    append_day(&text, first + gsl_ran_lognormal(rng, log(20), 0.9));
    fsim_text_append(&text, "\n");
  }
  const char *path = fit_file("links-orders.csv", text.text);
  free(text.text);
  return path;
}

static const fsim_fitted_funnel *named(const fsim_fitted_set *set, const char *name) {
  for (size_t f = 0; f < set->n; f++) {
    if (strcmp(set->funnel[f].name, name) == 0) return &set->funnel[f];
  }
  fail_msg("no funnel %s", name);
  return NULL;
}

/* Whether the fitted share of the stage's only exit is within its interval of 95 %. */
static bool share_covers(const fsim_fitted_funnel *f, double right) {
  const fsim_stage_fit *fit = f->stage[0].laws;
  if (fit == NULL || !(fit->never > 0)) return false;
  const double share = fit->exit[0].share, odds = log(fit->never / share);
  const double error = sqrt(fit->covariance[0]);
  return fabs(odds - log((1 - right) / right)) < 1.96 * error;
}

static void estimate(const fsim_log *log, fsim_report *report, fsim_fitted_set *set) {
  const fsim_fit_options options = {.since = FSIM_NO_TIME, .calendar = false, .laws = true};
  assert_int_equal(fsim_estimate_set(log, FSIM_ALL_FUNNELS, &options, report, set), FSIM_OK);
}

static void check_coverage(unsigned covered, const char *what) {
  print_message("%s: %u of %d\n", what, covered, SEEDS);
  if (gsl_cdf_binomial_P(covered, 0.95, SEEDS) < 1e-4)
    fail_msg("%s is covered %u times of %d", what, covered, SEEDS);
}

static void shares_of_customers_who_return_are_recovered(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  unsigned covered = 0;
  double median = 0;
  for (unsigned seed = 1; seed <= SEEDS; seed++) {
    gsl_rng_set(rng, seed);
    const char *files[] = {write_orders(rng)};
    fsim_log *log =
        fit_read(files, 1, fit_file("links-orders.yaml", order_map), NULL, FSIM_OK, NULL);
    fsim_report *report = fsim_report_new();
    fsim_fitted_set set;
    estimate(log, report, &set);
    const fsim_fitted_funnel *second = named(&set, "second-order");
    covered += share_covers(second, 0.55);
    median += fsim_fit_incidence(second->stage[0].laws, 0, 20 * DAY) /
              second->stage[0].laws->exit[0].share / SEEDS;
    if (seed == 1) {
      json_t *links = fsim_fitted_links_json(&set, 0), *link = json_array_get(links, 0);
      assert_int_equal(json_array_size(links), 1);
      assert_true(json_real_value(json_object_get(link, "probability")) == 1);
      assert_true(json_is_null(json_object_get(link, "outcomes")));
      assert_true(json_is_null(json_object_get(link, "low")));
      json_decref(links);
      assert_true(named(&set, "first-order")->stage[0].instant);
      assert_true(second->swing.n_weeks > 0); /* that of all orders */
      for (size_t f = 0; f < set.n; f++) assert_true(set.funnel[f].swing.cv == second->swing.cv);
      for (size_t l = 0; l < set.n_links; l++) {
        assert_int_equal(set.link[l].from, l);
        assert_int_equal(set.link[l].to, l + 1 < set.n ? l + 1 : l);
      }
    }
    fsim_fitted_set_free(&set);
    fsim_report_free(report);
    fsim_log_free(log);
  }
  check_coverage(covered, "the share of customers who return");
  /* Half are back by the median: 25 times some 160 returns, a day's rounding of which is 0.01. */
  assert_true(fabs(median - 0.5) < 0.01 + 4 * 0.5 / sqrt(SEEDS * 160.0));
  gsl_rng_free(rng);
}

static const char *const joined_map =
    "kind: joined\ncolumns: {case: deal, lead: lead, created: created}\n"
    "outcomes: {won: {date: won}}\n"
    "leads: {columns: {case: lead, created: created}, outcomes: {qualified: {date: qualified, "
    "counts_as: win}}}\nend: 2026-10-06\n";

/* 400 leads of 30 weeks that qualify; 0.6 of them bring a deal after an exponential time of ten
 * days, 0.25 of these one more at once; those that are to come after 39 weeks are not known. */
static void write_joined(gsl_rng *rng, const char *files[2]) {
  fsim_text leads = {0}, deals = {0};
  fsim_text_append(&leads, "lead,created,qualified\n");
  fsim_text_append(&deals, "deal,lead,created,won\n");
  for (int l = 0; l < 400; l++) {
    const double created = 210 * gsl_rng_uniform(rng), qualified = created + 3;
    fsim_text_append(&leads, "l%d,", l);
    append_day(&leads, created);
    fsim_text_append(&leads, ",");
    append_day(&leads, qualified);
    fsim_text_append(&leads, "\n");
    const double deal = qualified + gsl_ran_exponential(rng, 10);
    const bool brings = gsl_rng_uniform(rng) < 0.6, two = gsl_rng_uniform(rng) < 0.25;
    for (int k = 0; k < (brings ? 1 + two : 0) && deal < 273; k++) {
      fsim_text_append(&deals, "d%d-%d,l%d,", l, k, l);
      append_day(&deals, deal);
      fsim_text_append(&deals, ",\n");
    }
  }
  files[0] = fit_file("links-leads.csv", leads.text);
  files[1] = fit_file("links-deals.csv", deals.text);
  free(leads.text);
  free(deals.text);
}

static void shares_of_leads_that_bring_deals_are_recovered(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  unsigned first = 0, second = 0;
  for (unsigned seed = 1; seed <= SEEDS; seed++) {
    const char *files[2];
    gsl_rng_set(rng, 100 + seed);
    write_joined(rng, files);
    fsim_log *log =
        fit_read(files, 2, fit_file("links-joined.yaml", joined_map), NULL, FSIM_OK, NULL);
    fsim_report *report = fsim_report_new();
    fsim_fitted_set set;
    estimate(log, report, &set);
    first += share_covers(named(&set, "leads-next"), 0.6);
    second += share_covers(named(&set, "leads-next-2"), 0.15);
    assert_int_equal(set.n, 4);
    assert_string_equal(set.funnel[3].name, "deals");
    assert_int_equal(set.n_links, 4);
    for (size_t l = 0; l < 4; l += 2) {
      assert_int_equal(set.link[l].from, 0);
      assert_int_equal(set.link[l].to, 1 + l / 2);
      assert_int_equal(set.link[l + 1].from, 1 + l / 2);
      assert_int_equal(set.link[l + 1].to, 3);
    }
    fsim_fitted_set_free(&set);
    fsim_report_free(report);
    fsim_log_free(log);
  }
  check_coverage(first, "the share of leads that bring a deal");
  check_coverage(second, "the share of leads that bring two");
  gsl_rng_free(rng);
}

/* A lead that its first deal converts brings it at once: a plain link. Addresses join in any case
 * of letters; deals have what their leads have. */
static void what_follows_at_once_has_no_wait(void **state) {
  (void)state;
  const char *files[] = {
      fit_file(
          "links-at-once-leads.csv",
          "lead,created,source\nAnn@x.org,2026-01-05,web\nb,2026-01-06,fair\nc,2026-01-07,web\n"),
      fit_file("links-at-once-deals.csv",
               "deal,lead,created,won\nx,ann@X.org,2026-01-09,2026-01-12\ny,b,2026-01-10,\n")};
  fsim_log *log = fit_read(files, 2,
                           fit_file("links-at-once.yaml",
                                    "kind: joined\ncolumns: {case: deal, lead: lead, created: "
                                    "created}\noutcomes: {won: {date: won}}\n"
                                    "leads: {columns: {case: lead, created: created, "
                                    "attributes: {source: source}}}\n"),
                           NULL, FSIM_OK, NULL);
  for (size_t c = 0; c < log->n_cases; c++) {
    /* A deal has the source of its lead. */
    const int64_t parent = log->cases[c].parent;
    assert_true(log->level[c] > 0);
    assert_true(parent == FSIM_NONE || log->level[c] == log->level[parent]);
  }
  fsim_report *report = fsim_report_new();
  fsim_fitted_set set;
  const fsim_fit_options options = {.since = FSIM_NO_TIME};
  assert_int_equal(fsim_estimate_set(log, FSIM_ALL_FUNNELS, &options, report, &set), FSIM_OK);
  assert_int_equal(set.n, 2);
  assert_int_equal(set.n_links, 1);
  assert_int_equal(set.link[0].n, 2);
  assert_int_equal(set.link[0].followed, 2);
  assert_true(set.link[0].probability == 1);
  json_t *links = fsim_fitted_links_json(&set, 1), *link = json_array_get(links, 0);
  assert_int_equal(json_array_size(links), 1);
  assert_string_equal(json_string_value(json_object_get(link, "from")), "leads");
  assert_string_equal(json_string_value(json_object_get(link, "to")), "deals");
  assert_int_equal(json_integer_value(json_object_get(link, "followed")), 2);
  /* Clopper and Pearson's lower limit p of 2 of 2: p^2 = 0.025. */
  assert_true(fabs(json_real_value(json_object_get(link, "low")) - sqrt(0.025)) < 1e-9);
  assert_true(json_real_value(json_object_get(link, "high")) == 1);
  json_decref(links);
  fsim_fitted_set_free(&set);
  fsim_report_free(report);
  fsim_log_free(log);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shares_of_customers_who_return_are_recovered),
      cmocka_unit_test(shares_of_leads_that_bring_deals_are_recovered),
      cmocka_unit_test(what_follows_at_once_has_no_wait),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
