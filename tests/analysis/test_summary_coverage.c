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

/* Leads at 2 a day over T = 56 days from empty; a wait of exponential mean 6 d; 30 % won, each
 * worth a lognormal of mean 1000 and cv 0.7. */
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
    "streams:\n"
    "  web: {into: basic, rate: 2 / d, cost: 10}\n";

static const double T = 56, M = 6, RATE = 2, P = 0.3;

/* Share of the waits of leads that came evenly over [0, T] and ended by T that are below x. */
static double ended_below(double x) {
  /* integral of exp(-t / M) / M * (T - t) from 0 to x, over the same to T */
  double at_x = T * (1 - exp(-x / M)) - (M - (x + M) * exp(-x / M));
  double at_T = T * (1 - exp(-T / M)) - (M - (T + M) * exp(-T / M));
  return at_x / at_T;
}

static double ended_quantile(double p) {
  double low = 0, high = T;
  for (int i = 0; i < 100; i++) {
    double middle = 0.5 * (low + high);
    if (ended_below(middle) < p) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

/* Their mean: the integral of 1 - F. */
static double ended_mean(void) {
  enum { STEPS = 20000 };
  double sum = 0;
  for (int i = 0; i < STEPS; i++) sum += 1 - ended_below(T * (i + 0.5) / STEPS);
  return sum * T / STEPS;
}

typedef struct tally {
  const char *what;
  double truth;
  int inside;
} tally;

enum { WON, VALUE, OF_ENDED, OF_ENTERED, OPEN, PROGRESS, CYCLE, CYCLE_P50, CYCLE_P90, TALLIES };

static void count(tally *t, const fsim_interval *interval) {
  t->inside += interval->low <= t->truth && t->truth <= interval->high;
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
      [CYCLE] = {"cycle time, mean", ended_mean(), 0},
      [CYCLE_P50] = {"cycle time, p50", ended_quantile(0.5), 0},
      [CYCLE_P90] = {"cycle time, p90", ended_quantile(0.9), 0},
  };
  for (int seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    char yaml[sizeof scenario + 16];
    run r;
    snprintf(yaml, sizeof yaml, scenario, seed);
    simulate(&r, yaml, R);
    const fsim_funnel_record *f = &r.summary->funnels[0];
    const fsim_journeys_record *won = r.summary->journeys;
    while (!r.scenario->outcomes[won->outcome].win) won++;
    count(&t[WON], &f->won_per_week.mean);
    count(&t[VALUE], &f->value_per_week.mean);
    count(&t[OF_ENDED], &f->won_of_ended.mean);
    count(&t[OF_ENTERED], &f->conversion.corrected);
    count(&t[OPEN], &f->open_share.mean);
    count(&t[PROGRESS], &f->wip.mean);
    count(&t[CYCLE], &won->cycle_days.mean);
    count(&t[CYCLE_P50], &won->cycle_days.p50);
    count(&t[CYCLE_P90], &won->cycle_days.p90);
    end(&r);
  }
  /* Nine intervals at once: 3.3 standard errors of 2000 seeds about 95 %. */
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
