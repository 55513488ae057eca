/* How much work one replication is, before it is done: from the chains of the funnels and the flow
 * of journeys through all links, as if all that starts were also finished (so rather too much). */
#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/engine/arrivals.h"
#include "sim/model/chain.h"

static int count_leads(const fsim_scenario *scenario, fsim_report *report, double *leads) {
  fsim_arrival_laws *laws = NULL;
  fsim_arrivals arrivals = {0};
  *leads = 0;
  int status = fsim_arrival_laws_make(scenario, report, &laws);
  for (size_t s = 0; status == FSIM_OK && s < scenario->n_streams; s++) {
    status = fsim_arrivals_open(&arrivals, laws, 0, s, report);
    *leads += scenario->streams[s].given != NULL ? (double)arrivals.n : arrivals.total;
    fsim_arrivals_close(&arrivals);
  }
  fsim_arrival_laws_free(laws);
  return status;
}

static int visits_of(const fsim_scenario *scenario, size_t funnel, size_t profile,
                     fsim_report *report, double *visits) {
  fsim_chain *chain = NULL;
  int status = fsim_chain_make(scenario, funnel, profile, 0, report, &chain);
  if (status != FSIM_OK) return status;
  *visits = 0;
  for (size_t s = 0; s < chain->n_stages; s++) *visits += chain->visits[s];
  fsim_chain_free(chain);
  return FSIM_OK;
}

int fsim_expected_visits(const fsim_scenario *scenario, fsim_report *report, double *visits,
                         double *journeys, double *leads) {
  size_t profiles = scenario->n_profiles;
  *visits = *journeys = 0;
  double *flow = fsim_zeroed(scenario->n_funnels * profiles, sizeof *flow);
  if (flow == NULL) return fsim_no_memory(report);
  int status = count_leads(scenario, report, leads);
  if (status == FSIM_OK) status = fsim_chain_flows(scenario, report, flow);
  for (size_t i = 0; status == FSIM_OK && i < scenario->n_funnels * profiles; i++) {
    double started = flow[i] * scenario->horizon_s, each;
    if (!(started > 0)) continue;
    status = visits_of(scenario, i / profiles, i % profiles, report, &each);
    *journeys += started;
    if (status == FSIM_OK) *visits += started * each;
  }
  free(flow);
  return status;
}
