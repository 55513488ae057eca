/* The teams of a summary against exact answers: M/M/2 in steady state (Erlang C), and open hours.
 */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <math.h>

#include "memory_run.h"

static void assert_covers(const fsim_interval *interval, double exact, int line) {
  double z = (interval->estimate - exact) / interval->standard_error;
  if (!(fabs(z) < 4)) {
    fail_msg("line %d: %.6g, exact %.6g, z = %.2f", line, interval->estimate, exact, z);
  }
}
#define COVERS(interval, exact) assert_covers(&(interval), (exact), __LINE__)

#define SCENARIO(teams)                                                                        \
  "scenario: queue\nstart: 2026-01-05\nhorizon: 60 w\nwarm_up: 12 w\nreplications: 60\n"       \
  "seed: 7\nmodels:\n  f:\n    funnel: f\n    entry: s\n    stages:\n"                         \
  "      s: {work: {team: desk, time: {exponential: {mean: 2 h}}}, exits: {won: rest}}\n"      \
  "    outcomes: {won: {counts_as: win}, lost: {}}\nstreams: {web: {into: f, rate: 18 / d}}\n" \
  "teams: {desk: " teams "}\n"

/* 1.5 Erlang on two places: utilisation 0.75, probability to wait C = 9/14 (Erlang 1917), mean
 * queue C * rho / (1 - rho), mean wait C / (c mu - lambda); P(wait > t) = C exp(-(c mu - lambda)
 * t). */
static void two_places_are_an_erlang_queue(void **state) {
  (void)state;
  run r;
  simulate(&r, SCENARIO("{size: 2, cost: 30 / h}"), 60);
  assert_int_equal(r.summary->n_teams, 1);
  const fsim_team_record *t = &r.summary->teams[0];
  const double waits = 9.0 / 14, spare = 6; /* a day */
  COVERS(t->utilisation.mean, 0.75);
  COVERS(t->queue_length.mean, waits * 3);
  COVERS(t->queue_days.mean, waits / spare);
  COVERS(t->joined_per_week.mean, 126);
  double p90 = log(waits / 0.1) / spare;
  if (!(t->queue_days.p90.low < p90 && p90 < t->queue_days.p90.high))
    fail_msg("p90 %.4g to %.4g, exact %.4g", t->queue_days.p90.low, t->queue_days.p90.high, p90);
  assert_true(t->cost_per_week > 10079.999 && t->cost_per_week < 10080.001); /* 2 * 168 h * 30 */
  assert_ptr_equal(fsim_busiest_team(r.summary), t);
  COVERS(r.summary->funnels[0].all_cost_per_win, 80); /* 10,080 a week over 126 wins */
  assert_string_equal(t->limit, "people");
  end(&r);
}

/* The same work in 56 open hours a week on 5 places: 252 h of work on 280 h. */
static void utilisation_is_of_open_hours(void **state) {
  (void)state;
  run r;
  simulate(&r,
           SCENARIO("{size: 5, cost: 30 / h, hours: {days: mon-sun, from: \"09:00\", to: "
                    "\"17:00\"}}"),
           60);
  const fsim_team_record *t = &r.summary->teams[0];
  COVERS(t->utilisation.mean, 0.9);
  assert_true(t->cost_per_week > 8399.999 && t->cost_per_week < 8400.001);
  end(&r);
}

/* Twelve people for the work of five: who waits, waits for nine o'clock. With a queue of two places
 * only and one person, the limit is what one runs into. */
static void what_holds_work_up(void **state) {
  (void)state;
  run r;
  simulate(&r, SCENARIO("{size: 12, hours: {days: mon-sun, from: \"09:00\", to: \"17:00\"}}"), 20);
  assert_string_equal(r.summary->teams[0].limit, "hours");
  end(&r);
  simulate(&r, SCENARIO("{size: 1, limit: 2}"), 20);
  assert_string_equal(r.summary->teams[0].limit, "queue limit");
  end(&r);
  simulate(&r, SCENARIO("{size: 9}"), 20);
  assert_string_equal(r.summary->teams[0].limit, "nothing");
  end(&r);
}

/* The same queue at 90 %: it has long queues and no trend; nobody is to be alarmed. With more work
 * than places it grows from the first week of the window on. */
static void only_queues_without_end_grow(void **state) {
  (void)state;
  run r;
  simulate(
      &r,
      "scenario: full\nstart: 2026-01-05\nhorizon: 60 w\nwarm_up: 12 w\nreplications: 60\n"
      "seed: 7\nmodels:\n  f:\n    funnel: f\n    entry: s\n    stages:\n"
      "      s: {work: {team: desk, time: {exponential: {mean: 2.4 h}}}, exits: {won: rest}}\n"
      "    outcomes: {won: {counts_as: win}, lost: {}}\nstreams: {web: {into: f, rate: 18 / d}}\n"
      "teams: {desk: {size: 2}}\n",
      60);
  assert_false(r.summary->teams[0].grows);
  end(&r);
  simulate(&r, SCENARIO("{size: 1}"), 60);
  assert_true(r.summary->teams[0].grows);
  assert_in_range(r.summary->teams[0].grows_from_week, 12, 20);
  end(&r);
}

/* False alarms over many seeds of a queue at 80 %: next to none. */
static void false_alarms_are_rare(void **state) {
  (void)state;
  size_t alarms = 0;
  for (int seed = 0; seed < 60; seed++) {
    char yaml[1024];
    snprintf(
        yaml, sizeof yaml,
        "scenario: calm\nstart: 2026-01-05\nhorizon: 40 w\nwarm_up: 8 w\nreplications: 20\n"
        "seed: %d\nmodels:\n  f:\n    funnel: f\n    entry: s\n    stages:\n"
        "      s: {work: {team: desk, time: {exponential: {mean: 4 h}}}, exits: {won: rest}}\n"
        "    outcomes: {won: {counts_as: win}, lost: {}}\nstreams: {web: {into: f, rate: 4.8 / "
        "d}}\nteams: {desk: {size: 1}}\n",
        seed);
    run r;
    simulate(&r, yaml, 20);
    alarms += r.summary->teams[0].grows;
    end(&r);
  }
  assert_int_equal(alarms, 0);
}

/* Impatient leads of whom 30 % would have been won at once for 100 each: as many wins are forgone
 * as 0.3 of those who gave up, and every day of a win is in one of the parts. */
static void patience_has_its_regret(void **state) {
  (void)state;
  run r;
  simulate(&r,
           "scenario: regret\nstart: 2026-01-05\nhorizon: 60 w\nwarm_up: 12 w\nreplications: 60\n"
           "seed: 7\nmodels:\n  f:\n    funnel: f\n    entry: s\n    stages:\n"
           "      s: {work: {team: desk, time: {exponential: {mean: 6 h}}, patience: {exponential: "
           "{mean: 12 h}}}, wait: {gamma: {mean: 3 d, cv: 0.7}}, exits: {won: 0.3, lost: rest}}\n"
           "    outcomes: {won: {counts_as: win}, lost: {}}\n    value: 100\n"
           "streams: {web: {into: f, rate: 22 / d}}\nteams: {desk: {size: 5}}\n",
           60);
  assert_int_equal(r.summary->n_rules, 1);
  const fsim_rule_record *rule = &r.summary->rules[0];
  assert_true(rule->abandons && !rule->expires && !rule->drops);
  const double gave_up = 22 * 7 * 0.185448476332; /* Erlang's A (Palm 1946) */
  COVERS(rule->ended_per_week.mean, gave_up);
  COVERS(rule->would_win, 0.3);
  COVERS(rule->value_per_week, 0.3 * 100 * gave_up);
  double days = 0;
  for (size_t i = 0; i < r.summary->n_parts; i++) {
    const fsim_part_record *part = &r.summary->parts[i];
    if (!r.scenario->outcomes[part->outcome].win) continue;
    days += part->queue_days.mean.estimate + part->work_days.mean.estimate +
            part->wait_days.mean.estimate;
    COVERS(part->wait_days.mean, 3);
    COVERS(part->work_days.mean, 0.25);
  }
  const fsim_journeys_record *won = r.summary->journeys;
  while (!r.scenario->outcomes[won->outcome].win) won++;
  assert_true(fabs(days - won->of_ended.estimate) < 1e-9 * days);
  end(&r);
}

/* Two classes by Cobham's formula (1954): W0 = 0.165, W1 = W0 / (1 - 0.3), W2 = W1 / (1 - 0.78). */
static void classes_wait_as_their_priority_says(void **state) {
  (void)state;
  run r;
  simulate(&r,
           "scenario: classes\nstart: 2026-01-05\nhorizon: 300 w\nwarm_up: 40 w\n"
           "replications: 60\nseed: 7\nattributes: {segment: [high, low]}\n"
           "models:\n  f:\n    funnel: f\n    entry: s\n    stages:\n"
           "      s: {work: {team: desk, time: {exponential: {mean: 0.2 d}}}, exits: {won: rest}}\n"
           "    outcomes: {won: {counts_as: win}, lost: {}}\n"
           "    overrides: [{when: {segment: low}, stages: {s: {work: {time: {exponential: {mean: "
           "0.3 d}}}}}}]\n"
           "streams:\n  a: {into: f, rate: 1.5 / d, attributes: {segment: high}}\n"
           "  b: {into: f, rate: 1.6 / d, attributes: {segment: low}}\n"
           "teams: {desk: {size: 1, queue: {priority: [{when: {segment: high}}]}}}\n",
           60);
  assert_int_equal(r.summary->n_classes, 2);
  COVERS(r.summary->classes[0].queue_days.mean, 0.291428571429);
  COVERS(r.summary->classes[1].queue_days.mean, 1.32467532468);
  COVERS(r.summary->classes[0].joined_per_week.mean, 10.5);
  end(&r);
}

/* M/M/1 at 0.8: P(queue <= n) = 1 - 0.8^(n + 2), first at least 0.9 for n = 9. */
static void the_queue_is_rarely_longer(void **state) {
  (void)state;
  run r;
  simulate(
      &r,
      "scenario: one\nstart: 2026-01-05\nhorizon: 400 w\nwarm_up: 40 w\nreplications: 60\n"
      "seed: 7\nmodels:\n  f:\n    funnel: f\n    entry: s\n    stages:\n"
      "      s: {work: {team: desk, time: {exponential: {mean: 0.2 d}}}, exits: {won: rest}}\n"
      "    outcomes: {won: {counts_as: win}, lost: {}}\nstreams: {web: {into: f, rate: 4 / d}}\n"
      "teams: {desk: {size: 1}}\n",
      60);
  assert_true(r.summary->teams[0].queue_length_p90 == 9);
  end(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(only_queues_without_end_grow),
      cmocka_unit_test(what_holds_work_up),
      cmocka_unit_test(false_alarms_are_rare),
      cmocka_unit_test(patience_has_its_regret),
      cmocka_unit_test(classes_wait_as_their_priority_says),
      cmocka_unit_test(the_queue_is_rarely_longer),
      cmocka_unit_test(two_places_are_an_erlang_queue),
      cmocka_unit_test(utilisation_is_of_open_hours),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
