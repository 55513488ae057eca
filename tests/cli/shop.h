/* A simulated shop whose deals are exported after 24 weeks: what tests of fit and backtest read. */
#ifndef TESTS_CLI_SHOP_H
#define TESTS_CLI_SHOP_H

#include <jansson.h>

#include "shell.h"

static const char shop_scenario[] =
    "scenario: shop\n"
    "models: [deals]\n"
    "start: 2026-01-05\n"
    "horizon: 30 w\n"
    "replications: 1\n"
    "seed: 11\n"
    "attributes: {segment: [smb, enterprise]}\n"
    "streams:\n"
    "  web: {into: deals, rate: 12 / d, attributes: {segment: {smb: 0.7, enterprise: 0.3}}}\n";

static const char shop_model[] =
    "funnel: deals\n"
    "entry: first\n"
    "stages:\n"
    "  first:\n"
    "    exits:\n"
    "      second: {probability: 0.6, wait: {lognormal: {median: 5 d, sigma: 0.8}}}\n"
    "      lost: {probability: 0.4, wait: {weibull: {shape: 1.3, scale: 9 d}}}\n"
    "  second:\n"
    "    exits:\n"
    "      won: {probability: 0.5, wait: {loglogistic: {median: 6 d, shape: 2.5}}}\n"
    "      lost: {probability: 0.5, wait: {exponential: {mean: 8 d}}}\n"
    "outcomes: {won: {counts_as: win}, lost: {}}\n"
    "value: {lognormal: {mean: 1000, cv: 0.5}}\n";

static const char shop_mapping[] =
    "kind: deals\n"
    "funnel: deals\n"
    "columns: {case: deal_id, created: created, status: status, closed: closed, value: value,\n"
    "          attributes: {segment: segment}}\n"
    "stages: {first: [first], second: [second]}\n"
    "outcomes: {won: {from: [won], counts_as: win}, lost: {from: [lost]}}\n"
    "ignore: [open]\n"
    "history: {columns: {case: deal_id, activity: stage, time: entered}}\n";

static inline int make_export(void **state) {
  if (make_folder(state) != 0) return -1;
  put_text("shop.yaml", shop_scenario);
  put_text("deals.yaml", shop_model);
  put_text("map.yaml", shop_mapping);
  assert_int_equal(quietly(PROGRAM " run shop.yaml --trajectories all -q -o shop.h5"), 0);
  assert_int_equal(quietly(PROGRAM " export shop.h5 --as deals --until '24 w' -o deals.csv"), 0);
  assert_int_equal(quietly(PROGRAM " export shop.h5 --as history --until '24 w' -o history.csv"),
                   0);
  return 0;
}

static inline json_t *json_of(const char *command) {
  static char out[1 << 20];
  assert_int_equal(shell(command, out, sizeof out), 0);
  json_t *root = json_loads(out, 0, NULL);
  assert_non_null(root);
  return root;
}

static inline void is_at_most_80_wide(char *text) {
  for (const char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
    if (strlen(line) > 80) fail_msg("%zu columns: %s", strlen(line), line);
}

#endif
