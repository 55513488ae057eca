/* Coverage of the summary's own intervals, engine and all: 2000 seeds of a funnel whose numbers
 * under its horizon are known exactly. */
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

enum { SEEDS = 2000, FIRST_SEED = 1, R = 40 };

/* Leads at 2 a day over T = 56 days from empty, into each of two funnels; a wait of exponential
 * mean 6 d in one, 20 d in the other, where a third is still open at the end; 30 % won, each worth
 * a lognormal of mean 1000 and cv 0.7. */
static const char scenario[] =
    "scenario: coverage\n"
    "start: 2026-01-05\n"
    "horizon: 8 w\n"
    "replications: 40\n"
    "seed: %d\n"
    "models:\n"
    "  basic:\n"
    "    funnel: basic\n"
    "    entry: deal\n"
    "    stages:\n"
    "      deal: {wait: {exponential: {mean: 6 d}}, exits: {won: 0.3, lost: rest}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "    value: {lognormal: {mean: 1000, cv: 0.7}}\n"
    "  slow:\n"
    "    funnel: slow\n"
    "    entry: deal\n"
    "    stages:\n"
    "      deal: {wait: {exponential: {mean: 20 d}}, exits: {won: 0.3, lost: rest}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "streams:\n"
    "  web: {into: basic, rate: 2 / d, cost: 10}\n"
    "  fair: {into: slow, rate: 2 / d}\n";

static const double T = 56, M = 6, SLOW = 20, RATE = 2, P = 0.3;

/* Share of the waits of leads that came evenly over [0, T] and ended by T that are below x. */
static double ended_below(double x) {
  /* integral of exp(-t / M) / M * (T - t) from 0 to x, over the same to T */
  double at_x = T * (1 - exp(-x / M)) - (M - (x + M) * exp(-x / M));
  double at_T = T * (1 - exp(-T / M)) - (M - (T + M) * exp(-T / M));
  return at_x / at_T;
}

/* Their mean: the integral of 1 - F. */
static double ended_mean(void) {
  enum { STEPS = 20000 };
  double sum = 0;
  for (int i = 0; i < STEPS; i++) sum += 1 - ended_below(T * (i + 0.5) / STEPS);
  return sum * T / STEPS;
}

/* Times are told up to seven eighths of the window: what an exponential one of this mean is then.
 */
static double seen_mean(double mean) {
  double most = 0.875 * T;
  return mean - most * exp(-most / mean) / (1 - exp(-most / mean));
}

static double seen_quantile(double mean, double p) {
  return -mean * log(1 - p * (1 - exp(-0.875 * T / mean)));
}

typedef struct tally {
  const char *what;
  double truth;
  int inside;
} tally;

enum { MEAN, P50, P90, FIGURES };
enum {
  WON,
  VALUE,
  OF_ENDED,
  OF_ENTERED,
  OPEN,
  PROGRESS,
  ENDED_CYCLE,
  CYCLE,
  STAGE = CYCLE + FIGURES,
  SLOW_CYCLE = STAGE + FIGURES,
  SLOW_STAGE = SLOW_CYCLE + FIGURES,
  TALLIES = SLOW_STAGE + FIGURES
};

static void count(tally *t, const fsim_interval *interval) {
  t->inside += interval->low <= t->truth && t->truth <= interval->high;
}

static void count_times(tally *t, const fsim_estimate *times) {
  count(&t[MEAN], &times->mean);
  count(&t[P50], &times->p50);
  count(&t[P90], &times->p90);
}

static void expect_times(tally *t, const char *const names[FIGURES], double mean) {
  t[MEAN] = (tally){names[MEAN], seen_mean(mean), 0};
  t[P50] = (tally){names[P50], seen_quantile(mean, 0.5), 0};
  t[P90] = (tally){names[P90], seen_quantile(mean, 0.9), 0};
}

static const fsim_journeys_record *won_of(const run *r, size_t funnel) {
  const fsim_journeys_record *won = r->summary->journeys;
  while (won->funnel != funnel || !r->scenario->outcomes[won->outcome].win) won++;
  return won;
}

static void summaries_cover_the_truth(void **state) {
  (void)state;
  double ended = T - M * (1 - exp(-T / M)); /* days' worth of leads that ended by T */
  tally t[TALLIES] = {
      [WON] = {"won per week", RATE * ended * P / 8, 0},
      [VALUE] = {"value per week", RATE * ended * P * 1000 / 8, 0},
      [OF_ENDED] = {"won of ended", P, 0},
      [OF_ENTERED] = {"won of entered", P * (1 - exp(-T / M)), 0},
      [OPEN] = {"open share", 1 - ended / T, 0},
      [PROGRESS] = {"work in progress", RATE * M * ended / T, 0},
      [ENDED_CYCLE] = {"cycle time of ended", ended_mean(), 0},
  };
  expect_times(t + CYCLE, (const char *[]){"cycle time", "its p50", "its p90"}, M);
  expect_times(t + STAGE, (const char *[]){"time in stage", "its p50", "its p90"}, M);
  expect_times(t + SLOW_CYCLE, (const char *[]){"slow cycle time", "its p50", "its p90"}, SLOW);
  expect_times(t + SLOW_STAGE, (const char *[]){"slow stage", "its p50", "its p90"}, SLOW);
  for (int seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    char yaml[sizeof scenario + 16];
    run r;
    snprintf(yaml, sizeof yaml, scenario, seed);
    simulate(&r, yaml, R);
    const fsim_funnel_record *f = &r.summary->funnels[0];
    count(&t[WON], &f->won_per_week.mean);
    count(&t[VALUE], &f->value_per_week.mean);
    count(&t[OF_ENDED], &f->won_of_ended.mean);
    count(&t[OF_ENTERED], &f->conversion.corrected);
    count(&t[OPEN], &f->open_share.mean);
    count(&t[PROGRESS], &f->wip.mean);
    count(&t[ENDED_CYCLE], &won_of(&r, 0)->of_ended);
    count_times(t + CYCLE, &won_of(&r, 0)->cycle_days);
    count_times(t + STAGE, &r.summary->stages[0].time_days);
    count_times(t + SLOW_CYCLE, &won_of(&r, 1)->cycle_days);
    count_times(t + SLOW_STAGE, &r.summary->stages[1].time_days);
    end(&r);
  }
  /* Nineteen intervals at once: 3.3 standard errors of 2000 seeds about 95 %. */
  for (int i = 0; i < TALLIES; i++) {
    double share = (double)t[i].inside / SEEDS;
    print_message("%-20s %.1f %% of %d seeds, truth %.6g\n", t[i].what, 100 * share, SEEDS,
                  t[i].truth);
    if (share < 0.934 || share > 0.966) fail_msg("%s: coverage %.4f", t[i].what, share);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(summaries_cover_the_truth)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
