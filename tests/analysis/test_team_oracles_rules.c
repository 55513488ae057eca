/* Teams with priorities, other disciplines, held places, limits, hours and sizes that change, and
 * speed to lead, against exact answers. Times in days. */
#include "team_case.h"

#define EXPONENTIAL(mean) "time: {exponential: {mean: " mean "}}"
#define TWO_SEGMENTS "attributes: {segment: [high, low]}\n"
#define FUNNEL(stages, rest)                                         \
  "models:\n  f:\n    funnel: f\n    entry: s\n    stages:\n" stages \
  "    outcomes: {won: {counts_as: win}, lost: {}}\n" rest

/* Cobham 1954: two classes with their own work, one place. */
static void two_classes(void **state) {
  (void)state;
  static const exact exacts[] = {{"f.s.queue_days[high]", 0.291428571429, NULL},
                                 {"f.s.queue_days[low]", 1.32467532468, NULL},
                                 {"f.s.queue_days", 0.824717218266, NULL},
                                 {"teams.team.utilisation", 0.78, NULL},
                                 {NULL, 0, NULL}};
  check_case("scenario: classes\n" STEADY TWO_SEGMENTS FUNNEL(
                 "      s: {work: {team: team, " EXPONENTIAL("0.2 d") "}, exits: {won: rest}}\n",
                 "    overrides: [{when: {segment: low}, stages: {s: {work: {time: {exponential: "
                 "{mean: 0.3 d}}}}}}]\n")
             "streams:\n  a: {into: f, rate: 1.5 / d, attributes: {segment: high}}\n"
             "  b: {into: f, rate: 1.6 / d, attributes: {segment: low}}\n"
             "teams: {team: {size: 1, queue: {priority: [{when: {segment: high}}]}}}\n",
             exacts);
}

/* Three classes, work of any law. */
static void three_classes(void **state) {
  (void)state;
  static const exact exacts[] = {{"f.s.queue_days[high]", 0.249416666667, NULL},
                                 {"f.s.queue_days[middle]", 0.63952991453, NULL},
                                 {"f.s.queue_days[low]", 2.52446018893, NULL},
                                 {NULL, 0, NULL}};
  check_case("scenario: classes\n" STEADY "attributes: {segment: [high, middle, low]}\n" FUNNEL(
                 "      s: {work: {team: team, time: {gamma: {mean: 0.25 d, cv: 0.5}}}, exits: {won: "
                 "rest}}\n",
                 "    overrides:\n      - {when: {segment: middle}, stages: {s: {work: {time: "
                 "{lognormal: {mean: 0.3 d, cv: 1}}}}}}\n      - {when: {segment: low}, stages: {s: "
                 "{work: {time: 0.4 d}}}}\n")
             "streams:\n  a: {into: f, rate: 1 / d, attributes: {segment: high}}\n"
             "  b: {into: f, rate: 1.2 / d, attributes: {segment: middle}}\n"
             "  c: {into: f, rate: 0.5 / d, attributes: {segment: low}}\n"
             "teams: {team: {size: 1, queue: {priority: [{when: {segment: high}}, {when: {segment: "
             "middle}}]}}}\n",
             exacts);
}

/* The larger deal first: with two values it is a queue of two classes (W0 = 0.2). The mean over all
 * is fifo's (conservation law, Kleinrock 1965); last in, first out, too. */
static void value_and_lifo(void **state) {
  (void)state;
  static const exact value[] = {{"f.s.queue_days[high]", 1.0 / 3, NULL},
                                {"f.s.queue_days[low]", 5.0 / 3, NULL},
                                {"f.s.queue_days", 1, NULL},
                                {NULL, 0, NULL}};
  check_case("scenario: value\n" STEADY TWO_SEGMENTS FUNNEL(
                 "      s: {work: {team: team, " EXPONENTIAL("0.25 d") "}, exits: {won: rest}}\n",
                 "    value: 100\n    overrides: [{when: {segment: high}, value: 900}]\n")
             "streams: {web: {into: f, rate: 3.2 / d, attributes: {segment: {high: 0.5, low: 0.5}}}}\n"
             "teams: {team: {size: 1, queue: value}}\n",
             value);
  static const exact any_value[] = {{"f.s.queue_days", 1, NULL}, {NULL, 0, NULL}};
  check_case("scenario: value\n" STEADY ONE_STAGE(
                 "work: {team: team, " EXPONENTIAL("0.25 d") "}, exits: {won: rest}")
                 "    value: {lognormal: {mean: 10000, cv: 1.1}}\n" STREAM("3.2 / d")
                     TEAM("size: 1, queue: value"),
             any_value);
  static const exact lifo[] = {{"f.s.queue_days", 0.583333333333, NULL}, {NULL, 0, NULL}};
  check_case("scenario: lifo\n" STEADY ONE_STAGE("work: {team: team, " EXPONENTIAL(
                 "0.25 d") "}, exits: {won: rest}") STREAM("2.8 / d") TEAM("size: 1, queue: lifo"),
             lifo);
}

/* Erlang's B holds for any law of the time that a place is held (Erlang 1917; Takacs 1969). */
static void lost_calls(void **state) {
  (void)state;
  static const exact exacts[] = {{"teams.team.abandoned_share", 0.176779636475, NULL},
                                 {"f.won", 7 * 4.93932218115, NULL},
                                 {"teams.team.utilisation", 0.65857629082, NULL},
                                 {"f.won", 7 * 0.411990028811, "teams.team.size=+1"},
                                 {"f.won", 7 * 0.256295860104, "streams.web.rate=x1.1"},
                                 {NULL, 0, NULL}};
  check_case("scenario: loss\n" STEADY ONE_STAGE(
                 "work: {team: team, time: {lognormal: {mean: 0.3 d, cv: 1.5}}, patience: 0 s, "
                 "occupies: stage}, wait: {exponential: {mean: 0.5 d}}, exits: {won: rest}")
                 STREAM("6 / d") TEAM("size: 6"),
             exacts);
}

/* M/M/4 with at most 10 in work and queue. */
static void a_limit_of_the_queue(void **state) {
  (void)state;
  static const exact exacts[] = {{"teams.team.abandoned_share", 0.230024325429, NULL},
                                 {"f.won", 7 * 15.3995134914, NULL},
                                 {"teams.team.queue_length", 3.5062331896, NULL},
                                 {"teams.team.queue_days", 0.227684672737, NULL},
                                 {"teams.team.utilisation", 0.962469593213, NULL},
                                 {NULL, 0, NULL}};
  check_case(
      "scenario: limit\nstart: 2026-01-05\nhorizon: 220 w\nwarm_up: 20 w\nreplications: 40\n"
      "seed: 11\n" ONE_STAGE("work: {team: team, " EXPONENTIAL("0.25 d") "}, exits: {won: "
                                                                         "rest}") STREAM("20 / d")
          TEAM("size: 4, limit: 6"),
      exacts);
}

/* One place that is held for work and wait: M/G/1 with the sum. */
static void a_place_held_to_the_end(void **state) {
  (void)state;
  static const exact exacts[] = {{"teams.team.utilisation", 0.7, NULL},
                                 {"f.s.queue_days", 2.52508333333, NULL},
                                 {"f.s.days", 3.92508333333, NULL},
                                 {"f.s.wip", 1.96254166667, NULL},
                                 {NULL, 0, NULL}};
  check_case(
      "scenario: held\nstart: 2026-01-05\nhorizon: 1600 w\nwarm_up: 100 w\n"
      "replications: 60\nseed: 11\n" ONE_STAGE("work: {team: team, " EXPONENTIAL(
          "0.3 d") ", occupies: stage}, wait: {lognormal: {mean: 1.1 d, cv: 0.9}}, exits: {won: "
                   "rest}") STREAM("0.5 / d") TEAM("size: 1"),
      exacts);
}

/* Rates by weekday, patience, a window: the chain's forward equations. */
static void rates_by_weekday(void **state) {
  (void)state;
  static const exact exacts[] = {{"f.won", 300.673677849 / 3, NULL},
                                 {"f.lost", 77.3263221499 / 3, NULL},
                                 {"teams.team.queue_length", 2.20932349, NULL},
                                 {"f.won", 35.9962969509 / 3, "teams.team.size=+1"},
                                 {"f.won", -53.8054010675 / 3, "teams.team.size=-1"},
                                 {"f.won", 17.0258182006 / 3, "f.stages.s.work.time=x0.9"},
                                 {NULL, 0, NULL}};
  check_case("scenario: weekdays\nstart: 2026-01-05\nhorizon: 28 d\nwarm_up: 7 d\n"
             "replications: 3000\nseed: 11\n" ONE_STAGE(
                 "work: {team: team, " EXPONENTIAL("0.2 d")
                 ", patience: {exponential: {mean: 0.6 d}}}, exits: {won: rest}")
             "streams: {web: {into: f, rate: 1 / d, weekday: [30, 26, 24, 22, 18, 4, 2]}}\n"
                 TEAM("size: 4"),
             exacts);
}

/* Work in open hours only, mon-fri 9 to 17. */
static void open_hours(void **state) {
  (void)state;
  static const exact exacts[] = {{"f.won", 700.519133222 / 3, NULL},
                                 {"f.won", 19.0893590235 / 3, "teams.team.size=+1"},
                                 {"f.won", -100.663878847 / 3, "teams.team.size=-1"},
                                 {"f.won", 17.8596644837 / 3, "f.stages.s.work.time=x0.9"},
                                 {NULL, 0, NULL}};
  check_case("scenario: hours\nstart: 2026-01-05\nhorizon: 28 d\nwarm_up: 7 d\n"
             "replications: 2000\nseed: 11\n" ONE_STAGE(
                 "work: {team: team, " EXPONENTIAL("1 h") "}, exits: {won: rest}")
             "streams: {web: {into: f, rate: 1 / d, weekday: [40, 40, 40, 40, 40, 20, 20]}}\n"
                 TEAM("size: 6, hours: {days: mon-fri, from: \"09:00\", to: \"17:00\"}"),
             exacts);
}

/* Two people more from the tenth day on. */
static void a_size_that_changes(void **state) {
  (void)state;
  static const exact exacts[] = {{"f.won", 491.510673718 / 4, NULL},
                                 {"f.lost", 62.6717308393 / 4, NULL},
                                 {"teams.team.queue_length", 2.2382761014, NULL},
                                 {NULL, 0, NULL}};
  check_case(
      "scenario: sizes\nstart: 2026-01-05\nhorizon: 28 d\nreplications: 3000\nseed: 11\n" ONE_STAGE(
          "work: {team: team, " EXPONENTIAL(
              "0.25 d") ", patience: {exponential: {mean: 1 d}}}, exits: {won: rest}")
          STREAM("20 / d") TEAM("size: 4, changes: [{on: 2026-01-15, size: 6}]"),
      exacts);
}

/* The odds fall with the time in the queue (T15's formula), integrated over Erlang's queue. */
static void speed_to_lead(void **state) {
  (void)state;
  static const exact exacts[] = {{"f.conversion", 0.360786172681, NULL},
                                 {"f.won", 7 * 6.49415110826, NULL},
                                 {"f.won", 7 * 1.23109315344, "teams.team.size=+1"},
                                 {NULL, 0, NULL}};
  check_case("scenario: speed\n" STEADY ONE_STAGE("work: {team: team, " EXPONENTIAL(
                 "0.25 d") "}, exits: {won: 0.46, lost: rest}, wait_effect: {half_life: 4 h, "
                           "floor: 0.4, exits: "
                           "[won]}") STREAM("18 / d") TEAM("size: 5"),
             exacts);
}

/* Two funnels share a team, one first, each with its own work and patience. */
static void priority_and_patience(void **state) {
  (void)state;
  static const exact exacts[] = {{"a.s.queue_days", 0.0785595565068, NULL},
                                 {"b.s.queue_days", 0.173955596383, NULL},
                                 {"a.won", 7 * 4.60720221747, NULL},
                                 {"b.won", 7 * 5.47788853165, NULL},
                                 {"teams.team.utilisation", 0.825912790523, NULL},
                                 {"value", 7 * 6337.63740838, NULL},
                                 {"value", 7 * 602.609222167, "teams.team.size=+1"},
                                 {"a.won", 7 * 0.235886706293, "teams.team.size=+1"},
                                 {"b.won", 7 * 0.975777966258, "teams.team.size=+1"},
                                 {NULL, 0, NULL}};
  check_case("scenario: both\nstart: 2026-01-05\nhorizon: 220 w\nwarm_up: 20 w\nreplications: 60\n"
             "seed: 11\n" TWO_SEGMENTS
             "models:\n  a:\n    funnel: a\n    entry: s\n    stages:\n"
             "      s: {work: {team: team, " EXPONENTIAL("0.3 d")
             ", patience: {exponential: {mean: 1 d}}}, exits: {won: rest}}\n"
             "    outcomes: {won: {counts_as: win}, lost: {}}\n    value: 900\n"
             "  b:\n    funnel: b\n    entry: s\n    stages:\n"
             "      s: {work: {team: team, " EXPONENTIAL("0.2 d")
             ", patience: {exponential: {mean: 0.8 d}}}, exits: {won: rest}}\n"
             "    outcomes: {won: {counts_as: win}, lost: {}}\n    value: 400\n"
             "streams:\n  one: {into: a, rate: 5 / d, attributes: {segment: high}}\n"
             "  two: {into: b, rate: 7 / d, attributes: {segment: low}}\n"
             "teams: {team: {size: 3, queue: {priority: [{when: {segment: high}}]}}}\n",
             exacts);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(two_classes),           cmocka_unit_test(three_classes),
      cmocka_unit_test(value_and_lifo),        cmocka_unit_test(lost_calls),
      cmocka_unit_test(a_limit_of_the_queue),  cmocka_unit_test(a_place_held_to_the_end),
      cmocka_unit_test(rates_by_weekday),      cmocka_unit_test(open_hours),
      cmocka_unit_test(a_size_that_changes),   cmocka_unit_test(speed_to_lead),
      cmocka_unit_test(priority_and_patience),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
