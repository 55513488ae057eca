/* Teams as they are read, what is refused, and the order in which journeys come to them. */
#include <gsl/gsl_errno.h>
#include <math.h>

#include "sim/model/hours.h"
#include "sim/model/plan.h"
#include "sim/model/source.h"
#include "tests/model/reading.h"

#define HEAD                                                                          \
  "scenario: t\nstart: 2026-01-05\nhorizon: 4 w\n"                                    \
  "replications: 1\nseed: 1\ncurrency: EUR\n"                                         \
  "attributes: {segment: [smb, mid, enterprise]}\n"                                   \
  "streams: {web: {into: f, rate: 5 / d, attributes: {segment: {smb: 0.5, mid: 0.3, " \
  "enterprise: 0.2}}}}\n"
#define MODEL                                                              \
  "models:\n  f:\n    funnel: f\n    entry: a\n    stages:\n"              \
  "      a: {work: {team: x, time: 1 h}, exits: {won: 0.5, lost: rest}}\n" \
  "    outcomes: {won: {counts_as: win}, lost: {}}\n"

enum { HOUR = 3600, DAY = 86400 };

static void assert_span(const fsim_team *team, size_t i, int32_t from, int32_t to) {
  assert_true(i < team->n_open);
  assert_int_equal(team->open[i].from_s, from);
  assert_int_equal(team->open[i].to_s, to);
}

static void a_team_is_read_with_all_its_parts(void **state) {
  (void)state;
  reading r = read_good(HEAD MODEL
                        "teams: {x: {size: 2.5, concurrency: 4, limit: 20, cost: 36 / h,\n"
                        "  queue: {priority: [{when: {segment: enterprise}}, {when: {segment: mid}}"
                        "]}}, y: {size: 1, queue: lifo}, z: {size: 1, queue: value}}\n",
                        NULL);
  const fsim_team *x = &r.scenario->teams[0];
  assert_string_equal(x->name, "x");
  assert_true(x->size == 2.5 && x->concurrency == 4);
  assert_int_equal(x->n_sizes, 1);
  assert_int_equal(x->sizes[0].places, 10);
  assert_true(fabs(x->cost_per_s * 3600 - 36) < 1e-9);
  assert_int_equal(x->limit, 20);
  assert_null(x->open);
  assert_int_equal(x->discipline, FSIM_BY_PRIORITY);
  assert_int_equal(x->n_classes, 3);
  assert_int_equal(x->class_of_profile[0], 2);
  assert_int_equal(x->class_of_profile[1], 1);
  assert_int_equal(x->class_of_profile[2], 0);
  const fsim_team *y = &r.scenario->teams[1], *z = &r.scenario->teams[2];
  assert_int_equal(y->discipline, FSIM_LIFO);
  assert_int_equal(z->discipline, FSIM_BY_VALUE);
  assert_true(y->limit == UINT32_MAX && y->n_classes == 1 && y->class_of_profile == NULL);
  reading_close(&r);
}

/* 2026-01-05 is a Monday. */
static void hours_that_touch_or_overlap_are_one_span(void **state) {
  (void)state;
  reading r = read_good(HEAD MODEL
                        "teams: {x: {size: 1, closed: [2026-01-06], hours: [\n"
                        "  {days: mon-wed, from: 13:00, to: 17:00},\n"
                        "  {days: mon, from: 09:00, to: 13:00},\n"
                        "  {days: wed, from: 08:00, to: 14:00},\n"
                        "  {days: sat, from: 10:00, to: 12:00}]}}\n",
                        NULL);
  const fsim_team *x = &r.scenario->teams[0];
  assert_string_equal(x->hours,
                      "mon-wed 13:00-17:00, mon 09:00-13:00, wed 08:00-14:00, sat 10:00-12:00");
  assert_int_equal(x->n_closed, 1);
  assert_int_equal(x->n_open, 4 * 3 + 3); /* Tuesday is closed in the first week only */
  assert_span(x, 0, 9 * HOUR, 17 * HOUR);
  assert_span(x, 1, 2 * DAY + 8 * HOUR, 2 * DAY + 17 * HOUR);
  assert_span(x, 2, 5 * DAY + 10 * HOUR, 5 * DAY + 12 * HOUR);
  assert_span(x, 4, 8 * DAY + 13 * HOUR, 8 * DAY + 17 * HOUR);
  assert_int_equal(fsim_team_open_time(x, 0, 7 * DAY), (8 + 9 + 2) * HOUR);
  assert_int_equal(fsim_team_open_time(x, 0, 28 * DAY), (4 * 19 + 3 * 4) * HOUR);
  reading_close(&r);
}

static void a_closed_date_closes_a_team_without_hours(void **state) {
  (void)state;
  reading r =
      read_good(HEAD MODEL "teams: {x: {size: 1, closed: [2026-01-07, 2026-01-08]}}\n", NULL);
  const fsim_team *x = &r.scenario->teams[0];
  assert_int_equal(x->n_open, 2); /* nights between open days do not interrupt */
  assert_span(x, 0, 0, 2 * DAY);
  assert_span(x, 1, 4 * DAY, 28 * DAY);
  reading_close(&r);
}

static void sizes_change_in_the_team_and_in_the_scenario(void **state) {
  (void)state;
#define SIZES(size)                                          \
  HEAD MODEL "teams: {x: {size: " size                       \
             ", concurrency: 2, changes: [{on: 2026-01-19, " \
             "size: 5}]}}\nchanges: [{on: 2026-01-12, set: {teams.x.size: +1}}]\n"
  const char *const versions[] = {SIZES("3"), SIZES("4")};
  const uint32_t masks[] = {0, 1};
  reading r = read_versions(versions, masks, 2, NULL);
  assert_int_equal(r.status, FSIM_OK);
  const fsim_team *x = &r.scenario->teams[0];
  assert_int_equal(x->n_sizes, 3);
  assert_true(x->sizes[0].from_s == 0 && x->sizes[0].people == 3 && x->sizes[0].places == 6);
  assert_true(x->sizes[1].from_s == 7 * DAY && x->sizes[1].people == 4);
  assert_true(x->sizes[2].from_s == 14 * DAY && x->sizes[2].places == 10);
  reading_close(&r);
}

/* Reads a scenario with one change that makes `before` into `after`; its only error. */
static void assert_refused(const char *before, const char *after, const char *place,
                           const char *part) {
  const char *const versions[] = {before, after};
  const uint32_t masks[] = {0, 1};
  char text[4000];
  reading r = read_versions(versions, masks, 2, NULL);
  errors_text(r.report, text, sizeof text);
  if (!strstr(text, place) || !strstr(text, part)) print_error("%s", text);
  assert_int_equal(r.status, FSIM_BAD_INPUT);
  assert_int_equal(fsim_report_count(r.report, FSIM_ERROR), 1);
  assert_non_null(strstr(text, place));
  assert_non_null(strstr(text, part));
  reading_close(&r);
}

#define TEAM(team, change) HEAD MODEL "teams:\n  x: " team "\nchanges:\n  - " change "\n"

static void a_size_cannot_change_for_a_share_or_step_by_step(void **state) {
  (void)state;
#define SHARED(size) \
  TEAM("{size: " size "}", "{on: 2026-01-12, share: 50 %, set: {teams.x.size: 2}}")
#define RAMPED(size) TEAM("{size: " size "}", "{on: 2026-01-12, ramp: 1 w, set: {teams.x.size: 2}}")
  assert_refused(SHARED("1"), SHARED("2"), "17:3", "cannot have a share or a ramp");
  assert_refused(RAMPED("1"), RAMPED("2"), "17:3", "cannot have a share or a ramp");
}

static void nothing_else_of_a_team_changes_on_a_date(void **state) {
  (void)state;
#define CHANGED(text, path) TEAM("{size: 1" text "}", "{on: 2026-01-12, set: {" path "}}")
  assert_refused(CHANGED(", limit: 3", "teams.x.limit: 4"),
                 CHANGED(", limit: 4", "teams.x.limit: 4"), "19:28", "not its limit");
  assert_refused(CHANGED(", cost: 3 / h", "teams.x.cost: 4 / h"),
                 CHANGED(", cost: 4 / h", "teams.x.cost: 4 / h"), "19:28", "not its cost");
  assert_refused(CHANGED(", queue: fifo", "teams.x.queue: lifo"),
                 CHANGED(", queue: lifo", "teams.x.queue: lifo"), "19:28", "not its queue");
  assert_refused(CHANGED(", concurrency: 1", "teams.x.concurrency: 2"),
                 CHANGED(", concurrency: 2", "teams.x.concurrency: 2"), "19:28",
                 "not its concurrency");
#define HOURS(to) ", hours: {days: mon-fri, from: 09:00, to: " to "}"
  assert_refused(CHANGED(HOURS("17:00"), "teams.x.hours.to: 18:00"),
                 CHANGED(HOURS("18:00"), "teams.x.hours.to: 18:00"), "19:28", "not its hours");
}

static void mistakes_are_told_where_they_stand(void **state) {
  (void)state;
  const char *parts[] = {"17:52: the team is never open", "18:53: 'sat-tue' runs backwards",
                         "19:58: the changes of a team stand in order", "20:13: the team 'w'"};
  assert_errors(HEAD MODEL
                "teams:\n"
                "  x: {size: 1, hours: {days: mon, from: 17:00, to: 09:00}}\n"
                "  y: {size: 1, hours: {from: 9:00, to: 17:00, days: sat-tue}}\n"
                "  z: {size: 1, changes: [{on: 2026-01-20, size: 2}, {on: 2026-01-10, size: 3}]}\n"
                "  w: {size: 0}\n",
                NULL, parts, 4);
}

static const char movable[] = HEAD MODEL
    "teams: {x: {size: 4, concurrency: 2, limit: 9, cost: 38 / h,\n"
    "  changes: [{on: 2026-01-12, size: 6}]}}\n";

static fsim_source *source_of(const char *const *sets, size_t n, fsim_report *report) {
  fsim_source *source = NULL;
  assert_int_equal(fsim_source_parse("t.yaml", movable, strlen(movable), NULL, NULL, NULL, 0, sets,
                                     n, report, &source),
                   FSIM_OK);
  return source;
}

static void the_numbers_of_a_team_are_levers(void **state) {
  (void)state;
  static const char *const expected[][2] = {{"teams.x.size", "size"},
                                            {"teams.x.concurrency", "number"},
                                            {"teams.x.limit", "size"},
                                            {"teams.x.cost", "rate"},
                                            {"teams.x.changes.0.size", "size"}};
  fsim_report *report = fsim_report_new();
  fsim_source *source = source_of(NULL, 0, report);
  const fsim_lever *levers;
  size_t n;
  assert_int_equal(fsim_source_levers(source, report, &levers, &n), FSIM_OK);
  for (size_t k = 0; k < sizeof expected / sizeof *expected; k++) {
    size_t i = 0;
    while (i < n && strcmp(levers[i].path, expected[k][0]) != 0) i++;
    if (i == n) fail_msg("no lever %s", expected[k][0]);
    assert_string_equal(levers[i].kind, expected[k][1]);
  }
  fsim_source_free(source);
  fsim_report_free(report);
}

static void the_numbers_of_a_team_can_be_set(void **state) {
  (void)state;
  static const char *const sets[] = {"teams.x.size=+1", "teams.x.concurrency=3", "teams.x.limit=12",
                                     "teams.x.cost=x2", "teams.x.changes.0.size=+2"};
  fsim_report *report = fsim_report_new();
  fsim_source *source = source_of(sets, 5, report);
  fsim_scenario *s = NULL;
  assert_int_equal(fsim_source_realise(source, FSIM_CENTRAL, report, &s), FSIM_OK);
  const fsim_team *x = &s->teams[0];
  assert_true(x->size == 5 && x->concurrency == 3 && x->limit == 12);
  assert_true(fabs(x->cost_per_s * 3600 - 76) < 1e-9);
  assert_int_equal(x->n_sizes, 2);
  assert_int_equal(x->sizes[0].places, 15);
  assert_int_equal(x->sizes[1].places, 24);
  fsim_scenario_free(s);
  fsim_source_free(source);
  fsim_report_free(report);
}

/* ---- the order of teams ---- */

#define STAGES(stages)                                                        \
  "models:\n  f:\n    funnel: f\n    entry: a\n    stages:\n" stages          \
  "    outcomes: {won: {counts_as: win}, lost: {}}\n"                         \
  "  g:\n    funnel: g\n    entry: e\n    stages:\n"                          \
  "      e: {work: {team: late, time: 1 h}, exits: {won: 0.5, lost: rest}}\n" \
  "    outcomes: {won: {counts_as: win}, lost: {}}\n"                         \
  "teams: {first: {size: 1}, late: {size: 1}, second: {size: 1}, idle: {size: 1}}\n"
#define LINK "links: [{from: f.lost, to: g}]\n"

typedef struct planned {
  reading r;
  fsim_sampler_cache *cache;
  fsim_plan *plan;
} planned;

static planned plan_of(const char *yaml) {
  planned p = {.r = read_good(yaml, NULL), .cache = fsim_sampler_cache_new()};
  assert_non_null(p.cache);
  assert_int_equal(fsim_plan_make(p.r.scenario, p.cache, p.r.report, &p.plan), FSIM_OK);
  return p;
}

static void planned_free(planned *p) {
  fsim_plan_free(p->plan);
  fsim_sampler_cache_free(p->cache);
  reading_close(&p->r);
}

static void teams_rank_behind_those_that_come_before_them(void **state) {
  (void)state;
  planned p = plan_of(HEAD STAGES(
      "      a: {work: {team: first, time: 1 h}, exits: {b: 0.5, lost: rest}}\n"
      "      b: {wait: 1 d, exits: {c: 0.5, lost: rest}}\n"
      "      c: {work: {team: second, time: 1 h}, exits: {won: 0.5, lost: rest}}\n") LINK);
  const uint16_t *rank = p.plan->team_rank; /* first, late, second, idle */
  assert_true(rank[0] < rank[2] && rank[2] < rank[1]);
  for (size_t t = 0; t < 4; t++) assert_false(p.plan->team_returns[t]);
  assert_true(p.plan->stage_works[0] && !p.plan->stage_works[1] && p.plan->stage_works[2]);
  planned_free(&p);
}

static void teams_on_a_loop_share_a_rank(void **state) {
  (void)state;
  planned p = plan_of(
      HEAD STAGES("      a: {work: {team: first, time: 1 h}, exits: {b: 0.5, lost: rest}}\n"
                  "      b: {work: {team: second, time: 1 h}, exits: {a: 0.2, won: rest}}\n") LINK);
  assert_int_equal(p.plan->team_rank[0], p.plan->team_rank[2]);
  assert_true(p.plan->team_rank[1] > p.plan->team_rank[0]);
  assert_true(p.plan->team_returns[0] && p.plan->team_returns[2]);
  assert_false(p.plan->team_returns[1] || p.plan->team_returns[3]);
  planned_free(&p);
}

/* Only who gives up comes to the second team, and from there by the link to the third. */
static void giving_up_leads_on_too(void **state) {
  (void)state;
  planned p = plan_of(HEAD STAGES(
      "      a: {work: {team: second, time: 1 h, patience: 1 h, abandon: b},"
      " exits: {won: 0.5, lost: rest}}\n"
      "      b: {work: {team: first, time: 1 h}, exits: {won: 0.5, lost: rest}}\n") LINK);
  assert_true(p.plan->team_rank[2] < p.plan->team_rank[0]);
  assert_true(p.plan->team_rank[0] < p.plan->team_rank[1]);
  planned_free(&p);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_team_is_read_with_all_its_parts),
      cmocka_unit_test(hours_that_touch_or_overlap_are_one_span),
      cmocka_unit_test(a_closed_date_closes_a_team_without_hours),
      cmocka_unit_test(sizes_change_in_the_team_and_in_the_scenario),
      cmocka_unit_test(a_size_cannot_change_for_a_share_or_step_by_step),
      cmocka_unit_test(nothing_else_of_a_team_changes_on_a_date),
      cmocka_unit_test(mistakes_are_told_where_they_stand),
      cmocka_unit_test(the_numbers_of_a_team_are_levers),
      cmocka_unit_test(the_numbers_of_a_team_can_be_set),
      cmocka_unit_test(teams_rank_behind_those_that_come_before_them),
      cmocka_unit_test(teams_on_a_loop_share_a_rank),
      cmocka_unit_test(giving_up_leads_on_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
