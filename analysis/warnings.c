/* What of a scenario is likely to mislead: told by check, and by every run and the
 * library's, which keep it. */
#include <math.h>

#include "analysis/inspection.h"
#include "sim/base/quantity.h"

/* Whether anything flows through the funnel. */
static bool warn_of_cycle(const fsim_inspection *in, size_t f, fsim_report *report) {
  const fsim_scenario *s = in->scenario;
  bool flows = false;
  double longest = 0;
  for (size_t g = 0; g < in->funnels[f].groups.n; g++) {
    const fsim_chain *chain = in->funnels[f].chains[g];
    if (!(in->funnels[f].flow[g] > 0)) continue;
    flows = true;
    longest = fmax(longest, chain->cycle_mean_s[chain->n_outcomes]);
  }
  if (longest > s->horizon_s && s->horizon_s > 0) {
    char cycle[64], horizon[64];
    fsim_warn(report, FSIM_NOWHERE,
              "funnel %s takes %s on average but the horizon is only %s: most of its journeys "
              "will still be open",
              s->funnels[f].name, fsim_format_duration(longest, cycle, sizeof cycle),
              fsim_format_duration(s->horizon_s, horizon, sizeof horizon));
  }
  return flows;
}

static void warn_of_team(const fsim_inspection *in, size_t t, fsim_report *report) {
  const fsim_scenario *s = in->scenario;
  double share, places = fsim_team_places_open(s, &s->teams[t], &share);
  if (!in->team_used[t])
    fsim_note(report, FSIM_NOWHERE,
              "no stage gives work to team %s: name it in a stage's work.team, or take it out",
              s->teams[t].name);
  if (share > 0 && in->team_load[t] > places * share)
    fsim_warn(report, FSIM_NOWHERE,
              "team %s has %.4g place%s in open hours but work for %.4g: its queue grows until "
              "patience, an expiry or a limit holds it; give it more people or less work",
              s->teams[t].name, places, places == 1 ? "" : "s", in->team_load[t] / share);
}

void fsim_warn_of_plan(const fsim_inspection *in, fsim_report *report) {
  const fsim_scenario *s = in->scenario;
  bool flows = false;
  for (size_t f = 0; f < s->n_funnels; f++) flows |= warn_of_cycle(in, f, report);
  if (flows && s->warm_up_s == 0 && !fsim_has_open_deals(s))
    fsim_warn(report, FSIM_NOWHERE,
              "the funnels start empty and there is no warm_up: the first weeks will show fewer "
              "wins than usual");
  for (size_t t = 0; t < s->n_teams; t++) warn_of_team(in, t, report);
}

int fsim_warn_of_scenario(const fsim_scenario *scenario, bool uncertain, fsim_report *report) {
  fsim_inspection inspection = {0};
  int status = fsim_inspection_make(scenario, uncertain, report, &inspection);
  if (status == FSIM_OK) {
    fsim_warn_of_plan(&inspection, report);
    fsim_inspection_free(&inspection);
  }
  return status;
}
