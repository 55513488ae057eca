/* How much work one replication is, before it is done: from the chains of the funnels and the flow
 * of journeys through all links, as if all that starts were also finished (so rather too much). */
#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/engine/arrivals.h"
#include "sim/engine/engine.h"
#include "sim/model/chain.h"
#include "sim/model/law_group.h"

static void add_started(const fsim_scenario *scenario, const fsim_chain *chain, size_t profile,
                        double started, fsim_expected *expected) {
  size_t first = scenario->funnels[chain->funnel].first_stage;
  expected->journeys += started;
  if (chain->mean_value > 0) expected->valued += started;
  for (size_t s = 0; s < chain->n_stages; s++) {
    double visits = started * chain->visits[s];
    expected->visits += visits;
    if (fsim_stage_law_of(scenario, 0, profile, first + s)->work.set) expected->worked += visits;
  }
}

/* Adds a funnel's journeys and visits, flow[p] of profile p a second; profiles with the same laws
 * share a chain. */
static int add_funnel(const fsim_scenario *scenario, size_t funnel, const double *flow,
                      fsim_report *report, fsim_expected *expected) {
  fsim_law_groups groups = {0};
  int status = fsim_law_groups_make(scenario, funnel, 1, report, &groups);
  for (size_t g = 0; g < groups.n && status == FSIM_OK; g++) {
    double started = 0;
    for (size_t p = 0; p < scenario->n_profiles; p++)
      if (groups.of_row[p] == g) started += flow[p] * scenario->horizon_s;
    if (!(started > 0)) continue;
    fsim_chain *chain = NULL;
    status = fsim_chain_make(scenario, funnel, groups.first[g], 0, report, &chain);
    if (status != FSIM_OK) break;
    add_started(scenario, chain, groups.first[g], started, expected);
    fsim_chain_free(chain);
  }
  fsim_law_groups_free(&groups);
  return status;
}

int fsim_expect(const fsim_scenario *scenario, fsim_report *report, fsim_expected *expected) {
  *expected = (fsim_expected){0};
  double *flow = fsim_zeroed(scenario->n_funnels * scenario->n_profiles, sizeof *flow);
  if (flow == NULL) return fsim_no_memory(report);
  int status = fsim_arrivals_expected(scenario, NULL, 0, report, &expected->leads);
  if (status == FSIM_OK) status = fsim_chain_flows(scenario, report, flow);
  for (size_t f = 0; status == FSIM_OK && f < scenario->n_funnels; f++)
    status = add_funnel(scenario, f, flow + f * scenario->n_profiles, report, expected);
  free(flow);
  return status;
}
