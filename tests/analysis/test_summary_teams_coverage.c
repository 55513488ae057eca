/* Coverage of the intervals that a summary gives of teams, engine and all: 600 seeds of two queues
 * with exact answers, long after they began empty. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <math.h>
#include <stdio.h>

#include "memory_run.h"

enum { SEEDS = 600, FIRST_SEED = 1, R = 40 };

#define QUEUE(rate, work, patience, size)                                                 \
  "scenario: coverage\nstart: 2026-01-05\nhorizon: 6 w\nwarm_up: 2 w\nreplications: 40\n" \
  "seed: %d\nmodels:\n  f:\n    funnel: f\n    entry: s\n    stages:\n"                   \
  "      s: {work: {team: desk, time: {exponential: {mean: " work "}}" patience           \
  "}, exits: {won: rest}}\n"                                                              \
  "    outcomes: {won: {counts_as: win}, lost: {}}\n"                                     \
  "streams: {web: {into: f, rate: " rate " / d}}\nteams: {desk: {size: " size "}}\n"

typedef struct tally {
  const char *what;
  double truth;
  int inside;
} tally;

static void count(tally *t, const fsim_interval *interval) {
  t->inside += interval->low <= t->truth && t->truth <= interval->high;
}

enum { BUSY, LENGTH, WAIT, P90, ABANDONED, TALLIES };

/* Three standard errors and a bit of so many seeds about 95 %. */
static void check(const tally *t) {
  double share = (double)t->inside / SEEDS;
  if (isnan(t->truth)) return;
  print_message("%-24s %.1f %% of %d seeds, truth %.6g\n", t->what, 100 * share, SEEDS, t->truth);
  if (fabs(share - 0.95) > 3.3 * sqrt(0.95 * 0.05 / SEEDS))
    fail_msg("%s: coverage %.4f", t->what, share);
}

static void cover(const char *scenario, tally *t) {
  for (int seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    char yaml[1024];
    run r;
    snprintf(yaml, sizeof yaml, scenario, seed);
    simulate(&r, yaml, R);
    const fsim_team_record *team = &r.summary->teams[0];
    count(&t[BUSY], &team->utilisation.mean);
    count(&t[LENGTH], &team->queue_length.mean);
    count(&t[WAIT], &team->queue_days.mean);
    count(&t[P90], &team->queue_days.p90);
    count(&t[ABANDONED], &team->abandoned_share.mean);
    end(&r);
  }
  for (int i = 0; i < TALLIES; i++) check(&t[i]);
}

/* One place at 0.6: P(wait > t) = 0.6 exp(-(mu - lambda) t), mu - lambda = 8 a day. */
static void one_place(void **state) {
  (void)state;
  tally t[TALLIES] = {[BUSY] = {"busy", 0.6, 0},
                      [LENGTH] = {"queue length", 0.9, 0},
                      [WAIT] = {"wait, mean", 0.075, 0},
                      [P90] = {"wait, p90", log(6) / 8, 0},
                      [ABANDONED] = {"", (double)NAN, 0}};
  cover(QUEUE("12", "72 min", "", "1"), t);
}

/* Erlang's A (Palm 1946): two places, impatient leads; n leads in the system are a birth-death
 * chain with rates lambda = 10, mu = 5 and theta = 4 a day. Who finds k before him in the queue
 * moves up at 2 mu + k theta and gives up at theta. */
static void impatient_leads(void **state) {
  (void)state;
  const double lambda = 10, mu = 5, theta = 4;
  double p = 1, sum = 0, busy = 0, length = 0, served = 0, waited = 0;
  double stays = 1, wait = 0; /* of who finds k in the queue: is served; his wait if so, else 0 */
  for (int n = 0; n < 200; n++) {
    sum += p;
    busy += p * (n < 2 ? n : 2) / 2;
    if (n >= 2) {
      double k = n - 2, on = 2 * mu + k * theta, rate = on + theta;
      length += p * k;
      wait = on / rate * (wait + stays / rate);
      stays *= on / rate;
      waited += p * wait;
    }
    served += p * stays;
    p *= lambda / (n + 1 < 2 ? (n + 1) * mu : 2 * mu + (n - 1) * theta);
  }
  tally t[TALLIES] = {[BUSY] = {"busy, impatient", busy / sum, 0},
                      [LENGTH] = {"queue length, impatient", length / sum, 0},
                      [WAIT] = {"wait of the served", waited / served, 0},
                      [P90] = {"", (double)NAN, 0},
                      [ABANDONED] = {"share that abandons", 1 - served / sum, 0}};
  cover(QUEUE("10", "0.2 d", ", patience: {exponential: {mean: 0.25 d}}", "2"), t);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(one_place),
                                     cmocka_unit_test(impatient_leads)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
