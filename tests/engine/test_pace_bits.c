/* What paces promise about bits: a map of time that keeps order, and factors that hang on nothing
 * but the seed, the replication, the pace's name and the week. */
#include "sim/engine/pace.h"
#include "tests/engine/build.h"
#include "tests/engine/rich.h"

#define PACES                                                         \
  "paces:\n"                                                          \
  "  zeal: {cv: 30 %, stages: [basic.talk, basic.offer, more.ask]}\n" \
  "  answers: {cv: 0.5, stages: [basic.nurture]}\n"

static kept run_text(const char *yaml, const char *deals, model *m, run_plan plan) {
  *m = model_make_with(yaml, deals == NULL ? NULL : "deals.csv", deals);
  if (plan.replications == 0) plan.replications = 4;
  plan.keep = UINT32_MAX;
  return run_model(m, plan);
}

static bool same_rows(const kept *a, const kept *b) {
  for (int t = 0; t < FSIM_N_TABLES; t++)
    if (a->rows->rows[t] != b->rows->rows[t]) return false;
  for (int c = 0; c < FSIM_N_COLUMNS; c++) {
    size_t n = a->rows->rows[fsim_columns[c].table] * fsim_column_size(fsim_columns[c].type);
    if (memcmp(a->rows->column[c], b->rows->column[c], n) != 0) return false;
  }
  return true;
}

/* Two texts of one shape: the same rows and records? */
static bool same_runs(const char *a, const char *b, const char *deals) {
  model ma, mb;
  kept ka = run_text(a, deals, &ma, (run_plan){0}), kb = run_text(b, deals, &mb, (run_plan){0});
  assert_true(ka.rows->rows[FSIM_VISITS] > 5000);
  bool same = same_rows(&ka, &kb) &&
              memcmp(ka.records, kb.records, 4 * ma.shape->n_cells * sizeof *ka.records) == 0;
  kept_free(&ka);
  kept_free(&kb);
  model_free(&ma);
  model_free(&mb);
  return same;
}

static void a_pace_without_variation_is_none(void **state) {
  (void)state;
  assert_true(same_runs(RICH "paces: {zeal: {cv: 0}}\n", RICH, RICH_DEALS));
  assert_true(same_runs(RICH "paces: {zeal: {cv: 1e-9}}\n", RICH, RICH_DEALS));
  assert_false(same_runs(RICH "paces: {zeal: {cv: 1 %}}\n", RICH, RICH_DEALS));
}

static void order_in_the_file_has_no_meaning_but_names_have(void **state) {
  (void)state;
  assert_true(same_runs(RICH PACES,
                        RICH "paces:\n"
                             "  answers: {stages: [basic.nurture], cv: 50 %}\n"
                             "  zeal: {stages: [more.ask, basic.offer, basic.talk], "
                             "cv: 0.3}\n",
                        RICH_DEALS));
  assert_true(same_runs(RICH "paces: {zeal: {cv: 0.3}}\n",
                        RICH "paces: {zeal: {cv: 0.3, stages: [basic.enquiry, basic.talk, "
                             "basic.nurture, basic.offer, more.ask]}}\n",
                        RICH_DEALS));
  assert_false(
      same_runs(RICH "paces: {zeal: {cv: 0.3}}\n", RICH "paces: {Zeal: {cv: 0.3}}\n", RICH_DEALS));
}

static void the_same_bits_for_any_threads_blocks_and_parts(void **state) {
  (void)state;
  static const run_plan plans[] = {
      {.threads = 3},
      {.threads = 1, .tuning = {.block_leads = 7}},
      {.threads = 5, .tuning = {.block_leads = 64, .part_leads = 333, .large_leads = 1}},
      {.threads = 2, .engine = "calendar"},
  };
  model m;
  kept first = run_text(RICH PACES, RICH_DEALS, &m, (run_plan){.replications = 6});
  for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
    run_plan plan = plans[i];
    plan.replications = 6;
    plan.keep = UINT32_MAX;
    kept other = run_model(&m, plan);
    assert_memory_equal(first.records, other.records, 6 * m.shape->n_cells * sizeof *first.records);
    assert_true(same_rows(&first, &other));
    kept_free(&other);
  }
  kept_free(&first);
  model_free(&m);
}

#define TWO(rate, cv)                                                                  \
  "scenario: t\nstart: 2026-01-05\nseed: 9\nhorizon: 10 w\nmodels:\n"                  \
  "  f:\n    funnel: f\n    entry: a\n    stages:\n"                                   \
  "      a: {wait: {lognormal: {mean: 9 d, cv: 1}}, exits: {won: 0.5, lost: rest}}\n"  \
  "    outcomes: {won: {counts_as: win}, lost: {}}\n"                                  \
  "  g:\n    funnel: g\n    entry: a\n    stages:\n"                                   \
  "      a: {wait: {lognormal: {mean: 12 d, cv: 1}}, exits: {won: 0.5, lost: rest}}\n" \
  "    outcomes: {won: {counts_as: win}, lost: {}}\n"                                  \
  "paces: {zeal: {cv: 0.4, stages: [f.a]}, other: {cv: " cv                            \
  ", stages: [g.a]}}\n"                                                                \
  "streams:\n  web: {into: f, rate: 40 / d}\n  ads: {into: g, rate: " rate " / d}\n"

/* Common random numbers: what a plan does not change meets the same weeks. */
static void a_plan_meets_the_same_weeks(void **state) {
  (void)state;
  model a, b;
  kept base = run_text(TWO("40", "0.4"), NULL, &a, (run_plan){0});
  kept plan = run_text(TWO("55", "1.5"), NULL, &b, (run_plan){0});
  size_t fate = outcome_named(&a, "f.won"), other = outcome_named(&a, "g.won");
  bool differs = false;
  for (uint32_t r = 0; r < 4; r++) {
    for (size_t week = 0; week < 10; week++) {
      assert_int_equal(cell(&base, r, FSIM_WEEK_ENDED, week, fate, 0),
                       cell(&plan, r, FSIM_WEEK_ENDED, week, fate, 0));
      differs |= cell(&base, r, FSIM_WEEK_ENDED, week, other, 0) !=
                 cell(&plan, r, FSIM_WEEK_ENDED, week, other, 0);
    }
  }
  assert_true(differs);
  kept_free(&base);
  kept_free(&plan);
  model_free(&a);
  model_free(&b);
}

/* ---- the map ---- */

typedef struct clockwork {
  model m;
  fsim_sampler_cache *cache;
  fsim_plan *plan;
  fsim_paces paces;
} clockwork;

static void clockwork_make(clockwork *c, const char *yaml, uint32_t replication) {
  c->m = model_make(yaml);
  c->cache = fsim_sampler_cache_new();
  c->paces = (fsim_paces){0};
  assert_int_equal(fsim_plan_make(c->m.scenario, c->cache, c->m.report, &c->plan), FSIM_OK);
  assert_int_equal(fsim_paces_make(&c->paces, c->plan), 0);
  fsim_paces_draw(&c->paces, replication);
}

static void clockwork_free(clockwork *c) {
  fsim_paces_free(&c->paces);
  fsim_plan_free(c->plan);
  fsim_sampler_cache_free(c->cache);
  model_free(&c->m);
}

/* A longer wait never ends earlier, none stays none, and the clock agrees to half a second. */
static void check_map(const clockwork *c, int32_t from) {
  int32_t before = 0;
  for (int64_t wait = 0; wait <= FSIM_LONGEST_WAIT_S; wait += 1 + wait / 7) {
    int32_t drawn = (int32_t)wait, lasts = drawn;
    fsim_pace_waits(&c->paces, 0, &from, &lasts, 1);
    assert_true(lasts >= before);
    if (wait == 0) assert_int_equal(lasts, 0);
    before = lasts;
    if (lasts == INT32_MAX || wait == 0) continue;
    int64_t length = wait * FSIM_PACE_UNIT, end = (int64_t)from + lasts;
    int64_t least =
        fsim_pace_between(&c->paces, 0, from, end) + fsim_pace_between(&c->paces, 0, from, end - 1);
    int64_t most =
        fsim_pace_between(&c->paces, 0, from, end) + fsim_pace_between(&c->paces, 0, from, end + 1);
    assert_true(least <= 2 * length + 1 && most + 1 >= 2 * length);
    assert_int_equal(fsim_pace_end(&c->paces, 0, from, length), end);
  }
}

static void the_map_of_time_keeps_order(void **state) {
  (void)state;
  static const int32_t from[] = {-1500000000, -604801, -3, 0, 1, 604799, 604800, 604801, 3000000};
  static const char *const cvs[] = {"0.1", "2"};
  for (size_t v = 0; v < 2; v++) {
    char yaml[800];
    snprintf(yaml, sizeof yaml,
             "scenario: t\nstart: 2026-01-05\nhorizon: 38 d\nmodels:\n  f:\n    funnel: f\n"
             "    entry: a\n    stages:\n      a: {wait: 3 d, exits: {won: 1}}\n"
             "    outcomes: {won: {counts_as: win}}\nstreams:\n  web: {into: f, rate: 1 / d}\n"
             "paces: {zeal: {cv: %s}}\n",
             cvs[v]);
    for (uint32_t replication = 0; replication < 20; replication++) {
      clockwork c;
      clockwork_make(&c, yaml, replication);
      for (size_t i = 0; i < sizeof from / sizeof *from; i++) check_map(&c, from[i]);
      clockwork_free(&c);
    }
  }
}

/* Any week's factor has mean 1 and the given spread, and weeks know nothing of each other. */
static void factors_are_gamma_of_mean_one(void **state) {
  (void)state;
  enum { N = 4000 };
  clockwork c;
  double x[N], squares[N], pairs[N], cv = 0.4;
  clockwork_make(&c, TWO("40", "0.4"), 0);
  for (uint32_t r = 0; r < N; r++) {
    fsim_paces_draw(&c.paces, r);
    double next = (double)c.paces.speed[4] / (double)FSIM_PACE_UNIT - 1;
    x[r] = (double)c.paces.speed[3] / (double)FSIM_PACE_UNIT;
    squares[r] = (x[r] - 1) * (x[r] - 1);
    pairs[r] = (x[r] - 1) * next;
  }
  assert_agrees(estimate_of(x, N), 1, "mean");
  assert_agrees(estimate_of(squares, N), cv * cv, "variance");
  assert_agrees(estimate_of(pairs, N), 0, "covariance of weeks");
  clockwork_free(&c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_pace_without_variation_is_none),
      cmocka_unit_test(order_in_the_file_has_no_meaning_but_names_have),
      cmocka_unit_test(the_same_bits_for_any_threads_blocks_and_parts),
      cmocka_unit_test(a_plan_meets_the_same_weeks),
      cmocka_unit_test(the_map_of_time_keeps_order),
      cmocka_unit_test(factors_are_gamma_of_mean_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
