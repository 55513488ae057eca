#include <gsl/gsl_errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include "sim/model/chain.h"
#include "sim/model/plan.h"
#include "tests/model/build.h"

#define DAY 86400.0

typedef struct made {
  fsim_sampler_cache *cache;
  fsim_plan *plan;
} made;

static made make(const fsim_build *b) {
  made m = {fsim_sampler_cache_new(), NULL};
  assert_non_null(m.cache);
  assert_int_equal(fsim_plan_make(&b->s, m.cache, NULL, &m.plan), FSIM_OK);
  return m;
}

static void drop_made(made *m) {
  fsim_plan_free(m->plan);
  fsim_sampler_cache_free(m->cache);
}

static void thresholds_cumulate_in_the_order_of_names(void **state) {
  (void)state;
  fsim_build b;
  build_begin(&b);
  const fsim_distribution *wait = build_law(&b, "exponential", DAY, 0, "mean");
  build_stage(&b, "deal");
  build_exit(&b, LOST, 0.7, wait);
  build_exit(&b, WON, 0.3, wait);
  made m = make(&b);
  const fsim_plan_law *law = &m.plan->laws[m.plan->law_of[0]];
  assert_int_equal(law->n_exits, 2);
  assert_true(law->threshold[0] > 0.6999999 && law->threshold[0] < 0.7000001);
  assert_true(law->threshold[1] >= 1 && law->threshold[1] <= 1);
  assert_true(law->one_wait);
  assert_int_equal(law->target[1].index, 1);
  assert_int_equal(law->deadline_s, FSIM_NO_DEADLINE);
  drop_made(&m);
  build_end(&b);
}

static void equal_laws_of_profiles_are_one(void **state) {
  (void)state;
  fsim_build b;
  build_begin(&b);
  build_stage(&b, "deal");
  build_exit(&b, LOST, 0.7, build_law(&b, "exponential", DAY, 0, "mean"));
  build_exit(&b, WON, 0.3, build_law(&b, "exponential", 2 * DAY, 0, "mean"));
  b.laws[1] = b.laws[0];
  b.laws[2] = b.laws[0];
  const fsim_distribution *copy[] = {build_law(&b, "exponential", DAY, 0, "mean"),
                                     build_law(&b, "exponential", 2 * DAY, 0, "mean")};
  const fsim_distribution *slower[] = {copy[0], build_law(&b, "exponential", 3 * DAY, 0, "mean")};
  b.laws[1].waits = copy; /* the same in content */
  b.laws[2].waits = slower;
  b.s.n_profiles = 3;
  const fsim_distribution *values[3] = {0};
  b.version.values = values;
  made m = make(&b);
  assert_int_equal(m.plan->n_laws, 2);
  assert_int_equal(m.plan->law_of[0], m.plan->law_of[1]);
  assert_int_not_equal(m.plan->law_of[0], m.plan->law_of[2]);
  assert_false(m.plan->stage_varies[0]);
  assert_false(m.plan->laws[0].one_wait);
  drop_made(&m);
  build_end(&b);
}

static void versions_that_differ_make_a_stage_vary(void **state) {
  (void)state;
  fsim_build b;
  build_begin(&b);
  const fsim_distribution *wait = build_law(&b, "exponential", DAY, 0, "mean");
  build_stage(&b, "a");
  build_exit(&b, LOST, 0.5, wait);
  build_exit(&b, to_stage(1), 0.5, wait);
  build_stage(&b, "b");
  build_exit(&b, LOST, 0.5, wait);
  build_exit(&b, WON, 0.5, wait);
  fsim_stage_law laws[2] = {b.laws[0], b.laws[1]};
  double changed[] = {0.4, 0.6};
  laws[1].probability = changed;
  fsim_laws versions[2] = {b.version, b.version};
  uint32_t masks[2] = {0, 4};
  versions[1].stages = laws;
  b.s.versions = versions;
  b.s.version_mask = masks;
  b.s.n_versions = 2;
  made m = make(&b);
  assert_false(m.plan->stage_varies[0]);
  assert_true(m.plan->stage_varies[1]);
  assert_int_equal(fsim_plan_version(m.plan, 4), 1);
  assert_int_equal(fsim_plan_version(m.plan, 0), 0);
  drop_made(&m);
  build_end(&b);
}

static void the_earlier_rule_is_the_deadline(void **state) {
  (void)state;
  fsim_build b;
  build_begin(&b);
  fsim_stage_law *law = build_stage(&b, "closing");
  build_exit(&b, LOST, 0.7, build_law(&b, "lognormal", 45 * DAY, 0.9, "median,sigma"));
  build_exit(&b, WON, 0.3, build_law(&b, "lognormal", 20 * DAY, 0.5, "median,sigma"));
  law->drop.set = true;
  law->drop.below = 0.02;
  law->drop.to = LOST;
  law->expire.set = true;
  law->expire.after_s = 90 * DAY;
  law->expire.to = LOST;
  made m = make(&b);
  assert_int_equal(m.plan->laws[0].deadline_reason, FSIM_BY_DROP);
  /* Without expiry 56.38 d (FEATURES T2). What expires cannot win any more, so it is a little
   * sooner: 0.3 (S(a) - S(90 d)) = 0.02 * share still open, S the winners' survival. */
  assert_true(fabs(m.plan->laws[0].deadline_s - 55.39283 * DAY) < 2);
  drop_made(&m);
  law->expire.after_s = 30 * DAY;
  law->expire.to = WON; /* so that age is no reason to drop before */
  m = make(&b);
  assert_int_equal(m.plan->laws[0].deadline_reason, FSIM_BY_EXPIRE);
  assert_int_equal(m.plan->laws[0].deadline_s, 30 * 86400);
  drop_made(&m);
  build_end(&b);
}

/* Stages stand in the scenario against the way of the leads; `back` loops to `first`. */
static void stages_are_ordered_by_the_way_of_the_leads(void **state) {
  (void)state;
  fsim_build b;
  build_begin(&b);
  const fsim_distribution *wait = build_law(&b, "exponential", DAY, 0, "mean");
  const char *names[] = {"last", "back", "first"};
  for (size_t i = 0; i < 3; i++) {
    build_stage(&b, names[i]);
    b.stages[i].n_exits = 0;
  }
  b.s.n_stages = 1;
  build_exit(&b, LOST, 0.5, wait);
  build_exit(&b, WON, 0.5, wait);
  b.s.n_stages = 2;
  build_exit(&b, to_stage(2), 0.2, wait);
  build_exit(&b, to_stage(0), 0.8, wait);
  b.s.n_stages = 3;
  build_exit(&b, to_stage(0), 0.3, wait);
  build_exit(&b, to_stage(1), 0.7, wait);
  b.funnels[0].entry = 2;
  made m = make(&b);
  assert_int_equal(m.plan->stage_order[0], 2);
  assert_int_equal(m.plan->stage_order[1], 1);
  assert_int_equal(m.plan->stage_order[2], 0);
  drop_made(&m);
  build_end(&b);
}

/* Funnel 0: 30 % won; of those 80 % go on to funnel 1, of which 10 % come back. */
static void build_linked(fsim_build *b) {
  build_begin(b);
  const fsim_distribution *wait = build_law(b, "exponential", DAY, 0, "mean");
  build_stage(b, "a");
  build_exit(b, LOST, 0.7, wait);
  build_exit(b, WON, 0.3, wait);
  b->s.n_funnels = 2;
  b->s.n_outcomes = 4;
  b->funnels[1] = (fsim_funnel){.name = (char *)(size_t) "g",
                                .hash = 2,
                                .entry = 1,
                                .first_stage = 1,
                                .first_outcome = 2,
                                .n_outcomes = 2};
  build_stage(b, "b");
  build_exit(b, to_outcome(2), 0.9, wait);
  build_exit(b, to_outcome(3), 0.1, wait);
  b->links[0] = (fsim_link){3, 0, 11};
  b->links[1] = (fsim_link){1, 1, 12};
  b->link_law[0] = (fsim_link_law){1, wait};
  b->link_law[1] = (fsim_link_law){0.8, wait};
  b->s.n_links = 2;
}

static void links_stand_by_outcome(void **state) {
  (void)state;
  fsim_build b;
  build_linked(&b);
  made m = make(&b);
  assert_int_equal(m.plan->first_link[1], 0);
  assert_int_equal(m.plan->first_link[2], 1);
  assert_int_equal(m.plan->first_link[3], 1);
  assert_int_equal(m.plan->first_link[4], 2);
  assert_int_equal(m.plan->links[0].to, 1);
  assert_int_equal(m.plan->links[0].hash, 12);
  assert_true(m.plan->link_law[1].probability >= 1);
  drop_made(&m);
  build_end(&b);
}

static void flows_go_round_through_links(void **state) {
  (void)state;
  fsim_build b;
  build_linked(&b);
  fsim_rate_step rate[] = {{0, 0.5}, {b.s.horizon_s / 2, 1.5}};
  b.share[0] = 1;
  b.stream = (fsim_stream){.rate = rate, .n_rate = 2, .share = b.share};
  b.s.streams = &b.stream;
  b.s.n_streams = 1;
  double per_second[2];
  assert_int_equal(fsim_chain_flows(&b.s, NULL, per_second), FSIM_OK);
  assert_true(fabs(per_second[0] - 1 / (1 - 0.3 * 0.8 * 0.1)) < 1e-12);
  assert_true(fabs(per_second[1] - 0.24 * per_second[0]) < 1e-12);
  build_end(&b);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(thresholds_cumulate_in_the_order_of_names),
      cmocka_unit_test(equal_laws_of_profiles_are_one),
      cmocka_unit_test(versions_that_differ_make_a_stage_vary),
      cmocka_unit_test(the_earlier_rule_is_the_deadline),
      cmocka_unit_test(stages_are_ordered_by_the_way_of_the_leads),
      cmocka_unit_test(links_stand_by_outcome),
      cmocka_unit_test(flows_go_round_through_links),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
