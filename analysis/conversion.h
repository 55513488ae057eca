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
#include "analysis/series.h"

/* A life table: journeys by class of age at which they were won, ended otherwise, or were last seen
 * open. Those open in a class are at risk for half of it (the actuary's assumption). */
typedef struct fsim_life_table {
  size_t n_classes;
  const double *won, *other, *open; /* [n_classes] */
} fsim_life_table;

typedef struct fsim_incidence {
  double won;        /* share of all that enter that are won up to the last class */
  double still_open; /* share that is open then: 1 - won - otherwise ended */
  size_t last;       /* the last class with anybody at risk */
} fsim_incidence;

/* d_won, d_other, d_open (each [n_classes], or all NULL) get the derivative of `won` by the counts:
 * the infinitesimal jackknife's influence of a unit is their product with its counts (Efron 1982).
 */
fsim_incidence fsim_aalen_johansen(const fsim_life_table *table, double *d_won, double *d_other,
                                   double *d_open);

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
/* NULL, or why the exact chain cannot speak for this funnel (static words). */
const char *fsim_chain_silent(const fsim_scenario *scenario, size_t funnel);

#endif
