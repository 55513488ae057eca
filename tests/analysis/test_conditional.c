/* What comes behind the last team, in expectation in place of chance: unbiased, never wider. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <math.h>
#include <stdio.h>

#include "analysis/conditional.h"
#include "memory_run.h"

/* A run whose rows go to the sums as they come. */
typedef struct conditioned {
  run r;
  fsim_conditional *c;
  size_t cells, groups;
  double *sums; /* [replications][2 n_funnels][groups] */
} conditioned;

static int take_rows(void *self, const fsim_trajectory *part, fsim_report *report) {
  conditioned *x = self;
  return fsim_conditional_add(x->c, part, report, x->sums + part->replication * x->cells);
}

static int finish_rows(void *self, uint32_t replication, const int64_t *record,
                       fsim_report *report) {
  conditioned *x = self;
  return finish(&x->r, replication, record, report);
}

static int commit_nothing(void *self, uint32_t done, const fsim_pool *pool, fsim_report *report) {
  (void)self;
  (void)done;
  (void)pool;
  (void)report;
  return FSIM_OK;
}

static void load_case(conditioned *x, const char *yaml) {
  run *r = &x->r;
  memset(x, 0, sizeof *x);
  r->report = fsim_report_new();
  expect_fine(fsim_source_parse("test.yaml", yaml, strlen(yaml), NULL, NULL, NULL, 0, NULL, 0,
                                r->report, &r->source),
              r->report);
  expect_fine(fsim_source_realise(r->source, FSIM_CENTRAL, r->report, &r->scenario), r->report);
  expect_fine(fsim_shape_make(r->scenario, r->report, &r->shape), r->report);
}

static void open_case(conditioned *x, const char *yaml) {
  const char *why_not;
  load_case(x, yaml);
  expect_fine(fsim_conditional_make(x->r.scenario, x->r.shape, x->r.report, &x->c, &why_not),
              x->r.report);
}

static void simulate_rows(conditioned *x, uint32_t n) {
  run *r = &x->r;
  assert_non_null(x->c);
  x->groups = r->shape->dim[FSIM_DIM_GROUP];
  x->cells = 2 * r->scenario->n_funnels * x->groups;
  x->sums = fsim_zeroed(n * x->cells, sizeof *x->sums);
  r->records = fsim_zeroed((size_t)n * r->shape->n_cells, sizeof *r->records);
  assert_true(x->sums && r->records);
  fsim_run_options options = {.threads = 1, .keep = {UINT32_MAX, 1}, .end = n};
  fsim_sink sink = {x, take_rows, finish_rows, help, tend, commit_nothing};
  fsim_run_result result;
  expect_fine(fsim_run(r->source, r->scenario, r->shape, &options, &sink, r->report, &result),
              r->report);
  assert_int_equal(result.done, n);
}

static void close_case(conditioned *x) {
  fsim_conditional_free(x->c);
  free(x->sums);
  end(&x->r);
}

/* Of the records: wins of a funnel in the window, or their value, for a group. */
static double recorded(const conditioned *x, uint32_t replication, size_t metric, size_t group) {
  const fsim_scenario *s = x->r.scenario;
  const int64_t *record = x->r.records + (size_t)replication * x->r.shape->n_cells;
  bool valued = metric >= s->n_funnels;
  double sum = 0;
  for (size_t o = 0; o < s->n_outcomes; o++) {
    if (!s->outcomes[o].win || s->outcomes[o].funnel != metric % s->n_funnels) continue;
    fsim_cells array = valued ? FSIM_VALUE : FSIM_ENDED;
    sum += (double)record[fsim_cell(x->r.shape, array, o, group, 0)] * (valued ? 0.01 : 1);
  }
  return sum;
}

/* Two teams, segments with laws of their own, a loop and an expiry behind them, a link to a funnel
 * without teams and one back to a funnel with them. */
static const char network[] =
    "scenario: network\n"
    "start: 2026-01-05\n"
    "horizon: 120 d\n"
    "warm_up: 33 d\n"
    "replications: 20\n"
    "seed: 12\n"
    "attributes: {segment: [smb, enterprise]}\n"
    "models:\n"
    "  basic:\n"
    "    funnel: basic\n"
    "    entry: call\n"
    "    stages:\n"
    "      call:\n"
    "        work: {team: t, time: {exponential: {mean: 0.1 d}}, patience: {exponential: {mean: 3 "
    "d}}}\n"
    "        exits: {think: 0.6, lost: rest}\n"
    "      think:\n"
    "        wait: {gamma: {mean: 6 d, cv: 0.8}}\n"
    "        expire: {after: 14 d, to: lost}\n"
    "        exits: {offer: 0.7, lost: rest}\n"
    "      offer: {wait: {lognormal: {mean: 9 d, cv: 1}}, exits: {won: 0.4, think: 0.2, lost: "
    "rest}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "    value: {lognormal: {mean: 1000, cv: 1}}\n"
    "    overrides:\n"
    "      - {when: {segment: enterprise}, stages: {offer: {exits: {won: 0.6}}}, value: 8000}\n"
    "  upsell:\n"
    "    funnel: upsell\n"
    "    entry: ask\n"
    "    stages: {ask: {wait: {exponential: {mean: 5 d}}, exits: {won: 0.5, lost: rest}}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "    value: 300\n"
    "links:\n"
    "  - {from: basic.won, to: upsell, probability: 0.8, after: {exponential: {mean: 10 d}}}\n"
    "  - {from: upsell.lost, to: upsell, probability: 0.3, after: 20 d}\n"
    "teams: {t: {size: 1}}\n"
    "streams:\n"
    "  web: {into: basic, rate: 9 / d, attributes: {segment: {smb: 0.7, enterprise: 0.3}}}\n"
    "  old: {into: upsell, rate: 1 / d, attributes: {segment: smb}}\n";

/* Paired with the recorded figures: wins and value of both funnels, of all leads and each segment.
 */
static void sums_are_unbiased_and_vary_less(void **state) {
  (void)state;
  enum { MANY = 800 };
  conditioned x;
  open_case(&x, network);
  simulate_rows(&x, MANY);
  double *apart = fsim_zeroed(3 * MANY, sizeof *apart), *plain = apart + MANY, *y = plain + MANY;
  double squares = 0;
  for (size_t m = 0; m < 4; m++) {
    for (size_t g = 0; g < x.groups; g++) {
      for (uint32_t i = 0; i < MANY; i++) {
        plain[i] = recorded(&x, i, m, g);
        y[i] = x.sums[i * x.cells + m * x.groups + g];
        apart[i] = y[i] - plain[i];
      }
      fsim_interval d = fsim_interval_mean(apart, MANY, 0.95);
      double left = fsim_moments_of(y, MANY).variance / fsim_moments_of(plain, MANY).variance;
      double z = d.estimate / d.standard_error;
      print_message("metric %zu group %zu: z %.2f, variance left %.2f\n", m, g, z, left);
      if (fabs(z) > 4) fail_msg("biased: z %.2f", z);
      assert_true(left < 1);
      if (m < 2 && g > 0) squares += z * z;
    }
  }
  assert_true(squares < 18.5); /* 99.9 % of chi square, wins of 2 funnels x 2 segments */
  free(apart);
  close_case(&x);
}

/* M/M/1 from empty, then won by half: 116.0846 served by 30 days (Kolmogorov's equations). */
static const char queue[] =
    "scenario: queue\n"
    "start: 2026-01-05\n"
    "horizon: 30 d\n"
    "replications: 20\n"
    "seed: %d\n"
    "models:\n"
    "  f:\n"
    "    funnel: f\n"
    "    entry: a\n"
    "    stages:\n"
    "      a: {work: {team: t, time: {exponential: {mean: 0.2 d}}}, exits: {b: 1}}\n"
    "      b: {exits: {won: 0.5, lost: rest}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "teams: {t: {size: 1}}\n"
    "streams: {new: {into: f, rate: 4 / d}}\n";

static void intervals_cover_the_wins_of_a_queue(void **state) {
  (void)state;
  enum { SEEDS = 2000, R = 20 };
  int inside = 0;
  char first[1024];
  conditioned shared; /* what is still to come does not depend on the seed */
  snprintf(first, sizeof first, queue, 1);
  open_case(&shared, first);
  double narrower = 0, truth = 116.084558555 / 2;
  for (int seed = 1; seed <= SEEDS; seed++) {
    char text[1024];
    conditioned x;
    double y[R], plain[R];
    snprintf(text, sizeof text, queue, seed);
    load_case(&x, text);
    x.c = shared.c;
    simulate_rows(&x, R);
    x.c = NULL;
    for (uint32_t i = 0; i < R; i++) {
      y[i] = x.sums[i * x.cells];
      plain[i] = recorded(&x, i, 0, 0);
    }
    fsim_interval interval = fsim_interval_mean(y, R, 0.95),
                  other = fsim_interval_mean(plain, R, 0.95);
    inside += interval.low <= truth && truth <= interval.high;
    narrower += 1 - fsim_interval_half_width(&interval) / fsim_interval_half_width(&other);
    close_case(&x);
  }
  close_case(&shared);
  print_message("%.1f %% of %d seeds, %.1f %% narrower\n", 100.0 * inside / SEEDS, SEEDS,
                100 * narrower / SEEDS);
  assert_true(fabs((double)inside / SEEDS - 0.95) < 2.58 * sqrt(0.95 * 0.05 / SEEDS));
  assert_true(narrower > 0.2 * SEEDS);
}

/* No stage behind the last team; laws that change; numbers that are uncertain. */
static void where_nothing_is_behind_it_says_so(void **state) {
  (void)state;
  const char *why_not;
  conditioned x;
  char text[1024];
  snprintf(text, sizeof text, queue, 1);
  char *exits = strstr(text, "exits: {b: 1}"), *probability = strstr(text, "won: 0.5");
  assert_true(exits && probability);
  open_case(&x, text);
  assert_non_null(x.c);
  close_case(&x);
  memcpy(strstr(text, "b: {exits: {won: 0.5, lost: rest}}"), "b: {exits: {won: 0.5, a: rest   }}",
         34);
  open_case(&x, text);
  assert_null(x.c);
  expect_fine(fsim_conditional_make(x.r.scenario, x.r.shape, x.r.report, &x.c, &why_not),
              x.r.report);
  assert_string_equal(why_not, "no stage lies behind the last team");
  close_case(&x);
  size_t used = (size_t)snprintf(text, sizeof text, queue, 1);
  snprintf(text + used, sizeof text - used, "paces: {zeal: {cv: 0.1}}\n");
  load_case(&x, text);
  expect_fine(fsim_conditional_make(x.r.scenario, x.r.shape, x.r.report, &x.c, &why_not),
              x.r.report);
  assert_null(x.c);
  assert_string_equal(why_not, "a pace makes weeks vary");
  close_case(&x);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sums_are_unbiased_and_vary_less),
      cmocka_unit_test(intervals_cover_the_wins_of_a_queue),
      cmocka_unit_test(where_nothing_is_behind_it_says_so),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
