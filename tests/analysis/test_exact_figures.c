/* The page of exact figures: what it adds to the engine's, by group, against closed forms. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka needs those above */
#include <cmocka.h>

#include "analysis/exact_figures.h"
#include "sim/base/quantity.h"
#include "sim/model/source.h"

static const char text[] =
    "scenario: figures\n"
    "start: 2026-01-05\n"
    "horizon: 20 w\n"
    "warm_up: 4 w\n"
    "attributes: {segment: [smb, enterprise]}\n"
    "models:\n"
    "  f:\n"
    "    funnel: f\n"
    "    entry: a\n"
    "    stages:\n"
    "      a:\n"
    "        exits:\n"
    "          won: {probability: 0.3, wait: {exponential: {mean: 5 d}}}\n"
    "          lost: {probability: rest, wait: {exponential: {mean: 20 d}}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "    value: 100\n"
    "    overrides:\n"
    "      - when: {segment: enterprise}\n"
    "        stages: {a: {exits: {won: {probability: 0.6, wait: {exponential: {mean: 9 d}}}}}}\n"
    "        value: 1000\n"
    "streams:\n"
    "  web: {into: f, rate: 4 / d, attributes: {segment: {smb: 0.75, enterprise: 0.25}}}\n";

typedef struct page {
  fsim_report *report;
  fsim_source *source;
  fsim_scenario *s;
  fsim_exact_figures *x;
} page;

static page page_of(const char *yaml) {
  page p = {.report = fsim_report_new()};
  int status = fsim_source_parse("test.yaml", yaml, strlen(yaml), NULL, NULL, NULL, 0, NULL, 0,
                                 p.report, &p.source);
  if (status == FSIM_OK) status = fsim_source_realise(p.source, FSIM_CENTRAL, p.report, &p.s);
  if (status == FSIM_OK) status = fsim_exact_figures_make(p.s, 0, p.report, &p.x);
  for (size_t i = 0; fsim_report_message(p.report, i); i++)
    print_message("%s\n", fsim_report_message(p.report, i)->text);
  assert_int_equal(status, FSIM_OK);
  return p;
}

static void page_free(page *p) {
  fsim_exact_figures_free(p->x);
  fsim_scenario_free(p->s);
  fsim_source_free(p->source);
  fsim_report_free(p->report);
}

static void near(double found, double expected, double relative) {
  if (!(fabs(found - expected) <= relative * fabs(expected)))
    fail_msg("%.12g instead of %.12g", found, expected);
}

/* Of the wins of leads that come at `rate` a day: by T those whose wait is over. */
static double won_by(double rate, double p, double mean, double t) {
  return rate * p * (t - mean * (1 - exp(-t / mean)));
}

static void wins_and_value_in_the_window_by_segment(void **state) {
  (void)state;
  page p = page_of(text);
  double smb = won_by(3, 0.3, 5, 140) - won_by(3, 0.3, 5, 28);
  double enterprise = won_by(1, 0.6, 9, 140) - won_by(1, 0.6, 9, 28);
  assert_int_equal(p.x->n_groups, 3);
  near(p.x->funnels[1].won, smb, 1e-6);
  near(p.x->funnels[2].won, enterprise, 1e-6);
  near(p.x->funnels[0].won, smb + enterprise, 1e-6);
  near(p.x->funnels[0].value, 100 * smb + 1000 * enterprise, 1e-6);
  near(p.x->funnels[0].conversion, 0.75 * 0.3 + 0.25 * 0.6, 1e-9);
  assert_true(p.x->balance < 1e-9);
  page_free(&p);
}

/* Exponential times: second moments are twice the squares of their means. */
static void times_of_a_mixture_have_its_mean_and_variance(void **state) {
  (void)state;
  page p = page_of(text);
  const fsim_exact_funnel *all = &p.x->funnels[0];
  double weight[] = {0.75 * 0.3, 0.75 * 0.7, 0.25 * 0.6, 0.25 * 0.4}, days[] = {5, 20, 9, 20};
  double mean = 0, square = 0, won = weight[0] + weight[2];
  for (int i = 0; i < 4; i++) {
    mean += weight[i] * days[i];
    square += weight[i] * 2 * days[i] * days[i];
  }
  near(all->cycle_mean_s / FSIM_DAY, mean, 1e-6);
  near(all->cycle_variance_s2 / (FSIM_DAY * FSIM_DAY), square - mean * mean, 1e-6);
  mean = (weight[0] * 5 + weight[2] * 9) / won;
  square = (weight[0] * 50 + weight[2] * 162) / won;
  near(all->win_mean_s / FSIM_DAY, mean, 1e-6);
  near(all->win_variance_s2 / (FSIM_DAY * FSIM_DAY), square - mean * mean, 1e-6);
  page_free(&p);
}

/* Those still there are the slow ones, of all segments together. */
static void the_probability_of_winning_falls_with_age(void **state) {
  (void)state;
  page p = page_of(text);
  for (size_t a = 0; a < FSIM_EXACT_AGES; a++) {
    double t = fsim_exact_age_days[a];
    double win_smb = 0.3 * exp(-t / 5), lost_smb = 0.7 * exp(-t / 20);
    double win_ent = 0.6 * exp(-t / 9), lost_ent = 0.4 * exp(-t / 20);
    near(p.x->stages[1].win[a], win_smb / (win_smb + lost_smb), 1e-5);
    near(p.x->stages[0].win[a],
         (3 * win_smb + win_ent) / (3 * (win_smb + lost_smb) + win_ent + lost_ent), 1e-5);
  }
  page_free(&p);
}

/* Value follows the segments' own, wins their number: a rate moves both in proportion. */
static void a_rate_moves_wins_and_value_in_proportion(void **state) {
  (void)state;
  page p = page_of(text);
  size_t seen = 0;
  for (size_t l = 0; l < p.x->exact->n_levers; l++) {
    const fsim_exact_effect *e = &p.x->effects[l];
    if (e->lever.kind != FSIM_EXACT_RATE) continue;
    char *path = fsim_exact_lever_path(p.s, &e->lever);
    assert_string_equal(path, "streams.web.rate");
    free(path);
    near(e->won[0], p.x->funnels[0].won, 1e-6);
    near(e->value, p.x->funnels[0].value, 1e-6);
    seen++;
  }
  assert_int_equal(seen, 1);
  page_free(&p);
}

/* The deals of a CSV file, open at the start. */
static page page_with_deals(const char *deals, const char *columns, const char *const *sets,
                            size_t n_sets) {
  static const char *const names[] = {"deals.csv"};
  page p = {.report = fsim_report_new()};
  char yaml[2048];
  size_t length = strlen(deals);
  snprintf(yaml, sizeof yaml,
           "%spipeline: {file: deals.csv, funnel: f, stage: stage, entered: entered, %s}\n", text,
           columns);
  int status = fsim_source_parse("test.yaml", yaml, strlen(yaml), names, &deals, &length, 1, sets,
                                 n_sets, p.report, &p.source);
  if (status == FSIM_OK) status = fsim_source_realise(p.source, FSIM_CENTRAL, p.report, &p.s);
  if (status == FSIM_OK) status = fsim_exact_figures_make(p.s, 0, p.report, &p.x);
  if (status != FSIM_OK) fail_msg("%s", fsim_report_message(p.report, 0)->text);
  return p;
}

/* All new leads are smb and both open deals enterprise, a week old: their wins count, under their
 * own segment, as in the weeks. */
static void open_deals_of_a_segment_without_new_leads_count(void **state) {
  (void)state;
  static const char *const sets[] = {"streams.web.attributes.segment={smb: 1, enterprise: 0}"};
  page p =
      page_with_deals("stage,entered,segment\na,2025-12-29,enterprise\na,2025-12-29,enterprise\n",
                      "attributes: {segment: segment}", sets, 1);
  double here = 0.6 * exp(-7.0 / 9) + 0.4 * exp(-7.0 / 20), weekly = 0;
  double deals = 2 * 0.6 * (exp(-35.0 / 9) - exp(-147.0 / 9)) / here;
  double still = 2 * (0.6 * exp(-147.0 / 9) + 0.4 * exp(-147.0 / 20)) / here;
  double smb = won_by(4, 0.3, 5, 140) - won_by(4, 0.3, 5, 28);
  for (size_t w = 4; w < p.x->exact->n_weeks; w++) weekly += p.x->exact->weekly[w];
  near(p.x->funnels[1].won, smb, 1e-6);
  near(p.x->funnels[2].won, deals, 1e-5);
  near(p.x->funnels[2].value, 1000 * deals, 1e-5);
  near(p.x->funnels[0].won, smb + deals, 1e-6);
  near(p.x->funnels[0].value, 100 * smb + 1000 * deals, 1e-6);
  near(p.x->funnels[0].won, weekly, 1e-9);
  near(p.x->funnels[2].open, still, 1e-5);
  near(p.x->stages[0].open, p.x->funnels[0].open, 1e-9);
  assert_true(p.x->funnels[2].journeys == 0 && p.x->stages[2].visits == 0);
  char *said = NULL;
  size_t size;
  FILE *out = open_memstream(&said, &size);
  assert_int_equal(fsim_exact_figures_json(p.x, false, out, p.report), FSIM_OK);
  fclose(out);
  const char *group = strstr(said, "\"segment\": \"enterprise\"");
  assert_non_null(group);
  assert_non_null(strstr(group, "\"win_days\": {"));
  assert_memory_equal(strstr(strstr(group, "\"win_days\": {"), "\"sd\": "), "\"sd\": null", 10);
  free(said);
  page_free(&p);
}

/* A deal of 5,000 where new ones bring 100: the page says whose values it tells. */
static void values_of_open_deals_are_told_apart(void **state) {
  (void)state;
  static const char *const deals[] = {"stage,entered,amount\na,2025-12-29,5000\n",
                                      "stage,entered,amount\na,2025-12-29,\n"};
  for (int own = 0; own < 2; own++) {
    page p = page_with_deals(deals[own], "value: amount", NULL, 0);
    char *said = NULL;
    size_t size;
    FILE *out = open_memstream(&said, &size);
    assert_int_equal(fsim_exact_figures_text(p.x, false, out, p.report), FSIM_OK);
    fclose(out);
    assert_int_equal(strstr(said, "not those of the open deals") != NULL, own == 0);
    free(said);
    page_free(&p);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(wins_and_value_in_the_window_by_segment),
      cmocka_unit_test(times_of_a_mixture_have_its_mean_and_variance),
      cmocka_unit_test(the_probability_of_winning_falls_with_age),
      cmocka_unit_test(a_rate_moves_wins_and_value_in_proportion),
      cmocka_unit_test(open_deals_of_a_segment_without_new_leads_count),
      cmocka_unit_test(values_of_open_deals_are_told_apart),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
