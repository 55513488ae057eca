/* Conversion in the three ways that people mean it, each with its denominator.
 *
 * of those that ended   won / ended: leaves open journeys out and so favours the fast outcome
 * of all that entered   corrected for those still open: Aalen-Johansen's cumulative incidence of
 *                       winning up to the greatest age seen (Aalen & Johansen, Scand. J. Statistics
 *                       5, 1978)
 * eventual              from the exact chain, without any horizon, where the model has one */
#ifndef FSIM_ANALYSIS_CONVERSION_H
#define FSIM_ANALYSIS_CONVERSION_H

#include "analysis/interval.h"
#include "analysis/life_table.h"
#include "analysis/series.h"

typedef struct fsim_conversion {
  fsim_interval corrected;
  double still_open;   /* share open at the greatest age, after the correction */
  double to_age_days;  /* that age */
  double eventual;     /* NAN when it cannot be said */
  const char *why_not; /* static words when it cannot; else NULL */
} fsim_conversion;

/* All funnels and groups in two passes over the records: conversions[n_funnels][groups]. */
int fsim_conversions(const fsim_series_source *source, double confidence, fsim_report *report,
                     fsim_conversion *conversions);

/* Shares of a funnel's entries by profile in the long run, for one group: weight[n_profiles],
 * summing to 1 (all 0 when nobody enters). `flows` comes from fsim_chain_flows. */
void fsim_profile_weights(const fsim_series_source *source, const double *flows, size_t funnel,
                          size_t group, double *weight);
/* NULL, or why there is no one chain to ask, even when queues are left out (static words). */
const char *fsim_chain_varies(const fsim_scenario *scenario);
/* NULL, or why the exact chain cannot speak for this funnel (static words). */
const char *fsim_chain_silent(const fsim_scenario *scenario, size_t funnel);

#endif
