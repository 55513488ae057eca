/* Figures within the horizon against independent exact answers: a transient funnel with a loop and
 * five linked funnels. The figures stand here as computed by the sources named in docs/exact.md. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "sim/exact/exact.h"
/* cmocka needs the four above */
#include <cmocka.h>

#include "sim/model/chain.h"
#include "sim/model/source.h"

static const char transient[] =
    "scenario: transient\n"
    "start: 2026-01-05\n"
    "horizon: 60 d\n"
    "models:\n"
    "  f:\n"
    "    funnel: f\n"
    "    entry: a\n"
    "    stages:\n"
    "      a: {wait: {lognormal: {mean: 4 d, cv: 0.8}}, exits: {b: 0.6, lost: rest}}\n"
    "      b: {wait: {lognormal: {mean: 8 d, cv: 0.8}}, exits: {c: 0.5, a: 0.1, lost: rest}}\n"
    "      c: {wait: {lognormal: {mean: 12 d, cv: 0.8}}, exits: {won: 0.4, lost: rest}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "streams:\n"
    "  new: {into: f, rate: 30 / d}\n";

static fsim_scenario *read(const char *text, fsim_source **source, fsim_report **report) {
  *report = fsim_report_new();
  fsim_scenario *s = NULL;
  int status = fsim_source_parse("test.yaml", text, strlen(text), NULL, NULL, NULL, 0, NULL, 0,
                                 *report, source);
  if (status == FSIM_OK) status = fsim_source_realise(*source, FSIM_CENTRAL, *report, &s);
  for (size_t i = 0; fsim_report_message(*report, i); i++)
    printf("%s\n", fsim_report_message(*report, i)->text);
  assert_int_equal(status, FSIM_OK);
  return s;
}

static void near(double found, double expected, double relative) {
  if (!(fabs(found - expected) <= relative * fabs(expected)))
    fail_msg("%.12g instead of %.12g", found, expected);
}

static size_t outcome(const fsim_scenario *s, const char *funnel, const char *name) {
  for (size_t o = 0; o < s->n_outcomes; o++) {
    if (strcmp(s->outcomes[o].name, name) == 0 &&
        strcmp(s->funnels[s->outcomes[o].funnel].name, funnel) == 0)
      return o;
  }
  fail_msg("no %s.%s", funnel, name);
  return 0;
}

static double lever(const fsim_scenario *s, const fsim_exact *exact, const char *stage,
                    const char *exit) {
  for (size_t l = 0; l < exact->n_levers; l++) {
    const fsim_exact_lever *v = &exact->levers[l];
    if (v->kind != (exit ? FSIM_EXACT_EXIT : FSIM_EXACT_WAIT)) continue;
    const fsim_stage *st = &s->stages[v->stage];
    if (strcmp(st->name, stage) != 0) continue;
    if (!exit || strcmp(st->exits[v->exit].name, exit) == 0) return v->derivative;
  }
  fail_msg("no lever of %s", stage);
  return 0;
}

static void a_transient_funnel_has_its_wins_and_all_derivatives(void **state) {
  (void)state;
  fsim_source *source;
  fsim_report *report;
  fsim_scenario *s = read(transient, &source, &report);
  fsim_exact *exact;
  assert_int_equal(fsim_exact_make(s, NULL, report, &exact), FSIM_OK);
  near(exact->ended[outcome(s, "f", "won")], 135.904722234, 1e-7);
  near(exact->ended[outcome(s, "f", "lost")], 1270.93765337, 1e-7);
  near(exact->open[0] + exact->open[1] + exact->open[2], 393.157624391, 1e-7);
  assert_true(exact->balance < 1e-9);
  assert_true(exact->error < 1e-4);
  double weeks = 0;
  for (size_t w = 0; w < exact->n_weeks; w++)
    weeks += exact->weekly[outcome(s, "f", "won") * exact->n_weeks + w];
  near(weeks, 135.904722234, 1e-7);
  near(lever(s, exact, "a", NULL) / 4, -3.95180047475, 1e-5);
  near(lever(s, exact, "b", NULL) / 8, -3.87553501825, 1e-5);
  near(lever(s, exact, "c", NULL) / 12, -3.56942022302, 1e-5);
  near(lever(s, exact, "a", "b"), 236.062238092, 1e-6);
  near(lever(s, exact, "a", "lost"), -236.062238092, 1e-6);
  near(lever(s, exact, "b", "c"), 260.344203253, 1e-6);
  near(lever(s, exact, "b", "a"), -93.6790409406, 1e-6);
  near(lever(s, exact, "b", "lost"), -236.062238092, 1e-6);
  near(lever(s, exact, "c", "won"), 339.761805585, 1e-6);
  for (size_t l = 0; l < exact->n_levers; l++) {
    if (exact->levers[l].kind == FSIM_EXACT_RATE)
      near(exact->levers[l].derivative, 30 * 4.5301574078, 1e-7);
  }
  fsim_exact_free(exact);
  fsim_scenario_free(s);
  fsim_source_free(source);
  fsim_report_free(report);
}

#define ENDS "    outcomes: {won: {counts_as: win}, lost: {}}\n"

static const char linked[] =
    "scenario: linked\n"
    "start: 2026-01-05\n"
    "horizon: 364 d\n"
    "currency: EUR\n"
    "models:\n"
    "  marketing:\n    funnel: marketing\n    entry: s1\n    stages:\n"
    "      s1: {wait: {exponential: {mean: 3 d}}, exits: {s2: 0.3, lost: rest}}\n"
    "      s2: {wait: {lognormal: {mean: 10 d, cv: 1}}, exits: {won: 0.5, lost: rest}}\n" ENDS
    "  lead-gen:\n    funnel: lead-gen\n    entry: s1\n    stages:\n"
    "      s1: {wait: {gamma: {mean: 2 d, cv: 0.6}}, exits: {s2: 0.7, lost: rest}}\n"
    "      s2: {wait: {lognormal: {mean: 5 d, cv: 0.8}}, exits: {won: 0.55, lost: rest}}\n" ENDS
    "  basic:\n    funnel: basic\n    entry: s1\n    value: 12000\n    stages:\n"
    "      s1: {wait: {exponential: {mean: 4 d}}, exits: {s2: 0.5, lost: rest}}\n"
    "      s2: {wait: {lognormal: {mean: 9 d, cv: 1.1}}, exits: {s3: 0.6, lost: rest}}\n"
    "      s3: {wait: {weibull: {shape: 1.3, scale: 12 d}}, exits: {won: 0.55, lost: rest}}\n" ENDS
    "  upsell:\n    funnel: upsell\n    entry: s1\n    value: 5000\n    stages:\n"
    "      s1: {wait: {exponential: {mean: 20 d}}, exits: {s2: 0.3, lost: rest}}\n"
    "      s2: {wait: {lognormal: {mean: 12 d, cv: 0.7}}, exits: {won: 0.6, lost: rest}}\n" ENDS
    "  cross-sell:\n    funnel: cross-sell\n    entry: s1\n    value: 8000\n    stages:\n"
    "      s1: {wait: {lognormal: {mean: 25 d, cv: 0.8}}, exits: {won: 0.25, lost: rest}}\n" ENDS
    "links:\n"
    "  - {from: marketing.won, to: lead-gen}\n"
    "  - {from: lead-gen.won, to: basic}\n"
    "  - {from: basic.won, to: upsell, probability: 0.8, after: {exponential: {mean: 90 d}}}\n"
    "  - {from: basic.won, to: cross-sell, probability: 0.5, after: {exponential: {mean: 60 d}}}\n"
    "  - {from: basic.lost, to: marketing, probability: 0.15, after: {exponential: {mean: 90 d}}}\n"
    "streams:\n"
    "  new: {into: marketing, rate: 50 / d}\n";

static size_t funnel(const fsim_scenario *s, const char *name) {
  for (size_t f = 0; f < s->n_funnels; f++) {
    if (strcmp(s->funnels[f].name, name) == 0) return f;
  }
  fail_msg("no funnel %s", name);
  return 0;
}

static void linked_funnels_have_their_journeys_wins_and_value(void **state) {
  (void)state;
  static const struct {
    const char *name;
    double wins, journeys;
  } expected[] = {{"marketing", 2645.25670116, 18289.6381761},
                  {"lead-gen", 998.068722559, 2645.25670116},
                  {"basic", 153.127143664, 998.068722559},
                  {"upsell", 13.8969153126, 88.9944237321},
                  {"cross-sell", 14.0765600973, 62.2506793569}};
  fsim_source *source;
  fsim_report *report;
  fsim_scenario *s = read(linked, &source, &report);
  fsim_exact *exact;
  assert_int_equal(fsim_exact_make(s, NULL, report, &exact), FSIM_OK);
  double value = 0;
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
    size_t won = outcome(s, expected[i].name, "won");
    near(exact->ended[won], expected[i].wins, 1e-6);
    near(exact->journeys[funnel(s, expected[i].name)], expected[i].journeys, 1e-6);
    value += exact->value[won];
  }
  near(value, 2019622.78131, 1e-6);
  assert_true(exact->balance < 1e-9);
  fsim_exact_free(exact);
  fsim_scenario_free(s);
  fsim_source_free(source);
  fsim_report_free(report);
}

/* Wins of a text with `from` (once in it) written as `to`. */
static double wins_with(const char *text, const char *from, const char *to) {
  char moved[4096];
  const char *place = strstr(text, from);
  assert_non_null(place);
  snprintf(moved, sizeof moved, "%.*s%s%s", (int)(place - text), text, to, place + strlen(from));
  fsim_source *source;
  fsim_report *report;
  fsim_scenario *s = read(moved, &source, &report);
  fsim_exact *exact;
  assert_int_equal(fsim_exact_make(s, NULL, report, &exact), FSIM_OK);
  double wins = 0;
  for (size_t o = 0; o < s->n_outcomes; o++) wins += s->outcomes[o].win ? exact->ended[o] : 0;
  fsim_exact_free(exact);
  fsim_scenario_free(s);
  fsim_source_free(source);
  fsim_report_free(report);
  return wins;
}

static void links_and_waits_have_the_derivatives_of_differences(void **state) {
  (void)state;
  fsim_source *source;
  fsim_report *report;
  fsim_scenario *s = read(linked, &source, &report);
  fsim_exact *exact;
  assert_int_equal(fsim_exact_make(s, NULL, report, &exact), FSIM_OK);
  double up = wins_with(linked, "probability: 0.15", "probability: 0.151");
  double down = wins_with(linked, "probability: 0.15", "probability: 0.149");
  for (size_t l = 0; l < exact->n_levers; l++) {
    const fsim_exact_lever *v = &exact->levers[l];
    if (v->kind == FSIM_EXACT_LINK &&
        strcmp(s->funnels[s->links[v->number].to].name, "marketing") == 0)
      near(v->derivative, (up - down) / 0.002, 1e-5);
    if (v->kind == FSIM_EXACT_WAIT && v->stage == s->funnels[funnel(s, "lead-gen")].entry) {
      double longer = wins_with(linked, "mean: 2 d", "mean: 2.01 d");
      double shorter = wins_with(linked, "mean: 2 d", "mean: 1.99 d");
      near(v->derivative, (longer - shorter) / 0.01, 1e-4);
    }
  }
  fsim_exact_free(exact);
  fsim_scenario_free(s);
  fsim_source_free(source);
  fsim_report_free(report);
}

/* A deadline inside the gamma's mass, a counted loop, a race: all that starts is accounted for, and
 * after ten times the longest wait the shares are those of the chain. */
static const char rules[] =
    "scenario: rules\n"
    "start: 2026-01-05\n"
    "horizon: 52 w\n"
    "models:\n  f:\n    funnel: f\n    entry: a\n    stages:\n"
    "      a: {wait: {gamma: {mean: 4 d, cv: 0.7}}, expire: {after: 5 d, to: cold}, "
    "exits: {b: 0.7, lost: rest}}\n"
    "      b: {wait: {lognormal: {mean: 3 d, cv: 0.5}}, max_visits: {count: 2, to: cold}, "
    "exits: {a: 0.3, c: 0.4, lost: rest}}\n"
    "      c: {race: true, exits: {won: {wait: {exponential: {mean: 6 d}}}, "
    "lost: {wait: {exponential: {mean: 3 d}}}}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}, cold: {}}\n"
    "streams:\n  fair: {into: f, campaign: {on: 2026-01-12, leads: 1000, over: 7 d}}\n";

static void rules_lose_nobody(void **state) {
  (void)state;
  fsim_source *source;
  fsim_report *report;
  fsim_scenario *s = read(rules, &source, &report);
  fsim_exact *exact;
  fsim_chain *chain;
  assert_int_equal(fsim_exact_make(s, NULL, report, &exact), FSIM_OK);
  assert_int_equal(fsim_chain_make(s, 0, 0, 0, report, &chain), FSIM_OK);
  assert_true(exact->balance < 1e-9);
  for (size_t o = 0; o < s->n_outcomes; o++) near(exact->ended[o], 1000 * chain->outcome[o], 1e-5);
  for (size_t i = 0; i < s->n_stages; i++) near(exact->visits[i], 1000 * chain->visits[i], 1e-5);
  fsim_chain_free(chain);
  fsim_exact_free(exact);
  fsim_scenario_free(s);
  fsim_source_free(source);
  fsim_report_free(report);
}

static void open_deals_go_on_at_their_age(void **state) {
  (void)state;
  static const char text[] =
      "scenario: deals\n"
      "start: 2026-01-05\n"
      "horizon: 30 d\n"
      "models:\n  f:\n    funnel: f\n    entry: p\n    stages:\n"
      "      p: {wait: {lognormal: {mean: 10 d, cv: 1}}, exits: {n: 0.5, lost: rest}}\n"
      "      n: {wait: {weibull: {shape: 1.4, scale: 12 d}}, exits: {won: 0.6, lost: rest}}\n"
      "    outcomes: {won: {counts_as: win}, lost: {}}\n"
      "pipeline: {file: deals.csv, funnel: f, stage: stage, entered: entered}\n";
  static const char csv[] =
      "stage,entered\np,2026-01-03\np,2025-12-11\nn,2026-01-05\nn,2025-12-21\n";
  const char *name = "deals.csv", *csv_text = csv;
  size_t length = strlen(csv);
  fsim_report *report = fsim_report_new();
  fsim_source *source = NULL;
  fsim_scenario *s = NULL;
  fsim_exact *exact = NULL;
  assert_int_equal(fsim_source_parse("test.yaml", text, strlen(text), &name, &csv_text, &length, 1,
                                     NULL, 0, report, &source),
                   FSIM_OK);
  assert_int_equal(fsim_source_realise(source, FSIM_CENTRAL, report, &s), FSIM_OK);
  assert_int_equal(fsim_exact_make(s, NULL, report, &exact), FSIM_OK);
  near(exact->ended[outcome(s, "f", "won")], 1.6526266506, 1e-5);
  assert_true(exact->balance < 1e-9);
  fsim_exact_free(exact);
  fsim_scenario_free(s);
  fsim_source_free(source);
  fsim_report_free(report);
}

static void teams_have_no_exact_answer(void **state) {
  (void)state;
  static const char text[] =
      "scenario: team\n"
      "start: 2026-01-05\n"
      "horizon: 30 d\n"
      "models:\n  f:\n    funnel: f\n    entry: a\n    stages:\n"
      "      a: {work: {team: x, time: 1 h}, exits: {won: 0.5, lost: rest}}\n"
      "    outcomes: {won: {counts_as: win}, lost: {}}\n"
      "teams: {x: {size: 1}}\n"
      "streams: {new: {into: f, rate: 3 / d}}\n";
  fsim_source *source;
  fsim_report *report;
  fsim_scenario *s = read(text, &source, &report);
  fsim_exact *exact;
  assert_int_equal(fsim_exact_make(s, NULL, report, &exact), FSIM_BAD_INPUT);
  assert_null(exact);
  const fsim_message *message = fsim_report_message(report, fsim_report_count(report, FSIM_NOTE));
  assert_non_null(message);
  assert_non_null(strstr(message->text, "has work of team"));
  fsim_scenario_free(s);
  fsim_source_free(source);
  fsim_report_free(report);
}

/* Nor have weeks that vary; a pace that does not is none. */
static void paces_have_no_exact_answer(void **state) {
  (void)state;
  static const char *const cvs[] = {"20 %", "0"};
  for (size_t i = 0; i < 2; i++) {
    char text[2000];
    snprintf(text, sizeof text, "%spaces: {zeal: {cv: %s, stages: [f.b]}}\n", transient, cvs[i]);
    fsim_source *source;
    fsim_report *report;
    fsim_scenario *s = read(text, &source, &report);
    fsim_exact *exact;
    int status = fsim_exact_make(s, NULL, report, &exact);
    assert_int_equal(status, i == 0 ? FSIM_BAD_INPUT : FSIM_OK);
    if (i == 0)
      assert_non_null(strstr(fsim_report_message(report, 0)->text, "no exact answer: pace zeal"));
    else
      near(exact->ended[outcome(s, "f", "won")], 135.904722234, 1e-5);
    fsim_exact_free(exact);
    fsim_scenario_free(s);
    fsim_source_free(source);
    fsim_report_free(report);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_transient_funnel_has_its_wins_and_all_derivatives),
      cmocka_unit_test(linked_funnels_have_their_journeys_wins_and_value),
      cmocka_unit_test(links_and_waits_have_the_derivatives_of_differences),
      cmocka_unit_test(rules_lose_nobody),
      cmocka_unit_test(open_deals_go_on_at_their_age),
      cmocka_unit_test(teams_have_no_exact_answer),
      cmocka_unit_test(paces_have_no_exact_answer),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
