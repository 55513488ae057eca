/* Small cases worked out by hand: nights, weekends, closed dates, places that go, ties. */
#include "sim/engine/draw.h"
#include "tests/teams/harness.h"

/* From Monday, 5 January 2026, 00:00. */
#define AT(day, hour, minute) (((day)*24 + (hour)) * 3600 + (minute)*60)
#define H(hours) ((int32_t)((hours)*3600))

typedef struct expected {
  uint32_t lead;
  int32_t enter, queue, work, wait;
  const char *to; /* "open": still there at the horizon */
  fsim_reason reason;
} expected;

#define HEAD "scenario: hand\nstart: 2026-01-05\nhorizon: 14 d\n"
#define FUNNEL(stage)                                                         \
  "models:\n  f:\n    funnel: f\n    entry: a\n    stages:\n      a: {" stage \
  ", exits: {won: 1}}\n"                                                      \
  "    outcomes: {won: {counts_as: win}, lost: {}}\n"
#define LEADS "streams: {past: {into: f, csv: {file: leads.csv, date: date}}}\n"
#define OFFICE "hours: {days: mon-fri, from: \"09:00\", to: \"17:00\"}"

static uint16_t code_of(const model *m, const char *name) {
  if (strcmp(name, "open") == 0) return (uint16_t)(m->scenario->n_stages + m->scenario->n_outcomes);
  for (size_t s = 0; s < m->scenario->n_stages; s++)
    if (strcmp(m->scenario->stages[s].name, name) == 0) return (uint16_t)s;
  return (uint16_t)(m->scenario->n_stages + outcome_named(m, name));
}

static void assert_visits(const model *m, const fsim_trajectory *rows, const expected *visits,
                          size_t n, const char *who) {
  assert_int_equal(rows->rows[FSIM_VISITS], n);
  for (size_t i = 0; i < n; i++) {
    const expected *v = &visits[i];
    bool same = column_value(rows, FSIM_VISIT_LEAD, i) == v->lead &&
                column_value(rows, FSIM_VISIT_T_ENTER, i) == v->enter &&
                column_value(rows, FSIM_VISIT_QUEUE, i) == v->queue &&
                column_value(rows, FSIM_VISIT_WORK, i) == v->work &&
                column_value(rows, FSIM_VISIT_WAIT, i) == v->wait &&
                column_value(rows, FSIM_VISIT_EXIT, i) == code_of(m, v->to) &&
                column_value(rows, FSIM_VISIT_REASON, i) == (int64_t)v->reason;
    if (same) continue;
    print_row(who, rows, FSIM_VISITS, i);
    fail_msg("expected lead %u enter %d queue %d work %d wait %d to %s (%s)", v->lead, v->enter,
             v->queue, v->work, v->wait, v->to, fsim_reason_names[v->reason]);
  }
}

/* The rows that both the reference and the engine must give. */
static void assert_case(const char *yaml, const char *leads, const char *deals,
                        const expected *visits, size_t n) {
  random_scenario text = {(char *)(uintptr_t)yaml, (char *)(uintptr_t)leads,
                          (char *)(uintptr_t)deals};
  model m = load_texts(&text);
  prepared p = prepare(&m);
  reference r = run_reference(&m, &p, 0);
  kept k = run_engine(&m, "calendar", 1, 1);
  assert_visits(&m, r.rows, visits, n, "reference");
  assert_visits(&m, k.rows, visits, n, "calendar");
  kept_free(&k);
  reference_free(&r);
  prepared_free(&p);
  model_free(&m);
}

#define ASSERT_CASE(yaml, leads, ...)                                                \
  do {                                                                               \
    static const expected visits[] = {__VA_ARGS__};                                  \
    assert_case(yaml, "date\n" leads, NULL, visits, sizeof visits / sizeof *visits); \
  } while (0)

static void work_pauses_over_night(void **state) {
  (void)state;
  ASSERT_CASE(HEAD FUNNEL("work: {team: t, time: 2 h}") "teams: {t: {size: 1, " OFFICE "}}\n" LEADS,
              "2026-01-05 16:00\n2026-01-05 20:00\n",
              /* an hour on Monday, an hour from nine on Tuesday */
              {0, AT(0, 16, 0), 0, H(18), 0, "won", FSIM_BY_EXIT},
              {1, AT(0, 20, 0), H(14), H(2), 0, "won", FSIM_BY_EXIT});
}

static void work_pauses_over_a_weekend(void **state) {
  (void)state;
  ASSERT_CASE(HEAD FUNNEL("work: {team: t, time: 2 h}") "teams: {t: {size: 1, " OFFICE "}}\n" LEADS,
              "2026-01-09 16:00\n2026-01-10 12:00\n",
              /* Friday at four to Monday at ten; who comes on Saturday starts then */
              {0, AT(4, 16, 0), 0, H(66), 0, "won", FSIM_BY_EXIT},
              {1, AT(5, 12, 0), H(46), H(2), 0, "won", FSIM_BY_EXIT});
}

static void work_pauses_on_a_closed_date(void **state) {
  (void)state;
  ASSERT_CASE(HEAD FUNNEL("work: {team: t, time: 2 h}") "teams: {t: {size: 1, " OFFICE
                                                        ", closed: [2026-01-06]}}\n" LEADS,
              "2026-01-05 16:00\n2026-01-06 10:00\n",
              {0, AT(0, 16, 0), 0, H(42), 0, "won", FSIM_BY_EXIT},
              {1, AT(1, 10, 0), H(24), H(2), 0, "won", FSIM_BY_EXIT});
}

/* Eight hours from Friday at four end on Monday at four, or on Tuesday if Monday is closed. */
static void a_day_of_work_from_friday_ends_on_the_next_open_day(void **state) {
  (void)state;
  ASSERT_CASE(HEAD FUNNEL("work: {team: t, time: 8 h}") "teams: {t: {size: 1, " OFFICE "}}\n" LEADS,
              "2026-01-09 16:00\n", {0, AT(4, 16, 0), 0, H(72), 0, "won", FSIM_BY_EXIT});
  ASSERT_CASE(HEAD FUNNEL("work: {team: t, time: 8 h}") "teams: {t: {size: 1, " OFFICE
                                                        ", closed: [2026-01-12]}}\n" LEADS,
              "2026-01-09 16:00\n", {0, AT(4, 16, 0), 0, H(96), 0, "won", FSIM_BY_EXIT});
}

static void work_may_last_several_days(void **state) {
  (void)state;
  ASSERT_CASE(HEAD FUNNEL("work: {team: t, time: 20 h}") "teams: {t: {size: 1, " OFFICE
                                                         "}}\n" LEADS,
              "2026-01-08 13:00\n",
              /* 4 h on Thursday, 8 h on Friday, 8 h on Monday, to its last minute */
              {0, AT(3, 13, 0), 0, H(100), 0, "won", FSIM_BY_EXIT});
}

static void work_may_end_as_the_hours_end(void **state) {
  (void)state;
  ASSERT_CASE(HEAD FUNNEL("work: {team: t, time: 2 h}") "teams: {t: {size: 1, " OFFICE "}}\n" LEADS,
              "2026-01-05 15:00\n2026-01-05 15:30\n2026-01-05 17:00\n",
              {0, AT(0, 15, 0), 0, H(2), 0, "won", FSIM_BY_EXIT},
              /* the place is free at five, but the team has just closed */
              {1, AT(0, 15, 30), H(17.5), H(2), 0, "won", FSIM_BY_EXIT},
              {2, AT(0, 17, 0), H(18), H(2), 0, "won", FSIM_BY_EXIT});
}

static void a_place_that_goes_finishes_its_work(void **state) {
  (void)state;
  ASSERT_CASE(HEAD FUNNEL("work: {team: t, time: 20 h}")
                  "teams: {t: {size: 2, changes: [{on: 2026-01-06, size: 1}]}}\n" LEADS,
              "2026-01-05 10:00\n2026-01-05 12:00\n2026-01-05 13:00\n",
              {0, AT(0, 10, 0), 0, H(20), 0, "won", FSIM_BY_EXIT},
              {1, AT(0, 12, 0), 0, H(20), 0, "won", FSIM_BY_EXIT},
              /* not when the first is done at six: that place is gone; but at eight */
              {2, AT(0, 13, 0), H(19), H(20), 0, "won", FSIM_BY_EXIT});
}

static void a_place_that_comes_takes_the_head(void **state) {
  (void)state;
  ASSERT_CASE(HEAD FUNNEL("work: {team: t, time: 30 h}")
                  "teams: {t: {size: 1, changes: [{on: 2026-01-06, size: 2}]}}\n" LEADS,
              "2026-01-05 10:00\n2026-01-05 12:00\n",
              {0, AT(0, 10, 0), 0, H(30), 0, "won", FSIM_BY_EXIT},
              {1, AT(0, 12, 0), H(12), H(30), 0, "won", FSIM_BY_EXIT});
}

static void work_of_zero_length_takes_no_time(void **state) {
  (void)state;
  ASSERT_CASE(HEAD FUNNEL("work: {team: t, time: 0 s}") "teams: {t: {size: 1, limit: 0}}\n" LEADS,
              "2026-01-05 10:00\n2026-01-05 10:00\n2026-01-05 10:00\n",
              {0, AT(0, 10, 0), 0, 0, 0, "won", FSIM_BY_EXIT},
              {1, AT(0, 10, 0), 0, 0, 0, "won", FSIM_BY_EXIT},
              {2, AT(0, 10, 0), 0, 0, 0, "won", FSIM_BY_EXIT});
}

static void work_of_zero_length_waits_for_open_hours(void **state) {
  (void)state;
  ASSERT_CASE(HEAD FUNNEL("work: {team: t, time: 0 s}") "teams: {t: {size: 1, " OFFICE "}}\n" LEADS,
              "2026-01-05 17:00\n2026-01-05 18:00\n2026-01-06 09:00\n",
              {0, AT(0, 17, 0), H(16), 0, 0, "won", FSIM_BY_EXIT},
              {1, AT(0, 18, 0), H(15), 0, 0, "won", FSIM_BY_EXIT},
              {2, AT(1, 9, 0), 0, 0, 0, "won", FSIM_BY_EXIT});
}

static void ties_of_one_second_have_their_order(void **state) {
  (void)state;
  ASSERT_CASE(
      HEAD FUNNEL("work: {team: t, time: 1 h, patience: 1 h}") "teams: {t: {size: 1}}\n" LEADS,
      "2026-01-05 10:00\n2026-01-05 10:00\n2026-01-05 10:00\n2026-01-05 11:00\n",
      {0, AT(0, 10, 0), 0, H(1), 0, "won", FSIM_BY_EXIT},
      /* the place is free at the second at which patience ends: the work starts */
      {1, AT(0, 10, 0), H(1), H(1), 0, "won", FSIM_BY_EXIT},
      {2, AT(0, 10, 0), H(1), 0, 0, "lost", FSIM_BY_ABANDON},
      {3, AT(0, 11, 0), H(1), H(1), 0, "won", FSIM_BY_EXIT});
}

static void a_limit_of_0_lets_nobody_queue(void **state) {
  (void)state;
  ASSERT_CASE(HEAD FUNNEL("work: {team: t, time: 1 h}") "teams: {t: {size: 1, limit: 0}}\n" LEADS,
              "2026-01-05 10:00\n2026-01-05 10:30\n2026-01-05 11:00\n2026-01-05 11:00\n",
              {0, AT(0, 10, 0), 0, H(1), 0, "won", FSIM_BY_EXIT},
              {1, AT(0, 10, 30), 0, 0, 0, "lost", FSIM_BY_ABANDON},
              /* the place is freed before arrivals of the same second */
              {2, AT(0, 11, 0), 0, H(1), 0, "won", FSIM_BY_EXIT},
              {3, AT(0, 11, 0), 0, 0, 0, "lost", FSIM_BY_ABANDON});
}

static void a_limit_of_0_turns_away_in_closed_hours(void **state) {
  (void)state;
  ASSERT_CASE(HEAD FUNNEL("work: {team: t, time: 1 h}") "teams: {t: {size: 1, limit: 0, " OFFICE
                                                        "}}\n" LEADS,
              "2026-01-05 08:00\n2026-01-05 09:00\n",
              {0, AT(0, 8, 0), 0, 0, 0, "lost", FSIM_BY_ABANDON},
              {1, AT(0, 9, 0), 0, H(1), 0, "won", FSIM_BY_EXIT});
}

static void a_held_place_is_free_when_the_visit_ends(void **state) {
  (void)state;
  ASSERT_CASE(
      HEAD FUNNEL(
          "work: {team: t, time: 1 h, occupies: stage}, wait: 5 h") "teams: {t: {size: 1}}\n" LEADS,
      "2026-01-05 10:00\n2026-01-05 10:30\n", {0, AT(0, 10, 0), 0, H(1), H(5), "won", FSIM_BY_EXIT},
      {1, AT(0, 10, 30), H(5.5), H(1), H(5), "won", FSIM_BY_EXIT});
}

static void expiry_lets_work_finish(void **state) {
  (void)state;
  ASSERT_CASE(HEAD FUNNEL("work: {team: t, time: 2 h}, wait: 1 h, expire: {after: 90 min, to: "
                          "lost}") "teams: {t: {size: 1}}\n" LEADS,
              "2026-01-05 10:00\n2026-01-05 10:00\n2026-01-05 11:00\n",
              {0, AT(0, 10, 0), 0, H(2), 0, "lost", FSIM_BY_EXPIRE},
              {1, AT(0, 10, 0), H(1.5), 0, 0, "lost", FSIM_BY_EXPIRE},
              {2, AT(0, 11, 0), H(1), H(2), 0, "lost", FSIM_BY_EXPIRE});
}

static void expiry_cuts_the_wait(void **state) {
  (void)state;
  ASSERT_CASE(HEAD FUNNEL("work: {team: t, time: 2 h}, wait: 1 h, expire: {after: 150 min, to: "
                          "lost}") "teams: {t: {size: 1}}\n" LEADS,
              "2026-01-05 10:00\n", {0, AT(0, 10, 0), 0, H(2), H(0.5), "lost", FSIM_BY_EXPIRE});
}

static void lifo_takes_the_last_first(void **state) {
  (void)state;
  ASSERT_CASE(
      HEAD FUNNEL("work: {team: t, time: 1 h}") "teams: {t: {size: 1, queue: lifo}}\n" LEADS,
      "2026-01-05 10:00\n2026-01-05 10:10\n2026-01-05 10:20\n",
      {0, AT(0, 10, 0), 0, H(1), 0, "won", FSIM_BY_EXIT},
      {1, AT(0, 10, 10), AT(0, 1, 50), H(1), 0, "won", FSIM_BY_EXIT},
      {2, AT(0, 10, 20), AT(0, 0, 40), H(1), 0, "won", FSIM_BY_EXIT});
}

static void the_horizon_cuts_every_part(void **state) {
  (void)state;
  ASSERT_CASE(HEAD FUNNEL("work: {team: t, time: 3 h}, wait: 10 h") "teams: {t: {size: 1}}\n" LEADS,
              "2026-01-18 18:00\n2026-01-18 18:00\n2026-01-18 18:00\n",
              {0, AT(13, 18, 0), 0, H(3), H(3), "open", FSIM_STILL_OPEN},
              {1, AT(13, 18, 0), H(3), H(3), 0, "open", FSIM_STILL_OPEN},
              {2, AT(13, 18, 0), H(6), 0, 0, "open", FSIM_STILL_OPEN});
}

/* Deals stand in the queue in order of their entry, before who arrives at the first second, and no
 * limit turns them away. */
static void deals_queue_by_their_age(void **state) {
  (void)state;
  static const expected visits[] = {
      {0, 0, 0, 0, 0, "lost", FSIM_BY_ABANDON}, /* two deals queue already */
      {1, AT(0, 2, 30), H(0.5), H(1), 0, "won", FSIM_BY_EXIT},
      {2, AT(0, 3, 0), H(1), H(1), 0, "won", FSIM_BY_EXIT},
      {3, 0, H(2), H(1), 0, "won", FSIM_BY_EXIT},
      {4, -H(1), H(2), H(1), 0, "won", FSIM_BY_EXIT},
      {5, -H(2), H(2), H(1), 0, "won", FSIM_BY_EXIT},
  };
  assert_case(HEAD FUNNEL("work: {team: t, time: 1 h}") "teams: {t: {size: 1, limit: 1}}\n" LEADS
                                                        "pipeline: {file: deals.csv, funnel: f, "
                                                        "stage: stage, entered: entered}\n",
              "date\n2026-01-05 00:00\n2026-01-05 02:30\n2026-01-05 03:00\n",
              "stage,entered\na,2026-01-05\na,2026-01-04 23:00\na,2026-01-04 22:00\n", visits,
              sizeof visits / sizeof *visits);
}

/* With a wait the deal's work is over; a held place is then held beyond the size of the team. */
static void deals_in_their_wait_hold_places(void **state) {
  (void)state;
  static const expected visits[] = {
      {0, 0, H(3), H(1), H(4), "won", FSIM_BY_EXIT},
      {1, -H(1), 0, 0, H(4), "won", FSIM_BY_EXIT},
      {2, -H(2), 0, 0, H(4), "won", FSIM_BY_EXIT},
      {3, -H(5), 0, 0, H(5), "won", FSIM_BY_EXIT}, /* older than its wait: leaves at once */
  };
  assert_case(
      HEAD FUNNEL(
          "work: {team: t, time: 1 h, occupies: stage}, wait: 4 h") "teams: {t: {size: 1}}\n" LEADS
                                                                    "pipeline: {file: deals.csv, "
                                                                    "funnel: f, stage: stage, "
                                                                    "entered: entered}\n",
      "date\n2026-01-05 00:00\n",
      "stage,entered\na,2026-01-04 23:00\na,2026-01-04 22:00\na,2026-01-04 19:00\n", visits,
      sizeof visits / sizeof *visits);
}

/* Journeys come from x to y, never back: at midnight all of x comes first, so who leaves x by then
 * stands in the queue of y before who arrives there at the same second. */
static void a_team_upstream_comes_first(void **state) {
  (void)state;
  static const expected visits[] = {
      {0, AT(0, 23, 0), 0, H(3), 0, "f.won", FSIM_BY_EXIT},
      {1, AT(0, 23, 0), H(1), 0, 0, "b", FSIM_BY_ABANDON},
      {1, AT(1, 0, 0), 0, H(1), 0, "f.won", FSIM_BY_EXIT},
      {2, 0, 0, H(1), 0, "g.won", FSIM_BY_EXIT},
      {3, AT(1, 0, 0), H(1), H(1), 0, "g.won", FSIM_BY_EXIT},
  };
  assert_case(
      "scenario: hand\nstart: 2026-01-05\nhorizon: 2 d\nmodels:\n"
      "  f:\n    funnel: f\n    entry: a\n    outcomes: {won: {counts_as: win}, lost: {}}\n    "
      "stages:\n"
      "      a: {work: {team: x, time: 3 h, patience: 1 h, abandon: b}, exits: {won: 1}}\n"
      "      b: {work: {team: y, time: 1 h}, exits: {won: 1}}\n"
      "  g:\n    funnel: g\n    entry: c\n    outcomes: {won: {counts_as: win}, lost: {}}\n"
      "    stages: {c: {work: {team: y, time: 1 h}, exits: {won: 1}}}\n"
      "teams: {x: {size: 1}, y: {size: 1}}\n"
      "streams:\n  past: {into: f, csv: {file: leads.csv, date: date}}\n"
      "  zoo: {into: g, rate: 1 / d, spacing: evenly}\n",
      "date\n2026-01-05 23:00\n2026-01-05 23:00\n", NULL, visits, sizeof visits / sizeof *visits);
}

/* Who joined the queue of x before the change stays there; later ones go to y. */
static void a_stage_goes_to_another_team_on_a_date(void **state) {
  (void)state;
  static const expected visits[] = {
      {0, AT(0, 22, 0), 0, H(3), 0, "won", FSIM_BY_EXIT},
      {1, AT(0, 23, 0), H(2), H(3), 0, "won", FSIM_BY_EXIT},
      {2, AT(1, 0, 30), 0, H(3), 0, "won", FSIM_BY_EXIT},
      {3, AT(1, 3, 0), H(0.5), H(3), 0, "won", FSIM_BY_EXIT},
  };
  assert_case(HEAD FUNNEL("work: {team: x, time: 3 h}") LEADS
              "teams: {x: {size: 1}, y: {size: 1}}\n"
              "changes: [{on: 2026-01-06, set: {f.stages.a.work.team: y}}]\n",
              "date\n2026-01-05 22:00\n2026-01-05 23:00\n2026-01-06 00:30\n2026-01-06 03:00\n",
              NULL, visits, sizeof visits / sizeof *visits);
}

/* Half-life 4 h, floor 0.4: the odds of 1 : 1 become 1, 0.7, 0.55 and at last 0.4 to 1. */
static void waiting_multiplies_the_odds(void **state) {
  static const struct {
    int32_t queue;
    double factor;
  } cases[] = {{0, 1}, {H(4), 0.7}, {H(8), 0.55}, {INT32_MAX, 0.4}};
  static const double threshold[] = {0.5, 1};
  static const bool affected[] = {true, false};
  fsim_plan_law law = {.n_exits = 2,
                       .threshold = threshold,
                       .affected = affected,
                       .half_life_s = H(4),
                       .floor = 0.4};
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    double share = cases[i].factor / (cases[i].factor + 1);
    assert_int_equal(fsim_exit_after_queue(&law, share - 1e-9, cases[i].queue), 0);
    assert_int_equal(fsim_exit_after_queue(&law, share + 1e-9, cases[i].queue), 1);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(work_pauses_over_night),
      cmocka_unit_test(work_pauses_over_a_weekend),
      cmocka_unit_test(work_pauses_on_a_closed_date),
      cmocka_unit_test(a_day_of_work_from_friday_ends_on_the_next_open_day),
      cmocka_unit_test(work_may_last_several_days),
      cmocka_unit_test(work_may_end_as_the_hours_end),
      cmocka_unit_test(a_stage_goes_to_another_team_on_a_date),
      cmocka_unit_test(a_place_that_goes_finishes_its_work),
      cmocka_unit_test(a_place_that_comes_takes_the_head),
      cmocka_unit_test(waiting_multiplies_the_odds),
      cmocka_unit_test(work_of_zero_length_takes_no_time),
      cmocka_unit_test(work_of_zero_length_waits_for_open_hours),
      cmocka_unit_test(ties_of_one_second_have_their_order),
      cmocka_unit_test(a_limit_of_0_lets_nobody_queue),
      cmocka_unit_test(a_limit_of_0_turns_away_in_closed_hours),
      cmocka_unit_test(a_held_place_is_free_when_the_visit_ends),
      cmocka_unit_test(expiry_lets_work_finish),
      cmocka_unit_test(expiry_cuts_the_wait),
      cmocka_unit_test(lifo_takes_the_last_first),
      cmocka_unit_test(the_horizon_cuts_every_part),
      cmocka_unit_test(a_team_upstream_comes_first),
      cmocka_unit_test(deals_queue_by_their_age),
      cmocka_unit_test(deals_in_their_wait_hold_places),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
