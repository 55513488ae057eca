#include "analysis/inspection.h"

#include <math.h>
#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/model/hours.h"

double fsim_chain_conversion(const fsim_scenario *scenario, const fsim_chain *chain) {
  double won = 0;
  size_t first = scenario->funnels[chain->funnel].first_outcome;
  for (size_t o = 0; o < chain->n_outcomes; o++) {
    if (scenario->outcomes[first + o].win) won += chain->outcome[o];
  }
  return won;
}

double fsim_chain_days_won(const fsim_scenario *scenario, const fsim_chain *chain) {
  double won = 0, days = 0;
  size_t first = scenario->funnels[chain->funnel].first_outcome;
  for (size_t o = 0; o < chain->n_outcomes; o++) {
    if (!scenario->outcomes[first + o].win || !(chain->outcome[o] > 0)) continue;
    won += chain->outcome[o];
    days += chain->outcome[o] * chain->cycle_mean_s[o] / FSIM_DAY;
  }
  return won > 0 ? days / won : NAN;
}

const char *fsim_target_name(const fsim_scenario *scenario, fsim_target target) {
  return target.is_outcome ? scenario->outcomes[target.index].name
                           : scenario->stages[target.index].name;
}

/* Values of an attribute that occur in a group, as "a, b or c"; false when all do. */
static bool values_text(const fsim_inspection *in, size_t funnel, size_t group, size_t attribute,
                        fsim_text *text) {
  const fsim_scenario *s = in->scenario;
  const fsim_attribute *a = &s->attributes[attribute];
  size_t n = 0, told = 0;
  bool *occurs = calloc(a->n_values, sizeof *occurs);
  if (!occurs) {
    text->failed = 1;
    return false;
  }
  for (size_t p = 0; p < s->n_profiles; p++) {
    size_t value = fsim_profile_value(s, p, attribute);
    if (in->funnels[funnel].groups.of_row[p] != group || occurs[value]) continue;
    occurs[value] = true;
    n++;
  }
  for (size_t v = 0; v < a->n_values && n < a->n_values; v++) {
    if (!occurs[v]) continue;
    told++;
    fsim_text_append(text, "%s%s", told == 1 ? "" : told == n ? " or " : ", ", a->values[v]);
  }
  free(occurs);
  return n < a->n_values;
}

void fsim_group_text(const fsim_inspection *inspection, size_t funnel, size_t group,
                     fsim_text *text) {
  const fsim_scenario *s = inspection->scenario;
  size_t begin = text->length;
  for (size_t a = 0; a < s->n_attributes; a++) {
    fsim_text values = {0};
    if (values_text(inspection, funnel, group, a, &values))
      fsim_text_append(text, "%s%s %s", text->length > begin ? "; " : "", s->attributes[a].name,
                       values.text);
    if (values.failed) text->failed = 1;
    free(values.text);
  }
  if (text->length == begin)
    fsim_text_append(text, "%s",
                     inspection->funnels[funnel].groups.n > 1 ? "the other leads" : "all leads");
}

static int inspect_funnel(const fsim_scenario *s, size_t f, const double *flow, fsim_report *report,
                          fsim_funnel_inspection *funnel) {
  int status = fsim_law_groups_make(s, f, 1, report, &funnel->groups);
  if (status != FSIM_OK) return status;
  funnel->chains = fsim_zeroed(funnel->groups.n, sizeof(fsim_chain *));
  funnel->flow = fsim_zeroed(funnel->groups.n, sizeof *funnel->flow);
  if (!funnel->chains || !funnel->flow) return fsim_no_memory(report);
  for (size_t g = 0; g < funnel->groups.n && status == FSIM_OK; g++)
    status = fsim_chain_make(s, f, funnel->groups.first[g], 0, report, &funnel->chains[g]);
  for (size_t p = 0; p < s->n_profiles; p++)
    funnel->flow[funnel->groups.of_row[p]] += flow[f * s->n_profiles + p];
  return status;
}

double fsim_team_places_open(const fsim_scenario *scenario, const fsim_team *team,
                             double *open_share) {
  if (team->n_sizes == 0 || scenario->horizon_s <= 0) {
    *open_share = 1;
    return team->size * team->concurrency;
  }
  double open = (double)fsim_team_open_time(team, 0, scenario->horizon_s);
  *open_share = open / scenario->horizon_s;
  return open > 0 ? (double)fsim_team_place_time(team, 0, scenario->horizon_s) / open : 0;
}

static void find_used_teams(fsim_inspection *in) {
  const fsim_scenario *s = in->scenario;
  for (size_t v = 0; v < s->n_versions; v++) {
    for (size_t i = 0; i < s->n_profiles * s->n_stages; i++) {
      const fsim_stage_law *law = &s->versions[v].stages[i];
      if (law->work.set) in->team_used[law->work.team] = true;
    }
  }
}

/* Time for which a visit holds a place, its queue left out, so that it may be divided by the share
 * of time that the team is open. Work goes on in open hours only; a wait, which `occupies: stage`
 * counts too, at all hours, so that only this share of it falls into open ones. */
static double held_s(const fsim_stage_law *law, const fsim_stage_numbers *numbers, double share) {
  double work = fsim_mean(law->work.time);
  return law->work.occupies_stage ? work + share * fmax(numbers->mean_s - work, 0) : work;
}

static void load_teams(fsim_inspection *in) {
  const fsim_scenario *s = in->scenario;
  double share;
  for (size_t f = 0; f < s->n_funnels; f++) {
    const fsim_funnel_inspection *funnel = &in->funnels[f];
    for (size_t g = 0; g < funnel->groups.n; g++) {
      for (size_t i = 0; i < s->funnels[f].n_stages; i++) {
        const fsim_stage_law *law =
            fsim_stage_law_of(s, 0, funnel->groups.first[g], s->funnels[f].first_stage + i);
        if (!law->work.set) continue;
        fsim_team_places_open(s, &s->teams[law->work.team], &share);
        in->team_holds[law->work.team] |= law->work.occupies_stage;
        in->team_load[law->work.team] += funnel->flow[g] * funnel->chains[g]->visits[i] *
                                         held_s(law, &funnel->chains[g]->stages[i], share);
      }
    }
  }
}

int fsim_inspection_make(const fsim_scenario *scenario, bool uncertain, fsim_report *report,
                         fsim_inspection *inspection) {
  const fsim_scenario *s = scenario;
  *inspection = (fsim_inspection){.scenario = s, .uncertain = uncertain};
  double *flow = fsim_zeroed(s->n_funnels * s->n_profiles, sizeof *flow);
  inspection->funnels = fsim_zeroed(s->n_funnels, sizeof *inspection->funnels);
  inspection->team_load = fsim_zeroed(s->n_teams, sizeof *inspection->team_load);
  inspection->team_used = fsim_zeroed(s->n_teams, sizeof *inspection->team_used);
  int status = FSIM_OK;
  inspection->team_holds = fsim_zeroed(s->n_teams, sizeof *inspection->team_holds);
  if (!flow || !inspection->funnels || !inspection->team_load || !inspection->team_used ||
      !inspection->team_holds) {
    status = fsim_no_memory(report);
  } else if (s->horizon_s > 0) {
    status = fsim_chain_flows(s, report, flow);
  }
  for (size_t f = 0; f < s->n_funnels && status == FSIM_OK; f++)
    status = inspect_funnel(s, f, flow, report, &inspection->funnels[f]);
  if (status == FSIM_OK) {
    load_teams(inspection);
    find_used_teams(inspection);
  }
  free(flow);
  if (status != FSIM_OK) fsim_inspection_free(inspection);
  return status;
}

void fsim_inspection_free(fsim_inspection *inspection) {
  for (size_t f = 0; inspection->funnels && f < inspection->scenario->n_funnels; f++) {
    fsim_funnel_inspection *funnel = &inspection->funnels[f];
    for (size_t g = 0; funnel->chains && g < funnel->groups.n; g++)
      fsim_chain_free(funnel->chains[g]);
    free(funnel->chains);
    free(funnel->flow);
    fsim_law_groups_free(&funnel->groups);
  }
  free(inspection->funnels);
  free(inspection->team_load);
  free(inspection->team_used);
  free(inspection->team_holds);
  *inspection = (fsim_inspection){0};
}
