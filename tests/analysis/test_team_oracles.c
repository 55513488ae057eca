/* Teams in steady state against exact queueing formulas (sources at each case). Times in days. */
#include "team_case.h"

#define EXPONENTIAL(mean) "time: {exponential: {mean: " mean "}}"

/* Erlang 1917; Kleinrock 1975. Rate 4, work 0.2, one place. */
static void one_place(void **state) {
  (void)state;
  static const exact exacts[] = {{"teams.team.utilisation", 0.8, NULL},
                                 {"teams.team.queue_days", 0.8, NULL},
                                 {"teams.team.queue_length", 3.2, NULL},
                                 {"f.wip", 4, NULL},
                                 {NULL, 0, NULL}};
  check_case("scenario: mm1\n" STEADY ONE_STAGE("work: {team: team, " EXPONENTIAL(
                 "0.2 d") "}, exits: {won: rest}") STREAM("4 / d") TEAM("size: 1"),
             exacts);
}

/* Empty at the start, 30 days: transient birth-death chain. */
static void one_place_from_empty(void **state) {
  (void)state;
  static const exact exacts[] = {{"f.won", 116.084558555 * 7 / 30, NULL},
                                 {"teams.team.queue_length", 2.59481449489, NULL},
                                 {NULL, 0, NULL}};
  check_case(
      "scenario: mm1\nstart: 2026-01-05\nhorizon: 30 d\nreplications: 20000\nseed: 3\n" ONE_STAGE(
          "work: {team: team, " EXPONENTIAL("0.2 d") "}, exits: {won: rest}") STREAM("4 / d")
          TEAM("size: 1"),
      exacts);
}

/* Erlang's C, with the step of a fifth place; 5 places at 0.9. */
static void five_places(void **state) {
  (void)state;
  static const exact exacts[] = {
      {"teams.team.utilisation", 0.9, NULL},
      {"teams.team.queue_days", 0.381246610366, NULL},
      {"teams.team.queue_length", 6.8624389866, NULL},
      {"teams.team.queue_days", -0.310971264399, "teams.team.size=+1"},
      {"teams.team.queue_days", -0.245405157958, "f.stages.s.work.time=x0.9"},
      {NULL, 0, NULL}};
  check_case("scenario: mmc\n" STEADY ONE_STAGE("work: {team: team, " EXPONENTIAL(
                 "0.25 d") "}, exits: {won: rest}") STREAM("18 / d") TEAM("size: 5"),
             exacts);
}

/* T7: three places, 2.4 Erlang. */
static void three_places(void **state) {
  (void)state;
  static const exact exacts[] = {{"teams.team.queue_days", 1.07865, NULL},
                                 {"teams.team.queue_length", 2.58876, NULL},
                                 {NULL, 0, NULL}};
  check_case("scenario: t7\n" STEADY ONE_STAGE("work: {team: team, " EXPONENTIAL(
                 "1 d") "}, exits: {won: rest}") STREAM("2.4 / d") TEAM("size: 3"),
             exacts);
}

static void five_places_from_empty(void **state) {
  (void)state;
  static const exact exacts[] = {{"f.won", 349.139098086 * 7 / 20, NULL},
                                 {"teams.team.queue_length", 4.93623345484, NULL},
                                 {"f.won", 5.09595816121 * 7 / 20, "teams.team.size=+1"},
                                 {"teams.team.queue_length", -3.7606949416, "teams.team.size=+1"},
                                 {NULL, 0, NULL}};
  check_case(
      "scenario: mmc\nstart: 2026-01-05\nhorizon: 20 d\nreplications: 10000\nseed: 3\n" ONE_STAGE(
          "work: {team: team, " EXPONENTIAL("0.25 d") "}, exits: {won: rest}") STREAM("18 / d")
          TEAM("size: 5"),
      exacts);
}

/* Palm 1946; Garnett, Mandelbaum & Reiman 2002: exponential patience, and every step. */
static void patience(void **state) {
  (void)state;
  static const exact exacts[] = {{"teams.team.abandoned_share", 0.185448476332, NULL},
                                 {"f.won", 7 * 17.9201335207, NULL},
                                 {"teams.team.queue_length", 2.03993323966, NULL},
                                 {"f.s.queue_days", 0.0927242381662, NULL},
                                 {"teams.team.utilisation", 0.896006676034, NULL},
                                 {"f.won", 7 * 1.81803447267, "teams.team.size=+1"},
                                 {"f.won", 7 * -2.6724546681, "teams.team.size=-1"},
                                 {"f.won", 7 * 1.04489714145, "f.stages.s.work.time=x0.9"},
                                 {"f.won", 7 * 0.701395727026, "streams.web.rate=x1.1"},
                                 {"f.won", 7 * 0.0851594540737, "f.stages.s.work.patience=x1.1"},
                                 {NULL, 0, NULL}};
  check_case(
      "scenario: erlang-a\nstart: 2026-01-05\nhorizon: 220 w\nwarm_up: 20 w\n"
      "replications: 40\nseed: 11\n" ONE_STAGE("work: {team: team, " EXPONENTIAL(
          "0.25 d") ", patience: {exponential: {mean: 0.5 d}}}, exits: {won: rest}")
          STREAM("22 / d") TEAM("size: 5"),
      exacts);
}

/* Baccelli & Hebuterne 1981; Zeltyn & Mandelbaum 2005: everybody waits 0.4 days at most. */
static void a_deadline_in_the_queue(void **state) {
  (void)state;
  static const exact exacts[] = {{"teams.team.abandoned_share", 0.134337314511, NULL},
                                 {"f.s.queue_days", 0.221205843151, NULL},
                                 {"f.won", 7 * 19.0445790808, NULL},
                                 {"teams.team.utilisation", 0.952228954038, NULL},
                                 {NULL, 0, NULL}};
  check_case(
      "scenario: deadline\nstart: 2026-01-05\nhorizon: 220 w\nwarm_up: 20 w\n"
      "replications: 40\nseed: 11\n" ONE_STAGE("work: {team: team, " EXPONENTIAL(
          "0.25 d") ", patience: 0.4 d}, exits: {won: rest}") STREAM("22 / d") TEAM("size: 5"),
      exacts);
}

/* Pollaczek-Khinchine: work of any law, one place. */
static void work_of_any_law(void **state) {
  (void)state;
  static const exact lognormal[] = {{"teams.team.queue_days", 1.11, NULL},
                                    {"teams.team.queue_length", 3.33, NULL},
                                    {NULL, 0, NULL}};
  check_case(
      "scenario: mg1\n" STEADY ONE_STAGE(
          "work: {team: team, time: {lognormal: {mean: 0.25 d, cv: 1.4}}}, exits: {won: rest}")
          STREAM("3 / d") TEAM("size: 1"),
      lognormal);
  static const exact fixed[] = {{"teams.team.queue_days", 0.2, NULL},
                                {"teams.team.queue_length", 1.6, NULL},
                                {NULL, 0, NULL}};
  check_case(
      "scenario: md1\n" STEADY ONE_STAGE("work: {team: team, time: 0.1 d}, exits: {won: rest}")
          STREAM("8 / d") TEAM("size: 1"),
      fixed);
  /* Two places and Erlang work: a chain in phases. */
  static const exact erlang[] = {{"teams.team.queue_days", 0.667158476405, NULL},
                                 {"teams.team.queue_length", 3.33579238203, NULL},
                                 {NULL, 0, NULL}};
  check_case("scenario: me2c\n" STEADY ONE_STAGE(
                 "work: {team: team, time: {erlang: {k: 2, mean: 0.34 d}}}, exits: {won: rest}")
                 STREAM("5 / d") TEAM("size: 2"),
             erlang);
}

/* Jackson 1954: three teams with a way back. */
static void a_network_with_feedback(void **state) {
  (void)state;
  static const exact exacts[] = {{"f.a.entered", 7 * 6.75675675676, NULL},
                                 {"f.b.entered", 7 * 5.40540540541, NULL},
                                 {"f.c.entered", 7 * 3.78378378378, NULL},
                                 {"f.a.queue_days", 0.140968964273, NULL},
                                 {"f.b.queue_days", 0.150968984159, NULL},
                                 {"f.c.queue_days", 0.0650375431677, NULL},
                                 {"f.a.wip", 2.97952002887, NULL},
                                 {"f.b.wip", 3.51875126572, NULL},
                                 {"f.c.wip", 1.75960151469, NULL},
                                 {"f.won", 7 * 1.89189189189, NULL},
                                 {"teams.two.utilisation", 0.675675675676, NULL},
                                 {NULL, 0, NULL}};
  check_case("scenario: jackson\n" STEADY
             "models:\n  f:\n    funnel: f\n    entry: a\n    stages:\n"
             "      a: {work: {team: one, " EXPONENTIAL("0.3 d") "}, exits: {b: 0.8, lost: rest}}\n"
             "      b: {work: {team: two, " EXPONENTIAL("0.5 d") "}, exits: {c: 0.7, lost: rest}}\n"
             "      c: {work: {team: three, " EXPONENTIAL("0.4 d")
             "}, exits: {a: 0.2, won: 0.5, lost: rest}}\n"
             "    outcomes: {won: {counts_as: win}, lost: {}}\n" STREAM("6 / d")
             "teams: {one: {size: 3}, two: {size: 4}, three: {size: 3}}\n",
             exacts);
}

/* BCMP 1975: one team for two stages, waits without it between. */
static void stages_that_share_a_team(void **state) {
  (void)state;
  static const exact exacts[] = {
      {"f.call.entered", 7 * 5.31914893617, NULL}, {"teams.team.utilisation", 0.851063829787, NULL},
      {"f.call.queue_days", 0.491610194084, NULL}, {"f.proposal.queue_days", 0.491610194084, NULL},
      {"f.call.wip", 20.1681393302, NULL},         {"f.proposal.wip", 18.4838623215, NULL},
      {"f.won", 7 * 1.27659574468, NULL},          {NULL, 0, NULL}};
  check_case("scenario: shared\n" STEADY
             "models:\n  f:\n    funnel: f\n    entry: call\n    stages:\n"
             "      call: {work: {team: team, " EXPONENTIAL("0.3 d")
             "}, wait: {lognormal: {mean: 3 d, cv: 1}}, exits: {proposal: 0.6, lost: rest}}\n"
             "      proposal: {work: {team: team, " EXPONENTIAL("0.3 d")
             "}, wait: {gamma: {mean: 5 d, cv: 0.8}}, exits: {call: 0.1, won: 0.4, lost: rest}}\n"
             "    outcomes: {won: {counts_as: win}, lost: {}}\n" STREAM("5 / d") TEAM("size: 3"),
             exacts);
}

/* A queue that only the last work fills: the stage behind it never does. */
static void fixed_work_in_line(void **state) {
  (void)state;
  static const exact exacts[] = {
      {"f.a.queue_days", 1.35, NULL}, {"f.b.queue_days", 0, NULL}, {NULL, 0, NULL}};
  check_case("scenario: tandem\n" STEADY
             "models:\n  f:\n    funnel: f\n    entry: a\n    stages:\n"
             "      a: {work: {team: one, time: 0.3 d}, exits: {b: rest}}\n"
             "      b: {work: {team: two, time: 0.2 d}, exits: {won: rest}}\n"
             "    outcomes: {won: {counts_as: win}, lost: {}}\n" STREAM(
                 "3 / d") "teams: {one: {size: 1}, two: {size: 1}}\n",
             exacts);
}

/* Leads at even distances: Lindley's recursion on a grid. */
static void evenly_spaced_leads(void **state) {
  (void)state;
  static const exact exacts[] = {{"teams.team.queue_days", 0.303620052582, NULL},
                                 {"teams.team.utilisation", 0.84, NULL},
                                 {NULL, 0, NULL}};
  check_case(
      "scenario: even\n" STEADY ONE_STAGE(
          "work: {team: team, time: {lognormal: {mean: 0.21 d, cv: 0.8}}}, exits: {won: "
          "rest}") "streams: {web: {into: f, rate: 4 / d, spacing: evenly}}\n" TEAM("size: 1"),
      exacts);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_place),
      cmocka_unit_test(one_place_from_empty),
      cmocka_unit_test(five_places),
      cmocka_unit_test(three_places),
      cmocka_unit_test(five_places_from_empty),
      cmocka_unit_test(patience),
      cmocka_unit_test(a_deadline_in_the_queue),
      cmocka_unit_test(work_of_any_law),
      cmocka_unit_test(a_network_with_feedback),
      cmocka_unit_test(stages_that_share_a_team),
      cmocka_unit_test(fixed_work_in_line),
      cmocka_unit_test(evenly_spaced_leads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
