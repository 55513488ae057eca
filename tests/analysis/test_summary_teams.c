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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(two_places_are_an_erlang_queue),
      cmocka_unit_test(utilisation_is_of_open_hours),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
