#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/fit/arrival_text.h"
#include "analysis/fit/fit_report.h"
#include "analysis/fit/fit_set_json.h"
#include "analysis/fit/planned_text.h"
#include "analysis/fit/segment_print.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

static json_t *number(double x) {
  return isfinite(x) ? json_real(x) : json_null();
}

static json_t *numbers(const double *x, size_t n, double unit) {
  json_t *list = json_array();
  for (size_t i = 0; i < n; i++) json_array_append_new(list, number(x[i] / unit));
  return list;
}

static json_t *share(const fsim_share_estimate *e, double n) {
  return json_pack("{s:o,s:o,s:o,s:f}", "share", number(e->share), "low", number(e->low), "high",
                   number(e->high), "cases", n);
}

static json_t *law(const fsim_fitted_stage *stage, size_t x) {
  fsim_text text = {0};
  if (stage->laws == NULL) return json_null();
  fsim_exit_law_append(&stage->laws->exit[x], &text);
  json_t *made =
      text.failed ? NULL
                  : json_pack("{s:f,s:s}", "share", stage->laws->exit[x].share, "wait", text.text);
  free(text.text);
  return made;
}

static json_t *exit_json(const fsim_fit_report *r, size_t s, size_t x) {
  const fsim_stage_curves *c = &r->stage[s];
  const fsim_exit_curve *e = &c->exit[x];
  const fsim_hazard *h = &r->fitted->stage[s].hazard;
  return json_pack(
      "{s:s,s:f,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "to", fsim_fitted_exit_name(r->fitted, s, x), "seen",
      e->ends, "median_days", number(fsim_hazard_quantile(h, x, 0.5) / FSIM_DAY), "p90_days",
      number(fsim_hazard_quantile(h, x, 0.9) / FSIM_DAY), "law", law(&r->fitted->stage[s], x),
      "incidence", numbers(e->seen, c->n, 1), "low", numbers(e->low, c->n, 1), "high",
      numbers(e->high, c->n, 1), "model", numbers(e->model, c->n, 1));
}

static json_t *stage_json(const fsim_fit_report *r, size_t s) {
  const fsim_fitted_stage *stage = &r->fitted->stage[s];
  const fsim_stage_curves *c = &r->stage[s];
  json_t *exits = json_array();
  for (size_t x = 0; x < c->n_exits; x++) {
    if (c->exit[x].ends > 0) json_array_append_new(exits, exit_json(r, s, x));
  }
  return json_pack("{s:s,s:I,s:I,s:I,s:b,s:o,s:b,s:o,s:o,s:o}", "stage", stage->name, "stays",
                   (json_int_t)r->fitted->stays.stage[s].n, "open", (json_int_t)stage->n_open,
                   "older_than_any_end", (json_int_t)stage->n_stale, "laws", stage->laws != NULL,
                   "distance", number(stage->distance), "months_differ", stage->hazard.profile,
                   "age_days", numbers(c->age, c->n, FSIM_DAY), "at_risk",
                   numbers(c->at_risk, c->n, 1), "exits", exits);
}

static json_t *quiet_json(const fsim_quiet_weeks *quiet) {
  json_t *list = json_array();
  for (size_t i = 0; i < quiet->n; i++) {
    char from[32], to[32];
    json_array_append_new(
        list,
        json_pack("{s:s,s:s,s:f,s:f}", "from",
                  fsim_format_date((int32_t)(quiet->span[i].from / 86400), from, sizeof from), "to",
                  fsim_format_date((int32_t)(quiet->span[i].to / 86400) - 1, to, sizeof to), "wins",
                  quiet->span[i].wins, "new", quiet->span[i].begun));
  }
  return list;
}

static json_t *drift_json(const fsim_fit_report *r) {
  json_t *list = json_array();
  for (size_t i = 0; i < r->drift.n; i++) {
    const fsim_drift_test *t = &r->drift.test[i];
    char sentence[256];
    json_array_append_new(
        list, json_pack("{s:s,s:f,s:o,s:f,s:f,s:b}", "what",
                        fsim_drift_sentence(r->log, &r->drift, i, sentence, sizeof sentence), "n",
                        t->n, "late_over_early", number(t->ratio), "p", t->p, "p_adjusted",
                        t->adjusted, "differs", i < fsim_drift_found(&r->drift)));
  }
  return list;
}

int fsim_fit_report_json(const fsim_fit_report *r, const fsim_fitted_set *set, size_t funnel,
                         fsim_report *report, char **json) {
  const fsim_win_rates *w = &r->rates;
  const fsim_arrivals *a = &r->fitted->arrivals;
  json_t *stages = json_array();
  for (size_t i = 0; i < r->fitted->n_stages; i++) {
    const size_t s = fsim_fitted_stage_at(r->fitted, i);
    if (r->fitted->stays.stage[s].n > 0) json_array_append_new(stages, stage_json(r, s));
  }
  json_t *root = json_pack(
      "{s:s,s:{s:f,s:f,s:f},s:{s:o,s:o,s:o},s:{s:f,s:I,s:f,s:o,s:o,s:o},s:{s:f,s:f,s:f,s:I},s:{s:f,"
      "s:o,"
      "s:I},s:"
      "o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}",
      "funnel", r->fitted->name, "cases", "all", w->n, "closed", w->closed, "won", w->won,
      "win_rate", "of_all", share(&w->of_all, w->n), "of_closed", share(&w->of_closed, w->closed),
      "corrected", share(&w->corrected, w->n), "arrivals", "per_week", 7 * a->per_day, "weeks",
      (json_int_t)a->n_weeks, "week_cv", a->week_cv, "none_since", fsim_arrivals_end_json(a),
      "month_profile", fsim_arrival_months_json(&a->months), "growth",
      fsim_arrival_trend_json(&a->trend), "unsure", "pace_sigma", r->errors->pace_sigma,
      "odds_sigma", r->errors->odds_sigma, "arrivals_sigma", r->errors->arrivals_sigma,
      "past_forecasts", (json_int_t)r->errors->n, "week_swing", "cv", r->fitted->swing.cv, "seen",
      number(r->fitted->swing.seen), "weeks", (json_int_t)r->fitted->swing.n_weeks, "quiet",
      quiet_json(&r->fitted->quiet), "drift", drift_json(r), "stages", stages, "segments",
      fsim_segments_json(r->log, r->fitted), "attribute_pairs",
      fsim_attribute_pairs_json(&r->fitted->attributes), "expected_close",
      fsim_planned_json(r->log, r->fitted), "teams", fsim_fitted_teams_json(r->log, set, funnel),
      "links", fsim_fitted_links_json(set, funnel));
  *json = root == NULL ? NULL : json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
  json_decref(root);
  return *json == NULL ? fsim_no_memory(report) : FSIM_OK;
}
