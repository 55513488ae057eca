/* Sensitivities as JSON: the list `sensitivity` with a record a lever and metric, in rank order. */
#include <jansson.h>
#include <math.h>

#include "analysis/decide/json_parts.h"
#include "analysis/decide/sensitivity.h"

static const char *name_or_null(bool known, const char *name) {
  return known ? name : NULL;
}

static json_t *of_metric(const fsim_sensitivity *s, size_t i, size_t m) {
  const fsim_lever_effect *e = &s->effects[i];
  const fsim_interval none = fsim_interval_none();
  bool first = m == 0;
  return json_pack(
      "{s:s, s:s, s:s, s:s, s:s, s:I, s:o, s:o, s:o, s:s?, s:b, s:o, s:s?, s:o, s:b, s:s?, s:o, "
      "s:o, "
      "s:o, s:o, s:s}",
      "lever", e->lever, "kind", e->kind, "value", e->value, "metric", s->names[m], "step", e->step,
      "rank", (json_int_t)(i + 1), "effect", fsim_json_interval(&e->change[m].change), "base",
      fsim_json_interval(&e->change[m].base), "elasticity",
      fsim_json_interval(first ? &e->elasticity : &none), "elasticity_method",
      name_or_null(first, e->method), "curved", first && e->curved, "slope",
      fsim_json_interval(first ? &e->slope : &none), "no_score_function",
      name_or_null(first && e->no_score != NULL, e->no_score), "ranks_first",
      fsim_json_number(first ? e->first : NAN), "tied_with_first", first && e->tied, "step_back",
      name_or_null(e->back != NULL, e->step_back), "effect_back",
      fsim_json_interval(e->back != NULL ? &e->back[m].change : &none), "cost_per_week",
      fsim_json_number(e->cost_per_week), "net", fsim_json_interval(first ? &e->net : &none),
      "gain_per_cost", fsim_json_interval(first ? &e->gain_per_cost : &none), "method",
      e->change[m].change.n == 0 ? "exact" : "step under common random numbers");
}

static json_t *effects(const fsim_sensitivity *s) {
  json_t *list = json_array();
  for (size_t i = 0; i < s->n_effects; i++) {
    const fsim_lever_effect *e = &s->effects[i];
    for (size_t m = 0; m < s->n_measures; m++) {
      if (e->refused == NULL && json_array_append_new(list, of_metric(s, i, m)) != 0) {
        json_decref(list);
        return NULL;
      }
    }
  }
  return list;
}

static json_t *refused(const fsim_sensitivity *s) {
  json_t *list = json_array();
  for (size_t i = 0; i < s->n_effects; i++) {
    const fsim_lever_effect *e = &s->effects[i];
    if (e->refused == NULL) continue;
    json_t *entry =
        json_pack("{s:s, s:s, s:s}", "lever", e->lever, "step", e->step, "why", e->refused);
    if (json_array_append_new(list, entry) != 0) {
      json_decref(list);
      return NULL;
    }
  }
  return list;
}

static json_t *reliefs(const fsim_sensitivity *s) {
  json_t *list = json_array();
  for (size_t i = 0; i < s->n_reliefs; i++) {
    for (size_t m = 0; m < s->n_measures; m++) {
      json_t *entry = json_pack(
          "{s:s, s:s, s:o, s:o}", "team", s->variant->scenario->teams[s->reliefs[i].team].name,
          "metric", s->names[m], "value", fsim_json_interval(&s->reliefs[i].change[m].other),
          "effect", fsim_json_interval(&s->reliefs[i].change[m].change));
      if (json_array_append_new(list, entry) != 0) {
        json_decref(list);
        return NULL;
      }
    }
  }
  return list;
}

static json_t *lenses(const fsim_sensitivity *s) {
  const fsim_scenario *scenario = s->variant->scenario;
  json_t *list = json_array();
  for (size_t i = 0; i < scenario->n_stages; i++) {
    const fsim_lens *l = &s->lenses[i];
    const char *team = l->team == SIZE_MAX ? NULL : scenario->teams[l->team].name;
    json_t *entry =
        json_pack("{s:s, s:s, s:s?, s:o, s:o, s:o, s:o}", "funnel",
                  scenario->funnels[scenario->stages[i].funnel].name, "stage",
                  scenario->stages[i].name, "team", team, "utilisation",
                  fsim_json_number(l->utilisation), "queue_share", fsim_json_number(l->queue_share),
                  "loss", fsim_json_number(l->loss), "lost_per_week", fsim_json_number(l->lost));
    if (json_array_append_new(list, entry) != 0) {
      json_decref(list);
      return NULL;
    }
  }
  return list;
}

int fsim_sensitivity_json(const fsim_sensitivity *s, FILE *out, fsim_report *report) {
  json_t *root =
      json_pack("{s:s, s:I, s:I, s:f, s:s, s:I, s:o, s:o, s:o, s:o}", "scenario", s->variant->name,
                "replications", (json_int_t)s->replications, "seed",
                (json_int_t)s->variant->scenario->seed, "confidence", s->confidence, "metric",
                s->names[0], "simultaneous_intervals", (json_int_t)s->intervals, "sensitivity",
                effects(s), "relief", reliefs(s), "refused", refused(s), "stages", lenses(s));
  return fsim_json_write(root, out, report);
}
