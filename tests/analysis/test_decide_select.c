/* KN against fixed numbers (made with an independent program), its promise over many seeds, and
 * plans whose order is known. */
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "analysis/decide/select.h"
#include "decide.h"

enum { N0 = 10, SHOWN = 12 };

static const double first[SHOWN] = {96.308,  102.326, 99.897, 102.975, 94.963, 103.46,
                                    100.362, 96.574,  96.919, 96.654,  97.298, 102.206};
static const double second[SHOWN] = {95.719,  101.428, 99.941, 101.231, 96.491, 101.948,
                                     100.683, 97.441,  97.658, 95.402,  97.911, 101.998};
static const double third[SHOWN] = {97.037,  103.724, 100.986, 101.383, 98.498, 105.296,
                                    100.473, 97.285,  98.568,  97.019,  98.679, 104.53};

static void fixed_numbers(void **state) {
  (void)state;
  const double *values[] = {first, second, third};
  fsim_selection s;
  assert_int_equal(fsim_selection_begin(values, 3, N0, 0.05, 0.5, NULL, &s), FSIM_OK);
  assert_true(fabs(s.eta - 0.472943858788) < 1e-11);
  assert_true(fabs(s.h2 - 8.51298945819) < 1e-10);
  assert_int_equal(fsim_selection_go(&s, values, SHOWN, NULL), FSIM_OK);
  assert_int_equal(s.left, 1);
  assert_true(s.in[2]);
  assert_int_equal(s.out_at[1], 10);
  assert_int_equal(s.out_at[0], 12);
  fsim_selection_free(&s);
}

/* Slippage: four plans are exactly delta behind the best; what they share is common. */
static void the_promise_is_kept(void **state) {
  (void)state;
  enum { SEEDS = 1000, PLANS = 5, MOST = 4000 };
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 23);
  double *memory = malloc(PLANS * MOST * sizeof *memory);
  assert_non_null(memory);
  const double *values[PLANS];
  for (size_t p = 0; p < PLANS; p++) values[p] = memory + p * MOST;
  size_t right = 0, used = 0;
  for (int seed = 0; seed < SEEDS; seed++) {
    size_t made = 0;
    fsim_selection s = {0};
    for (size_t to = 10; made == 0 || s.left > 1; to += 10) {
      assert_true(to <= MOST);
      for (; made < to; made++) {
        double common = gsl_ran_gaussian(rng, 3);
        for (size_t p = 0; p < PLANS; p++)
          memory[p * MOST + made] = 50 + (p == 3) + common + gsl_ran_gaussian(rng, 2);
      }
      if (s.in == NULL)
        assert_int_equal(fsim_selection_begin(values, PLANS, 10, 0.1, 1, NULL, &s), FSIM_OK);
      assert_int_equal(fsim_selection_go(&s, values, to, NULL), FSIM_OK);
    }
    right += s.in[3];
    used += s.looked;
    fsim_selection_free(&s);
  }
  free(memory);
  gsl_rng_free(rng);
  double share = (double)right / SEEDS;
  assert_true(share >= 0.9 - 2.576 * sqrt(0.09 / SEEDS));
  assert_true((double)used / SEEDS < 200); /* a fixed number for the same promise would be more */
}

/* Two plans that are the same in every replication end as soon as the third is judged. */
static void equal_plans_come_to_an_end(void **state) {
  (void)state;
  const double *values[] = {second, third, third};
  fsim_selection s;
  assert_int_equal(fsim_selection_begin(values, 3, N0, 0.05, 0.5, NULL, &s), FSIM_OK);
  assert_int_equal(fsim_selection_go(&s, values, SHOWN, NULL), FSIM_OK);
  assert_int_equal(s.left, 1);
  assert_true(s.in[1]);
  assert_true(s.equal[2] && !s.equal[0]);
  fsim_selection_free(&s);
}

static const char funnel[] =
    "scenario: base\nstart: 2026-01-05\nhorizon: 20 w\nreplications: 5\nseed: 3\n"
    "models:\n  f:\n    funnel: f\n    entry: s\n    stages:\n"
    "      s: {exits: {won: 0.3, lost: rest}}\n    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "streams: {web: {into: f, rate: 20 / d}}\n";

/* A change that does not touch the metric. */
static void a_plan_like_the_base_is_equal(void **state) {
  (void)state;
  fsim_variant variants[3] = {variant_of(funnel, "base")};
  variants[1] = derived_from(&variants[0], "f.stages.s.exits.won=0.2");
  variants[2] = derived_from(&variants[0], "title=again");
  fsim_best_options options = {.metric = "f.won", .delta = 0.02};
  fsim_best *best;
  assert_int_equal(fsim_best_find(variants, 3, &options, NULL, &best), FSIM_OK);
  assert_int_equal(best->chosen, 0);
  assert_true(best->selection.equal[2] && !best->selection.equal[1]);
  fsim_best_free(best);
  for (int v = 0; v < 3; v++) fsim_variant_free(&variants[v]);
}

/* What cannot be compared cannot be chosen from either. */
static void plans_must_be_alike(void **state) {
  (void)state;
  fsim_variant variants[2] = {variant_of(funnel, "base")};
  fsim_best_options options = {.metric = "f.won", .delta = 0.02};
  fsim_best *best;
  variants[1] = derived_from(&variants[0], "currency=USD");
  fsim_report *report = fsim_report_new();
  assert_int_equal(fsim_best_find(variants, 2, &options, report, &best), FSIM_BAD_INPUT);
  assert_non_null(strstr(fsim_report_message(report, 0)->text, "cannot be compared"));
  fsim_report_free(report);
  fsim_best_free(best);
  fsim_variant_free(&variants[1]);
  const char *sets[] = {"seed=4", "horizon=22 w", "f.stages.s.exits.won=0.33"};
  assert_int_equal(fsim_variant_derive(&variants[0], "later", sets, 3, NULL, &variants[1]),
                   FSIM_OK);
  assert_int_equal(fsim_best_find(variants, 2, &options, NULL, &best), FSIM_OK);
  assert_int_equal(best->chosen, 1);
  assert_non_null(strstr(fsim_report_message(best->remarks, 0)->text, "another seed"));
  assert_non_null(strstr(fsim_report_message(best->remarks, 1)->text, "the same weeks"));
  fsim_best_free(best);
  for (int v = 0; v < 2; v++) fsim_variant_free(&variants[v]);
}

static void the_best_of_three_funnels(void **state) {
  (void)state;
  fsim_variant variants[3] = {variant_of(funnel, "base")};
  variants[1] = derived_from(&variants[0], "f.stages.s.exits.won=0.33");
  variants[2] = derived_from(&variants[0], "f.stages.s.exits.won=0.20");
  fsim_best_options options = {.metric = "f.won", .delta = 0.02};
  fsim_best *best;
  assert_int_equal(fsim_best_find(variants, 3, &options, NULL, &best), FSIM_OK);
  assert_int_equal(best->chosen, 1);
  assert_true(best->outputs[2].replications <= best->outputs[1].replications);
  fsim_best_free(best);
  options.metric = "f.lost"; /* of which less is better */
  assert_int_equal(fsim_best_find(variants, 3, &options, NULL, &best), FSIM_OK);
  assert_int_equal(best->chosen, 1);
  fsim_best_free(best);
  options.metric = "f.conversion";
  fsim_report *report = fsim_report_new();
  assert_int_equal(fsim_best_find(variants, 3, &options, report, &best), FSIM_BAD_INPUT);
  assert_non_null(strstr(fsim_report_message(report, 0)->text, "no ratio"));
  fsim_report_free(report);
  fsim_best_free(best);
  for (int v = 0; v < 3; v++) fsim_variant_free(&variants[v]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fixed_numbers),
      cmocka_unit_test(the_promise_is_kept),
      cmocka_unit_test(equal_plans_come_to_an_end),
      cmocka_unit_test(a_plan_like_the_base_is_equal),
      cmocka_unit_test(plans_must_be_alike),
      cmocka_unit_test(the_best_of_three_funnels),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
