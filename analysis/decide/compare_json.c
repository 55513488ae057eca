/* A comparison as JSON. Numbers that are not known are null. */
#include <jansson.h>
#include <math.h>

#include "analysis/decide/compare.h"
#include "analysis/decide/json_parts.h"

static const char *verdict_name(fsim_verdict verdict) {
  static const char *const names[] = {
      [FSIM_UNKNOWN] = "unknown", [FSIM_IDENTICAL] = "identical", [FSIM_UNDECIDED] = "undecided",
      [FSIM_BETTER] = "better",   [FSIM_WORSE] = "worse",         [FSIM_HIGHER] = "higher",
      [FSIM_LOWER] = "lower"};
  return names[verdict];
}

static json_t *difference(const fsim_comparison *c, size_t v, size_t m) {
  const fsim_compared *compared = fsim_compared_of(c, v, m);
  const fsim_difference *d = &compared->difference;
  return json_pack(
      "{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o}", "variant", c->variants[v].name,
      "metric", c->names[m], "units", c->measures[m].units, "base", fsim_json_interval(&d->base),
      "value", fsim_json_interval(&d->other), "change", fsim_json_interval(&d->change),
      "share_higher", fsim_json_interval(&d->better), "share_equal", fsim_json_number(d->equal),
      "variance_removed", fsim_json_number(d->variance_removed), "verdict",
      verdict_name(compared->verdict), "replications_needed", fsim_json_number(compared->more));
}

static json_t *differences(const fsim_comparison *c) {
  json_t *list = json_array();
  for (size_t v = 1; v < c->n_variants; v++)
    for (size_t m = 0; m < c->n_measures; m++)
      if (json_array_append_new(list, difference(c, v, m)) != 0) {
        json_decref(list);
        return NULL;
      }
  return list;
}

static json_t *plans(const fsim_comparison *c) {
  json_t *list = json_array();
  for (size_t v = 0; v < c->n_variants; v++) {
    json_t *plan =
        json_pack("{s:s, s:I, s:I, s:b, s:o, s:o}", "name", c->variants[v].name, "seed",
                  (json_int_t)c->variants[v].scenario->seed, "replications",
                  (json_int_t)c->samples[v].replications, "paired", v == 0 || c->paired[v],
                  "against_best_low", fsim_json_number(c->n_variants > 2 ? c->best[v].low : NAN),
                  "against_best_high", fsim_json_number(c->n_variants > 2 ? c->best[v].high : NAN));
    if (json_array_append_new(list, plan) != 0) {
      json_decref(list);
      return NULL;
    }
  }
  return list;
}

static json_t *trials(const fsim_comparison *c) {
  json_t *list = json_array();
  for (size_t i = 0; i < c->n_trials; i++)
    if (json_array_append_new(list, fsim_trial_json(&c->trials[i])) != 0) {
      json_decref(list);
      return NULL;
    }
  return list;
}

int fsim_comparison_json(const fsim_comparison *comparison, FILE *out, fsim_report *report) {
  json_t *root =
      json_pack("{s:s, s:f, s:s, s:o, s:o, s:o, s:o}", "base", comparison->variants[0].name,
                "confidence", comparison->confidence, "primary", comparison->names[0], "plans",
                plans(comparison), "differences", differences(comparison), "ab_tests",
                trials(comparison), "warnings", fsim_json_messages(comparison->remarks));
  return fsim_json_write(root, out, report);
}
