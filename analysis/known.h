/* What a run was expected to bring, given the leads that came: controls with known means.
 *
 * How many leads came in each week, by stream and attribute, is chance whose mean is known from the
 * rates. Weighted with what a lead of that kind and week is expected to bring within the window
 * (sim/exact/ahead.h, teams not seen), it makes one control for each funnel: any weights would be
 * valid, these leave little to explain. Weights rest on the scenario alone, never on what was
 * simulated. Streams that are replayed, spaced evenly or open at the start have no such chance. */
#ifndef FSIM_ANALYSIS_KNOWN_H
#define FSIM_ANALYSIS_KNOWN_H

#include "analysis/series.h"
#include "sim/model/source.h"

typedef enum fsim_known_kind { FSIM_KNOWN_WINS, FSIM_KNOWN_VALUE } fsim_known_kind;

/* Of this many kinds of leads (sets of attribute values) the weights are worked out; where there
 * are more, those with the most leads. */
#define FSIM_MOST_WEIGHED 64

typedef struct fsim_known {
  size_t n_funnels, n_groups, units;
  bool any;     /* some stream's leads come by chance */
  double *less; /* [2 n_funnels + 1][n_groups][units]: less their means; see the functions below */
} fsim_known;

/* Groups as in the summary: 0 for all leads, then values of the attribute. `text` is what the
 * results are of: where numbers are uncertain, the means are those of each pair's numbers. */
int fsim_known_make(const fsim_series_source *source, const fsim_source *text, size_t attribute,
                    size_t n_groups, fsim_report *report, fsim_known **known);
void fsim_known_free(fsim_known *known);

/* [units], less the mean: wins or value of a funnel; what the leads cost. `group` counts the
 * groups that were asked for. */
const double *fsim_known_of(const fsim_known *known, fsim_known_kind kind, size_t funnel,
                            size_t group);
const double *fsim_known_spent(const fsim_known *known, size_t group);

#endif
