/* A backward plan as JSON. */
#include <jansson.h>
#include <math.h>

#include "analysis/decide/goal_plan.h"
#include "analysis/decide/json_parts.h"
#include "sim/base/quantity.h"

static json_t *tried(const fsim_goal_plan *p, const fsim_tried *t) {
  json_t *levers = json_object();
  for (size_t v = 0; v < p->n_vary; v++)
    if (json_object_set_new(levers, p->vary[v].lever->path, fsim_json_number(t->at[v])) != 0) {
      json_decref(levers);
      return NULL;
    }
  return json_pack("{s:o, s:o, s:o, s:o, s:s?}", "levers", levers, "reached",
                   fsim_json_interval(&t->reached), "mean", fsim_json_interval(&t->mean),
                   "cost_per_week", fsim_json_number(t->cost_per_week), "refused", t->refused);
}

static json_t *all_tried(const fsim_goal_plan *p) {
  json_t *list = json_array();
  for (size_t i = 0; i < p->n_tried; i++)
    if (json_array_append_new(list, tried(p, &p->tried[i])) != 0) {
      json_decref(list);
      return NULL;
    }
  return list;
}

static json_t *classical(const fsim_goal_plan *p) {
  if (isnan(p->stretch)) return json_null();
  const fsim_scenario *s = p->variant->scenario;
  json_t *stages = json_array();
  for (size_t i = 0; i < p->n_needs; i++) {
    const fsim_need *need = &p->needs[i];
    const fsim_stage *stage = &s->stages[need->stage];
    const char *segment = need->group == 0 ? "all" : s->attributes[0].values[need->group - 1];
    json_t *entry =
        json_pack("{s:s, s:s, s:s, s:f, s:f, s:o}", "funnel", s->funnels[stage->funnel].name,
                  "stage", stage->name, "segment", segment, "now_per_week", need->now,
                  "needed_per_week", need->needed, "yields", fsim_json_number(need->yields));
    if (json_array_append_new(stages, entry) != 0) {
      json_decref(stages);
      return NULL;
    }
  }
  return json_pack("{s:f, s:s?, s:o, s:o, s:o}", "stretch", p->stretch, "refused",
                   p->classic.refused, "reached", fsim_json_interval(&p->classic.reached), "mean",
                   fsim_json_interval(&p->classic.mean), "stages", stages);
}

static json_t *day_of(int32_t day) {
  char date[32];
  if (day == INT32_MAX || day == INT32_MIN) return json_null();
  return json_string(fsim_format_date(day, date, sizeof date));
}

static json_t *dates_of(const fsim_dates *d) {
  json_t *list = json_array();
  for (size_t i = 0; i < d->n_dates; i++) {
    const fsim_by_date *by = &d->dates[i];
    json_t *entry =
        json_pack("{s:o, s:f, s:f, s:f, s:o, s:o}", "by", day_of(by->day), "p10", by->p10, "p50",
                  by->p50, "p90", by->p90, "reached", fsim_json_interval(&by->reached),
                  "leads_count", fsim_json_number(by->counts));
    if (json_array_append_new(list, entry) != 0) {
      json_decref(list);
      return NULL;
    }
  }
  return json_pack("{s:f, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "wanted", d->wanted, "by_date", list,
                   "reached_p10", day_of(d->reached_p10), "reached_p50", day_of(d->reached_p50),
                   "reached_p90", day_of(d->reached_p90), "last_half_counts",
                   day_of(d->half_counts), "last_counts", day_of(d->still_counts), "window_counts",
                   fsim_json_number(d->all_count));
}

static json_t *busiest(const fsim_goal_plan *p) {
  if (p->busiest == SIZE_MAX) return json_null();
  return json_pack("{s:s, s:o}", "team", p->variant->scenario->teams[p->busiest].name,
                   "utilisation", fsim_json_interval(&p->busy));
}

int fsim_goal_plan_json(const fsim_goal_plan *p, FILE *out, fsim_report *report) {
  json_t *answer = p->answer == SIZE_MAX ? json_null() : tried(p, &p->tried[p->answer]);
  json_t *root = json_pack(
      "{s:s, s:s, s:f, s:f, s:I, s:b, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o}", "scenario",
      p->variant->name, "target", p->goal.text, "probability", p->probability, "confidence",
      p->confidence, "replications", (json_int_t)p->replications, "found", p->answer != SIZE_MAX,
      "answer", answer, "reached_again", fsim_json_interval(&p->again.reached), "low",
      fsim_json_number(p->low), "high", fsim_json_number(p->high), "monotone", !p->not_monotone,
      "tried", all_tried(p), "classical", classical(p), "dates",
      p->dates.n_dates > 0 ? dates_of(&p->dates) : json_null(), "busiest_team", busiest(p));
  return fsim_json_write(root, out, report);
}
