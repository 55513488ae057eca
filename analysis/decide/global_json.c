/* Global sensitivities as JSON: `inputs`, and of every metric `indices` with a record an input. */
#include <jansson.h>

#include "analysis/decide/global.h"
#include "analysis/decide/json_parts.h"

static json_t *inputs(const fsim_global *g) {
  json_t *list = json_array();
  for (size_t i = 0; i < g->inputs.n; i++) {
    const fsim_input *input = &g->inputs.list[i];
    json_t *entry = json_pack("{s:s, s:b, s:s}", "input", input->path, "uncertain",
                              input->uncertain, "range", input->range);
    if (json_array_append_new(list, entry) != 0) {
      json_decref(list);
      return NULL;
    }
  }
  return list;
}

static json_t *pairs(const fsim_global *g, const fsim_sobol *s) {
  json_t *list = json_array();
  size_t d = g->inputs.n;
  for (size_t i = 0; i < d && s->second != NULL; i++) {
    for (size_t j = i + 1; j < d; j++) {
      json_t *entry =
          json_pack("{s:[s, s], s:o}", "inputs", g->inputs.list[i].path, g->inputs.list[j].path,
                    "second_order", fsim_json_interval(&s->second[i * d + j]));
      if (json_array_append_new(list, entry) == 0) continue;
      json_decref(list);
      return NULL;
    }
  }
  return list;
}

static json_t *indices(const fsim_global *g, const fsim_sobol *s) {
  const fsim_interval none = fsim_interval_none();
  json_t *list = json_array();
  for (size_t i = 0; i < g->inputs.n; i++) {
    json_t *entry =
        json_pack("{s:s, s:o, s:o, s:o}", "input", g->inputs.list[i].path, "first_order",
                  fsim_json_interval(&s->first[i]), "total", fsim_json_interval(&s->total[i]),
                  "shapley", fsim_json_interval(s->shapley != NULL ? &s->shapley[i] : &none));
    if (json_array_append_new(list, entry) != 0) {
      json_decref(list);
      return NULL;
    }
  }
  return list;
}

static json_t *metrics(const fsim_global *g) {
  json_t *list = json_array();
  for (size_t m = 0; m < g->n_measures; m++) {
    const fsim_sobol *s = &g->sobol[m];
    json_t *entry =
        json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "metric", g->names[m],
                  "units", g->measures[m].units, "mean", fsim_json_interval(&s->mean), "variance",
                  fsim_json_interval(&s->variance), "deviation", fsim_json_interval(&s->deviation),
                  "chance_variance", fsim_json_interval(&s->chance), "chance_share",
                  fsim_json_interval(&s->chance_share), "first_orders_together",
                  fsim_json_interval(&s->together), "indices", indices(g, s), "pairs", pairs(g, s));
    if (json_array_append_new(list, entry) != 0) {
      json_decref(list);
      return NULL;
    }
  }
  return list;
}

int fsim_global_json(const fsim_global *g, FILE *out, fsim_report *report) {
  json_t *root = json_pack(
      "{s:s, s:s, s:I, s:I, s:I, s:I, s:f, s:o, s:o}", "scenario", g->variant->name, "method",
      "Sobol indices, two worlds, scrambled Sobol points", "rows",
      (json_int_t)fsim_sobol_rows(&g->design), "scrambles", (json_int_t)g->design.scrambles, "runs",
      (json_int_t)fsim_global_runs(g), "seed", (json_int_t)g->variant->scenario->seed, "confidence",
      g->confidence, "inputs", inputs(g), "metrics", metrics(g));
  return fsim_json_write(root, out, report);
}
