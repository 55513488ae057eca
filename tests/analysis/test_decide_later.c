/* Wins that come sooner are told apart from wins that are more. */
#include <gsl/gsl_errno.h>

#include "analysis/decide/compare_later.h"
#include "decide.h"
#include "sim/base/text.h"

static const char plan[] =
    "scenario: p\nstart: 2026-01-05\nhorizon: 12 w\nreplications: 400\nseed: 7\n"
    "models:\n  f:\n    funnel: f\n    entry: s\n    stages:\n"
    "      s: {wait: {exponential: {mean: 30 d}}, exits: {won: 0.4, lost: rest}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "streams: {web: {into: f, rate: 10 / d}}\n";

static fsim_later compare(const char *set, bool differs, double *error) {
  fsim_variant variants[2] = {variant_of(plan, "base")};
  variants[1] = derived_from(&variants[0], set);
  const fsim_compare_options options = {0};
  fsim_comparison *c;
  fsim_later later = {0};
  assert_int_equal(fsim_compare(variants, 2, &options, NULL, &c), FSIM_OK);
  assert_int_equal(fsim_later_of(c, 1, "f", &later), differs);
  assert_false(fsim_later_of(c, 1, "g", &later));
  *error = 0;
  for (size_t m = 0; m < c->n_measures; m++) { /* of wins, and of 0.4 of the open ones */
    const fsim_interval *change = &fsim_compared_of(c, 1, m)->difference.change;
    if (strcmp(c->names[m], "f.won") == 0) *error += 12 * change->standard_error;
    if (strcmp(c->names[m], "f.open_at_end") == 0) *error += 0.4 * change->standard_error;
  }
  fsim_comparison_free(c);
  for (int v = 0; v < 2; v++) fsim_variant_free(&variants[v]);
  return later;
}

/* Half the wait wins nothing in the end: what is more until the horizon is fewer after it. */
static void shorter_waits_only_bring_wins_forward(void **state) {
  (void)state;
  double error;
  const fsim_later l = compare("f.stages.s.wait=x0.5", true, &error);
  /* Of rate L over T with mean m, L m (1 - exp(-T / m)) are open. */
  const double base = 300 * (1 - exp(-84 / 30.0)), other = 150 * (1 - exp(-84 / 15.0));
  const double later = l.wins_other - l.wins_base;
  assert_true(fabs(l.open_base - base) < 4 * sqrt(base / 400));
  assert_true(fabs(l.open_other - other) < 4 * sqrt(other / 400));
  assert_true(fabs(l.gain - 0.4 * (base - other)) < 4 * error);
  assert_true(fabs(later + l.gain) < 4 * error);
  assert_true(fsim_later_share(&l) > 0.9);
  fsim_text text = {0};
  fsim_later_append(&l, "f", &text);
  assert_non_null(strstr(text.text, "wins more until then are only brought forward."));
  free(text.text);
}

static void longer_waits_put_wins_off(void **state) {
  (void)state;
  double error;
  const fsim_later l = compare("f.stages.s.wait=x2", true, &error);
  assert_true(l.gain < 0 && fsim_later_share(&l) > 0.9);
  assert_true(fabs(l.wins_other - l.wins_base + l.gain) < 4 * error);
  fsim_text text = {0};
  fsim_later_append(&l, "f", &text);
  assert_non_null(strstr(text.text, "wins fewer until then are only put off."));
  free(text.text);
}

/* More leads win more, before the horizon and after it; a better share leaves as many open. */
static void real_gains_are_not_called_so(void **state) {
  (void)state;
  double error;
  const fsim_later l = compare("streams.web.rate=x1.5", true, &error);
  assert_true(l.gain > 0 && fsim_later_share(&l) == 0);
  fsim_text text = {0};
  fsim_later_append(&l, "f", &text);
  assert_non_null(strstr(text.text, "wins more come after it"));
  free(text.text);
  compare("f.stages.s.exits.won=0.5", false, &error);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shorter_waits_only_bring_wins_forward),
      cmocka_unit_test(longer_waits_put_wins_off),
      cmocka_unit_test(real_gains_are_not_called_so),
  };
  return cmocka_run_group_tests_name("decide_later", tests, NULL, NULL);
}
