/* What a plan cannot change: journeys that stand fast, so that they need not be simulated again.
 *
 * A funnel is reached when one of its own numbers differs, or those of a pace that drives a stage
 * of it, of a team that works in it or of a stream into it; when links lead there from a funnel
 * that is; and when it shares a team with one. All others stand. In a funnel without teams, the
 * first journeys of a stream's leads also stand when the funnel's own numbers are the same,
 * whatever comes back to it later. */
#ifndef FSIM_ANALYSIS_DECIDE_REACH_H
#define FSIM_ANALYSIS_DECIDE_REACH_H

#include "analysis/decide/variant.h"
#include "sim/engine/scope.h"

typedef struct fsim_reach {
  bool *funnel, *stream; /* standing, as in fsim_scope; one block */
  size_t n_funnels, n_streams;
  bool any; /* some stream's first journeys stand */
} fsim_reach;

/* Of `plan` against `base`, of the same structure. Nothing stands where laws change on dates, or
 * where runs cannot be limited (fsim_scope_fits). Free with fsim_reach_free. */
int fsim_reach_make(const fsim_variant *base, const fsim_variant *plan, fsim_report *report,
                    fsim_reach *reach);
void fsim_reach_free(fsim_reach *reach);
bool fsim_reach_equal(const fsim_reach *a, const fsim_reach *b);

/* What a small step of a lever did, of scenarios of the same structure: only chances of the exits
 * of one stage differ, or only the rate of one stream, everywhere by the same factor. */
typedef struct fsim_lone_change {
  size_t stage, stream; /* SIZE_MAX: not that */
  double factor;        /* of the rate */
} fsim_lone_change;
/* False when something else differs, or more than one thing, or nothing. */
bool fsim_lone_change_find(const fsim_scenario *a, const fsim_scenario *b,
                           fsim_lone_change *change);

#endif
