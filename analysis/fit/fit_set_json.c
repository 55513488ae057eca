#include "analysis/fit/fit_set_json.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/fit/incidence.h"
#include "analysis/fit/law_kinds.h"
#include "analysis/fit/model_text_parts.h"
#include "sim/base/quantity.h"

#define HOUR 3600.0

static json_t *number(double x) {
  return isfinite(x) ? json_real(x) : json_null();
}

/* ---- how long work and patience last ---- */

/* A positive number known by the logarithm at place `at` of theta. */
static json_t *parameter_json(const fsim_stage_fit *fit, size_t at, const char *name,
                              bool is_time) {
  const double unit = is_time ? HOUR : 1,
               off = 1.959963984540054 * sqrt(fit->covariance[at * fit->n_theta + at]);
  return json_pack("{s:s,s:s,s:o,s:o,s:o}", "name", name, "unit", is_time ? "h" : "", "estimate",
                   number(exp(fit->theta[at]) / unit), "low",
                   number(exp(fit->theta[at] - off) / unit), "high",
                   number(exp(fit->theta[at] + off) / unit));
}

/* Of a fit with one exit; the parameters of its parts stand at the end of theta. */
static json_t *time_json(const fsim_stage_fit *fit, size_t n, size_t ended) {
  if (fit == NULL) return json_null();
  const fsim_exit_law *law = &fit->exit[0];
  json_t *parameters = json_array();
  fsim_text text = {0};
  size_t at = fit->n_theta;
  for (size_t i = 0; i < law->n_parts; i++) at -= fsim_law_parameters(law->part[i].kind);
  for (size_t i = 0; i < law->n_parts; i++) {
    const fsim_law_entry *entry = &fsim_law_entries[law->part[i].kind];
    for (size_t p = 0; p < fsim_law_parameters(law->part[i].kind); p++, at++)
      json_array_append_new(parameters,
                            parameter_json(fit, at, entry->parameter[p], entry->is_time[p]));
  }
  fsim_exit_law_append(law, &text);
  json_t *made = json_pack("{s:I,s:I,s:s*,s:o}", "n", (json_int_t)n, "ended", (json_int_t)ended,
                           "law", text.failed ? NULL : text.text, "parameters", parameters);
  free(text.text);
  return made;
}

/* ---- teams ---- */

static json_t *work_json(const char *stage, const fsim_fitted_work *work) {
  return json_pack("{s:s,s:I,s:I,s:I,s:f,s:o,s:o}", "stage", stage, "queued",
                   (json_int_t)work->n_queued, "served", (json_int_t)work->n_served, "abandoned",
                   (json_int_t)work->n_abandoned, "mean_queue_hours", work->mean_queue / HOUR,
                   "time", time_json(work->time, work->n_started, work->n_served), "patience",
                   time_json(work->patience, work->n_queued, work->n_abandoned));
}

static json_t *hours_json(const fsim_hours *hours) {
  if (hours->always) return json_string("always");
  fsim_text text = {0};
  fsim_append_hours(&text, hours);
  json_t *made = text.failed ? NULL : json_string(text.text);
  free(text.text);
  return made;
}

static json_t *edge_json(const fsim_hours_edge *e) {
  return json_pack("{s:f,s:f,s:I,s:I,s:b}", "low", e->low / HOUR, "high", e->high / HOUR, "days",
                   (json_int_t)e->days, "days_at", (json_int_t)e->days_at, "unsure", e->unsure);
}

/* Limits of openings and closings, in hours of the day. */
static json_t *hours_doubt_json(const fsim_hours *hours) {
  json_t *list = json_array();
  size_t days;
  for (size_t d = fsim_hours_group(hours, 0, &days); d < 7 && !hours->always;
       d = fsim_hours_group(hours, d + days, &days)) {
    fsim_text text = {0};
    fsim_append_weekdays(&text, d, days);
    json_array_append_new(
        list, json_pack("{s:s*,s:o,s:o}", "days", text.failed ? NULL : text.text, "opens",
                        edge_json(&hours->opens[d]), "closes", edge_json(&hours->closes[d])));
    free(text.text);
  }
  return list;
}

static json_t *closed_json(const fsim_hours *hours) {
  json_t *list = json_array();
  char date[32];
  for (size_t i = 0; i < hours->n_closed; i++)
    json_array_append_new(list, json_string(fsim_format_date(hours->closed[i], date, sizeof date)));
  return list;
}

static json_t *team_json(const fsim_log_funnel *of, const fsim_fitted_teams *t, size_t i) {
  const fsim_fitted_team *team = &t->team[i];
  json_t *work = json_array();
  for (size_t s = 0; s < t->n_stages; s++) {
    if (t->has_work[s] && t->work[s].team == i)
      json_array_append_new(work, work_json(of->stages.name[s], &t->work[s]));
  }
  return json_pack("{s:s,s:i,s:b,s:f,s:f,s:I,s:I,s:o,s:o,s:o,s:o}", "team", team->name, "size",
                   team->size, "size_is_least", team->never_queued, "full_share", team->full_share,
                   "queued_hours", team->queued_hours, "people", (json_int_t)team->n_resources,
                   "pieces", (json_int_t)team->n_pieces, "hours", hours_json(&team->hours),
                   "hours_limits", hours_doubt_json(&team->hours), "closed",
                   closed_json(&team->hours), "work", work);
}

json_t *fsim_fitted_teams_json(const fsim_log *log, const fsim_fitted_set *set, size_t funnel) {
  json_t *list = json_array();
  int failed = list == NULL;
  const fsim_fitted_teams *t = set->teams == NULL ? NULL : &set->teams[funnel];
  for (size_t i = 0; t != NULL && i < t->n && !failed; i++)
    failed = json_array_append_new(
        list, team_json(&log->funnels[set->funnel[funnel].stays.funnel], t, i));
  if (!failed) return list;
  json_decref(list);
  return NULL;
}

/* ---- links ---- */

static json_t *link_json(const fsim_fitted_set *set, const fsim_fitted_link *link) {
  const fsim_fitted_funnel *from = &set->funnel[link->from];
  const bool counted = link->n > 0;
  fsim_share_estimate share = {link->probability, NAN, NAN};
  if (counted) share = fsim_counted_share((double)link->followed, (double)link->n);
  return json_pack("{s:s,s:s,s:s,s:o,s:o,s:f,s:o,s:o}", "from", from->name, "outcome",
                   from->outcome[link->outcome], "to", set->funnel[link->to].name, "outcomes",
                   counted ? json_integer((json_int_t)link->n) : json_null(), "followed",
                   counted ? json_integer((json_int_t)link->followed) : json_null(), "probability",
                   share.share, "low", number(share.low), "high", number(share.high));
}

json_t *fsim_fitted_links_json(const fsim_fitted_set *set, size_t funnel) {
  json_t *list = json_array();
  int failed = list == NULL;
  for (size_t l = 0; l < set->n_links && !failed; l++) {
    if (set->link[l].from == funnel || set->link[l].to == funnel)
      failed = json_array_append_new(list, link_json(set, &set->link[l]));
  }
  if (!failed) return list;
  json_decref(list);
  return NULL;
}
