/* A forecast by week against exact answers: open deals end as a binomial law says, new ones as a
 * Poisson law; its intervals hold what they should as often as they say. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <jansson.h>
#include <math.h>

#include "analysis/decide/weekly.h"
#include "memory_run.h"

enum { OPEN_DEALS = 40, WEEKS = 6, RUNS = 2000, NEW = 1, OPEN = 2 };
#define WIN 0.02 /* a day */
#define LOSS 0.03
#define LEADS 4.0

/* Clocks of a win and a loss: a deal that is open has no memory of its age. */
static const char forecast[] =
    "scenario: forecast\ncurrency: EUR\nstart: 2026-01-05\nhorizon: 6 w\nseed: 3\n"
    "attributes: {deal: [new, open]}\n"
    "models:\n"
    "  basic:\n"
    "    funnel: basic\n"
    "    entry: deal\n"
    "    stages:\n"
    "      deal:\n"
    "        race: true\n"
    "        exits:\n"
    "          won: {wait: {exponential: {mean: 50 d}}}\n"
    "          lost: {wait: {exponential: {mean: 33.3333333333 d}}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "    value: 1000\n"
    "streams: {web: {into: basic, rate: 4 / d, attributes: {deal: new}}}\n"
    "pipeline: {file: open.csv, funnel: basic, stage: stage, entered: entered, attributes: {deal: "
    "deal}}\n";

static void begin_forecast(run *r) {
  char csv[4096] = "stage,entered,deal\n";
  for (int i = 0; i < OPEN_DEALS; i++) strcat(csv, "deal,2025-12-01,open\n");
  simulate_with(r, forecast, "open.csv", csv, RUNS);
}

static fsim_weekly *weekly_of(const fsim_series_source *source,
                              const fsim_weekly_options *options) {
  fsim_report *report = fsim_report_new();
  fsim_weekly *weekly = NULL;
  expect_fine(fsim_weekly_make(source, options, report, &weekly), report);
  fsim_report_free(report);
  return weekly;
}

/* Of a deal that is open at `day`: still open at the end of a week (0: the first). */
static double still_open(size_t week) {
  return exp(-(WIN + LOSS) * 7 * (double)(week + 1));
}

static double open_wins_by(size_t week) {
  return WIN / (WIN + LOSS) * (1 - still_open(week));
}

/* Mean of the number of new deals won by the end of a week, which is Poisson. */
static double new_wins_by(size_t week) {
  const double t = 7 * (double)(week + 1), rate = WIN + LOSS;
  return LEADS * WIN / rate * (t - (1 - exp(-rate * t)) / rate);
}

/* P(wins by the end of a week >= most), of both. */
static double reaches(size_t week, unsigned most) {
  double below = 0;
  for (unsigned k = 0; k < most && k <= OPEN_DEALS; k++)
    below += gsl_ran_binomial_pdf(k, open_wins_by(week), OPEN_DEALS) *
             gsl_cdf_poisson_P(most - 1 - k, new_wins_by(week));
  return 1 - below;
}

static void assert_mean(const fsim_estimate *e, double exact) {
  const double z = (e->mean.estimate - exact) / e->mean.standard_error;
  if (!(fabs(z) < 4)) fail_msg("%.6g, exact %.6g, z = %.2f", e->mean.estimate, exact, z);
}

/* The limits of a quantile hold values k at which P(X <= k) reaches p. */
static void assert_quantiles(const fsim_estimate *e, double (*below)(size_t week, unsigned k),
                             size_t week) {
  const fsim_interval *q[] = {&e->p10, &e->p50, &e->p90};
  const double p[] = {0.1, 0.5, 0.9};
  for (int i = 0; i < 3; i++) {
    assert_true(below(week, (unsigned)q[i]->high) >= p[i]);
    if (q[i]->low > 0) assert_true(below(week, (unsigned)q[i]->low - 1) <= p[i]);
  }
}

static double new_wins_below(size_t week, unsigned k) {
  return gsl_cdf_poisson_P(k, new_wins_by(week) - (week > 0 ? new_wins_by(week - 1) : 0));
}

static double open_wins_below(size_t week, unsigned k) {
  return gsl_cdf_binomial_P(k, open_wins_by(week) - (week > 0 ? open_wins_by(week - 1) : 0),
                            OPEN_DEALS);
}

static double open_deals_below(size_t week, unsigned k) {
  return gsl_cdf_binomial_P(k, still_open(week), OPEN_DEALS);
}

static double all_wins_so_far_below(size_t week, unsigned k) {
  return 1 - reaches(week, k + 1);
}

static void weeks_are_as_theory_says(void **state) {
  (void)state;
  run r;
  begin_forecast(&r);
  const fsim_weekly_options options = {.target = "won >= 12", .confidence = 0.9999};
  fsim_weekly *weekly = weekly_of(&r.series, &options);
  assert_int_equal(weekly->n_weeks, WEEKS);
  assert_int_equal(weekly->n_groups, 3); /* by `deal`, without being asked */
  for (size_t w = 0; w < WEEKS; w++) {
    const fsim_week_record *week = &weekly->weeks[w];
    const fsim_week_figures *all = &week->figures[0], *new = &week->figures[NEW],
                            *open = &week->figures[OPEN];
    const double by_open = OPEN_DEALS * (open_wins_by(w) - (w > 0 ? open_wins_by(w - 1) : 0)),
                 by_new = new_wins_by(w) - (w > 0 ? new_wins_by(w - 1) : 0);
    assert_int_equal(week->from, r.scenario->start_days + 7 * (int32_t)w);
    assert_int_equal(week->to, week->from + 7);
    assert_mean(&open->won, by_open);
    assert_mean(&new->won, by_new);
    assert_mean(&all->won, by_open + by_new);
    assert_mean(&all->won_so_far, OPEN_DEALS * open_wins_by(w) + new_wins_by(w));
    assert_mean(&open->open, OPEN_DEALS * still_open(w));
    assert_mean(&new->open, LEADS * (1 - still_open(w)) / (WIN + LOSS));
    assert_mean(&all->value, 1000 * (by_open + by_new));
    assert_quantiles(&new->won, new_wins_below, w);
    assert_quantiles(&open->won, open_wins_below, w);
    assert_quantiles(&open->open, open_deals_below, w);
    assert_quantiles(&all->won_so_far, all_wins_so_far_below, w);
    assert_true(week->reached.low <= reaches(w, 12) && reaches(w, 12) <= week->reached.high);
  }
  fsim_weekly_free(weekly);
  end(&r);
}

/* A target of an attribute's value, of money, and from above. */
static void targets_are_of_what_is_named(void **state) {
  (void)state;
  run r;
  begin_forecast(&r);
  const fsim_weekly_options by_open = {.target = "won[deal=open] >= 5", .confidence = 0.9999},
                            money = {.target = "basic.value >= 12,000"},
                            wins = {.target = "won >= 12"}, few = {.target = "won <= 11"};
  fsim_weekly *w[4] = {weekly_of(&r.series, &by_open), weekly_of(&r.series, &money),
                       weekly_of(&r.series, &wins), weekly_of(&r.series, &few)};
  for (size_t k = 0; k < WEEKS; k++) {
    const fsim_interval *open = &w[0]->weeks[k].reached;
    const double exact = gsl_cdf_binomial_Q(4, open_wins_by(k), OPEN_DEALS);
    assert_true(open->low <= exact && exact <= open->high);
    const double reached = w[2]->weeks[k].reached.estimate;
    assert_true(w[1]->weeks[k].reached.estimate == reached); /* 1000 a win */
    assert_true(fabs(w[3]->weeks[k].reached.estimate - (1 - reached)) < 1e-12);
  }
  for (size_t k = 0; k < 4; k++) fsim_weekly_free(w[k]);
  end(&r);
}

/* Busy hours of the weeks add up to those of the window. */
static void hours_of_weeks_add_up(void **state) {
  (void)state;
  run r;
  simulate(&r,
           "scenario: team\nstart: 2026-01-05\nhorizon: 26 d\nseed: 4\nmodels:\n  f:\n"
           "    funnel: f\n    entry: a\n"
           "    stages: {a: {work: {team: desk, time: {exponential: {mean: 2 h}}}, exits: {won: "
           "1}}}\n"
           "    outcomes: {won: {counts_as: win}, lost: {}}\n"
           "teams: {desk: {size: 2}}\nstreams: {web: {into: f, rate: 12 / d}}\n",
           20);
  const fsim_weekly_options options = {0};
  fsim_weekly *weekly = weekly_of(&r.series, &options);
  assert_int_equal(weekly->n_teams, 1);
  assert_int_equal(weekly->n_weeks, 4);
  assert_int_equal(weekly->weeks[3].to, r.scenario->start_days + 26);
  double hours = 0;
  for (size_t w = 0; w < 4; w++) hours += weekly->weeks[w].hours[0].mean.estimate;
  const double exact = r.summary->teams[0].utilisation.mean.estimate * 2 * 26 * 24;
  assert_true(hours > 0 && fabs(hours - exact) < 1e-9 * exact);
  fsim_weekly_free(weekly);
  end(&r);
}

static void refuses(const fsim_series_source *source, const char *by, const char *target,
                    const char *says) {
  fsim_report *report = fsim_report_new();
  const fsim_weekly_options options = {.by = by, .target = target};
  fsim_weekly *weekly;
  assert_int_equal(fsim_weekly_make(source, &options, report, &weekly), FSIM_BAD_INPUT);
  assert_null(weekly);
  assert_non_null(strstr(fsim_report_message(report, 0)->text, says));
  fsim_report_free(report);
}

static void bad_wishes_are_told(void **state) {
  (void)state;
  run r;
  begin_forecast(&r);
  refuses(&r.series, NULL, "won >= 40 / month", "number in all");
  refuses(&r.series, NULL, "basic.cycle_days <= 20", "number in all");
  refuses(&r.series, NULL, "basic.wip <= 20", "number in all");
  refuses(&r.series, NULL, "won = 20", ">= or <=");
  refuses(&r.series, NULL, "wonn >= 20", "wonn");
  refuses(&r.series, "colour", NULL, "colour");
  end(&r);
}

/* ---- what is printed ---- */

static void prints_text_json_and_csv(void **state) {
  (void)state;
  run r;
  begin_forecast(&r);
  const fsim_weekly_options options = {.target = "won >= 12"};
  fsim_weekly *weekly = weekly_of(&r.series, &options);
  char *text[3];
  size_t size[3];
  int (*const print[])(const fsim_weekly *, FILE *, fsim_report *) = {
      fsim_weekly_text, fsim_weekly_json, fsim_weekly_csv};
  for (int k = 0; k < 3; k++) {
    FILE *out = open_memstream(&text[k], &size[k]);
    assert_int_equal(print[k](weekly, out, r.report), FSIM_OK);
    fclose(out);
  }
  const char *last = "2026-02-15"; /* of six weeks from 2026-01-05 */
  assert_non_null(strstr(text[0], last));
  assert_non_null(strstr(text[0], "Probability of won >= 12 by then"));
  for (const char *line = text[0]; *line != '\0'; line += strcspn(line, "\n") + 1)
    assert_true(strcspn(line, "\n") <= 80);
  json_t *root = json_loads(text[1], 0, NULL),
         *week = json_array_get(json_object_get(root, "weeks"), 5);
  assert_string_equal(json_string_value(json_object_get(week, "to")), last);
  const json_t *open = json_object_get(json_object_get(week, "by"), "open");
  assert_true(json_real_value(json_object_get(json_object_get(open, "won"), "mean")) ==
              weekly->weeks[5].figures[OPEN].won.mean.estimate);
  assert_true(json_real_value(json_object_get(json_object_get(week, "reached"), "mean")) ==
              weekly->weeks[5].reached.estimate);
  json_decref(root);
  size_t lines = 0;
  for (const char *c = text[2]; *c != '\0'; c++) lines += *c == '\n';
  assert_int_equal(lines, 1 + WEEKS * (3 * 5 + 1)); /* five figures of three groups, the target */
  for (int k = 0; k < 3; k++) free(text[k]);
  fsim_weekly_free(weekly);
  end(&r);
}

/* Of two funnels the second follows every win of the first at once, and half of it is won. */
static void one_funnel_is_told_alone(void **state) {
  (void)state;
  run r;
  simulate(&r,
           "scenario: two\nstart: 2026-01-05\nhorizon: 2 w\nseed: 4\nmodels:\n"
           "  lead: {funnel: lead, entry: a, stages: {a: {exits: {turned: 1}}},\n"
           "         outcomes: {turned: {counts_as: win}, lost: {}}}\n"
           "  sale: {funnel: sale, entry: b, stages: {b: {exits: {won: 50 %, lost: rest}}},\n"
           "         outcomes: {won: {counts_as: win}, lost: {}}}\n"
           "links: [{from: lead.turned, to: sale}]\nstreams: {web: {into: lead, rate: 12 / d}}\n",
           20);
  fsim_weekly *told[3];
  const char *const funnel[3] = {"lead", "sale", NULL};
  for (size_t i = 0; i < 3; i++) {
    const fsim_weekly_options options = {.funnel = funnel[i]};
    told[i] = weekly_of(&r.series, &options);
  }
  const fsim_estimate *lead = &told[0]->weeks[1].figures[0].won_so_far,
                      *sale = &told[1]->weeks[1].figures[0].won_so_far,
                      *both = &told[2]->weeks[1].figures[0].won_so_far;
  assert_true(fabs(lead->mean.estimate + sale->mean.estimate - both->mean.estimate) < 1e-9);
  assert_true(sale->mean.estimate > 0 && sale->mean.estimate < lead->mean.estimate);
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  assert_int_equal(fsim_weekly_text(told[2], out, r.report), FSIM_OK);
  fclose(out);
  assert_non_null(strstr(text, "lead + sale"));
  free(text);
  for (size_t i = 0; i < 3; i++) fsim_weekly_free(told[i]);
  fsim_report *report = fsim_report_new();
  fsim_weekly *none;
  const fsim_weekly_options wrong = {.funnel = "deals"};
  assert_int_equal(fsim_weekly_make(&r.series, &wrong, report, &none), FSIM_BAD_INPUT);
  assert_non_null(strstr(fsim_report_message(report, 0)->text, "it has lead, sale"));
  fsim_report_free(report);
  end(&r);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(weeks_are_as_theory_says), cmocka_unit_test(targets_are_of_what_is_named),
      cmocka_unit_test(hours_of_weeks_add_up),    cmocka_unit_test(bad_wishes_are_told),
      cmocka_unit_test(prints_text_json_and_csv), cmocka_unit_test(one_funnel_is_told_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
