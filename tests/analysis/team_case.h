/* A queue with exact answers: a scenario and what its metrics must be, by z-scores. */
#ifndef TESTS_ANALYSIS_TEAM_CASE_H
#define TESTS_ANALYSIS_TEAM_CASE_H

#include "analysis/decide/compare.h"
#include "decide.h"

/* Time, seed and one stage of one funnel; the rest is the case's. */
#define STEADY "start: 2026-01-05\nhorizon: 500 w\nwarm_up: 100 w\nreplications: 200\nseed: 11\n"
#define ONE_STAGE(stage)                                                      \
  "models:\n  f:\n    funnel: f\n    entry: s\n    stages:\n      s: {" stage \
  "}\n"                                                                       \
  "    outcomes: {won: {counts_as: win}, lost: {}}\n"
#define STREAM(rate) "streams: {web: {into: f, rate: " rate "}}\n"
#define TEAM(team) "teams: {team: {" team "}}\n"

typedef struct exact {
  const char *metric; /* NULL ends the list */
  double value;
  const char *set; /* NULL: of the scenario; else the change that this step brings */
} exact;

static inline fsim_interval mean_of(const fsim_comparison *c, size_t measure) {
  uint32_t n = c->samples[0].replications;
  double *units = malloc(n * sizeof *units);
  assert_non_null(units);
  size_t u = fsim_unit_values(&c->samples[0], &c->measures[measure], measure, n, false, units);
  fsim_interval interval = fsim_interval_mean(units, u, 0.95);
  free(units);
  return interval;
}

/* Within 4 standard errors; what never varies must be exact. */
static inline void check_value(const fsim_interval *found, const exact *wanted) {
  if (found->standard_error > 0)
    assert_near(found, wanted->value, wanted->metric);
  else if (!(fabs(found->estimate - wanted->value) <= 1e-9))
    fail_msg("%s: %.9g, exact %.9g", wanted->metric, found->estimate, wanted->value);
}

/* One value, or all of a scenario that change nothing (they come first and share a run). */
static inline void check_values(const fsim_variant *base, const exact *wanted, size_t n) {
  enum { MOST = 16 };
  const char *metrics[MOST];
  bool step = wanted->set != NULL;
  fsim_variant variants[2] = {*base};
  assert_in_range(n, 1, MOST);
  for (size_t k = 0; k < n; k++) metrics[k] = wanted[k].metric;
  if (step) variants[1] = derived_from(base, wanted->set);
  fsim_compare_options options = {.metrics = metrics, .n_metrics = n};
  fsim_comparison *c;
  fsim_report *report = fsim_report_new();
  int status = fsim_compare(variants, step ? 2 : 1, &options, report, &c);
  if (status != FSIM_OK) show_messages(report);
  assert_int_equal(status, FSIM_OK);
  for (size_t k = 0; k < n; k++) {
    fsim_interval found = step ? fsim_compared_of(c, 1, k)->difference.change : mean_of(c, k);
    check_value(&found, &wanted[k]);
  }
  fsim_comparison_free(c);
  fsim_report_free(report);
  if (step) fsim_variant_free(&variants[1]);
}

static inline void check_case(const char *yaml, const exact *exacts) {
  fsim_variant base = variant_of(yaml, "base");
  size_t still = 0;
  while (exacts[still].metric != NULL && exacts[still].set == NULL) still++;
  check_values(&base, exacts, still);
  for (size_t i = still; exacts[i].metric != NULL; i++) check_values(&base, &exacts[i], 1);
  fsim_variant_free(&base);
}

#endif
