/* Plans whose unreached journeys are simulated once for all of them come out with the same bits as
 * plans that are simulated whole. */
#include "analysis/decide/plans.h"
#include "analysis/decide/reach.h"
#include "decide.h"

enum { REPLICATIONS = 2 };

static const char *const five_funnels[] = {
    "marketing.stages.webinar.wait=x0.9",
    "marketing.stages.article.exits.webinar=+1 pp",
    "lead-gen.stages.attract.wait=x0.9",
    "lead-gen.stages.qualify.exits.appointment=+1 pp",
    "basic.stages.enquiry.work.time=x0.9",
    "basic.stages.proposal.exits.qualified=+1 pp",
    "basic.stages.negotiation.exits.won.wait=x0.9",
    "basic.value=x1.1",
    "upsell.stages.using.exits.trigger.wait=x0.9",
    "upsell.stages.offer.exits.won=+1 pp",
    "cross-sell.stages.fit.exits.intro=+1 pp",
    "cross-sell.value=x1.1",
    "teams.sdr.size=+1",
    "teams.ae.size=+1",
    "teams.manager.size=-1",
    "teams.success.size=+1",
    "streams.web.rate=x1.1",
    "streams.partners.rate=x1.1",
    "links.3.probability=+1 pp",
    "links.4.after=x0.9",
    "links.7.probability=+1 pp",
};

static const char *const metrics[] = {
    "won",
    "value",
    "spent",
    "marketing.won",
    "lead-gen.won",
    "basic.won",
    "basic.cycle_days",
    "basic.conversion",
    "basic.wip",
    "basic.proposal.queue_days",
    "upsell.won",
    "upsell.cycle_days",
    "upsell.offer.entered",
    "cross-sell.won",
    "marketing.newsletter.days",
    "marketing.started",
    "teams.sdr.utilisation",
    "teams.ae.queue_days",
    "teams.success.utilisation",
    "teams.success.queue_length",
    "basic.won[enterprise]",
};
#define COUNT(list) (sizeof(list) / sizeof *(list))

static fsim_plan_job *run(const fsim_variant *variant, const char *const *sets, size_t n,
                          const char *const *names, size_t n_names, bool whole) {
  char *copies[COUNT(metrics)];
  fsim_plan_job *jobs = calloc(n, sizeof *jobs);
  fsim_report *report = fsim_report_new();
  for (size_t i = 0; i < n; i++) jobs[i].set = strdup(sets[i]);
  for (size_t m = 0; m < n_names; m++) copies[m] = strdup(names[m]);
  fsim_plans_options options = {
      .names = copies, .n_names = n_names, .replications = REPLICATIONS, .whole = whole};
  int status = fsim_plans_run(variant, jobs, n, &options, report);
  if (status != FSIM_OK) show_messages(report);
  assert_int_equal(status, FSIM_OK);
  for (size_t m = 0; m < n_names; m++) free(copies[m]);
  fsim_report_free(report);
  return jobs;
}

static void assert_same_bits(const fsim_variant *variant, const char *const *sets, size_t n,
                             const char *const *names, size_t n_names) {
  fsim_plan_job *part = run(variant, sets, n, names, n_names, false);
  fsim_plan_job *whole = run(variant, sets, n, names, n_names, true);
  size_t bytes = REPLICATIONS * sizeof(double);
  for (size_t i = 0; i < n; i++) {
    if (part[i].refused != NULL) fail_msg("%s: %s", sets[i], part[i].refused);
    for (size_t m = 0; m < n_names; m++) {
      const double *a = fsim_outputs_top(&part[i].outputs, m);
      const double *b = fsim_outputs_top(&whole[i].outputs, m);
      if (memcmp(a, b, bytes) != 0)
        fail_msg("%s: %s is %.17g, simulated whole %.17g", sets[i], names[m], a[0], b[0]);
      a = fsim_outputs_bottom(&part[i].outputs, m);
      b = fsim_outputs_bottom(&whole[i].outputs, m);
      if (memcmp(a, b, bytes) != 0) fail_msg("%s: the denominator of %s", sets[i], names[m]);
    }
  }
  fsim_plan_jobs_free(part, n, n_names);
  fsim_plan_jobs_free(whole, n, n_names);
}

static fsim_variant load(const char *path) {
  fsim_variant variant;
  fsim_report *report = fsim_report_new();
  int status = fsim_variant_load(path, NULL, 0, report, &variant);
  if (status != FSIM_OK) show_messages(report);
  assert_int_equal(status, FSIM_OK);
  fsim_report_free(report);
  return variant;
}

static void five_linked_funnels_have_the_same_bits(void **state) {
  (void)state;
  fsim_variant variant = load(FSIM_SOURCE_DIR "/scenarios/five-funnels.yaml");
  assert_same_bits(&variant, five_funnels, COUNT(five_funnels), metrics, COUNT(metrics));
  fsim_variant_free(&variant);
}

/* What stands, of a funnel before the team, of the teams' funnels, and of one beside them. */
static void what_stands_is_what_nothing_leads_to(void **state) {
  (void)state;
  static const struct {
    const char *set, *funnels, *streams;
  } expected[] = {/* marketing lead-gen basic upsell cross-sell; web partners expo */
                  {"upsell.stages.offer.exits.won=+1 pp", "11100", "111"},
                  {"teams.ae.size=+1", "00000", "100"},
                  {"basic.value=x1.1", "00000", "100"},
                  {"marketing.stages.webinar.wait=x0.9", "00000", "000"},
                  {"streams.partners.rate=x1.1", "00000", "100"},
                  {"links.7.probability=-1 pp", "00000", "100"},
                  {"links.5.probability=-1 pp", "11100", "111"}};
  fsim_variant variant = load(FSIM_SOURCE_DIR "/scenarios/five-funnels.yaml");
  fsim_report *report = fsim_report_new();
  const fsim_scenario *s = variant.scenario;
  const char *names = "marketing lead-gen basic upsell cross-sell";
  for (size_t i = 0; i < COUNT(expected); i++) {
    fsim_variant plan = derived_from(&variant, expected[i].set);
    fsim_reach reach;
    assert_int_equal(fsim_reach_make(&variant, &plan, report, &reach), FSIM_OK);
    const char *place = names;
    for (size_t k = 0; k < 5; k++) {
      size_t length = strcspn(place, " ");
      for (size_t f = 0; f < s->n_funnels; f++)
        if (strlen(s->funnels[f].name) == length &&
            strncmp(s->funnels[f].name, place, length) == 0 &&
            reach.funnel[f] != (expected[i].funnels[k] == '1'))
          fail_msg("%s: funnel %s", expected[i].set, s->funnels[f].name);
      place += length + 1;
    }
    static const char *const streams[] = {"web", "partners", "expo"};
    for (size_t k = 0; k < 3; k++)
      for (size_t f = 0; f < s->n_streams; f++)
        if (strcmp(s->streams[f].name, streams[k]) == 0 &&
            reach.stream[f] != (expected[i].streams[k] == '1'))
          fail_msg("%s: stream %s", expected[i].set, s->streams[f].name);
    fsim_reach_free(&reach);
    fsim_variant_free(&plan);
  }
  fsim_report_free(report);
  fsim_variant_free(&variant);
}

/* Two funnels side by side, without links: the engine for cohorts; and uncertain numbers. */
#define SIDE_BY_SIDE(more)                                                                      \
  "scenario: sides\nstart: 2026-01-05\nhorizon: 20 w\nwarm_up: 4 w\nreplications: 2\nseed: 5\n" \
  "models:\n"                                                                                   \
  "  f:\n    funnel: f\n    entry: a\n    stages:\n"                                            \
  "      a: {work: {team: one, time: {exponential: {mean: 5 h}}, patience: "                    \
  "{exponential: {mean: 2 d}}}, exits: {won: 0.5, lost: rest}}\n"                               \
  "    outcomes: {won: {counts_as: win}, lost: {}}\n"                                           \
  "  g:\n    funnel: g\n    entry: a\n    stages:\n"                                            \
  "      a: {wait: {exponential: {mean: 5 d}}, exits: {b: 0.5, lost: rest}}\n"                  \
  "      b: {work: {team: two, time: {exponential: {mean: 4 h}}}, exits: {won: " more           \
  ", lost: rest}}\n"                                                                            \
  "    outcomes: {won: {counts_as: win}, lost: {}}\n"                                           \
  "streams: {x: {into: f, rate: 5 / d}, y: {into: g, rate: 8 / d}}\n"                           \
  "teams: {one: {size: 1}, two: {size: 1}}\n"

static void funnels_side_by_side_have_the_same_bits(void **state) {
  (void)state;
  static const char *const sets[] = {"f.stages.a.work.time=x0.9", "teams.one.size=+1",
                                     "g.stages.a.exits.b=+1 pp", "teams.two.size=+1"};
  static const char *const names[] = {
      "won", "f.won", "g.won", "teams.one.utilisation", "teams.two.queue_days", "g.cycle_days"};
  static const char *const texts[] = {
      SIDE_BY_SIDE("0.4"),
      SIDE_BY_SIDE("{probability: {uncertain: {beta: {mean: 0.4, cv: 0.2}}}}")};
  for (size_t k = 0; k < COUNT(texts); k++) {
    fsim_variant variant = variant_of(texts[k], "sides");
    assert_same_bits(&variant, sets, COUNT(sets), names, COUNT(names));
    fsim_variant_free(&variant);
  }
}

/* A plan that moves a pace reaches the funnel that it drives, and no other. */
static void plans_of_a_pace_have_the_same_bits(void **state) {
  (void)state;
  static const char *const sets[] = {"paces.zeal.cv=x1.5", "paces.zeal.cv=0",
                                     "f.stages.a.work.time=x0.9", "g.stages.a.exits.b=+1 pp",
                                     "paces.zeal.cv=x1.1"};
  static const char *const names[] = {"won", "f.won", "g.won", "g.cycle_days",
                                      "teams.two.queue_days"};
  fsim_variant variant = variant_of(SIDE_BY_SIDE("0.4") "paces: {zeal: {cv: 40 %}}\n", "sides");
  assert_same_bits(&variant, sets, COUNT(sets), names, COUNT(names));
  fsim_report *report = fsim_report_new();
  fsim_variant plan = derived_from(&variant, sets[0]);
  fsim_lone_change change;
  fsim_reach reach;
  assert_int_equal(fsim_reach_make(&variant, &plan, report, &reach), FSIM_OK);
  assert_true(reach.funnel[0] && reach.stream[0]);
  assert_false(reach.funnel[1] || reach.stream[1]);
  assert_false(fsim_lone_change_find(variant.scenario, plan.scenario, &change));
  fsim_reach_free(&reach);
  fsim_variant_free(&plan);
  fsim_report_free(report);
  fsim_variant_free(&variant);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_stands_is_what_nothing_leads_to),
      cmocka_unit_test(funnels_side_by_side_have_the_same_bits),
      cmocka_unit_test(plans_of_a_pace_have_the_same_bits),
      cmocka_unit_test(five_linked_funnels_have_the_same_bits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
