/* What `check` understood, as JSON: times in seconds, rates per week. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "cli/check_print.h"
#include "sim/base/quantity.h"

/* JSON knows no NaN and no infinity. */
static json_t *number(double x) {
  return isfinite(x) ? json_real(x) : json_null();
}

static json_t *rule_json(const fsim_scenario *s, const fsim_stage_numbers *numbers) {
  if (numbers->rule == FSIM_STILL_OPEN) return json_null();
  return json_pack("{s:s, s:o, s:o, s:s}", "kind",
                   numbers->rule == FSIM_BY_DROP ? "drop" : "expire", "after_s",
                   number(numbers->deadline_s), "share", number(numbers->rule_probability), "to",
                   fsim_target_name(s, numbers->rule_target));
}

static json_t *stage_json(const fsim_scenario *s, const fsim_chain *chain, size_t i) {
  const fsim_stage *stage = &s->stages[s->funnels[chain->funnel].first_stage + i];
  const fsim_stage_numbers *numbers = &chain->stages[i];
  json_t *exits = json_object();
  for (size_t k = 0; k < stage->n_exits; k++)
    json_object_set_new(exits, stage->exits[k].name, number(numbers->exit_probability[k]));
  return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "stage", stage->name, "visits",
                   number(chain->visits[i]), "exits", exits, "mean_s", number(numbers->mean_s),
                   "p50_s", number(numbers->p50_s), "p90_s", number(numbers->p90_s), "rule",
                   rule_json(s, numbers), "win_from", number(chain->win_from[i]));
}

static json_t *group_json(const fsim_inspection *in, size_t f, size_t g) {
  const fsim_scenario *s = in->scenario;
  const fsim_chain *chain = in->funnels[f].chains[g];
  fsim_text name = {0};
  fsim_group_text(in, f, g, &name);
  json_t *stages = json_array(), *outcomes = json_object();
  for (size_t i = 0; i < chain->n_stages; i++)
    json_array_append_new(stages, stage_json(s, chain, i));
  for (size_t o = 0; o < chain->n_outcomes; o++)
    json_object_set_new(outcomes, s->outcomes[s->funnels[f].first_outcome + o].name,
                        number(chain->outcome[o]));
  double flow = in->funnels[f].flow[g] * FSIM_WEEK, won = fsim_chain_conversion(s, chain);
  json_t *made = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "leads",
                           name.text ? name.text : "", "conversion", number(won), "cycle_mean_s",
                           number(chain->cycle_mean_s[chain->n_outcomes]), "cycle_mean_won_s",
                           number(fsim_chain_days_won(s, chain) * FSIM_DAY), "journeys_per_week",
                           number(flow), "wins_per_week", number(flow * won), "mean_value",
                           number(chain->mean_value), "outcomes", outcomes, "stages", stages);
  free(name.text);
  return made;
}

static json_t *funnels_json(const fsim_inspection *in) {
  json_t *funnels = json_array();
  for (size_t f = 0; f < in->scenario->n_funnels; f++) {
    json_t *groups = json_array();
    for (size_t g = 0; g < in->funnels[f].groups.n; g++)
      json_array_append_new(groups, group_json(in, f, g));
    json_array_append_new(
        funnels, json_pack("{s:s, s:s, s:o}", "funnel", in->scenario->funnels[f].name, "title",
                           in->scenario->funnels[f].title, "groups", groups));
  }
  return funnels;
}

static json_t *streams_json(const fsim_scenario *s) {
  json_t *streams = json_array();
  for (size_t i = 0; i < s->n_streams; i++) {
    double leads = fsim_stream_leads(s, &s->streams[i]);
    json_array_append_new(
        streams, json_pack("{s:s, s:o, s:o}", "stream", s->streams[i].name, "leads", number(leads),
                           "per_week", number(leads / s->horizon_s * FSIM_WEEK)));
  }
  return streams;
}

static json_t *links_json(const fsim_scenario *s) {
  json_t *links = json_array();
  for (size_t l = 0; l < s->n_links; l++) {
    const fsim_outcome *from = &s->outcomes[s->links[l].from];
    const fsim_link_law *law = &s->versions[0].links[l];
    json_array_append_new(
        links,
        json_pack("{s:s, s:s, s:s, s:o, s:o}", "from_funnel", s->funnels[from->funnel].name,
                  "from_outcome", from->name, "to", s->funnels[s->links[l].to].name, "probability",
                  number(law->probability), "after_mean_s", number(fsim_mean(law->after))));
  }
  return links;
}

static json_t *team_json(const fsim_inspection *in, size_t t) {
  static const char *const disciplines[] = {"fifo", "lifo", "value", "priority"};
  const fsim_team *team = &in->scenario->teams[t];
  double share, places = fsim_team_places_open(in->scenario, team, &share);
  json_t *sizes = json_array();
  for (size_t i = 0; i < team->n_sizes; i++)
    json_array_append_new(
        sizes,
        json_pack("{s:I, s:o, s:I}", "from_s", (json_int_t)team->sizes[i].from_s, "people",
                  number(team->sizes[i].people), "places", (json_int_t)team->sizes[i].places));
  json_t *hours = team->hours ? json_string(team->hours) : json_null();
  json_t *limit = team->limit == UINT32_MAX ? json_null() : json_integer(team->limit);
  return json_pack("{s:s, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:s, s:I, s:o, s:o, s:b}", "team",
                   team->name, "places", number(places), "concurrency", number(team->concurrency),
                   "sizes", sizes, "hours", hours, "closed_dates", (json_int_t)team->n_closed,
                   "open_share", number(share), "load_in_open_hours",
                   number(in->team_load[t] / share), "queue", disciplines[team->discipline],
                   "classes", (json_int_t)team->n_classes, "limit", limit, "cost_per_hour",
                   number(team->cost_per_s * FSIM_HOUR), "used", (int)in->team_used[t]);
}

static json_t *teams_json(const fsim_inspection *in) {
  json_t *teams = json_array();
  for (size_t t = 0; t < in->scenario->n_teams; t++) json_array_append_new(teams, team_json(in, t));
  return teams;
}

static json_t *paces_json(const fsim_scenario *s) {
  json_t *paces = json_array();
  for (size_t i = 0; i < s->n_paces; i++) {
    json_t *stages = json_array();
    for (size_t k = 0; k < s->n_stages; k++)
      if (s->stages[k].pace == &s->paces[i])
        json_array_append_new(
            stages, json_sprintf("%s.%s", s->funnels[s->stages[k].funnel].name, s->stages[k].name));
    json_array_append_new(paces, json_pack("{s:s, s:o, s:o}", "pace", s->paces[i].name, "cv",
                                           number(s->paces[i].cv), "stages", stages));
  }
  return paces;
}

int fsim_print_inspection_json(const fsim_inspection *inspection, FILE *out, fsim_report *report) {
  const fsim_scenario *s = inspection->scenario;
  char start[32];
  json_t *all = json_pack(
      "{s:s, s:s, s:I, s:I, s:I, s:I, s:b, s:o, s:o, s:o, s:o, s:o}", "scenario", s->name, "start",
      fsim_format_date(s->start_days, start, sizeof start), "horizon_s", (json_int_t)s->horizon_s,
      "warm_up_s", (json_int_t)s->warm_up_s, "replications", (json_int_t)s->replications, "seed",
      (json_int_t)s->seed, "uncertain", inspection->uncertain, "streams", streams_json(s),
      "funnels", funnels_json(inspection), "links", links_json(s), "teams", teams_json(inspection),
      "paces", paces_json(s));
  if (!all) return fsim_no_memory(report);
  int status = FSIM_OK;
  if (json_dumpf(all, out, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) != 0 ||
      fputc('\n', out) == EOF)
    status = fsim_failure(report, FSIM_NOWHERE, "the JSON could not be written");
  json_decref(all);
  return status;
}
