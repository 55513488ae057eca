/* Changes on a date, and the edges of time: exact where nothing is random. */
#include "tests/engine/build.h"

#define DAY 86400
#define HEAD(horizon, stage)                                                   \
  "scenario: t\nstart: 2026-01-05\nseed: 3\nhorizon: " horizon                 \
  "\nmodels:\n  f:\n    funnel: f\n    entry: a\n    stages:\n      a: " stage \
  "\n    outcomes: {won: {counts_as: win}, lost: {}, late: {}}\n"
#define EVENLY "streams: {web: {into: f, rate: 1 / d, spacing: evenly}}\n"
#define POISSON "streams: {web: {into: f, rate: 40 / d}}\n"
#define CHANGE(more, path_value) "changes: [{on: 2026-02-14, " more "set: {" path_value "}}]\n"
/* 2026-02-14 is day 40. */
#define COLUMN(type, k, id) ((const type *)(k).rows->column[id])

static estimate wins(const model *m, uint32_t replications) {
  kept k = run_model(m, (run_plan){.replications = replications, .threads = 2});
  estimate e = estimate_cell(&k, FSIM_ENDED, outcome_named(m, "won"), 0, 0);
  kept_free(&k);
  return e;
}

static void a_change_for_new_leads_holds_from_its_date(void **state) {
  (void)state;
  model m = model_make(HEAD("100 d", "{exits: {won: 0.3, lost: rest}}")
                           POISSON CHANGE("applies_to: new, ", "f.stages.a.exits.won: 0.5"));
  assert_agrees(wins(&m, 500), 40 * (40 * 0.3 + 60 * 0.5), "wins");
  model_free(&m);
}

static void a_share_reaches_that_share(void **state) {
  (void)state;
  model m = model_make(HEAD("100 d", "{exits: {won: 0.3, lost: rest}}")
                           POISSON CHANGE("share: 25 %, ", "f.stages.a.exits.won: 0.5"));
  assert_agrees(wins(&m, 500), 40 * (40 * 0.3 + 60 * (0.75 * 0.3 + 0.25 * 0.5)), "wins");
  model_free(&m);
}

static void a_ramp_reaches_more_and_more(void **state) {
  (void)state;
  model m = model_make(HEAD("100 d", "{exits: {won: 0.3, lost: rest}}")
                           POISSON CHANGE("ramp: 40 d, ", "f.stages.a.exits.won: 0.5"));
  assert_agrees(wins(&m, 500), 40 * (100 * 0.3 + (40 * 0.5 + 20) * 0.2), "wins");
  model_free(&m);
}

static void new_looks_at_arrival_and_next_stage_at_the_visit(void **state) {
  (void)state;
#define TWO "{wait: 10 d, exits: {b: 1}}\n      b: {exits: {won: 0.5, lost: rest}}"
  model next = model_make(HEAD("100 d", TWO) POISSON CHANGE("", "f.stages.b.exits.won: 1"));
  model arrived =
      model_make(HEAD("100 d", TWO) POISSON CHANGE("applies_to: new, ", "f.stages.b.exits.won: 1"));
  assert_agrees(wins(&next, 500), 40 * (30 * 0.5 + 60), "wins by visits");
  assert_agrees(wins(&arrived, 500), 40 * (40 * 0.5 + 50), "wins by arrivals");
  model_free(&next);
  model_free(&arrived);
}

/* A wait of 10 d, halved on day 40 for all: what was left of it is halved. */
static void running_waits_keep_the_part_lived(void **state) {
  (void)state;
  model m = model_make(HEAD("100 d", "{wait: 10 d, exits: {won: 1}}")
                           EVENLY CHANGE("applies_to: all, ", "f.stages.a.wait: x0.5"));
  kept k = run_model(&m, (run_plan){.replications = 1, .keep = 1});
  size_t n = k.rows->rows[FSIM_VISITS];
  assert_int_equal(n, 100);
  for (int32_t i = 0; i < (int32_t)n; i++) {
    int32_t wait = i >= 40  ? 5 * DAY
                   : i > 30 ? (40 - i) * DAY + (10 - (40 - i)) * DAY / 2
                            : 10 * DAY;
    int32_t left = (100 - i) * DAY; /* at the horizon itself it is still open */
    assert_int_equal(COLUMN(int32_t, k, FSIM_VISIT_WAIT)[i], wait < left ? wait : left);
    assert_int_equal(COLUMN(uint8_t, k, FSIM_VISIT_REASON)[i],
                     wait < left ? FSIM_BY_EXIT : FSIM_STILL_OPEN);
  }
  kept_free(&k);
  model_free(&m);
}

/* A ramp reaches running waits too, each lead at its own time s, from day 40 to 60: what is left
 * of a wait of 10 d is halved then. Per lead a day that is 25 days less for the waits that run at
 * s, 5 (90 - s) for the visits from s to day 90 and 12.5 for those after it, of 10 * 90 + 50. */
static void a_ramp_reaches_running_waits(void **state) {
  (void)state;
  model m = model_make(HEAD("100 d", "{wait: 10 d, exits: {won: 1}}") POISSON CHANGE(
      "applies_to: all, ramp: 20 d, ", "f.stages.a.wait: x0.5"));
  kept k = run_model(&m, (run_plan){.replications = 500, .threads = 2});
  estimate stayed = estimate_cell(&k, FSIM_STAYED, 0, 0, 0);
  assert_agrees(stayed, 40.0 * DAY * (950 - 25 - 5 * (90 - 50) - 12.5), "time in the stage");
  kept_free(&k);
  model_free(&m);
}

/* The same in a race: each clock is rescaled by itself. */
static void clocks_of_a_race_keep_the_part_lived(void **state) {
  (void)state;
  model m = model_make(HEAD("100 d", "{race: true, exits: {won: {wait: 10 d}, lost: {wait: 8 d}}}")
                           EVENLY CHANGE("applies_to: all, ", "f.stages.a.exits.won.wait: x0.5"));
  kept k = run_model(&m, (run_plan){.replications = 1, .keep = 1});
  size_t won = m.scenario->n_stages + outcome_named(&m, "won");
  for (int32_t i = 0; i < 90; i++) {
    int32_t clock = i >= 40 ? 5 * DAY : i > 30 ? (40 - i) * DAY + i * DAY / 2 - 15 * DAY : 10 * DAY;
    bool first = clock <= 8 * DAY; /* at a tie the win */
    assert_int_equal(COLUMN(int32_t, k, FSIM_VISIT_WAIT)[i], first ? clock : 8 * DAY);
    assert_int_equal(COLUMN(uint16_t, k, FSIM_VISIT_EXIT)[i] == won, first);
  }
  kept_free(&k);
  model_free(&m);
}

static void at_a_tie_the_exit_comes_before_the_expiry(void **state) {
  (void)state;
  static const char *const after[] = {"10 d", "864001 s", "863999 s"};
  for (int i = 0; i < 3; i++) {
    char yaml[1024];
    snprintf(
        yaml, sizeof yaml, "%s%s%s",
        "scenario: t\nstart: 2026-01-05\nseed: 3\nhorizon: 50 d\nmodels:\n  f:\n    funnel: f\n"
        "    entry: a\n    stages:\n      a: {wait: 10 d, expire: {to: late, after: ",
        after[i], "}, exits: {won: 1}}\n    outcomes: {won: {counts_as: win}, late: {}}\n" EVENLY);
    model m = model_make(yaml);
    kept k = run_model(&m, (run_plan){.replications = 1, .keep = 1});
    fsim_reason reason = i == 2 ? FSIM_BY_EXPIRE : FSIM_BY_EXIT;
    uint16_t won = (uint16_t)(m.scenario->n_stages + outcome_named(&m, "won"));
    assert_int_equal(COLUMN(uint8_t, k, FSIM_VISIT_REASON)[0], reason);
    assert_int_equal(COLUMN(int32_t, k, FSIM_VISIT_WAIT)[0], i == 2 ? 863999 : 864000);
    assert_int_equal(COLUMN(uint16_t, k, FSIM_VISIT_WOULD_EXIT)[0], won);
    kept_free(&k);
    model_free(&m);
  }
}

static void what_would_start_at_the_horizon_is_not_made(void **state) {
  (void)state;
  model m = model_make(HEAD("20 d", "{wait: 5 d, exits: {won: 1}}") EVENLY
                       "links: [{from: f.won, to: f, after: 5 d}]\n");
  kept k = run_model(&m, (run_plan){.replications = 1, .keep = 1});
  size_t n = k.rows->rows[FSIM_JOURNEYS], later = 0;
  for (size_t j = 0; j < n; j++) {
    int32_t start = COLUMN(int32_t, k, FSIM_JOURNEY_T_START)[j];
    uint32_t lead = COLUMN(uint32_t, k, FSIM_JOURNEY_LEAD)[j];
    uint16_t number = COLUMN(uint16_t, k, FSIM_JOURNEY_JOURNEY)[j];
    assert_int_equal(start, ((int32_t)lead + 10 * number) * DAY);
    assert_true(start < 20 * DAY);
    assert_int_equal(COLUMN(uint16_t, k, FSIM_JOURNEY_PARENT)[j], number == 0 ? 0 : number - 1);
    later += number > 0;
  }
  assert_int_equal(n, 30);
  assert_int_equal(later, 10);
  kept_free(&k);
  model_free(&m);
}

static void a_deal_past_its_deadline_goes_at_the_start(void **state) {
  (void)state;
  model m = model_make_with(
      HEAD("50 d", "{wait: 60 d, expire: {after: 30 d, to: late}, exits: {won: 1}}")
      "pipeline: {file: deals.csv, funnel: f, stage: stage, entered: entered}\n",
      "deals.csv", "stage,entered\na,2025-11-26\na,2025-12-16\n");
  kept k = run_model(&m, (run_plan){.replications = 1, .keep = 1});
  assert_int_equal(k.rows->rows[FSIM_VISITS], 2);
  for (int i = 0; i < 2; i++) {
    int32_t age = -COLUMN(int32_t, k, FSIM_VISIT_T_ENTER)[i];
    assert_true(age == 40 * DAY || age == 20 * DAY);
    assert_int_equal(COLUMN(uint8_t, k, FSIM_VISIT_REASON)[i], FSIM_BY_EXPIRE);
    assert_int_equal(COLUMN(int32_t, k, FSIM_JOURNEY_T_END)[i], age == 40 * DAY ? 0 : 10 * DAY);
  }
  kept_free(&k);
  model_free(&m);
}

/* T3: what is left of a Weibull wait, by the age that it has. */
static void old_deals_stay_longer(void **state) {
  (void)state;
  static const double median[3] = {17.77, 36.99, 43.99}; /* at 0, 45 and 90 d */
  enum { N = 4000 };
  model m = model_make_with(
      HEAD("400 d", "{wait: {weibull: {shape: 0.7, scale: 30 d}}, exits: {won: 1}}")
      "pipeline: {file: deals.csv, funnel: f, stage: stage, entered: entered}\n",
      "deals.csv", "stage,entered\na,2026-01-05\na,2025-11-21\na,2025-10-07\n");
  kept k = run_model(&m, (run_plan){.replications = N, .keep = N, .threads = 2});
  double below[3] = {0};
  for (size_t i = 0; i < k.rows->rows[FSIM_JOURNEYS]; i++) {
    int age = -COLUMN(int32_t, k, FSIM_JOURNEY_T_START)[i] / (45 * DAY);
    below[age] += COLUMN(int32_t, k, FSIM_JOURNEY_T_END)[i] < median[age] * DAY;
  }
  for (int i = 0; i < 3; i++)
    assert_agrees((estimate){below[i] / N, sqrt(0.25 / N) + 1e-4, 0}, 0.5, "below the median");
  kept_free(&k);
  model_free(&m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_change_for_new_leads_holds_from_its_date),
      cmocka_unit_test(a_share_reaches_that_share),
      cmocka_unit_test(a_ramp_reaches_more_and_more),
      cmocka_unit_test(new_looks_at_arrival_and_next_stage_at_the_visit),
      cmocka_unit_test(running_waits_keep_the_part_lived),
      cmocka_unit_test(a_ramp_reaches_running_waits),
      cmocka_unit_test(clocks_of_a_race_keep_the_part_lived),
      cmocka_unit_test(at_a_tie_the_exit_comes_before_the_expiry),
      cmocka_unit_test(what_would_start_at_the_horizon_is_not_made),
      cmocka_unit_test(a_deal_past_its_deadline_goes_at_the_start),
      cmocka_unit_test(old_deals_stay_longer),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
