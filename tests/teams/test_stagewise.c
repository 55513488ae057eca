/* Whole cohorts, stage by stage, and paths drawn ahead, against the calendar that follows every
 * journey and keeps its rows: every count and every histogram, on random scenarios. Times are
 * coarse, so that much happens in one second. */
#include <stdarg.h>

#include "sim/engine/stage_units.h"
#include "tests/teams/counts.h"

#define SCENARIOS 250
#define CROWDED 12
#define CROWD 90 /* times as many leads: lines are worked off in many pieces */

typedef struct writer {
  char text[16384];
  size_t used;
  uint64_t state;
  unsigned crowd; /* leads and places for one */
  bool knots;     /* teams that several stages share, with queues of all kinds */
  unsigned first; /* team of the funnel that is written */
  unsigned idle;  /* stages without work */
} writer;

static void say(writer *w, const char *format, ...) {
  va_list rest;
  va_start(rest, format);
  w->used += (size_t)vsnprintf(w->text + w->used, sizeof w->text - w->used, format, rest);
  va_end(rest);
  assert_true(w->used < sizeof w->text);
}

static unsigned below(writer *w, unsigned n) {
  w->state = w->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (unsigned)((w->state >> 33) % n);
}

static void say_time(writer *w) {
  static const char *const times[] = {"20 min",
                                      "1 h",
                                      "0 s",
                                      "{exponential: {mean: 2 h}}",
                                      "{gamma: {mean: 90 min, cv: 0.7}}",
                                      "{empirical: {values: [10 min, 30 min, 4 h]}}"};
  say(w, "%s", times[below(w, 6)]);
}

static void say_work(writer *w, unsigned team, bool affected) {
  if (w->knots) team = w->first + below(w, 3);
  say(w, "        work: {team: t%u, time: ", team);
  say_time(w);
  unsigned patience = below(w, 4);
  if (patience > 1)
    say(w, ", patience: %s", patience > 2 ? "90 min" : "{exponential: {mean: 6 h}}");
  if (!affected && below(w, 4) == 0) say(w, ", occupies: stage");
  say(w, "}\n");
}

/* Stages lead on only, each with a team of its own or none; two end stages may share one. */
static void say_stage(writer *w, unsigned stage, unsigned stages) {
  bool affected = below(w, 4) == 0 && !w->knots;
  say(w, "      s%u:\n", stage);
  bool works = below(w, 3) > 0;
  if (works) say_work(w, stage, affected);
  w->idle += !works;
  say(w, "        wait: ");
  say_time(w);
  if (stage + 1 < stages) {
    say(w, "\n        exits: {s%u: 0.5, ", stage + 1);
    if (stage + 2 < stages) say(w, "s%u: 0.2, ", stage + 2);
    say(w, "lost: rest}\n");
  } else {
    say(w, "\n        exits: {won: {probability: 0.4, wait: 3 h}, lost: rest}\n");
  }
  if (affected) say(w, "        wait_effect: {half_life: 2 h, floor: 0.3, exits: [lost]}\n");
  if (below(w, 3) == 0) say(w, "        expire: {after: %u min, to: lost}\n", 60 + below(w, 300));
}

static void say_team(writer *w, unsigned team) {
  say(w, "  t%u: {size: %u", team, w->crowd * (1 + below(w, 3)));
  if (below(w, 2)) say(w, ", hours: {days: mon-fri, from: \"09:00\", to: \"17:00\"}");
  if (below(w, 3) == 0) say(w, ", closed: [2026-01-07]");
  if (below(w, 3) == 0)
    say(w, ", changes: [{on: 2026-01-08, size: %u}, {on: 2026-01-10, size: %u}]",
        w->crowd * below(w, 4), w->crowd * (1 + below(w, 3)));
  if (w->knots) {
    static const char *const queues[] = {"", ", queue: lifo", ", queue: fifo",
                                         ", queue: {priority: [{when: {segment: large}}]}"};
    say(w, "%s", queues[below(w, 4)]);
    if (below(w, 3) == 0) say(w, ", limit: %u", w->crowd * (1 + below(w, 4)));
  }
  say(w, "}\n");
}

/* A second funnel, whose journeys need the same teams. */
static void say_other_funnel(writer *w, unsigned stages) {
  say(w, "  g:\n    funnel: g\n    entry: s0\n    stages:\n");
  for (unsigned s = 0; s < stages; s++) say_stage(w, s, stages);
  say(w, "    outcomes: {won: {counts_as: win}, lost: {}}\n");
}

static void write_scenario(writer *w, uint64_t number) {
  w->used = w->idle = 0;
  w->state = number * UINT64_C(0x9e3779b97f4a7c15) + 1;
  unsigned stages = 2 + below(w, 4);
  say(w,
      "scenario: line\nstart: 2026-01-05\nhorizon: 12 d\nwarm_up: %u d\nreplications: 2\n"
      "seed: %u\nattributes: {segment: [small, large]}\nmodels:\n  f:\n    funnel: f\n"
      "    entry: s0\n    stages:\n",
      below(w, 4), (unsigned)number + 1);
  for (unsigned s = 0; s < stages; s++) say_stage(w, s, stages);
  say(w,
      "    outcomes: {won: {counts_as: win}, lost: {}}\n"
      "    value: {lognormal: {mean: 100, cv: 1}}\n"
      "    overrides:\n      - when: {segment: large}\n        value: 500\n");
  if (w->knots) say_other_funnel(w, 2 + below(w, 2));
  say(w,
      "streams:\n"
      "  web: {into: f, rate: %u / d, attributes: {segment: {small: 0.7, large: 0.3}}}\n"
      "  Ads: {into: %s, rate: %u / d, spacing: evenly, attributes: {segment: large}}\n"
      "teams:\n",
      w->crowd * (10 + below(w, 30)), w->knots && below(w, 2) ? "g" : "f", w->crowd * 24);
  for (unsigned t = 0; t < stages || (w->knots && t < 3); t++) say_team(w, t);
  if (w->idle > 0 && below(w, 2)) say(w, "paces: {zeal: {cv: 0.%u}}\n", 1 + below(w, 9));
}

static size_t n_knots(const fsim_scenario *scenario, bool together) {
  fsim_stage_units units = {0};
  size_t n = 0;
  if (fsim_stage_units_make(scenario, together, &units) != NULL) return 0;
  for (size_t u = 0; u < units.n; u++) n += units.unit[u].knot;
  fsim_stage_units_free(&units);
  return n;
}

typedef struct compared {
  uint64_t visits;
  size_t knots, parts; /* scenarios in which there are; that are followed by events only in part */
} compared;

static compared compare_engines(uint64_t first, uint64_t n, unsigned crowd, bool knots) {
  writer *w = calloc(1, sizeof *w);
  compared all = {0};
  assert_non_null(w);
  w->crowd = crowd;
  w->knots = knots;
  for (uint64_t number = first; number < first + n; number++) {
    write_scenario(w, number);
    model m = model_make(w->text);
    kept b = run_counts(&m, "calendar", 2, 1);
    kept ahead = run_counts(&m, "calendar", 0, 1);
    assert_same_counts(w->text, "calendar", &ahead, &b);
    kept a = run_counts(&m, knots ? NULL : "stagewise", 0, 1);
    assert_same_counts(w->text, a.result.engine, &a, &b);
    all.visits += b.result.visits;
    all.knots += n_knots(m.scenario, false) > 0;
    all.parts += n_knots(m.scenario, false) > 1;
    kept_free(&a);
    kept_free(&b);
    kept_free(&ahead);
    model_free(&m);
  }
  free(w);
  return all;
}

static void stagewise_counts_what_the_calendar_counts(void **state) {
  (void)state;
  compared all = compare_engines(0, SCENARIOS, 1, false);
  assert_true(all.visits > 500 * SCENARIOS && all.knots == 0);
}

static void long_lines_are_worked_off_in_pieces(void **state) {
  (void)state;
  compared all = compare_engines(SCENARIOS, CROWDED, CROWD, false);
  assert_true(all.visits > UINT64_C(500) * CROWDED * CROWD);
}

/* Teams that several stages share, queues by priority, from behind, and bounded ones. */
static void knots_are_followed_by_events(void **state) {
  (void)state;
  compared all = compare_engines(1000, SCENARIOS, 1, true);
  assert_true(all.visits > 500 * SCENARIOS && all.knots > SCENARIOS / 2 && all.parts > 5);
}

static void crowds_go_through_knots(void **state) {
  (void)state;
  compared all = compare_engines(2000, CROWDED, CROWD, true);
  assert_true(all.visits > UINT64_C(500) * CROWDED * CROWD && all.knots > CROWDED / 2);
}

/* Two funnels with teams of their own. */
static void write_apart(writer *w, uint64_t number) {
  w->used = w->first = 0;
  w->knots = true;
  w->crowd = 1;
  w->state = number * UINT64_C(0x9e3779b97f4a7c15) + 1;
  say(w,
      "scenario: apart\nstart: 2026-01-05\nhorizon: 12 d\nwarm_up: 1 d\nreplications: 1\n"
      "attributes: {segment: [small, large]}\nmodels:\n  f:\n    funnel: f\n    entry: s0\n"
      "    stages:\n");
  for (unsigned s = 0; s < 4; s++) say_stage(w, s, 4);
  say(w, "    outcomes: {won: {counts_as: win}, lost: {}}\n");
  w->first = 3;
  say_other_funnel(w, 3);
  say(w,
      "streams:\n  web: {into: f, rate: 60 / d, attributes: {segment: {small: 0.7, large: 0.3}}}\n"
      "  ads: {into: g, rate: 40 / d, attributes: {segment: large}}\nteams:\n");
  for (unsigned t = 0; t < 7; t++) say_team(w, t);
}

/* One replication by several threads, each a component of the network. */
static void components_are_counted_apart(void **state) {
  (void)state;
  writer *w = calloc(1, sizeof *w);
  assert_non_null(w);
  for (uint64_t number = 0; number < 40; number++) {
    write_apart(w, number);
    model m = model_make(w->text);
    kept one = run_model(&m, (run_plan){.replications = 1, .engine = "stagewise"});
    kept some = run_model(&m, (run_plan){.replications = 1, .engine = "stagewise", .threads = 3});
    for (size_t i = 0; i < m.shape->n_cells; i++) assert_int_equal(some.records[i], one.records[i]);
    for (size_t i = 0; i < m.shape->n_histograms * FSIM_TIME_CLASSES; i++)
      assert_int_equal(some.pool->count[i], one.pool->count[i]);
    assert_true(one.result.visits > 400 && some.result.visits == one.result.visits);
    kept_free(&one);
    kept_free(&some);
    fsim_stage_units units;
    assert_null(fsim_stage_units_make(m.scenario, false, &units));
    assert_int_equal(units.n_components, 2);
    fsim_stage_units_free(&units);
    model_free(&m);
  }
  free(w);
}

/* Asked for by name, it says why it cannot. */
static void says_why_it_cannot(void **state) {
  (void)state;
  model m = model_make(
      "scenario: a\nstart: 2026-01-05\nhorizon: 5 d\nreplications: 1\nmodels:\n  f:\n"
      "    funnel: f\n    entry: s\n    stages:\n"
      "      s: {work: {team: t, time: 1 h}, exits: {won: 0.5, lost: rest}}\n"
      "    outcomes: {won: {counts_as: win}, lost: {}}\n"
      "streams: {web: {into: f, rate: 5 / d}}\nteams: {t: {size: 1}}\n"
      "links: [{from: f.lost, to: f, probability: 0.1, after: 5 d}]\n");
  kept k;
  int status = run_into(&m, (run_plan){.replications = 1, .engine = "stagewise"}, &k);
  assert_int_equal(status, FSIM_BAD_INPUT);
  const fsim_message *message = fsim_report_message(m.report, 0);
  assert_non_null(message);
  assert_non_null(strstr(message->text,
                         "stagewise cannot run this scenario: links bring a lead "
                         "to a funnel more than once"));
  kept_free(&k);
  model_free(&m);
}

/* f leads to g and h; the last stage of each needs its team. */
#define FUNNEL(name, team)                         \
  "  " name ":\n    funnel: " name                 \
  "\n    entry: s\n    stages:\n"                  \
  "      s: {work: {team: " team                   \
  ", time: 1 h}, exits: {won: 0.5, lost: rest}}\n" \
  "    outcomes: {won: {counts_as: win}, lost: {}}\n"
#define LINKED(g, h, queue, links) \
  "scenario: a\nstart: 2026-01-05\nhorizon: 9 d\nreplications: 1\nmodels:\n" FUNNEL("f", "t0") \
      FUNNEL("g", g) FUNNEL("h", h) "streams: {web: {into: f, rate: 40 / d}}\n"                  \
      "teams: {t0: {size: 2}, t1: {size: 1" queue "}, t2: {size: 1}}\nlinks:\n" links
#define BOTH "  - {from: f.won, to: g}\n  - {from: f.won, to: h}\n"
#define CHAIN "  - {from: f.won, to: g}\n  - {from: g.won, to: h}\n"

static void takes_the_links_that_it_can(void **state) {
  static const struct {
    const char *yaml, *why; /* NULL: it can */
  } cases[] = {
      {LINKED("t1", "t2", "", BOTH), NULL},
      {LINKED("t1", "t1", "", BOTH), NULL},
      {LINKED("t1", "t1", ", queue: lifo", BOTH), "side by side where teams are followed"},
      {LINKED("t1", "t2", "", CHAIN), NULL},
      {LINKED("t1", "t0", "", CHAIN), "links lead to and fro between teams"},
      {LINKED("t1", "t2", "", BOTH "  - {from: g.won, to: h}\n"), "a funnel more than once"},
      {LINKED("t1", "t2", "", CHAIN "  - {from: g.lost, to: h}\n"), NULL},
      {LINKED("t1", "t2", "", CHAIN "  - {from: g.won, to: h}\n"), "a funnel more than once"},
      {LINKED("t1", "t2", "", CHAIN "  - {from: h.won, to: f}\n"), "a funnel more than once"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    model m = model_make(cases[i].yaml);
    const char *why = fsim_stage_units_make(m.scenario, false, NULL);
    if (cases[i].why == NULL && why != NULL) fail_msg("case %zu: %s", i, why);
    if (cases[i].why != NULL) assert_non_null(why);
    if (cases[i].why != NULL) assert_non_null(strstr(why, cases[i].why));
    model_free(&m);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(stagewise_counts_what_the_calendar_counts),
      cmocka_unit_test(long_lines_are_worked_off_in_pieces),
      cmocka_unit_test(knots_are_followed_by_events),
      cmocka_unit_test(crowds_go_through_knots),
      cmocka_unit_test(components_are_counted_apart),
      cmocka_unit_test(says_why_it_cannot),
      cmocka_unit_test(takes_the_links_that_it_can),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
