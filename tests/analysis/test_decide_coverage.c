/* Intervals of sensitivities hold the exact effect as often as they say: each lever by itself, and
 * all levers together. Two models: a loop without waits, in closed form, and wins within a horizon,
 * by the exact engine. A number as argument: so many seeds in place of the usual. */
#include "analysis/decide/sensitivity.h"
#include "decide.h"
#include "sim/exact/exact.h"
#include "tests/oracle.h"

enum { MOST_LEVERS = 12, REPLICATIONS = 20 };

static size_t seeds = 100;

/* How often intervals held what they should. */
typedef struct tally {
  const char *name[MOST_LEVERS];
  double exact[MOST_LEVERS]; /* effect on wins a week */
  size_t n, held[MOST_LEVERS], all_held, of;
} tally;

/* Within 4 standard errors of the nominal share. */
static void assert_covers(const char *what, size_t held, size_t of, double share) {
  double found = (double)held / (double)of;
  double error = sqrt(share * (1 - share) / (double)of);
  print_message("%s: %.1f %% of %zu, nominal %.4g %%\n", what, 100 * found, of, 100 * share);
  if (fabs(found - share) > 4 * error) fail_msg("%s does not cover as it says", what);
}

static const fsim_lever_effect *effect_of(const fsim_sensitivity *s, const char *lever) {
  for (size_t i = 0; i < s->n_effects; i++)
    if (strcmp(s->effects[i].lever, lever) == 0) return &s->effects[i];
  fail_msg("%s was not moved", lever);
  return NULL;
}

static void analyse(const char *text, uint64_t seed, double confidence, tally *t) {
  char yaml[4096];
  const char *metric = "won";
  snprintf(yaml, sizeof yaml, "%sseed: %llu\n", text, (unsigned long long)seed);
  fsim_variant variant = variant_of(yaml, "coverage");
  fsim_sensitivity_options options = {.metrics = &metric,
                                      .n_metrics = 1,
                                      .replications = REPLICATIONS,
                                      .confidence = confidence,
                                      .simulate = true};
  fsim_report *report = fsim_report_new();
  fsim_sensitivity *s;
  int status = fsim_sensitivity_make(&variant, &options, report, &s);
  if (status != FSIM_OK) show_messages(report);
  assert_int_equal(status, FSIM_OK);
  assert_int_equal(s->intervals, t->n);
  size_t held = 0;
  for (size_t i = 0; i < t->n; i++) {
    const fsim_interval *change = &effect_of(s, t->name[i])->change[0].change;
    bool holds = change->low <= t->exact[i] && t->exact[i] <= change->high;
    t->held[i] += holds;
    held += holds;
  }
  t->all_held += held == t->n;
  t->of++;
  fsim_sensitivity_free(s);
  fsim_report_free(report);
  fsim_variant_free(&variant);
}

/* Each lever by itself at 95 %, then all together: Bonferroni holds at least what it says. */
static void check_coverage(const char *text, const tally *exact) {
  double n = (double)exact->n;
  tally each = *exact, together = *exact;
  size_t sum = 0;
  for (uint64_t seed = 1; seed <= seeds; seed++) analyse(text, seed, 1 - 0.05 * n, &each);
  for (size_t i = 0; i < exact->n; i++) {
    assert_covers(each.name[i], each.held[i], each.of, 0.95);
    sum += each.held[i];
  }
  /* Levers of one seed share its luck, so that the mean is as uncertain as one of them at most. */
  double mean = (double)sum / n / (double)seeds;
  print_message("mean over levers: %.2f %%\n", 100 * mean);
  assert_true(fabs(mean - 0.95) < 4 * sqrt(0.95 * 0.05 / (double)seeds));
  for (uint64_t seed = 1; seed <= seeds; seed++) analyse(text, 1000000 + seed, 0.9, &together);
  double share = (double)together.all_held / (double)together.of;
  print_message("all together: %.1f %%, nominal at least 90 %%\n", 100 * share);
  assert_true(share > 0.9 - 4 * sqrt(0.9 * 0.1 / (double)seeds));
}

/* ---- a loop without waits ---- */

#define LOOP                                                                           \
  "scenario: loop\nstart: 2026-01-05\nhorizon: 6 w\nreplications: 20\nmodels:\n  f:\n" \
  "    funnel: f\n    entry: enquiry\n    stages:\n"                                   \
  "      enquiry: {exits: {qualified: 0.6, lost: rest}}\n"                             \
  "      qualified: {exits: {proposal: 0.5, lost: rest}}\n"                            \
  "      proposal: {exits: {negotiation: 0.55, qualified: 0.15, lost: rest}}\n"        \
  "      negotiation: {exits: {won: 0.65, proposal: 0.1, lost: rest}}\n"               \
  "    outcomes: {won: {counts_as: win}, lost: {}}\nstreams: {web: {into: f, rate: 20 / d}}\n"

/* Probabilities in the order of the levers. */
enum { QUALIFIED, PROPOSAL, NEGOTIATION, BACK, WON, AGAIN, CHANCES };

static double winning(const double *p) {
  double from_proposal =
      p[NEGOTIATION] * p[WON] / (1 - p[BACK] * p[PROPOSAL] - p[NEGOTIATION] * p[AGAIN]);
  return p[QUALIFIED] * p[PROPOSAL] * from_proposal;
}

/* Wins a week that a point more of one exit brings; the others of its stage shrink in proportion.
 */
static double point_more(const double *now, int exit, double by) {
  static const int partner[CHANCES] = {-1, -1, BACK, NEGOTIATION, AGAIN, WON};
  double p[CHANCES];
  memcpy(p, now, sizeof p);
  if (partner[exit] >= 0) p[partner[exit]] *= (1 - now[exit] - by) / (1 - now[exit]);
  p[exit] += by;
  return 140 * (winning(p) - winning(now));
}

/* The derivatives that the shared oracle has are those of the formula above. */
static void check_loop_oracle(const double *now) {
  static const char *const key[CHANCES] = {"enquiry.qualified",    "qualified.proposal",
                                           "proposal.negotiation", "proposal.qualified",
                                           "negotiation.won",      "negotiation.proposal"};
  json_t *file, *found = fsim_oracle("loop-chain-p", &file);
  for (int i = 0; i < CHANCES && found != NULL; i++) {
    char path[96];
    snprintf(path, sizeof path, "exact/derivatives/%s/d_p_won", key[i]);
    double by = 1e-5, slope = (point_more(now, i, by) - point_more(now, i, -by)) / (280 * by);
    assert_true(fabs(slope - fsim_oracle_number(found, path)) < 1e-6);
  }
  json_decref(file);
}

static void steps_of_a_loop(void **state) {
  (void)state;
  static const double now[CHANCES] = {0.6, 0.5, 0.55, 0.15, 0.65, 0.1};
  tally t = {.name = {"f.stages.enquiry.exits.qualified", "f.stages.qualified.exits.proposal",
                      "f.stages.proposal.exits.negotiation", "f.stages.proposal.exits.qualified",
                      "f.stages.negotiation.exits.won", "f.stages.negotiation.exits.proposal",
                      "streams.web.rate"},
             .n = CHANCES + 1};
  check_loop_oracle(now);
  for (int i = 0; i < CHANCES; i++) t.exact[i] = point_more(now, i, 0.01);
  t.exact[CHANCES] = 14 * winning(now);
  check_coverage(LOOP, &t);
}

/* ---- wins within a horizon ---- */

#define TRANSIENT                                                                             \
  "scenario: transient\nstart: 2026-01-05\nhorizon: 60 d\nreplications: 20\nmodels:\n  f:\n"  \
  "    funnel: f\n    entry: a\n    stages:\n"                                                \
  "      a: {wait: {lognormal: {mean: 4 d, cv: 0.8}}, exits: {b: 0.6, lost: rest}}\n"         \
  "      b: {wait: {lognormal: {mean: 8 d, cv: 0.8}}, exits: {c: 0.5, a: 0.1, lost: rest}}\n" \
  "      c: {wait: {lognormal: {mean: 12 d, cv: 0.8}}, exits: {won: 0.4, lost: rest}}\n"      \
  "    outcomes: {won: {counts_as: win}, lost: {}}\nstreams: {web: {into: f, rate: 30 / d}}\n"

static double exact_wins(const fsim_variant *variant) {
  fsim_report *report = fsim_report_new();
  fsim_exact *exact;
  const fsim_scenario *s = variant->scenario;
  double wins = 0;
  assert_int_equal(fsim_exact_make(s, NULL, report, &exact), FSIM_OK);
  for (size_t p = 0; p < s->n_profiles; p++)
    for (size_t o = 0; o < s->n_outcomes; o++)
      if (strcmp(s->outcomes[o].name, "won") == 0) wins += exact->ended[p * s->n_outcomes + o];
  fsim_exact_free(exact);
  fsim_report_free(report);
  return wins;
}

typedef struct horizon_lever {
  const char *lever, *step;
  double by, slope; /* derivative of wins, of the shared oracle transient-wins-p */
} horizon_lever;

static void steps_within_a_horizon(void **state) {
  (void)state;
  static const horizon_lever levers[] = {{"f.stages.a.wait", "x0.9", -0.4, -3.95180047475},
                                         {"f.stages.b.wait", "x0.9", -0.8, -3.87553501825},
                                         {"f.stages.c.wait", "x0.9", -1.2, -3.56942022302},
                                         {"f.stages.a.exits.b", "+1 pp", 0.01, 236.062238092},
                                         {"f.stages.b.exits.c", "+1 pp", 0.01, 260.344203253},
                                         {"f.stages.b.exits.a", "+1 pp", 0.01, -93.6790409406},
                                         {"f.stages.c.exits.won", "+1 pp", 0.01, 339.761805585},
                                         {"streams.web.rate", "x1.1", 3, 4.5301574078}};
  tally t = {.n = sizeof levers / sizeof *levers};
  fsim_variant base = variant_of(TRANSIENT, "transient");
  double now = exact_wins(&base);
  for (size_t i = 0; i < t.n; i++) {
    char set[96];
    snprintf(set, sizeof set, "%s=%s", levers[i].lever, levers[i].step);
    fsim_variant moved = derived_from(&base, set);
    double effect = exact_wins(&moved) - now, straight = levers[i].by * levers[i].slope;
    /* A step is the derivative and its own curvature. */
    assert_true(fabs(effect - straight) < 0.06 * fabs(straight));
    t.name[i] = levers[i].lever;
    t.exact[i] = effect * 7 / 60;
    fsim_variant_free(&moved);
  }
  fsim_variant_free(&base);
  check_coverage(TRANSIENT, &t);
}

int main(int argc, char **argv) {
  if (argc > 1) seeds = (size_t)strtoul(argv[1], NULL, 10);
  if (seeds == 0) return 2;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(steps_of_a_loop),
      cmocka_unit_test(steps_within_a_horizon),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
